"""The aggregate level in the C library: the integers of ``trajectory``, hundreds of times as fast, while they fit."""

from __future__ import annotations

import ctypes
import dataclasses
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from powplasma.errors import InvalidInput
from powplasma.library import usable
from powplasma.plasma.checks import U64_BITS, U64_MAX
from powplasma.plasma.forum import ForumRules, ForumState
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.pricing import MIN_PRICE, DynamicRules, DynamicState
from powplasma.simulation.trajectory import Phase, momentums_of

State = TypeVar("State", ForumState, DynamicState)

_MOMENTUMS_PER_CALL = 1 << 24
"""A fraction of a second: a call of the library cannot be interrupted."""


def fits(rules: RuleSet[Any], state: Any) -> bool:
    """Whether there is a library, and it can begin to follow trajectories of these rules."""
    if _library() is None:
        return False
    form = _FORMS.get(type(rules))
    if form is None or not form.fits(rules):
        return False
    try:
        rules.check_state(state)
    except InvalidInput:
        return False
    return True


def follow(
    rules: RuleSet[Any], state: State, phases: Sequence[Phase], repeat: int, done: int
) -> tuple[int, State, State]:
    """Follows a trajectory as far as its products have room in unsigned integers of 64 bits.

    Args:
        rules: as a network has them; with the state, they have to be what ``fits``.
        state: what the next momentum inherits.
        phases: as for ``trajectory``.
        repeat: the same.
        done: momentums that lie behind.

    Returns:
        How many lie behind now, what the next momentum inherits, and the greatest value of each
        field over the momentums' own states, 0 of no momentum.
    """
    library = _library()
    assert library is not None
    form = _FORMS[type(rules)]
    function = getattr(library, form.function)
    # An array refuses what is too large for it, where a ctypes one would wrap.
    parameters, uses = array("Q", form.parameters(rules)), array("Q", _uses(rules, form, phases))
    now = array("Q", [getattr(state, field.name) for field in dataclasses.fields(state)])
    peaks = array("Q", bytes(now.itemsize * len(now)))
    tables = parameters.buffer_info()[0], uses.buffer_info()[0], len(phases)
    end, length = momentums_of(phases, repeat), momentums_of(phases, 1)
    while done < end:
        wanted = min(end - done, _MOMENTUMS_PER_CALL)
        followed: int = function(*tables, done % length, wanted, now.buffer_info()[0], peaks.buffer_info()[0])
        done += followed
        if followed < wanted:
            break
    return done, type(state)(*now), type(state)(*peaks)


@dataclass(frozen=True, slots=True)
class _Form:
    """How the library follows one kind of rules.

    Attributes:
        function: its name in the library.
        fits: whether the library can follow these rules at all.
        parameters: in the order of ``trajectories.h``.
        use: of a momentum, by its base plasma, the part that work pays, and the percentage of that part.
    """

    function: str
    fits: Callable[[Any], bool]
    parameters: Callable[[Any], tuple[int, ...]]
    use: Callable[[Any, int, int, int], tuple[int, ...]]


def _forum_fits(rules: ForumRules) -> bool:
    narrow = rules.bits == U64_BITS and not rules.compatibility
    return narrow and rules.target_base_plasma * rules.price_denominator <= U64_MAX


def _forum_parameters(rules: ForumRules) -> tuple[int, ...]:
    return (
        rules.target_base_plasma,
        rules.target_base_plasma * rules.price_denominator,
        rules.min_base_price,
        rules.pow_share,
        rules.difficulty_denominator,
        rules.min_difficulty_per_plasma,
        rules.recharge_factor,
    )


def _dynamic_fits(rules: DynamicRules) -> bool:
    return rules.bits == U64_BITS and not rules.compatibility  # the limits of the parameters see to the rest


def _dynamic_parameters(rules: DynamicRules) -> tuple[int, ...]:
    return (
        rules.fused_plasma_target,
        rules.pow_plasma_target,
        rules.fused_plasma_target * rules.price_change_denominator,
        rules.pow_plasma_target * rules.price_change_denominator,
        rules.max_price_change_percent,
        MIN_PRICE,
    )


_FORMS: dict[type[RuleSet[Any]], _Form] = {
    ForumRules: _Form(
        "pp_follow_forum",
        _forum_fits,
        _forum_parameters,
        lambda rules, base_plasma, _, percent: (base_plasma, percent, rules.recharge_target(base_plasma)),
    ),
    DynamicRules: _Form(
        "pp_follow_dynamic",
        _dynamic_fits,
        _dynamic_parameters,
        lambda _, base_plasma, worked, __: (base_plasma - worked, worked),
    ),
}
"""The kinds of rules that the library knows; any other is followed in Python."""


def _uses(rules: RuleSet[Any], form: _Form, phases: Sequence[Phase]) -> Iterator[int]:
    for phase in phases:
        base_plasma, worked = rules.base_plasma_at(phase.full_percent, phase.pow_percent)
        yield from (phase.momentums, *form.use(rules, base_plasma, worked, phase.pow_percent))


@cache
def _library() -> ctypes.CDLL | None:
    """The library with its functions bound; None if there is none that may be used."""
    library = usable()
    if library is None:
        return None
    word, table = ctypes.c_uint64, ctypes.c_void_p
    for function in (library.pp_follow_forum, library.pp_follow_dynamic):
        function.argtypes = (table, table, word, word, word, table, table)
        function.restype = word
    return library
