"""Options and JSON fields about the momentum that a work is anchored to, and about what its age leaves of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from powplasma.errors import InvalidInput
from powplasma.fields import Missing, text, whole_number
from powplasma.plasma import parse_freshness
from powplasma.validation import Anchor, Expiry
from powplasma.work import parse_hash

from .parameters import whole
from .records import Record

F = TypeVar("F", bound=Callable[..., Any])

_HEIGHT = "1 … 18446744073709551615"


def anchor_options(command: F) -> F:
    """``--anchor-hash`` and ``--anchor-height``."""
    for option in (
        click.option("--anchor-height", metavar="N", help="Height of that momentum."),
        click.option(
            "--anchor-hash", metavar="HEX", help="Anchor the work to the momentum of this hash; needs --address."
        ),
    ):
        command = option(command)
    return command


def expiry_options(command: F) -> F:
    """``--expiry`` and ``--frontier-height``."""
    for option in (
        click.option("--frontier-height", callback=whole, metavar="N", help="Height of the chain's newest momentum."),
        click.option(
            "--expiry",
            metavar="POLICY",
            help="What old work counts for: never, window:MOMENTUMS or decay:MOMENTUMS.  [default: never]",
        ),
    ):
        command = option(command)
    return command


def stated_anchor(anchor_hash: object, anchor_height: object) -> Anchor | None:
    """The anchor that two values name; None if neither is there.

    Raises:
        InvalidInput: field ``anchor_hash`` or ``anchor_height``; one is missing or not usable.
    """
    if anchor_hash is None and anchor_height is None:
        return None
    if anchor_hash is None:
        raise Missing("anchor_hash", "hash of the momentum of that height, 64 hex digits")
    if anchor_height is None:
        raise Missing("anchor_height", f"height of the momentum of that hash, {_HEIGHT}")
    height = whole_number("anchor_height", anchor_height, _HEIGHT)
    return Anchor(parse_hash(text("anchor_hash", anchor_hash), "anchor_hash"), height)


def stated_expiry(expiry: str | None, frontier_height: int | None) -> Expiry | None:
    """What anchors are judged by: their height, since there is no chain to look them up on.

    Raises:
        InvalidInput: field ``expiry`` or ``frontier_height``.
    """
    policy = parse_freshness("never" if expiry is None else expiry)
    if not policy.anchored:
        if frontier_height is not None:
            raise InvalidInput(
                "frontier_height", frontier_height, f"is given, but {policy} looks at no age", "--expiry"
            )
        return None
    if frontier_height is None:
        raise Missing("frontier_height", "height of the chain's newest momentum")
    return Expiry(policy, frontier_height, None)


def anchored_record(address: object, previous_hash: object, anchor: Anchor | None) -> Record:
    """What an anchored work's data hash is made of, for whoever checks it; nothing for a work without an anchor."""
    if anchor is None:
        return {}
    return {"address": address, "previous_hash": previous_hash, **anchor_record(anchor)}


def anchor_record(anchor: Anchor) -> Record:
    """An anchor as JSON; a height can exceed 2^53, so it is a decimal string."""
    return {"anchor_hash": anchor.hash.hex(), "anchor_height": str(anchor.height)}
