"""The aggregate level in the C library: the integers of ``trajectory``, hundreds of times as fast, while they fit."""

from __future__ import annotations

import ctypes
import dataclasses
from array import array
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

from powplasma.errors import InvalidInput
from powplasma.library import usable
from powplasma.plasma.checks import U64_BITS, U64_MAX
from powplasma.plasma.forum import ForumRules, ForumState
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.pricing import MIN_PRICE, DynamicRules, DynamicState
from powplasma.simulation.momentum import base_plasma_of_use
from powplasma.simulation.trajectory import Phase, momentums_of

State = TypeVar("State", ForumState, DynamicState)

_MOMENTUMS_PER_CALL = 1 << 24
"""A fraction of a second: a call of the library cannot be interrupted."""


def fits(rules: RuleSet[Any], state: Any) -> bool:
    """Whether there is a library, and it can begin to follow trajectories of these rules."""
    if _library() is None:
        return False
    match rules:
        case ForumRules():
            room = rules.target_base_plasma * rules.price_denominator <= U64_MAX
        case DynamicRules():
            room = True  # the limits of the parameters see to it
        case _:
            return False
    try:
        rules.check_state(state)
    except InvalidInput:
        return False
    return room and rules.bits == U64_BITS and not rules.compatibility


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
    function = library.pp_follow_forum if isinstance(rules, ForumRules) else library.pp_follow_dynamic
    # An array refuses what is too large for it, where a ctypes one would wrap.
    parameters, uses = array("Q", _parameters(rules)), array("Q", _uses(rules, phases))
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


def _parameters(rules: RuleSet[Any]) -> tuple[int, ...]:
    """In the order of ``trajectories.h``, as are the uses."""
    if isinstance(rules, ForumRules):
        return (
            rules.target_base_plasma,
            rules.target_base_plasma * rules.price_denominator,
            rules.min_base_price,
            rules.pow_share,
            rules.difficulty_denominator,
            rules.min_difficulty_per_plasma,
            rules.recharge_factor,
        )
    assert isinstance(rules, DynamicRules)
    return (
        rules.fused_plasma_target,
        rules.pow_plasma_target,
        rules.fused_plasma_target * rules.price_change_denominator,
        rules.pow_plasma_target * rules.price_change_denominator,
        rules.max_price_change_percent,
        MIN_PRICE,
    )


def _uses(rules: RuleSet[Any], phases: Sequence[Phase]) -> Iterator[int]:
    for phase in phases:
        base_plasma, worked = base_plasma_of_use(rules, phase.full_percent, phase.pow_percent)
        yield phase.momentums
        if isinstance(rules, ForumRules):
            yield from (base_plasma, phase.pow_percent, rules.recharge_target(base_plasma))
        else:
            yield from (base_plasma - worked, worked)


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
