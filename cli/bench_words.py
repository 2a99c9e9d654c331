"""The result of ``bench`` in rows and sentences, for a terminal and a report alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from powplasma.measure import Hashrate, Measurement, RulesYield, Searches
from powplasma.measure.yields import QUANTILES

from .report import duration, rate

_EVERY = 2
"""Of the doublings of a price, every second is shown: each four times the one before."""


def fact_lines(measurement: Measurement) -> Iterator[str]:
    """The machine, and what it did meanwhile."""
    machine, clock, load = measurement.machine, measurement.clock, measurement.load
    facts = [machine.processor, f"{machine.cores_available} of {machine.cores} cores"]
    if clock is not None:
        facts.append(f"{clock.mhz:.0f} MHz ({clock.source})")
    yield f"{machine.name}: {', '.join(facts)}; {machine.system}"
    for device in measurement.devices:
        yield f"{device.name}: {device.kind}, {device.model}, driver {device.driver}, {device.units} units"
    if load is not None:
        yield (
            f"while measuring, of {load.cores} cores: measurement {load.own:.2f}, "
            f"others {load.others:.2f}, stolen by the host {load.steal:.2f}"
        )


def hashrate_rows(measurement: Measurement) -> list[list[str]]:
    """Head, then everything that was counted."""
    rows = [["kernel", "workers", "hashrate", "from", "to", "confidence"]]
    for each in (*measurement.hashrates, *measurement.against):
        interval = each.interval
        workers = str(each.workers) if each.workers else "in a loop"
        rates = [rate(each.hashrate), rate(interval.low), rate(interval.high)]
        rows.append([each.name, workers, *rates, f"{interval.confidence:.1%}"])
    return rows


def ratio_lines(measurement: Measurement) -> Iterator[str]:
    """How many times faster the chosen kernel is than what it was measured against."""
    alone = measurement.scaling[0]
    for ratio in measurement.ratios:
        yield (
            f"{alone.name} with {alone.workers} worker{'s' if alone.workers > 1 else ''} is {ratio.ratio:.1f} times "
            f"{ratio.name} ({ratio.interval.low:.1f} … {ratio.interval.high:.1f})"
        )


def search_lines(searches: Searches, counted: Hashrate) -> Iterator[str]:
    """Hashrate by searching, and what its laws say; ``counted`` is that by counting."""
    interval, miscount = searches.interval, searches.miscount_interval
    agrees = "agrees with counting" if interval.overlaps(counted.interval) else "DISAGREES with counting"
    bounds = f"{rate(interval.low)} … {rate(interval.high)}"
    yield f"{rate(searches.hashrate)} by searching, {bounds} with {interval.confidence:.0%} confidence; {agrees}"
    for what, fit in (("times", searches.law_of_times), ("hashes", searches.law_of_hashes)):
        verdict = "as the law has them" if fit.passed else "NOT as the law has them"
        yield f"{what} to a nonce: {verdict} (Anderson-Darling p = {fit.p_value:.2g})"
    bounds = f"{miscount.low:.3f} … {miscount.high:.3f}"
    yield f"counted hashes per nonce over difficulty: {searches.miscount:.3f} ({bounds})"


def yield_rows(each: RulesYield, stated: Mapping[str, Any]) -> list[list[str]]:
    """Head, then every kind of block on a quiet network.

    Args:
        each: one rule set.
        stated: its JSON object, where energy is.
    """
    on_quiet = stated["prices"][0]["blocks"]
    energy = [name for name in ("joules", "cost") if any(block[name] is not None for block in on_quiet)]
    head = [f"P{chance * 100:.0f}" for chance in QUANTILES]
    rows = [["block", "base plasma", "difficulty", *head, "per hour", *energy, "or fuse"]]
    for block, facts in zip(each.quiet.blocks, on_quiet, strict=True):
        name = block.kind.name + (f" + {block.kind.data_bytes} bytes" if block.kind.data_bytes else "")
        work = _work_cells(block.difficulty, block.seconds, block.blocks_per_hour)
        cost = ["" if facts[figure] is None else f"{facts[figure]:.3g}" for figure in energy]
        rows.append([name, f"{block.kind.base_plasma:,}", *work, *cost, f"{block.qsr_for_one:,} QSR"])
    return rows


def price_rows(each: RulesYield) -> list[list[str]]:
    """Head, then how long a send takes as the price of work rises; nothing where it is fixed."""
    if not each.market.moves:
        return []
    rows = [[each.price_name.replace("_", " "), "times quiet", "send P50", "send P95", "share of a momentum"]]
    for price in each.prices[::_EVERY]:
        send = next(block for block in price.blocks if block.kind.name == "send")
        if send.seconds is None:
            break
        times = dict(zip(QUANTILES, send.seconds, strict=True))
        factor, share = price.price / each.quiet.price, price.share_of_momentum
        late = [duration(times[0.5]), duration(times[0.95])]
        rows.append([f"{price.price:,}", f"{factor:,.0f}", *late, f"{100 * share:.3g} %"])
    return rows


def meaning_lines(each: RulesYield, stated: Mapping[str, Any], patience: float) -> Iterator[str]:
    """What the figures mean to a user and to an attacker."""
    name = each.price_name.replace("_", " ")
    for borne in each.patience:
        what = f"within {patience:g} s a send is ready with {borne.chance:.0%} chance"
        if borne.price is None:
            yield f"{what}: never"
        elif not each.market.moves:
            yield f"{what}: always, the price is fixed"
        else:
            steep = "" if borne.momentums is None else f"; {borne.momentums} full momentums in a row exceed it"
            yield f"{what}: up to a {name} of {borne.price:,}{steep}"
    target = "the sends that fit into a momentum" if each.market.target is None else "a momentum's target for work"
    yield f"alone, this machine could fill {each.quiet.share_of_momentum:.1%} of {target} on a quiet network"
    yield f"fusing {each.quiet.qsr_for_rate:,} QSR pays for as many sends without work, at best"
    joules = stated["prices"][0]["joules_per_plasma"]
    if joules is not None:
        yield f"{joules:.3g} joules per plasma"


def _work_cells(difficulty: int | None, seconds: Sequence[float] | None, blocks_per_hour: float | None) -> list[str]:
    if difficulty is None or seconds is None or blocks_per_hour is None:
        return ["not by work", *("" for _ in QUANTILES), ""]
    per_hour = f"{blocks_per_hour:.3g}" if blocks_per_hour < 10 else f"{blocks_per_hour:,.0f}"
    return [f"{difficulty:,}", *map(duration, seconds), per_hour]
