"""``powplasma bench``: one real run on the slowest kernel, and everything that needs none."""

import csv
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from powplasma_cli.bench_table import yield_lines

from powplasma.measure import yields
from powplasma.measure.history import read_runs
from powplasma.measure.records import result_record, yield_records
from powplasma.plasma import RULE_SETS, ruleset
from tests.cli.conftest import Run
from tests.measure.samples import measurement


def made_record(hashrate_factor: float = 1.0, **changed: Any) -> dict[str, Any]:
    """The JSON object of a made-up run."""
    made = measurement()
    worth = yields(made.best.hashrate, [ruleset(name) for name in RULE_SETS], 60)
    record = result_record(made, worth, 60, None, None)
    return {**record, "hashrate": int(made.best.hashrate * hashrate_factor), **changed}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    path = tmp_path / "made.json"
    path.write_text(json.dumps(made_record()))
    return path


QUICK = ("bench", "--quick", "--kernel", "python", "--workers", "1", "--name", "test")


def test_a_run_is_consistent_saved_and_compared(call: Run, tmp_path: Path, made: Path) -> None:
    history = tmp_path / "histories" / "test.json"
    options = ("--json", "--watts", "65", "--price-per-kwh", "0.25", "--against", "hashlib", "--save")
    done = call(*QUICK, *options, "--history", history, "--compare", made)
    assert done.code == 0
    record: Any = done.record
    assert (record["kernel"], record["workers"], record["machine"]["name"]) == ("python", 1, "test")
    assert [each["kernel"] for each in record["hashrates"]] == ["python"]
    interval = record["hashrates"][0]["interval"]
    assert interval["low"] <= record["hashrate"] + 1
    assert record["hashrate"] - 1 <= interval["high"]
    assert record["against"][0]["ratio"] > 0
    assert record["searches"]["count"] == 60
    assert {each["rules"] for each in record["yields"]} == set(RULE_SETS)
    for each in record["yields"]:
        for price in each["prices"]:
            assert price["plasma_per_second"] == record["hashrate"] / int(price["difficulty_per_plasma"])
            assert price["joules_per_plasma"] == pytest.approx(65 / price["plasma_per_second"])
            for block in price["blocks"]:
                if block["difficulty"] is not None:
                    assert block["blocks_per_hour"] == 3600 * record["hashrate"] / int(block["difficulty"])
                    assert block["cost"] == pytest.approx(block["joules"] / 3.6e6 * 0.25)
    assert record["power"] == {"watts": 65, "source": "stated"}
    assert [run["machine"] for run in record["compare"]] == ["test", "desk"]
    assert record["compare"][0]["ratio"] == 1
    saved = json.loads(history.read_text())
    assert saved["runs"][0]["hashrate"] == record["hashrate"]
    assert f"saved as run 1 of {history}" in done.err


def keys_of(value: Any) -> set[str]:
    """All keys of an object, and of the objects in it."""
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()


def test_every_key_is_documented(call: Run, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("powplasma_cli.bench.measure", lambda *arguments, **options: measurement(others=0.9))
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", page.split("\n## powplasma bench\n")[1].split("\n## ")[0]))
    record = call("bench", "--json", "--compare", made, "--watts", "65").record
    assert len(keys_of(record)) > 80
    assert keys_of(record) - named == set()


def test_tables_for_a_terminal(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("powplasma_cli.bench.measure", lambda *arguments, **options: measurement(others=0.9))
    done = call("bench", "--price-per-kwh", "1")
    assert done.code == 0
    for part in (
        "desk: Imaginary 9000, 2 of 4 cores, 4000 MHz (cpufreq)",
        "avx512 with 1 worker is 52.0 times hashlib",
        "agrees with counting",
        "times to a nonce: as the law has them",
        "Yield under alphanet",
        "Yield under forum",
        "Yield under dynamic",
        "not by work",
        "full momentums in a row exceed it",
    ):
        assert part in done.out
    assert "joules" not in done.out
    assert "Note: other programs used 0.90 of 2 cores meanwhile" in done.err
    assert "Note: no cost is known, because no power is" in done.err


def test_csv_has_a_line_for_each_run_rule_set_price_and_block(call: Run, made: Path) -> None:
    done = call("bench", "--no-measure", "--compare", made, "--compare", made, "--csv")
    assert done.code == 0
    lines = list(csv.DictReader(io.StringIO(done.out)))
    record: Any = made_record()
    expected = [
        (each["rules"], price["price"], block["block"], block["difficulty"] or "")
        for each in record["yields"]
        for price in each["prices"]
        for block in price["blocks"]
    ]
    assert [(line["rules"], line["price"], line["block"], line["difficulty"]) for line in lines] == 2 * expected
    for line in lines:
        assert float(line["plasma_per_second"]) == int(line["hashrate"]) / int(line["difficulty_per_plasma"])


def test_only_comparing_measures_nothing(
    call: Run, tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("powplasma_cli.bench.measure", None)
    faster = tmp_path / "faster.json"
    faster.write_text(json.dumps(made_record(2.5, powplasma="9.9.9")))
    done = call("bench", "--no-measure", "--compare", made, "--compare", faster, "--json", "--rules", "dynamic")
    first, second = done.record["compare"]
    assert second["ratio"] == pytest.approx(2.5, rel=1e-6)
    assert second["yields"][0]["plasma_per_second"] == second["hashrate"] / 1500
    assert [each["rules"] for each in first["yields"]] == ["dynamic"]
    done = call("bench", "--no-measure", "--compare", made, "--compare", faster)
    assert "desk, 9.9.9, avx512 × 2" in done.out
    assert "2.50" in done.out


def test_one_history_for_each_name_in_the_settings_folder(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("powplasma_cli.bench.measure", lambda *arguments, **options: measurement())
    done = call("bench", "--save", "--name", "../my shed/№ 3")
    assert done.code == 0
    path = Path(done.err.rpartition(" of ")[2].strip())
    assert path.exists()
    assert path.parent.name == "bench"
    assert "/" not in path.name
    assert not path.name.startswith(".")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--rules", "mainnet"), "--rules"),
        (("--watts", "-1"), "--watts: -1.0 is out of range (watts above 0)"),
        (("--watts", "nan"), "--watts: nan is out of range"),
        (("--watts", "much"), "--watts: much is not a number"),
        (("--price-per-kwh", "-0.1"), "--price-per-kwh: -0.1 is out of range"),
        (("--patience", "0"), "--patience: 0.0 is out of range"),
        (("--against", "sha3sum"), "--against: sha3sum is unknown"),
        (("--kernel", "gpu"), "--kernel: gpu is not known"),
        (("--workers", "0"), "--workers: 0 is out of range"),
        (("--compare", "nowhere.json"), "--compare: nowhere.json cannot be read"),
        (("--json", "--csv"), "choose one"),
        (("--no-measure",), "--compare FILE"),
        (("--no-measure", "--save"), "nothing to save"),
    ],
)
def test_bad_input_ends_in_one_line(call: Run, arguments: tuple[str, ...], part: str) -> None:
    done = call("bench", *arguments)
    assert done.code == 2
    assert done.out == ""
    assert part in done.problem


@pytest.mark.parametrize("change", ["later", "truncated"])
def test_a_file_that_cannot_be_compared(call: Run, made: Path, change: str) -> None:
    text = made.read_text()
    made.write_text(text[:-100] if change == "truncated" else json.dumps({**json.loads(text), "version": 2}))
    done = call("bench", "--compare", made)
    assert done.code == 2
    assert str(made) in done.problem
    assert ("later powplasma" if change == "later" else "cut off") in done.problem


def test_a_file_that_is_no_history_is_left_alone(call: Run, made: Path) -> None:
    before = made.read_bytes()
    done = call("bench", "--save", "--history", made)
    assert done.code == 2
    assert "--history" in done.problem
    assert made.read_bytes() == before


def test_a_full_disk_leaves_the_history_as_it_was(call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("powplasma_cli.bench.measure", lambda *arguments, **options: measurement())
    path = tmp_path / "desk.json"
    assert call("bench", "--save", "--history", path).code == 0
    before = path.read_bytes()

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    done = call("bench", "--save", "--history", path)
    assert done.code == 3
    assert f"Error: {path}: No space left on device" in done.err
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_report_and_pictures(call: Run, tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("powplasma_cli.bench.measure", lambda *arguments, **options: measurement(others=0.9))
    report, pictures = tmp_path / "report.html", tmp_path / "new" / "pictures"
    done = call("bench", "--html", report, "--png", pictures, "--compare", made, "--watts", "65")
    assert done.code == 0
    page = report.read_text(encoding="utf-8")
    for part in ("Other programs used 0.90 of 2 cores meanwhile.", "Yield under dynamic, congested", "joules"):
        assert part in page
    names = ["prices", "searches", "scaling", "kernels", "machines"]
    assert re.findall(r"^vegaEmbed\('#(\w+)'", page, re.MULTILINE) == names
    assert sorted(path.name for path in pictures.iterdir()) == sorted(f"{name}.png" for name in names)
    done = call("bench", "--no-measure", "--compare", made, "--html", report)
    assert done.code == 0
    assert re.findall(r"^vegaEmbed\('#(\w+)'", report.read_text(encoding="utf-8"), re.MULTILINE) == ["machines"]


@pytest.mark.parametrize("option", ["--html", "--png"])
def test_without_the_extra_charts_are_refused_before_anything_is_measured(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setattr("powplasma_cli.bench.measure", None)
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    done = call("bench", option, tmp_path / "there")
    assert done.code == 3
    assert "pip install 'powplasma[charts]'" in done.problem


def test_a_place_that_cannot_hold_a_report_is_refused_before_anything_is_measured(
    call: Run, tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("powplasma_cli.bench.measure", None)
    for option, place in (("--html", tmp_path / "none" / "x.html"), ("--html", tmp_path), ("--png", made)):
        done = call("bench", option, place)
        assert done.code == 2
        assert f"{option}: {place}" in done.problem


def test_the_guide_shows_what_its_run_yields() -> None:
    """docs/yield.md has the figures of the run in docs/data, computed once more."""
    docs = Path(__file__).parents[2] / "docs"
    page = (docs / "yield.md").read_text(encoding="utf-8")
    (run,) = read_runs(docs / "data" / "bench-two-core-vm.json")
    worth = yields(run.hashrate, [ruleset(name) for name in RULE_SETS], 60)
    computed = list(yield_lines(worth, {"yields": yield_records(worth, run.hashrate)}, 60))
    blocks = re.findall(r"```text\n(Yield under .*?)```", page, re.DOTALL)
    assert [block.split()[2] for block in blocks] == ["alphanet:", "dynamic:"]
    for block in blocks:
        assert block.rstrip("\n") in "\n".join(computed)
    dynamic = worth[2].patience[1]
    assert f"a work price of {dynamic.price:,}" in " ".join(page.split())
    assert f"{dynamic.momentums} momentums in a row" in page
