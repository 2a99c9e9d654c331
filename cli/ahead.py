"""Reading ahead: an iterator that runs in a thread of its own, a bounded way in front."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")

_WAIT_SECONDS = 0.1
"""Time between two looks at whether anybody still wants the items."""


class _End:
    """Stands behind the last item.

    Attributes:
        error: what ended the iterator, if it was not its own end.
    """

    def __init__(self, error: Exception | None) -> None:
        self.error = error


class Ahead(Generic[T]):
    """Items of ``source`` in their order, without waiting for it where none is there yet.

    Args:
        source: iterated in another thread, from now on.
        depth: how many items are held at most.
    """

    def __init__(self, source: Iterator[T], depth: int) -> None:
        self._queue: queue.Queue[T | _End] = queue.Queue(depth)
        self._unwanted = threading.Event()
        self._ended = False
        self._returned: list[T] = []
        threading.Thread(target=self._read, args=(source,), name="powplasma-reader", daemon=True).start()

    def next(self, *, wait: bool) -> T | None:
        """The next item; None at the end, or where ``wait`` is false and none is there yet.

        Raises:
            Exception: what ``source`` raised.
        """
        if self._returned:
            return self._returned.pop()
        if self._ended:
            return None
        try:
            item = self._queue.get(block=wait)
        except queue.Empty:
            return None
        if isinstance(item, _End):
            self._ended = True
            if item.error is not None:
                raise item.error
            return None
        return item

    def put_back(self, item: T) -> None:
        """Has ``next`` give this item again, before all others."""
        self._returned.append(item)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Lets the thread end once its source gives it control again."""
        self._unwanted.set()

    def _read(self, source: Iterator[T]) -> None:
        end = _End(None)
        try:
            for item in source:
                if not self._put(item):
                    return
        except Exception as error:  # noqa: BLE001 - raised again in the thread that asks for items
            end = _End(error)
        self._put(end)

    def _put(self, item: T | _End) -> bool:
        while not self._unwanted.is_set():
            try:
                self._queue.put(item, timeout=_WAIT_SECONDS)
            except queue.Full:
                continue
            return True
        return False
