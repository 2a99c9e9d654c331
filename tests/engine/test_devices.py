"""OpenCL devices in the engine: alone, beside the processor, and when they lie, fail, crash or are killed."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from hashlib import sha3_256
from pathlib import Path
from typing import Any

import pytest

import powplasma as pp
from powplasma.engine.leases import Lease
from powplasma.engine.worker import Order
from powplasma.kernels import kernel
from powplasma.work import nonce_of_counter
from tests.engine.conftest import HARD
from tests.waiting import PATIENCE, wait_until

DATA_HASH = sha3_256(b"devices").digest()
DIFFICULTY = 400_000


def first_good(data_hash: bytes, difficulty: int, start: int = 0) -> int:
    """How many nonces after ``start`` the first good one comes, by the processor."""
    found = kernel().search(data_hash, start, 1 << 32, pp.threshold(difficulty)).counter
    assert found is not None
    return found - start


def wait_until_ready(engine: pp.Engine, device: str) -> None:
    """Until every member has leases of a search that does not end by itself, which is given up then."""
    blocker = engine.submit(DATA_HASH, HARD)
    wait_until(lambda: engine.busy_workers == engine.workers)
    blocker.cancel()
    wait_until(lambda: engine.busy_workers == 0)


@pytest.mark.parametrize("difficulty", [1, 1000, 300_000])
def test_a_device_alone_finds_the_first_good_nonce(device: str, difficulty: int) -> None:
    with pp.Engine(devices=[device]) as engine:
        assert (engine.workers, engine.kernel) == (1, device)
        work = engine.search(DATA_HASH, difficulty, start_nonce=nonce_of_counter(77))
        expected = first_good(DATA_HASH, difficulty, 77)
        assert (work.nonce, work.hashes) == (nonce_of_counter(77 + expected), expected + 1)
        assert (work.kernel, work.workers) == (device, 1)
        assert pp.check(DATA_HASH, engine.search(DATA_HASH, difficulty).nonce, difficulty)
    assert pp.generate(DATA_HASH, 500, devices=[device]).kernel == device


def test_device_and_processor_search_one_job_together(device: str) -> None:
    with pp.Engine(workers=1, devices=["cpu", device]) as engine:
        assert (engine.workers, engine.kernel) == (2, f"{kernel().name}+{device}")
        wait_until_ready(engine, device)
        hashes = 4_000_000 if kernel().name != "python" else 400_000
        with pytest.raises(pp.SearchTimeout) as end:
            engine.search(DATA_HASH, HARD, max_hashes=hashes, start_nonce=nonce_of_counter(5))
        # Disjoint leases without a gap: every nonce once.
        assert end.value.covered == ((5, hashes),)
        expected = first_good(DATA_HASH, 300_000)
        work = engine.search(DATA_HASH, 300_000, start_nonce=nonce_of_counter(0))
        assert (work.nonce, work.hashes) == (nonce_of_counter(expected), expected + 1)
        (pool,) = engine._pools
        assert all(rate > 1000 for rate in pool._rates)
        assert engine.dropped == ()


def test_leases_follow_the_speed(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pp.Engine(workers=1, devices=["cpu", device]) as engine:
        wait_until_ready(engine, device)
        (pool,) = engine._pools
        pool._rates[:] = [8e6, 2e6]
        given: list[int] = []
        for member in pool._crew.members:
            give = member.give

            def noted(order: Order, lease: Lease, give: Callable[[Order, Lease], None] = give) -> None:
                given.append(lease.count)
                give(order, lease)

            monkeypatch.setattr(member, "give", noted)
        engine.submit(DATA_HASH, HARD, start_nonce=nonce_of_counter(0))
        wait_until(lambda: len(given) >= 2)
        assert given[0] == 800_000 // 32_768 * 32_768
        assert given[1] == 200_000 // 32_768 * 32_768


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"devices": []}, "device: [] is no list of devices (cpu or names of OpenCL devices)"),
        ({"devices": "cpu"}, "device: cpu is no list of devices (cpu or names of OpenCL devices)"),
        ({"devices": ["cpu", "cpu"]}, "device: cpu is there twice (each device once)"),
        ({"intensity": 0}, "intensity: 0 is out of range (1 … 2000 ms)"),
        ({"kernel": "opencl:x:0"}, "kernel: opencl:x:0 is a device (a kernel; a device is chosen as such)"),
    ],
)
def test_a_selection_that_makes_no_sense_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(pp.InvalidInput) as caught:
        pp.Engine(**arguments)
    assert str(caught.value) == message


def test_a_device_is_no_kernel_of_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWPLASMA_KERNEL", "opencl:x:0")
    with pytest.raises(pp.InvalidInput, match=r"^kernel: opencl:x:0 is a device"):
        pp.Engine()


def test_workers_are_for_the_processor(device: str) -> None:
    with pytest.raises(pp.InvalidInput, match=r"^workers: 2 are for the processor \(with cpu among the devices\)"):
        pp.Engine(workers=2, devices=[device])
    with pytest.raises(pp.InvalidInput, match=r"^device: opencl:none:3 is not known"):
        pp.Engine(devices=["opencl:none:3"])


Fault = Callable[..., None]


@pytest.fixture
def fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fault:
    """Makes the devices of workers that start from now on faulty."""
    shutil.copy(Path(__file__).with_name("faulty.py"), tmp_path / "sitecustomize.py")

    def inject(kind: str, data_hash: bytes = DATA_HASH) -> None:
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.setenv("FAULT", kind)
        monkeypatch.setenv("FAULT_HASH", data_hash.hex())
        monkeypatch.setenv("FAULT_MARK", str(tmp_path / "gone"))

    return inject


def test_a_device_that_lies_is_dropped_and_what_it_searched_is_searched_again(device: str, fault: Fault) -> None:
    # The good nonce is in the lease that the device has first, and which it says has none; the next is far away,
    # so that the processor cannot end the search before the device lies about its second lease.
    data_hash = sha3_256((154).to_bytes(2, "little")).digest()
    expected = first_good(data_hash, DIFFICULTY)
    assert expected == 16_294
    assert first_good(data_hash, DIFFICULTY, expected + 1) > 1_000_000
    fault("lies", data_hash)
    with pp.Engine(workers=1, devices=[device, "cpu"]) as engine:
        wait_until_ready(engine, device)
        work = engine.submit(data_hash, DIFFICULTY, start_nonce=nonce_of_counter(0)).result(PATIENCE)
        assert (work.nonce, work.hashes) == (nonce_of_counter(expected), expected + 1)
        assert work.kernel == kernel().name
        assert [(each.device, each.why) for each in engine.dropped] == [
            (device, "it reported a nonce that is not good")
        ]
        assert len(engine.worker_pids) == 1
        assert engine.search(DATA_HASH, 300_000).kernel == kernel().name


def test_without_any_other_a_device_that_lies_ends_the_search(device: str, fault: Fault) -> None:
    fault("lies")
    with pp.Engine(devices=[device]) as engine:
        for _ in range(2):
            with pytest.raises(pp.KernelUnavailable, match="it reported a nonce that is not good") as failure:
                engine.submit(DATA_HASH, HARD).result(PATIENCE)
            assert failure.value.kernel == device
        assert len(engine.dropped) == 1


def test_a_device_that_disappears_is_dropped_and_its_leases_go_to_others(device: str, fault: Fault) -> None:
    fault("fails")
    hashes = 4_000_000 if kernel().name != "python" else 400_000
    with pp.Engine(workers=1, devices=[device, "cpu"]) as engine:
        blocker = engine.submit(DATA_HASH, HARD)
        wait_until(lambda: bool(engine.dropped))
        blocker.cancel()
        with pytest.raises(pp.SearchTimeout) as end:
            engine.search(DATA_HASH, HARD, max_hashes=hashes, start_nonce=nonce_of_counter(0))
        assert end.value.covered == ((0, hashes),)
        assert [each.why for each in engine.dropped] == ["it is gone"]


def test_the_only_device_that_disappears_ends_the_search(device: str, fault: Fault) -> None:
    fault("fails")
    with pp.Engine(devices=[device]) as engine:
        with pytest.raises(pp.KernelUnavailable, match=f"kernel {device} is not available: it is gone"):
            engine.submit(DATA_HASH, HARD).result(PATIENCE)
        with pytest.raises(pp.KernelUnavailable, match="it is gone"):
            engine.search(DATA_HASH, HARD)


def test_a_device_that_takes_its_process_with_it_is_dropped_in_the_end(device: str, fault: Fault) -> None:
    fault("crashes")
    with pp.Engine(workers=1, devices=[device, "cpu"]) as engine:
        blocker = engine.submit(DATA_HASH, HARD)
        wait_until(lambda: bool(engine.dropped))
        (dropped,) = engine.dropped
        assert dropped.why == "its worker died 4 times in a row (last exit code: 9)"
        assert not blocker.done()
        blocker.cancel()
        assert engine.search(DATA_HASH, 300_000).kernel == kernel().name


@pytest.mark.parametrize("others", [[], ["cpu"]])
def test_a_device_that_fails_at_every_search_is_dropped_with_its_own_words(
    device: str, fault: Fault, others: list[str]
) -> None:
    fault("breaks")
    with pp.Engine(workers=1 if others else None, devices=[device, *others]) as engine:
        future = engine.submit(DATA_HASH, HARD)
        wait_until(lambda: bool(engine.dropped))
        assert engine.dropped[0].why == "the device fails: OUT_OF_RESOURCES"
        if others:
            assert not future.done()
        else:
            with pytest.raises(pp.KernelUnavailable, match="the device fails: OUT_OF_RESOURCES"):
                future.result(PATIENCE)


def test_the_only_device_that_keeps_crashing_is_a_lost_worker(device: str, fault: Fault) -> None:
    fault("crashes")
    with pp.Engine(devices=[device]) as engine, pytest.raises(pp.WorkerLost, match="last exit code: 9"):
        engine.submit(DATA_HASH, HARD).result(PATIENCE)


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_a_killed_worker_of_a_device_is_replaced(device: str) -> None:
    difficulty = 500_000
    expected = first_good(DATA_HASH, difficulty)
    with pp.Engine(devices=[device]) as engine:
        blocker = engine.submit(DATA_HASH, HARD)
        future = engine.submit(DATA_HASH, difficulty, start_nonce=nonce_of_counter(0))
        wait_until(lambda: engine.busy_workers == 1)
        (pid,) = engine.worker_pids
        blocker.cancel()
        os.kill(pid, signal.SIGKILL)
        work = future.result(PATIENCE)
        assert (work.nonce, work.hashes) == (nonce_of_counter(expected), expected + 1)
        wait_until(lambda: engine.worker_pids not in ([], [pid]))


def test_a_search_on_a_device_is_cancelled(device: str) -> None:
    with pp.Engine(devices=[device], intensity=50) as engine:
        wait_until_ready(engine, device)
        future = engine.submit(DATA_HASH, HARD)
        wait_until(lambda: engine.busy_workers == 1)
        future.cancel()
        wait_until(lambda: engine.busy_workers == 0)
