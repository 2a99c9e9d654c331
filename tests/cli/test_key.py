"""powplasma key: files that open, refusals in one line, and passwords that are never in an argument."""

import json
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from powplasma.account import KeyFile
from tests.waiting import PATIENCE

from .conftest import PROGRAM, Done, Run

VECTORS = Path(__file__).parents[1] / "vectors"
CASES = json.loads((VECTORS / "keystore.json").read_text())["cases"]
WORDS = CASES[0]["expected"]["mnemonic"]
ADDRESS = CASES[0]["expected"]["baseAddress"]
SECOND = "z1qr44l6ajstm5gfrvwtsrfg446y6mcv8r60v090"
PASSWORD = "correct horse battery"


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of key files."""
    monkeypatch.setenv("POWPLASMA_KEYS", str(tmp_path / "keys"))
    return tmp_path / "keys"


@pytest.fixture
def imported(keys: Path, call: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A key file with known words."""
    words = tmp_path / "words"
    words.write_text(WORDS + "\n")
    with words.open("rb") as file:
        monkeypatch.setenv("POWPLASMA_PASSWORD", PASSWORD)
        done = call("key", "import", "main", "--words-fd", str(file.fileno()))
    assert done.code == 0, done.err
    assert done.out == f"{ADDRESS}  {keys / 'main'}\n"
    return keys / "main"


def test_a_new_key_opens_with_its_password_alone(keys: Path, program: Run) -> None:
    done = program("key", "new", "first", "--password-fd", "0", "--json", stdin=PASSWORD + "\n")
    assert done.code == 0
    path = keys / "first"
    assert done.record["key_file"] == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    wallet = KeyFile.read(path).decrypt(PASSWORD)
    shown = program("key", "show", "--count", "2", "--json", POWPLASMA_PASSWORD=PASSWORD).record
    assert shown["addresses"][0] == done.record["address"] == shown["address"]
    assert len(set(shown["addresses"])) == 2
    exported = program("key", "export", "--output", "-", POWPLASMA_PASSWORD=PASSWORD)
    assert exported.out == wallet.export_words() + "\n"
    wrong = program("key", "show", "--count", "1", POWPLASMA_PASSWORD="wrong")
    assert wrong.code == 2
    assert "--password-fd" in wrong.problem or "password" in wrong.problem


def test_a_new_key_is_called_by_its_address(keys: Path, here: Run) -> None:
    done = here("key", "new", "--json", POWPLASMA_PASSWORD=PASSWORD)
    assert [path.name for path in keys.iterdir()] == [done.record["address"]]
    assert here("key", "list").out == f"{done.record['address']}  {keys / done.record['address']}\n"


def test_words_are_imported(imported: Path, call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWPLASMA_PASSWORD", PASSWORD)
    assert call("key", "show", "main", "--index", "1", "--count", "1").out == SECOND + "\n"
    assert call("key", "show", imported).out == ADDRESS + "\n"


def test_nothing_is_written_over(imported: Path, here: Run) -> None:
    before = imported.read_bytes()
    done = here("key", "new", "main", POWPLASMA_PASSWORD="other")
    assert done.code == 2
    assert "exists already" in done.problem
    assert imported.read_bytes() == before


def test_published_files_are_shown_by_their_path(keys: Path, program: Run, tmp_path: Path) -> None:
    for case in (CASES[0], CASES[4], CASES[8]):  # of dart, with a password in two scripts, with other costs
        path = tmp_path / "file.json"
        path.write_text(json.dumps(case["file"]))
        shown = program("key", "show", path, "--count", "1", "--json", "--password-fd", "0", stdin=case["password"])
        assert shown.record["addresses"] == [case["expected"]["baseAddress"]], case["from"]


def test_exported_words_are_for_their_owner(imported: Path, here: Run, tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    done = here("key", "export", "--output", path, POWPLASMA_PASSWORD=PASSWORD)
    assert (done.code, done.out) == (0, "")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == WORDS + "\n"
    assert here("key", "export", "--output", path, POWPLASMA_PASSWORD=PASSWORD).code == 2


def test_a_file_of_another_wallet_is_refused_unless_asked_for(keys: Path, here: Run, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    record = {key: value for key, value in CASES[1]["file"].items() if key != "baseAddress"}
    path.write_text(json.dumps(record))
    arguments = ["key", "show", path, "--count", "1"]
    done = here(*arguments, POWPLASMA_PASSWORD=CASES[1]["password"])
    assert "baseAddress: None is missing" in done.problem
    assert here(*arguments, "--any-address", POWPLASMA_PASSWORD=CASES[1]["password"]).out == ADDRESS + "\n"
    assert here("key", "show", path).out == "the file states no address; --count derives it\n"


@pytest.mark.parametrize(
    ("arguments", "stdin", "problem"),
    [
        (["new"], "", "password is missing (--password-fd, POWPLASMA_PASSWORD, or a terminal"),
        (["new", "--password-fd", "0"], "", "the secret given is empty"),
        (["new", "--password-fd", "77"], "", "--password-fd: 77 cannot be read: Bad file descriptor"),
        (["new", "--password-fd", "-1"], "", "--password-fd: -1 is out of range"),
        (["new", "--password-fd", "99999999999999999999"], "", "--password-fd: 99999999999999999999 cannot be read"),
        (["new", "--password-fd", "x"], "", "--password-fd: x is not an integer"),
        (["new", "--password-fd", "0"], b"\xff", "--password-fd: 0 does not hold UTF-8 text"),
        (["new", "--password-fd", "0"], "x" * 70_000, "--password-fd: 0 holds too much"),
        (["import", "--words-fd", "0", "--password-fd", "0"], WORDS, "--words-fd: 0 is also where the password"),
        (["import", "--words-fd", "0"], "one two three", "words: the secret given has 3 words"),
        (["import"], "", "words is missing (--words-fd, or a terminal to type them in)"),
        (["show"], "", "key is missing (none in"),
        (["show", "nobody"], "", "key: nobody is no key file (none in"),
        (["show", "/nowhere/key"], "", "key_file: /nowhere/key cannot be read: No such file or directory"),
        (["export", "--output", "-"], "", "key is missing"),
        (["new", ".hidden", "--password-fd", "0"], "x", "name: .hidden begins with a point"),
        (["forget"], "", "no command 'forget'"),
    ],
)
def test_bad_input_ends_in_one_line(keys: Path, program: Run, arguments, stdin, problem) -> None:
    done = program("key", *arguments, stdin=stdin)
    assert done.code == 2
    assert problem in done.problem
    assert not keys.exists()


def test_a_choice_of_keys_has_to_be_made(keys: Path, here: Run) -> None:
    for name in ("one", "two"):
        assert here("key", "new", name, POWPLASMA_PASSWORD="x").code == 0
    assert "key is missing (one of one, two)" in here("key", "show").problem
    assert here("key", "show", "--count", "0", "one").code == 2


def test_other_files_in_the_folder_of_keys_are_passed_over_and_damaged_keys_are_not(keys: Path, here: Run) -> None:
    assert here("key", "new", "one", POWPLASMA_PASSWORD="x").code == 0
    whole = (keys / "one").read_bytes()
    (keys / "backups").mkdir()
    for name, content in {
        "notes.txt": b"my notes",
        "other.json": b"{}",
        "list.json": b"[1]",
        "picture": b"\x89PNG",
    }.items():
        (keys / name).write_bytes(content)
    assert here("key", "list", "--json").record["unusable"] == []
    assert here("key", "show").code == 0
    damaged = {
        "half": whole[: len(whole) // 2],
        "utf16": whole.decode().encode("utf-16"),
        "empty": b"",
        "cut": whole[:-2],
    }
    for name, content in damaged.items():
        (keys / name).write_bytes(content)
    listed = here("key", "list", "--json")
    assert [Path(key["key_file"]).name for key in listed.record["keys"]] == ["one"]
    assert sorted(Path(key["key_file"]).name for key in listed.record["unusable"]) == sorted(damaged)
    assert listed.err.count("is damaged, or not a key file") == len(damaged)
    assert "key is missing (one of cut, empty, half, one, utf16)" in here("key", "show").problem


@pytest.mark.parametrize(
    "arguments", [("key", "show", "--count", "1"), ("generate", "--data-hash", "0" * 64, "--plasma", "1")]
)
def test_the_environment_is_not_handed_on(
    arguments: tuple[str, ...], imported: Path, call: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWPLASMA_PASSWORD", PASSWORD)
    assert call(*arguments).code == 0
    assert "POWPLASMA_PASSWORD" not in os.environ


def test_a_crash_leaves_no_memory_on_the_disk(keys: Path, tmp_path: Path) -> None:
    code = """
import resource
from powplasma_cli.edge import run
from powplasma_cli.app import app
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
assert run(app, ["key", "new", "x"]) == 0
print(resource.getrlimit(resource.RLIMIT_CORE))
"""
    environment = {**os.environ, "POWPLASMA_PASSWORD": PASSWORD}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "(0, 0)"


LOGIN = "import os, sys; os.login_tty(int(sys.argv[1])); os.execv(sys.argv[2], sys.argv[2:])"


def on_a_terminal(arguments: list[str], typed: list[str]) -> Done:
    """Runs the command on a terminal of its own, types each answer when it is asked for, and gives what was shown."""
    terminal, its_side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", LOGIN, str(its_side), str(PROGRAM), *arguments], pass_fds=[its_side]
    )
    os.close(its_side)
    shown, answers = b"", [*typed]
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # how Linux says that the other side is closed
            break
        shown += part
        if answers and shown.rstrip(b" ").endswith(b":"):
            os.write(terminal, answers.pop(0).encode() + b"\n")
    os.close(terminal)
    return Done(process.wait(PATIENCE), shown.decode(), "")


def test_a_password_is_typed_twice_and_not_shown(keys: Path) -> None:
    done = on_a_terminal(["key", "new", "typed"], [PASSWORD, PASSWORD])
    assert done.code == 0, done.out
    assert PASSWORD not in done.out
    assert KeyFile.read(keys / "typed").decrypt(PASSWORD)
    differ = on_a_terminal(["key", "new", "other"], [PASSWORD, "something else"])
    assert differ.code == 2
    assert "is not the same both times" in differ.out
    assert not (keys / "other").exists()


def test_without_the_extra_the_error_says_what_to_install(imported: Path, tmp_path: Path) -> None:
    code = "import sys; sys.modules['mnemonic'] = None; from powplasma_cli import main; main(['key', 'new', 'x'])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "POWPLASMA_PASSWORD": "x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert done.stderr == "Error: words and key files need the extra `wallet`: pip install 'powplasma[wallet]'\n"
