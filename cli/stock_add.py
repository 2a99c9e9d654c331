"""``powplasma stock add``: a work that is searched ahead, or one that is there already, goes into the store."""

from __future__ import annotations

from pathlib import Path

import click

from powplasma.engine import Engine
from powplasma.errors import DifficultyTooHigh, SearchTimeout
from powplasma.plasma import Window
from powplasma.stock import Hit, Need, Stock, StoredWork
from powplasma.validation import Anchor, Expiry
from powplasma.work import NONCE_BYTES, parse_nonce

from .anchor import anchor_options, stated_anchor
from .command import Command
from .exits import ExitCode
from .notices import kernel_notices
from .output import details, json_result, result
from .parameters import json_option, search_options, whole
from .progress import ProgressLine, progress_option
from .records import Record, hashrate, missing_record
from .report import duration, limit_reached, rate, under_way
from .stock_options import need_options, place_options, stated_place, stock_file, stock_option, wanted, work_record


@click.command(cls=Command)
@stock_option
@place_options
@anchor_options
@need_options
@click.option(
    "--headroom",
    callback=whole,
    metavar="N",
    help="The work still pays the --block after N momentums of the steepest rise.  [default: 0]",
)
@click.option("--nonce", metavar="HEX", help="Store this nonce instead of searching one, 16 hex digits.")
@search_options
@progress_option
@json_option
def command(
    *,
    stock: Path | None,
    address: str | None,
    previous_hash: str | None,
    anchor_hash: str | None,
    anchor_height: str | None,
    difficulty: str | None,
    plasma: str | None,
    block: str | None,
    data_bytes: int | None,
    fused: int | None,
    rules: str,
    set: tuple[str, ...],  # noqa: A002 - the option's name
    headroom: int | None,
    nonce: str | None,
    timeout: float | None,
    max_hashes: int | None,
    workers: int | None,
    nice: int | None,
    kernel: str | None,
    progress: bool | None,
    json: bool,
    **prices: int | None,
) -> int:
    """Search a work for a place of an account's chain, and store it.

    Nothing is searched if the store has a work that will do. Either way its nonce is printed.
    """
    place = stated_place(address, previous_hash)
    anchor = stated_anchor(anchor_hash, anchor_height)
    subject = StoredWork(*place, bytes(NONCE_BYTES), anchor).data_hash
    if nonce is not None:
        if any(value is not None for value in (difficulty, plasma, block, data_bytes, fused, headroom)):
            raise click.UsageError("--nonce takes the place of --difficulty, --plasma and --block")
        work = StoredWork(*place, parse_nonce(nonce), anchor)
        with Stock(stock_file(stock, create=True)) as opened:
            opened.put([work])
        return _tell(work, None, {"stored": True}, "stored", as_json=json)
    want = wanted(
        difficulty=difficulty,
        plasma=plasma,
        block=block,
        data_bytes=data_bytes,
        fused=fused,
        rules=rules,
        settings=set,
        prices=prices,
        headroom=headroom,
    )
    asked = want.need.difficulty
    most = want.rules.max_difficulty_at(want.state)
    if asked > most:
        raise DifficultyTooHigh(asked, most, want.rules.name)
    with Stock(stock_file(stock, create=True)) as opened:
        found = opened.find(*place, Need.of_difficulty(asked), _exactly(anchor))
        if isinstance(found, Hit):
            known: Record = {"searched": False, "hashes": 0, "seconds": 0.0, "stored": True}
            return _tell(found.work, asked, known, "was in the store", as_json=json)
        with Engine(workers, kernel, nice) as engine:
            kernel_notices(engine.kernel, kernel)
            line = ProgressLine(progress)
            try:
                with line:
                    search = engine.search(
                        subject,
                        asked,
                        timeout=timeout,
                        max_hashes=max_hashes,
                        progress=(lambda progress: line.show(under_way(progress))) if line.enabled else None,
                    )
            except SearchTimeout as end:
                if json:
                    json_result(missing_record(subject, asked, end))
                details(f"Not found: {limit_reached(end)}")
                return ExitCode.NEGATIVE
        work = StoredWork(*place, search.nonce, anchor)
        figures = (
            f"{search.hashes} hashes in {duration(search.seconds)}, {rate(hashrate(search.hashes, search.seconds))}"
        )
        effort: Record = {"searched": True, "hashes": search.hashes, "seconds": search.seconds}
        try:
            opened.put([work])
        except BaseException:
            # What was searched for is not lost with the store.
            _tell(work, asked, {**effort, "stored": False}, f"NOT stored; {figures}", as_json=json)
            raise
    return _tell(work, asked, {**effort, "stored": True}, f"stored; {figures}", as_json=json)


def _exactly(anchor: Anchor | None) -> Expiry | None:
    """Lets pass the works of this anchor alone."""
    return None if anchor is None else Expiry(Window(1), anchor.height, {anchor.height: anchor.hash}.get)


def _tell(work: StoredWork, difficulty: int | None, effort: Record, words: str, *, as_json: bool) -> int:
    achieved = work.achieved_difficulty
    if as_json:
        record = {**work_record(work), "difficulty": None if difficulty is None else str(difficulty)}
        json_result({**record, "achieved_difficulty": str(achieved), **effort})
    else:
        result(work.nonce.hex())
        details(f"achieved difficulty {achieved}; {words}")
    return ExitCode.DONE
