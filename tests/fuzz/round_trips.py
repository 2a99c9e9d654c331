"""The campaign of round trips: what powplasma writes it reads again, as the same."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from powplasma_cli.records import found_record
from powplasma_cli.works import read_works

import powplasma as pp
from powplasma.account import ZNN, AccountBlock, KeyPair, MomentumReference, Wallet
from powplasma.address import format_address, format_token_standard, parse_address, parse_token_standard
from powplasma.engine.worker import Order, Report
from powplasma.errors import InvalidInput, PowPlasmaError, SearchTimeout
from powplasma.node.plasma import variables_from_json, variables_to_json
from powplasma.plasma.freshness import parse_freshness
from powplasma.simulation.stockpile.goals import parse_goal
from powplasma.simulation.stockpile.policy import parse_policy
from powplasma.stock import StoredWork
from powplasma.stock.entry import work_of_row
from powplasma.transfer.amounts import in_coins
from powplasma.validation import Anchor
from powplasma.work import Work, parse_hash, parse_nonce

from . import values
from .campaign import Campaign, Case, Try

KEY = KeyPair(bytes(range(32)))


@dataclass(frozen=True, slots=True)
class Trip:
    """What is written in some form, and read again.

    Attributes:
        name: of it.
        make: a value by chance.
        there: writes it.
        back: reads it.
    """

    name: str
    make: Callable[[Random], Any]
    there: Callable[[Any], Any]
    back: Callable[[Any], Any]


def _integer(random: Random, most: int) -> int:
    """An integer from 0 on: small, near a power of two, or any."""
    power = random.randrange(most.bit_length() + 1)
    return min(
        most,
        random.choice([random.randrange(10), max(0, (1 << power) + random.randrange(-1, 2)), random.randint(0, most)]),
    )


def _block(random: Random) -> AccountBlock:
    block = AccountBlock.send(
        KEY.address,
        random.randbytes(20),
        _integer(random, 2**255 - 1),
        ZNN,
        random.randbytes(random.choice([0, 0, 5, 300])),
        chain_identifier=_integer(random, 2**64 - 1),
        height=_integer(random, 2**64 - 1),
        previous_hash=random.randbytes(32),
        momentum_acknowledged=MomentumReference(random.randbytes(32), _integer(random, 2**64 - 1)),
        fused_plasma=_integer(random, 2**64 - 1),
        difficulty=_integer(random, 2**64 - 1),
        nonce=random.randbytes(8),
    )
    return block.signed(KEY)


def _policy(random: Random) -> str:
    judged = random.choice(["none", "creation", "inclusion"])
    parts = [
        f"window:{_integer(random, 1000) + 1}",
        f"decay:{_integer(random, 1000) + 1}",
        f"cap:{random.randint(1, 99)}",
    ]
    return "+".join([judged, *(part for part in parts if random.random() < 0.5)])


def _work(random: Random) -> Work:
    data_hash, nonce = random.randbytes(32), random.randbytes(8)
    achieved = pp.achieved_difficulty(data_hash, nonce)
    return Work(data_hash, nonce, random.randint(1, achieved), achieved, _integer(random, 2**60) + 1, 0.5, "x", 1)


def _error(random: Random) -> PowPlasmaError:
    kind = random.randrange(3)
    if kind == 0:
        return InvalidInput(values.text(random), values.anything(random), values.text(random), "x")
    if kind == 1:
        return SearchTimeout("timeout", _integer(random, 2**64), random.random(), ((5, 6),))
    return pp.WorkerLost(random.randrange(5), random.choice([None, -9]), values.text(random))


def _read_line(line: bytes) -> tuple[bytes, bytes, int]:
    reader, writer = os.pipe()
    os.write(writer, line)
    os.close(writer)
    (work,) = read_works(reader, "jsonl", None)
    return work.data_hash, work.nonce, work.difficulty  # type: ignore[union-attr]  # another line fails the case


TRIPS = [
    Trip("address", lambda r: r.randbytes(20), format_address, parse_address),
    Trip("token standard", lambda r: r.randbytes(10), format_token_standard, parse_token_standard),
    Trip("hash", lambda r: r.randbytes(32), bytes.hex, parse_hash),
    Trip("nonce", lambda r: r.randbytes(8), bytes.hex, parse_nonce),
    Trip(
        "amount",
        lambda r: (_integer(r, 2**255 - 1), r.randrange(19)),
        lambda a: (in_coins(*a), a[1]),
        lambda t: (pp.coins(*t), t[1]),
    ),
    Trip(
        "block",
        _block,
        lambda block: json.dumps(block.to_json()),
        lambda text: AccountBlock.from_json(json.loads(text)),
    ),
    Trip(
        "signature",
        _block,
        lambda block: (block.verify_signature(), block.compute_hash() == block.hash),
        lambda good: good,
    ),
    Trip(
        "words",
        lambda r: r.randbytes(r.choice([16, 20, 24, 28, 32])),
        lambda e: Wallet(e).export_words(),
        lambda words: Wallet.from_words(words).export_entropy(),
    ),
    Trip("policy", _policy, lambda text: str(parse_policy(text)), lambda text: text),
    Trip(
        "freshness",
        lambda r: r.choice(["never", f"window:{_integer(r, 10**6)}", f"decay:{_integer(r, 10**6) + 1}"]),
        lambda text: str(parse_freshness(text)),
        lambda text: text,
    ),
    Trip(
        "goal",
        lambda r: r.choice(["burst", "harvest", f"hold:{r.randint(1, 100)}", f"ladder:{r.randint(1, 99)}"]),
        lambda text: str(parse_goal(text)),
        lambda text: text,
    ),
    Trip(
        "stored work",
        lambda r: StoredWork(
            b"\0" + r.randbytes(19),
            r.randbytes(32),
            r.randbytes(8),
            r.choice([None, Anchor(r.randbytes(32), _integer(r, 2**64 - 2) + 1)]),
        ),
        StoredWork.row,
        work_of_row,
    ),
    Trip(
        "order",
        lambda r: Order(*(_integer(r, 2**64 - 1) if i != 2 else r.randbytes(32) for i in range(6))),
        Order.pack,
        Order.unpack,
    ),
    Trip(
        "report",
        lambda r: Report(_integer(r, 2**64 - 1), r.random() < 0.5, r.random() < 0.5, r.choice(["", "ü", "x" * 500])),
        Report.pack,
        Report.unpack,
    ),
    Trip(
        "variables",
        lambda r: pp.ruleset("dynamic", pow_plasma_target=r.randint(1, 10**6)),
        variables_to_json,
        variables_from_json,
    ),
    Trip(
        "line of a batch",
        _work,
        lambda w: (json.dumps(found_record(w, 1)).encode(), w),
        lambda t: t[1] if _read_line(t[0]) == (t[1].data_hash, t[1].nonce, t[1].difficulty) else None,
    ),
    Trip(
        "error between processes",
        _error,
        lambda error: (pickle.dumps(error), error),
        lambda pair: pair[1] if str(pickle.loads(pair[0])) == str(pair[1]) else None,
    ),
]
AS_TRUE = {"signature"}
"""Trips whose value is not what comes back: only that all is true."""


class RoundTrips(Campaign):
    """Values that are written and read again."""

    name = "round-trips"
    about = "values that powplasma writes and reads again: texts, JSON, rows, messages between processes"
    whole = 20_000

    @contextlib.contextmanager
    def opened(self, folder: Path) -> Iterator[Try]:
        """Needs nothing."""

        def attempt(random: Random) -> Case:
            trip = random.choice(TRIPS)
            value = trip.make(random)
            try:
                written = trip.there(value)
                again = trip.back(written)
            except Exception as error:  # noqa: BLE001 - which is what is looked for
                return Case(
                    f"{trip.name}: {values.shown(value)}", (f"{trip.name}: raises {type(error).__name__}: {error}",)
                )
            same = all(again) if trip.name in AS_TRUE else again == value
            wrong = (
                ()
                if same
                else (f"{trip.name}: comes back as another: {values.shown(written)} is {values.shown(again)}",)
            )
            return Case(f"{trip.name}: {values.shown(value)}", wrong)

        yield attempt
