"""Judging many works at once: strict about what comes in, then one call into a kernel."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from powplasma.errors import InvalidInput, check_integer
from powplasma.kernels.choice import kernel as choose
from powplasma.work import HASH_BYTES, MAX_DIFFICULTY, NONCE_BYTES

if TYPE_CHECKING:
    import numpy as np


def check_many(
    data_hashes: bytes | bytearray | memoryview | np.ndarray[Any, Any] | Sequence[bytes],
    nonces: bytes | bytearray | memoryview | np.ndarray[Any, Any] | Sequence[bytes],
    difficulties: int | memoryview | array[int] | np.ndarray[Any, Any] | Sequence[int],
    kernel: str | None = None,
) -> list[bool] | np.ndarray[Any, Any]:
    """Whether each nonce is good for its data hash and difficulty, by the rule of ``work.check``.

    Args:
        data_hashes: n data hashes; one buffer of 32 n bytes, an array of uint8 and shape (n, 32),
            or a sequence of 32-byte strings.
        nonces: n nonces, each in the order it is hashed; one buffer of 8 n bytes, an array of uint8
            and shape (n, 8), or a sequence of 8-byte strings.
        difficulties: one for all, or n of them: integers from 0 to 2^64 - 1, a buffer of unsigned
            64-bit integers (``array("Q")``), or an array of an integer type and shape (n,).
        kernel: name of the kernel to use; by default the best.

    Returns:
        n truth values: an array of bool if any of the arguments is a numpy array, else a list.

    Raises:
        InvalidInput: field ``data_hashes``, ``nonces`` or ``difficulties``, with the index of the
            offending element in brackets if it is one of many; or field ``kernel``.
        KernelUnavailable: the kernel that was asked for does not run here.
    """
    hashes = _rows("data_hashes", data_hashes, HASH_BYTES)
    works = len(hashes) // HASH_BYTES
    nonce_bytes = _rows("nonces", nonces, NONCE_BYTES)
    if len(nonce_bytes) != NONCE_BYTES * works:
        found = len(nonce_bytes) // NONCE_BYTES
        raise InvalidInput("nonces", f"{found} nonces", "are not one for each data hash", f"{works}")
    if _is_numpy(difficulties) and not difficulties.shape:  # type: ignore[union-attr]  # an array of numpy's
        difficulties = difficulties.item()  # type: ignore[union-attr]
    words = _difficulties(difficulties, works)
    good = choose(kernel).check_many(hashes, nonce_bytes, words)
    if any(_is_numpy(argument) for argument in (data_hashes, nonces, difficulties)):
        numpy = sys.modules["numpy"]
        array_of_bool: np.ndarray[Any, Any] = numpy.frombuffer(good, dtype=numpy.bool_).copy()
        return array_of_bool
    truths: list[bool] = memoryview(good).cast("?").tolist()  # type: ignore[assignment]  # typeshed says int
    return truths


def _is_numpy(value: object) -> bool:
    """Whether ``value`` is an array of numpy, which is not imported for that."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray)


def _rows(field: str, value: Any, size: int) -> memoryview:
    """The contiguous bytes of rows of ``size`` bytes."""
    if _is_numpy(value):
        _refuse_masked(field, value)
        if value.dtype != "uint8":
            raise InvalidInput(field, f"array of {value.dtype}", "has the wrong type", f"uint8, shape (n, {size})")
        if value.ndim != 2 or value.shape[1] != size:
            raise InvalidInput(field, f"shape {value.shape}", "is wrong", f"uint8, shape (n, {size})")
        return _contiguous(memoryview(value), value.size)
    if isinstance(value, bytes | bytearray | memoryview):
        view = memoryview(value)
        if view.format not in {"B", "b", "c"}:
            raise InvalidInput(field, f"buffer of format {view.format}", "does not hold bytes", f"{size} bytes each")
        if view.nbytes % size:
            raise InvalidInput(field, f"{view.nbytes} bytes", "are not a whole number of rows", f"{size} bytes each")
        return _contiguous(view, view.nbytes)
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise InvalidInput(field, value, "is neither bytes nor a sequence of bytes", f"{size} bytes each")
    return memoryview(b"".join([_row(field, index, row, size) for index, row in enumerate(value)]))


def _row(field: str, index: int, row: object, size: int) -> bytes | bytearray | memoryview:
    if not isinstance(row, bytes | bytearray | memoryview):
        raise InvalidInput(f"{field}[{index}]", row, "is not bytes", f"{size} bytes")
    if memoryview(row).nbytes != size:
        raise InvalidInput(f"{field}[{index}]", bytes(row), f"has {memoryview(row).nbytes} bytes", f"{size} bytes")
    return row


def _contiguous(view: memoryview, length: int) -> memoryview:
    if length == 0:
        return memoryview(b"")
    return view.cast("B") if view.c_contiguous else memoryview(view.tobytes())


def _difficulties(value: Any, works: int) -> memoryview:
    """``works`` unsigned 64-bit integers, format Q."""
    if _is_numpy(value):
        words = _of_numpy(value)
    elif isinstance(value, array | memoryview):
        view = memoryview(value)
        if view.format not in {"Q", "L"} or view.itemsize != 8 or view.ndim != 1:
            raise InvalidInput(
                "difficulties", f"buffer of format {view.format}", "is wrong", "unsigned 64-bit, n of them"
            )
        words = view if view.c_contiguous else memoryview(view.tobytes())
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        checked = [check_integer(f"difficulties[{index}]", each, 0, MAX_DIFFICULTY) for index, each in enumerate(value)]
        words = memoryview(array("Q", checked))
    else:
        return memoryview(array("Q", [check_integer("difficulties", value, 0, MAX_DIFFICULTY)]) * works)
    found = words.nbytes // 8
    if found != works:
        raise InvalidInput(
            "difficulties", f"{found} difficulties", "are not one for each data hash", f"{works}, or one integer"
        )
    return words.cast("B").cast("Q") if found else memoryview(array("Q"))


def _refuse_masked(field: str, value: np.ndarray[Any, Any]) -> None:
    """Refuses an array that hides some of its values: its buffer would show them."""
    mask = getattr(value, "mask", None)
    if mask is not None and mask.any():
        raise InvalidInput(field, f"array of {value.dtype}", "has masked values", "values without a mask")


def _of_numpy(value: np.ndarray[Any, Any]) -> memoryview:
    _refuse_masked("difficulties", value)
    if value.dtype.kind not in "iu":
        raise InvalidInput(
            "difficulties", f"array of {value.dtype}", "has the wrong type", "an integer type, shape (n,)"
        )
    if value.ndim != 1:
        raise InvalidInput("difficulties", f"shape {value.shape}", "is wrong", "an integer type, shape (n,)")
    if value.dtype.kind == "i" and value.size and value.min() < 0:
        index = int((value < 0).argmax())
        raise InvalidInput(f"difficulties[{index}]", int(value[index]), "is out of range", f"0 … {MAX_DIFFICULTY}")
    exact = value.astype("=u8", order="C", copy=False)
    return exact.data if exact.size else memoryview(b"")
