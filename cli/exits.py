"""Exit codes, and what the commands raise to end with one of them."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a script learns from powplasma's exit code. A signal's is 128 plus its number."""

    DONE = 0
    """Done, and the answer is positive."""

    NEGATIVE = 1
    """Done, and the answer is negative: an invalid nonce, nothing found within the limits."""

    BAD_INPUT = 2
    """An option, a file or a line of a file is not usable."""

    ENVIRONMENT = 3
    """The machine failed: no kernel, workers lost for good, a full disk, a defect of powplasma."""

    INTERRUPTED = 130
    """Ctrl-C (SIGINT)."""

    OUTPUT_CLOSED = 141
    """The reader of standard output went away, as after ``| head -1`` (SIGPIPE)."""


class OutputFailed(Exception):
    """Results cannot be written any more.

    Attributes:
        target: what was written to, in words or as a path.
        error: the system's reason.
    """

    def __init__(self, target: str, error: OSError) -> None:
        self.target = target
        self.error = error
        super().__init__(f"{target}: {error.strerror or error}")


class Terminated(BaseException):
    """The process was asked to end by a signal other than Ctrl-C.

    A ``BaseException`` like ``KeyboardInterrupt``, so that every ``with`` block on the way out
    is left in order and no handler for ordinary errors takes it for one.

    Attributes:
        signal: its number.
    """

    def __init__(self, signal: int) -> None:
        self.signal = signal
        super().__init__(signal)
