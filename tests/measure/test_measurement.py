"""Counting, contenders, and a whole measurement on the slowest kernel."""

import pytest

from powplasma.engine import Progress
from powplasma.errors import InvalidInput
from powplasma.kernels import kernel, statuses
from powplasma.measure import Plan, Step, measure
from powplasma.measure.hashrate import RoundCounter, _Enough
from powplasma.measure.peers import PEERS, peer_hashrate
from powplasma.measure.plan import contenders
from powplasma.work import nonce_of_counter as nonce
from powplasma.work import prefix, threshold
from tests.measure.samples import HASHRATE, measurement


def progress(hashes: int, seconds: float) -> Progress:
    return Progress(hashes, seconds, 0.0, 1)


def test_rounds_are_counted_between_reports_and_not_before_the_first() -> None:
    beats: list[None] = []
    counter = RoundCounter(2, 0.2, lambda: beats.append(None))
    counter(progress(0, 1.0))
    counter(progress(50, 1.125))
    counter(progress(200, 1.25))
    assert counter.rates == pytest.approx([800])
    counter(progress(300, 1.375))
    with pytest.raises(_Enough):
        counter(progress(600, 1.5))
    assert counter.rates == pytest.approx([800, 1600])
    assert len(beats) == 5


def test_a_round_in_which_nothing_was_counted_yet_goes_on() -> None:
    counter = RoundCounter(1, 0.25, lambda: None)
    for report in (progress(100, 1.0), progress(100, 1.25), progress(100, 1.5)):
        counter(report)
    assert counter.rates == []
    with pytest.raises(_Enough):
        counter(progress(400, 1.75))
    assert counter.rates == pytest.approx([400])


def test_every_kernel_alone_then_the_chosen_one_with_more_and_more_workers() -> None:
    best = kernel().name
    others = {status.name for status in statuses() if status.ready} - {best}
    found = contenders(None, 6)
    assert {name for name, workers in found if workers == 1} == {best} | others
    assert [workers for name, workers in found if name == best] == [1, 2, 4, 6]
    assert found[-1] == (best, 6)
    assert contenders("python", 3) == [("python", 1), ("python", 2), ("python", 3)]
    assert contenders("python", 1) == [("python", 1)]
    assert contenders("python", 64, every_count=False) == [("python", 1), ("python", 64)]


@pytest.mark.parametrize("name", PEERS)
def test_peers_hash_what_they_should(name: str) -> None:
    data_hash, start = bytes(range(32)), (1 << 64) - 40
    good = sum(prefix(data_hash, nonce((start + i) % (1 << 64))) >= threshold(4) for i in range(400))
    assert PEERS[name](data_hash, start, 400, threshold(4)) == good
    assert 50 < good < 150
    assert peer_hashrate(name, data_hash, start, 0.01) > 0


def test_ratios_are_taken_round_by_round() -> None:
    hashlib, pycryptodome = measurement().ratios
    assert (hashlib.name, pycryptodome.name) == ("hashlib", "pycryptodome")
    assert hashlib.ratio == pytest.approx(HASHRATE / 1_000_000, rel=0.01)
    assert hashlib.interval.low <= hashlib.ratio <= hashlib.interval.high
    assert pycryptodome.ratio == pytest.approx(HASHRATE / 250_000, rel=0.01)


def test_a_quiet_machine_gives_no_reason_for_doubt_and_a_noisy_one_does() -> None:
    assert measurement().findings == ()
    assert not measurement().noisy
    assert measurement(others=0.5).noisy
    assert measurement(spread=0.1).noisy


def test_a_whole_measurement() -> None:
    steps: list[Step] = []
    plan = Plan(visits=1, rounds=2, round_seconds=0.1, searches=20, search_seconds=0.005)
    done = measure(plan, kernel="python", workers=2, against=("hashlib",), name="test", listener=steps.append)
    assert [(each.name, each.workers) for each in done.hashrates] == [("python", 1), ("python", 2)]
    assert all(len(each.rounds) == 2 and min(each.rounds) > 0 for each in (*done.hashrates, *done.against))
    assert done.best.workers == 2
    assert done.scaling == done.hashrates
    assert done.searches is not None
    assert len(done.searches.seconds) == 20
    assert done.machine.name == "test"
    assert done.time.utcoffset() is not None
    assert [each.name for each in done.ratios] == ["hashlib"]
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] <= 1


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"kernel": "gpu"}, "kernel"),
        ({"workers": 0}, "workers"),
        ({"workers": 5000}, "workers"),
        ({"against": ("sha3sum",)}, "against"),
    ],
)
def test_what_cannot_be_measured_is_refused(arguments: dict, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        measure(Plan(1, 1, 0.1, 0, 0.0), **arguments)
    assert refused.value.field == field
