"""``powplasma stock find``: the work for a block, if the store has one that will do now."""

from __future__ import annotations

from pathlib import Path

import click

from powplasma.plasma import Decay
from powplasma.stock import Miss, Stock
from powplasma.validation import Expiry

from .anchor import expiry_options, stated_expiry
from .command import Command
from .exits import ExitCode
from .output import details, json_result, result
from .parameters import json_option
from .records import Record
from .stock_options import (
    need_options,
    place_options,
    stated_place,
    stock_file,
    stock_option,
    wanted,
    work_record,
)


@click.command(cls=Command)
@stock_option
@place_options
@need_options
@expiry_options
@json_option
def command(
    *,
    stock: Path | None,
    address: str | None,
    previous_hash: str | None,
    difficulty: str | None,
    plasma: str | None,
    block: str | None,
    data_bytes: int | None,
    fused: int | None,
    rules: str,
    set: tuple[str, ...],  # noqa: A002 - the option's name
    expiry: str | None,
    frontier_height: int | None,
    json: bool,
    **prices: int | None,
) -> int:
    """Print the nonce for a block, if the store has one that will do now.

    The work stays in the store. Exits with 1 if there is none.
    """
    place = stated_place(address, previous_hash)
    want = wanted(
        difficulty=difficulty,
        plasma=plasma,
        block=block,
        data_bytes=data_bytes,
        fused=fused,
        rules=rules,
        settings=set,
        prices=prices,
    )
    judged_by = stated_expiry(expiry, frontier_height)
    with Stock(stock_file(stock), read_only=True) as opened:
        found = opened.find(*place, want.need, judged_by)
    if isinstance(found, Miss):
        if json:
            json_result(_missing(found))
        details(f"Not found: {_why(found, judged_by)}")
        return ExitCode.NEGATIVE
    if json:
        json_result(
            {
                "found": True,
                **work_record(found.work),
                "difficulty": str(found.difficulty),
                "achieved_difficulty": str(found.achieved_difficulty),
                "age": None if found.age is None else str(found.age),
            }
        )
        return ExitCode.DONE
    result(found.work.nonce.hex())
    aged = "" if found.work.anchor is None else f"; anchored at height {found.work.anchor.height}, age {found.age}"
    details(f"state difficulty {found.difficulty}, achieved {found.achieved_difficulty}{aged}")
    return ExitCode.DONE


def _missing(miss: Miss) -> Record:
    return {
        "found": False,
        "shortage": miss.shortage.name.lower(),
        "difficulty": str(miss.difficulty),
        "achieved_difficulty": str(miss.achieved_difficulty),
        "lacking": None if miss.lacking is None else str(miss.lacking),
    }


def _why(miss: Miss, expiry: Expiry | None) -> str:
    if miss.lacking is not None:
        return f"the best work achieves difficulty {miss.achieved_difficulty}, {miss.lacking} less than it needs"
    if miss.achieved_difficulty:
        return f"the best work achieves difficulty {miss.achieved_difficulty}, and none would do at its age"
    # Under a decay even the youngest work, of age 1, has lost a little.
    more = " and what age takes" if expiry is not None and isinstance(expiry.policy, Decay) else ""
    return f"{miss.shortage}; a new work needs difficulty {miss.difficulty}{more}"
