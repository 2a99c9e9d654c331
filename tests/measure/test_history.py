"""Histories: whole or as they were, and read back only if they are what they say."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from powplasma.errors import InvalidInput
from powplasma.measure import yields
from powplasma.measure.history import check_history, read_runs, run_of_record, save_run
from powplasma.measure.power import Power
from powplasma.measure.records import FORMAT_VERSION, result_record
from powplasma.plasma import RULE_SETS, ruleset
from tests.measure.samples import measurement


@pytest.fixture
def record() -> dict[str, Any]:
    made = measurement()
    rules = [ruleset(name) for name in RULE_SETS]
    return result_record(made, yields(made.best.hashrate, rules, 60), 60, None, None)


def test_a_record_is_plain_json_and_states_what_was_measured(record: dict[str, Any]) -> None:
    again = json.loads(json.dumps(record, allow_nan=False))
    assert again == record
    assert again["hashrate"] == measurement().best.hashrate
    for each in again["yields"]:
        for price in each["prices"]:
            assert price["plasma_per_second"] == again["hashrate"] / int(price["difficulty_per_plasma"])
    assert again["power"] is None
    assert '"joules_per_plasma": null' in json.dumps(record)
    assert {block["joules"] for each in again["yields"] for p in each["prices"] for block in p["blocks"]} == {None}


def test_energy_is_stated_only_with_power_and_cost_only_with_a_price() -> None:
    made = measurement()
    worth = yields(made.best.hashrate, [ruleset("alphanet")], 60)
    for price_per_kwh in (None, 0.25):
        record: Any = result_record(made, worth, 60, Power(50.0, "stated"), price_per_kwh)
        price = record["yields"][0]["prices"][0]
        assert price["joules_per_plasma"] == pytest.approx(50 / price["plasma_per_second"])
        for block in price["blocks"]:
            if block["difficulty"] is None:
                assert block["joules"] is block["cost"] is None
                continue
            assert block["joules"] == pytest.approx(price["joules_per_plasma"] * block["base_plasma"])
            cost = None if price_per_kwh is None else pytest.approx(block["joules"] / 3.6e6 * price_per_kwh)
            assert block["cost"] == cost


def test_a_history_grows_and_gives_the_latest_run_of_each_version(tmp_path: Path, record: dict[str, Any]) -> None:
    path = tmp_path / "new" / "desk.json"
    assert save_run(path, {**record, "powplasma": "0.1.0", "time": "2026-01-01T00:00:00Z", "hashrate": 1}) == 1
    assert save_run(path, {**record, "powplasma": "0.1.0", "time": "2026-01-03T00:00:00Z", "hashrate": 3}) == 2
    assert save_run(path, {**record, "powplasma": "0.2.0", "time": "2026-01-02T00:00:00Z", "hashrate": 2}) == 3
    assert [(run.powplasma, run.hashrate) for run in read_runs(path)] == [("0.2.0", 2), ("0.1.0", 3)]
    assert list(path.parent.iterdir()) == [path]
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_single_result_can_be_compared_too(tmp_path: Path, record: dict[str, Any]) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps(record))
    (run,) = read_runs(path)
    assert run == run_of_record(record)
    assert run.label == f"desk, {record['powplasma']}, avx512 × 2"
    assert run.interval.low <= run.hashrate <= run.interval.high


@pytest.mark.parametrize("broken", ["replace", "fsync"])
def test_a_failing_disk_leaves_the_history_as_it_was(
    tmp_path: Path, record: dict[str, Any], monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    path = tmp_path / "desk.json"
    save_run(path, record)
    before = path.read_bytes()

    def fail(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*{"replace": (Path, "replace"), "fsync": (os, "fsync")}[broken], fail)
    with pytest.raises(OSError, match="No space left"):
        save_run(path, record)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def refused(path: Path, part: str) -> None:
    with pytest.raises(InvalidInput, match=part) as error:
        read_runs(path)
    assert error.value.field == "compare"
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)


def test_files_that_are_none(tmp_path: Path, record: dict[str, Any]) -> None:
    path = tmp_path / "run.json"
    refused(path, "No such file")
    text = json.dumps(record)
    for content, part in (
        ("", "cut off"),
        (text[: len(text) // 2], "cut off"),
        (text[:-1], "cut off"),
        ("[" * 100_000, "is nested more than 64 levels deep"),
        ("[1]", "no JSON object"),
        ("{}", "another format"),
        (json.dumps({**record, "version": FORMAT_VERSION + 1}), "later powplasma"),
        (json.dumps({**record, "version": "1"}), "no version"),
        (json.dumps({**record, "version": True}), "no version"),
        (json.dumps({**record, "hashrate": "fast"}), "lacks a usable"),
        (json.dumps({**record, "hashrate": 0}), "hashrate of 0"),
        (json.dumps({**record, "hashrate": 1 << 64}), "hashrate of 1844"),
        (json.dumps({**record, "kernel": "\x1b[2J"}), "lacks a usable"),
        (json.dumps({**record, "kernel": "x" * 201}), "lacks a usable"),
        (text.replace(f'"high": {record["hashrates"][-1]["interval"]["high"]}', '"high": NaN'), "is not JSON"),
        (json.dumps({**record, "hashrates": []}), "lacks a usable"),
        (json.dumps({key: value for key, value in record.items() if key != "machine"}), "lacks a usable 'machine'"),
        (json.dumps({"format": "powplasma-bench-history", "version": 1, "runs": []}), "no run"),
        (json.dumps({"format": "powplasma-bench-history", "version": 9, "runs": []}), "later powplasma"),
        (json.dumps({"format": "powplasma-bench-history", "version": 1, "runs": [3]}), "lacks a usable 'runs'"),
        (json.dumps({"format": "powplasma-bench-history", "version": 1, "runs": [{}]}), "another format"),
    ):
        path.write_text(content)
        refused(path, part)
    path.write_bytes(b"\xff\xfe\x00")
    refused(path, "is UTF-16 text")


def test_what_is_no_history_is_never_overwritten(tmp_path: Path, record: dict[str, Any]) -> None:
    path = tmp_path / "notes.txt"
    for content in ("my notes", json.dumps(record)):
        path.write_text(content)
        with pytest.raises(InvalidInput) as error:
            save_run(path, record)
        assert error.value.field == "history"
        assert path.read_text() == content


def test_a_place_that_cannot_be_written_is_refused_before_any_measurement(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput) as error:
        check_history(tmp_path / "file" / "desk.json")
    assert error.value.field == "history"
