"""``--device`` and what belongs to it, from the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.waiting import PATIENCE

from .conftest import ZERO_HASH, Run, data_hashes, is_good, write_lines

FIRST = ["--data-hash", ZERO_HASH, "--difficulty", "100000", "--start-nonce", "0" * 16]


@pytest.fixture
def no_extra(tmp_path: Path) -> dict[str, str]:
    """An environment in which pyopencl is not installed."""
    (tmp_path / "pyopencl.py").write_text("raise ModuleNotFoundError('No module', name='pyopencl')")
    return {"PYTHONPATH": str(tmp_path)}


def test_a_device_finds_the_nonce_that_the_processor_finds(call: Run, device: str) -> None:
    expected = call("generate", *FIRST).out
    alone = call("generate", *FIRST, "--device", device)
    assert (alone.code, alone.out) == (0, expected)
    assert f"kernel {device}, 1 workers" in alone.err
    together = call("generate", *FIRST, "--device", device, "--device", "cpu", "--workers", "1", "--json").record
    assert together["nonce"] == expected.strip()


def test_devices_of_the_environment_and_of_a_settings_file(program: Run, device: str, tmp_path: Path) -> None:
    done = program("generate", *FIRST, "--json", POWPLASMA_DEVICE=device)
    assert done.record["kernel"] == device
    settings = tmp_path / "settings.toml"
    settings.write_text(f'[generate]\ndevice = "{device}"\nintensity = 20\n')
    assert program("--config", settings, "generate", *FIRST, "--json").record["kernel"] == device
    settings.write_text('[generate]\ndevice = "cpu opencl:none:0"\n')
    assert "--device: opencl:none:0 is not known" in program("--config", settings, "generate", *FIRST).problem


def test_a_batch_on_a_device(call: Run, device: str, tmp_path: Path) -> None:
    hashes = data_hashes(5)
    lines = write_lines(tmp_path / "in.jsonl", *({"data_hash": each, "difficulty": 5000} for each in hashes))
    records = call("generate", "--input", lines, "--device", device).records
    assert [record["data_hash"] for record in records] == hashes
    assert all(is_good(record["data_hash"], record["nonce"], 5000) for record in records)
    assert {record["kernel"] for record in records} == {device}


def test_info_lists_the_device(call: Run, device: str) -> None:
    opencl = call("info", "--json").record["opencl"]
    assert opencl["why"] is None
    listed = [each for platform in opencl["platforms"] for each in platform["devices"]]
    assert device in [each["name"] for each in listed]
    assert set(listed[0]) == {"name", "model", "kind", "driver", "units", "clock_mhz", "memory", "why"}
    assert f"  {device}\n" in call("info").out


def test_info_says_why_there_is_none(program: Run, no_extra: dict[str, str]) -> None:
    assert program("info", **no_extra).out.endswith("it needs the extra `opencl`: pip install 'powplasma[opencl]'\n")
    record = program("info", "--json", OCL_ICD_VENDORS="/nonexistent").record["opencl"]
    assert record["platforms"] == []
    assert "no OpenCL platform is installed" in record["why"]


DRIVERS = {
    "import os; os.abort()": "a driver ended its process (signal SIGABRT)",
    "import os, sys; sys.stderr.write('no\\n /sys'); sys.stderr.flush(); os._exit(7)": (
        "a driver ended its process (exit code 7): no /sys"
    ),
    "import time; time.sleep(1000)": "a driver did not answer within 3 s",
}


@pytest.mark.parametrize("driver", DRIVERS)
def test_info_outlives_a_driver(driver: str, call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "class Error(Exception): pass\ndef get_platforms():\n    print('loading {', flush=True)\n    "
    (tmp_path / "pyopencl.py").write_text(body + driver + "\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("powplasma_cli.driver_list._SECONDS", 3.0 if "sleep" in driver else PATIENCE)
    done = call("info", "--json")
    assert done.code == 0
    assert done.record["opencl"] == {"why": DRIVERS[driver], "platforms": []}
    assert done.record["kernel"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cpuu", "cpuu is not known, did you mean cpu?"),
        ("gpu", "gpu is not known (cpu"),
        ("0", "0 is not known (cpu"),
    ],
)
def test_what_cannot_be_a_device_is_refused_without_any_driver(
    program: Run, no_extra: dict[str, str], name: str, said: str
) -> None:
    for environment in ({}, no_extra):
        done = program("generate", *FIRST, "--device", name, **environment)
        assert done.code == 2
        assert done.problem.startswith(f"Error: --device: {said}")


def test_the_nearest_device_is_named(call: Run, device: str) -> None:
    done = call("generate", *FIRST, "--device", device[:-1] + "7")
    assert done.code == 2
    assert f"is not known, did you mean {device}?" in done.problem


def test_a_device_beside_a_cluster_is_refused(call: Run) -> None:
    for more in ([], ["--retune"]):
        done = call("generate", *FIRST, "--device", "opencl:x:0", "--cluster", "tcp://x:1", *more)
        assert (done.code, done.problem) == (
            2, "Error: --device: opencl:x:0 is of this machine (nothing with a cluster)"
        )  # fmt: skip


@pytest.mark.parametrize("command", [["generate", *FIRST], ["bench", "--quick"]])
def test_without_the_extra_the_option_is_there_and_names_it(
    program: Run, no_extra: dict[str, str], command: list[str]
) -> None:
    done = program(*command, "--device", "opencl:any:0", **no_extra)
    assert done.code == 3
    assert done.problem == (
        "Error: kernel opencl is not available: it needs the extra `opencl`: pip install 'powplasma[opencl]'"
    )


@pytest.mark.parametrize("command", [["generate", *FIRST], ["bench", "--quick"]])
def test_without_a_platform_one_line_says_so(program: Run, command: list[str]) -> None:
    done = program(*command, "--device", "opencl:any:0", OCL_ICD_VENDORS="/nonexistent")
    assert done.code == 3
    assert done.problem.startswith("Error: kernel opencl is not available: no OpenCL platform is installed")


def test_bad_values_are_named(call: Run, device: str) -> None:
    for command in (["generate", *FIRST], ["bench"]):
        done = call(*command, "--device", "opencl:none:7")
        assert done.code == 2
        assert done.problem.startswith(f"Error: --device: opencl:none:7 is not known (cpu, {device}")
        assert (
            "--intensity: 0 is out of range (1 … 2000 ms)"
            in call(*command, "--device", device, "--intensity", "0").problem
        )
        for alone in (["--intensity", "5"], ["--retune"]):
            done = call(*command, *alone)
            assert (done.code, "they need --device NAME" in done.problem) == (2, True)
    assert (
        "--workers: 2 are for the processor" in call("generate", *FIRST, "--device", device, "--workers", "2").problem
    )


def test_retune_makes_the_trials_again(call: Run, device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr("powplasma_cli.devices.open_device", lambda *a, **k: asked.append((*a, k)))
    assert call("generate", *FIRST, "--device", device, "--device", "cpu", "--retune").code == 0
    assert asked == [(device, None, {"retune": True})]


def test_a_dropped_device_is_told(program: Run, device: str, tmp_path: Path) -> None:
    faulty = Path(__file__).parents[1] / "engine" / "faulty.py"
    shutil.copy(faulty, tmp_path / "sitecustomize.py")
    fault = {
        "PYTHONPATH": str(tmp_path),
        "FAULT": "lies",
        "FAULT_HASH": ZERO_HASH,
        "FAULT_MARK": str(tmp_path / "gone"),
    }
    done = program("generate", *FIRST, "--device", device, **fault)
    assert done.code == 3
    why = "it reported a nonce that is not good"
    assert done.err == (f"Note: {device} was dropped: {why}\nError: kernel {device} is not available: {why}\n")


def test_bench_of_a_device(call: Run, device: str) -> None:
    record = call("bench", "--quick", "--device", device, "--rules", "alphanet", "--json").record
    assert [each["name"] for each in record["devices"]] == [device]
    assert [each["kernel"] for each in record["hashrates"]][-1] == device
    assert len(record["hashrates"]) == 2
    assert (record["kernel"], record["workers"]) == (device, 1)
    assert record["hashrate"] > 0
    assert record["yields"][0]["prices"][0]["plasma_per_second"] == record["hashrate"] / 1500
