"""Everything that is printed: results to standard output, words for people to standard error."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import sys
from collections.abc import Mapping
from typing import IO

from powplasma.errors import printable

from .exits import OutputFailed

STANDARD_OUTPUT = "standard output"
"""How messages name it."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def result(text: str) -> None:
    """One result line to standard output, at once; what would move a cursor or begin another line is escaped.

    Raises:
        OutputFailed: it cannot be written.
    """
    try:
        sys.stdout.write(printable(text) + "\n")
        sys.stdout.flush()
    except OSError as error:
        raise OutputFailed(STANDARD_OUTPUT, error) from error


def json_result(record: Mapping[str, object]) -> None:
    """One JSON object on one line to standard output; errors as for ``result``."""
    result(as_json(record))


def as_json(record: Mapping[str, object]) -> str:
    """A JSON object on one line, in ASCII, that every reader of JSON takes.

    So it has no NaN or infinity, which become null, and no half of a surrogate pair, as the names of files can have:
    that is shown by its number.
    """
    try:
        text = json.dumps(record, allow_nan=False)
    except ValueError:
        text = json.dumps(_sound(record), allow_nan=False)
    return json.dumps(_sound(record)) if "\\ud" in text else text


def _sound(value: object) -> object:
    """The same value without what JSON does not know."""
    if isinstance(value, Mapping):
        return {_sound(key): _sound(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_sound(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str):
        return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", value)
    return value


def note(text: str) -> None:
    """Something a person should know, to standard error."""
    _say(f"Note: {text}")


def details(text: str) -> None:
    """One line more about a result, to standard error."""
    _say(text)


def problem(text: str) -> None:
    """An error in one line, whatever line ends its text has, to standard error."""
    _say(f"Error: {' '.join(text.split())}")


def _say(text: str) -> None:
    """One line to standard error, escaped as a result is."""
    # Nobody can be told that standard error is gone, and results are worth going on for.
    with contextlib.suppress(OSError, ValueError):
        print(printable(text), file=sys.stderr, flush=True)


def prepare_streams() -> None:
    """Makes the standard streams fit to be written to in any environment.

    A closed descriptor 0, 1 or 2 is opened on the null device: the next pipe or file would get
    its number otherwise, and be written to as if it were the stream. A character that a
    terminal's encoding lacks is escaped, and bytes from standard input that are not text do not end the program.

    Raises:
        OutputFailed: standard output is closed.
    """
    closed = sys.stdout is None
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - a stream for the whole run
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115 - a stream for the whole run
    if closed:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - the same
        raise OutputFailed(STANDARD_OUTPUT, OSError("it is closed"))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="surrogateescape")


def settle_streams() -> None:
    """Leaves nothing in a buffer for the interpreter to stumble over when it exits."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            _discard(stream)


def _discard(stream: IO[str]) -> None:
    """Sends what a broken stream still holds to the null device."""
    with contextlib.suppress(OSError, ValueError):
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, stream.fileno())
        os.close(descriptor)
        stream.flush()
