"""powplasma send, receive and block, against a devnode over real sockets, as users run them."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from aiohttp import web

from powplasma.account import QSR, AccountBlock, Wallet
from powplasma.account.abi import encode_call
from powplasma.address import format_address
from powplasma.node.devnode import BackgroundDevNode, DevNode, Genesis, Grant, Server, Settings
from powplasma.plasma import ruleset
from tests.waiting import PATIENCE, wait_until

from .cheap import cheap_key_file
from .conftest import PROGRAM, Run
from .test_docs import assert_named
from .test_key import LOGIN

COIN = 10**8
PASSWORD = "Tr0ub4dor&3-secret"
ALICE, BOB = (Wallet(bytes([number]) * 32) for number in (1, 2))
TO_BOB, FROM_ALICE = format_address(BOB.base_address), format_address(ALICE.base_address)
ZNN_STANDARD = "zts1znnxxxxxxxxxxxxx9z4ulx"
SECRETS = [
    PASSWORD,
    *(wallet.export_words() for wallet in (ALICE, BOB)),
    *(wallet.export_entropy().hex() for wallet in (ALICE, BOB)),
    *(wallet.key_pair(index).export_private_key().hex() for wallet in (ALICE, BOB) for index in (0, 1)),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key files of alice and bob."""
    folder = tmp_path_factory.mktemp("keys")
    for name, wallet in (("alice", ALICE), ("bob", BOB)):
        cheap_key_file(wallet, PASSWORD).write(folder / name)
    return folder


@pytest.fixture
def keys(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The key files and their password are known to the program, whose working folder is empty."""
    monkeypatch.setenv("POWPLASMA_KEYS", str(folder))
    monkeypatch.setenv("POWPLASMA_PASSWORD", PASSWORD)
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def here(keys: Path, here: Run) -> Run:
    """The same, with the password, which every command takes out of the environment."""
    return lambda *arguments, **environment: here(*arguments, **{"POWPLASMA_PASSWORD": PASSWORD, **environment})


def started(monkeypatch, rules="alphanet", fused=5_000, make=DevNode, interval=0.1, port=0, **genesis):
    """A devnode that the program knows."""
    begin = {"funds": (Grant(ALICE.base_address, 100 * COIN),), **genesis}
    plasma = {wallet.base_address: fused * COIN for wallet in (ALICE, BOB)} if fused else {}
    chosen = Settings(ruleset(rules), Genesis(fused=plasma, **begin), interval, port=port)
    dev = BackgroundDevNode(chosen, make)
    dev.__enter__()
    monkeypatch.setenv("POWPLASMA_NODE", dev.url)
    return dev


@pytest.fixture
def dev(keys: Path, monkeypatch: pytest.MonkeyPatch):
    """A devnode with fused plasma for alice and bob."""
    dev = started(monkeypatch)
    yield dev
    dev.__exit__(None, None, None)


@pytest.mark.parametrize("rules", ["alphanet", "dynamic"])
def test_receive_send_and_receive_again(rules, keys: Path, monkeypatch, program: Run, tmp_path: Path) -> None:
    # 9 QSR leave a tenth of a block to proof of work.
    gift = (Grant(ALICE.base_address, 100 * COIN),)
    dev = started(monkeypatch, rules, fused=9, funds=(), unreceived=gift)
    with_node = {"http": dev.url, "ws": dev.websocket_url}
    received = program("receive", "--key", "alice", "--wait", "--json").record
    assert received["amount"] == str(100 * COIN)
    assert received["confirmed"]
    assert int(received["difficulty"]) > 0
    assert received["hashes"] > 0
    sent = program("send", TO_BOB, "1.5", "--key", "alice", "--yes", "--wait", "--json", POWPLASMA_NODE=with_node["ws"])
    assert sent.code == 0, sent.err
    assert sent.record["amount"] == "150000000"
    assert sent.record["rules"] == rules
    assert sent.record["confirmed"]
    taken = program("receive", "--key", "bob", "--wait", POWPLASMA_NODE=with_node["ws"])
    assert taken.out.endswith("  1.5 ZNN\n")
    assert program("receive", "--key", "bob").err == "nothing to receive\n"
    assert not list(tmp_path.iterdir()), "a file is left of a block that is published"
    dev.__exit__(None, None, None)


def test_a_dry_run_sends_nothing_and_takes_no_password(dev, here: Run) -> None:
    arguments = ["send", TO_BOB, "2", "--key", "alice", "--dry-run", "--network", "100"]
    done = here(*arguments, POWPLASMA_PASSWORD="wrong")
    assert done.code == 0
    assert done.out.splitlines() == [
        f"Send 2 ZNN from {FROM_ALICE} to {TO_BOB}",
        "Network 100, height 2, paid by 21000 fused plasma",
    ]
    record = here(*arguments, "--json").record
    assert record["published"] is False
    assert record["hash"] is None
    assert record["available_plasma"] == "10500000"
    assert dev.node.ledger.chain(ALICE.base_address).height == 1


FUSE = ["send", "z1qxemdeddedxplasmaxxxxxxxxxxxxxxxxsctrp", "10", "--token", "QSR", "--key", "alice", "--dry-run"]


def test_a_call_of_a_contract_is_shown_as_what_it_does(keys: Path, monkeypatch, here: Run) -> None:
    dev = started(monkeypatch, funds=(Grant(ALICE.base_address, 100 * COIN, QSR),))
    data = encode_call("Plasma.Fuse", {"address": BOB.base_address}).hex()
    done = here(*FUSE, "--data-hex", data)
    assert done.out.splitlines() == [
        f"Call Plasma.Fuse with 10 QSR from {FROM_ALICE}",
        f"  address: {TO_BOB}",
        f"  beneficiary: {TO_BOB} gets the plasma",
        "Network 100, height 2, paid by 52500 fused plasma",
    ]
    record = here(*FUSE, "--data-hex", data, "--json").record
    assert record["kind"] == "Plasma.Fuse"
    assert record["arguments"][0] == {"name": "address", "value": TO_BOB}
    refused = here(*FUSE, "--data-hex", f"{data}00")
    assert refused.code == 2
    assert "data: " in refused.problem
    dev.__exit__(None, None, None)


def test_a_block_is_made_signed_and_published_in_three_places(dev, here: Run, tmp_path: Path) -> None:
    unsigned, signed = tmp_path / "unsigned.json", tmp_path / "signed.json"
    prepared = here(
        "block", "prepare", FROM_ALICE, "--to", TO_BOB, "--amount", "3", "--output", unsigned, POWPLASMA_PASSWORD=""
    )
    assert prepared.out == f"{unsigned}\n"
    offline = {"POWPLASMA_NODE": "http://127.0.0.1:1"}
    done = here("block", "sign", unsigned, "--output", signed, "--key", "alice", "--yes", **offline)
    assert done.code == 0, done.err
    assert f"Send 3 ZNN from {FROM_ALICE} to {TO_BOB}" in done.err
    published = here("block", "publish", signed, "--wait", "--json", POWPLASMA_PASSWORD="").record
    assert published["confirmed"]
    assert published["hash"] == done.out.strip()
    again = here("block", "publish", signed)
    assert again.code == 0
    assert "nothing was sent" in again.err
    assert "cannot be published: the block has no hash" in here("block", "publish", unsigned).problem
    assert here("block", "sign", unsigned, "--output", signed, "--key", "alice", "--yes").code == 2


def test_a_receive_is_prepared_by_its_hash(dev, here: Run, tmp_path: Path) -> None:
    sent = here("send", TO_BOB, "1", "--key", "alice", "--yes", "--wait").out.strip()
    path = tmp_path / "receive.json"
    assert here("block", "prepare", TO_BOB, "--receive", sent, "--output", path).code == 0
    assert json.loads(path.read_text())["fromBlockHash"] == sent


def test_a_block_that_is_too_weak_is_not_signed(dev, here: Run, tmp_path: Path) -> None:
    path = tmp_path / "unsigned.json"
    here("block", "prepare", FROM_ALICE, "--to", TO_BOB, "--amount", "3", "--output", path)
    record = json.loads(path.read_text())
    arguments = ["--output", tmp_path / "signed.json", "--key", "alice", "--yes"]
    for change, words in (
        ({"fusedPlasma": 20_999}, "send has 21000 base plasma"),
        ({"difficulty": 31_500_000}, "the nonce is not good for difficulty 31500000"),
    ):
        path.write_text(json.dumps(record | change))
        done = here("block", "sign", path, *arguments)
        assert done.code == 1
        assert words in done.err
    path.write_text(json.dumps(record))
    other = here("block", "sign", path, "--output", tmp_path / "x", "--key", "bob", "--yes")
    assert other.code == 2
    assert "is not the address of the key" in other.err
    assert not (tmp_path / "signed.json").exists()


def test_every_json_key_is_documented(dev, here: Run, tmp_path: Path) -> None:
    to_bob = ["send", TO_BOB, "1", "--key", "alice", "--json"]
    sent = [here(*to_bob, "--dry-run").record, here(*to_bob, "--yes", "--wait").record]
    assert_named("send", sent)
    received = here("receive", "--key", "bob", "--json").records
    assert_named("send", received)
    assert {key for record in received for key in record} <= {key for record in sent for key in record}
    paths = [tmp_path / name for name in ("unsigned", "signed")]
    prepared = here("block", "prepare", TO_BOB, "--to", FROM_ALICE, "--amount", "1", "--output", paths[0], "--json")
    signed = here("block", "sign", paths[0], "--key", "bob", "--yes", "--output", paths[1], "--json")
    published = here("block", "publish", paths[1], "--json")
    own = {key for done in (prepared, signed, published) for key in done.record} - set(sent[0])
    assert_named("block", [dict.fromkeys(own)])
    listed = here("key", "list", "--json").record
    assert_named("key", [listed, *listed["keys"], here("key", "show", "alice", "--json").record])


@pytest.fixture(scope="module")
def undisturbed() -> Iterator[str]:
    """URL of one devnode for all that sends nothing."""
    genesis = Genesis(fused={ALICE.base_address: 10 * COIN}, funds=(Grant(ALICE.base_address, 100 * COIN),))
    with BackgroundDevNode(Settings(genesis=genesis, interval=None)) as dev:
        yield dev.url


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["send", TO_BOB, "1", "--key", "alice"], 2, "--yes is missing (--yes, or a terminal to confirm in)"),
        (["send", TO_BOB, "1", "--yes"], 2, "--key is missing (one of alice, bob)"),
        (["send", TO_BOB, "1", "--key", "carol", "--yes"], 2, "--key: carol is no key file (one of alice, bob"),
        (["send", "z1", "1", "--key", "alice", "--yes"], 2, "to_address: z1 has 2 characters"),
        (["send", TO_BOB, "1,5", "--key", "alice", "--yes"], 2, "amount: 1,5 is no amount"),
        (["send", TO_BOB, "0.000000001", "--key", "alice", "--yes"], 2, "more decimal places than the token"),
        (["send", TO_BOB, "1", "--token", "EUR", "--key", "alice", "--yes"], 2, "--token: EUR has 3 characters"),
        (
            ["send", TO_BOB, "1", "--token", ZNN_STANDARD, "--key", "alice", "--yes"],
            2,
            "--token: zts1znnxxxxxxxxxxxxx9z4",
        ),
        (["send", TO_BOB, "1", "--decimals", "6", "--key", "alice", "--yes"], 2, "--decimals: 6 are not those of ZNN"),
        (["send", TO_BOB, "1", "--data-hex", "x", "--key", "alice", "--yes"], 2, "--data-hex: x is not hexadecimal"),
        (["send", TO_BOB, "1", "--data-hex", "00", "--data", "x", "--key", "alice", "--yes"], 2, "beside --data"),
        (["send", TO_BOB, "101", "--key", "alice", "--yes"], 2, "amount: 10100000000 is more than the account has"),
        (
            ["send", TO_BOB, "1", "--key", "alice", "--yes", "--rules", "dynamic"],
            2,
            "--rules: dynamic are not in force",
        ),
        (["send", TO_BOB, "1", "--key", "alice", "--yes", "--network", "1"], 3, "chain_identifier 100: expected 1"),
        (["send", TO_BOB, "1", "--key", "alice", "--network", "0"], 2, "--network: 0 is out of range (1 … "),
        (["send", TO_BOB, "1", "--key", "alice", "--yes", "--node", "http://localhost:1"], 2, "127.0.0.1 instead"),
        (["send", TO_BOB, "1", "--key", "alice", "--yes", "--node", "http://127.0.0.1:1"], 3, "was not sent"),
        (["send", TO_BOB, "1", "--key", "alice", "--yes", "--max-difficulty", "x"], 2, "--max-difficulty: x is not"),
        (["send", TO_BOB, "1", "--key", "alice", "--yes", "--headroom", "-1"], 2, "--headroom: -1 is out of range"),
        (["receive", "--key", "alice", "--index", "-1"], 2, "--index: -1 is out of range"),
        (["block", "prepare", FROM_ALICE, "--output", "x"], 2, "--to is missing"),
        (["block", "prepare", FROM_ALICE, "--to", TO_BOB, "--output", "x"], 2, "--amount is missing"),
        (["block", "prepare", FROM_ALICE, "--receive", "00", "--output", "x"], 2, "from_block_hash: 00 has 2"),
        (["block", "sign", "missing", "--output", "x", "--key", "alice", "--yes"], 2, "missing cannot be read"),
        (["block", "publish", "/dev/null"], 2, "/dev/null is not JSON"),
        (["block", "send"], 2, "no command 'send'"),
    ],
)
def test_bad_input_ends_in_one_line(undisturbed: str, here: Run, arguments, code, words) -> None:
    done = here(*arguments, POWPLASMA_NODE=undisturbed)
    assert done.code == code
    assert words in done.problem
    assert done.out == ""


def test_work_beyond_the_budget_is_a_negative_answer(keys: Path, monkeypatch, here: Run) -> None:
    dev = started(monkeypatch, fused=0)
    arguments = ["send", TO_BOB, "1", "--key", "alice", "--yes", "--json"]
    done = here(*arguments, "--max-difficulty", "31499999")
    assert done.code == 1
    assert done.record == {
        "published": False,
        "hash": None,
        "reason": "difficulty 31500000 is refused: the budget for one block allows at most 31499999",
    }
    late = here(*arguments, "--max-seconds", "0.000001")
    assert late.code == 1
    assert "no nonce found: timeout reached" in late.record["reason"]
    dev.__exit__(None, None, None)


class Mute(Server):
    """Takes no block, and ends the connection instead of saying so."""

    async def reply(self, text: str, socket: web.WebSocketResponse | None = None) -> str:
        if "publishRawTransaction" in text:
            raise ConnectionResetError
        return await super().reply(text, socket)


class MuteNode(DevNode):
    server_class = Mute


def test_a_block_that_may_be_published_is_kept(keys: Path, monkeypatch, here: Run, state: Path) -> None:
    dev = started(monkeypatch, make=MuteNode)
    process = subprocess.run(
        [PROGRAM, "send", TO_BOB, "1", "--key", "alice", "--yes", "--patience", "1"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    dev.__exit__(None, None, None)
    assert process.returncode == 3
    assert "may have worked or not" in process.stderr
    (kept,) = (state / "unsettled").glob("*/*.json")
    assert f"powplasma block publish {kept}" in process.stderr
    good = started(monkeypatch)
    # The same chain of another node: the block is published there, once.
    first = here("block", "publish", kept)
    assert first.code in (0, 1)
    good.__exit__(None, None, None)


class Slow(Server):
    """Takes a block, and does not get round to saying so."""

    asked = threading.Event()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if "publishRawTransaction" in await request.text():
            Slow.asked.set()
            await asyncio.sleep(60)
        return await super()._handle(request)


class SlowNode(DevNode):
    server_class = Slow


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_block_is_kept_when_the_publication_is_interrupted(keys: Path, monkeypatch, state: Path, number) -> None:
    Slow.asked.clear()
    dev = started(monkeypatch, make=SlowNode)
    process = subprocess.Popen(
        [PROGRAM, "send", TO_BOB, "1", "--key", "alice", "--yes"], stderr=subprocess.PIPE, text=True
    )
    assert Slow.asked.wait(60)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    dev.__exit__(None, None, None)
    codes = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -signal.SIGKILL}
    assert process.returncode == codes[number]
    (kept,) = (state / "unsettled").glob("*/*.json")
    assert AccountBlock.from_json(json.loads(kept.read_text())).verify_signature()
    if number != signal.SIGKILL:
        assert f"{kept} has the signed block" in err


def test_watching_receives_what_comes_until_it_is_interrupted(dev, here: Run) -> None:
    watch = subprocess.Popen(
        [PROGRAM, "receive", "--key", "bob", "--watch", "--poll", "0.2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for amount in ("1", "2"):
            assert here("send", TO_BOB, amount, "--key", "alice", "--yes").code == 0
        assert watch.stdout is not None
        amounts = {watch.stdout.readline().split("  ")[1] for _ in range(2)}
        assert amounts == {"1 ZNN\n", "2 ZNN\n"}
    finally:
        watch.send_signal(signal.SIGINT)
        _, err = watch.communicate(timeout=PATIENCE)
    assert watch.returncode == 130
    assert err.endswith("Error: interrupted\n")


@pytest.mark.parametrize("websocket", [False, True], ids=["http", "websocket"])
def test_watching_survives_restarts_of_the_node(keys: Path, monkeypatch, here: Run, websocket: bool) -> None:
    """The node goes away while nothing happens, while a block is published, and comes back with a new chain."""
    gifts = tuple(Grant(BOB.base_address, amount * COIN) for amount in (1, 2))
    first = started(monkeypatch, make=MuteNode, unreceived=gifts)  # takes no block, and closes the connection
    port = first.node.port
    watch = subprocess.Popen(
        [PROGRAM, "receive", "--key", "bob", "--watch", "--poll", "0.2", "--patience", "0.2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "POWPLASMA_NODE": first.websocket_url if websocket else first.url},
    )
    assert watch.stdout is not None
    assert watch.stderr is not None
    try:
        read_until(watch.stderr, "may have worked or not")
        first.__exit__(None, None, None)
        read_until(watch.stderr, "nothing listens there")
        second = started(monkeypatch, unreceived=gifts, port=port)
        amounts = {watch.stdout.readline().split("  ")[1] for _ in gifts}
        assert amounts == {"1 ZNN\n", "2 ZNN\n"}
        second.__exit__(None, None, None)
    finally:
        watch.send_signal(signal.SIGTERM)
        _, err = watch.communicate(timeout=60)
    assert watch.returncode == 143
    assert "Traceback" not in err


def read_until(stream: IO[str], words: str) -> None:
    """Reads lines up to one that holds the words."""
    for line in stream:
        if words in line:
            return
    raise AssertionError(f"it ended without {words!r}")


def processes_of(root: int) -> set[int]:
    """A process and all that come from it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def environment(pid: int, parent: int) -> str:
    """The environment that a process was started with; nothing while it still is its parent's copy."""
    own, of_parent = (Path(f"/proc/{number}/cmdline").read_bytes() for number in (pid, parent))
    # In this order: what has become another program by now had its own environment before.
    return "" if own == of_parent else Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="the system has no /proc to look into")
def test_no_secret_is_in_any_output_or_process_listing(keys: Path, monkeypatch, program: Run, tmp_path: Path) -> None:
    dev = started(monkeypatch, fused=9)  # leaves a tenth of a block to proof of work
    said = []
    for arguments in (
        ["key", "list"],
        ["key", "show", "alice", "--count", "3", "--json"],
        ["key", "import", "again", "--words-fd", "0"],
        ["key", "import", "broken", "--words-fd", "0"],
        ["key", "new", "alice"],
        ["send", TO_BOB, "1", "--key", "alice", "--dry-run", "--json"],
        ["send", TO_BOB, "1", "--key", "alice", "--yes", "--max-seconds", "0.01"],
        ["send", TO_BOB, "1", "--key", "bob", "--yes"],
        ["block", "prepare", FROM_ALICE, "--to", TO_BOB, "--amount", "1", "--output", tmp_path / "u"],
        ["block", "sign", tmp_path / "u", "--output", tmp_path / "s", "--key", "bob", "--yes"],
        ["block", "sign", tmp_path / "u", "--output", tmp_path / "s", "--key", "alice", "--yes", "--json"],
    ):
        words = ALICE.export_words() if "again" in arguments else ALICE.export_words() + " zebra"
        done = program(*arguments, stdin=words, POWPLASMA_DEBUG="1")
        said.append(done.out + done.err)
    (keys / "again").unlink()
    said += [(tmp_path / name).read_text() for name in ("u", "s")]

    process = subprocess.Popen(
        [PROGRAM, "send", TO_BOB, "1", "--key", "alice", "--yes"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    listed: set[int] = set()
    while process.poll() is None:
        for pid in processes_of(process.pid):
            try:
                said.append(Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace"))
                if pid != process.pid:
                    # The password's variable is gone before any other process is started.
                    said.append(environment(pid, process.pid))
            except OSError:
                continue
            listed.add(pid)
        time.sleep(0.02)
    out, err = process.communicate()
    assert process.returncode == 0, err
    dev.__exit__(None, None, None)
    assert len(listed) > 1, "no worker was seen"
    text = "\n".join([*said, out, err])
    assert TO_BOB in text
    for secret in SECRETS:
        assert secret not in text
    assert "zebra" not in text


def test_the_search_begins_before_the_question_is_answered(keys: Path, monkeypatch, tmp_path: Path) -> None:
    dev = started(monkeypatch, fused=0)
    terminal, its_side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", LOGIN, str(its_side), str(PROGRAM), "send", TO_BOB, "1", "--key", "alice"],
        pass_fds=[its_side],
    )
    os.close(its_side)
    shown = b""
    while b"Send it? [y/N]:" not in shown:
        shown += os.read(terminal, 4096)
    wait_until(lambda: len(processes_of(process.pid)) > 1)  # workers search while the question waits
    workers = processes_of(process.pid) - {process.pid}
    wait_until(lambda: all(environment(pid, process.pid) for pid in workers))
    assert PASSWORD not in "".join(environment(pid, process.pid) for pid in workers)
    os.write(terminal, b"n\n")
    while True:
        try:
            shown += os.read(terminal, 4096)
        except OSError:
            break
    assert process.wait(PATIENCE) == 1
    os.close(terminal)
    assert b"not sent" in shown
    assert dev.node.ledger.chain(ALICE.base_address).height == 1
    dev.__exit__(None, None, None)
