"""Another implementation, asked over JSON Lines."""

import math
import os
import shlex
import signal
import sys
from pathlib import Path

import pytest

from powplasma.conformance import UnknownVectors, answers_of_command, judge, judge_file
from powplasma.errors import InvalidInput
from tests.waiting import wait_until

VECTORS = Path(__file__).parents[1] / "vectors"

OTHER = """
import json, sys
for line in sys.stdin:
    case = json.loads(line)
    asked = case["input"]
    if case["section"] == "pow.thresholds":
        difficulty = int(asked["difficulty"])
        threshold = 2**64 - 2**64 // difficulty if difficulty else 0
        answer = {"threshold": threshold + SLIP, "thresholdBytesLE": threshold.to_bytes(8, "little").hex(),
                  "thresholdNode": str(threshold)}
    elif case["section"] == "pow.comparisons":
        prefix = int.from_bytes(bytes.fromhex(asked["prefixBytes"]), "little")
        threshold = int.from_bytes(bytes.fromhex(asked["thresholdBytes"]), "little")
        answer = {"prefix": prefix, "threshold": threshold, "meets": prefix >= threshold}
    else:
        print(json.dumps({"id": case["id"], "skip": "no hash function"}))
        continue
    print(json.dumps({"id": case["id"], "answer": answer}))
"""


def program(tmp_path: Path, source: str) -> str:
    path = tmp_path / "other.py"
    path.write_text(source, encoding="utf-8")
    return shlex.join([sys.executable, str(path)])


def sections(report) -> dict[str, tuple[int, int, dict[str, int]]]:
    return {s.section: (s.passed, len(s.failures), s.skipped) for s in report.sections}


def test_a_right_implementation_conforms_where_it_answers(tmp_path) -> None:
    command = program(tmp_path, OTHER.replace("SLIP", "0"))
    report = judge_file(VECTORS / "pow.json", answers_of_command(command))
    assert sections(report) == {
        "pow.cases": (0, 0, {"skipped by the command: no hash function": 170}),
        "pow.thresholds": (76, 0, {}),
        "pow.comparisons": (88, 0, {}),
    }


def test_an_implementation_that_answers_nothing_does_not_conform(tmp_path) -> None:
    silent = "import json, sys\nfor line in sys.stdin: print(json.dumps({'id': json.loads(line)['id'], 'skip': 'no'}))"
    report = judge_file(VECTORS / "pow.json", answers_of_command(program(tmp_path, silent)))
    assert (report.judged, report.conforms) == (False, False)


def test_a_wrong_implementation_does_not(tmp_path) -> None:
    command = program(tmp_path, OTHER.replace("SLIP", "(difficulty == 1500)"))
    report = judge_file(VECTORS / "pow.json", answers_of_command(command))
    assert not report.conforms
    failures = [failure for section in report.sections for failure in section.failures]
    assert {failure.key for failure in failures} == {"threshold"}


def test_the_reference_wraps_are_not_asked_of_others(tmp_path) -> None:
    skip_all = "import json, sys\nfor line in sys.stdin: print(json.dumps({'id': json.loads(line)['id'], 'skip': 'x'}))"
    report = judge_file(VECTORS / "dynamic_v2.json", answers_of_command(program(tmp_path, skip_all)))
    skipped = sections(report)["dynamic_v2.nextPriceAboveUint64"][2]
    assert skipped == {"a defect of the reference near 2^64, not a rule": 12}


@pytest.mark.parametrize(
    "source",
    [
        "pass",
        "import sys\nsys.stdin.readline()",
        "import sys, json\nfor line in sys.stdin: print(json.dumps({'id': json.loads(line)['id'], 'error': 'no'}))",
        "import sys, json\nfor line in sys.stdin: print(json.dumps({'id': json.loads(line)['id'], 'answer': {}}))",
    ],
    ids=["silent", "quits", "errors", "empty answers"],
)
def test_no_answer_is_a_failure(source, tmp_path) -> None:
    report = judge_file(VECTORS / "pow.json", answers_of_command(program(tmp_path, source)))
    assert sum(len(section.failures) for section in report.sections) == 334


@pytest.mark.parametrize("line", ["hello", "{}", '{"id": "nothing"}', "[1]", '{"id": ["x"]}'])
def test_output_that_answers_nothing_is_an_error(line, tmp_path) -> None:
    with pytest.raises(UnknownVectors, match="no answer to an open case"):
        judge_file(VECTORS / "pow.json", answers_of_command(program(tmp_path, f"print({line!r})")))


@pytest.mark.parametrize("line", [b"\xff\xfe", b"[" * 100_000], ids=["not UTF-8", "nested too deeply"])
def test_output_that_cannot_be_read_is_an_error(line, tmp_path) -> None:
    source = f"import sys; sys.stdout.buffer.write({line!r} + b'\\n')"
    with pytest.raises(UnknownVectors, match="no answer to an open case"):
        judge_file(VECTORS / "pow.json", answers_of_command(program(tmp_path, source)))


def test_a_second_answer_to_a_case_is_an_error(tmp_path) -> None:
    twice = """
import json, sys
for line in sys.stdin:
    for _ in "ab":
        print(json.dumps({"id": json.loads(line)["id"]}))
"""
    with pytest.raises(UnknownVectors, match="no answer to an open case"):
        judge_file(VECTORS / "pow.json", answers_of_command(program(tmp_path, twice)))


@pytest.mark.parametrize("command", ["no-such-program-anywhere", "", "'unclosed"])
def test_a_command_that_cannot_be_run_is_an_error(command) -> None:
    with pytest.raises(UnknownVectors, match="cannot be run"):
        judge_file(VECTORS / "pow.json", answers_of_command(command))


SLEEPS = "import time, sys\nwhile True: time.sleep(3600)"
FORKS = """
import os, subprocess, sys, time
if len(sys.argv) > 1:
    with open(sys.argv[1], "w") as file:
        file.write(str(os.getpid()))
    while True:
        time.sleep(3600)
subprocess.Popen([sys.executable, __file__, PID_FILE], start_new_session=AWAY)
while not os.path.exists(PID_FILE):
    time.sleep(0.01)
"""
HOLDERS = {
    "hangs": SLEEPS,
    "ignores signals": "import signal\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\n" + SLEEPS,
    "reads all and hangs": "import sys\nsys.stdin.read()\n" + SLEEPS,
    "closes its pipes and hangs": "import os\nos.close(0); os.close(1)\n" + SLEEPS,
    "floods standard error": "import sys\nwhile True: sys.stderr.write('x' * 1000 + '\\n')",
    "a child holds the pipes": FORKS.replace("AWAY", "False"),
    "a child holds the pipes while it hangs": FORKS.replace("AWAY", "False") + SLEEPS,
    "a child in a session of its own holds the pipes": FORKS.replace("AWAY", "True"),
}
"""Programs that answer nothing, and that do not come to an end, or somebody else in their place."""


def running(pid: int) -> bool:
    """Whether a process is there, and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("name", HOLDERS)
def test_a_program_that_holds_on_is_ended(name, tmp_path, capfd) -> None:
    pid_file = tmp_path / "pid"
    source = HOLDERS[name].replace("PID_FILE", repr(str(pid_file)))
    # Where the program itself has ended, that is enough.
    timeout = (
        math.inf if name in ("a child holds the pipes", "a child in a session of its own holds the pipes") else 0.5
    )
    report = judge_file(VECTORS / "pow.json", answers_of_command(program(tmp_path, source), timeout=timeout))
    assert sum(len(section.failures) for section in report.sections) == 334
    if pid_file.exists() and pid_file.read_text():
        child = int(pid_file.read_text())
        if "session" in name:
            os.kill(child, signal.SIGKILL)  # out of reach
        wait_until(lambda: not running(child))
    capfd.readouterr()


ENDLESS = {
    "a line": ("import sys\nwhile True: sys.stdout.write('x' * 10_000)", "a line of more than 1048576 bytes"),
    "lines": ("while True: print('x')", "no answer to an open case"),
    "an answer": (
        "import sys\nsys.stdout.write('{\"id\": \"')\nwhile True: sys.stdout.write('x' * 10_000)",
        "more than",
    ),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_output_without_end_is_an_error(name, tmp_path) -> None:
    source, words = ENDLESS[name]
    with pytest.raises(UnknownVectors, match=words):
        judge_file(VECTORS / "pow.json", answers_of_command(program(tmp_path, source)))


def test_a_program_that_has_answered_everything_need_not_end(tmp_path) -> None:
    source = OTHER.replace("SLIP", "0").replace("import json, sys", "import json, os, sys, time")
    source += "\nsys.stdout.flush()\nopen(PID, 'w').write(str(os.getpid()))\nwhile True: time.sleep(3600)"
    source = source.replace("PID", repr(str(tmp_path / "pid")))
    report = judge_file(VECTORS / "pow.json", answers_of_command(program(tmp_path, source)))
    assert report.conforms
    pid = int((tmp_path / "pid").read_text())
    wait_until(lambda: not running(pid))


@pytest.mark.parametrize(
    "reply", ["{'answer': DEEP}", "{'skip': 'a\\nforged\\x1b[2J'}", "{'error': 'a\\nforged\\x1b[2J'}"]
)
def test_what_a_program_says_is_data(reply, tmp_path) -> None:
    source = (
        "import json, sys\n"
        "def deep(levels): return {'a': deep(levels - 1)} if levels else 1\n"
        f"for line in sys.stdin: print(json.dumps({{'id': json.loads(line)['id']}} | {reply}))"
    ).replace("DEEP", "deep(400)")
    report = judge_file(VECTORS / "pow.json", answers_of_command(program(tmp_path, source)))
    told = [str(each) for section in report.sections for each in (*section.failures, *section.skipped)]
    assert told
    assert all(each.isprintable() for each in told)
    assert not report.conforms


@pytest.mark.parametrize("timeout", [float("inf"), 1e18, 10**400])
def test_any_time_can_be_allowed(timeout, tmp_path) -> None:
    command = program(tmp_path, OTHER.replace("SLIP", "0"))
    assert judge_file(VECTORS / "pow.json", answers_of_command(command, timeout)).conforms


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), True, "5"])
def test_a_time_that_is_none_is_refused(timeout) -> None:
    with pytest.raises(InvalidInput, match="timeout"):
        answers_of_command("x", timeout)


def test_an_interruption_of_the_judge_ends_the_program(tmp_path, monkeypatch) -> None:
    """Wherever it comes: here while an answer is compared."""
    source = OTHER.replace("SLIP", "0").replace(
        "import json, sys", "import json, os, sys\nopen(PID, 'w').write(str(os.getpid()))"
    )
    command = program(tmp_path, source.replace("PID", repr(str(tmp_path / "pid"))))

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(judge, "_compare", interrupted)
    with pytest.raises(KeyboardInterrupt) as held:
        judge_file(VECTORS / "pow.json", answers_of_command(command))
    assert held.value.__traceback__ is not None  # it holds the frames, and their generators
    pid = int((tmp_path / "pid").read_text())
    wait_until(lambda: not running(pid))
