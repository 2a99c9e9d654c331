"""The edge: the one place where errors and signals become a line of text and an exit code."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from types import FrameType

import click
from click.exceptions import NoArgsIsHelpError

from powplasma.errors import InvalidInput, PowPlasmaError

from .exits import ExitCode, OutputFailed, Terminated
from .output import details, prepare_streams, problem, settle_streams
from .withheld import withhold_password

PROGRAM = "powplasma"
COMPLETION_VARIABLE = "_POWPLASMA_COMPLETE"
DEBUG_VARIABLE = "POWPLASMA_DEBUG"


def run(group: click.Group, arguments: Sequence[str]) -> int:
    """Runs one command line and returns its exit code; nothing but that leaves this function."""
    try:
        prepare_streams()
        withhold_password()
        with _signals():
            return _invoke(group, list(arguments))
    except (Exception, KeyboardInterrupt, Terminated) as error:  # noqa: BLE001 - the edge takes all
        if os.environ.get(DEBUG_VARIABLE) == "1":
            sys.excepthook(type(error), error, error.__traceback__)
        return _exit_code(error)
    finally:
        settle_streams()


def _invoke(group: click.Group, arguments: list[str]) -> int:
    instruction = os.environ.get(COMPLETION_VARIABLE)
    if instruction:
        from click.shell_completion import shell_complete  # noqa: PLC0415 - only when a shell asks

        return shell_complete(group, {}, PROGRAM, COMPLETION_VARIABLE, instruction)
    try:
        with group.make_context(PROGRAM, arguments) as context:
            code = group.invoke(context)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    return ExitCode.DONE if code is None else int(code)


def _exit_code(error: BaseException) -> int:
    """Tells a person in one line what happened, and returns what a script is told."""
    if isinstance(error, BrokenPipeError) or (
        isinstance(error, OutputFailed) and isinstance(error.error, BrokenPipeError)
    ):
        return ExitCode.OUTPUT_CLOSED
    if isinstance(error, NoArgsIsHelpError):
        for line in error.format_message().splitlines():
            details(line)
        return ExitCode.BAD_INPUT
    text, code = _meaning(error)
    problem(text)
    return code


def _meaning(error: BaseException) -> tuple[str, int]:
    meaning: tuple[str, int]
    match error:
        case KeyboardInterrupt() | click.Abort():
            meaning = "interrupted", ExitCode.INTERRUPTED
        case Terminated():
            meaning = f"ended by {signal.Signals(error.signal).name}", 128 + error.signal
        case click.ClickException():
            meaning = error.format_message(), ExitCode.BAD_INPUT
        case InvalidInput():
            meaning = str(error), ExitCode.BAD_INPUT
        case PowPlasmaError() | OutputFailed():
            meaning = str(error), ExitCode.ENVIRONMENT
        case OSError():
            # One that a library made has no reason of the system's, but its own words.
            reason = error.strerror if isinstance(error.strerror, str) else str(error) or type(error).__name__
            name = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
            meaning = name + reason, ExitCode.ENVIRONMENT
        case MemoryError():
            meaning = "there is not enough memory", ExitCode.ENVIRONMENT
        case _:
            text = (
                "a defect of powplasma, please report it with the output of `powplasma info --json` and of this "
                f"command under {DEBUG_VARIABLE}=1: {type(error).__name__}: {error}"
            )
            meaning = text, ExitCode.ENVIRONMENT
    return meaning


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    """Lets the first signal leave every block in order, and a second one end the process at once."""

    def interrupt(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        raise KeyboardInterrupt if number == signal.SIGINT else Terminated(number)

    before = {}
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # What the caller has set to be ignored (nohup, a shell's background job) stays ignored.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
