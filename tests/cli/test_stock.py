"""``powplasma stock``: what scripts see of it."""

import sqlite3
import subprocess
from pathlib import Path

import pytest

from powplasma import anchored_data_hash, data_hash
from powplasma.stock import Stock
from powplasma.stock.database import StockFailed
from tests.waiting import wait_until

from .conftest import ADDRESS, PROGRAM, ZERO_HASH, Done, Run, is_good
from .test_faults import has_started_workers, start

PREVIOUS = "54946aa46c4f8d4bb5a98b2aca8e90311d9388f2d47ab754ad012cb5cd40448d"
OTHER = "ab" * 32
ANCHOR = "cd" * 32
PLACE = ["--address", ADDRESS, "--previous-hash", PREVIOUS]
ANCHORED = ["--anchor-hash", ANCHOR, "--anchor-height", "1000"]
DATA_HASH = data_hash(ADDRESS, PREVIOUS).hex()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "works.db"
    monkeypatch.setenv("POWPLASMA_STOCK", str(path))
    return path


@pytest.fixture
def stock(file: Path, call: Run) -> Run:
    """Runs a command on the store."""
    return lambda *arguments: call("stock", *arguments)


def test_what_was_added_is_found(file: Path, program: Run) -> None:
    added = program("stock", "add", *PLACE, "--difficulty", "5000")
    assert added.code == 0
    nonce = added.out.removesuffix("\n")
    assert is_good(DATA_HASH, nonce, 5000)
    assert "; stored; " in added.err
    found = program("stock", "find", *PLACE, "--difficulty", "5000")
    assert (found.code, found.out) == (0, added.out)
    assert found.err.startswith("state difficulty 5000, achieved ")


def test_nothing_is_searched_that_is_there(stock: Run, file: Path) -> None:
    first = stock("add", *PLACE, "--plasma", "2", "--json").record
    again = stock("add", *PLACE, "--difficulty", "2500", "--json").record
    assert (first["searched"], first["difficulty"], again["searched"], again["hashes"]) == (True, "3000", False, 0)
    assert again["nonce"] == first["nonce"]
    assert stock("list").err == "1 works\n"
    more = stock("add", *PLACE, "--difficulty", str(int(first["achieved_difficulty"]) + 1), "--json").record
    assert more["searched"]
    assert stock("list").err == "2 works\n"


def test_a_dearer_price_is_a_miss_that_says_what_is_lacking(stock: Run, file: Path) -> None:
    reached = int(stock("add", *PLACE, "--difficulty", "1500", "--json").record["achieved_difficulty"])
    block = ["--block", "send", "--fused", "20999", "--rules", "forum", "--json", "--difficulty-per-plasma"]
    found = stock("find", *PLACE, *block, "1500")
    assert (found.code, found.record["difficulty"]) == (0, "1500")
    missed = stock("find", *PLACE, *block, str(10**12))
    assert missed.code == 1
    assert missed.record == {
        "found": False,
        "shortage": "too_little",
        "difficulty": str(10**12),
        "achieved_difficulty": str(reached),
        "lacking": str(10**12 - reached),
    }
    words = stock("find", *PLACE, "--difficulty", str(reached + 5))
    assert (words.code, words.out) == (1, "")
    assert words.err == f"Not found: the best work achieves difficulty {reached}, 5 less than it needs\n"


def test_headroom_is_work_for_the_price_of_later(stock: Run, file: Path) -> None:
    rules = ["--block", "send", "--fused", "31000", "--rules", "dynamic", "--work-price", "1000"]
    rules += ["--fusion-price", "1478", "--json"]
    now = stock("add", *PLACE, *rules).record
    later = stock("add", *PLACE, *rules, "--headroom", "2").record
    assert int(later["difficulty"]) > int(now["difficulty"])
    assert "needs --block" in stock("add", *PLACE, "--plasma", "1", "--headroom", "2").problem


def test_anchored_work_is_found_while_its_policy_credits_it(stock: Run, file: Path) -> None:
    added = stock("add", *PLACE, *ANCHORED, "--plasma", "40", "--json").record
    assert is_good(anchored_data_hash(ADDRESS, PREVIOUS, ANCHOR).hex(), added["nonce"], 60_000)
    assert (added["anchor_hash"], added["anchor_height"]) == (ANCHOR, "1000")
    assert stock("find", *PLACE, "--plasma", "1", "--json").record["shortage"] == "absent"

    def find(plasma: int, policy: str, frontier: int) -> Done:
        judged = ["--expiry", policy, "--frontier-height", str(frontier), "--json"]
        return stock("find", *PLACE, "--plasma", str(plasma), *judged)

    assert find(40, "window:6", 1_005).record["age"] == "6"
    assert find(40, "window:6", 1_006).record["shortage"] == "expired"
    assert find(40, "window:1", 1_000).record["age"] == "1"
    assert find(40, "window:6", 999).record["shortage"] == "anchor_in_future"
    faded = find(20, "decay:6", 1_005).record
    assert (faded["found"], faded["difficulty"]) == (True, "60000")
    assert find(10**4, "decay:6", 1_005).record["shortage"] == "too_little"
    words = ["find", *PLACE, "--plasma", "40", "--frontier-height", "999", "--expiry"]
    assert stock(*words, "window:6").err == "Not found: anchor in future; a new work needs difficulty 60000\n"
    assert stock(*words, "decay:6").err.endswith("; a new work needs difficulty 60000 and what age takes\n")
    assert (
        "takes a part of plasma"
        in stock("find", *PLACE, "--difficulty", "9", "--expiry", "decay:6", "--frontier-height", "1006").problem
    )
    again = stock("add", *PLACE, *ANCHORED, "--plasma", "40", "--json").record
    assert (again["searched"], again["nonce"]) == (False, added["nonce"])
    other = stock("add", *PLACE, "--anchor-hash", OTHER, "--anchor-height", "1000", "--plasma", "40", "--json").record
    assert other["searched"]


def test_a_nonce_that_is_there_already_can_be_stored(stock: Run, file: Path) -> None:
    done = stock("add", "--address", ADDRESS, "--previous-hash", PREVIOUS, "--nonce", "44ff53fe140c71ad", "--json")
    assert (done.record["achieved_difficulty"], done.record["difficulty"]) == ("206843832", None)
    assert stock("find", *PLACE, "--block", "send").out == "44ff53fe140c71ad\n"
    assert "takes the place of" in stock("add", *PLACE, "--nonce", "0" * 16, "--plasma", "1").problem


def test_the_list_is_a_file_of_works(program: Run, file: Path) -> None:
    for anchor in ([], ANCHORED):
        assert program("stock", "add", *PLACE, *anchor, "--difficulty", "100").code == 0
    listed = program("stock", "list", "--json")
    assert [record["address"] for record in listed.records] == [ADDRESS] * 2
    assert program("verify", "--input", "-", "--json", stdin=listed.out).record["valid"] == 2
    words = program("stock", "list", "--address", ADDRESS).out.splitlines()
    assert len(words) == 2
    assert words[1].endswith("anchored at height 1000")


def test_works_are_dropped_when_the_frontier_moves_on(stock: Run, file: Path) -> None:
    for previous in (PREVIOUS, OTHER, ZERO_HASH):
        stock("add", "--address", ADDRESS, "--previous-hash", previous, "--difficulty", "10")
    assert stock("drop", "--address", ADDRESS, "--keep", OTHER, "--keep", ZERO_HASH, "--json").record == {"dropped": 1}
    assert stock("drop", "--address", ADDRESS, "--previous-hash", OTHER).out == "1 works dropped\n"
    assert stock("drop", "--address", ADDRESS).out == "1 works dropped\n"
    assert stock("drop", "--address", ADDRESS).code == 0
    assert "say the opposite" in stock("drop", *PLACE, "--keep", OTHER).problem


def test_pruning(stock: Run, file: Path) -> None:
    stock("add", *PLACE, *ANCHORED, "--difficulty", "10")
    stock("add", *PLACE, "--difficulty", "10")
    with sqlite3.connect(file) as other:
        other.execute("UPDATE works SET seal = zeroblob(8) WHERE anchor_hash = x''")
    other.close()
    stays = ["--expiry", "window:5", "--frontier-height", "1004"]
    assert stock("prune", *stays, "--json").record == {"damaged": 1, "expired": 0}
    late = ["--expiry", "window:5", "--frontier-height", "1005"]
    assert stock("prune", *late, "--json").record == {"damaged": 0, "expired": 1}
    assert stock("prune").out == "0 expired and 0 damaged works dropped\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["find", "--difficulty", "5"], "--address is missing"),
        (["find", "--address", ADDRESS, "--difficulty", "5"], "--previous-hash is missing"),
        (["find", *PLACE], "--difficulty is missing"),
        (["find", *PLACE, "--difficulty", "0"], "--difficulty: 0 is out of range"),
        (["find", *PLACE, "--difficulty", "5", "--plasma", "1"], "one of --difficulty, --plasma and --block"),
        (["find", *PLACE, "--plasma", "94501"], "--plasma: 94501 is out of range (1 … 94500"),
        (["find", *PLACE, "--block", "sent"], "--block: sent"),
        (["find", *PLACE, "--plasma", "5", "--fused", "1"], "they need --block KIND"),
        (["find", *PLACE, "--plasma", "5", "--expiry", "window"], "--expiry: window is no freshness policy"),
        (["find", *PLACE, "--plasma", "5", "--expiry", "window:5"], "--frontier-height is missing"),
        (["find", *PLACE, "--plasma", "5", "--frontier-height", "5"], "--frontier-height: 5 is given, but never"),
        (["add", *PLACE, "--difficulty", "141750001"], "--difficulty: 141750001 is out of range"),
        (["add", *PLACE, "--difficulty", "5", "--anchor-height", "5"], "--anchor-hash is missing"),
        (["add", "--address", ADDRESS[:-1] + "3", "--previous-hash", PREVIOUS], "--address: "),
        (["drop"], "--address is missing"),
        (["drop", "--address", ADDRESS, "--keep", "x"], "--keep: x has 1 characters"),
        (["prune", "--expiry", "decay:0", "--frontier-height", "5"], "--expiry: decay:0 is out of range"),
        (["lst"], "no command 'lst'; did you mean 'list'?"),
    ],
)
def test_bad_options_are_one_line(stock: Run, file: Path, arguments: list[str], problem: str) -> None:
    done = stock(*arguments)
    assert (done.code, done.out) == (2, "")
    assert problem in done.problem
    assert not file.exists()


@pytest.mark.parametrize("command", ["find", "list", "drop", "prune"])
def test_only_add_makes_a_store(stock: Run, file: Path, command: str) -> None:
    place = {"find": [*PLACE, "--difficulty", "1"], "drop": PLACE}.get(command, [])
    assert "does not exist" in stock(command, *place).problem
    assert not file.exists()


def test_a_file_that_is_no_store_is_refused(stock: Run, file: Path) -> None:
    file.write_text("notes, and no database\n" * 100)
    done = stock("add", *PLACE, "--difficulty", "5")
    assert (done.code, done.problem.split(" (")[0]) == (2, f"Error: --stock: {file} is no database")
    assert file.read_text().startswith("notes")


def test_a_disk_that_is_full_is_exit_code_3(file: Path, program: Run) -> None:
    assert program("stock", "add", *PLACE, "--difficulty", "5").code == 0
    limit = f"ulimit -f {file.stat().st_size // 1024}; "
    command = " ".join(map(str, [PROGRAM, "stock", "add", *PLACE, "--nonce", "0" * 16]))
    done = subprocess.run(["bash", "-c", limit + command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"Error: {file}: ")
    assert done.stderr.count("\n") == 1
    assert len(program("stock", "list", "--json").records) == 1


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_a_nonce_that_was_found_is_not_lost_with_the_store(
    stock: Run, file: Path, option: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StockFailed(str(file), "database or disk is full")

    monkeypatch.setattr(Stock, "put", full)
    done = stock("add", *PLACE, "--difficulty", "500", *option)
    assert done.code == 3
    assert done.err.splitlines()[-1] == f"Error: {file}: database or disk is full"
    nonce = done.record["nonce"] if option else done.out.rstrip("\n")
    assert is_good(DATA_HASH, nonce, 500)
    assert done.record["stored"] is False if option else "NOT stored" in done.err


def test_a_search_that_finds_nothing_or_is_killed_stores_nothing(file: Path, program: Run) -> None:
    done = program("stock", "add", *PLACE, "--block", "send", "--max-hashes", "1", "--json")
    assert (done.code, done.record["found"], done.record["data_hash"]) == (1, False, DATA_HASH)
    hard = ["--plasma", "100000000000", "--rules", "dynamic", "--workers", "1"]
    with start("stock", "add", *PLACE, *hard) as process:
        wait_until(lambda: has_started_workers(process.pid))
        process.kill()
        process.communicate()
    assert program("stock", "list").err == "0 works\n"


def test_settings_of_a_command_of_the_group(call: Run, tmp_path: Path, file: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[stock.add]\nmax-hashes = 1\njson = true\n")
    done = call("--config", path, "stock", "add", *PLACE, "--block", "send")
    assert (done.code, done.record["limit"]) == (1, "max_hashes")
    for content, words in (
        ("[stock]\njson = true\n", "[stock] json: is no table"),
        ("[stock.ad]\njson = true\n", "[stock] ad: no such table; did you mean 'add'?"),
        ("[stock.add]\njsn = true\n", "[stock.add] jsn: no such option; did you mean 'json'?"),
        ("[stock.add]\nworkers = 0\n", "--workers: 0 is out of range (1 … 1024) [from "),
    ):
        path.write_text(content)
        done = call("--config", path, "stock", "add", *PLACE, "--block", "send")
        assert (done.code, words in done.problem) == (2, True)


def test_the_default_file_is_beside_the_settings(program: Run, tmp_path: Path) -> None:
    place = {"XDG_CONFIG_HOME": str(tmp_path)}
    assert program("stock", "add", *PLACE, "--difficulty", "5", **place).code == 0
    assert (tmp_path / "powplasma" / "stock.db").exists()
    assert len(program("stock", "list", "--json", **place).records) == 1
