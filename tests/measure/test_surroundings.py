"""Load, power, clock and processor: from system files that are made for the test, and from the real ones."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from powplasma.cores import core_numbers
from powplasma.measure.findings import findings
from powplasma.measure.hashrate import Hashrate
from powplasma.measure.load import Load, LoadMeter
from powplasma.measure.machine import _system, read_clock, this_machine
from powplasma.measure.power import EnergyMeter, Power
from tests.waiting import wait_until

QUIET = Hashrate("any", 1, (1e6,) * 9)


def stat(own: int, others: int, steal: int) -> str:
    """/proc/stat after so many ticks, all of them on the first core that may be used."""
    idle = "0 0 0 1000 0 0 0 0 0 0"
    first, *rest = core_numbers()
    lines = [f"cpu  {idle}", f"cpu{first} {own} 0 {others} 1000 50 0 0 {steal} 0 0"]
    return "\n".join([*lines, *(f"cpu{core} {idle}" for core in rest), "intr 1 2"])


def write_ticks(proc: Path, own: int, others: int, steal: int) -> None:
    (proc / "stat").write_text(stat(own, others, steal))
    process = proc / str(os.getpid())
    process.mkdir(exist_ok=True)
    (process / "stat").write_text(f"{os.getpid()} (a (b) c) R 1 1 1 0 -1 0 0 0 0 0 {own} 0 0 0 20 0 1")


def test_load_is_split_into_own_others_and_steal(tmp_path: Path) -> None:
    write_ticks(tmp_path, own=100, others=500, steal=7)
    meter = LoadMeter(list, tmp_path)
    meter.start()
    time.sleep(0.1)
    write_ticks(tmp_path, own=160, others=530, steal=10)
    meter.stop()
    load = meter.load
    assert load is not None
    tick = 1 / (os.sysconf("SC_CLK_TCK") * load.seconds)
    assert load.own == pytest.approx(60 * tick)
    assert load.others == pytest.approx(30 * tick)
    assert load.steal == pytest.approx(3 * tick)
    assert load.cores == len(core_numbers())


@pytest.mark.parametrize("content", [None, "cpu  1 2 3 4 5 6 7 8 9 10\n"])
def test_no_counters_no_load(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "stat").write_text(content)
    meter = LoadMeter(list, tmp_path)
    meter.start()
    meter.stop()
    assert meter.load is None


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="Linux only")
def test_a_spinning_process_is_seen_and_an_own_one_is_not_taken_for_it() -> None:
    spinning = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    ticks = os.sysconf("SC_CLK_TCK")

    def spun() -> int:
        """Ticks that it has had of a processor, which others may want too."""
        return int(Path(f"/proc/{spinning.pid}/stat").read_text().rpartition(")")[2].split()[11])

    try:
        foreign, own = LoadMeter(list), LoadMeter(lambda: [spinning.pid])
        for meter in (foreign, own):
            meter.start()
        wanted = spun() + ticks // 2
        wait_until(lambda: spun() >= wanted)
        for meter in (foreign, own):
            meter.stop()
    finally:
        spinning.kill()
        spinning.wait()
    assert foreign.load is not None
    assert own.load is not None
    # In seconds of a core; those of a fifth of the spinning are left to whatever else this process did meanwhile.
    assert foreign.load.others * foreign.load.seconds >= 0.4
    assert own.load.own * own.load.seconds >= foreign.load.own * foreign.load.seconds + 0.4


@pytest.mark.parametrize(
    ("others", "steal", "kinds"),
    [(0.0, 0.0, []), (0.05, 0.05, []), (0.07, 0.0, ["load"]), (0.0, 0.07, ["steal"]), (1.0, 1.0, ["load", "steal"])],
)
def test_what_load_is_worth_a_word(others: float, steal: float, kinds: list[str]) -> None:
    load = Load(seconds=10, cores=2, own=1, others=others, steal=steal)
    found = findings([], load, None, QUIET)
    assert [finding.kind for finding in found] == kinds
    assert all(finding.noise for finding in found)


def test_a_wide_spread_is_worth_a_word() -> None:
    wide = Hashrate("avx2", 4, tuple(1e6 * (1 + 0.1 * (i % 2)) for i in range(9)))
    (finding,) = findings([QUIET, wide], None, None, wide)
    assert finding.kind == "spread"
    assert "avx2 with 4 workers" in finding.text
    plain = Hashrate("python", 1, wide.rounds)
    assert findings([plain], None, None, plain) == ()
    wider = Hashrate("hashlib", 0, tuple(1e6 * (1 + 0.2 * (i % 2)) for i in range(9)))
    assert [finding.kind for finding in findings([wider], None, None, plain)] == ["spread"]


def package(folder: Path, number: int, energy: int, limit: int = 1_000_000, name: str = "package") -> Path:
    zone = folder / f"intel-rapl:{number}"
    zone.mkdir(parents=True, exist_ok=True)
    (zone / "name").write_text(f"{name}-{number}\n")
    (zone / "energy_uj").write_text(f"{energy}\n")
    (zone / "max_energy_range_uj").write_text(f"{limit}\n")
    return zone


def test_energy_of_all_packages_also_when_a_counter_starts_again(tmp_path: Path) -> None:
    package(tmp_path, 0, 100_000)
    package(tmp_path, 1, 900_000)
    package(tmp_path, 2, 0, name="psys")
    cores = tmp_path / "intel-rapl:0:0"
    cores.mkdir()
    meter = EnergyMeter(tmp_path)
    meter.start()
    begun = time.perf_counter()
    time.sleep(0.05)
    package(tmp_path, 0, 300_000)
    package(tmp_path, 1, 200_000)
    package(tmp_path, 2, 999_999, name="psys")
    meter.stop()
    elapsed = time.perf_counter() - begun
    power = meter.power
    assert power is not None
    assert power.source == "rapl"
    # 0.2 J of one package and 0.1 + 0.2 J of the other, in the span or a little more.
    assert 0.5 / elapsed <= power.watts <= 0.5 / 0.05


@pytest.mark.parametrize("missing", ["everything", "energy_uj", "name"])
def test_no_figure_is_made_up_without_counters(tmp_path: Path, missing: str) -> None:
    if missing != "everything":
        (package(tmp_path, 0, 5) / missing).unlink()
    meter = EnergyMeter(tmp_path if missing != "everything" else tmp_path / "none")
    meter.start()
    meter.stop()
    assert meter.power is None


def test_a_counter_that_stands_still_is_no_power(tmp_path: Path) -> None:
    package(tmp_path, 0, 5)
    meter = EnergyMeter(tmp_path)
    meter.start()
    time.sleep(0.01)
    meter.stop()
    assert meter.power is None


def test_energy_and_its_price() -> None:
    power = Power(100.0, "stated")
    assert power.joules(36) == 3600
    assert power.cost(36_000, 0.30) == pytest.approx(0.30)


def test_clock_of_the_frequency_driver_comes_first(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    lines = [f"processor : {core}\nmodel name : X\ncpu MHz\t\t: {2000 + core}\n" for core in range(1024)]
    cpuinfo.write_text("\n".join(lines))
    clock = read_clock(tmp_path, cpuinfo)
    assert clock is not None
    assert clock.source == "cpuinfo"
    assert clock.mhz == pytest.approx(2000 + sum(core_numbers()) / len(core_numbers()))
    for core in core_numbers():
        folder = tmp_path / f"cpu{core}" / "cpufreq"
        folder.mkdir(parents=True)
        (folder / "scaling_cur_freq").write_text("4100000\n")
    clock = read_clock(tmp_path, cpuinfo)
    assert clock is not None
    assert (clock.source, clock.mhz) == ("cpufreq", 4100.0)


def test_no_clock_is_made_up(tmp_path: Path) -> None:
    assert read_clock(tmp_path, tmp_path / "none") is None


def test_this_machine_has_a_name_and_a_processor() -> None:
    machine = this_machine("shed")
    assert machine.name == "shed"
    assert machine.processor
    assert 1 <= machine.cores_available <= machine.cores
    assert this_machine().name


@pytest.mark.parametrize(
    ("name", "release", "shown"),
    [("Linux", "6.1.0-18-amd64", "Linux 6.1.0"), ("Windows", "10", "Windows 10"), ("Other", "x1", "Other")],
)
def test_a_release_is_its_number(name: str, release: str, shown: str) -> None:
    assert _system(name, release) == shown
