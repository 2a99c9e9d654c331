"""The rule sets by name."""

from __future__ import annotations

import dataclasses
from difflib import get_close_matches
from typing import Any, Literal, overload

from powplasma.errors import InvalidInput
from powplasma.plasma.alphanet import AlphanetRules
from powplasma.plasma.forum import ForumRules
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.pricing import DynamicRules

RULE_SETS: dict[str, type[RuleSet[Any]]] = {rules.name: rules for rules in (AlphanetRules, ForumRules, DynamicRules)}
"""Every rule set, by its name."""


@overload
def ruleset(name: Literal["alphanet"], /, **parameters: Any) -> AlphanetRules: ...
@overload
def ruleset(name: Literal["forum"], /, **parameters: Any) -> ForumRules: ...
@overload
def ruleset(name: Literal["dynamic"], /, **parameters: Any) -> DynamicRules: ...
@overload
def ruleset(name: str, /, **parameters: Any) -> RuleSet[Any]: ...
def ruleset(name: str, /, **parameters: Any) -> RuleSet[Any]:
    """The rule set of that name, with the given parameters in place of its own.

    Raises:
        InvalidInput: field ``rules`` (unknown name) or a parameter that is unknown or out of range.
    """
    found = RULE_SETS.get(name)
    if found is None:
        near = get_close_matches(name, RULE_SETS, n=1)
        raise InvalidInput(
            "rules", name, "is unknown", f"did you mean {near[0]}?" if near else f"one of {', '.join(RULE_SETS)}"
        )
    known = [field.name for field in dataclasses.fields(found)]
    for parameter, value in parameters.items():
        if parameter not in known:
            near = get_close_matches(parameter, known, n=1)
            accepted = f"did you mean {near[0]}?" if near else f"one of {', '.join(known)}"
            raise InvalidInput(parameter, value, f"is set, but {name} has no such parameter", accepted)
    return found(**parameters)


def make_state(rules: RuleSet[Any], /, **fields: int) -> Any:
    """A state of this rule set: its initial state with the given fields in place of its own.

    Raises:
        InvalidInput: a field that the rule set's state does not have, or that is out of range.
    """
    known = [field.name for field in dataclasses.fields(rules.initial_state)]
    for field, value in fields.items():
        if field not in known:
            accepted = f"its state has {', '.join(known)}" if known else "it has no prices that change"
            raise InvalidInput(field, value, f"has no effect under {rules.name}", accepted)
    state = dataclasses.replace(rules.initial_state, **fields)
    rules.check_state(state)
    return state


def state_fields() -> dict[str, list[str]]:
    """The fields of every rule set's state, by rule set."""
    return {
        name: [field.name for field in dataclasses.fields(found().initial_state)] for name, found in RULE_SETS.items()
    }
