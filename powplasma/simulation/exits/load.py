"""Exit scenarios: built-in ones and TOML files; every key is checked."""

from __future__ import annotations

from importlib import resources

from powplasma.simulation.documents import read_document, set_value, titles
from powplasma.simulation.exits.economics import MOST_HUNTERS
from powplasma.simulation.exits.plan import (
    BondRule,
    Chain,
    Challengers,
    Data,
    ExitPlan,
    Fraud,
    Rules,
    Users,
)
from powplasma.simulation.schema import Table, plain_value

GWEI = 10**9
ETHER = 10**18

_FOLDER = resources.files(__package__).joinpath("scenarios")
_TABLES = ("chain", "users", "exits", "bond", "fraud", "challengers", "data", "delay")
_MOST_GAS = 10**12
_MOST_WEI = 10**30
_MOST_SECONDS = 10 * 31_557_600
_MOST_USERS = 5_000_000
_MOST_FRAUDS = 1_000_000
_MOST_SIGHTS = 20_000_000
_MOST_BLOCKS = 3_000_000
_WEEK = 604_800


def built_in_exits() -> dict[str, str]:
    """The title of every built-in exit scenario, by its name."""
    return titles(_FOLDER)


def load_exits(name: str, settings: dict[str, object] | None = None) -> ExitPlan:
    """A built-in exit scenario by its name, or one from a TOML file.

    Args:
        name: of a built-in, or a path; what ends in ``.toml`` or has a folder is a path.
        settings: values by path, as in ``{"users.number": 1000, "bond.kind": "proportional"}``. They come last.

    Raises:
        InvalidInput: there is no such scenario, or a key or value of it is refused; one line with the file, the key
            and the reason.
    """
    document = read_document(_FOLDER, name)
    for path, value in (settings or {}).items():
        set_value(name, document, path, plain_value(f"{name}: {path}", value), _TABLES)
    table = Table(f"{name}:", document, ("title", "kind", "source", "seconds", *_TABLES))
    table.choice("kind", ("exits",))
    table.text("source", "")
    title, seconds = table.text("title", name), table.integer("seconds", 1, _MOST_SECONDS, 2 * _WEEK, "s")
    chain, users, rules = _chain(table), _users(table), _rules(table)
    if seconds < chain.block_seconds:
        table.refuse("seconds", seconds, "ends before the first block", f"at least {chain.block_seconds} s")
    if seconds // chain.block_seconds > _MOST_BLOCKS:
        table.refuse("seconds", seconds, "has too many blocks", f"at most {_MOST_BLOCKS * chain.block_seconds} s")
    least = max(rules.gas_to_start(False), rules.gas_to_start(True), rules.challenge_gas, rules.process_gas)
    if least > chain.exits_gas:
        table.refuse(
            "exits", f"{least} gas", "does not fit into a block", f"at most {chain.exits_gas} gas of the chain"
        )
    challengers = _challengers(table)
    fraud = _fraud(table, rules, users, challengers)
    stuffing = table.table("delay", ("budget_wei",)).integer("budget_wei", 0, _MOST_WEI, 0, "wei")
    bond = _bond(table, chain)
    return ExitPlan(name, title, seconds, chain, users, rules, bond, fraud, challengers, _data(table), stuffing)


def _chain(table: Table) -> Chain:
    keys = ("gas_limit", "block_seconds", "exits_percent", "gas_price_wei", "price", "other_gas")
    chain = table.table("chain", keys)
    gas_limit = chain.integer("gas_limit", 21_000, _MOST_GAS, 30_000_000, "gas")
    return Chain(
        gas_limit,
        chain.integer("block_seconds", 1, 86_400, 12, "s"),
        chain.integer("exits_percent", 1, 100, 50, "percent"),
        chain.integer("gas_price_wei", 1, _MOST_WEI, GWEI, "wei"),
        chain.choice("price", ("fixed", "eip-1559"), "eip-1559") == "eip-1559",
        chain.integer("other_gas", 0, gas_limit, gas_limit // 2, "gas"),
    )


def _users(table: Table) -> Users:
    keys = (
        "number", "leave_percent", "values", "most_wei", "least_wei", "oldest_seconds", "in_flight_percent",
        "spread_seconds", "watch_percent",
    )  # fmt: skip
    users = table.table("users", keys)
    number = users.integer("number", 1, _MOST_USERS, unit="outputs")
    leaving = number * users.integer("leave_percent", 0, 100, 100, "percent") // 100
    values = users.choice("values", ("equal", "linear", "zipf"), "equal")
    most = users.integer("most_wei", 1, _MOST_WEI, ETHER, "wei")
    if values == "equal" and "least_wei" in users:
        users.refuse("least_wei", "it", "has no meaning where all values are equal", "values linear or zipf")
    return Users(
        number,
        leaving,
        most,
        users.integer("least_wei", 1, most, 1, "wei"),
        values,
        users.integer("oldest_seconds", 0, _MOST_SECONDS, 31_557_600, "s"),
        leaving * users.integer("in_flight_percent", 0, 100, 0, "percent") // 100,
        users.integer("spread_seconds", 0, _MOST_SECONDS, 0, "s"),
        users.integer("watch_percent", 0, 100, 0, "percent"),
    )


def _rules(table: Table) -> Rules:
    keys = (
        "design", "maturity_seconds", "start_gas", "in_flight_gas", "challenge_gas", "process_gas", "batch",
        "batch_gas",
    )  # fmt: skip
    exits = table.table("exits", keys)
    start = exits.integer("start_gas", 1, _MOST_GAS, 233_000, "gas")
    return Rules(
        exits.choice("design", ("mvp", "cash")),
        exits.integer("maturity_seconds", 1, _MOST_SECONDS, _WEEK, "s"),
        start,
        exits.integer("in_flight_gas", 1, _MOST_GAS, max(start, 269_000), "gas"),
        exits.integer("challenge_gas", 1, _MOST_GAS, 100_000, "gas"),
        exits.integer("process_gas", 0, _MOST_GAS, 107_000, "gas"),
        exits.integer("batch", 1, 1_000_000, 1, "exits"),
        exits.integer("batch_gas", 0, _MOST_GAS, 0, "gas"),
    )


def _bond(table: Table, chain: Chain) -> BondRule:
    meant = {"fixed": ("wei",), "proportional": ("percent",), "gas": ("gas", "gas_price_wei", "factor")}
    bond = table.table("bond", ("kind", *(key for keys in meant.values() for key in keys)))
    kind = bond.choice("kind", tuple(meant), "fixed")
    for other, keys in meant.items():
        for key in keys:
            if other != kind and key in bond:
                bond.refuse(key, "it", f"has no meaning for a bond of kind {kind}", f"kind {other}")
    return BondRule(
        kind,
        bond.integer("wei", 0, _MOST_WEI, 23_300_000 * GWEI, "wei"),
        bond.integer("percent", 0, 10_000, 100, "percent"),
        bond.integer("gas", 0, _MOST_GAS, 233_000, "gas"),
        bond.integer("gas_price_wei", 1, _MOST_WEI, chain.gas_price, "wei"),
        bond.integer("factor", 1, 1_000, 2),
    )


def _fraud(table: Table, rules: Rules, users: Users, challengers: Challengers) -> Fraud:
    keys = ("kind", "number", "value_wei", "from_second", "spread_seconds", "random", "per_year")
    fraud = table.table("fraud", keys)
    number = fraud.integer("number", 0, _MOST_FRAUDS, 0, "exits")
    if rules.design == "cash":
        if "value_wei" in fraud:
            fraud.refuse("value_wei", "it", "has no meaning under cash, where a fraud claims a coin", "design mvp")
        if number > users.number:
            fraud.refuse("number", number, "is more than there are coins", f"0 … {users.number} exits")
    if number * challengers.hunters > _MOST_SIGHTS:
        most = _MOST_SIGHTS // challengers.hunters
        fraud.refuse("number", number, f"is too many for {challengers.hunters} hunters", f"0 … {most} exits")
    return Fraud(
        fraud.choice("kind", ("withheld", "spent"), "withheld"),
        number,
        fraud.integer("value_wei", 1, _MOST_WEI, users.most, "wei"),
        fraud.integer("from_second", 0, _MOST_SECONDS, 0, "s"),
        fraud.integer("spread_seconds", 0, _MOST_SECONDS, 0, "s"),
        fraud.flag("random", False),
        fraud.integer("per_year", 0, _MOST_FRAUDS, number, "exits"),
    )


def _challengers(table: Table) -> Challengers:
    challengers = table.table("challengers", ("hunters", "sees_percent", "cost_wei", "reward_percent"))
    return Challengers(
        challengers.integer("hunters", 0, MOST_HUNTERS, 0, "hunters"),
        challengers.integer("sees_percent", 0, 100, 100, "percent"),
        challengers.integer("cost_wei", 0, _MOST_WEI, 0, "wei a year"),
        challengers.integer("reward_percent", 0, 100, 100, "percent"),
    )


def _data(table: Table) -> Data:
    keys = ("transactions_per_second", "transaction_bytes", "coins", "levels", "blocks_per_year")
    data = table.table("data", keys)
    return Data(
        data.integer("transactions_per_second", 0, 100_000, 1_000),
        data.integer("transaction_bytes", 1, 2_000, 190, "bytes"),
        data.integer("coins", 1, 1_000, 10, "coins"),
        data.integer("levels", 1, 256, 16, "levels"),
        data.integer("blocks_per_year", 1, 31_557_600, 500_000, "blocks"),
    )
