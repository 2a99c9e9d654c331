"""``powplasma devnode``: a strict stand-in for a node, on this machine, until it is interrupted."""

from __future__ import annotations

import time

import click

from .command import Command
from .grants import fused, grants
from .output import json_result, note, result
from .parameters import json_option, network_number, seconds, whole
from .pricing import priced_rules

_SIGNAL_SECONDS = 0.2
"""How long a signal may go unnoticed: in CPython one that comes just before a wait does not end it."""


@click.command(cls=Command)
@click.option(
    "--rules",
    type=click.Choice(["alphanet", "dynamic"]),
    default="alphanet",
    show_default=True,
    help="Rules of plasma that it follows.",
)
@click.option("--set", "set", multiple=True, metavar="NAME=VALUE", help="Another value for a parameter of the rules.")
@click.option(
    "--interval",
    callback=seconds,
    metavar="SECONDS",
    default=10.0,
    show_default=True,
    help="Time from one momentum to the next.",
)
@click.option("--fund", multiple=True, metavar="ADDRESS=AMOUNT", help="ZNN, or with the suffix QSR, of an account.")
@click.option("--fuse", multiple=True, metavar="ADDRESS=QSR", help="QSR that is fused for an account.")
@click.option(
    "--unreceived", multiple=True, metavar="ADDRESS=AMOUNT", help="As --fund, but sent to the account, to be received."
)
@click.option("--host", metavar="IP", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port",
    callback=whole,
    metavar="N",
    default=35997,
    show_default=True,
    help="Port; 0 takes a free one.",
)
@click.option("--expose", is_flag=True, help="Allow a --host that other machines reach.")
@click.option(
    "--network",
    callback=network_number,
    metavar="N",
    default=100,
    show_default=True,
    help="Chain identifier of its network.",
)
@json_option
def command(
    *,
    rules: str,
    set: tuple[str, ...],  # noqa: A002 - the option's name
    interval: float,
    fund: tuple[str, ...],
    fuse: tuple[str, ...],
    unreceived: tuple[str, ...],
    host: str,
    port: int,
    expose: bool,
    network: int,
    json: bool,
) -> None:
    """Run a strict stand-in for a node, in memory, until interrupted.

    It verifies every block as a node does, answers by HTTP and WebSocket on one port, and makes a
    momentum every --interval seconds. It is no consensus node: its coins are worth nothing.

    It answers at IP addresses, not at host names, and to web pages of this machine alone. SIGTERM or Ctrl-C
    ends it within two seconds, and a second one at once.
    """
    ((rule_set, _),) = priced_rules([rules], {}, set)
    from powplasma.node.devnode import (  # noqa: PLC0415 - an extra
        NO_CONSENSUS,
        BackgroundDevNode,
        Genesis,
        Grant,
        Settings,
    )

    genesis = Genesis(
        network,
        tuple(Grant(*grant) for grant in grants("fund", fund)),
        fused("fuse", fuse),
        tuple(Grant(*grant) for grant in grants("unreceived", unreceived)),
    )
    settings = Settings(rule_set, genesis, interval, host=host, port=port, expose=expose)
    with BackgroundDevNode(settings) as devnode:
        if json:
            json_result(
                {
                    "node": devnode.url,
                    "websocket": devnode.websocket_url,
                    "port": devnode.node.port,
                    "rules": rules,
                    "chain_identifier": network,
                    "interval": interval,
                }
            )
        else:
            result(f"{devnode.url} {devnode.websocket_url}")
        note(NO_CONSENSUS)
        while True:
            time.sleep(_SIGNAL_SECONDS)
