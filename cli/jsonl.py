"""JSON Lines from outside: read in bounded memory, and strictly, a line at a time."""

from __future__ import annotations

import codecs
import json
import os
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from powplasma.errors import InvalidInput
from powplasma.files import check_depth, other_encoding

MAX_LINE_BYTES = 65_536
"""A longer line is an error; no work or request for one is anywhere near."""

_ENDLESS = 1 << 26
"""Bytes without an end of a line, after which no more are waited for: a device, or another kind of file."""

_CHUNK = 1 << 16
_MOST_DIGITS = 100
_ACCEPTED = "one JSON object per line"
_SURROGATE = re.compile("[\ud800-\udfff]")


def open_input(path: str) -> int:
    """A descriptor of a file to read, or of standard input for ``-``.

    Raises:
        InvalidInput: field ``input``; it cannot be read.
    """
    if path == "-":
        return os.dup(0)
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            os.read(descriptor, 0)  # a directory can be opened, but not read
        except OSError:
            os.close(descriptor)
            raise
    except OSError as error:
        raise InvalidInput(
            "input", path, f"cannot be read: {error.strerror}", "a file, or - for standard input"
        ) from None
    return descriptor


def read_lines(descriptor: int) -> Iterator[tuple[int, bytes | InvalidInput]]:
    """The lines that are not blank, each with its number from 1 on, without its end.

    Reads the descriptor itself: a line is passed on as soon as its end is there, and a thread
    that waits here holds no lock that the interpreter needs to exit. A line that is too long
    comes as the error it is, and is never held in memory. The descriptor is closed at the end.

    Raises:
        InvalidInput: field ``input``; a line has no end, or the file is text of another encoding.
    """
    number, rest, skipping, passed = 1, b"", False, 0
    try:
        while chunk := os.read(descriptor, _CHUNK):
            passed = 0 if b"\n" in chunk else passed + len(chunk)
            if passed > _ENDLESS:
                raise InvalidInput("input", f"line {number}", "has no end", f"lines of at most {MAX_LINE_BYTES} bytes")
            *ended, rest = (rest + chunk).split(b"\n")
            for line in ended:
                if not skipping:
                    yield from _line(number, line)
                number, skipping = number + 1, False
            if skipping:
                rest = b""
            elif len(rest) > MAX_LINE_BYTES:
                yield from _line(number, rest)
                rest, skipping = b"", True
        if not skipping:
            yield from _line(number, rest)
    finally:
        os.close(descriptor)


def _line(number: int, line: bytes) -> Iterator[tuple[int, bytes | InvalidInput]]:
    if number == 1:
        other = other_encoding(line)
        if other:
            raise InvalidInput("input", "it", f"is {other} text", "UTF-8 text")
        line = line.removeprefix(codecs.BOM_UTF8)
    if len(line) > MAX_LINE_BYTES:
        yield (
            number,
            InvalidInput(
                "line", line[:40].decode("utf-8", "replace") + "…", "is too long", f"at most {MAX_LINE_BYTES} bytes"
            ),
        )
    elif line := line.strip():
        yield number, line


def parse_object(line: bytes) -> dict[str, object]:
    """The JSON object on a line.

    Raises:
        InvalidInput: field ``line``; not UTF-8, not JSON, not an object, or not one that every
            reader understands alike (a key twice, NaN, a number of more than 100 digits).
    """
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput("line", repr(line)[2:-1], f"is not UTF-8 at byte {error.start + 1}", _ACCEPTED) from None
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant, parse_int=_integer)
        check_depth(value)
    except _NotAccepted as error:
        raise InvalidInput("line", text, str(error), _ACCEPTED) from None
    except json.JSONDecodeError as error:
        raise InvalidInput("line", text, f"is not JSON at character {error.pos + 1}", _ACCEPTED) from None
    except RecursionError:
        raise InvalidInput("line", text, "is nested too deeply", _ACCEPTED) from None
    if not isinstance(value, dict):
        raise InvalidInput("line", text, "is not an object", _ACCEPTED)
    if "\\u" in text and _SURROGATE.search(json.dumps(value, ensure_ascii=False)):
        raise InvalidInput("line", text, "has half of a surrogate pair, which is not text", _ACCEPTED)
    return value


def line_message(number: int, error: InvalidInput) -> str:
    """One line about an error in line ``number``."""
    return error.describe(f"line {number}") if error.field == "line" else f"line {number}: {error}"


def plain(value: object) -> str | int:
    """A JSON value that is text or an integer; any other as the text it has in the file (``true``, ``[1]``)."""
    return value if isinstance(value, str) or type(value) is int else json.dumps(value)


class _NotAccepted(Exception):
    """JSON that readers take in different ways."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _NotAccepted(f"has the key {twice!r} twice")
    return content


def _no_constant(name: str) -> NoReturn:
    raise _NotAccepted(f"has {name}, which is not JSON")


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise _NotAccepted(f"has a number of {len(digits)} digits")
    return int(digits)
