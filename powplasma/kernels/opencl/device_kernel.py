"""The kernel of one OpenCL device: the same answers as every other, in launches of limited length."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from powplasma.errors import InvalidInput, KernelUnavailable, check_integer
from powplasma.kernels.interface import SearchResult, Watch
from powplasma.kernels.opencl.build import build
from powplasma.kernels.opencl.devices import library
from powplasma.kernels.opencl.program import common_state
from powplasma.kernels.opencl.source import Variant
from powplasma.work import HASH_BYTES, MAX_DIFFICULTY, NONCE_BYTES, U64

if TYPE_CHECKING:
    import pyopencl as cl

_NONE = (1 << 32) - 1
"""In the slot: no good nonce. Offsets within a launch are below it."""

LARGEST_LAUNCH = 1 << 31
"""Nonces in a launch, at most."""

_LAUNCHES_PER_SEARCH = 16
"""Aim for the launches in an average search: what follows a good nonce in its launch is work for nothing."""

_WORKS_PER_CALL = 1 << 16


class DeviceKernel:
    """One program on one device. Calls from several threads wait for each other.

    Args:
        name: of the device.
        device: as pyopencl has it.
        variant: how the program is built.
        least: nonces in a launch, below which the device is not busy.
        most: nonces in a launch, at most.
        hashrate: what it is known to make, in hashes per second; 0 if nothing is known.
    """

    def __init__(
        self, name: str, device: cl.Device, variant: Variant, *, least: int, most: int, hashrate: float = 0.0
    ) -> None:
        """Opens the device and builds the program.

        Raises:
            KernelUnavailable: one or the other fails.
        """
        import numpy as np  # noqa: PLC0415 - pyopencl brings it

        cl = library()
        self.name = name
        self.lanes = variant.local
        self.hashrate = hashrate
        self._most = min(LARGEST_LAUNCH, max(self.lanes, most // self.lanes * self.lanes))
        self._least = min(least, self._most)
        self._np = np
        self._cl = cl
        self._lock = threading.Lock()
        with self._failures_named():
            context = cl.Context([device])
            self._context = context
            self._queue = cl.CommandQueue(context)
            program = build(context, device, variant)
            self._search = cl.Kernel(program, "search")
            self._check_many = cl.Kernel(program, "check_many")
            self._common = cl.Buffer(context, cl.mem_flags.READ_ONLY, 8 * 25)
            self._slot = cl.Buffer(context, cl.mem_flags.READ_WRITE, 4)
            self._search.set_arg(0, self._common)
            self._search.set_arg(4, self._slot)
        self._answer = np.empty(1, np.uint32)
        self._none = np.array([_NONE], np.uint32)
        self._data_hash = b""

    def search(
        self, data_hash: bytes, start: int, count: int, threshold: int, watch: Watch | None = None
    ) -> SearchResult:
        """See ``Kernel.search``. The watch is read before each launch.

        Raises:
            InvalidInput: an argument is outside the range that the device can hold.
            KernelUnavailable: the device fails.
        """
        if len(data_hash) != HASH_BYTES:
            raise InvalidInput("data_hash", data_hash, f"has {len(data_hash)} bytes", f"{HASH_BYTES} bytes")
        check_integer("start", start, 0, MAX_DIFFICULTY)
        check_integer("count", count, 1, MAX_DIFFICULTY)
        check_integer("threshold", threshold, 0, MAX_DIFFICULTY)
        average = U64 // (U64 - threshold)
        size = max(self._least, min(self._most, average // _LAUNCHES_PER_SEARCH))
        done = 0
        with self._lock, self._failures_named():
            self._set_data_hash(bytes(data_hash))
            while done < count:
                if watch is not None and watch.job_word.value != watch.job:
                    watch.hashes.value = done
                    return SearchResult(None, done, stopped=True)
                launched = min(size, count - done)
                first = self._launch((start + done) % U64, launched, threshold)
                if first != _NONE:
                    return SearchResult((start + done + first) % U64, done + first + 1)
                done += launched
                if watch is not None:
                    watch.hashes.value = done
        return SearchResult(None, done)

    def check_many(self, data_hashes: memoryview, nonces: memoryview, difficulties: memoryview) -> bytes:
        """See ``Kernel.check_many``.

        Raises:
            KernelUnavailable: the device fails.
        """
        works = len(difficulties)
        hash_bytes, nonce_bytes, words = data_hashes.cast("B"), nonces.cast("B"), difficulties.cast("B")
        if len(hash_bytes) != HASH_BYTES * works or len(nonce_bytes) != NONCE_BYTES * works or len(words) != 8 * works:
            raise InvalidInput("nonces", len(nonce_bytes), "bytes do not match the other arrays", f"{works} works")
        good = []
        with self._lock, self._failures_named():
            for first in range(0, works, _WORKS_PER_CALL):
                last = min(first + _WORKS_PER_CALL, works)
                sizes = (HASH_BYTES, NONCE_BYTES, 8)
                parts = [
                    view[size * first : size * last].tobytes()
                    for view, size in zip((hash_bytes, nonce_bytes, words), sizes, strict=True)
                ]
                good.append(self._judge(parts, last - first))
        return b"".join(good)

    def count(self, nonces: int) -> None:
        """Judges so many nonces in one launch for nothing, to see how long that takes."""
        with self._lock, self._failures_named():
            self._set_data_hash(bytes(HASH_BYTES))
            self._launch(0, nonces, MAX_DIFFICULTY)

    def _set_data_hash(self, data_hash: bytes) -> None:
        if data_hash != self._data_hash:
            words = self._np.array(common_state(data_hash), self._np.uint64)
            self._cl.enqueue_copy(self._queue, self._common, words)
            self._data_hash = data_hash

    def _launch(self, start: int, count: int, threshold: int) -> int:
        """Offset of the first good nonce among ``count`` from ``start`` on, or _NONE."""
        np = self._np
        self._cl.enqueue_copy(self._queue, self._slot, self._none, is_blocking=False)
        self._search.set_arg(1, np.uint64(start))
        self._search.set_arg(2, np.uint32(count))
        self._search.set_arg(3, np.uint64(threshold))
        self._cl.enqueue_nd_range_kernel(self._queue, self._search, (self._whole_groups(count),), (self.lanes,))
        self._cl.enqueue_copy(self._queue, self._answer, self._slot)
        first = int(self._answer[0])
        if count <= first != _NONE:
            raise KernelUnavailable(self.name, f"it answers with nonce {first} of {count}")
        return first

    def _judge(self, parts: list[bytes], works: int) -> bytes:
        cl, np = self._cl, self._np
        flags = cl.mem_flags.READ_ONLY | cl.mem_flags.COPY_HOST_PTR
        inputs = [cl.Buffer(self._context, flags, hostbuf=np.frombuffer(part, np.uint8)) for part in parts]
        output = cl.Buffer(self._context, cl.mem_flags.WRITE_ONLY, works)
        self._check_many.set_args(*inputs, np.uint32(works), output)
        cl.enqueue_nd_range_kernel(self._queue, self._check_many, (self._whole_groups(works),), (self.lanes,))
        good = np.empty(works, np.uint8)
        cl.enqueue_copy(self._queue, good, output)
        return bytes(good)

    def _whole_groups(self, items: int) -> int:
        return -(-items // self.lanes) * self.lanes

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        try:
            yield
        except self._cl.Error as error:
            raise KernelUnavailable(self.name, f"the device fails: {' '.join(str(error).split())}") from error
        except KernelUnavailable as error:
            raise KernelUnavailable(self.name, error.why) from error
