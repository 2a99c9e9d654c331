"""Scenarios: named built-ins and TOML files, with their variants and with values set from outside."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from typing import Any

from powplasma.errors import InvalidInput
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.rules import make_state, ruleset
from powplasma.simulation.documents import read_document, set_value, titles
from powplasma.simulation.plans import PLANS, Plan, TrajectoryPlan
from powplasma.simulation.schema import Table, Values, plain_value

_MADE = ("rules", "state")
"""Tables that a setting makes if the file has none."""

_COMMON = ("title", "source", "kind", "rules", "state", "variant", "variants")


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is simulated.

    Attributes:
        name: of the built-in, or the path of the file.
        title: one line for people.
        variant: which of the file's variants; None if it has none.
        rules: the rule set with the scenario's parameters.
        state: what the first momentum inherits.
        plan: what happens.
        digest: SHA-256 of everything that the file says, with variant, rules and settings; 64 hex digits.
    """

    name: str
    title: str
    variant: str | None
    rules: RuleSet[Any]
    state: Any
    plan: Plan
    digest: str

    @property
    def has_rows(self) -> bool:
        """Whether the summary is a table with ``rows``, and there is no series beside it."""
        return isinstance(self.plan, TrajectoryPlan) and self.plan.table is not None

    @property
    def unlimited_columns(self) -> frozenset[str]:
        """Columns of the series that grow without limit, because nobody has to be able to pay."""
        if not isinstance(self.plan, TrajectoryPlan):
            return frozenset()
        return frozenset((*dataclasses.asdict(self.state), "base_plasma", "used_plasma", "difficulty"))


def built_in_scenarios() -> dict[str, str]:
    """The title of every built-in scenario, by its name."""
    return titles(resources.files(__package__).joinpath("scenarios"))


def load_scenario(
    name: str,
    *,
    variant: str | None = None,
    rules: str | None = None,
    settings: dict[str, object] | None = None,
) -> Scenario:
    """A built-in scenario by its name, or one from a TOML file.

    Args:
        name: of a built-in, or a path; what ends in ``.toml`` or has a folder is a path.
        variant: one of those that the file has; its own choice by default.
        rules: another rule set; the file's parameters and state of its own rules are then left out.
        settings: values by path, as in ``{"attacker.qsr": 500_000, "lanes.wallets.rate": 0.1}``; a
            list's entry goes by its position, from 0, or by its ``name``. They come last.

    Raises:
        InvalidInput: there is no such scenario, or a key or value of it is refused; one line with
            the file, the key and the reason.
    """
    document = read_document(resources.files(__package__).joinpath("scenarios"), name)
    if document.get("kind") == "exits":
        raise InvalidInput(f"{name}: kind", "exits", "is no kind of momentums", "load_exits, or the command exits")
    given = {path: plain_value(f"{name}: {path}", value) for path, value in (settings or {}).items()}
    chosen = _apply_variant(name, document, variant)
    named = document.get("rules")
    if rules is not None and not (isinstance(named, dict) and named.get("name") == rules):
        document["rules"] = {"name": rules}
        document.pop("state", None)
    for path, value in given.items():
        set_value(name, document, path, value, _MADE)
    return _parse(name, document, chosen)


def _apply_variant(name: str, document: Values, asked: str | None) -> str | None:
    table = Table(f"{name}:", document, (*_COMMON, *(key for plan in PLANS.values() for key in plan.KEYS)))
    variants = table.values("variants")
    if not variants:
        if asked is not None:
            raise InvalidInput("variant", asked, "is unknown", f"{name} has no variants")
        return None
    chosen = asked if asked is not None else table.text("variant")
    if chosen not in variants:
        raise InvalidInput("variant", chosen, "is unknown", f"{name} has {', '.join(variants)}")
    values = variants[chosen]
    if not isinstance(values, dict):
        raise InvalidInput(f"{name}: variants.{chosen}", values, "is not a table", "values by path")
    for path, value in values.items():
        set_value(name, document, path, value, _MADE)
    return chosen


def _parse(name: str, document: Values, variant: str | None) -> Scenario:
    where = f"{name}:"
    every = tuple(key for plan in PLANS.values() for key in plan.KEYS)
    kind = Table(where, document, (*_COMMON, *every)).choice("kind", tuple(PLANS))
    table = Table(where, document, (*_COMMON, *PLANS[kind].KEYS))
    rules = _rules(where, table)
    state_values: dict[str, Any] = table.values("state")
    try:
        state = make_state(rules, **state_values)
    except InvalidInput as error:
        raise InvalidInput(f"{where} state.{error.field}", error.value, error.problem, error.accepted) from None
    plan = PLANS[kind].parse(table, rules)
    text = json.dumps(document, sort_keys=True, default=str)
    digest = sha256(text.encode()).hexdigest()
    return Scenario(name, table.text("title", name), variant, rules, state, plan, digest)


def _rules(where: str, table: Table) -> RuleSet[Any]:
    parameters = dict(table.values("rules"))
    named = parameters.pop("name", "nothing")
    try:
        for internal in ("compatibility", "bits"):
            if internal in parameters:
                raise InvalidInput(internal, parameters[internal], "is not for scenarios", "a parameter of the rules")
        return ruleset(str(named), **parameters)
    except InvalidInput as error:
        field = "name" if error.field == "rules" else error.field
        raise InvalidInput(f"{where} rules.{field}", error.value, error.problem, error.accepted) from None
