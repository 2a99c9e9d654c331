"""The figures of a run."""

from __future__ import annotations

from fractions import Fraction

from powplasma.simulation.exits.closed import chain_bytes_per_year, coin_bytes_per_year, failed_challenges_cost
from powplasma.simulation.exits.plan import YEAR
from powplasma.simulation.exits.run import ExitRun
from powplasma.simulation.figures import PERCENTILES, Row, Summary, percent

_PATH_POINTS = 8
"""Prices that the summary has of a run; the series has all."""


def played(run: ExitRun) -> Summary:
    """Plays a run to its end, and says what came of it; nested tables come last."""
    path = _path(run)
    return {
        **_users(run),
        **_prices(run),
        **_frauds(run),
        **_hunters(run),
        **_storage(run),
        **_delay(run),
        **run.economics.figures(),
        "gas_price_path": path,
    }


def _path(run: ExitRun) -> list[Row]:
    """Plays a run; the gas price of some blocks that are evenly apart, and of the last one."""
    points: list[Row] = []
    every, position = 1, 0
    while run.play():
        if position % every == 0:
            points.append(run.row())
            if len(points) == 2 * _PATH_POINTS:
                points = points[::2]
                every *= 2
        position += 1
    if points[-1]["second"] != run.now:
        points.append(run.row())
    return [{name: row[name] for name in ("second", "gas_price_wei", "smallest_worth_wei")} for row in points]


def _users(run: ExitRun) -> Row:
    users, tally = run.plan.users, run.tally
    waits = sorted(tally.waits)
    row: Row = {
        "seconds": run.now,
        "users": users.number,
        "leaving": users.leaving,
        "started": tally.started,
        "paid": len(waits),
        "underpaid": tally.underpaid,
        "never_started": users.leaving - tally.started,
        "still_queued": tally.started - len(waits) - tally.underpaid,
        "saved_percent": percent(len(waits), users.leaving),
        "never_percent": percent(users.leaving - len(waits), users.leaving),
    }
    for rank in PERCENTILES:
        position = -(-rank * users.leaving // 100) - 1
        row[f"wait_p{rank}"] = waits[position] if 0 <= position < len(waits) else None
    return row | {
        "last_start_second": tally.last_start,
        "last_payment_second": tally.last_payment,
        "value_wei": run.total,
        "saved_wei": tally.saved,
        "stolen_wei": tally.stolen,
        "contract_wei": run.contract.pot,
        "users_gas_wei": tally.users_gas,
        "bonds_locked_peak_wei": tally.most_locked,
    }


def _prices(run: ExitRun) -> Row:
    first, peak = run.plan.chain.gas_price, run.tally.peak_price
    return {
        "gas_price_first_wei": first,
        "gas_price_peak_wei": peak,
        "smallest_worth_first_wei": run.smallest_worth(first),
        "smallest_worth_peak_wei": run.smallest_worth(peak),
    }


def _frauds(run: ExitRun) -> Row:
    tally = run.tally
    return {
        "frauds_deterred": run.deterred,
        "frauds_started": tally.frauds_started,
        "frauds_challenged": tally.challenged,
        "frauds_paid": tally.frauds_paid,
        "bonds_lost_wei": tally.bonds_lost,
        "fraud_profit_wei": tally.stolen - tally.bonds_lost,
        "fraud_gas_wei": tally.fraud_gas,
        "owners_gas_wei": tally.owners_gas,
    }


def _hunters(run: ExitRun) -> Row:
    tally, challengers = run.tally, run.plan.challengers
    cost = challengers.hunters * challengers.cost * run.now // YEAR
    return {
        "hunters": challengers.hunters,
        "hunters_rewards_wei": tally.rewards,
        "hunters_gas_wei": tally.hunters_gas,
        "hunters_cost_wei": cost,
        "hunters_profit_wei": tally.rewards - tally.hunters_gas - cost,
    }


def _storage(run: ExitRun) -> Row:
    data = run.plan.data
    chain = chain_bytes_per_year(data.transactions_per_second, data.transaction_bytes)
    seen = int(Fraction(chain * run.plan.challengers.sees_percent, 100))
    of_coins = coin_bytes_per_year(data.coins, data.levels, data.blocks_per_year)
    return {
        "hunter_bytes_per_year": seen,
        "user_bytes_per_year": of_coins if run.plan.rules.design == "cash" else chain,
    }


def _delay(run: ExitRun) -> Row:
    chain = run.plan.chain
    return {
        "stuffed_blocks": run.tally.stuffed,
        "stuffing_wei": run.tally.stuffing,
        "failed_challenges_year_wei": failed_challenges_cost(chain.blocks_per_year, chain.gas_price),
    }
