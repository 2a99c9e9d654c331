"""``powplasma generate``: a nonce for one account block, or for each line of a file."""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import click

from powplasma.engine import Engine
from powplasma.errors import InvalidInput, PowPlasmaError, SearchTimeout
from powplasma.plasma import RULE_SETS
from powplasma.plasma.target import Target, block_kind
from powplasma.validation.subject import data_hash_of

from .ahead import Ahead
from .anchor import anchor_options, anchored_record, stated_anchor
from .batch import Batch, Limits
from .batch_file import LineWriter
from .cluster import cluster_option, on_cluster
from .command import Command, nearer
from .devices import device_options, engine_of
from .exits import ExitCode, OutputFailed, Terminated
from .jsonl import open_input
from .notices import kernel_notices
from .orders import BadLine, Defaults, Order, read_orders
from .output import details, json_result, note, result
from .parameters import PATH_OR_DASH, data_hash_options, json_option, search_options, whole
from .pricing import block_options, price_options, priced_rules
from .progress import ProgressLine, progress_option
from .records import Record, found_record, hashrate, missing_record
from .report import duration, limit_reached, rate, under_way
from .resume import take_finished
from .server import read_token, server_options
from .tally import Tally

_LINES_AHEAD = 64
"""Lines that are read before they are needed, at most."""


@click.command(cls=Command)
@data_hash_options
@anchor_options
@click.option("--difficulty", metavar="N", help="Hashes that the nonce is to cost on average.")
@click.option("--plasma", metavar="N", help="Plasma that the nonce is to buy, instead of --difficulty.")
@block_options
@click.option("--fused", callback=whole, metavar="N", help="Fused plasma that the --block commits too.  [default: 0]")
@click.option(
    "--rules", type=click.Choice(list(RULE_SETS)), default="alphanet", show_default=True, help="Rule set of plasma."
)
@price_options
@click.option("--allow-any-difficulty", is_flag=True, help="Accept difficulties that buy no more plasma.")
@search_options
@device_options
@cluster_option
@server_options
@click.option("--start-nonce", metavar="HEX", help="Take the first good nonce from this one on; 16 hex digits.")
@click.option("--count", callback=whole, metavar="N", help="Find so many nonces, one after the other.  [default: 1]")
@click.option(
    "--input", "input", metavar="FILE", type=PATH_OR_DASH, help="JSON Lines, one block each; - is standard input."
)
@click.option(
    "--output", metavar="FILE", type=PATH_OR_DASH, help="Where the answers to --input go.  [default: standard output]"
)
@click.option("--resume", is_flag=True, help="Continue the --output file of an interrupted run.")
@click.option("--force", is_flag=True, help="Write over the --output file, whatever it is.")
@progress_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    *,
    data_hash: str | None,
    address: str | None,
    previous_hash: str | None,
    anchor_hash: str | None,
    anchor_height: str | None,
    difficulty: str | None,  # noqa: ARG001 - both are read from the context, with where they were set
    plasma: str | None,  # noqa: ARG001
    block: str | None,
    data_bytes: int | None,
    fused: int | None,
    rules: str,
    set: tuple[str, ...],  # noqa: A002 - the option's name
    allow_any_difficulty: bool,
    timeout: float | None,
    max_hashes: int | None,
    workers: int | None,
    nice: int | None,
    kernel: str | None,
    device: tuple[str, ...],
    intensity: int | None,
    retune: bool,
    cluster: str | None,
    server: str | None,
    server_token: Path | None,
    start_nonce: str | None,
    count: int | None,
    input: str | None,  # noqa: A002 - the option's name
    output: str | None,
    resume: bool,
    force: bool,
    progress: bool | None,
    json: bool,
    **prices: int | None,
) -> int:
    """Find a nonce for an account block, or one for each line of a file.

    Standard output gets the nonce alone, as 16 hex digits; with --json, an object that says all
    about it; with --count, a line for each; with --input, one such object per line of the file.
    """
    rule_set, state = priced_rules([rules], prices, set)[0]
    target = Target(rule_set, allow_any_difficulty, state)
    defaults = Defaults(*nearer(context, "difficulty", "plasma"))
    if block is not None:
        if defaults != Defaults():
            raise click.UsageError("--block takes the place of --difficulty and --plasma")
        defaults = Defaults(target.block(block_kind(block, data_bytes), fused or 0))
    elif data_bytes is not None or fused is not None:
        raise click.UsageError("--data-bytes and --fused say more about a block: they need --block KIND")
    anchor = stated_anchor(anchor_hash, anchor_height)
    limits = Limits(timeout, max_hashes, start_nonce)
    opened = engine_of(
        workers,
        kernel,
        nice,
        device,
        intensity=intensity,
        retune=retune,
        cluster=cluster,
        server=server,
        token=read_token(server_token, server),
    )
    with ExitStack() as stack:
        stack.enter_context(on_cluster(cluster))
        if input is None:
            if output is not None or resume or force:
                raise click.UsageError("--output, --resume and --force are for a batch: they need --input FILE")
            times = _times(count, start_nonce)
            subject = data_hash_of(data_hash, address, previous_hash, anchor)
            tail = anchored_record(address, previous_hash, anchor)
            asked = target.difficulty(defaults.difficulty, defaults.plasma)
            engine = stack.enter_context(opened)
            _notices(engine, kernel, cluster or server)
            codes = []
            for _ in range(times):
                line = ProgressLine(progress)
                codes.append(
                    _one(engine, subject, asked, limits=limits, target=target, line=line, as_json=json, tail=tail)
                )
            return max(codes)
        if (data_hash, address, previous_hash, count) != (None, None, None, None):
            raise click.UsageError("--input takes the place of --data-hash, --address, --previous-hash and --count")
        if defaults != Defaults():
            target.difficulty(defaults.difficulty, defaults.plasma)
        defaults = replace(defaults, anchor=anchor)
        if resume and force:
            raise click.UsageError("--resume keeps what is in the --output file, --force does not: choose one")
        descriptor = open_input(input)
        _check_apart(descriptor, output)
        engine = stack.enter_context(opened)
        writer = stack.enter_context(LineWriter(output or "-", resume=resume, force=force))
        orders = stack.enter_context(Ahead(read_orders(descriptor, target, defaults), _LINES_AHEAD))
        _notices(engine, kernel, cluster or server)
        line = ProgressLine(progress)
        return _many(engine, orders, writer, limits=limits, target=target, line=line, resume=resume)


def _notices(engine: Engine, kernel: str | None, elsewhere: str | None) -> None:
    """What a person should know about this machine's kernel, where it is this machine that searches."""
    if elsewhere is None:
        kernel_notices(engine.kernel, kernel)


def _check_apart(descriptor: int, output: str | None) -> None:
    """Refuses an output that is the input: it would be gone before it is read."""
    if output is not None and output != "-":
        with suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), Path(output).stat()) and Path(output).is_file():
                raise InvalidInput("output", output, "is the --input too", "another file")


def _times(count: int | None, start_nonce: str | None) -> int:
    """How often to search for the one block."""
    if count is None:
        return 1
    if count < 1:
        raise InvalidInput("count", count, "is out of range", "1 and more")
    if start_nonce is not None:
        raise click.UsageError("--count would find the same nonce each time: leave out --start-nonce")
    return count


def _one(
    engine: Engine,
    data_hash: bytes,
    difficulty: int,
    *,
    limits: Limits,
    target: Target,
    line: ProgressLine,
    as_json: bool,
    tail: Record,
) -> int:
    """Searches one nonce and prints it; ``tail`` ends its JSON object."""
    try:
        with line:
            work = engine.search(
                data_hash,
                difficulty,
                timeout=limits.timeout,
                max_hashes=limits.max_hashes,
                start_nonce=limits.start_nonce,
                progress=(lambda progress: line.show(under_way(progress))) if line.enabled else None,
            )
    except SearchTimeout as end:
        if as_json:
            json_result({**missing_record(data_hash, difficulty, end), **tail})
        details(f"Not found: {limit_reached(end)}")
        return ExitCode.NEGATIVE
    plasma, rules = target.plasma(difficulty), target.rules.name
    if as_json:
        json_result({**found_record(work, plasma), **tail})
        return ExitCode.DONE
    result(work.nonce.hex())
    details(
        f"difficulty {work.difficulty}, achieved {work.achieved_difficulty}; {plasma} plasma under {rules}; "
        f"{work.hashes} hashes in {duration(work.seconds)}, {rate(hashrate(work.hashes, work.seconds))}; "
        f"kernel {work.kernel}, {f'{work.workers} workers' if work.workers else 'no worker needed'}"
    )
    return ExitCode.DONE


def _many(
    engine: Engine,
    orders: Ahead[Order | BadLine],
    writer: LineWriter,
    *,
    limits: Limits,
    target: Target,
    line: ProgressLine,
    resume: bool,
) -> int:
    """Answers the lines of a batch and says what became of them."""
    tally = Tally()
    if resume:
        take_finished(writer, orders, tally)
    try:
        with line:
            Batch(engine, writer, limits=limits, plasma=target.plasma, line=line, tally=tally).run(orders)
    except (KeyboardInterrupt, Terminated, OutputFailed, PowPlasmaError):
        if writer.begun:
            note(f"{writer.name} has the complete lines of what was done so far; --resume continues it")
        raise
    details(f"{tally}; {tally.hashes} hashes")
    return tally.exit_code
