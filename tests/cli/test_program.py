"""The program as a whole: help, unknown commands, ``info``, ``completion``."""

import platform
import shutil
import subprocess

import pytest
from powplasma_cli import output

import powplasma
from powplasma.kernels import KERNELS, statuses

from .conftest import PROGRAM, Run


def test_help_and_version_go_to_standard_output(program: Run) -> None:
    done = program("--help")
    assert (done.code, done.err) == (0, "")
    for command in ("generate", "verify", "info", "completion"):
        assert command in done.out
    assert program("--version").out == f"powplasma {powplasma.__version__}\n"
    assert program("generate", "-h").out.startswith("Usage: powplasma generate")


def test_no_command_is_help_on_standard_error_and_2(program: Run) -> None:
    done = program()
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Usage: powplasma")


def test_unknown_commands_and_options_are_one_line(call: Run) -> None:
    done = call("genrate")
    assert done.code == 2
    assert done.problem == "Error: no command 'genrate'; did you mean 'generate'?"
    assert call("--konfig", "x").code == 2
    assert call("info", "--yaml").problem


def test_info_lists_every_kernel_and_its_self_test(call: Run) -> None:
    record = call("info", "--json").record
    assert [kernel["name"] for kernel in record["kernels"]] == list(KERNELS)
    assert [kernel["ready"] for kernel in record["kernels"]] == [status.ready for status in statuses()]
    assert all(kernel["ready"] or kernel["why"] for kernel in record["kernels"])
    assert record["kernel"] == next(status.name for status in statuses() if status.ready)
    assert record["powplasma"] == powplasma.__version__
    assert platform.python_version() in record["python"]
    assert 1 <= record["cores_available"] <= record["cores"]
    assert record["libraries"]["click"]
    text = call("info").out
    assert all(f"kernel {name}" in text for name in KERNELS)


def test_info_survives_a_kernel_that_cannot_serve(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWPLASMA_KERNEL", "abacus")
    done = call("info", "--json")
    assert done.code == 0
    assert (done.record["kernel"], done.record["kernel_from_environment"]) == (None, "abacus")
    assert done.err.startswith("Note: no kernel can serve: ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(call: Run, shell: str) -> None:
    done = call("completion", shell)
    assert (done.code, done.err) == (0, "")
    assert f"_POWPLASMA_COMPLETE={shell}_complete" in done.out
    assert call("completion", shell, "--json").record == {"shell": shell, "script": done.out}
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=done.out, text=True, check=True)


def test_completion_of_an_unknown_shell(call: Run) -> None:
    assert call("completion", "tcsh").code == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("powplasma ge", "plain,generate"),
        ("powplasma generate --diff", "plain,--difficulty"),
        ("powplasma generate --rules al", "plain,alphanet"),
        ("powplasma completion z", "plain,zsh"),
    ],
)
def test_a_shell_is_answered(program: Run, words: str, expected: str) -> None:
    count = str(len(words.split()) - 1)
    done = program(_POWPLASMA_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=count)
    assert expected in done.out.splitlines()


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes_with_the_script() -> None:
    script = (
        f'PATH="{PROGRAM.parent}:$PATH"; eval "$(powplasma completion bash)"; '
        "COMP_WORDS=(powplasma verify --no); COMP_CWORD=2; _powplasma_completion powplasma; echo ${COMPREPLY[@]}"
    )
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "--nonce\n"


def test_what_a_terminal_may_obey_is_escaped(capfd: pytest.CaptureFixture[str]) -> None:
    for say in (output.note, output.details, output.problem):
        say("no \x1b]0;title\x07 \x1b[2J \x9b \u202e é 密 · …")
    shown = capfd.readouterr().err
    assert shown.count("\n") == 3
    assert shown.count(r"no \x1b]0;title\x07 \x1b[2J \x9b \u202e é 密 · …") == 3
    output.details("two\nlines")
    assert capfd.readouterr().err == "two\\nlines\n"
