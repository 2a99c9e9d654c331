"""``powplasma verify``: one nonce by the exact rule, or a file of works in batches."""

from __future__ import annotations

import click

from powplasma.errors import InvalidInput, check_integer
from powplasma.fields import Missing, whole_number
from powplasma.plasma.checks import U64_MAX
from powplasma.validation import Anchor, Expiry, Reason
from powplasma.validation.subject import data_hash_of
from powplasma.work import MAX_DIFFICULTY, check, check_difficulty, difficulty_of_prefix, parse_nonce, prefix, threshold

from .anchor import anchor_options, anchor_record, expiry_options, stated_anchor, stated_expiry
from .command import Command
from .exits import ExitCode
from .jsonl import open_input
from .output import json_result, note, problem, result
from .parameters import PATH_OR_DASH, data_hash_options, json_option, whole
from .records import Record
from .verify_file import Verdicts
from .works import FORMATS, format_of, read_works


@click.command(cls=Command)
@data_hash_options
@anchor_options
@click.option("--nonce", metavar="HEX", help="Nonce to check, 16 hex digits in the order they are hashed.")
@click.option("--difficulty", metavar="N", help="Difficulty to check for; for --input, of works without.")
@expiry_options
@click.option("--window", callback=whole, metavar="N", help="Short for --expiry window:N.")
@click.option(
    "--input",
    "input",
    metavar="FILE",
    type=PATH_OR_DASH,
    help="File of works instead, JSON Lines or CSV; - is standard input.",
)
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
    anchor_hash: str | None,
    anchor_height: str | None,
    nonce: str | None,
    difficulty: str | None,
    expiry: str | None,
    frontier_height: int | None,
    window: int | None,
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
    judged_by = _expiry(expiry, window, frontier_height)
    if input is None:
        anchor = stated_anchor(anchor_hash, anchor_height)
        subject = data_hash_of(data_hash, address, previous_hash, anchor)
        if nonce is None:
            raise Missing("nonce", "16 hex digits")
        if stated is None:
            raise Missing("difficulty", accepted)
        return _one(subject, parse_nonce(nonce), stated, anchor, judged_by, as_json=json)
    if any(value is not None for value in (data_hash, address, previous_hash, nonce, anchor_hash, anchor_height)):
        raise click.UsageError(
            "--input takes the place of --data-hash, --address, --previous-hash, --anchor-hash, --anchor-height "
            "and --nonce"
        )
    if list < 0:
        raise InvalidInput("list", list, "is out of range", "0 or more")
    return _file(input, format_of(input, format), stated, Verdicts(list, judged_by), as_json=json)


def _expiry(policy: str | None, window: int | None, frontier_height: int | None) -> Expiry | None:
    """What anchors are judged by, if they are: their age alone, since there is no chain to look at."""
    if window is not None:
        if policy is not None:
            raise click.UsageError("--window N is short for --expiry window:N: choose one")
        check_integer("window", window, 0, U64_MAX, "momentums")
        policy = f"window:{window}"
    expiry = stated_expiry(policy, frontier_height)
    if expiry is not None:
        note("an anchor is judged by its height; that its momentum is on the chain is for a node to say")
    return expiry


def _one(
    data_hash: bytes, nonce: bytes, difficulty: int, anchor: Anchor | None, expiry: Expiry | None, *, as_json: bool
) -> int:
    """Judges by the rule in plain integers; no kernel takes part."""
    good = check(data_hash, nonce, difficulty)
    refused = None if expiry is None else expiry.refuse(anchor)
    valid = good and refused is None
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
                **(anchor_record(anchor) if anchor else {}),
                **(_age_record(good, refused, difficulty, anchor, expiry) if expiry else {}),
            }
        )
    else:
        why = f"; {refused[1]}" if refused else _worth(difficulty, anchor, expiry) if valid else ""
        result(f"{'valid' if valid else 'invalid'}: asked for difficulty {difficulty}, achieved {achieved}{why}")
    if difficulty <= 1:
        note(f"difficulty {difficulty} asks for nothing: every nonce is valid for it")
    return ExitCode.DONE if valid else ExitCode.NEGATIVE


def _worth(difficulty: int, anchor: Anchor | None, expiry: Expiry | None) -> str:
    """In words what age leaves of a work that is not refused; nothing where it takes nothing."""
    if anchor is None or expiry is None:
        return ""
    credited = expiry.policy.credit(difficulty, expiry.age(anchor))
    return "" if credited == difficulty else f"; at age {expiry.age(anchor)} it counts for {credited}"


def _age_record(
    good: bool, refused: tuple[Reason, str] | None, difficulty: int, anchor: Anchor | None, expiry: Expiry
) -> Record:
    """How old the anchor is, what that leaves, and why the work is not valid if it is not."""
    reason = refused[0] if refused else None if good else Reason.BAD_NONCE
    age = None if anchor is None else expiry.age(anchor)
    credited = 0 if reason is not None or age is None else expiry.policy.credit(difficulty, age)
    return {
        "age": None if age is None else str(age),
        "reason": None if reason is None else reason.name.lower(),
        "credited_difficulty": str(credited),
    }


def _file(path: str, kind: str, difficulty: int | None, verdicts: Verdicts, *, as_json: bool) -> int:
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
