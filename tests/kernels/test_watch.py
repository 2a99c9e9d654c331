"""A search that others follow and stop."""

from __future__ import annotations

import ctypes
import threading
import time

from powplasma.kernels import Kernel, Watch
from tests.waiting import PATIENCE

NEVER = 2**64 - 1


def test_a_search_for_another_job_does_not_begin(kernel: Kernel) -> None:
    hashes = ctypes.c_uint64(77)
    result = kernel.search(bytes(32), 5, 10**6, NEVER, Watch(ctypes.c_uint64(2), 1, hashes))
    assert (result.counter, result.hashes, result.stopped) == (None, 0, True)
    assert hashes.value == 0


def test_a_search_that_is_not_stopped_is_not_changed(kernel: Kernel) -> None:
    watch = Watch(ctypes.c_uint64(9), 9, ctypes.c_uint64())
    count = 20_000 if kernel.lanes == 1 else 100_000
    result = kernel.search(bytes(32), 5, count, NEVER, watch)
    assert (result.counter, result.hashes, result.stopped) == (None, count, False)
    assert 0 < watch.hashes.value <= count


def test_a_search_is_followed_and_stopped_by_another_thread(kernel: Kernel) -> None:
    watch = Watch(ctypes.c_uint64(1), 1, ctypes.c_uint64())
    results = []
    thread = threading.Thread(
        target=lambda: results.append(kernel.search(bytes(range(32)), 100, 2**64 - 1, NEVER, watch))
    )
    thread.start()
    seen: list[int] = []
    while len(seen) < 4:
        if watch.hashes.value not in seen:
            seen.append(watch.hashes.value)
        time.sleep(0.001)
    watch.job_word.value = 2
    thread.join(PATIENCE)
    assert not thread.is_alive()
    (result,) = results
    assert result.stopped
    assert result.counter is None
    assert result.hashes == watch.hashes.value >= seen[-1]
    assert seen == sorted(seen)


def test_a_stopped_search_leaves_no_gap(kernel: Kernel) -> None:
    """What a stopped search judged and what another one continues with is the whole range."""
    data_hash, start, count = bytes(range(32)), 2**64 - 9000, 60_000 if kernel.lanes > 1 else 20_000
    least = 2**64 - 2**64 // 700
    watch = Watch(ctypes.c_uint64(1), 1, ctypes.c_uint64())
    threading.Timer(0.001, lambda: setattr(watch.job_word, "value", 0)).start()
    found, position = [], 0
    while position < count:
        result = kernel.search(data_hash, (start + position) % 2**64, count - position, least, watch)
        position += result.hashes
        if result.stopped:
            watch.job_word.value = 1
        elif result.counter is not None:
            found.append(result.counter)
    expected, position = [], 0
    while position < count:
        result = kernel.search(data_hash, (start + position) % 2**64, count - position, least)
        position += result.hashes
        if result.counter is not None:
            expected.append(result.counter)
    assert found == expected
