"""README.md and docs/cli.md say what is true: every option is named, every example does what it shows."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import pytest
from powplasma_cli.app import COMMANDS, app

from .conftest import ADDRESS, PROGRAM, ZERO_HASH, Run, write_lines

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *(
        ROOT / "docs" / f"{name}.md"
        for name in ("cli", "specification", "simulation", "findings", "stock", "should-pow-expire", "exits", "serve")
    ),
]
UNSHARED = [ROOT / "docs" / f"{name}.md" for name in ("feeless", "providers")]
"""Pages whose examples have a test of their own."""

ANYTHING = "…"


def section(command: str) -> str:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    return page.split(f"\n## powplasma {command}\n")[1].split("\n## ")[0]


def commands(group: click.Group = app, before: str = "") -> dict[str, click.Command]:
    """Every command by its name, those of a group as ``key new``."""
    context = click.Context(group)
    found: dict[str, click.Command] = {}
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found[before + name] = command
        if isinstance(command, click.Group):
            found |= commands(command, f"{name} ")
    return found


ALL = list(commands())


def test_every_command_can_be_loaded() -> None:
    assert [name for name in ALL if " " not in name] == list(COMMANDS)


def test_every_command_of_a_group_is_in_its_section() -> None:
    for name in ALL:
        assert name in section(name.partition(" ")[0]) or " " not in name


@pytest.mark.parametrize("name", ALL)
def test_every_option_is_in_its_section(name: str) -> None:
    words = set(re.findall(r"[\w-]+", section(name.partition(" ")[0])))
    for parameter in commands()[name].params:
        if isinstance(parameter, click.Option):
            assert words.issuperset([*parameter.opts, *parameter.secondary_opts])


def test_every_option_of_the_program_is_on_the_page() -> None:
    words = set(re.findall(r"[\w-]+", (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")))
    assert words.issuperset(option for parameter in app.params for option in parameter.opts)


@pytest.mark.parametrize("name", ALL)
def test_every_option_has_a_help(name: str) -> None:
    options = [parameter for parameter in commands()[name].params if isinstance(parameter, click.Option)]
    assert all(option.help for option in options)
    assert commands()[name].help


def test_every_json_key_is_in_its_section(call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    works = write_lines(tmp_path / "works.jsonl", {"data_hash": ZERO_HASH, "nonce": "0" * 16, "difficulty": 9}, "x")
    blocks = write_lines(tmp_path / "blocks.jsonl", {"data_hash": ZERO_HASH, "difficulty": 10**8, "id": 1}, "x")
    place, store = ["--address", ADDRESS, "--previous-hash", ZERO_HASH], ["stock"]
    anchor, expiry = ["--anchor-hash", ZERO_HASH, "--anchor-height", "5"], ["--expiry=window:5", "--frontier-height=5"]
    monkeypatch.setenv("POWPLASMA_STOCK", str(tmp_path / "works.db"))
    easy = ["generate", "--data-hash", ZERO_HASH, "--difficulty", "9", "--json"]
    done = {
        "generate": [
            *call(*easy).records,
            *call(*easy[:1], *place, *anchor, *easy[3:]).records,
            *call("generate", "--input", blocks, "--max-hashes", "1").records,
        ],
        "verify": [
            *call("verify", "--data-hash", ZERO_HASH, "--nonce", "0" * 16, "--difficulty", "9", "--json").records,
            *call("verify", "--input", works, "--json").records,
            *call("verify", "--input", works, "--window=5", "--frontier-height=5", "--json").records,
            *call(
                "verify",
                *place,
                *anchor,
                "--nonce",
                "0" * 16,
                "--difficulty",
                "9",
                "--window=5",
                "--frontier-height=5",
                "--json",
            ).records,
        ],
        "stock": [
            *call(*store, "add", *place, "--difficulty", "9", *anchor, "--json").records,
            *call(*store, "add", *place, "--difficulty", "99999999", "--max-hashes", "1", "--json").records,
            *call(*store, "find", *place, "--difficulty", "9", "--json").records,
            *call(*store, "find", *place, "--difficulty", "9", *expiry, "--json").records,
            *call(*store, "list", "--json").records,
            *call(*store, "prune", "--json").records,
            *call(*store, "drop", *place, "--json").records,
        ],
        "quote": call("quote", "--block", "send", "--hashrate", "1e6", "--json").records,
        "bench": call("bench", "--quick", "--kernel", "python", "--workers", "1", "--json").records,
        "simulate": [
            *call("simulate", "--json").records,
            *call("simulate", "forum-price", "--json").records,
            *call("simulate", "forum-scenario-1", "--json", "--series").records,
            *call("simulate", "forum-scenario-1", "--runs", "1", "--json").records,
            *call("simulate", "pow-only", "--set", "momentums=3", "--json").records,
        ],
        "devnode": [first_record("devnode")],
        "serve": [first_record("serve", "--workers", "1")],
        "stockpile": call("stockpile", "--honest", "default", "--horizon", "9", "--rules", "dynamic", "--json").records,
        "exits": [
            *call("exits", "--json").records,
            *call("exits", "seed-week", "--set", "users.number=9", "--set", "seconds=900", "--json").records,
        ],
        "conformance": call("conformance", ROOT / "tests" / "vectors" / "pow.json", "--json").records,
        "info": call("info", "--json").records,
        "completion": call("completion", "zsh", "--json").records,
    }
    # What the commands for transactions print is compared where there is a node to run them with.
    assert set(done) == set(COMMANDS) - {"account", "call", "send", "receive", "key", "block"}
    for name, records in done.items():
        assert_named(name, records)


def assert_named(name: str, records: Sequence[Mapping[str, object]]) -> None:
    """Every key of these objects is in the section of the command that printed them."""
    assert records
    named = set(re.findall(r"`(\w+)`", section(name)))
    assert {key for record in records for key in record} <= named


def first_record(*arguments: str) -> Mapping[str, object]:
    """The line of a server, which is then ended."""
    command = [PROGRAM, *arguments, "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdout is not None
        record = json.loads(server.stdout.readline())
        server.terminate()
    return record


def examples(page: Path) -> str:
    """The console examples of a page, in its order."""
    blocks = re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    return "".join(blocks)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_do_what_they_show(page: Path, tmp_path: Path) -> None:
    """The commands of a page run in one shell; what each prints is compared with what follows it."""
    shown = examples(page)
    lines = shown.splitlines()
    script = "\n".join(f"echo {ANYTHING}$\n{line[2:]}" for line in lines if line.startswith("$ "))
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={
            **os.environ,
            "VECTORS": str(ROOT / "tests" / "vectors"),
            "PATH": f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}",
        },
    )
    printed = done.stdout.split(f"{ANYTHING}$\n")[1:]
    expected = re.split(r"^\$ .*\n", shown, flags=re.MULTILINE)[1:]
    assert len(printed) == len(expected)
    for command, said, claimed in zip((x for x in lines if x.startswith("$ ")), printed, expected, strict=True):
        pattern = re.escape(claimed.rstrip("\n")).replace(ANYTHING, ".*")
        assert re.fullmatch(pattern, said.rstrip("\n"), re.DOTALL), f"{command}\n{said}"


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs" / "stock.md"], ids=lambda page: page.name)
def test_the_python_example(page: Path, tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "example.py"
    path.write_text(code)
    subprocess.run([sys.executable, path], check=True, cwd=tmp_path)


@pytest.mark.parametrize(
    "page",
    [
        *PAGES,
        *UNSHARED,
        *(ROOT / "docs" / f"{name}.md" for name in ("yield", "gpu", "stockpile")),
        ROOT / "CHANGELOG.md",
    ],
    ids=lambda page: page.name,
)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists()
