"""``powplasma verify``: one nonce by the exact rule, or a file of works in batches."""

from __future__ import annotations

import click

from powplasma.errors import InvalidInput
from powplasma.work import MAX_DIFFICULTY, check, check_difficulty, difficulty_of_prefix, parse_nonce, prefix, threshold

from .command import Command
from .exits import ExitCode
from .jsonl import open_input
from .output import json_result, note, problem, result
from .parameters import Missing, data_hash_options, json_option, whole, whole_number
from .subject import data_hash_of
from .verify_file import Verdicts
from .works import FORMATS, format_of, read_works


@click.command(cls=Command)
@data_hash_options
@click.option("--nonce", metavar="HEX", help="Nonce to check, 16 hex digits in the order they are hashed.")
@click.option("--difficulty", metavar="N", help="Difficulty to check for; for --input, of works without.")
@click.option("--input", "input", metavar="FILE", help="File of works instead, JSON Lines or CSV; - is standard input.")
@click.option("--format", "format", type=click.Choice(FORMATS), help="Format of --input.  [default: by its suffix]")
@click.option(
    "--list",
    "list",
    callback=whole,
    metavar="N",
    default=100,
    show_default=True,
    help="How many offending lines of --input to name.",
)
@json_option
def command(
    *,
    data_hash: str | None,
    address: str | None,
    previous_hash: str | None,
    nonce: str | None,
    difficulty: str | None,
    input: str | None,  # noqa: A002 - the option's name
    format: str | None,  # noqa: A002 - the same
    list: int,  # noqa: A002 - the same
    json: bool,
) -> int:
    """Check one nonce, or a file of works.

    Exits with 0 if all are valid, 1 if one is not, 2 if one cannot be read.
    """
    accepted = f"0 … {MAX_DIFFICULTY}"
    stated = None if difficulty is None else whole_number("difficulty", difficulty, accepted)
    if stated is not None:
        check_difficulty(stated, least=0)
    if input is None:
        subject = data_hash_of(data_hash, address, previous_hash)
        if nonce is None:
            raise Missing("nonce", "16 hex digits")
        if stated is None:
            raise Missing("difficulty", accepted)
        return _one(subject, parse_nonce(nonce), stated, as_json=json)
    if (data_hash, address, previous_hash, nonce) != (None, None, None, None):
        raise click.UsageError("--input takes the place of --data-hash, --address, --previous-hash and --nonce")
    if list < 0:
        raise InvalidInput("list", list, "is out of range", "0 or more")
    return _file(input, format_of(input, format), stated, list, as_json=json)


def _one(data_hash: bytes, nonce: bytes, difficulty: int, *, as_json: bool) -> int:
    """Judges by the rule in plain integers; no kernel takes part."""
    valid = check(data_hash, nonce, difficulty)
    reached = prefix(data_hash, nonce)
    achieved = difficulty_of_prefix(reached)
    if as_json:
        json_result(
            {
                "valid": valid,
                "data_hash": data_hash.hex(),
                "nonce": nonce.hex(),
                "difficulty": str(difficulty),
                "achieved_difficulty": str(achieved),
                "threshold": str(threshold(difficulty)),
                "prefix": str(reached),
            }
        )
    else:
        result(f"{'valid' if valid else 'invalid'}: asked for difficulty {difficulty}, achieved {achieved}")
    if difficulty <= 1:
        note(f"difficulty {difficulty} asks for nothing: every nonce is valid for it")
    return ExitCode.DONE if valid else ExitCode.NEGATIVE


def _file(path: str, kind: str, difficulty: int | None, limit: int, *, as_json: bool) -> int:
    verdicts = Verdicts(limit)
    verdicts.judge(read_works(open_input(path), kind, difficulty))
    for text in verdicts.problems():
        problem(text)
    if verdicts.undemanding:
        note(f"{verdicts.undemanding} works are for difficulty 0 or 1, for which every nonce is valid")
    if as_json:
        json_result(verdicts.record)
    else:
        for text in verdicts.summary():
            result(text)
    return verdicts.exit_code
