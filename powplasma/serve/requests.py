"""What a message asks for: its fields, read one by one; what is missing, wrong or unknown is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from powplasma.errors import DifficultyTooHigh, InvalidInput, check_integer, shown
from powplasma.fields import Missing, text, whole_number
from powplasma.plasma import make_state, ruleset
from powplasma.plasma.target import Target, block_kind
from powplasma.serve.faults import Fault, Kind
from powplasma.validation.subject import data_hash_of
from powplasma.work import parse_hash, parse_nonce

LONGEST_TIMEOUT_MS = 7 * 24 * 3600 * 1000
"""A week."""

LONGEST_WAIT_MS = 60_000
"""Of one question for a ticket."""

MOST_PRIORITY = 100
"""Priorities go from minus this to this."""

_HASH_FIELDS = {"data_hash", "address", "previous_hash", "nonce"}
_DIFFICULTY_FIELDS = {"difficulty", "plasma", "fused", "data_bytes", "block"}


class Fields:
    """The fields of a message, each taken once.

    Args:
        given: by name.
    """

    def __init__(self, given: Mapping[str, object]) -> None:
        self._given = dict(given)
        self._known: list[str] = []

    def take(self, *names: str) -> Any:
        """The value under one of these names; None if there is none.

        Raises:
            InvalidInput: there are two.
        """
        self._known.append(names[0])
        found = [name for name in names if name in self._given]
        if len(found) > 1:
            raise InvalidInput(found[1], self._given[found[1]], f"is given beside {found[0]}", "one of the two")
        return self._given.pop(found[0]) if found else None

    def flag(self, name: str, *, default: bool) -> bool:
        """A truth value.

        Raises:
            InvalidInput: it is none.
        """
        value = self.take(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise InvalidInput(name, value, "is not a truth value", "true or false")
        return value

    def whole(self, name: str, least: int, most: int) -> int | None:
        """An integer, or its decimal digits.

        Raises:
            InvalidInput: it is none, or out of range.
        """
        value = self.take(name)
        accepted = f"{least} … {most}"
        return None if value is None else check_integer(name, whole_number(name, value, accepted), least, most)

    def text(self, name: str, accepted: str) -> str:
        """Text that has to be there.

        Raises:
            InvalidInput: it is missing, or something else.
        """
        value = self.take(name)
        if value is None:
            raise Missing(name, accepted)
        return text(name, value)

    def end(self) -> None:
        """Refuses what has not been taken.

        Raises:
            InvalidInput: names one of them.
        """
        for name, value in self._given.items():
            raise InvalidInput(name, value, "belongs to an unknown field", ", ".join(self._known))


@dataclass(frozen=True, slots=True)
class Generate:
    """A request for a nonce.

    Attributes:
        data_hash: 32 bytes.
        difficulty: that the nonce has to reach.
        plasma: that this difficulty buys.
        address: of the account, if it is known.
        priority: among the jobs of the same client.
        timeout: seconds, or None for no limit.
        use_cache: whether a nonce that is known already will do.
        expect_frontier: hash that the account's newest block is to have, if that is to be asked.
    """

    data_hash: bytes
    difficulty: int
    plasma: int
    address: str | None
    priority: int
    timeout: float | None
    use_cache: bool
    expect_frontier: bytes | None


def read_generate(given: Mapping[str, object], target: Target, most: int) -> Generate:
    """A request for a nonce.

    Args:
        given: the fields.
        target: rules and prices where the request names none.
        most: the largest difficulty that this client may ask for.

    Raises:
        Fault: names the field that is not usable.
    """
    fields = Fields(given)
    try:
        data_hash, address = read_data_hash(fields)
        difficulty, plasma = read_difficulty(fields, target)
        priority = fields.whole("priority", -MOST_PRIORITY, MOST_PRIORITY)
        timeout = fields.whole("timeout_ms", 1, LONGEST_TIMEOUT_MS)
        use_cache = fields.flag("use_cache", default=True)
        frontier = fields.take("expect_frontier")
        if frontier is not None:
            frontier = parse_hash(text("expect_frontier", frontier), "expect_frontier")
            if address is None:
                raise Missing("address", "the account of which the frontier is expected")
        fields.end()
    except InvalidInput as wrong:
        raise refusal(wrong) from None
    check_most(difficulty, most)
    seconds = None if timeout is None else timeout / 1000
    return Generate(data_hash, difficulty, plasma, address, priority or 0, seconds, use_cache, frontier)


def read_validate(given: Mapping[str, object], target: Target) -> tuple[bytes, bytes, int]:
    """Data hash, nonce and difficulty of a work that is to be judged.

    Raises:
        Fault: names the field that is not usable.
    """
    fields = Fields(given)
    try:
        data_hash, _ = read_data_hash(fields)
        nonce = fields.take("nonce", "work")
        if nonce is None:
            raise Missing("nonce", "16 hex digits")
        nonce = parse_nonce(text("nonce", nonce))
        difficulty, _ = read_difficulty(fields, target)
        fields.end()
    except InvalidInput as wrong:
        raise refusal(wrong) from None
    return data_hash, nonce, difficulty


def read_data_hash(fields: Fields) -> tuple[bytes, str | None]:
    """The data hash that is meant, and the account if it is named.

    Raises:
        InvalidInput: names the field that is missing or not usable.
    """
    address, previous = fields.take("address", "account"), fields.take("previous_hash")
    return data_hash_of(fields.take("data_hash", "hash"), address, previous), address


def read_difficulty(fields: Fields, target: Target) -> tuple[int, int]:
    """The difficulty that is asked for, as itself, as plasma, or as what a kind of block needs; and what it buys.

    Raises:
        InvalidInput: names the field that is missing or not usable.
    """
    target = read_target(fields, target)
    difficulty, plasma, block = (fields.take(name) for name in ("difficulty", "plasma", "block"))
    fused, data_bytes = (fields.whole(name, 0, (1 << 64) - 1) for name in ("fused", "data_bytes"))
    if block is None:
        for name, value in (("fused", fused), ("data_bytes", data_bytes)):
            if value is not None:
                raise InvalidInput(name, value, "says more about a block, and there is none", "with block")
        needed = target.difficulty(difficulty, plasma)
        return needed, target.plasma(needed)
    for name, value in (("difficulty", difficulty), ("plasma", plasma)):
        if value is not None:
            raise InvalidInput(name, value, "is given beside a block", "one of the two")
    needed = target.block(block_kind(text("block", block), data_bytes), fused or 0)
    return needed, target.plasma(needed)


def read_target(fields: Fields, target: Target) -> Target:
    """Rules and prices: the request's, or those of the server.

    Raises:
        InvalidInput: names the field that is not usable.
    """
    name, state = fields.take("rules"), fields.take("state")
    if name is None and state is None:
        return target
    rules = target.rules if name in (None, target.rules.name) else ruleset(text("rules", name))
    if state is not None and not isinstance(state, dict):
        raise InvalidInput("state", state, "is not an object", "prices by their names")
    prices = {key: whole_number(key, value, "a whole number") for key, value in (state or {}).items()}
    return Target(rules, target.allow_any_difficulty, make_state(rules, **prices))


def check_most(difficulty: int, most: int) -> None:
    """Refuses a difficulty above the maximum; it is never made smaller.

    Raises:
        Fault: difficulty_too_high.
    """
    if difficulty > most:
        raise Fault(
            Kind.DIFFICULTY_TOO_HIGH, f"difficulty: {difficulty} is above the maximum ({most})", maximum=str(most)
        )


def refusal(wrong: InvalidInput) -> Fault:
    """The answer to a value that cannot be used."""
    if isinstance(wrong, DifficultyTooHigh):
        return Fault(Kind.DIFFICULTY_TOO_HIGH, str(wrong), field=wrong.field, maximum=str(wrong.maximum))
    kind = Kind.INVALID_REQUEST
    if not isinstance(wrong, Missing):
        kind = Kind.BAD_HASH if wrong.field in _HASH_FIELDS else kind
        kind = Kind.BAD_DIFFICULTY if wrong.field in _DIFFICULTY_FIELDS else kind
    return Fault(kind, str(wrong), field=wrong.field, expected=wrong.accepted, got=shown(wrong.value))
