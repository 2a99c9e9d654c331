"""Options from the environment and from a settings file."""

from pathlib import Path

import pytest

from .conftest import ZERO_HASH, Done, Run

EASY = ("generate", "--data-hash", ZERO_HASH, "--json")


def difficulty(done: Done) -> str:
    return str(done.record["difficulty"])


def test_the_command_line_beats_the_environment_and_that_the_file(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[generate]\ndifficulty = 11\nmax-hashes = 100000\nkernel = "python"\n')
    assert difficulty(call("--config", path, *EASY)) == "11"
    assert call("--config", path, *EASY).record["kernel"] == "python"
    monkeypatch.setenv("POWPLASMA_CONFIG", str(path))
    assert difficulty(call(*EASY)) == "11"
    monkeypatch.setenv("POWPLASMA_GENERATE_DIFFICULTY", "12")
    assert difficulty(call(*EASY)) == "12"
    assert difficulty(call(*EASY, "--difficulty", "13")) == "13"
    assert difficulty(call(*EASY, "--plasma", "1")) == "1500"


def test_the_default_file(program: Run, tmp_path: Path) -> None:
    folder = tmp_path / "powplasma"
    folder.mkdir()
    (folder / "config.toml").write_text("[generate]\ndifficulty = 17\njson = true\n")
    done = program("generate", "--data-hash", ZERO_HASH, XDG_CONFIG_HOME=str(tmp_path))
    assert difficulty(done) == "17"


def test_flags_and_the_kernel_from_the_environment(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWPLASMA_KERNEL", "python")
    monkeypatch.setenv("POWPLASMA_GENERATE_JSON", "1")
    monkeypatch.setenv("POWPLASMA_GENERATE_ALLOW_ANY_DIFFICULTY", "yes")
    done = call("generate", "--data-hash", ZERO_HASH, "--difficulty", str(2**40), "--max-hashes", "9")
    assert done.record["found"] is False
    monkeypatch.setenv("POWPLASMA_KERNEL", "abacus")
    problem = call(*EASY, "--difficulty", "3").problem
    assert "--kernel: abacus is not known" in problem
    assert problem.endswith("[from the environment: POWPLASMA_KERNEL]")
    monkeypatch.delenv("POWPLASMA_KERNEL")
    monkeypatch.setenv("POWPLASMA_GENERATE_KERNEL", "abacus")
    assert call(*EASY, "--difficulty", "3").problem.endswith("[from the environment: POWPLASMA_GENERATE_KERNEL]")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("difficulty = 1\n", "has an unknown name 'difficulty'"),
        ("generate = 1\n", "has a 'generate' that is not a table"),
        ("[genrate]\n", "has an unknown name 'genrate'"),
        ("[generate]\ndificulty = 1\n", "[generate] dificulty: no such option; did you mean 'difficulty'?"),
        ("[generate]\njson = 1\n", "[generate] json: 1 is neither true nor false"),
        ("[generate]\nworkers = true\n", "[generate] workers: True is neither text nor a number"),
        ("[generate]\nworkers = [1]\n", "[generate] workers: [1] is neither text nor a number"),
        ('[generate]\nworkers = "two"\n', "--workers: two is not an integer (a whole number) [from "),
        ("[generate]\nworkers = 0\n", "--workers: 0 is out of range (1 … 1024) [from "),
        ("[generate]\ndifficulty = 1.5\n", "--difficulty: 1.5 is not an integer (1 … 141750000 under alphanet) [from "),
        ("[generate\n", "is not TOML"),
        ("\xff", "is not UTF-8 at byte 1"),
    ],
)
def test_a_bad_file_is_one_line(call: Run, tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content.encode("latin-1"))
    stated = [] if "difficulty = 1.5" in content else ["--difficulty", "3"]
    done = call("--config", path, "generate", "--data-hash", ZERO_HASH, *stated)
    assert (done.code, done.out) == (2, "")
    assert words in done.problem
    assert str(path) in done.problem


def test_a_file_that_is_not_there(call: Run, tmp_path: Path) -> None:
    done = call("--config", tmp_path / "none.toml", *EASY)
    assert done.code == 2
    assert "--config: " in done.problem
    assert "cannot be read: No such file or directory" in done.problem


def test_the_variable_that_a_bad_value_came_from_is_named(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWPLASMA_GENERATE_WORKERS", "0")
    done = call(*EASY, "--difficulty", "5")
    assert done.problem.endswith("[from the environment: POWPLASMA_GENERATE_WORKERS]")


def test_what_click_refuses_names_the_environment_too(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWPLASMA_GENERATE_JSON", "banana")
    done = call("generate", "--data-hash", ZERO_HASH)
    assert done.code == 2
    assert "'banana'" in done.problem
    assert done.problem.endswith("[from the environment: POWPLASMA_GENERATE_JSON]")
