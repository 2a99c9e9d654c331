"""The native kernels: those of the C library, bound with ctypes."""

from __future__ import annotations

import ctypes
from pathlib import Path

from powplasma.errors import InvalidInput, KernelUnavailable
from powplasma.kernels.interface import SearchResult, Watch
from powplasma.library import LIBRARY, LibraryUnavailable, load
from powplasma.work import HASH_BYTES, MAX_DIFFICULTY, NONCE_BYTES

_FOUND, _STOPPED = 1, 2

# name: (number in the C interface, lanes, what the processor needs)
_NATIVE = {
    "avx512": (2, 8, "AVX-512 (F)"),
    "avx2": (1, 4, "AVX2 and BMI2"),
    "neon": (3, 2, "NEON"),
    "portable": (0, 1, "nothing special"),
}

_WORKS_PER_CALL = 8192
"""Works judged by one call of the library: what is copied for it stays in the processor's cache."""


class _Watch(ctypes.Structure):
    _fields_ = (("job_word", ctypes.c_void_p), ("job", ctypes.c_uint64), ("hashes", ctypes.c_void_p))


class Library:
    """The loaded C library."""

    def __init__(self, path: Path = LIBRARY) -> None:
        """Loads ``path`` and binds it.

        Raises:
            KernelUnavailable: it is not there, was altered since it was built, cannot be loaded,
                or has another interface.
        """
        try:
            library = load(path)
        except LibraryUnavailable as error:
            raise KernelUnavailable("native", str(error)) from error
        for function in (library.pp_compiled, library.pp_usable):
            function.restype = ctypes.c_uint32
        self.compiled: int = library.pp_compiled()
        self.usable: int = library.pp_usable()
        self.search = library.pp_search
        self.check_many = library.pp_check_many
        u64, words = ctypes.c_uint64, ctypes.POINTER(ctypes.c_uint64)
        self.search.argtypes = (
            ctypes.c_int, ctypes.c_char_p, u64, u64, u64, ctypes.POINTER(_Watch), words, words,
        )  # fmt: skip
        self.check_many.argtypes = (
            ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, u64, ctypes.c_char_p,
        )  # fmt: skip

    def kernel(self, name: str) -> NativeKernel:
        """The kernel of that name.

        Raises:
            KernelUnavailable: this library or this processor has none.
        """
        number, lanes, needs = _NATIVE[name]
        if not self.compiled >> number & 1:
            raise KernelUnavailable(name, "it is not for this kind of processor")
        if not self.usable >> number & 1:
            raise KernelUnavailable(name, f"the processor or the operating system lacks {needs}")
        return NativeKernel(self, name, number, lanes)


class NativeKernel:
    """One instruction set of the C library."""

    def __init__(self, library: Library, name: str, number: int, lanes: int) -> None:
        self._library = library
        self._number = number
        self.name = name
        self.lanes = lanes

    def search(
        self, data_hash: bytes, start: int, count: int, threshold: int, watch: Watch | None = None
    ) -> SearchResult:
        """See ``Kernel.search``.

        Raises:
            InvalidInput: an argument is outside the range that C can hold.
        """
        if len(data_hash) != HASH_BYTES:
            raise InvalidInput("data_hash", data_hash, f"has {len(data_hash)} bytes", f"{HASH_BYTES} bytes")
        for field, value, least in (("start", start, 0), ("count", count, 1), ("threshold", threshold, 0)):
            if not least <= value <= MAX_DIFFICULTY:
                raise InvalidInput(field, value, "is out of range", f"{least} … {MAX_DIFFICULTY}")
        counter, hashes = ctypes.c_uint64(), ctypes.c_uint64()
        shared = None
        if watch is not None:
            shared = _Watch(ctypes.addressof(watch.job_word), watch.job, ctypes.addressof(watch.hashes))
        status = self._library.search(
            self._number, bytes(data_hash), start, count, threshold, shared, ctypes.byref(counter), ctypes.byref(hashes)
        )
        found = counter.value if status == _FOUND else None
        return SearchResult(found, hashes.value, stopped=status == _STOPPED)

    def check_many(self, data_hashes: memoryview, nonces: memoryview, difficulties: memoryview) -> bytes:
        """See ``Kernel.check_many``."""
        works = len(difficulties)
        hash_bytes, nonce_bytes, words = data_hashes.cast("B"), nonces.cast("B"), difficulties.cast("B")
        if len(hash_bytes) != HASH_BYTES * works or len(nonce_bytes) != NONCE_BYTES * works or len(words) != 8 * works:
            raise InvalidInput("nonces", len(nonce_bytes), "bytes do not match the other arrays", f"{works} works")
        good = []
        for first in range(0, works, _WORKS_PER_CALL):
            last = min(first + _WORKS_PER_CALL, works)
            judged = ctypes.create_string_buffer(last - first)
            self._library.check_many(
                self._number,
                hash_bytes[HASH_BYTES * first : HASH_BYTES * last].tobytes(),
                nonce_bytes[NONCE_BYTES * first : NONCE_BYTES * last].tobytes(),
                words[8 * first : 8 * last].tobytes(),
                last - first,
                judged,
            )
            good.append(judged.raw)
        return b"".join(good)
