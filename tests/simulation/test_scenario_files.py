"""Whatever a scenario file says: it runs, or it is refused in one line. Never a traceback."""

import contextlib
import tomllib
from importlib import resources
from typing import Any

import pytest

from powplasma.errors import InvalidInput
from powplasma.simulation import SimulationStopped, built_in_scenarios, load_scenario

WEIRD: list[object] = ["", "x", -1, 0, 3, 2**64, 1.5, float("inf"), float("nan"), True, [], [1], [{}], {}, {"x": 1}]


def document(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("powplasma.simulation").joinpath("scenarios", f"{name}.toml").read_text())


def paths(value: object, path: tuple[str, ...] = ()) -> list[str]:
    """Every path of a document, those of tables and lists included."""
    found = [".".join(path)] if path else []
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    for key, inner in entries:
        if "." not in str(key):
            found += paths(inner, (*path, str(key)))
    return found


@pytest.mark.parametrize("name", built_in_scenarios())
def test_any_value_anywhere_runs_or_is_refused(name: str) -> None:
    refused = ran = 0
    also = ["state.base_price", "rules.max_base_plasma", "rules.pow_share", "lanes.0.patience"]
    known = [*paths(document(name)), *also]
    for path in known:
        for value in WEIRD:
            settings = {path: value}
            if isinstance(value, int) and value > 5 and path.endswith(("momentums", "participants", "repeat")):
                continue  # allowed, and long
            try:
                scenario = load_scenario(name, settings=settings)
            except InvalidInput:
                refused += 1
                continue
            run = scenario.plan.run(scenario.rules, scenario.state, 0)
            with contextlib.suppress(SimulationStopped):
                for _, _ in zip(range(3), run.series(), strict=False):
                    pass
            ran += 1
    assert refused > ran > 0


@pytest.mark.parametrize("key", ["title", "kind", "rules.name", "phases.0.full_percent"])
def test_what_is_missing_is_named(key: str, tmp_path: Any) -> None:
    path = tmp_path / "mine.toml"
    lines = {
        "kind": 'kind = "trajectory"',
        "rules.name": 'rules.name = "forum"',
        "phases.0.full_percent": "[[phases]]\nfull_percent = 3",
    }
    path.write_text(
        "\n".join(line if name != key else line.split("\n")[0] * ("[[" in line) for name, line in lines.items())
    )
    if key == "title":
        assert load_scenario(str(path)).title == str(path)
        return
    with pytest.raises(InvalidInput) as refused:
        load_scenario(str(path))
    assert str(refused.value).startswith(f"{path}: {key}: nothing is ")


@pytest.mark.parametrize("name", ["", "a.b"])
def test_a_lane_has_a_name_that_paths_can_hold(name: str) -> None:
    with pytest.raises(InvalidInput, match=r"lanes\.0\.name: .* cannot be a part of a path") as refused:
        load_scenario("pow-only", settings={"lanes.0.name": name})
    assert refused.value.value == name


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("momentums", "10", r"momentums: 10 is text, not an integer \(1 … "),
        ("lanes.0.rate", "0.1", r"lanes\.0\.rate: 0\.1 is text, not a number \("),
        ("momentums", 1.5, r"momentums: 1\.5 is not an integer"),
        ("rules.name", "dynamc", r"rules\.name: dynamc is unknown \(did you mean dynamic\?\)"),
        ("rules.name", "x", r"rules\.name: x is unknown \(one of alphanet, forum, dynamic\)"),
    ],
)
def test_what_was_typed_wrong_is_told(path: str, value: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        load_scenario("pow-only", settings={path: value})


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("forum-ramp", {"phases": [{"momentums": 30_000, "full_percent": 100}]}),
        ("forum-scenario-1", {"state.base_price": 2**64 - 1}),
        ("pow-only", {"state.difficulty_per_plasma": 6 * 10**14}),
    ],
)
def test_a_run_that_has_stopped_never_has_figures(name: str, settings: dict[str, object]) -> None:
    scenario = load_scenario(name, rules="forum", settings=settings)
    whole = scenario.plan.run(scenario.rules, scenario.state, 0)
    with pytest.raises(SimulationStopped) as first:
        whole.summary()
    with pytest.raises(SimulationStopped) as again:
        whole.summary()
    assert again.value.momentum == first.value.momentum
    followed = scenario.plan.run(scenario.rules, scenario.state, 0)
    with pytest.raises(SimulationStopped):
        list(followed.series())
    with pytest.raises(SimulationStopped, match=f"^momentum {first.value.momentum}: "):
        followed.summary()


def test_a_run_that_was_interrupted_never_has_figures() -> None:
    scenario = load_scenario("overload", settings={"momentums": 20})
    run = scenario.plan.run(scenario.rules, scenario.state, 0)
    rows = run.series()
    next(iter(rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("powplasma.simulation.individuals.network.select", interrupt)
        with pytest.raises(KeyboardInterrupt):
            list(rows)
    with pytest.raises(KeyboardInterrupt):
        run.summary()


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt
