"""Options that the commands of ``powplasma stock`` share, and what they mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from powplasma.address import format_address, parse_address
from powplasma.fields import Missing, whole_number
from powplasma.plasma import RULE_SETS, RuleSet, quote
from powplasma.plasma.target import block_kind
from powplasma.stock import Need, StoredWork
from powplasma.work import MAX_DIFFICULTY, parse_hash

from .anchor import anchor_record
from .parameters import PATH, previous_hash_option, whole
from .pricing import block_options, price_options, priced_rules
from .records import Record
from .settings import chosen, default_text

F = TypeVar("F", bound=Callable[..., Any])


def stock_option(command: F) -> F:
    """``--stock``."""
    return click.option(
        "--stock",
        metavar="FILE",
        type=PATH,
        envvar="POWPLASMA_STOCK",
        help=f"File of the store.  [default: {default_text('stock.db')}]",
    )(command)


def place_options(command: F) -> F:
    """``--address`` and ``--previous-hash``."""
    for option in (
        previous_hash_option,
        click.option("--address", metavar="ADDRESS", help="The account, z1…"),
    ):
        command = option(command)
    return command


def need_options(command: F) -> F:
    """``--difficulty``, ``--plasma`` or ``--block``, and the prices at which these buy what."""
    for option in (
        price_options,
        click.option(
            "--rules", type=click.Choice(list(RULE_SETS)), default="alphanet", show_default=True, help="Rule set."
        ),
        click.option(
            "--fused", callback=whole, metavar="N", help="Fused plasma that the --block commits too.  [default: 0]"
        ),
        block_options,
        click.option("--plasma", metavar="N", help="Plasma that the work has to buy at the prices given."),
        click.option("--difficulty", metavar="N", help="Difficulty that the work has to reach."),
    ):
        command = option(command)
    return command


def stock_file(stock: Path | None, *, create: bool = False) -> Path:
    """The file of the store. If one may be made, the folder of the default one is."""
    path = chosen(stock, "stock.db", "stock", "POWPLASMA_STOCK")
    if stock is None and create:
        path.parent.mkdir(parents=True, exist_ok=True)
    return path


def stated_place(address: str | None, previous_hash: str | None) -> tuple[bytes, bytes]:
    """20 and 32 bytes.

    Raises:
        InvalidInput: field ``address`` or ``previous_hash``, missing or not usable.
    """
    if address is None:
        raise Missing("address", "the account, z1…")
    if previous_hash is None:
        raise Missing("previous_hash", "64 hex digits; all zero for an account's first block")
    return parse_address(address), parse_hash(previous_hash, "previous_hash")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What ``need_options`` say."""

    need: Need
    rules: RuleSet[Any]
    state: Any


def wanted(
    *,
    difficulty: str | None,
    plasma: str | None,
    block: str | None,
    data_bytes: int | None,
    fused: int | None,
    rules: str,
    settings: Sequence[str],
    prices: dict[str, int | None],
    headroom: int | None = None,
) -> Wanted:
    """The need that exactly one of ``--difficulty``, ``--plasma`` and ``--block`` states.

    With ``headroom``, at the prices after so many momentums of the steepest rise.

    Raises:
        InvalidInput: as the library; or none, or more than one, is there.
    """
    rule_set, state = priced_rules([rules], prices, settings)[0]
    if block is None and (data_bytes is not None or fused is not None):
        raise click.UsageError("--data-bytes and --fused say more about a block: they need --block KIND")
    if block is None and headroom is not None:
        raise click.UsageError("--headroom is for what a block needs later: it needs --block KIND")
    if (difficulty, plasma, block).count(None) < 2:
        raise click.UsageError("one of --difficulty, --plasma and --block says what the work has to reach")
    if difficulty is not None:
        need = Need.of_difficulty(whole_number("difficulty", difficulty, f"1 … {MAX_DIFFICULTY}"))
    elif plasma is not None:
        accepted = f"1 … {rule_set.most_pow_plasma(state)} under {rule_set.name}"
        need = Need.of_plasma(rule_set, whole_number("plasma", plasma, accepted), state)
    elif block is not None:
        kind = block_kind(block, data_bytes)
        state = quote(rule_set, kind, state, fused or 0, headroom or 0).priced_state
        need = Need.of_block(rule_set, kind, state, fused or 0)
    else:
        raise Missing("difficulty", f"1 … {MAX_DIFFICULTY}, or --plasma or --block")
    return Wanted(need, rule_set, state)


def work_record(work: StoredWork) -> Record:
    """Where a work belongs, and its nonce."""
    return {
        "address": format_address(work.address),
        "previous_hash": work.previous_hash.hex(),
        **({} if work.anchor is None else anchor_record(work.anchor)),
        "nonce": work.nonce.hex(),
    }
