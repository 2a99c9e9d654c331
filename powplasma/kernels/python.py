"""The kernel that is always there: hashlib's SHA3-256 in a plain loop."""

from __future__ import annotations

from hashlib import sha3_256

from powplasma.kernels.interface import SearchResult, Watch

_SLICE = 4096
"""Nonces between two looks at the watch: a few milliseconds of work."""

_MASK = (1 << 64) - 1


class PythonKernel:
    """Plain Python over hashlib, one nonce at a time."""

    name = "python"
    lanes = 1

    def search(
        self, data_hash: bytes, start: int, count: int, threshold: int, watch: Watch | None = None
    ) -> SearchResult:
        """See ``Kernel.search``."""
        done, top = 0, threshold >> 56
        while done < count:
            if watch is not None:
                watch.hashes.value = done
                if watch.job_word.value != watch.job:
                    return SearchResult(None, done, stopped=True)
            first = (start + done) & _MASK
            # A slice never runs past the last counter, so that the inner loop need not wrap.
            size = min(_SLICE, count - done, _MASK + 1 - first)
            for counter in range(first, first + size):
                digest = sha3_256(counter.to_bytes(8, "little") + data_hash).digest()
                # Nearly always one byte decides.
                if digest[7] >= top and int.from_bytes(digest[:8], "little") >= threshold:
                    return SearchResult(counter, done + counter - first + 1)
            done += size
        return SearchResult(None, done)

    def check_many(self, data_hashes: memoryview, nonces: memoryview, difficulties: memoryview) -> bytes:
        """See ``Kernel.check_many``."""
        hashes, nonce_bytes = data_hashes.cast("B"), nonces.cast("B")
        good = bytearray(len(difficulties))
        for i, difficulty in enumerate(difficulties):
            digest = sha3_256(nonce_bytes[8 * i : 8 * i + 8].tobytes() + hashes[32 * i : 32 * i + 32]).digest()
            missing = (1 << 64) - int.from_bytes(digest[:8], "little")
            # prefix >= threshold is the same as missing * difficulty <= 2^64, without a division.
            good[i] = difficulty <= 1 or missing * difficulty <= 1 << 64
        return bytes(good)
