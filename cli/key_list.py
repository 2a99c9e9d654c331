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
from .records import key_record


@click.command(cls=Command)
@keys_option
@json_option
def command(*, keys: Path | None, json: bool) -> int:
    """List the key files of the folder, each with the address that it states."""
    records = []
    for path in key_files(keys):
        try:
            records.append(key_record(path, KeyFile.read(path)))
        except InvalidInput as refused:
            note(f"{path} is no key file: {refused}")
    if json:
        json_result({"keys": records})
    elif not records:
        details(f"no key files in {keys_folder(keys)}; `powplasma key new` makes one")
    else:
        for record in records:
            result(f"{record['address'] or 'no address stated'}  {record['key_file']}")
    return 0
