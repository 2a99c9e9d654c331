"""What a work server answers when it cannot give what was asked: one table for both forms of message."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """A kind of refusal: its code in JSON-RPC and its HTTP status."""

    UNREADABLE = -32700, 400
    INVALID_REQUEST = -32600, 400
    UNKNOWN_ACTION = -32601, 404
    DEFECT = -32603, 500
    BAD_HASH = -32001, 400
    BAD_DIFFICULTY = -32002, 400
    DIFFICULTY_TOO_HIGH = -32003, 422
    CANCELLED = -32004, 499
    TIMEOUT = -32005, 504
    OVERLOADED = -32006, 429
    STALE_FRONTIER = -32007, 409
    NO_DEVICE = -32008, 503
    UNAUTHORIZED = -32009, 401
    BUDGET_EXCEEDED = -32010, 429
    UNKNOWN_TICKET = -32011, 404
    STORE_FAILED = -32012, 503

    @property
    def code(self) -> int:
        """In JSON-RPC."""
        return self.value[0]

    @property
    def status(self) -> int:
        """Of HTTP; what is cancelled is 200 in the bare form, as nano-node expects it."""
        return self.value[1]


class Fault(Exception):
    """An answer that is an error.

    Attributes:
        kind: which one.
        message: one line for a person.
        data: what a program can use: ``field``, ``accepted``, ``maximum``, ``retry_after``, …
    """

    def __init__(self, kind: Kind, message: str, **data: object) -> None:
        self.kind = kind
        self.message = message
        self.data = data
        super().__init__(message)

    @property
    def name(self) -> str:
        """The kind, as it is written in an answer."""
        return self.kind.name.lower()


def cancelled() -> Fault:
    """A search that was given up on request; the word is the one that Nano's clients know."""
    return Fault(Kind.CANCELLED, "Cancelled")
