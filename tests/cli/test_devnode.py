"""``powplasma devnode`` as it is installed: what it prints, how it ends, and what it refuses."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from powplasma.address import parse_address
from powplasma.node import BlockingNode
from tests.waiting import PATIENCE

from .conftest import ADDRESS, PROGRAM, Run

OTHER = "z1qzal6c5s9rjnnxd2z7dvdhjxpmmj4fmw56a0mz"


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, ended at the end of the block."""
    with subprocess.Popen(
        [PROGRAM, "devnode", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def test_it_prints_its_port_and_answers_both_ways() -> None:
    grants = ["--fund", f"{ADDRESS}=12.5", "--fund", f"{ADDRESS}=3QSR", "--fuse", f"{ADDRESS}=50"]
    with running("--json", "--interval", "0.1", *grants, "--unreceived", f"{OTHER}=0.00000001") as process:
        record = json.loads(process.stdout.readline())
        assert record["node"] == f"http://127.0.0.1:{record['port']}"
        assert record["websocket"] == f"ws://127.0.0.1:{record['port']}"
        assert (record["rules"], record["chain_identifier"], record["interval"]) == ("alphanet", 100, 0.1)
        for url in (record["node"], record["websocket"]):
            with BlockingNode(url) as node:
                amounts = {found.token.symbol: found.amount for found in node.account_info(ADDRESS).balances.values()}
                assert amounts == {"ZNN": 1_250_000_000, "QSR": 300_000_000}
                assert node.plasma(ADDRESS).max_plasma == 105_000
                (waiting,) = node.unreceived_blocks(OTHER).blocks
                assert (waiting.block.amount, waiting.block.to_address) == (1, parse_address(OTHER))
                first, second = (
                    momentum for momentum, _ in zip(node.momentums(poll_seconds=0.1), range(2), strict=False)
                )
                assert second.height == first.height + 1
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out) == (130, "")
        assert err.startswith("Note: a devnode is no consensus node")
        assert err.endswith("Error: interrupted\n")
        assert "Traceback" not in err


def test_under_dynamic_plasma_with_other_variables() -> None:
    with running("--rules", "dynamic", "--set", "max_price_change_percent=7", "--network", "5") as process:
        url, websocket = process.stdout.readline().split()
        assert websocket.startswith("ws://")
        with BlockingNode(url) as node:
            assert node.plasma_variables().max_price_change_percent == 7
            momentum = node.frontier_momentum()
            assert (momentum.version, momentum.chain_identifier, momentum.next_work_price) == (2, 5, 1_000)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE) == 143


def test_a_port_that_is_taken_ends_it() -> None:
    with running("--json") as process:
        port = json.loads(process.stdout.readline())["port"]
        done = subprocess.run(
            [PROGRAM, "devnode", "--port", str(port)], capture_output=True, text=True, check=False, timeout=PATIENCE
        )
        assert done.returncode == 3
        assert done.stdout == ""
        assert "in use" in done.stderr
        assert done.stderr.count("\n") == 1


def test_without_the_library_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['aiohttp'] = None; from powplasma_cli import main; sys.argv[1:] = sys.argv[1:]; main()"
    )
    done = subprocess.run([sys.executable, "-c", code, "devnode"], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr == "Error: nodes need the extra `node`: pip install 'powplasma[node]'\n"
    helped = subprocess.run(
        [sys.executable, "-c", code, "devnode", "--help"], capture_output=True, text=True, check=True
    )
    assert "--interval" in helped.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--host", "0.0.0.0"], "--host: 0.0.0.0 is open to other machines"),
        (["--host", "localhost"], "--host: localhost is no IP address"),
        (["--port", "65536"], "--port: 65536 is out of range (0 … 65535)"),
        (["--port", "x"], "'--port': 'x' is not a valid integer"),
        (["--interval", "0"], "--interval: 0.0 is out of range (0.01 … 86400 seconds)"),
        (["--interval", "nan"], "--interval: nan is out of range"),
        (["--network", "0"], "--network: 0 is out of range (1 … 18446744073709551615)"),
        (["--network", "x"], "'--network': 'x' is not a valid integer"),
        (["--chain-identifier", "5"], "No such option '--chain-identifier'"),
        (["--fund", ADDRESS], "--fund: "),
        (["--fund", f"{ADDRESS}=0"], "=0 is out of range (0.00000001 … 1000000000 coins)"),
        (["--fund", f"{ADDRESS}=1.123456789"], "does not name an address and an amount"),
        (["--fund", f"{ADDRESS}=-1"], "does not name an address and an amount"),
        (["--fund", f"{ADDRESS[:-1]}x=5"], "names an address that has a wrong checksum"),
        (["--fund", f"{ADDRESS}=1000000001"], "=1000000001 is out of range"),
        (["--fuse", f"{ADDRESS}=5ZNN"], "--fuse: "),
        (["--unreceived", "=5"], "--unreceived: "),
        (["--set", "work_price=5"], "work_price"),
        (["--rules", "forum"], "--rules"),
    ],
)
def test_what_it_refuses(arguments: list[str], words: str, call: Run) -> None:
    done = call("devnode", *arguments)
    assert done.code == 2
    assert words in done.problem
