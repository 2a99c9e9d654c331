"""What may go wrong around the program: signals, readers that leave, full disks, broken kernels."""

import contextlib
import json
import os
import pty
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from powplasma.kernels import choice
from tests.waiting import PATIENCE, lines_in, wait_until

from .conftest import PROGRAM, ZERO_HASH, Run, data_hashes, is_good, write_lines

EASY = ["generate", "--data-hash", ZERO_HASH, "--difficulty", "100"]
ENDLESS = ["--difficulty", str(2**63), "--allow-any-difficulty"]
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]


def members(group: int) -> list[int]:
    """Processes of a group that have not ended; workers stay in their parent's group."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            state, _, process_group = path.read_text().rpartition(")")[2].split()[:3]
            if int(process_group) == group and state != "Z":
                found.append(int(path.parent.name))
    return found


def wait_until_gone(group: int) -> None:
    wait_until(lambda: not members(group))


def has_started_workers(group: int) -> bool:
    """Whether a process of the group is a worker, by the argument that multiprocess gives to each."""
    for pid in members(group):
        with contextlib.suppress(OSError):
            if b"--multiprocessing-fork" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return True
    return False


@contextlib.contextmanager
def start(*arguments: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    """The program in a session of its own, which is ended if the block fails."""
    with subprocess.Popen(
        [PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            yield process
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_ends_a_search_and_its_workers(number: signal.Signals, code: int) -> None:
    with start("generate", "--data-hash", ZERO_HASH, *ENDLESS, "--workers", "2") as process:
        wait_until(lambda: has_started_workers(process.pid))
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (code, b"")
    assert err.count(b"\n") == 1
    assert err.startswith(b"Error: ")
    wait_until_gone(process.pid)


@pytest.mark.parametrize(("number", "code"), [*SIGNALS, (signal.SIGKILL, -9)])
def test_an_interrupted_batch_keeps_what_it_has_and_goes_on(
    tmp_path: Path, program: Run, number: signal.Signals, code: int
) -> None:
    hashes = data_hashes(12)
    lines: list[object] = [{"id": i, "data_hash": each, "difficulty": 2000} for i, each in enumerate(hashes)]
    output, fixed = tmp_path / "out.jsonl", ["--start-nonce", "0" * 16]
    hard = write_lines(tmp_path / "in.jsonl", *lines[:7], {**lines[7], "difficulty": 2**63}, *lines[8:])  # type: ignore[dict-item]
    with start("generate", "--input", hard, "--output", output, "--allow-any-difficulty", *fixed) as process:
        wait_until(lambda: lines_in(output) == 7 and has_started_workers(process.pid))
        process.send_signal(number)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == code
    # A worker that is just being started when its parent is killed may say so; nobody else does.
    assert b"Traceback" not in err or number == signal.SIGKILL
    wait_until_gone(process.pid)
    before = output.read_bytes()
    assert before.count(b"\n") == 7
    assert before.endswith(b"\n")

    all_lines = write_lines(tmp_path / "in.jsonl", *lines)
    assert program("generate", "--input", all_lines, "--output", output, "--resume", *fixed).code == 0
    assert output.read_bytes().startswith(before)
    whole = program("generate", "--input", all_lines, *fixed)
    assert [kept(json.loads(line)) for line in output.read_text().splitlines()] == [kept(r) for r in whole.records]


def kept(record: dict[str, object]) -> dict[str, object]:
    """A record without what differs from run to run."""
    return {key: value for key, value in record.items() if key not in {"seconds", "hashrate", "workers"}}


def test_a_reader_that_leaves_ends_the_program_quietly(tmp_path: Path) -> None:
    lines = [{"data_hash": each, "difficulty": 10} for each in data_hashes(3000)]
    path = write_lines(tmp_path / "in.jsonl", *lines)
    with start("generate", "--input", path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b'{"line": 1,')
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141
    wait_until_gone(process.pid)


@pytest.mark.parametrize("arguments", [EASY, [*EASY, "--json"], ["info"], ["--help"], ["completion", "bash"]])
def test_a_pipe_without_a_reader(arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([PROGRAM, *arguments], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("arguments", [EASY, [*EASY, "--json"], ["info"], ["--help"], ["completion", "bash"]])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_behind_standard_output(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr.startswith("Error: ")
    assert done.stderr.endswith("No space left on device\n")
    assert done.stderr.count("\n") == 1


def test_a_disk_that_fills_up_leaves_whole_lines_and_the_batch_goes_on(tmp_path: Path, program: Run) -> None:
    output = tmp_path / "out.jsonl"
    path = write_lines(tmp_path / "in.jsonl", *({"data_hash": each, "difficulty": 10} for each in data_hashes(20)))
    done = subprocess.run(
        [PROGRAM, "generate", "--input", path, "--output", output],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )
    assert done.returncode == 3
    note, error = done.stderr.splitlines()
    assert note.startswith(f"Note: {output} has the complete lines")
    assert error == f"Error: {output}: File too large"
    before = output.read_bytes()
    assert 0 < len(before) < 1000
    assert before.endswith(b"\n")
    assert program("generate", "--input", path, "--output", output, "--resume").code == 0
    assert output.read_bytes().startswith(before)
    assert output.read_bytes().count(b"\n") == 20


def test_closed_streams() -> None:
    command = " ".join(map(str, [PROGRAM, *EASY]))
    for closed, code, out in ((">&-", 3, 0), ("2>&-", 0, 17), ("<&- 2>&-", 0, 17), ("<&- >&- 2>&-", 3, 0)):
        done = subprocess.run(f"{command} {closed}", shell=True, capture_output=True, text=True, check=False)
        assert (done.returncode, len(done.stdout)) == (code, out)
        assert "Traceback" not in done.stderr


def test_a_broken_library_is_announced_and_the_next_kernel_serves(
    tmp_path: Path, call: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "libpowplasma.so"
    library.write_bytes(b"\x7fELF" + bytes(1000))
    monkeypatch.setattr(choice, "_REGISTRY", choice.Registry(library))
    monkeypatch.delenv("POWPLASMA_KERNEL", raising=False)
    done = call(*EASY)
    assert done.code == 0
    assert is_good(ZERO_HASH, done.out.strip(), 100)
    assert done.err.startswith("Note: broken kernel avx512, avx2, neon, portable (the native library cannot be loaded")
    assert "python serves instead" in done.err
    info = call("info", "--json").record
    assert info["kernel"] == "python"
    assert [kernel["broken"] for kernel in info["kernels"]] == [True, True, True, True, False]


def test_a_defect_is_one_line_that_asks_for_a_report(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr("powplasma_cli.generate.data_hash_of", fail)
    done = call(*EASY)
    assert done.code == 3
    assert "please report it" in done.problem
    assert "ZeroDivisionError: of all things" in done.problem
    monkeypatch.setenv("POWPLASMA_DEBUG", "1")
    assert "Traceback" in call(*EASY).err


def test_signal_handlers_are_put_back(call: Run) -> None:
    before = [signal.getsignal(number) for number, _ in SIGNALS]
    assert call(*EASY).code == 0
    assert [signal.getsignal(number) for number, _ in SIGNALS] == before


def on_a_terminal(*arguments: str | Path, enough: Callable[[bytes], bool] | None = None) -> tuple[int, str, str]:
    """Exit code, standard output and what a terminal behind standard error was sent; interrupted when it is enough."""
    end = time.monotonic() + PATIENCE
    controller, terminal = pty.openpty()
    with subprocess.Popen(
        [PROGRAM, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=terminal,
        env={**os.environ, "COLUMNS": "160", "TERM": "xterm"},
    ) as process:
        os.close(terminal)
        seen = b""
        with contextlib.suppress(OSError):  # how a pseudo-terminal ends
            while chunk := os.read(controller, 4096):
                seen += chunk
                if enough is not None and (enough(seen) or time.monotonic() > end):
                    process.send_signal(signal.SIGINT)
                    enough = None
        assert process.stdout is not None
        out = process.stdout.read()
    os.close(controller)
    return process.returncode, out.decode(), seen.decode()


def test_a_terminal_shows_what_is_to_be_expected() -> None:
    search = ["generate", "--data-hash", ZERO_HASH, *ENDLESS]
    expected = [b"H/s", b"P50", b"P95", b"unluckier than 0"]
    code, out, seen = on_a_terminal(*search, enough=lambda seen: all(words in seen for words in expected))
    assert (code, out) == (130, "")
    assert all(words.decode() in seen for words in expected)
    code, out, seen = on_a_terminal(*search, "--timeout", "1")
    assert (code, out) == (1, "")
    assert "Not found: the time limit was reached" in seen


def test_a_terminal_shows_how_far_a_batch_is_and_its_errors_apart(tmp_path: Path) -> None:
    endless = {"data_hash": ZERO_HASH, "difficulty": 2**60}
    path = write_lines(tmp_path / "in.jsonl", {**endless, "difficulty": 9}, endless, "x", endless)
    code, out, seen = on_a_terminal("generate", "--input", path, "--allow-any-difficulty", "--timeout", "0.5")
    assert (code, out.count("\n")) == (2, 4)
    assert "1 lines: 1 found, 0 not found, 0 bad" in seen
    assert "\x1b[2KLine 2: not found" in seen
    assert "\nError: line 3" in seen
    assert seen.count("Line ") == 2


def test_progress_in_a_log_is_whole_lines(program: Run) -> None:
    with start("generate", "--data-hash", ZERO_HASH, *ENDLESS, "--progress") as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=PATIENCE)
    assert b"unluckier than" in first
    assert b"\x1b" not in first + rest
    quiet = program("generate", "--data-hash", ZERO_HASH, *ENDLESS, "--timeout", "0.5")
    assert quiet.err.count("\n") == 1
