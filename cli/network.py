"""Options that say which node, what is allowed, and who searches: for everything that publishes a block."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

from powplasma.node import DEFAULT_MAX_NODE_AGE, DEFAULT_NODE
from powplasma.transfer import Terms
from powplasma.transfer.terms import (
    DEFAULT_HEADROOM,
    DEFAULT_MAX_DIFFICULTY,
    DEFAULT_PATIENCE,
    DEFAULT_WAIT_SECONDS,
)

from .parameters import kernel_option, network_number, seconds, whole, workers_option

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")

RULES = ("auto", "alphanet", "dynamic")

node_option = click.option(
    "--node",
    envvar="POWPLASMA_NODE",
    metavar="URL",
    default=DEFAULT_NODE,
    show_default=True,
    help="The node: http://, https://, ws:// or wss://.",
)

patience_option = click.option(
    "--patience",
    callback=seconds,
    metavar="SECONDS",
    default=DEFAULT_PATIENCE,
    show_default=True,
    help="How long to look for a block of which nobody knows whether it was published.",
)

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


def wait_options(*, default: bool) -> Callable[[F], F]:
    """``--wait``, on or off by default, and ``--wait-seconds``."""

    def add(command: F) -> F:
        for option in (
            click.option(
                "--wait-seconds",
                callback=seconds,
                metavar="SECONDS",
                default=DEFAULT_WAIT_SECONDS,
                show_default=True,
                help="Longest time to wait.",
            ),
            click.option(
                "--wait/--no-wait",
                default=default,
                show_default=True,
                help="Wait until a momentum contains the block.",
            ),
        ):
            command = option(command)
        return command

    return add


def stale_options(command: F) -> F:
    """``--max-node-age`` and ``--allow-stale``."""
    for option in (
        click.option("--allow-stale", is_flag=True, help="Use a node that is not up to date."),
        click.option(
            "--max-node-age",
            callback=seconds,
            metavar="SECONDS",
            default=DEFAULT_MAX_NODE_AGE,
            show_default=True,
            help="Refuse a node whose newest momentum is older.",
        ),
    ):
        command = option(command)
    return command


def terms_options(command: Callable[..., R]) -> Callable[..., R]:
    """What is allowed for a block, given to the command as ``allowed``; and ``--kernel`` and ``--workers``."""

    @functools.wraps(command)
    def with_terms(
        *arguments: Any,
        rules: str,
        headroom: int,
        max_difficulty: int,
        max_seconds: float | None,
        network: int | None,
        patience: float,
        max_node_age: float,
        allow_stale: bool,
        pay: str,
        **options: Any,
    ) -> R:
        allowed = Terms(
            rules=None if rules == "auto" else rules,
            headroom=headroom,
            max_difficulty=max_difficulty,
            max_seconds=max_seconds,
            chain_identifier=network,
            patience=patience,
            max_node_age=max_node_age,
            allow_stale=allow_stale,
            pay=pay,
        )
        return command(*arguments, allowed=allowed, **options)

    for option in _TERMS:
        with_terms = option(with_terms)
    return with_terms


network_option = click.option(
    "--network",
    callback=network_number,
    metavar="N",
    help="Chain identifier of the network that is meant; 1 is the main one. A node of another is refused.  "
    "[default: the node's and the account's as before]",
)


_TERMS = (
    workers_option,
    kernel_option,
    network_option,
    stale_options,
    patience_option,
    click.option(
        "--pay",
        metavar="either|work|fused|wait[:N]",
        default="either",
        show_default=True,
        help="What pays: fused plasma first and work for the rest; work alone; available fused plasma alone; or fused "
        "plasma alone, waiting up to N momentums for it to come back.",
    ),
    click.option("--max-seconds", callback=seconds, metavar="SECONDS", help="Give a search up after this time."),
    click.option(
        "--max-difficulty",
        callback=whole,
        metavar="N",
        default=str(DEFAULT_MAX_DIFFICULTY),
        show_default=True,
        help="Refuse a block that needs more work.",
    ),
    click.option(
        "--headroom",
        callback=whole,
        metavar="N",
        default=str(DEFAULT_HEADROOM),
        show_default=True,
        help="Momentums of the steepest rise of prices that the payment has to survive (dynamic).",
    ),
    click.option(
        "--rules",
        type=click.Choice(RULES),
        default="auto",
        show_default=True,
        help="Refuse a node with other rules; auto takes those of its newest momentum.",
    ),
)
