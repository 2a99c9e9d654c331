"""``powplasma serve``: this machine's work for many programs, until it is told to end."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import click

from powplasma.plasma import RULE_SETS
from powplasma.plasma.target import Target

from .cluster import cluster_option, on_cluster
from .command import Command
from .devices import device_options, engine_of
from .notices import kernel_notices
from .output import json_result, note, result
from .parameters import PATH, json_option, kernel_option, seconds, whole, workers_option
from .pricing import price_options, priced_rules


@click.command(cls=Command)
@click.option("--host", metavar="IP", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port", callback=whole, metavar="N", default="35999", show_default=True, help="Port; 0 takes a free one."
)
@click.option("--expose", is_flag=True, help="Allow a --host that other machines reach.")
@click.option(
    "--rules", type=click.Choice(list(RULE_SETS)), default="alphanet", show_default=True, help="Rule set of plasma."
)
@price_options
@click.option(
    "--max-difficulty",
    callback=whole,
    metavar="N",
    help="Largest difficulty that is searched.  [default: the largest that buys plasma]",
)
@click.option("--queue", callback=whole, metavar="N", default="20000", show_default=True, help="Places in the queue.")
@click.option(
    "--drain",
    callback=seconds,
    metavar="SECONDS",
    default="10",
    show_default=True,
    help="Time that searches under way get at the end.",
)
@click.option("--tickets", metavar="FILE", type=PATH, help="File of tickets, which survive a restart.")
@click.option("--tokens", metavar="FILE", type=PATH, help="TOML file of clients with their tokens and budgets.")
@click.option("--allow-host", multiple=True, metavar="NAME", help="Host name under which it may be called.")
@click.option("--allow-origin", multiple=True, metavar="ORIGIN", help="Web page that may call, as https://name.")
@click.option("--tls-cert", metavar="FILE", type=PATH, help="Certificate for HTTPS; needs --tls-key.")
@click.option("--tls-key", metavar="FILE", type=PATH, help="Key of the certificate.")
@click.option("--node", metavar="URL", help="Node that is asked where a request has expect_frontier.")
@workers_option
@kernel_option
@click.option("--nice", callback=whole, metavar="N", help="Lower the workers' priority by 0 … 19.")
@device_options
@cluster_option
@click.option("--log", is_flag=True, help="Write a line of JSON for each request to standard error.")
@json_option
def command(
    *,
    host: str,
    port: int,
    expose: bool,
    rules: str,
    set: tuple[str, ...],  # noqa: A002 - the option's name
    max_difficulty: int | None,
    queue: int,
    drain: float,
    tickets: Path | None,
    tokens: Path | None,
    allow_host: tuple[str, ...],
    allow_origin: tuple[str, ...],
    tls_cert: Path | None,
    tls_key: Path | None,
    node: str | None,
    workers: int | None,
    kernel: str | None,
    nice: int | None,
    device: tuple[str, ...],
    intensity: int | None,
    retune: bool,
    cluster: str | None,
    log: bool,
    json: bool,
    **prices: int | None,
) -> None:
    """Search nonces for other programs: an HTTP server with JSON-RPC 2.0 and {"action": ...}.

    It prints its URL once it listens, and runs until SIGTERM or Ctrl-C: then it takes nothing more and
    lets searches end for as long as --drain says. A second signal ends it at once.
    """
    ((rule_set, state),) = priced_rules([rules], prices, set)
    from powplasma.serve import JsonLines, Settings, serve  # noqa: PLC0415 - an extra
    from powplasma.serve.expectation import measured  # noqa: PLC0415

    if (tls_cert is None) != (tls_key is None):
        raise click.UsageError("--tls-cert and --tls-key belong together")
    settings = Settings(
        Target(rule_set, False, state),
        host,
        port,
        expose,
        max_difficulty,
        queue,
        drain,
        tickets,
        tokens,
        allow_host,
        allow_origin,
        None if tls_cert is None or tls_key is None else (tls_cert, tls_key),
        node,
    )

    def listening(url: str) -> None:
        if json:
            json_result({"url": url, "rules": rules, "hashrate": hashrate, "kernel": engine.kernel})
        else:
            result(url)
        if expose and tokens is None:
            note("whoever reaches this port can have work done: --tokens says who may")

    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("powplasma.serve")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO if log else logging.WARNING)
    with (
        on_cluster(cluster),
        engine_of(workers, kernel, nice, device, intensity=intensity, retune=retune, cluster=cluster) as engine,
    ):
        kernel_notices(engine.kernel, kernel)
        hashrate = measured(engine)
        asyncio.run(serve(settings, engine, hashrate, listening))
