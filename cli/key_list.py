"""``powplasma key list``: the key files of the folder."""

from __future__ import annotations

from pathlib import Path

import click

from powplasma.account import KeyFile
from powplasma.errors import InvalidInput

from .command import Command
from .keyring import key_files, keys_folder, keys_option
from .output import details, json_result, note, result
from .parameters import json_option
from .records import Record, key_record


@click.command(cls=Command)
@keys_option
@json_option
def command(*, keys: Path | None, json: bool) -> int:
    """List the key files of the folder, each with the address that it states.

    Other files are passed over; a damaged key file is not.
    """
    records: list[Record] = []
    unusable: list[Record] = []
    for path in key_files(keys):
        try:
            records.append(key_record(path, KeyFile.read(path)))
        except InvalidInput as refused:
            note(f"{path} is damaged, or not a key file: {refused}")
            unusable.append({"key_file": str(path), "problem": str(refused)})
    if json:
        json_result({"keys": records, "unusable": unusable})
    elif not records:
        details(f"no key files in {keys_folder(keys)}; `powplasma key new` makes one")
    else:
        for record in records:
            result(f"{record['address'] or 'no address stated'}  {record['key_file']}")
    return 0
