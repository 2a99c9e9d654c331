"""The store of works: what was searched ahead is kept, found again and dropped when it is worth nothing.

A work is found by its place (address and previous hash) and, where a policy asks for one, its anchor.
What it has to reach is said by the caller at the prices of now, and what it does reach is worked out
anew whenever it leaves the store, by the exact rule of ``powplasma.work``: nothing that the file says
about a nonce is believed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

from powplasma.address import parse_address
from powplasma.folders import user_path
from powplasma.plasma.freshness import Never
from powplasma.stock.database import connect, transaction, translated
from powplasma.stock.entry import StoredWork, work_of_row
from powplasma.stock.need import Need
from powplasma.validation.expiry import Expiry
from powplasma.validation.verdict import Reason
from powplasma.work import parse_hash

_SELECT = "SELECT address, previous_hash, anchor_hash, anchor_height, nonce, seal FROM works"
_HERE = _SELECT + " WHERE address = ? AND previous_hash = ?"
_SORTED = " ORDER BY address, previous_hash, anchor_hash, nonce"
_INSERT = """
INSERT INTO works (address, previous_hash, anchor_hash, anchor_height, nonce, seal) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET anchor_height = excluded.anchor_height, seal = excluded.seal
"""
"""A work that is there already is written anew, which repairs a row that was damaged."""

_DELETE = """
DELETE FROM works WHERE address = ? AND previous_hash = ? AND anchor_hash = ? AND anchor_height = ?
AND nonce = ? AND seal = ?
"""
_DELETE_DAMAGED = """
DELETE FROM works WHERE CAST(address AS BLOB) IS CAST(? AS BLOB) AND CAST(previous_hash AS BLOB) IS CAST(? AS BLOB)
AND CAST(anchor_hash AS BLOB) IS CAST(? AS BLOB) AND CAST(anchor_height AS BLOB) IS CAST(? AS BLOB)
AND CAST(nonce AS BLOB) IS CAST(? AS BLOB) AND CAST(seal AS BLOB) IS CAST(? AS BLOB)
"""
"""The same whatever types a damaged row has; it looks at every row."""

_DELETE_HERE = "DELETE FROM works WHERE address = ? AND previous_hash = ?"
_NEVER = Never()


class Shortage(StrEnum):
    """Why a store has no work that will do; the later, the nearer."""

    ABSENT = "absent"
    ANCHOR_MISSING = "anchor missing"
    ANCHOR_UNKNOWN = "anchor unknown"
    ANCHOR_IN_FUTURE = "anchor in future"
    EXPIRED = "expired"
    TOO_LITTLE = "too little"


@dataclass(frozen=True, slots=True)
class Hit:
    """A work that will do.

    Attributes:
        work: the work; it stays in the store.
        difficulty: the least that the block has to state, at most what the nonce is good for.
        achieved_difficulty: what the nonce is good for, worked out anew.
        age: that it would be included at, None if none was asked for.
    """

    work: StoredWork
    difficulty: int
    achieved_difficulty: int
    age: int | None


@dataclass(frozen=True, slots=True)
class Miss:
    """No work will do.

    Attributes:
        shortage: why; of several works, that of the one that came nearest.
        difficulty: what work has to reach of which age takes nothing.
        achieved_difficulty: what the best work reaches, 0 if there is none that counts for anything.
        lacking: difficulty by which that work misses what it would need at its age; None if no
            difficulty would do, or there is no such work.
    """

    shortage: Shortage
    difficulty: int
    achieved_difficulty: int = 0
    lacking: int | None = None


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was dropped: rows that are not as they were written, and works whose anchor counts no more."""

    damaged: int
    expired: int


class Stock:
    """A store in a file. One object serves one thread; any number of processes may have the file open.

    Args:
        path: of the file.
        create: whether it may be made if it does not exist.
        read_only: whether only ``find``, ``find_many`` and ``works`` are to be used; a store that cannot be
            written will then do, and none is made.

    Raises:
        InvalidInput: field ``stock``; the file cannot be used so, or is no store of this version.
        StockFailed: the system refuses. So may every method, with either error.
    """

    def __init__(self, path: str | os.PathLike[str], *, create: bool = True, read_only: bool = False) -> None:
        self._path = user_path(path, "stock")
        self._connection = connect(self._path, create=create and not read_only, read_only=read_only)

    def put(self, works: Iterable[StoredWork]) -> None:
        """Stores works, all or none of them; what is there already stays once.

        When this returns, they are on the disk.
        """
        rows = sorted(work.row() for work in works)
        with transaction(self._connection, self._path, "IMMEDIATE"):
            self._connection.executemany(_INSERT, rows)

    def find(
        self, address: str | bytes, previous_hash: str | bytes, need: Need, expiry: Expiry | None = None
    ) -> Hit | Miss:
        """The work for a place that will do at the prices and age of now, if there is one.

        Of several that will do it is the one with the youngest anchor, then the best. It stays in
        the store: only the block that uses it makes it worthless (see ``drop``).

        Args:
            address: of the account, text or 20 bytes.
            previous_hash: hash of its latest block, 64 hex digits or 32 bytes.
            need: what the block needs now.
            expiry: how anchors are judged. Without one, or with ``Never``, only work without an
                anchor will do; with any other only anchored work.

        Raises:
            InvalidInput: field ``address``, ``previous_hash``, or ``expiry`` as in ``Need.difficulty_at``.
        """
        place = parse_address(address), parse_hash(previous_hash, "previous_hash")
        _check(need, expiry)
        with translated(self._path):
            rows = self._connection.execute(_HERE, place).fetchall()
        return _best(rows, need, expiry)

    def find_many(
        self, places: Iterable[tuple[str | bytes, str | bytes]], need: Need, expiry: Expiry | None = None
    ) -> list[Hit | Miss]:
        """``find`` for many places, each (address, previous hash), in one state of the store."""
        parsed = [(parse_address(address), parse_hash(previous, "previous_hash")) for address, previous in places]
        _check(need, expiry)
        execute = self._connection.execute
        with transaction(self._connection, self._path, "DEFERRED"):
            return [_best(execute(_HERE, place).fetchall(), need, expiry) for place in parsed]

    def works(self, address: str | bytes | None = None) -> Iterator[StoredWork]:
        """All works, or those of an account, by address and previous hash; damaged rows are passed over."""
        statement, values = _SELECT, []
        if address is not None:
            statement, values = _SELECT + " WHERE address = ?", [parse_address(address)]
        with translated(self._path):
            for row in self._connection.execute(statement + _SORTED, values):
                work = work_of_row(row)
                if work is not None:
                    yield work

    def drop(self, address: str | bytes, previous_hash: str | bytes | None = None) -> int:
        """Drops the works of an account, or of one place because a block has been put there; how many."""
        statement, values = "DELETE FROM works WHERE address = ?", [parse_address(address)]
        if previous_hash is not None:
            statement, values = _DELETE_HERE, [*values, parse_hash(previous_hash, "previous_hash")]
        with transaction(self._connection, self._path, "IMMEDIATE"):
            return self._connection.execute(statement, values).rowcount

    def keep(self, address: str | bytes, previous_hashes: Iterable[str | bytes]) -> int:
        """Drops an account's works for all places but these, because its frontier has moved on; how many.

        Args:
            address: of the account.
            previous_hashes: hash of its latest block, and of blocks that are prepared but not sent.
        """
        account = parse_address(address)
        kept = {parse_hash(previous, "previous_hash") for previous in previous_hashes}
        with transaction(self._connection, self._path, "IMMEDIATE"):
            places = self._connection.execute("SELECT DISTINCT previous_hash FROM works WHERE address = ?", (account,))
            gone = [(account, previous) for (previous,) in places.fetchall() if previous not in kept]
            return self._connection.executemany(_DELETE_HERE, gone).rowcount if gone else 0

    def prune(self, expiry: Expiry | None = None) -> Pruned:
        """Drops what can never be found again.

        That is rows that are not as they were written and, with ``expiry``, anchored works that its
        policy credits with nothing any more or whose anchor is not on the chain. An anchor ahead of the
        frontier is kept, since the frontier may be late.
        """
        damaged, expired = [], []
        with translated(self._path):
            for row in self._connection.execute(_SELECT):
                work = work_of_row(row)
                if work is None:
                    damaged.append(row)
                elif expiry is not None and work.anchor is not None:
                    refused = expiry.refuse(work.anchor)
                    if refused is not None and refused[0] is not Reason.ANCHOR_IN_FUTURE:
                        expired.append(row)
        with transaction(self._connection, self._path, "IMMEDIATE"):
            many = self._connection.executemany
            return Pruned(
                damaged=many(_DELETE_DAMAGED, damaged).rowcount if damaged else 0,
                expired=many(_DELETE, expired).rowcount if expired else 0,
            )

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _check(need: Need, expiry: Expiry | None) -> None:
    """Refuses a policy that the need does not go with, whether or not there is a work to judge by it."""
    if expiry is not None:
        need.difficulty_at(expiry.policy, 0)


def _best(rows: list[tuple[Any, ...]], need: Need, expiry: Expiry | None) -> Hit | Miss:
    """The best of the rows of one place: a hit, or the miss that came nearest."""
    best: Hit | None = None
    nearest = Miss(Shortage.ABSENT, need.difficulty)
    for row in rows:
        work = work_of_row(row)
        if work is None:
            continue
        judged = _judge(work, need, expiry)
        if isinstance(judged, Miss):
            if _nearness(judged) > _nearness(nearest):
                nearest = judged
        elif best is None or _preference(judged) > _preference(best):
            best = judged
    return best or nearest


def _judge(work: StoredWork, need: Need, expiry: Expiry | None) -> Hit | Miss:
    """Whether one work will do."""
    policy = _NEVER if expiry is None else expiry.policy
    age = None
    if policy.anchored:
        assert expiry is not None
        refused = expiry.refuse(work.anchor)
        if refused is not None:
            return Miss(Shortage(refused[0].value), need.difficulty)
        assert work.anchor is not None
        age = expiry.age(work.anchor)
    elif work.anchor is not None:
        return Miss(Shortage.ABSENT, need.difficulty)
    achieved = work.achieved_difficulty
    least = need.difficulty_at(policy, age or 0)
    if least is not None and achieved >= least:
        return Hit(work, least, achieved, age)
    return Miss(Shortage.TOO_LITTLE, need.difficulty, achieved, None if least is None else least - achieved)


def _preference(hit: Hit) -> tuple[int, int]:
    return -(hit.age or 0), hit.achieved_difficulty


def _nearness(miss: Miss) -> tuple[int, bool, int]:
    """How near a miss came: by its reason, then by whether some difficulty would do, then by the least lacking."""
    return list(Shortage).index(miss.shortage), miss.lacking is not None, -(miss.lacking or 0)
