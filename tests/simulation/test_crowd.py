"""Networks as scenarios: what is refused, what is missing, and the figures of a run."""

import subprocess
import sys
from typing import Any

import pytest

from powplasma.errors import InvalidInput
from powplasma.simulation import load_scenario
from powplasma.simulation.crowd import NetworksUnavailable
from tests.simulation.individuals.networks import lane


def test_without_numpy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = load_scenario("spike")
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(NetworksUnavailable, match=r"pip install 'powplasma\[sim\]'"):
        scenario.plan.run(scenario.rules, scenario.state, 0)


def test_without_numpy_the_command_says_so_and_the_other_scenarios_run() -> None:
    code = "import sys; sys.modules['numpy'] = None; from powplasma_cli import main; main()"

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)

    refused = run("simulate", "spike")
    assert refused.returncode == 3
    assert refused.stdout == ""
    assert refused.stderr == "Error: scenarios of kind network need the extra `sim`: pip install 'powplasma[sim]'\n"
    assert run("simulate", "forum-price").returncode == 0


def test_more_arrivals_than_can_be_drawn_at_once_are_refused() -> None:
    assert lane(participants=10, rate=1_000_000, fused_qsr=10).rate == 1_000_000
    with pytest.raises(InvalidInput, match=r"rate: 1000000\.0 makes 11000000 blocks in a momentum"):
        lane(participants=11, rate=1_000_000, fused_qsr=10)


def test_figures_agree_with_the_series() -> None:
    scenario = load_scenario("fused-spam", settings={"momentums": 120, "lanes.spam.to_momentum": 90})
    run = scenario.plan.run(scenario.rules, scenario.state, 3)
    rows: list[dict[str, Any]] = [*run.series()]  # type: ignore[list-item]
    found: Any = run.summary()
    assert found["momentums"] == len(rows) == 120
    assert found["blocks"] == sum(row["blocks"] for row in rows)
    for figures in found["lanes"]:
        name = figures["name"]
        assert figures["included"] == sum(row[f"{name}_included"] for row in rows)
        assert figures["given_up"] == sum(row[f"{name}_given_up"] for row in rows)
        assert figures["wished"] == figures["included"] + figures["given_up"] + figures["still_waiting"]
        blocked = [bool(row[f"{name}_held"]) and not row[f"{name}_included"] for row in rows]
        assert figures["blocked_momentums"] == sum(blocked)
        rows_blocked = "".join("x" if each else " " for each in blocked).split()
        assert figures["longest_blocked"] == max(map(len, rows_blocked), default=0)
        assert len(figures["latency_quantiles"]) == 101
        assert figures["latency_quantiles"][99] == figures["latency_p99"] <= figures["latency_max"]
    spam = found["lanes"][2]
    assert spam["blocked_momentums"] > 10
    assert found["attack_spend"] == {
        "fused_qsr": "1000000",
        "blocks": spam["included"],
        "fused_plasma": spam["fused_plasma"],
        "difficulty": "0",
    }
    base_plasma = 21_000 * spam["included"]
    assert spam["cost_percent"] == pytest.approx(100 * int(spam["fused_plasma"]) / base_plasma, abs=0.006)
