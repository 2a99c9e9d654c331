"""Pays amounts from one account with several threads, and prints each receipt: ``payer.py URL THREADS AMOUNT…``."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import powplasma as pp
from powplasma.account import Wallet
from powplasma.node import BlockingNode

PAYER, PAYEE = (Wallet(bytes([number]) * 32).key_pair() for number in (1, 2))


def main(url: str, threads: int, amounts: list[int]) -> None:
    with BlockingNode(url) as node, ThreadPoolExecutor(threads) as pool:

        def pay(amount: int) -> str:
            receipt = pp.send(PAYER, PAYEE.address, amount, node=node, reference=f"payment {amount}")
            return f"{amount} {receipt.block.hash.hex()} {receipt.block.height}\n"

        for line in pool.map(pay, amounts):
            # In one write, so that a kill leaves a line or nothing.
            sys.stdout.write(line)
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), [int(amount) for amount in sys.argv[3:]])
