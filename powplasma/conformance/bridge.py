"""Another implementation as a process: cases go to its stdin, answers come from its stdout, as JSON Lines.

A case is ``{"id", "section", "input"}``; its answer is ``{"id", "answer": {…}}``, or
``{"id", "skip": "why"}`` for a section that the implementation does not have, or
``{"id", "error": "why"}``. Answers may come in any order. The format is documented in
tests/vectors/README.md.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shlex
import signal
import subprocess
import threading
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

from powplasma.conformance.model import Answer, Case, UnknownVectors
from powplasma.deadline import Deadline
from powplasma.errors import check_seconds, printable

MOST_LINE_BYTES = 1 << 20
"""Longest line of an answer. The longest that any case asks for has some kilobytes."""

MOST_DEPTH = 32
"""How deeply an answer may be nested; what any case asks for is nested three times."""

LAST_WORDS_SECONDS = 2.0
"""How long to read on when the program has ended, or has answered everything."""

_MOST_WORDS = 500
"""Most characters of a reason that are kept."""

_LOOK_SECONDS = 0.1
_PART_BYTES = 1 << 16
_PARTS = 16
"""Parts of the output that are read ahead."""


def answers_of_command(command: str, timeout: float = 600.0) -> _Command:
    """An implementation that asks ``command``, split as a shell would, without a shell.

    Args:
        command: program and arguments.
        timeout: seconds after which the program is ended; may be infinite.

    Raises:
        InvalidInput: field ``timeout``.
    """
    return _Command(command, check_seconds("timeout", timeout))


class _Command:
    def __init__(self, command: str, timeout: float) -> None:
        self.command = command
        self.timeout = timeout

    def __call__(self, cases: Iterable[Case]) -> Iterator[tuple[Case, Answer]]:
        """Runs the program once over all cases. When this ends, the program has ended, with all that it started.

        Raises:
            UnknownVectors: the program cannot be run, or answers with something else than answers.
        """
        asked = {case.name: case for case in cases}
        try:
            program = _Program(shlex.split(self.command), _as_lines(asked.values()))
        except (OSError, ValueError, IndexError) as failed:
            raise UnknownVectors(self.command, f"cannot be run ({failed})") from None
        with program:
            for line in program.lines(Deadline(self.timeout)):
                if len(line) > MOST_LINE_BYTES:
                    raise UnknownVectors(self.command, f"printed a line of more than {MOST_LINE_BYTES} bytes")
                yield self._answer(line.decode("utf-8", "backslashreplace"), asked)
                if not asked:
                    program.has_answered()

    def _answer(self, line: str, asked: dict[str, Case]) -> tuple[Case, Answer]:
        try:
            reply = json.loads(line)
            case = asked.pop(reply["id"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise UnknownVectors(self.command, f"printed {line.strip()[:200]!r}, no answer to an open case") from None
        if isinstance(reply.get("answer"), dict):
            if not _is_flat(reply["answer"], MOST_DEPTH):
                return case, Answer(None, error=f"an answer that is nested more than {MOST_DEPTH} times")
            return case, Answer(reply["answer"])
        if isinstance(reply.get("skip"), str):
            return case, Answer(None, skip=f"skipped by the command: {_words(reply['skip'])}")
        return case, Answer(None, error=_words(str(reply.get("error", "neither answer, skip nor error"))))


class _Program:
    """A process in a group of its own, which does not outlive the ``with`` block.

    Its pipes are served by threads that nobody waits for: whoever the program has given an end of one to may hold it.
    """

    def __init__(self, arguments: list[str], questions: Iterable[bytes]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - running the user's own command is the purpose
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True
        )
        self._parts: queue.Queue[bytes] = queue.Queue(_PARTS)
        self._over = threading.Event()
        self._last_words: Deadline | None = None
        threading.Thread(target=self._write, args=(questions,), daemon=True).start()
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        # Before it is waited for: until then no other group has its number.
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(LAST_WORDS_SECONDS)

    def has_answered(self) -> None:
        """Nothing more is expected; what it says nevertheless is heard for a moment."""
        self._last_words = self._last_words or Deadline(LAST_WORDS_SECONDS)

    def lines(self, deadline: Deadline) -> Iterator[bytes]:
        """What it prints, line by line, until it is silent for good; of a line that is too long, its beginning."""
        rest = bytearray()
        while not deadline.over and not (self._last_words is not None and self._last_words.over):
            try:
                part = self._parts.get(timeout=min(_LOOK_SECONDS, deadline.wait))
            except queue.Empty:
                if self._has_ended():
                    self.has_answered()  # its descendants may hold the pipe
                continue
            rest += part
            *whole, last = bytes(rest).split(b"\n")
            rest = bytearray(last)
            yield from whole
            if len(rest) > MOST_LINE_BYTES:
                yield bytes(rest)
            if not part:
                break
        if rest and not deadline.over:  # else there is no telling what it would have become
            yield bytes(rest)

    def _has_ended(self) -> bool:
        """Whether the program has ended; it is not waited for, so that its number stays its own."""
        if not hasattr(os, "waitid"):
            return self._process.poll() is not None
        try:
            return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:  # where ended children are not kept
            return True

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stdout, contextlib.suppress(OSError):
            while not self._over.is_set():
                part = os.read(stdout.fileno(), _PART_BYTES)
                while not self._over.is_set():
                    with contextlib.suppress(queue.Full):
                        self._parts.put(part, timeout=_LOOK_SECONDS)
                        break
                if not part:
                    return

    def _write(self, questions: Iterable[bytes]) -> None:
        assert self._process.stdin is not None
        # The program may have gone; what it did not answer is reported as such.
        with contextlib.suppress(OSError), self._process.stdin as stdin:
            for question in questions:
                left = memoryview(question)
                while left and not self._over.is_set():
                    left = left[os.write(stdin.fileno(), left) :]


def _as_lines(cases: Iterable[Case]) -> list[bytes]:
    records = ({"id": case.name, "section": case.section, "input": case.input} for case in cases)
    return [json.dumps(record).encode() + b"\n" for record in records]


def _is_flat(value: object, depth: int) -> bool:
    """Whether a JSON value is nested no more than so many times."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth > 0 and all(_is_flat(each, depth - 1) for each in inner)


def _words(text: str) -> str:
    """A reason in one line of bounded length; it is the program's own text."""
    shown = printable(text[:_MOST_WORDS])
    return shown if len(text) <= _MOST_WORDS else f"{shown}…"
