"""Many threads and processes pay from one account and are killed: each payment is made exactly once, receipts are true.

``python -m tests.transfer.test_turns SEED THREADS PAYMENTS KILLS`` plays it by hand.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from powplasma.node import BlockingNode
from powplasma.transfer import wait_confirmed

from .payer import PAYEE, PAYER
from .test_devnode import COIN, devnode

PROCESSES = 5
ROOT = Path(__file__).parents[2]


def play(seed: int, threads: int, payments: int, kills: int) -> str:
    """Plays it, and says what happened.

    Raises:
        AssertionError: a payment was lost or doubled, or a receipt is not true.
    """
    chance = random.Random(seed)
    receipts: dict[int, tuple[str, int]] = {}
    killed = 0
    with tempfile.TemporaryDirectory() as scratch, devnode(interval=0.1) as dev, BlockingNode(dev.url) as node:
        runs = [_Run(number, threads, payments, dev.url, Path(scratch)) for number in range(PROCESSES)]
        while any(not run.ended for run in runs):
            for run in runs:
                receipts |= run.receipts()
            going = [run for run in runs if not run.ended]
            if going and killed < kills and chance.random() < 0.2:
                chance.choice(going).kill()
                killed += 1
            time.sleep(0.02)
        for run in runs:
            receipts |= run.receipts()
        assert receipts.keys() == {*range(1, payments + 1)}, "a payment has no receipt"
        height = node.account_info(PAYER.address).height
        assert height == payments + 1, f"{height - 1} blocks for {payments} payments"
        blocks = [
            block.block
            for first in range(2, height + 1, 1_000)
            for block in node.blocks_by_height(PAYER.address, first, 1_000).blocks
        ]
        wait_confirmed(node, blocks[-1], 60)
        assert Counter(block.amount for block in blocks) == Counter(range(1, payments + 1))
        assert {block.amount: (block.hash.hex(), block.height) for block in blocks} == receipts
        balance = node.account_info(PAYER.address).balances
        assert [each.amount for each in balance.values()] == [1_000 * COIN - payments * (payments + 1) // 2]
        assert all(block.to_address == PAYEE.address for block in blocks)
    return f"{payments} payments by {PROCESSES} processes of {threads} threads, {killed} of them killed: each made once"


class _Run:
    """A payer, begun anew with what it has no receipt for when it was killed."""

    def __init__(self, number: int, threads: int, payments: int, url: str, folder: Path) -> None:
        self._amounts = [amount for amount in range(1, payments + 1) if amount % PROCESSES == number]
        self._threads = threads
        self._url = url
        self._output = folder / str(number)
        self._process = self._started()

    @property
    def ended(self) -> bool:
        code = self._process.poll()
        assert code in (None, 0, -9), f"a payer ended with {code}"
        if code == -9:
            self._process = self._started()
            return False
        return code == 0

    def receipts(self) -> dict[int, tuple[str, int]]:
        lines = (line.split() for line in self._output.read_text().splitlines(keepends=True) if line.endswith("\n"))
        return {int(amount): (block_hash, int(height)) for amount, block_hash, height in lines}

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        done = self.receipts() if self._output.exists() else {}
        left = [str(amount) for amount in self._amounts if amount not in done]
        command = [sys.executable, "-m", "tests.transfer.payer", self._url, str(self._threads), *left]
        with self._output.open("ab") as output:
            return subprocess.Popen(command, cwd=ROOT, stdout=output)


def test_each_payment_is_made_once_though_payers_are_killed() -> None:
    play(seed=1, threads=20, payments=200, kills=15)


if __name__ == "__main__":
    seed, threads, payments, kills = (int(text) for text in sys.argv[1:])
    sys.stdout.write(play(seed, threads, payments, kills) + "\n")
