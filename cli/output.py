"""Everything that is printed: results to standard output, words for people to standard error."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from typing import IO

from .exits import OutputFailed

STANDARD_OUTPUT = "standard output"
"""How messages name it."""


def result(text: str) -> None:
    """One result line to standard output, at once.

    Raises:
        OutputFailed: it cannot be written.
    """
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OSError as error:
        raise OutputFailed(STANDARD_OUTPUT, error) from error


def json_result(record: Mapping[str, object]) -> None:
    """One JSON object on one line to standard output; errors as for ``result``."""
    result(as_json(record))


def as_json(record: Mapping[str, object]) -> str:
    """A JSON object on one line, in ASCII, with nothing that JSON does not know (NaN, infinity)."""
    return json.dumps(record, allow_nan=False)


def note(text: str) -> None:
    """Something a person should know, to standard error."""
    _say(f"Note: {text}")


def details(text: str) -> None:
    """More about a result, to standard error."""
    _say(text)


def problem(text: str) -> None:
    """An error in one line, whatever line ends its text has, to standard error."""
    _say(f"Error: {' '.join(text.split())}")


def _say(text: str) -> None:
    text = "".join(part if part.isprintable() or part == "\n" else _escaped(part) for part in text)
    # Nobody can be told that standard error is gone, and results are worth going on for.
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)


def _escaped(character: str) -> str:
    """A character that a terminal may obey: a node's words or a file's name must not move its cursor or its text."""
    return character.encode("unicode_escape").decode("ascii")


def prepare_streams() -> None:
    """Makes the standard streams fit to be written to in any environment.

    A closed descriptor 0, 1 or 2 is opened on the null device: the next pipe or file would get
    its number otherwise, and be written to as if it were the stream. A character that a
    terminal's encoding lacks is escaped.

    Raises:
        OutputFailed: standard output is closed.
    """
    closed = sys.stdout is None
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115 - a stream for the whole run
    if closed:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - the same
        raise OutputFailed(STANDARD_OUTPUT, OSError("it is closed"))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


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
