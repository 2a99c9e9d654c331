"""Processes that are really killed, interrupted or left behind."""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import multiprocess
import pytest

import powplasma as pp
from powplasma.engine.board import Board
from powplasma.work import nonce_of_counter
from tests.engine.conftest import HARD
from tests.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc to see processes")

DATA_HASH = bytes(32)


def alive(pid: int) -> bool:
    """Whether a process exists and is not just waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def shared_memory() -> set[str]:
    """Names of all there is, but for semaphores: the engine has none, and clusters that are killed leave some."""
    return {entry.name for entry in Path("/dev/shm").iterdir() if not entry.name.startswith("sem.")}


@pytest.mark.parametrize("victims", [1, 2], ids=["one worker", "all workers"])
def test_killed_workers_are_replaced_and_their_leases_searched_again(victims: int) -> None:
    """The ordered result proves it: a lost lease before the good nonce would change or hang it."""
    difficulty = 6_000_000
    with pp.Engine(workers=2) as engine:
        expected = engine.submit(DATA_HASH, difficulty, start_nonce=nonce_of_counter(1)).result()
        blocker = engine.submit(DATA_HASH, HARD)
        future = engine.submit(DATA_HASH, difficulty, start_nonce=nonce_of_counter(1))
        wait_until(lambda: engine.busy_workers == 2)
        before = engine.worker_pids
        blocker.cancel()
        for pid in before[:victims]:
            os.kill(pid, signal.SIGKILL)
        work = future.result(PATIENCE)
        assert (work.nonce, work.hashes) == (expected.nonce, expected.hashes)
        wait_until(lambda: len(set(engine.worker_pids) - set(before)) == victims)
        assert all(alive(pid) for pid in engine.worker_pids)


def test_every_nonce_is_judged_once_though_workers_die_all_the_time() -> None:
    with pp.Engine(workers=2) as engine:
        blocker = engine.submit(DATA_HASH, HARD)
        future = engine.submit(DATA_HASH, HARD, max_hashes=8_000_000 if engine.kernel != "python" else 1_000_000)
        wait_until(lambda: engine.busy_workers == 2)
        blocker.cancel()
        for _ in range(4):
            victim = engine.worker_pids[0]
            os.kill(victim, signal.SIGKILL)
            wait_until(lambda victim=victim: victim not in engine.worker_pids)
        with pytest.raises(pp.SearchTimeout) as failure:
            future.result(PATIENCE)
    assert len(failure.value.covered) == 1
    assert failure.value.hashes == failure.value.covered[0][1] in (8_000_000, 1_000_000)


def test_a_crew_that_keeps_dying_ends_the_search_with_an_error_and_the_engine_recovers() -> None:
    with pp.Engine(workers=1) as engine:
        future = engine.submit(DATA_HASH, HARD)

        def ended() -> bool:
            for pid in engine.worker_pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return future.done()

        wait_until(ended)
        with pytest.raises(pp.WorkerLost, match="-9") as failure:
            future.result(0)
        assert failure.value.exitcode == -signal.SIGKILL
        assert engine.submit(DATA_HASH, 500_000).result(PATIENCE).difficulty == 500_000


def test_closing_leaves_no_process_and_no_shared_memory() -> None:
    before = shared_memory()
    engine = pp.Engine(workers=2)
    engine.submit(DATA_HASH, HARD)
    pids = engine.worker_pids
    assert len(pids) == 2
    engine.close()
    assert not any(alive(pid) for pid in pids)
    wait_until(lambda: shared_memory() <= before)  # other programs have some for a moment


SCRIPT = """
import sys
import powplasma as pp
engine = pp.Engine(workers=2)
future = engine.submit(bytes(32), 1 << 60)
print(*engine.worker_pids, flush=True)
{then}
"""


STARTED: list["subprocess.Popen[str]"] = []


@pytest.fixture(autouse=True)
def end_scripts() -> Iterator[None]:
    """Ends every script of a test that has failed; its search would go on for ever."""
    yield
    while STARTED:
        STARTED.pop().kill()


def start_script(tmp_path: Path, then: str) -> tuple["subprocess.Popen[str]", list[int]]:
    """Runs a script, without a main guard, that has a search under way; its process and its workers."""
    path = tmp_path / "script.py"
    path.write_text(SCRIPT.format(then=then))
    script = subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    STARTED.append(script)
    assert script.stdout is not None
    pids = [int(pid) for pid in script.stdout.readline().split()]
    assert len(pids) == 2, "the script must not run a second time in a worker"
    return script, pids


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("pass", 0),
        ("raise RuntimeError('user error')", 1),
        ("sys.exit(7)", 7),
        ("import os; os._exit(3)", 3),
    ],
    ids=["end of script", "exception", "exit", "hard exit"],
)
def test_no_worker_outlives_its_program(tmp_path: Path, then: str, expected: int) -> None:
    before = shared_memory()
    script, pids = start_script(tmp_path, then)
    script.communicate(timeout=PATIENCE)
    assert script.returncode == expected
    wait_until(lambda: not any(alive(pid) for pid in pids))
    wait_until(lambda: shared_memory() <= before)  # other programs have some for a moment


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_no_worker_outlives_a_signalled_program(tmp_path: Path, number: signal.Signals) -> None:
    before = shared_memory()
    script, pids = start_script(tmp_path, "future.result()")
    time.sleep(0.3)
    script.send_signal(number)
    _, errors = script.communicate(timeout=PATIENCE)
    assert script.returncode == -number
    assert errors.count("Traceback") == (1 if number == signal.SIGINT else 0), "only the main thread speaks"
    wait_until(lambda: not any(alive(pid) for pid in pids))
    wait_until(lambda: shared_memory() <= before)  # other programs have some for a moment


def test_ctrl_c_to_the_whole_process_group_is_the_parents_alone(tmp_path: Path) -> None:
    """A terminal sends SIGINT to every process of the group, also to workers that are just starting."""
    path = tmp_path / "script.py"
    path.write_text(SCRIPT.format(then="future.result()"))
    script = subprocess.Popen(
        [sys.executable, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    STARTED.append(script)
    assert script.stdout is not None
    pids = [int(pid) for pid in script.stdout.readline().split()]
    os.killpg(script.pid, signal.SIGINT)
    _, errors = script.communicate(timeout=PATIENCE)
    assert script.returncode == -signal.SIGINT
    assert errors.count("Traceback") == 1
    wait_until(lambda: not any(alive(pid) for pid in pids))


def test_a_forked_child_neither_uses_nor_harms_its_parents_workers() -> None:
    code = """
import os, powplasma as pp
engine = pp.Engine(workers=2)
future = engine.submit(bytes(32), 3_000_000, start_nonce=bytes(8))
pid = os.fork()
if pid == 0:
    try:
        engine.submit(bytes(32), 1 << 40)
    except pp.SearchCancelled as refused:
        assert "forked" in str(refused)
        os._exit(0)
    os._exit(1)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
assert pp.check(bytes(32), future.result().nonce, 3_000_000)
"""
    run_quietly(code)


def test_a_forked_child_that_exits_leaves_its_parents_workers_alone() -> None:
    """multiprocess ends the children that it knows at exit, and a fork knows its parent's."""
    code = """
import os, sys, time, powplasma as pp
engine = pp.Engine(workers=2)
blocker = engine.submit(bytes(32), 1 << 60)
before = engine.worker_pids
pid = os.fork()
if pid == 0:
    sys.exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
blocker.cancel()
engine.submit(bytes(32), 3_000_000).result()  # workers that had been ended would be replaced by now
assert engine.worker_pids == before
"""
    run_quietly(code)


def test_a_child_forked_while_workers_start_can_search() -> None:
    code = """
import os, signal, sys, time, powplasma as pp
for delay in range(8):
    engine = pp.Engine(workers=2)
    engine.submit(bytes(32), 1 << 60)
    time.sleep(delay * 0.0005)
    pid = os.fork()
    if pid == 0:
        signal.alarm(120)  # the parent would wait for ever
        assert hasattr(sys.modules["__main__"], "pp")
        pp.generate(bytes(32), 3_000_000)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    engine.close()
"""
    run_quietly(code)


def run_quietly(code: str) -> None:
    """Runs a program that has to succeed without a word."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code],
        check=False,
        timeout=4 * PATIENCE,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_daemonic_process_is_told_that_it_may_have_no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(multiprocess.current_process()._config, "daemon", True)
    with pp.Engine(workers=1) as engine:
        future = engine.submit(DATA_HASH, HARD)
        with pytest.raises(pp.WorkerLost, match="daemon"):
            future.result(PATIENCE)
        assert engine.worker_pids == []


def test_without_shared_memory_no_worker_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> Board:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), "/dev/shm/x")

    monkeypatch.setattr(Board, "shared", refused)
    with pp.Engine(workers=1) as engine, pytest.raises(pp.WorkerLost, match="/dev/shm/x"):
        engine.search(DATA_HASH, HARD)


def test_nice_lowers_the_priority_of_the_workers_alone() -> None:
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    with pp.Engine(workers=1, nice=3) as engine:
        future = engine.submit(DATA_HASH, HARD)
        (pid,) = engine.worker_pids
        wait_until(lambda: os.getpriority(os.PRIO_PROCESS, pid) == min(mine + 3, 19))
        future.cancel()
    assert os.getpriority(os.PRIO_PROCESS, 0) == mine
