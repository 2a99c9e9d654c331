"""What carries a call to a node and its answer back, whichever way."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Protocol

from powplasma.errors import InvalidInput
from powplasma.node.errors import NodeUnavailable

MAX_ANSWER_BYTES = 8 * 1024 * 1024
"""Most bytes of an answer by default. The largest that the client asks for has about one megabyte."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much the client waits for.

    Attributes:
        timeout: seconds from sending a request to the end of its answer.
        connect_timeout: seconds until a connection stands.
        max_answer_bytes: longest answer.
    """

    timeout: float = 10.0
    connect_timeout: float = 5.0
    max_answer_bytes: int = MAX_ANSWER_BYTES

    def __post_init__(self) -> None:
        for field in ("timeout", "connect_timeout"):
            value = getattr(self, field)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
                raise InvalidInput(field, value, "is out of range", "seconds above 0")
        if not isinstance(self.max_answer_bytes, int) or self.max_answer_bytes < 1:
            raise InvalidInput("max_answer_bytes", self.max_answer_bytes, "is out of range", "1 byte and more")


class Transport(Protocol):
    """Carries calls to one node. To be used inside one running event loop."""

    async def call(self, method: str, params: Sequence[object]) -> object:
        """Sends one request, once, and gives its result.

        Raises:
            NodeError: there is no result; a child says whether the request may have been carried out.
        """

    async def wait_for_momentum(self, seconds: float) -> None:
        """Returns when the node has told of a new momentum, or after so many seconds; whichever is first.

        Raises:
            NodeError: the node cannot be asked to tell.
        """

    async def close(self) -> None:
        """Ends all connections."""


def load_aiohttp() -> ModuleType:
    """The library that speaks HTTP and WebSocket.

    Raises:
        NodeUnavailable: it is not installed.
    """
    try:
        import aiohttp  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise NodeUnavailable from error
    return aiohttp


def words_of(error: BaseException) -> str:
    """Why a connection failed, without the library's own notes."""
    system = getattr(error, "os_error", error)
    number = system.errno if isinstance(system, OSError) else None
    if number == errno.ECONNREFUSED:
        return "nothing listens there; is the node running?"
    return os.strerror(number) if number and number in errno.errorcode else str(error) or type(error).__name__
