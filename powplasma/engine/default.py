"""The one-shot front end: one engine shared by all callers of ``generate``."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence

from powplasma.engine.choices import CPU
from powplasma.engine.engine import Engine
from powplasma.engine.search import Progress
from powplasma.work import Work

_lock = threading.Lock()
_engine: Engine | None = None


def generate(
    data_hash: str | bytes,
    difficulty: int,
    *,
    timeout: float | None = None,
    max_hashes: int | None = None,
    workers: int | None = None,
    start_nonce: str | bytes | None = None,
    kernel: str | None = None,
    devices: Sequence[str] = (CPU,),
    progress: Callable[[Progress], None] | None = None,
) -> Work:
    """Finds a nonce for ``data_hash`` that is good for ``difficulty``.

    Uses an engine that is shared by all calls and stays warm between them, unless ``workers``,
    ``kernel`` or ``devices`` asks for another one. Arguments and errors as for ``Engine`` and ``Engine.search``.
    """
    if workers is None and kernel is None and tuple(devices) == (CPU,):
        search = shared_engine().search
        return search(
            data_hash, difficulty, timeout=timeout, max_hashes=max_hashes, start_nonce=start_nonce, progress=progress
        )
    with Engine(workers, kernel, devices=devices) as engine:
        return engine.search(
            data_hash, difficulty, timeout=timeout, max_hashes=max_hashes, start_nonce=start_nonce, progress=progress
        )


def shared_engine() -> Engine:
    """The engine that ``generate`` uses, for other callers that would start one of their own."""
    global _engine  # noqa: PLW0603 - the one shared engine is the purpose of this module
    with _lock:
        if _engine is None:
            _engine = Engine()
        return _engine


def _forget() -> None:
    """A forked child has neither the threads nor the pipes of its parent's engine."""
    global _engine, _lock
    _engine, _lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
