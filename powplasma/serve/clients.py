"""Who may do what: tokens from a file, each with the budget of its client."""

from __future__ import annotations

import re
import stat
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from powplasma.errors import InvalidInput, check_integer
from powplasma.files import read_toml
from powplasma.serve.faults import Fault, Kind
from powplasma.work import MAX_DIFFICULTY

DAY = 86_400.0
_MINUTE = 60.0

_FORM = re.compile(r"[!-~]{16,200}\Z")
"""A token: as it fits into a header, and too long to be tried out."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}\Z")

_BUDGETS = {"hashes_per_day": (1, 10**30), "max_difficulty": (1, MAX_DIFFICULTY), "requests_per_minute": (1, 10**9)}


@dataclass(slots=True)
class Client:
    """Who asks, and what is left of its budget.

    Attributes:
        name: under which its share is counted.
        max_difficulty: the largest difficulty that it may ask for; None for that of the server.
        hashes_per_day: that may be spent for it; None for no limit.
        requests_per_minute: that it may send; None for no limit.
        clock: seconds that no one can set back.
    """

    name: str
    max_difficulty: int | None = None
    hashes_per_day: int | None = None
    requests_per_minute: int | None = None
    clock: Callable[[], float] = time.monotonic
    _spent: int = 0
    _day: float = field(default=float("-inf"))
    _requests: int = 0
    _minute: float = field(default=float("-inf"))

    def request(self) -> None:
        """Counts a request.

        Raises:
            Fault: budget_exceeded; there were too many in this minute.
        """
        now = self.clock()
        if now - self._minute >= _MINUTE:
            self._minute, self._requests = now, 0
        if self.requests_per_minute is not None and self._requests >= self.requests_per_minute:
            raise Fault(
                Kind.BUDGET_EXCEEDED,
                f"{self.requests_per_minute} requests per minute are allowed",
                left=0,
                retry_after=_whole_seconds(self._minute + _MINUTE - now),
            )
        self._requests += 1

    def check(self, hashes: int) -> None:
        """Refuses searches that are expected to take more hashes than are left of this day.

        Raises:
            Fault: budget_exceeded.
        """
        left = self.left
        if left is not None and hashes > left:
            raise Fault(
                Kind.BUDGET_EXCEEDED,
                f"{hashes} hashes are expected, and {left} are left of {self.hashes_per_day} per day",
                left=str(left),
                retry_after=_whole_seconds(self._day + DAY - self.clock()),
            )

    @property
    def left(self) -> int | None:
        """Hashes that are left of this day."""
        self._turn_day()
        return None if self.hashes_per_day is None else max(0, self.hashes_per_day - self._spent)

    def spend(self, hashes: int) -> None:
        """Counts hashes that were spent for it."""
        self._turn_day()
        self._spent += hashes

    def _turn_day(self) -> None:
        if self.clock() - self._day >= DAY:
            self._day, self._spent = self.clock(), 0


class Clients:
    """All clients: those with a token, or without a file of tokens each address as one.

    Args:
        by_token: clients by the SHA-256 of their tokens, so that no comparison tells how much of a token is right;
            None if no token is asked for.
    """

    def __init__(self, by_token: Mapping[bytes, Client] | None = None) -> None:
        self._by_token = by_token

    def of(self, authorization: str | None, address: str) -> Client:
        """Who sends a request.

        Raises:
            Fault: unauthorized.
        """
        if self._by_token is None:
            return Client(address)
        scheme, _, token = (authorization or "").partition(" ")
        digest = sha256(token.strip().encode("utf-8", "surrogateescape")).digest()
        found = self._by_token.get(digest)
        if scheme.lower() != "bearer" or found is None:
            raise Fault(Kind.UNAUTHORIZED, "a token is needed: Authorization: Bearer …")
        return found

    def spend(self, name: str, hashes: int) -> None:
        """Counts hashes that were spent for a client."""
        for client in (self._by_token or {}).values():
            if client.name == name:
                client.spend(hashes)


def read_clients(path: Path) -> Clients:
    """Clients from a TOML file: a table ``[clients.NAME]`` for each, with ``token`` and its budget.

    Raises:
        InvalidInput: field ``tokens``; others can read it, or it has no clients, or a value that is not usable. No
            token is in an error.
    """
    if hasattr(stat, "S_IMODE") and path.exists() and path.stat().st_mode & 0o077:
        raise InvalidInput("tokens", str(path), "can be read or written by others", f"chmod 600 {path}")
    content = read_toml(path, "tokens")
    tables = content.pop("clients", None)
    if content or not isinstance(tables, dict) or not tables:
        raise InvalidInput("tokens", str(path), "does not name clients alone", "tables [clients.NAME]")
    by_token: dict[bytes, Client] = {}
    for name, table in tables.items():
        if not _NAME.match(name):
            raise InvalidInput("tokens", name, "is not a name for a client", "a … z, 0 … 9, dots and dashes, up to 64")
        token, client = _read_client(name, table)
        if token in by_token:
            raise InvalidInput("tokens", name, f"has the token of {by_token[token].name}", "a token for each")
        by_token[token] = client
    return Clients(by_token)


def _read_client(name: str, table: object) -> tuple[bytes, Client]:
    if not isinstance(table, dict):
        raise InvalidInput("tokens", name, "is not a table", f"[clients.{name}]")
    rest = dict(table)
    token = rest.pop("token", None)
    if not isinstance(token, str) or not _FORM.match(token):
        raise InvalidInput("tokens", name, "has no usable token", "token = 16 to 200 printable characters")
    unknown = sorted(rest.keys() - _BUDGETS)
    if unknown:
        raise InvalidInput("tokens", f"{name}.{unknown[0]}", "is unknown", f"token, {', '.join(_BUDGETS)}")
    budget = {key: check_integer(f"tokens: {name}.{key}", value, *_BUDGETS[key]) for key, value in rest.items()}
    client = Client(name, budget.get("max_difficulty"), budget.get("hashes_per_day"), budget.get("requests_per_minute"))
    return sha256(token.encode()).digest(), client


def _whole_seconds(seconds: float) -> int:
    return max(1, int(seconds) + 1)
