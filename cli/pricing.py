"""Options that say what a block is, under which rules, and at which prices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from powplasma.errors import InvalidInput
from powplasma.fields import whole_number
from powplasma.plasma import RuleSet, make_state, ruleset
from powplasma.plasma.rules import state_fields

from .parameters import whole

F = TypeVar("F", bound=Callable[..., Any])

PRICES = {
    "base_price": "Base price in thousandths (forum).",
    "difficulty_per_plasma": "Difficulty that buys one plasma (forum).",
    "fusion_recharge_rate": "Plasma that an account recharges per confirmation (forum).",
    "fusion_price": "Price of fused plasma in thousandths (dynamic).",
    "work_price": "Price of worked plasma in thousandths (dynamic).",
}
"""Every field of a rule set's state, which is an option of the same name."""


def block_options(command: F) -> F:
    """``--block`` and ``--data-bytes``."""
    for option in (
        click.option("--data-bytes", callback=whole, metavar="N", help="Length of the data of a send.  [default: 0]"),
        click.option("--block", metavar="KIND", help="send, receive, or a contract's method as in Pillar.Delegate."),
    ):
        command = option(command)
    return command


def price_options(command: F) -> F:
    """``--base-price``, ``--work-price`` and the other prices, and ``--set`` for parameters of the rules."""
    command = click.option(
        "--set", "set", multiple=True, metavar="NAME=VALUE", help="Another value for a parameter of the rules."
    )(command)
    for name in reversed(PRICES):
        option = click.option("--" + name.replace("_", "-"), callback=whole, metavar="N", help=PRICES[name])
        command = option(command)
    return command


def priced_rules(
    names: Sequence[str], prices: dict[str, int | None], settings: Sequence[str]
) -> list[tuple[RuleSet[Any], Any]]:
    """Every rule set with its state; a price or parameter goes to those that have it.

    Raises:
        InvalidInput: a price or parameter that none of the rule sets has, or that is out of range.
    """
    given = {name: price for name, price in prices.items() if price is not None}
    parameters = dict(_setting(text) for text in settings)
    fields = state_fields()
    priced = []
    for name in names:
        known = vars(ruleset(name))
        own = {key: value for key, value in parameters.items() if key in known or len(names) == 1}
        rules = ruleset(name, **own)
        prices_here = {key: value for key, value in given.items() if key in fields[name] or len(names) == 1}
        priced.append((rules, make_state(rules, **prices_here)))
    for key, value in parameters.items():
        if not any(key in vars(rules) for rules, _ in priced):
            raise InvalidInput("set", f"{key}={value}", "names a parameter of no rule set", ", ".join(names))
    for key, value in given.items():
        if not any(key in fields[name] for name in names):
            raise InvalidInput(key, value, "has no effect", f"under none of {', '.join(names)}")
    return priced


def _setting(text: str) -> tuple[str, int | str]:
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise InvalidInput("set", text, "is no setting", "NAME=VALUE")
    if name in ("compatibility", "bits", "name"):
        raise InvalidInput("set", text, "is not for quotes", "a parameter of the rules")
    return name, value if name == "recharge_variant" else whole_number(name, value, "a whole number")
