"""Another implementation as a process: cases go to its stdin, answers come from its stdout, as JSON Lines.

A case is ``{"id", "section", "input"}``; its answer is ``{"id", "answer": {…}}``, or
``{"id", "skip": "why"}`` for a section that the implementation does not have, or
``{"id", "error": "why"}``. Answers may come in any order. The format is documented in
tests/vectors/README.md.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import threading
from collections.abc import Iterable, Iterator
from typing import IO

from powplasma.conformance.model import Answer, Case, UnknownVectors


def answers_of_command(command: str, timeout: float = 600.0) -> _Command:
    """An implementation that asks ``command``, split as a shell would, without a shell.

    Args:
        command: program and arguments.
        timeout: seconds after which the program is ended.
    """
    return _Command(command, timeout)


class _Command:
    def __init__(self, command: str, timeout: float) -> None:
        self.command = command
        self.timeout = timeout

    def __call__(self, cases: Iterable[Case]) -> Iterator[tuple[Case, Answer]]:
        """Runs the program once over all cases.

        Raises:
            UnknownVectors: the program cannot be run, or answers with something else than answers.
        """
        asked = {case.name: case for case in cases}
        try:
            process = subprocess.Popen(  # noqa: S603 - running the user's own command is the purpose
                shlex.split(self.command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
                errors="backslashreplace",
            )
        except (OSError, ValueError, IndexError) as failed:
            raise UnknownVectors(self.command, f"cannot be run ({failed})") from None
        assert process.stdin is not None
        assert process.stdout is not None
        alarm = threading.Timer(self.timeout, process.kill)
        writer = threading.Thread(target=_write, args=(process.stdin, list(asked.values())), daemon=True)
        with process:
            alarm.start()
            writer.start()
            try:
                for line in process.stdout:
                    yield self._answer(line, asked)
            finally:
                alarm.cancel()
                process.kill()
                writer.join()

    def _answer(self, line: str, asked: dict[str, Case]) -> tuple[Case, Answer]:
        try:
            reply = json.loads(line)
            case = asked.pop(reply["id"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise UnknownVectors(self.command, f"printed {line.strip()[:200]!r}, no answer to an open case") from None
        if isinstance(reply.get("answer"), dict):
            return case, Answer(reply["answer"])
        if isinstance(reply.get("skip"), str):
            return case, Answer(None, skip=f"skipped by the command: {reply['skip']}")
        return case, Answer(None, error=str(reply.get("error", "neither answer, skip nor error")))


def _write(stdin: IO[str], cases: list[Case]) -> None:
    try:
        with stdin:
            for case in cases:
                stdin.write(json.dumps({"id": case.name, "section": case.section, "input": case.input}) + "\n")
    except BrokenPipeError:
        pass  # the program has gone; what it did not answer is reported as such
