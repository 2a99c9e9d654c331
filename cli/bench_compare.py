"""Several machines or versions side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from powplasma.measure import RulesYield, yields
from powplasma.measure.history import Run
from powplasma.measure.yields import QUANTILES
from powplasma.plasma import RuleSet

from .bench_table import columns
from .records import Record
from .report import duration, rate


def comparison_records(runs: Sequence[Run], rules: Sequence[RuleSet[Any]], patience: float) -> list[Record]:
    """One object for each run; all yields are by this version's rules. ``ratio`` is to the first run."""
    return [
        {
            **dataclasses.asdict(run),
            "ratio": run.hashrate / runs[0].hashrate,
            "yields": [
                {
                    "rules": each.name,
                    "plasma_per_second": each.quiet.plasma_per_second,
                    **{f"send_seconds_p{chance * 100:.0f}": time for chance, time in _send_times(each).items()},
                }
                for each in yields(run.hashrate, rules, patience)
            ],
        }
        for run in runs
    ]


def comparison_rows(runs: Sequence[Run], rules: Sequence[RuleSet[Any]], patience: float) -> list[list[str]]:
    """Head, then a row for each run."""
    head = [f"{each.name} {what}" for each in rules for what in ("plasma/s", "send P95")]
    rows = [["machine, version, kernel × workers", "when", "hashrate", "from", "to", "ratio", *head]]
    for run in runs:
        worth = []
        for each in yields(run.hashrate, rules, patience):
            late = _send_times(each).get(0.95)
            worth += [f"{each.quiet.plasma_per_second:,.0f}", "" if late is None else duration(late)]
        label = run.label + (" (noisy)" if run.noisy else "")
        rates = [rate(run.hashrate), rate(run.interval.low), rate(run.interval.high)]
        rows.append([label, run.time[:10], *rates, f"{run.hashrate / runs[0].hashrate:.2f}", *worth])
    return rows


def comparison_lines(runs: Sequence[Run], rules: Sequence[RuleSet[Any]], patience: float) -> Iterator[str]:
    """A table of runs; nothing where there are none."""
    if runs:
        yield ""
        yield "Side by side"
        yield from columns(comparison_rows(runs, rules, patience))


def _send_times(each: RulesYield) -> dict[float, float]:
    send = next(block for block in each.quiet.blocks if block.kind.name == "send")
    return {} if send.seconds is None else dict(zip(QUANTILES, send.seconds, strict=True))
