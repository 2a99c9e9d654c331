"""Honest users: what a window costs them, and that none of them is lost on the way."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import pytest

from powplasma.errors import InvalidInput
from powplasma.simulation.stockpile import Scene, SimulatorUnavailable, custom, load_honest, parse_goal, stockpile
from powplasma.simulation.stockpile.attack import arsenal
from powplasma.simulation.stockpile.beside import run_beside
from powplasma.simulation.stockpile.false_expiry import false_expiry, sampled_false_expiry
from powplasma.simulation.stockpile.population import Population

from .attacks import GH, YEAR, field

ONE_CLASS = """
[[classes]]
name = "one"
users = {users}
hashrate = {hashrate}
sends_per_day = {sends}
overhead = {overhead}
reanchor = {reanchor}
"""


def population(tmp_path: Path, **values: Any) -> Any:
    path = tmp_path / "honest.toml"
    defaults = {"users": 400, "hashrate": 3_150_000, "sends": 40, "overhead": 0, "reanchor": "true"}
    path.write_text(ONE_CLASS.format(**(defaults | values)))
    return load_honest(str(path))


@pytest.mark.parametrize("tau", [30, 120, 600, 3_600])
@pytest.mark.parametrize("overhead", [0, 15])
def test_false_expiry_is_that_of_the_closed_form(tau: int, overhead: int) -> None:
    searches = 40_000
    for window in (6, 12, 30, 60, 180, 360, 1_080, 2_160, 4_320, 8_640):
        chance = math.exp(-(10 * window - overhead) / tau)
        assert false_expiry(tau, window, overhead) == pytest.approx(chance, rel=1e-12)
        sampled = sampled_false_expiry(tau, window, overhead, searches, window)
        # Four and a half standard errors, and one for the smallest counts.
        assert abs(sampled - searches * chance) <= 4.5 * math.sqrt(searches * chance * (1 - chance)) + 1


def test_work_that_cannot_be_in_time_never_is() -> None:
    assert false_expiry(30, 6, 61) == 1
    assert sampled_false_expiry(30, 6, 61, 1_000, 0) == 1_000


@pytest.mark.parametrize(("tau", "overhead"), [(0, 0), (-1, 0), (math.nan, 0), (math.inf, 0), (1, -1), (1, math.nan)])
def test_times_that_are_none(tau: float, overhead: float) -> None:
    with pytest.raises(InvalidInput):
        false_expiry(tau, 6, overhead)


def test_without_an_attack_a_send_takes_the_search_and_half_a_momentum(tmp_path: Path) -> None:
    """Searches of 10 s on average, and a uniform wait: the mean is 15 s but for the rare second wish."""
    run = run_beside(
        parse_goal("burst"), field("dynamic", "inclusion"), None, population(tmp_path), horizon=4_000, seed=3
    )
    (row,) = run.classes
    # Of an exponential of mean 10 plus a wait that is uniform over 10, half is below 11.9.
    assert int(str(row["wished"])) > 5_000
    assert row["cost_multiplier"] == pytest.approx(1, abs=0.05)
    assert row["latency_p50"] == pytest.approx(11.9, abs=0.6)
    assert row["given_up"] == row["underpaid"] == row["expired"] == 0


@pytest.mark.parametrize("window", [1, 2, 4])
def test_a_wallet_that_keeps_its_anchor_expires_as_often_as_the_closed_form_says(tmp_path: Path, window: int) -> None:
    """Its overhead is the time since the momentum, uniform over 10 s: the closed form's mean over that."""
    honest = population(tmp_path, reanchor="false", hashrate=1_575_000)
    run = run_beside(
        parse_goal("burst"), field("dynamic", f"window:{window}"), None, honest, horizon=6_000, seed=window
    )
    (row,) = run.classes
    tau, included, expired = 20.0, int(str(row["included"])), int(str(row["expired"]))
    again = false_expiry(tau, window)
    first = again * tau / 10 * math.expm1(10 / tau)
    per_wish, searches = first / (1 - again), included + expired
    expected = per_wish / (1 + per_wish)
    assert expired / searches == pytest.approx(expected, abs=4.5 * math.sqrt(expected * (1 - expected) / searches))


def test_a_wallet_that_re_anchors_loses_nothing(tmp_path: Path) -> None:
    honest = population(tmp_path, hashrate=1_575_000)
    run = run_beside(parse_goal("burst"), field("dynamic", "window:1"), None, honest, horizon=2_000, seed=0)
    assert run.classes[0]["expired"] == 0
    assert int(str(run.classes[0]["included"])) > 1_000


@pytest.mark.parametrize("rules", ["alphanet", "forum", "dynamic"])
@pytest.mark.parametrize("policy", ["inclusion", "window:60", "decay:60", "cap:25", "creation", "none"])
def test_every_wish_is_accounted_for_and_no_momentum_overflows(
    rules: str, policy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, goal = field(rules, policy), parse_goal("burst")
    total = 100 if rules == "alphanet" else 200
    contents = []
    momentum = Population.momentum

    def watched(self: Population, number: int, state: Any, offered: int) -> Any:
        taken = momentum(self, number, state, offered)
        contents.append(taken)
        return taken

    monkeypatch.setattr(Population, "momentum", watched)
    run = run_beside(goal, where, arsenal(goal, where, GH, 864_000), load_honest("default"), horizon=300, seed=1)
    assert len(contents) == 420
    for taken in contents:
        assert taken.content.base_plasma <= total * 21_000
        assert taken.content.pow_base_plasma <= where.room * 21_000
        assert taken.attacker <= where.room
    for row in run.classes:
        assert row["wished"] == sum(int(str(row[name])) for name in ("included", "given_up", "still_waiting"))
        assert int(str(row["still_waiting"])) >= 0
        times = [row[f"latency_p{rank}"] for rank in (50, 90, 99)]
        assert times == sorted(times, key=lambda time: -1 if time is None else float(str(time)))
    assert run.attacker_blocks == sum(taken.attacker for taken in contents)


def test_an_attack_beside_users_fills_what_it_fills_alone() -> None:
    """They come behind the attacker, but for those who pay more: their blocks lengthen it by little."""
    where, goal = field("dynamic", "inclusion"), parse_goal("burst")
    run = run_beside(goal, where, arsenal(goal, where, GH, 86_400), load_honest("default"), horizon=300, seed=1)
    assert run.attack_over
    assert 75 <= run.attack_momentums <= 77


def test_a_cap_spares_those_who_fuse_and_shuts_out_those_who_work() -> None:
    where, goal = field("dynamic", "cap:25"), parse_goal("burst")
    run = run_beside(goal, where, arsenal(goal, where, GH, YEAR), load_honest("default"), horizon=400, seed=1)
    rows = {row["class"]: row for row in run.classes}
    assert rows["fused"]["given_up"] == 0
    assert float(str(rows["fused"]["latency_p99"])) < 15
    assert rows["desktop"]["included"] == 0


def test_one_seed_gives_one_result() -> None:
    rules = field("dynamic", "inclusion")
    runs = [
        stockpile(
            Scene(custom(GH), 86_400, parse_goal("burst"), load_honest("default"), horizon=120, seed=seed),
            rules.rules,
            rules.quiet,
            rules.policy,
        )
        for seed in (5, 5, 6)
    ]
    assert runs[0] == runs[1]
    assert runs[0]["honest"] != runs[2]["honest"]


def test_without_numpy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(SimulatorUnavailable, match=r"powplasma\[sim\]"):
        sampled_false_expiry(30, 6, 0, 10, 0)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "classes"),
        ("titel = 1", "titel"),
        ("[[classes]]\nname = 'a'\nhashrate = 1", "users"),
        ("[[classes]]\nname = 'a'", "hashrate"),
        ("[[classes]]\nname = 'a'\nusers = 1\nsends_per_day = 1", "hashrate"),
        ("[[classes]]\nname = 'a'\nusers = 1\nsends_per_day = 1\nhashrate = 1\nfused_qsr = 1", "hashrate"),
        ("[[classes]]\nname = 'a'\nusers = 0\nsends_per_day = 1\nhashrate = 1", "users"),
        ("[[classes]]\nname = 'a b'\nusers = 1\nsends_per_day = 1\nhashrate = 1", "name"),
        ("[[classes]]\nname = 'a'\nusers = 1\nsends_per_day = 0\nhashrate = 1", "sends_per_day"),
        ("[[classes]]\nname = 'a'\nusers = 1\nsends_per_day = 1\nhashrate = 1\non_rise = 'agian'", "again"),
        ("[[classes]]\nname = 'a'\nusers = 1\nsends_per_day = 1\nhashrate = 1\n" * 2, "name"),
        ("x = [", "TOML"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text)
    with pytest.raises(InvalidInput) as refused:
        load_honest(str(path))
    assert named in str(refused.value)
    assert "x.toml" in str(refused.value)


def test_the_default_population_has_five_thousand() -> None:
    assert load_honest("default").users == 5_000
    assert load_honest("none").users == 0
