"""A measurement and its yield as one JSON object: the format of ``bench --json`` and of history files.

``difficulty``, ``price`` and ``difficulty_per_plasma`` can exceed 2^53, which many JSON readers
take for a float, so they are decimal strings. ``hashrate`` is a whole number of hashes per
second, and every figure of the yield is computed from exactly that number; a float is the double
nearest to the exact value, but for times, which hold a logarithm.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from powplasma import __version__
from powplasma.kernels import statuses
from powplasma.measure.goodness import Fit
from powplasma.measure.hashrate import Hashrate
from powplasma.measure.measurement import Measurement
from powplasma.measure.power import Power
from powplasma.measure.searches import Searches
from powplasma.measure.statistics import Interval
from powplasma.measure.yields import QUANTILES, BlockYield, PriceYield, RulesYield

RESULT_FORMAT = "powplasma-bench"
"""Value of ``format`` in the object of one run."""

FORMAT_VERSION = 1
"""Value of ``version``; raised when a field changes its meaning."""

Record = dict[str, object]


def result_record(
    measurement: Measurement,
    yields: Sequence[RulesYield],
    patience: float,
    power: Power | None,
    price_per_kwh: float | None,
) -> Record:
    """Everything that was measured and computed.

    Args:
        measurement: what was measured.
        yields: of ``measurement.best.hashrate``.
        patience: seconds, as in ``yields``.
        power: under load, or None.
        price_per_kwh: price of energy, or None.
    """
    return {
        "format": RESULT_FORMAT,
        "version": FORMAT_VERSION,
        "time": measurement.time.isoformat().replace("+00:00", "Z"),
        "powplasma": __version__,
        "machine": dataclasses.asdict(measurement.machine),
        "plan": dataclasses.asdict(measurement.plan),
        "clock": None if measurement.clock is None else dataclasses.asdict(measurement.clock),
        "load": None if measurement.load is None else dataclasses.asdict(measurement.load),
        "noisy": measurement.noisy,
        "findings": [dataclasses.asdict(finding) for finding in measurement.findings],
        "kernels": [{"name": s.name, "ready": s.ready, "why": s.why or None} for s in statuses()],
        "devices": [dataclasses.asdict(device) for device in measurement.devices],
        "kernel": measurement.best.name,
        "workers": measurement.best.workers,
        "hashrate": measurement.best.hashrate,
        "hashrates": [_hashrate(each) for each in measurement.hashrates],
        "against": [
            {**_hashrate(other), "ratio": ratio.ratio, "ratio_interval": _interval(ratio.interval)}
            for other, ratio in zip(measurement.against, measurement.ratios, strict=True)
        ],
        "searches": None if measurement.searches is None else _searches(measurement.searches, measurement.best),
        "power": None if power is None else dataclasses.asdict(power),
        "price_per_kwh": price_per_kwh,
        "patience": patience,
        "yields": yield_records(yields, measurement.best.hashrate, power, price_per_kwh),
    }


def yield_records(
    yields: Sequence[RulesYield], hashrate: int, power: Power | None = None, price_per_kwh: float | None = None
) -> list[Record]:
    """What ``hashrate`` is worth, one object for each rule set."""
    return [_rules(each, hashrate, power, price_per_kwh) for each in yields]


def _hashrate(hashrate: Hashrate) -> Record:
    return {
        "kernel": hashrate.name,
        "workers": hashrate.workers,
        "hashrate": hashrate.hashrate,
        "interval": _interval(hashrate.interval),
        "spread": hashrate.spread,
        "rounds": list(hashrate.rounds),
    }


def _interval(interval: Interval) -> Record:
    return dataclasses.asdict(interval)


def _searches(searches: Searches, counted: Hashrate) -> Record:
    return {
        "difficulty": str(searches.difficulty),
        "count": len(searches.seconds),
        "hashrate": searches.hashrate,
        "interval": _interval(searches.interval),
        "agrees": searches.interval.overlaps(counted.interval),
        "miscount": searches.miscount,
        "miscount_interval": _interval(searches.miscount_interval),
        "law_of_times": _fit(searches.law_of_times),
        "law_of_hashes": _fit(searches.law_of_hashes),
        "seconds": list(searches.seconds),
        "hashes": list(searches.hashes),
    }


def _fit(fit: Fit) -> Record:
    return {"statistic": fit.statistic, "p_value": fit.p_value, "passed": fit.passed}


def _rules(each: RulesYield, hashrate: int, power: Power | None, price_per_kwh: float | None) -> Record:
    return {
        "rules": each.name,
        "price_name": each.price_name,
        "price_moves": each.market.moves,
        "pow_target_per_momentum": each.market.target,
        "patience": [
            {
                "chance": patience.chance,
                "highest_price": None if patience.price is None else str(patience.price),
                "momentums": patience.momentums,
            }
            for patience in each.patience
        ],
        "prices": [_price(price, hashrate, power, price_per_kwh) for price in each.prices],
    }


def _price(price: PriceYield, hashrate: int, power: Power | None, price_per_kwh: float | None) -> Record:
    return {
        "price": str(price.price),
        "difficulty_per_plasma": str(price.difficulty_per_plasma),
        "plasma_per_second": price.plasma_per_second,
        "base_plasma_per_momentum": price.base_plasma_per_momentum,
        "share_of_momentum": price.share_of_momentum,
        "joules_per_plasma": None if power is None else power.joules(price.difficulty_per_plasma / hashrate),
        "qsr_for_rate": price.qsr_for_rate,
        "blocks": [_block(block, hashrate, power, price_per_kwh) for block in price.blocks],
    }


def _block(block: BlockYield, hashrate: int, power: Power | None, price_per_kwh: float | None) -> Record:
    names = [f"seconds_p{chance * 100:.0f}" for chance in QUANTILES]
    mean = None if block.difficulty is None else block.difficulty / hashrate
    return {
        "block": block.kind.name,
        "data_bytes": block.kind.data_bytes,
        "base_plasma": block.kind.base_plasma,
        "difficulty": None if block.difficulty is None else str(block.difficulty),
        "seconds_mean": mean,
        **dict(zip(names, block.seconds or (None,) * len(names), strict=True)),
        "blocks_per_hour": block.blocks_per_hour,
        "joules": None if power is None or mean is None else power.joules(mean),
        "cost": None if power is None or mean is None or price_per_kwh is None else power.cost(mean, price_per_kwh),
        "qsr_for_one": block.qsr_for_one,
    }
