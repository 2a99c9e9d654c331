"""``powplasma bench``: hashrate of this machine, and what it yields in plasma."""

from __future__ import annotations

import re
from pathlib import Path

import click

from powplasma.errors import InvalidInput
from powplasma.kernels import kernel as choose_kernel
from powplasma.measure import FULL, QUICK, Step, measure, yields
from powplasma.measure.history import check_history, read_runs, run_of_record, save_run
from powplasma.measure.machine import this_machine
from powplasma.measure.peers import PEERS
from powplasma.measure.power import check_price, stated_power
from powplasma.measure.records import result_record
from powplasma.plasma import RULE_SETS, ruleset

from .bench_compare import comparison_lines, comparison_records
from .bench_csv import csv_lines
from .bench_outcome import Outcome
from .bench_table import measurement_lines, yield_lines
from .command import Command
from .devices import chosen_devices, device_options
from .exits import OutputFailed
from .notices import kernel_notices
from .output import details, json_result, note, result
from .parameters import PATH, json_option, seconds, whole
from .progress import ProgressLine, progress_option
from .records import Record
from .settings import chosen
from .targets import picture_options, pictures_of

_CHARTS = ("prices", "searches", "scaling", "kernels", "machines")
"""Names of all charts that there may be."""


def number(_: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Callback of an option that is a number; its range is the library's to check."""
    try:
        return None if value is None else float(value)
    except ValueError:
        raise InvalidInput(param.name or "", value, "is not a number", "a number such as 65 or 0.25") from None


@click.command(cls=Command)
@click.option("--quick", is_flag=True, help="Take about 10 seconds instead of 150.")
@click.option(
    "--kernel", envvar="POWPLASMA_KERNEL", metavar="NAME", help="Measure this kernel alone.  [default: all that run]"
)
@click.option("--workers", callback=whole, metavar="N", help="Most workers.  [default: one per available core]")
@device_options
@click.option("--against", metavar="LIST", default="", help=f"Measure these in the same rounds: {','.join(PEERS)}.")
@click.option(
    "--rules",
    type=click.Choice([*RULE_SETS, "all"]),
    default="all",
    show_default=True,
    help="Rule set that the yield is for.",
)
@click.option(
    "--patience", callback=seconds, default="60", show_default=True, metavar="SECONDS", help="Longest wait for a send."
)
@click.option("--watts", callback=number, metavar="W", help="Power under load.  [default: measured, where that works]")
@click.option("--price-per-kwh", callback=number, metavar="PRICE", help="Price of energy, in any currency.")
@click.option("--name", metavar="NAME", help="What to call this machine.  [default: its network name]")
@click.option("--save", is_flag=True, help="Add this run to the machine's history.")
@click.option(
    "--history", metavar="FILE", type=PATH, help="The history file.  [default: one for each name, see docs/yield.md]"
)
@click.option(
    "--compare", multiple=True, metavar="FILE", type=PATH, help="Set runs of this file beside; may be repeated."
)
@click.option("--measure/--no-measure", "measuring", default=True, help="Only compare files, and measure nothing.")
@picture_options
@click.option("--csv", is_flag=True, help="Print the yield as CSV, a line for each rule set, price and block.")
@progress_option
@json_option
def command(
    *,
    quick: bool,
    kernel: str | None,
    workers: int | None,
    device: tuple[str, ...],
    intensity: int | None,
    retune: bool,
    against: str,
    rules: str,
    patience: float,
    watts: float | None,
    price_per_kwh: float | None,
    name: str | None,
    save: bool,
    history: Path | None,
    compare: tuple[Path, ...],
    measuring: bool,
    html: Path | None,
    png: Path | None,
    force: bool,
    csv: bool,
    progress: bool | None,
    json: bool,
) -> int:
    """Measure hashrate, and what it yields in plasma.

    The machine should have nothing else to do meanwhile. Hashrate comes from counted hashes, and
    is checked by real searches, which share nothing with counting but the clock.
    """
    if json and csv:
        raise click.UsageError("--json and --csv are two forms of one result: choose one")
    if not measuring and (save or not compare):
        raise click.UsageError("--no-measure leaves nothing to save, and needs --compare FILE")
    rule_sets = [ruleset(each) for each in (RULE_SETS if rules == "all" else [rules])]
    peers = tuple(part.strip() for part in against.split(",") if part.strip())
    power = None if watts is None else stated_power(watts)
    if price_per_kwh is not None:
        check_price(price_per_kwh)
    yields(1, rule_sets[:1], patience)
    path = _history(history, name) if save else None
    if path is not None:
        check_history(path)
    compared = [run for file in compare for run in read_runs(file)]
    pictures = pictures_of(html, png, _CHARTS, force=force)
    measured = None
    if measuring:
        devices = chosen_devices(device, intensity, retune=retune)
        kernel_notices(choose_kernel(kernel).name, kernel)
        with ProgressLine(progress) as line:
            done = measure(
                QUICK if quick else FULL,
                kernel=kernel,
                workers=workers,
                devices=devices,
                intensity=intensity,
                against=peers,
                name=name,
                listener=lambda step: line.show(_under_way(step)),
            )
        worth = yields(done.best.hashrate, rule_sets, patience)
        power = power or done.power
        record = result_record(done, worth, patience, power, price_per_kwh)
        measured = done, worth, record
    runs = ([run_of_record(measured[2])] if measured else []) + compared
    outcome = Outcome(measured, runs, rule_sets, patience, power)
    _show(outcome, as_json=json, as_csv=csv)
    if price_per_kwh is not None and power is None:
        note("no cost is known, because no power is: the machine does not tell its own, and --watts states none")
    if path is not None and measured:
        _save(path, measured[2])
    if pictures is not None:
        from .bench_charts import write_charts  # noqa: PLC0415 - the same

        write_charts(outcome, pictures)
    return 0


def _show(outcome: Outcome, *, as_json: bool, as_csv: bool) -> None:
    """Prints the result in the form asked for."""
    compared = outcome.runs if len(outcome.runs) > 1 or not outcome.measured else []
    if as_json:
        record = (
            dict(outcome.measured[2]) if outcome.measured else {"format": "powplasma-bench-comparison", "version": 1}
        )
        record["compare"] = comparison_records(compared, outcome.rules, outcome.patience)
        json_result(record)
        return
    if as_csv:
        for line in csv_lines(outcome.runs, outcome.measured, outcome.rules, outcome.patience):
            result(line)
    else:
        if outcome.measured:
            measurement, worth, record = outcome.measured
            for line in (*measurement_lines(measurement), *yield_lines(worth, record, outcome.patience)):
                result(line)
        for line in comparison_lines(compared, outcome.rules, outcome.patience):
            result(line)
    if outcome.measured:
        for finding in outcome.measured[0].findings:
            note(finding.text)


def _under_way(step: Step) -> str:
    return f"{step.share:4.0%}  {step.text}"


def _history(history: Path | None, name: str | None) -> Path:
    """The file of the history: by default one for each machine, in the folder of the program's settings."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", this_machine(name).name).lstrip(".") or "unnamed"
    return chosen(history, f"bench/{plain}.json", "history")


def _save(path: Path, record: Record) -> None:
    try:
        runs = save_run(path, record)
    except OSError as error:
        raise OutputFailed(str(path), error) from error
    details(f"saved as run {runs} of {path}")
