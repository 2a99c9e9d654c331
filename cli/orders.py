"""The lines of a batch: what each asks for, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from powplasma.errors import InvalidInput
from powplasma.plasma.target import Target
from powplasma.validation import Anchor
from powplasma.validation.subject import data_hash_of

from .anchor import anchored_record, stated_anchor
from .command import nearest
from .jsonl import parse_object, plain, read_lines
from .records import Record

KEYS = ("id", "data_hash", "address", "previous_hash", "anchor_hash", "anchor_height", "difficulty", "plasma")
"""What a line may say. A key that is misspelt must not leave its line with a weaker default."""


@dataclass(frozen=True, slots=True)
class Order:
    """A line that asks for a nonce.

    Attributes:
        head: its number as ``line`` and, if it has one, its ``id``: how its output line begins.
        data_hash: 32 bytes.
        difficulty: to search for.
        tail: how its output line ends: with what an anchored work's data hash is made of.
    """

    head: Record
    data_hash: bytes
    difficulty: int
    tail: Record


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is not usable.

    Attributes:
        head: as for ``Order``; without an ``id`` that could not be read.
        error: what is wrong.
    """

    head: Record
    error: InvalidInput


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a line asks for that states neither difficulty nor plasma, or no anchor: the options' values."""

    difficulty: object = None
    plasma: object = None
    anchor: Anchor | None = None


def read_orders(descriptor: int, target: Target, defaults: Defaults) -> Iterator[Order | BadLine]:
    """The orders and bad lines of a file, in its order."""
    for number, line in read_lines(descriptor):
        head: Record = {"line": number}
        try:
            if isinstance(line, InvalidInput):
                raise line
            yield _order(head, parse_object(line), target, defaults)
        except InvalidInput as error:
            yield BadLine(head, error)


def _order(head: Record, content: dict[str, object], target: Target, defaults: Defaults) -> Order:
    if "id" in content:
        identity = content["id"]
        if not isinstance(identity, str | int) or isinstance(identity, bool):
            raise InvalidInput("id", plain(identity), "is not usable", "text or an integer")
        head["id"] = identity
    for key, value in content.items():
        if key not in KEYS:
            raise InvalidInput(key, plain(value), f"has an unknown key{nearest(key, KEYS)}", ", ".join(KEYS))
    values: dict[str, object] = {key: plain(value) for key, value in content.items()}
    anchor = stated_anchor(values.get("anchor_hash"), values.get("anchor_height")) or defaults.anchor
    address, previous_hash = values.get("address"), values.get("previous_hash")
    subject = data_hash_of(values.get("data_hash"), address, previous_hash, anchor)
    difficulty, plasma = values.get("difficulty"), values.get("plasma")
    if difficulty is None and plasma is None:
        difficulty, plasma = defaults.difficulty, defaults.plasma
    tail = anchored_record(address, previous_hash, anchor)
    return Order(head, subject, target.difficulty(difficulty, plasma), tail)
