"""``powplasma generate`` for one block."""

import json
import subprocess
import sys

import pytest

from powplasma.kernels import statuses

from .conftest import ADDRESS, VECTORS, ZERO_HASH, Run, is_good

KEYS = [
    "data_hash", "nonce", "difficulty", "achieved_difficulty", "plasma", "hashes", "seconds", "hashrate", "kernel",
    "workers",
]  # fmt: skip
FIRST = [
    case
    for case in VECTORS["cases"]
    if case["category"] == "first-from-zero" and case["valid"] and int(case["difficulty"]) < 10**5
]
MAINNET = [case for case in VECTORS["cases"] if case["category"] == "mainnet" and case["valid"]]


def test_standard_output_is_the_nonce_alone(program: Run) -> None:
    done = program("generate", "--data-hash", ZERO_HASH, "--difficulty", "5000")
    assert done.code == 0
    assert len(done.out) == 17
    assert is_good(ZERO_HASH, done.out.removesuffix("\n"), 5000)
    assert "achieved" in done.err


def test_json_has_the_names_of_the_library(program: Run) -> None:
    done = program("generate", "--data-hash", ZERO_HASH, "--difficulty", "3000", "--json")
    record = done.record
    assert done.code == 0
    assert list(record) == KEYS
    assert record["data_hash"] == ZERO_HASH
    assert record["difficulty"] == "3000"
    assert int(record["achieved_difficulty"]) >= 3000
    assert record["plasma"] == 2
    assert is_good(ZERO_HASH, record["nonce"], 3000)
    assert is_good(ZERO_HASH, record["nonce"], int(record["achieved_difficulty"]))
    assert record["hashes"] >= 1
    assert record["hashrate"] == pytest.approx(record["hashes"] / record["seconds"])


def test_count_gives_as_many_different_nonces(program: Run) -> None:
    done = program("generate", "--data-hash", ZERO_HASH, "--difficulty", "100", "--count", "3")
    assert done.code == 0
    nonces = done.out.split("\n")[:-1]
    assert len(set(nonces)) == 3
    assert all(is_good(ZERO_HASH, nonce, 100) for nonce in nonces)


def test_count_goes_on_after_a_search_that_found_nothing(call: Run) -> None:
    done = call(
        "generate", "--data-hash", ZERO_HASH, "--difficulty", "141750000", "--max-hashes", "1", "--count", "3", "--json"
    )
    assert done.code == 1
    assert [json.loads(line)["found"] for line in done.out.splitlines()] == [False] * 3


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--count", "0"], "--count: 0 is out of range (1 and more)"),
        (["--count", "1.5"], "--count: 1.5 is not an integer"),
        (["--count", "2", "--start-nonce", "00" * 8], "--count would find the same nonce each time"),
    ],
)
def test_a_count_that_makes_no_sense_is_refused(call: Run, options: list[str], problem: str) -> None:
    done = call("generate", "--data-hash", ZERO_HASH, "--difficulty", "100", *options)
    assert done.code == 2
    assert done.err.startswith(f"Error: {problem}")


def test_workers_take_a_longer_search(program: Run) -> None:
    # On a slow kernel, so that this search is already worth starting them.
    slow = [status.name for status in statuses() if status.ready][-2:][0]
    done = program(
        "generate", "--data-hash", ZERO_HASH, "--difficulty", "400000", "--workers", "2", "--kernel", slow, "--json"
    )
    assert done.record["workers"] in {1, 2}
    assert done.record["kernel"] == slow
    assert is_good(ZERO_HASH, done.record["nonce"], 400_000)


@pytest.mark.parametrize("case", MAINNET, ids=lambda case: case["id"])
def test_address_and_previous_hash_make_the_data_hash(call: Run, case: dict[str, str]) -> None:
    both = ("--address", case["address"], "--previous-hash", case["previousHash"])
    assert call("generate", *both, "--difficulty", "10", "--json").record["data_hash"] == case["dataHash"]
    assert call("generate", *both, "--data-hash", case["dataHash"], "--difficulty", "10").code == 0


@pytest.mark.parametrize("kernel", [status.name for status in statuses() if status.ready])
@pytest.mark.parametrize("case", FIRST[:8], ids=lambda case: case["id"])
def test_a_start_nonce_makes_every_kernel_find_the_same(call: Run, case: dict[str, str], kernel: str) -> None:
    done = call(
        "generate", "--data-hash", case["dataHash"], "--difficulty", case["difficulty"], "--start-nonce", "0" * 16,
        "--kernel", kernel, "--json",
    )  # fmt: skip
    assert done.record["nonce"] == case["nonce"]
    assert done.record["kernel"] == kernel


def test_plasma_is_turned_into_difficulty(call: Run) -> None:
    record = call("generate", "--data-hash", ZERO_HASH, "--plasma", "7", "--json").record
    assert (record["difficulty"], record["plasma"]) == ("10500", 7)


def test_nothing_found_in_time(program: Run) -> None:
    hard = ("--difficulty", str(2**64 - 1), "--allow-any-difficulty", "--data-hash", ZERO_HASH)
    done = program("generate", *hard, "--timeout", "0.05")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Not found: the time limit was reached after ")
    done = program("generate", *hard, "--max-hashes", "1000", "--json")
    assert done.code == 1
    assert done.record["found"] is False
    assert done.record["nonce"] is None
    assert (done.record["limit"], done.record["hashes"]) == ("max_hashes", 1000)
    assert done.record["difficulty"] == str(2**64 - 1)


RANGE = "(1 … 141750000 under alphanet)"
BAD = [
    (["--difficulty", "0"], f"--difficulty: 0 is out of range {RANGE}"),
    (["--difficulty", "-1"], f"--difficulty: -1 is out of range {RANGE}"),
    (["--difficulty", "1.5"], f"--difficulty: 1.5 is not an integer {RANGE}"),
    (["--difficulty", "1e3"], f"--difficulty: 1e3 is not an integer {RANGE}"),
    (["--difficulty", "٣"], f"--difficulty: ٣ is not an integer {RANGE}"),
    (["--difficulty", ""], f"--difficulty: '' is not an integer {RANGE}"),
    (["--difficulty", "18446744073709551616"], f"--difficulty: 18446744073709551616 is out of range {RANGE}"),
    (["--difficulty", "141750001"], f"--difficulty: 141750001 is out of range {RANGE}"),
    (
        ["--difficulty", "18446744073709551616", "--allow-any-difficulty"],
        "--difficulty: 18446744073709551616 is out of range (1 … 18446744073709551615)",
    ),
    (["--difficulty", "0", "--allow-any-difficulty"], "--difficulty: 0 is out of range (1 … 18446744073709551615)"),
    (["--difficulty", "9" * 5000], "--difficulty: 999"),
    (["--plasma", "0"], "--plasma: 0 is out of range (1 … 94500 under alphanet)"),
    (["--plasma", "94501"], "--plasma: 94501 is out of range (1 … 94500 under alphanet)"),
    (["--plasma", "21000", "--difficulty", "5"], "--plasma: 21000 is given beside a difficulty"),
    ([], "--difficulty is missing"),
    (["--difficulty", "5", "--workers", "0"], "--workers: 0 is out of range (1 … 1024)"),
    (["--difficulty", "5", "--workers", "-2"], "--workers: -2 is out of range (1 … 1024)"),
    (["--difficulty", "5", "--workers", "two"], "--workers: two is not an integer"),
    (["--difficulty", "5", "--kernel", "cuda"], "--kernel: cuda is not known"),
    (["--difficulty", "5", "--nice", "-1"], "--nice: -1 is out of range (0 … 19)"),
    (["--difficulty", "5", "--timeout", "0"], "--timeout: 0.0 is out of range (seconds above 0)"),
    (["--difficulty", "5", "--timeout", "nan"], "--timeout: nan is out of range"),
    (["--difficulty", "5", "--timeout", "soon"], "--timeout: soon is not a number"),
    (["--difficulty", "5", "--max-hashes", "0"], "--max-hashes: 0 is out of range"),
    (
        ["--difficulty", "5", "--start-nonce", "0" * 15],
        "--start-nonce: 000000000000000 has 15 characters (16 hex digits)",
    ),
    (["--difficulty", "5", "--rules", "dynamo"], "'dynamo' is not "),
    (["--difficulty", "5", "--output", "x"], "--output, --resume and --force are for a batch: they need --input FILE"),
    (["--difficulty", "5", "--input", "x"], "--input takes the place of --data-hash"),
    (["--dificulty", "5"], "--dificulty"),
    (["--difficulty"], "--difficulty"),
    (["--difficulty", "5", "surplus"], "surplus"),
]


@pytest.mark.parametrize(
    ("options", "words"), BAD, ids=lambda value: " ".join(value)[:40] if type(value) is list else ""
)
def test_bad_options_are_one_line_and_2(call: Run, options: list[str], words: str) -> None:
    done = call("generate", "--data-hash", ZERO_HASH, *options)
    assert (done.code, done.out) == (2, "")
    assert words in done.problem
    assert len(done.problem) < 400


BAD_SUBJECTS = [
    (["--data-hash", "0" * 63], f"--data-hash: {'0' * 63} has 63 characters (64 hex digits)"),
    (["--data-hash", "g" * 64], "is not hexadecimal (64 hex digits)"),
    (["--address", ADDRESS], "--previous-hash is missing"),
    (["--previous-hash", ZERO_HASH], "--address is missing"),
    (["--address", ADDRESS[:-1], "--previous-hash", ZERO_HASH], "has 39 characters"),
    (["--address", ADDRESS[:-1] + "3", "--previous-hash", ZERO_HASH], "has a wrong checksum"),
    (["--address", "x" + ADDRESS[1:], "--previous-hash", ZERO_HASH], "does not begin with z1"),
    (["--address", ADDRESS, "--previous-hash", ZERO_HASH[1:]], "--previous-hash: "),
    (["--address", ADDRESS, "--previous-hash", ZERO_HASH, "--data-hash", ZERO_HASH], "is not that of the address"),
    ([], "--data-hash is missing (64 hex digits, or address and previous hash)"),
]


@pytest.mark.parametrize(("options", "words"), BAD_SUBJECTS, ids=[words for _, words in BAD_SUBJECTS])
def test_bad_subjects_are_one_line_and_2(call: Run, options: list[str], words: str) -> None:
    done = call("generate", *options, "--difficulty", "5")
    assert (done.code, done.out) == (2, "")
    assert words in done.problem


def test_a_kernel_that_cannot_run_here_is_3(call: Run) -> None:
    absent = [status.name for status in statuses() if not status.ready]
    if not absent:
        pytest.skip("every kernel runs on this machine")
    done = call("generate", "--data-hash", ZERO_HASH, "--difficulty", "5", "--kernel", absent[0])
    assert done.code == 3
    assert done.problem.startswith(f"Error: kernel {absent[0]} is not available: ")


def test_plain_python_is_announced_unless_it_was_asked_for(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("powplasma.kernels.choice.KERNELS", ("python",))
    monkeypatch.delenv("POWPLASMA_KERNEL", raising=False)
    easy = ("generate", "--data-hash", ZERO_HASH, "--difficulty", "5")
    assert "POWPLASMA_NATIVE=yes pip install" in call(*easy).err
    assert "POWPLASMA_NATIVE" not in call(*easy, "--kernel", "python").err


def test_a_short_search_imports_little_and_nothing_heavy() -> None:
    """Imports are what a cold start takes its time for; they are counted, as a time would be the machine's."""
    script = (
        "import json, sys; from powplasma_cli.app import app; from powplasma_cli.edge import run; "
        f"run(app, ['generate', '--data-hash', '{ZERO_HASH}', '--difficulty', '1000']); "
        "print(json.dumps([*sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.splitlines()[1]))
    heavy = {"aiohttp", "asyncio", "distributed", "multiprocess", "numpy", "pyarrow", "rich", "sqlite3", "ssl"}
    assert loaded & heavy == set()
    assert len(loaded) < 400
