"""The tables of docs/should-pow-expire.md, as lines of Markdown made of its figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

Row = dict[str, Any]
Figures = dict[str, list[Row]]

_YEAR, _DAY = 31_557_600, 86_400


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{' --- |' * len(head)}",
        *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows),
    ]


def _span(momentums: int | None) -> str:
    """A time of so many momentums."""
    if momentums is None:
        return "for ever"
    seconds = 10 * momentums
    for unit, name in ((_YEAR, "y"), (_DAY, "d"), (3_600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds / unit:,.3g} {name}" if seconds < 1_000 * unit else f"{seconds / unit:,.0f} {name}"
    return f"{seconds} s"


def _filled(momentums: int) -> str:
    return f"{momentums:,} ({_span(momentums)})" if momentums else "0"


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def _chance(chance: float) -> str:
    return "0" if not chance else f"{chance:.2g}" if chance >= 1e-9 else "< 1e-9"


def _bytes(count: int | None) -> str:
    return "-" if count is None else f"{count / 1e6:.2g} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def _closed(figures: Figures) -> list[str]:
    rows = figures["closed_forms"]
    stocks = list(dict.fromkeys(row["stock"] for row in rows))
    lines = []
    for rules, policy in dict.fromkeys((row["rules"], row["policy"]) for row in rows):
        own = [row for row in rows if (row["rules"], row["policy"]) == (rules, policy)]
        same = all(row["simulated"] == row["closed"] for row in own)
        cells = (f"{row['simulated']:,}" for row in own)
        lines.append([f"`{rules}`, `{policy}`", *cells, "the same" if same else [row["closed"] for row in own]])
    return _table(["rules, policy", *stocks, "closed form"], lines)


def _policies(figures: Figures) -> list[str]:
    head = [
        "rules", "policy", "momentums filled", "highest price", "momentums above 10 times", "until it is back",
        "not used", "amplification",
    ]  # fmt: skip
    return _table(
        head,
        (
            [
                f"`{row['rules']}`",
                f"`{row['policy']}`",
                _filled(row["momentums_filled"]),
                f"{row['peak_price']:,.4g}",
                f"{row['work_above_10x']:,}",
                "never" if row["recovery_momentums"] is None else _span(row["recovery_momentums"]),
                f"{100 * row['share_wasted']:.4g} %",
                f"{row['amplification']:,.3g}",
            ]
            for row in figures["policies"]
        ),
    )


def _goals(figures: Figures) -> list[str]:
    def came(row: Row) -> str:
        if row["goal"].startswith("hold"):
            held = row["momentums_held"]
            return f"{'' if held is None else f'{held:,} '}({_span(held)})" if held != 0 else "not reached"
        count = row["momentums_occupied"] if row["goal"] == "under-target" else row["momentums_filled"]
        return _filled(count)

    rows = figures["goals"]
    cells = {(row["goal"], row["rules"], row["policy"]): came(row) for row in rows}
    names = dict.fromkeys(row["goal"] for row in rows)
    columns = [
        (rules, policy)
        for rules in ("alphanet", "forum", "dynamic")
        for policy in ("inclusion", "inclusion+window:360")
    ]
    head = ["goal", *(f"`{rules}`" + (", window 360" if "window" in policy else "") for rules, policy in columns)]
    return _table(head, ([f"`{goal}`", *(cells[goal, *column] for column in columns)] for goal in names))


def _windows(figures: Figures) -> list[str]:
    head = [
        "window", "time", "stock counted", "burst", "harvest", "hold:10", "burst `forum`", "burst `alphanet`",
        "laptop ×10", "phone", "phone ×10", "offline signer", "replay store",
    ]  # fmt: skip
    return _table(
        head,
        (
            [
                f"{row['window']:,}",
                _span(row["window"]),
                f"{int(row['hashes_counted']):.3g}",
                row["burst"],
                row["harvest"],
                f"{row['hold_10']:,}",
                row["burst_forum"],
                f"{row['burst_alphanet']:,}",
                *(_chance(row[name]) for name in ("laptop_10x", "phone", "phone_10x", "offline")),
                _bytes(row["replay_store_bytes"]),
            ]
            for row in figures["windows"]
        ),
    )


def _sampled(figures: Figures) -> list[str]:
    rows = figures["sampled"]
    means, windows = (list(dict.fromkeys(row[name] for row in rows)) for name in ("tau", "window"))
    cells = {(row["tau"], row["window"]): f"{_chance(row['closed'])} / {_chance(row['sampled'])}" for row in rows}
    return _table(
        ["mean search", *(f"w = {window:,}" for window in windows)],
        ([f"{tau:,} s", *(cells[tau, window] for window in windows)] for tau in means),
    )


def _hardware(figures: Figures) -> list[str]:
    head = [
        "attacker", "stock", "kWh", "energy at 0.15", "machines", "burst", "burst, window", "hold:10",
        "hold:10, window",
    ]  # fmt: skip
    return _table(
        head,
        (
            [
                f"`{row['attacker']}`",
                row["stock"],
                f"{row['kwh']:,.4g}",
                f"{row['energy_cost']:,.0f}",
                f"{row['machine_cost']:,}",
                _filled(row["burst"]),
                _filled(row["burst_window"]),
                _span(row["hold_10"]) if row["hold_10"] else "not reached",
                _span(row["hold_10_window"]) if row["hold_10_window"] else "not reached",
            ]
            for row in figures["hardware"]
        ),
    )


def _live(figures: Figures) -> list[str]:
    return _table(
        ["to do this without any stock, for ever", "needs"],
        ([row["what"], f"{row['hashrate'] / 1e6:,.4g} MH/s"] for row in figures["live"]),
    )


def _sensitivity(figures: Figures) -> list[str]:
    return _table(
        ["`dynamic`", "burst", "burst, window", "hold:10", "hold:10, window"],
        (
            [
                row["variant"],
                _filled(row["burst_free"]),
                _filled(row["burst_window"]),
                _span(row["hold_10_free"]),
                _span(row["hold_10_window"]),
            ]
            for row in figures["sensitivity"]
        ),
    )


def _honest(figures: Figures) -> list[str]:
    rows = figures["honest"]
    classes = [each["class"] for each in rows[0]["classes"] if each["class"] != "offline"]
    lines = []
    for row in rows:
        cells = {each["class"]: each for each in row["classes"]}
        policy = "" if row["goal"] == "no attack" else f", `{row['policy']}`"
        lines.append([f"`{row['rules']}`", f"{row['goal']}{policy}", *(_wait(cells[name]) for name in classes)])
    return _table(["rules", "attack, policy", *classes], lines)


def _wait(each: Row) -> str:
    if each["latency_p90"] is None:
        return f"none in; {each['never_percent']:.0f} % never"
    never = f"; {each['never_percent']:.2g} % never" if each["never_percent"] else ""
    cost = "" if each["cost_multiplier"] is None else f"; ×{each['cost_multiplier']:.3g}"
    return f"{_seconds(each['latency_p50'])}, {_seconds(each['latency_p90'])}{cost}{never}"


def _flood(figures: Figures) -> list[str]:
    classes = ("desktop", "phone", "exchange", "fused")
    lines = []
    for row in figures["flood"]:
        cells = {each["class"]: each for each in row["classes"]}
        lines.append([row["flood"], *(_wait(cells[name]) for name in classes)])
    return _table(["momentums' worth of blocks published", *classes], lines)


TABLES: dict[str, Callable[[Figures], list[str]]] = {
    "closed": _closed,
    "policies": _policies,
    "goals": _goals,
    "live": _live,
    "windows": _windows,
    "sampled": _sampled,
    "hardware": _hardware,
    "honest": _honest,
    "flood": _flood,
    "sensitivity": _sensitivity,
}
"""Every table by its name in the study."""
