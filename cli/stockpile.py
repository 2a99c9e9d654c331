"""``powplasma stockpile``: work ground long ahead and spent at once, under the mitigations that are proposed."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from powplasma import __version__
from powplasma.errors import InvalidInput, check_integer
from powplasma.kernels import kernel
from powplasma.measure import QUICK, measure
from powplasma.measure.power import check_price, stated_power
from powplasma.plasma import RULE_SETS, RuleSet
from powplasma.simulation.stockpile import (
    DEFAULT_POLICIES,
    Hardware,
    Policy,
    Scene,
    custom,
    load_honest,
    parse_goal,
    parse_policy,
    preset,
    presets,
    stockpile,
)

from .bench import number
from .command import Command
from .notices import kernel_notices
from .output import json_result, note, result
from .parameters import json_option, whole
from .pricing import price_options, priced_rules
from .progress import ProgressLine, progress_option
from .records import Record
from .stockpile_table import csv_lines, lines
from .stockpile_values import hashrate as a_hashrate
from .stockpile_values import timespan
from .targets import picture_options, pictures_of

_CHARTS = ("filled", "waiting", "expiry")
"""Names of all that there may be."""

_HASHRATE = 10**9
"""What is assumed where neither a hashrate nor an attacker is named."""

_FORUM_DIFFICULTY = 1_500
"""Difficulty per plasma that ``forum`` begins with here, so that all rule sets begin alike."""


@click.command(cls=Command)
@click.option("--hashrate", callback=a_hashrate, metavar="RATE", help="Of the attacker, such as 1GH.  [default: 1GH]")
@click.option("--attacker", metavar="NAME", help=f"His hardware: {', '.join(presets())}, or here (measures this one).")
@click.option(
    "--precompute", callback=timespan, metavar="TIME", default="1y", show_default=True, help="How long he grinds ahead."
)
@click.option(
    "--goal",
    metavar="GOAL",
    default="burst",
    show_default=True,
    help="burst, harvest, ladder:PERCENT, hold:TIMES or under-target.",
)
@click.option(
    "--rules", type=click.Choice([*RULE_SETS, "all"]), default="all", show_default=True, help="Rule set of plasma."
)
@click.option(
    "--policy",
    multiple=True,
    metavar="POLICY",
    help="none, creation, inclusion, window:W, decay:H, cap:SHARE, or some of them joined by +; may be repeated.  "
    f"[default: {', '.join(DEFAULT_POLICIES)}]",
)
@price_options
@click.option(
    "--honest", metavar="NONE|DEFAULT|FILE", default="none", show_default=True, help="Who else uses the chain."
)
@click.option(
    "--horizon",
    callback=whole,
    metavar="N",
    default="2160",
    show_default=True,
    help="Momentums to simulate with honest users.",
)
@click.option(
    "--flood",
    callback=whole,
    metavar="N",
    default="10",
    show_default=True,
    help="Momentums' worth of blocks kept published where nothing orders them (alphanet).",
)
@click.option("--seed", callback=whole, metavar="N", default="0", show_default=True, help="From which chance is drawn.")
@click.option("--watts", callback=number, metavar="W", help="Power of the attacker's hardware.")
@click.option(
    "--price-per-kwh",
    callback=number,
    metavar="PRICE",
    default="0.15",
    show_default=True,
    help="Price of energy, in any currency.",
)
@picture_options
@click.option("--csv", is_flag=True, help="Print one CSV line for each policy.")
@progress_option
@json_option
def command(
    *,
    hashrate: int | None,
    attacker: str | None,
    precompute: int,
    goal: str,
    rules: str,
    policy: tuple[str, ...],
    base_price: int | None,
    difficulty_per_plasma: int | None,
    fusion_recharge_rate: int | None,
    fusion_price: int | None,
    work_price: int | None,
    set: tuple[str, ...],  # noqa: A002 - the option's name
    honest: str,
    horizon: int,
    flood: int,
    seed: int,
    watts: float | None,
    price_per_kwh: float,
    html: Path | None,
    png: Path | None,
    force: bool,
    csv: bool,
    progress: bool | None,
    json: bool,
) -> None:
    """Play the attack with proof of work from a stock, under each policy.

    With --json one object for each rule set and policy, a line each.
    """
    if json and csv:
        raise click.UsageError("--json and --csv are two forms of one result: choose one")
    if hashrate is not None and attacker is not None:
        raise click.UsageError("--hashrate and --attacker both say how fast the attacker is: choose one")
    check_integer("seed", seed, 0, 2**64 - 1)
    check_price(price_per_kwh)
    stated = None if watts is None else stated_power(watts).watts
    prices = {
        "base_price": base_price,
        "difficulty_per_plasma": difficulty_per_plasma,
        "fusion_recharge_rate": fusion_recharge_rate,
        "fusion_price": fusion_price,
        "work_price": work_price,
    }
    priced = priced_rules([*RULE_SETS] if rules == "all" else [rules], prices, set)
    priced = [_as_others(each, state, difficulty_per_plasma) for each, state in priced]
    policies = [parse_policy(text) for text in policy or DEFAULT_POLICIES]
    pictures = pictures_of(html, png, _CHARTS, force=force)
    wanted, users = parse_goal(goal), load_honest(honest)
    with ProgressLine(progress) as line:
        # All but a measurement is checked before it, which takes its time.
        hardware = custom(1) if attacker == "here" else _hardware(hashrate, attacker)
        scene = Scene(hardware, precompute, wanted, users, horizon, seed, price_per_kwh, flood)
        if attacker == "here":
            scene = dataclasses.replace(scene, hardware=_measured(line))
        if stated is not None:
            scene = dataclasses.replace(scene, hardware=dataclasses.replace(scene.hardware, watts=stated))
        records = _play(scene, priced, policies, line)
    if json:
        for record in records:
            json_result(record)
    else:
        for text in csv_lines(records) if csv else lines(scene, records):
            result(text)
    if pictures is not None:
        from .stockpile_charts import write_charts  # noqa: PLC0415 - the same

        write_charts(scene, records, pictures)


def _hardware(hashrate: int | None, attacker: str | None) -> Hardware:
    if attacker is not None:
        return preset(attacker)
    return custom(_HASHRATE if hashrate is None else hashrate)


def _play(
    scene: Scene, priced: list[tuple[RuleSet[Any], Any]], policies: list[Policy], line: ProgressLine
) -> list[Record]:
    """Every policy under every rule set; where a goal is not computed for one of several, it is left out and said."""
    records: list[Record] = []
    runs = [(rules, state, policy) for rules, state in priced for policy in policies]
    for done, (rules, state, policy) in enumerate(runs):
        line.show(f"{done / len(runs):4.0%}  {rules.name}, {policy}")
        try:
            figures = stockpile(scene, rules, state, policy)
        except InvalidInput as error:
            if error.field != "goal" or len(policies) == 1:
                raise
            if rules is priced[0][0]:
                note(f"left out: {error}")
            continue
        records.append(figures | _origin(scene, rules, state))
    return records


def _origin(scene: Scene, rules: RuleSet[Any], state: Any) -> Record:
    """What a rerun needs. Parameters and state are decimal strings, as they can exceed 2^53."""
    hardware = scene.hardware
    parameters = {field.name: str(getattr(rules, field.name)) for field in dataclasses.fields(rules) if field.repr}
    return {
        "attacker": hardware.name,
        "hashrate": str(hardware.hashrate),
        "watts": None if hardware.watts is None else round(hardware.watts, 3),
        "precompute": scene.seconds,
        "price_per_kwh": scene.price_per_kwh,
        "population": scene.honest.name,
        "horizon": scene.horizon,
        "flood": scene.flood,
        "seed": str(scene.seed),
        "parameters": parameters,
        "state": {name: str(value) for name, value in dataclasses.asdict(state).items()},
        "version": __version__,
    }


def _as_others(rules: RuleSet[Any], state: Any, given: int | None) -> tuple[RuleSet[Any], Any]:
    """``forum`` with today's difficulty per plasma, unless another is asked for."""
    if rules.name != "forum" or given is not None:
        return rules, state
    state = dataclasses.replace(state, difficulty_per_plasma=_FORUM_DIFFICULTY)
    rules.check_state(state)
    return rules, state


def _measured(line: ProgressLine) -> Hardware:
    """This machine, by a quick measurement."""
    kernel_notices(kernel().name, None)
    done = measure(QUICK, listener=lambda step: line.show(f"{step.share:4.0%}  {step.text}"))
    best = done.best
    source = f"measured: {best.name} with {best.workers} workers on {done.machine.processor}"
    return Hardware("here", best.hashrate, None if done.power is None else done.power.watts, 0, source)
