"""Command lines made of the program's own commands and options, good ones and spoilt ones."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from random import Random

import click
from powplasma_cli.app import app

from . import values
from .scratch import ADDRESS, HASH, PASSWORD, SCENARIOS, TO, WALLET

NOWHERE = "http://127.0.0.1:1"
"""A node that nobody runs: the port is the system's own, and refuses at once."""

GOOD: dict[str, list[str]] = {
    "HEX": [HASH, "0" * 64, "ab" * 32, "0" * 16, "00000000000000ff", HASH.upper(), HASH[:-1], "0x" + HASH],
    "HASH": [HASH, "0" * 64],
    "ADDRESS": [
        ADDRESS,
        TO,
        ADDRESS[:-1] + "q",
        ADDRESS.upper(),
        "tcp://127.0.0.1:1",
        "z1qxemdeddedxplasmaxxxxxxxxxxxxxxxxsctrp",
    ],
    "[NAME|FILE]": [*SCENARIOS, "../own/individuals.toml", "../own/trajectory.toml"],
    "N": ["0", "1", "2", "3", "5", "9", "20", "100", "1000"],
    "SECONDS": ["0.01", "0.1", "1", "5"],
    "MS": ["1", "50", "2000"],
    "W": ["65", "0.5"],
    "PRICE": ["0.25", "0"],
    "RATE": ["1MH", "52.1 MH/s", "5e8", "1000"],
    "TIME": ["10min", "1h", "90s"],
    "GOAL": ["blocks", "plasma", "deny"],
    "POLICY": ["none", "window:5", "window:360", "decay:9", "inclusion", "decay:0", "window:-1", "never"],
    "KIND": ["send", "receive", "Plasma.Fuse", "Token.IssueToken", "sent", "plasma.fuse"],
    "NAME": [
        "portable",
        "python",
        "avx2",
        "hashlib",
        "cpu",
        "later",
        "desk",
        "opencl:none:0",
        "opencl:",
        "a/b",
        "../x",
    ],
    "LIST": ["hashlib", "hashlib,pycryptodome", "", "none"],
    "NAME=VALUE": ["max_price_change_percent=7", "pow_plasma_target=5", "min_price=1", "x=1", "work_price=5"],
    "PATH=VALUE": [
        "momentums=3",
        "lanes.slow.rate=0.5",
        "phases.0.momentums=4",
        "lanes.0.name=x",
        "rules.pow_share=10",
    ],
    "PATH=A,B,…": [
        "momentums=2,3",
        "lanes.slow.hashrate=5e5,1e6",
        "phases.0.full_percent=50,100",
        "a=1",
        "momentums=1",
    ],
    "PATH": ["latency", "lanes.slow.latency_p95", "blocked_minutes"],
    "NONE|DEFAULT|FILE": ["none", "default", "../own/individuals.toml"],
    "URL": [NOWHERE, "ws://127.0.0.1:1", "http://localhost:1", "https://127.0.0.1:1", "http://127.0.0.1", "ftp://x"],
    "KEY": ["alice", "bob", "carol", "../own/keys/alice", "../foreign/folder/key"],
    "TOKEN": ["ZNN", "QSR", "zts1znnxxxxxxxxxxxxx9z4ulx", "zts1qsrxxxxxxxxxxxxxmrhjll", "EUR"],
    "TEXT": ["hello", "ü", ""],
    "AMOUNT": ["1", "1.5", "0.00000001", "0", "-1", "1,5"],
    "IP": ["127.0.0.1", "::1", "localhost", "0.0.0.0", "256.0.0.1"],
    "CMD": ["true", "cat", "false", "no-such-program", "'unclosed", "cat -n"],
    "ADDRESS=AMOUNT": [f"{ADDRESS}=5", f"{ADDRESS}=1.5QSR", f"{ADDRESS}=0", ADDRESS, "=5", f"{TO}=0.00000001"],
    "ADDRESS=QSR": [f"{ADDRESS}=50", f"{ADDRESS}=5ZNN"],
}
"""By the word for it in the help, what an option may be given; not all of it is good everywhere."""

BOUNDED = {
    "--workers": ["1", "2", "0", "-1", "1025", "x"],
    "--port": ["0", "65536", "-1", "x"],
    "--command": GOOD["CMD"],
    "--password-fd": ["0", "77", "-1", "x", "99999999999999999999"],
    "--words-fd": ["0", "77", "-1", "x"],
    "--intensity": ["1", "0", "2001", "x"],
    "--device": ["cpu", "opencl:none:0", "gpu", "", "cpu cpu"],
    "--cluster": ["tcp://x", "http://x:1", "", "x"],
}
"""Options for which only this is tried, as others would start a thousand processes, or whatever a text may run."""

CHEAP: dict[str, str] = {
    "GENERATE_MAX_HASHES": "100", "STOCK_ADD_MAX_HASHES": "100", "GENERATE_WORKERS": "1", "STOCK_ADD_WORKERS": "1",
    "SIMULATE_WORKERS": "1", "SEND_WORKERS": "1", "RECEIVE_WORKERS": "1", "BENCH_WORKERS": "1", "QUOTE_HASHRATE": "1e6",
    "CALL_WORKERS": "1", "CALL_MAX_SECONDS": "0.01",
    "SEND_MAX_SECONDS": "0.01", "RECEIVE_MAX_SECONDS": "0.01", "BLOCK_PREPARE_MAX_SECONDS": "0.01",
    "STOCKPILE_HORIZON": "9", "STOCKPILE_HONEST": "none", "CONFORMANCE_TIMEOUT": "5", "NODE": NOWHERE,
    "SERVE_WORKERS": "1",
}  # fmt: skip
"""Variables that keep a command cheap where a line does not say otherwise."""

WEIGHTS = {
    "generate": 16, "verify": 14, "stock": 14, "quote": 9, "bench": 4, "simulate": 9, "stockpile": 5, "send": 6,
    "receive": 3, "call": 5, "account": 3, "key": 8, "block": 7, "devnode": 2, "serve": 2, "conformance": 4,
    "info": 1, "completion": 2,
}  # fmt: skip
"""How often each command is tried; a command that is not named is as frequent as the average."""

PLACE = ["--address", ADDRESS, "--previous-hash", HASH]
ANY = "<any file>"
"""Stands for a path in an example."""

EXAMPLES: dict[str, list[list[str]]] = {
    "generate": [
        ["--data-hash", HASH, "--difficulty", "9"],
        [*PLACE, "--plasma", "1"],
        ["--data-hash", HASH, "--block", "send"],
        ["--input", "../own/blocks.jsonl"],
        ["--input", "../own/blocks.jsonl", "--output", ANY],
        ["--input", "../own/blocks.jsonl", "--output", ANY, "--resume"],
        ["--input", ANY, "--difficulty", "5"],
        ["--input", "../own/bad.jsonl", "--difficulty", "5"],
        ["--input", "-", "--difficulty", "5"],
        [*PLACE, "--difficulty", "50", "--anchor-hash", HASH, "--anchor-height", "9"],
        ["--data-hash", HASH, "--difficulty", "900000", "--max-hashes", "1000000", "--kernel", "portable"],
    ],
    "verify": [
        ["--data-hash", HASH, "--nonce", "0" * 16, "--difficulty", "1"],
        ["--input", "../own/works.jsonl"],
        ["--input", "../own/works.csv"],
        [*PLACE, "--nonce", "0" * 16, "--difficulty", "1"],
        ["--input", ANY],
        ["--input", "-", "--format", "csv"],
        ["--input", ANY, "--format", "csv"],
    ],
    "stock add": [
        [*PLACE, "--difficulty", "5"],
        [*PLACE, "--nonce", "0" * 16],
        [*PLACE, "--difficulty", "5", "--stock", ANY],
    ],
    "stock find": [
        [*PLACE, "--difficulty", "1"],
        [*PLACE, "--block", "send"],
        [*PLACE, "--difficulty", "1", "--stock", ANY],
    ],
    "stock list": [[], ["--address", ADDRESS], ["--stock", ANY]],
    "stock drop": [["--address", ADDRESS], PLACE, ["--address", ADDRESS, "--stock", ANY]],
    "stock prune": [[], ["--expiry", "window:5", "--frontier-height", "9"], ["--stock", ANY]],
    "quote": [["--block", "send"], ["--block", "Plasma.Fuse", "--fused", "5"], []],
    "bench": [
        ["--quick", "--kernel", "python"],
        ["--no-measure", "--compare", "../own/history.json"],
        ["--no-measure", "--compare", ANY],
        ["--save", "--history", ANY],
        ["--html", ANY],
        ["--png", ANY],
    ],
    "simulate": [
        [],
        ["forum-price"],
        ["../own/individuals.toml"],
        ["../own/trajectory.toml"],
        [ANY],
        ["pow-only", "--set", "momentums=3"],
        ["../own/individuals.toml", "--sweep", "momentums=2,3", "--runs", "2"],
        ["../own/individuals.toml", "--runs", "2", "--workers", "2", "--json"],
        ["../own/trajectory.toml", "--runs", "2", "--output", ANY],
        ["../own/trajectory.toml", "--html", ANY],
        ["../own/individuals.toml", "--parquet", ANY],
        ["../own/trajectory.toml", "--png", ANY],
        ["../own/trajectory.toml", "--sweep", "phases.0.full_percent=50,100", "--output", ANY],
    ],
    "stockpile": [
        ["--hashrate", "1GH", "--precompute", "1h", "--rules", "alphanet"],
        [],
        ["--html", ANY],
        ["--honest", ANY],
    ],
    "send": [[TO, "1", "--key", "alice", "--yes"], [TO, "1", "--key", "alice", "--dry-run"], [TO, "1", "--keys", ANY]],
    "receive": [["--key", "alice"], ["--key", "alice", "--dry-run"]],
    "call": [
        ["Plasma.Fuse", f"address={TO}", "--amount", "10 QSR", "--key", "alice", "--yes"],
        ["Bridge.NominateGuardians", f"guardians={TO},{TO}", "--key", "alice", "--dry-run"],
        ["Htlc.Unlock", f"id={HASH}", "preimage=00", "--key", "alice", "--yes"],
        ["Token.IssueToken", "tokenName=a", "tokenSymbol=A", "--amount", "1 ZNN", "--key", "alice", "--yes"],
    ],
    "account show": [[ADDRESS], ["--key", "alice"], ["--keys", ANY]],
    "account history": [[ADDRESS, "--count", "5"], [ADDRESS, "--before", "2"]],
    "account pending": [[ADDRESS]],
    "block show": [[HASH], [HASH, "--account", ADDRESS]],
    "key new": [["new"], [], ["new", "--keys", ANY]],
    "key import": [["new", "--words-fd", "0"], ["new", "--words-fd", "0", "--keys", ANY]],
    "key show": [["alice"], ["alice", "--count", "2"], ["../own/keys/bob"], [ANY]],
    "key export": [["alice", "--output", ANY], ["alice", "--output", "-"]],
    "key list": [[], ["--keys", ANY]],
    "block prepare": [[ADDRESS, "--to", TO, "--amount", "1", "--output", ANY]],
    "block sign": [
        ["../own/unsigned.json", "--output", ANY, "--key", "alice", "--yes"],
        [ANY, "--output", "new.json", "--key", "alice", "--yes"],
    ],
    "block publish": [["../own/signed.json"], [ANY]],
    "devnode": [["--port", "0", "--fund", f"{ADDRESS}=5"]],
    "serve": [["--port", "0", "--workers", "1"], ["--port", "0", "--tickets", ANY], ["--port", "0", "--tokens", ANY]],
    "conformance": [["../own/vectors.json"], ["../own/vectors.json", "--command", "cat"], [ANY]],
    "info": [[]],
    "completion": [["bash"], ["zsh"]],
}
"""Lines that do something, to be spoilt; a command that is not named begins with nothing."""

NEW_PATHS = [
    "new",
    "new.jsonl",
    "new.parquet",
    "new.html",
    "no/such/folder/x",
    "-",
    "~/x",
    "~",
    "",
    ".",
    "..",
    "x" * 300,
    "a\nb",
    "/proc/self/mem",
    "../foreign/notes.txt/x",
    "new\x1b[2J",
]

STDIN = [
    b"",
    b"\n",
    b"x\n",
    b"\xff\xfe",
    b"\0",
    b"y\n",
    b"x" * 70_000,
    b"[" * 50_000 + b"\n",
    json.dumps({"data_hash": HASH, "difficulty": 3}).encode() + b"\n",
    b"data_hash,nonce,difficulty\n",
    b"one two three",
]


@dataclass(frozen=True, slots=True)
class Line:
    """A command line and what it meets.

    Attributes:
        arguments: of the program.
        environment: variables beside those of every case.
        settings: what the default settings file says; nothing if there is none.
        stdin: what standard input holds.
    """

    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    settings: str = ""
    stdin: bytes = b""

    @property
    def forces(self) -> bool:
        """Whether it may say that a file of somebody else is to be written over, as the command line or otherwise."""
        return "force" in str((self.arguments, self.environment, self.settings)).lower()

    def __str__(self) -> str:
        parts = [f"powplasma {values.shown(self.arguments)}"]
        parts += [f"environment {values.shown(self.environment)}"] * bool(self.environment)
        parts += [f"settings {values.shown(self.settings)}"] * bool(self.settings)
        parts += [f"stdin {values.shown(self.stdin)}"] * bool(self.stdin)
        return "; ".join(parts)


@cache
def commands() -> dict[str, click.Command]:
    """Every command that can be run, by its words."""

    def walk(group: click.Group, before: str) -> dict[str, click.Command]:
        context, found = click.Context(group), {}
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            is_group = isinstance(command, click.Group)
            found |= walk(command, f"{before}{name} ") if is_group else {before + name: command}
        return found

    return walk(app, "")


@cache
def weights() -> list[float]:
    """How often each of ``commands`` is tried."""
    families = [name.partition(" ")[0] for name in commands()]
    average = sum(WEIGHTS.values()) / len(WEIGHTS)
    return [WEIGHTS.get(family, average) / families.count(family) for family in families]


def line_of(random: Random, paths: list[str]) -> Line:
    """A command line; ``paths`` are files that it may name."""
    (name,) = random.choices(list(commands()), weights())
    command = commands()[name]
    words = list(random.choice(EXAMPLES.get(name, [[]]))) if random.random() < 0.9 else []
    words = [random.choice([*paths, *NEW_PATHS]) if word is ANY else word for word in words]
    for _ in range(random.choice([0, 0, 0, 1, 1, 1, 2, 3, 6])):
        words = _spoilt(random, words, command, paths)
    arguments = [*name.split(), *words]
    environment, settings = {}, ""
    if random.random() < 0.15:
        option = random.choice(_options(command))
        value = _value(random, option, paths)
        if "\0" not in value and not any(
            "\ud800" <= each <= "\udc7f" or "\udd00" <= each <= "\udfff" for each in value
        ):
            environment[f"POWPLASMA_{name.replace(' ', '_')}_{option.name}".upper()] = value
    if random.random() < 0.1:
        settings = _settings(random, name, command, paths)
        if random.random() < 0.3:
            arguments = ["--config", random.choice([*paths, values.text(random)]), *arguments]
    elif random.random() < 0.03:
        at = random.randrange(len(arguments) + 1)
        arguments = [*arguments[:at], values.text(random), *arguments[at:]]
    stdin = random.choice(STDIN) if random.random() < 0.4 else b""
    if any(word.startswith(("--password-fd", "--words-fd")) for word in arguments):
        stdin = random.choice([PASSWORD.encode(), WALLET.export_words().encode(), stdin])
    return Line(arguments, environment, settings, stdin)


def asks_for_json(line: Line) -> bool:
    """Whether ``--json`` is given as an option, and not as the value of another one."""
    with_value = {name for command in commands().values() for option in _options(command) if not option.is_flag
                  for name in option.opts}  # fmt: skip
    before = [None, *line.arguments]
    return any(word == "--json" and last not in with_value for last, word in zip(before, line.arguments, strict=False))


def _options(command: click.Command) -> list[click.Option]:
    """The options that are tried: all but ``--force``, which writes over files of others because it was asked to."""
    return [param for param in command.params if isinstance(param, click.Option) and param.name != "force"]


def _spoilt(random: Random, words: list[str], command: click.Command, paths: list[str]) -> list[str]:
    what, at = random.random(), random.randrange(len(words) + 1)
    if what < 0.6 or not words:
        option = random.choice(_options(command))
        given = [random.choice([*option.opts, *option.secondary_opts])]
        if not option.is_flag and random.random() < 0.98:
            value = _value(random, option, paths)
            given = [*given, value] if random.random() < 0.8 else [f"{given[0]}={value}"]
        return [*words, *given] if random.random() < 0.7 else [*given, *words]
    if what < 0.85:  # another value in the place of one that is there
        places = [index for index, word in enumerate(words) if not word.startswith("--")]
        if places:
            at = random.choice(places)
            named = next((o for o in _options(command) if at and words[at - 1] in o.opts), None)
            bounded = named is not None and named.opts[0] in BOUNDED
            spoil = values.anything(random) if random.random() < 0.5 else values.spoilt(random, words[at])
            value = _value(random, named, paths) if named is not None and (bounded or random.random() < 0.5) else spoil
            return [*words[:at], value, *words[at + 1 :]]
    if what < 0.92:
        return [*words[:at], *words[at + 1 :]]
    return [*words[:at], random.choice([*words, values.text(random), random.choice(paths), "--json"]), *words[at:]]


def _value(random: Random, option: click.Option, paths: list[str]) -> str:
    """A value for an option: often one that might do, else anything."""
    if option.opts[0] in BOUNDED:
        return random.choice(BOUNDED[option.opts[0]])
    if isinstance(option.type, click.Choice):
        good = [str(choice) for choice in option.type.choices]
    elif option.metavar in {"FILE", "FOLDER", "FILE..."}:
        good = [*paths, *NEW_PATHS]
    else:
        good = GOOD.get(option.metavar or "", ["1"])
    chosen = random.random()
    if chosen < 0.5:
        return random.choice(good)
    if chosen < 0.65:
        return values.spoilt(random, random.choice(good))
    if chosen < 0.7:
        return random.choice(paths)
    return values.number(random) if random.random() < 0.6 else values.text(random)


def _settings(random: Random, name: str, command: click.Command, paths: list[str]) -> str:
    """A settings file for the command."""
    lines = [f"[{'.'.join(name.split())}]"]
    for _ in range(random.choice([1, 1, 2, 3])):
        option = random.choice(_options(command))
        key = random.choice([option.name, option.opts[0][2:], option.opts[0]])
        value = _value(random, option, paths)
        as_toml = json.dumps(value.encode("utf-8", "replace").decode())
        lines.append(
            f"{key} = {random.choice([as_toml, as_toml, 'true', '1', '1e3', 'nan', '[1, 2]', '{a = 1}', '-5'])}"
        )
    whole = "\n".join(lines) + "\n"
    return values.spoilt(random, whole) if random.random() < 0.3 else whole
