"""A drop-in for the nonce generation of the PyPI package znn-sdk: same arguments, same refusals, same nonces.

Two lines make the SDK use it::

    from powplasma.integrations import znn_sdk
    znn_sdk.install()

``generate`` stands in for ``znn.pow.generate``; ``provide`` is what ``Zenon.set_pow_provider``
takes. Both judge what comes out with the slow, exact rule before they return it, and the SDK
judges it once more. Source of what is refused: znn-sdk 0.1.2, ``znn/pow.py``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from powplasma.engine.default import shared_engine
from powplasma.errors import DifficultyTooHigh, InvalidInput, PowPlasmaError, SearchCancelled, check_integer
from powplasma.plasma import ruleset
from powplasma.work import MAX_DIFFICULTY, NONCE_BYTES, Work

_ZERO_NONCE = "00" * NONCE_BYTES
_HASH = re.compile(r"[0-9a-f]{64}\Z")
_RULES = ruleset("alphanet")
_POLL_SECONDS = 0.02
"""How often ``cancel`` is asked; the SDK asks every 10,000 hashes, which takes it about as long."""


class NotInstalled(PowPlasmaError):
    """The package znn-sdk is not installed."""

    def __init__(self) -> None:
        super().__init__("znn-sdk is not installed: pip install 'powplasma[peers]' (Python 3.12 or newer)")


class TakesProvider(Protocol):
    """An object such as ``znn.sdk.Zenon``."""

    def set_pow_provider(self, provider: object) -> None:
        """Takes the function that generates nonces."""


def generate(
    hash_hex: str,
    difficulty: int,
    start_nonce: bytes | None = None,
    cancel: Callable[[], object] | None = None,
) -> str:
    """Finds a nonce as ``znn.pow.generate`` does, on all cores.

    Args:
        hash_hex: the data hash, 64 lower-case hex digits.
        difficulty: 0 … 141,750,000; 0 gives the zero nonce.
        start_nonce: 8 bytes; the result is then the first good nonce in counting order, as in the SDK.
        cancel: asked now and then; the search is given up when it says true.

    Returns:
        16 lower-case hex digits.

    Raises:
        ValueError: an argument with a value that is not usable (``InvalidInput`` or ``DifficultyTooHigh``).
        TypeError: ``cancel`` cannot be called, or ``start_nonce`` is not bytes.
        RuntimeError: the search was cancelled; it is znn-sdk's ``PowCancelledError``.
        PowPlasmaError: as ``Engine.search``.
    """
    _check(hash_hex, difficulty)
    if cancel is not None and not callable(cancel):
        raise TypeError("cancel must be a callable without arguments")
    if difficulty == 0:
        return _ZERO_NONCE
    if start_nonce is not None and not isinstance(start_nonce, bytes | bytearray | memoryview):
        raise TypeError("start_nonce must be bytes")
    if start_nonce is not None and len(bytes(start_nonce)) != NONCE_BYTES:
        raise InvalidInput("start_nonce", bytes(start_nonce), "has the wrong size", f"{NONCE_BYTES} bytes")
    start = None if start_nonce is None else bytes(start_nonce)
    if cancel is None:
        return shared_engine().search(hash_hex, difficulty, start_nonce=start).nonce.hex()
    if cancel():
        raise _cancelled()
    search = shared_engine().submit(hash_hex, difficulty, start_nonce=start)
    return _watched(search, cancel).nonce.hex()


async def provide(hash_hex: str, difficulty: int) -> str:
    """Finds a nonce without blocking the event loop, for ``Zenon.set_pow_provider``; cancelling the task ends it.

    Arguments, result and errors as for ``generate``.
    """
    _check(hash_hex, difficulty)
    if difficulty == 0:
        return _ZERO_NONCE
    work = await asyncio.wrap_future(shared_engine().submit(hash_hex, difficulty))
    return work.nonce.hex()


def install(zenon: TakesProvider | None = None) -> None:
    """Makes an object of the SDK, by default its ``znn.sdk.zenon``, find nonces with powplasma.

    Raises:
        NotInstalled: no object is given and znn-sdk is not installed.
    """
    if zenon is None:
        try:
            from znn.sdk import zenon as default  # noqa: PLC0415 - an optional package
        except ImportError as error:
            raise NotInstalled from error
        default.set_pow_provider(provide)
    else:
        zenon.set_pow_provider(provide)


def _check(hash_hex: str, difficulty: int) -> None:
    if not isinstance(hash_hex, str) or not _HASH.match(hash_hex):
        raise InvalidInput("hash_hex", hash_hex, "is no data hash", "64 lower-case hex digits")
    check_integer("difficulty", difficulty, 0, MAX_DIFFICULTY)
    if difficulty > _RULES.max_difficulty:
        raise DifficultyTooHigh(difficulty, _RULES.max_difficulty, _RULES.name)


def _watched(search: Future[Work], cancel: Callable[[], object]) -> Work:
    try:
        while True:
            try:
                return search.result(_POLL_SECONDS)
            except TimeoutError:
                if cancel():
                    raise _cancelled() from None
    finally:
        search.cancel()


def _cancelled() -> Exception:
    """The SDK's own error where it is installed, so that its callers catch it."""
    try:
        from znn.pow import PowCancelledError  # noqa: PLC0415 - an optional package
    except ImportError:
        return SearchCancelled("the search was cancelled")
    error: Exception = PowCancelledError("the search was cancelled")
    return error
