"""Workers beside other people's modules, threads, processes, signals and file systems."""

from __future__ import annotations

import math
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import powplasma as pp
from powplasma import processes
from powplasma.engine import crew
from powplasma.errors import AsyncioMissing, WorkerLost
from powplasma.simulation import sweep
from powplasma.simulation.scenario import load_scenario
from tests.engine.test_faults import alive
from tests.waiting import PATIENCE, wait_until

from .conftest import HARD

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc to see processes")

DATA_HASH = bytes(32)
POOLED = 3_000_000
"""A difficulty that is worth a pool and does not last."""

SEARCH = f"""
import powplasma as pp
with pp.Engine(workers=2) as engine:
    future = engine.submit(bytes(32), {POOLED})
    assert len(engine.worker_pids) == 2
    assert pp.check(bytes(32), future.result(timeout=100).nonce, {POOLED})
print("found")
"""
"""A program that searches with workers."""


def run(
    code: str, folder: Path, *flags: str, wrapper: tuple[str, ...] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs a program in a folder, as a script in another one."""
    scripts = folder.parent / f"{folder.name}-scripts"
    scripts.mkdir(exist_ok=True)
    path = scripts / "program.py"
    path.write_text(code)
    return subprocess.run(
        [*wrapper, sys.executable, *flags, str(path)],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def planted(folder: Path) -> Path:
    """A folder with a file for every module that Python or a worker may import; each leaves a mark when it runs."""
    names = {*sys.stdlib_module_names, "multiprocess", "dill", "powplasma", "numpy", "sitecustomize", "usercustomize"}
    for name in names:
        (folder / f"{name}.py").write_text(f"open({str(folder / 'mark')!r}, 'a').write({name + chr(10)!r})\n")
    return folder


@pytest.mark.parametrize("path", [None, "", ":"], ids=["no path", "empty path", "path with an empty entry"])
def test_the_working_folder_is_not_code(tmp_path: Path, path: str | None) -> None:
    """Whether it is in PYTHONPATH by an empty entry, which Python itself would take for the working folder, or not."""
    folder = planted(tmp_path)
    # The program itself is started so that the folder is no concern of its own.
    environment = {} if path is None else {"PYTHONPATH": path}
    code = f"import os\nos.chdir({str(folder)!r})\n{SEARCH}"
    home = tmp_path.parent / f"{tmp_path.name}-home"
    home.mkdir()
    done = run(code, home, **environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, "found\n", "")
    assert not (folder / "mark").exists(), (folder / "mark").read_text()


def test_a_sweep_does_not_run_the_working_folder_either(tmp_path: Path) -> None:
    folder = planted(tmp_path)
    home = tmp_path.parent / f"{tmp_path.name}-home"
    home.mkdir()
    code = f"""
import os
from powplasma_cli import app, main
os.chdir({str(folder)!r})
from powplasma_cli.edge import run
from powplasma_cli.app import app
sweep = ["--sweep", "lanes.slow.hashrate=5e5,1e6", "--set", "momentums=9", "--workers=2"]
code = run(app, ["simulate", "pow-only", *sweep])
assert code == 0, code
"""
    done = run(code, home)
    assert done.returncode == 0, done.stderr
    assert not (folder / "mark").exists(), (folder / "mark").read_text()


def test_the_folder_of_the_program_is_not_code_of_the_workers(tmp_path: Path) -> None:
    """A script's own folder comes first in its path; what it holds is the script's business and not the workers'."""
    script = tmp_path / "program.py"
    script.write_text(f"import sys\nsys.path.pop(0)\n{SEARCH}".replace("import powplasma", "import powplasma", 1))
    planted(tmp_path)
    done = subprocess.run(
        [sys.executable, "-P", str(script)], capture_output=True, text=True, check=False, cwd="/", timeout=PATIENCE
    )
    assert (done.returncode, done.stdout) == (0, "found\n"), done.stderr
    assert not (tmp_path / "mark").exists()


def test_powplasma_from_a_path_of_the_programs_own_is_found_by_the_workers(tmp_path: Path) -> None:
    """As in a program that carries its libraries along; what else lies in that folder is not run."""
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    for name in ("powplasma", "multiprocess", "dill"):
        source = Path(sys.modules[name].__path__[0]) if name in sys.modules else None
        if source is None:
            source = Path(__import__(name).__path__[0])
        shutil.copytree(source, libraries / name, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    (libraries / "token.py").write_text("raise SystemExit('planted')\n")
    code = f"""
import sys
import token
sys.path.insert(0, {str(libraries)!r})
{SEARCH}
assert pp.__file__.startswith({str(libraries)!r}), pp.__file__
"""
    # Without the checkout, which an editable installation puts on the path of every interpreter.
    done = run(code, tmp_path, "-S", PYTHONPATH=os.pathsep.join(p for p in sys.path if "site-packages" in p))
    assert (done.returncode, done.stdout) == (0, "found\n"), done.stderr


def test_the_main_module_stays_where_it_is_while_workers_start(tmp_path: Path) -> None:
    code = """
import pickle, sys, threading
import powplasma as pp

class Mine:
    pass

main, failures, over = sys.modules["__main__"], [], threading.Event()

def use():
    while not over.is_set():
        try:
            assert sys.modules["__main__"] is main
            pickle.loads(pickle.dumps(Mine()))
        except Exception as error:
            failures.append(error)

threads = [threading.Thread(target=use) for _ in range(2)]
for thread in threads:
    thread.start()
for _ in range(5):
    with pp.Engine(workers=2) as engine:
        engine.submit(bytes(32), 1 << 60)
        engine.worker_pids
over.set()
for thread in threads:
    thread.join()
assert not failures, (len(failures), failures[0])
print("unharmed")
"""
    done = run(code, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "unharmed\n", "")


@pytest.mark.parametrize("package", ["multiprocessing", "multiprocess"])
def test_a_pool_of_the_programs_own_starts_beside_our_workers(tmp_path: Path, package: str) -> None:
    code = f"""
import threading
from {package} import get_context
import powplasma as pp

def square(number):
    return number * number

if __name__ == "__main__":
    over = threading.Event()

    def search():
        while not over.is_set():
            with pp.Engine(workers=1) as engine:
                engine.submit(bytes(32), 1 << 60)
                engine.worker_pids

    thread = threading.Thread(target=search)
    thread.start()
    for _ in range(3):
        with get_context("spawn").Pool(2) as pool:
            assert pool.map(square, range(5)) == [0, 1, 4, 9, 16]
    over.set()
    thread.join()
    print("both")
"""
    done = run(code, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "both\n", "")


def test_our_workers_are_not_among_the_programs_children(tmp_path: Path) -> None:
    code = """
import multiprocess, multiprocessing
import powplasma as pp
with pp.Engine(workers=1) as engine:
    engine.submit(bytes(32), 1 << 60)
    assert engine.worker_pids
    assert not multiprocess.active_children() and not multiprocessing.active_children()
print("none")
"""
    done = run(code, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "none\n", "")


@pytest.mark.parametrize(
    "reap",
    [
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
        """
def reap(*_):
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        pass
signal.signal(signal.SIGCHLD, reap)
""",
    ],
    ids=["ignored", "reaped by the program"],
)
def test_a_worker_that_somebody_else_waits_for_is_replaced(tmp_path: Path, reap: str) -> None:
    code = f"""
import os, signal, time
import powplasma as pp
{reap}
with pp.Engine(workers=2) as engine:
    hard = engine.submit(bytes(32), 1 << 60)
    for _ in range(3):
        before = engine.worker_pids
        os.kill(before[0], signal.SIGKILL)
        while before[0] in engine.worker_pids or len(engine.worker_pids) < 2:
            time.sleep(0.01)
    hard.cancel()
    assert pp.check(bytes(32), engine.search(bytes(32), {POOLED}).nonce, {POOLED})
print("found")
"""
    done = run(code, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "found\n", "")


@pytest.mark.parametrize(
    ("interpreter", "words"),
    [
        ("", "sys.executable is empty"),
        ("/no/such/python", "No such file or directory: '/no/such/python'"),
        ("/bin/true", "/bin/true ended with exit code 0 before the worker could begin"),
        ("/bin/false", "/bin/false ended with exit code 1 before the worker could begin"),
        ("/etc/passwd", "Permission denied: '/etc/passwd'"),
    ],
)
def test_an_interpreter_that_is_none_is_named(interpreter: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("multiprocess.spawn._python_exe", interpreter.encode())
    with pp.Engine(workers=1) as engine, pytest.raises(WorkerLost) as lost:
        engine.search(DATA_HASH, HARD)
    assert words in str(lost.value)


def test_a_frozen_program_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise every worker would run the whole program once more. See frozen.py for one that does it."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pp.Engine(workers=1) as engine, pytest.raises(WorkerLost, match=r"powplasma\.freeze_support\(\) first"):
        engine.search(DATA_HASH, HARD)
    monkeypatch.setattr(processes, "_frozen_can_serve", True)
    assert processes.executable() == sys.executable


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that does nothing is replaced after a second."""
    monkeypatch.setattr(crew, "STUCK_SECONDS", 1.0)
    monkeypatch.setattr(sweep, "STUCK_SECONDS", 1.0)


@pytest.mark.usefixtures("impatient")
def test_a_stopped_worker_is_replaced_and_its_lease_searched_again() -> None:
    with pp.Engine(workers=2) as engine:
        engine.submit(DATA_HASH, POOLED).result()
        hard = engine.submit(DATA_HASH, HARD)
        wait_until(lambda: engine.busy_workers == 2)
        before = engine.worker_pids
        os.kill(before[0], signal.SIGSTOP)
        wait_until(lambda: before[0] not in engine.worker_pids and len(engine.worker_pids) == 2)
        wait_until(lambda: not alive(before[0]))
        hard.cancel()
        with pytest.raises(pp.SearchTimeout) as covered:
            engine.search(DATA_HASH, HARD, max_hashes=2_000_000)
        assert covered.value.hashes == 2_000_000


@pytest.mark.usefixtures("impatient")
def test_all_workers_stopped_again_and_again_end_the_search_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pp.Engine(workers=1) as engine:
        future = engine.submit(DATA_HASH, HARD)
        over = threading.Event()

        def stop() -> None:
            while not over.is_set():
                for pid in engine.worker_pids:
                    try:
                        os.kill(pid, signal.SIGSTOP)
                    except ProcessLookupError:
                        continue
                time.sleep(0.001)

        thread = threading.Thread(target=stop)
        monkeypatch.setattr(crew, "START_SECONDS", 1.0)
        thread.start()
        with pytest.raises(WorkerLost, match="it did nothing for"):
            future.result(timeout=PATIENCE)
        over.set()
        thread.join()


@pytest.mark.usefixtures("impatient")
def test_an_idle_worker_is_left_alone() -> None:
    with pp.Engine(workers=1) as engine:
        engine.submit(DATA_HASH, POOLED).result()
        before = engine.worker_pids
        pool = engine._pools[0]
        wait_until(lambda: not engine.busy_workers)
        for member in pool._crew.members:  # type: ignore[union-attr]
            assert not any(member.is_stuck(pool._crew.board, 10.0) for _ in range(5))  # type: ignore[union-attr]
        engine.submit(DATA_HASH, POOLED).result()
        assert engine.worker_pids == before


def test_a_stopped_worker_ends_with_its_parent(tmp_path: Path) -> None:
    code = f"""
import os, signal, time
import powplasma as pp
engine = pp.Engine(workers=2)
engine.submit(bytes(32), {POOLED}).result()  # now they are there
engine.submit(bytes(32), 1 << 60)
os.kill(engine.worker_pids[0], signal.SIGSTOP)
print(*engine.worker_pids, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = run(code, tmp_path)
    assert done.returncode == -signal.SIGKILL
    pids = [int(pid) for pid in done.stdout.split()]
    assert len(pids) == 2
    wait_until(lambda: not any(alive(pid) for pid in pids))


def test_closing_does_not_wait_for_workers_that_have_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    going, go = threading.Event(), threading.Event()
    real = processes.start_process

    def slow(target: object, arguments: object, name: str) -> object:
        started.append(name)
        going.set()
        go.wait()
        return real(target, arguments, name)  # type: ignore[arg-type]

    monkeypatch.setattr(processes, "start_process", slow)
    engine = pp.Engine(workers=500)
    engine.submit(DATA_HASH, HARD)
    going.wait()
    closing = threading.Thread(target=engine.close)
    closing.start()
    while not engine._pools[0].failed:
        time.sleep(0.001)
    go.set()
    closing.join()
    assert len(started) == 1


def test_a_fork_while_workers_start_does_not_end_them(tmp_path: Path) -> None:
    code = """
import os, sys, threading, time
import powplasma as pp
with pp.Engine(workers=4) as engine:
    engine.submit(bytes(32), 1 << 60)
    children = []
    for _ in range(20):
        child = os.fork()
        if not child:
            sys.exit(0)  # by way of everything that is registered for an exit
        children.append(child)
    for child in children:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    pids = engine.worker_pids
    assert len(pids) == 4
    while engine.busy_workers < 4:
        time.sleep(0.01)
    assert engine.worker_pids == pids
print("unharmed")
"""
    done = run(code, tmp_path, "-W", "ignore::DeprecationWarning")
    assert (done.returncode, done.stdout, done.stderr) == (0, "unharmed\n", "")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL], ids=lambda number: number.name)
def test_a_worker_of_a_sweep_is_replaced(number: signal.Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    hit: list[int] = []
    real = sweep._Crew._start

    def start(self: sweep._Crew, share: object) -> None:
        real(self, share)  # type: ignore[arg-type]
        if not hit:
            (member,) = self._members.values()
            hit.append(member.process.pid)
            os.kill(member.process.pid, number)

    monkeypatch.setattr(sweep._Crew, "_start", start)
    scenario = load_scenario("pow-only", settings={"momentums": 20})
    jobs = [(scenario, seed) for seed in range(8)]
    expected = [str(summary) for summary in sweep.simulate_all(jobs, 1)]
    assert [str(summary) for summary in sweep.simulate_all(jobs, 2)] == expected
    assert hit
    assert not alive(hit[0])


@pytest.mark.parametrize("timeout", [math.inf, 1e18, 10**400, 2.2e6, 9.3e9])
def test_a_timeout_of_any_length_is_a_timeout(timeout: float) -> None:
    with pp.Engine(workers=1) as engine:
        engine.submit(DATA_HASH, HARD, timeout=timeout).cancel()
        future = engine.submit(DATA_HASH, POOLED, timeout=timeout)
        found = future.result(timeout) if timeout < 1e300 else future.result()
        assert pp.check(DATA_HASH, found.nonce, POOLED)
        engine.search(DATA_HASH, POOLED, timeout=timeout)


def test_asearch_says_what_it_needs() -> None:
    with pp.Engine(workers=1) as engine:
        call = engine.asearch(DATA_HASH, HARD)
        with pytest.raises(AsyncioMissing, match=r"needs a running event loop of asyncio; .*trio\.to_thread"):
            call.send(None)
        assert engine.worker_pids == []


BARE = shutil.which("bwrap")


def bare(*options: str) -> tuple[str, ...]:
    """A command that runs another one in a root of its own, read-only, with only what is named in ``options``."""
    assert BARE is not None
    options = options or ("--remount-ro", "/dev")
    mounts = [
        part
        for folder in ("/usr", "/lib", "/lib64", "/bin", "/etc", "/opt", "/root")
        for part in (("--ro-bind", folder, folder) if Path(folder).exists() else ())
    ]
    places = {str(Path(sys.prefix)), str(Path(sys.base_prefix)), str(Path(pp.__file__).parents[1])}
    mounts += [part for place in sorted(places) for part in ("--ro-bind", place, place)]
    return (BARE, *mounts, "--proc", "/proc", "--dev", "/dev", *options, "--remount-ro", "/")


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A folder that a bare root shows read-only."""
    (tmp_path / "program.py").write_text(SEARCH)
    return tmp_path


@pytest.mark.skipif(BARE is None, reason="needs bubblewrap (bwrap) to make a bare root")
@pytest.mark.parametrize(
    "options",
    [
        pytest.param((), id="no writable folder at all"),
        pytest.param(("--tmpfs", "/dev/shm"), id="only /dev/shm"),
        pytest.param(("--tmpfs", "/tmp"), id="only /tmp"),
        pytest.param(("--unsetenv", "HOME"), id="no HOME"),
        pytest.param(("--unshare-user", "--uid", "12345", "--unsetenv", "HOME"), id="a uid without a name"),
        pytest.param(("--clearenv",), id="no environment"),
    ],
)
def test_a_search_in_any_root(options: tuple[str, ...], scripts: Path) -> None:
    command = [*bare("--ro-bind", str(scripts), "/program", *options), sys.executable, "/program/program.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    if "bwrap:" in done.stderr:
        pytest.skip(f"this machine allows no bare roots: {done.stderr.strip()}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "found\n", "")


def test_a_search_in_a_folder_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    done = run(f"import os\nos.rmdir({str(gone)!r})\n{SEARCH}", gone)
    assert (done.returncode, done.stdout, done.stderr) == (0, "found\n", "")
