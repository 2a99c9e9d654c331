"""The errors powplasma raises on purpose; each carries the offending values as typed fields."""

from __future__ import annotations

import math
import numbers
import operator
from typing import ClassVar, Literal, Self

_LONGEST = 200
"""Characters of a value in a message."""

_LONGEST_MESSAGE = 1_500
"""Characters of a message."""


class PowPlasmaError(Exception):
    """Base of every error that powplasma raises on purpose.

    It travels between processes: a copy is made of the arguments that it was made of, not of its text. Its text is one
    printable line, whatever a peer, a file or a device has put into it.
    """

    _made_of: tuple[tuple[object, ...], dict[str, object]]

    def __new__(cls, *arguments: object, **named: object) -> Self:
        """Remembers what it is made of."""
        error = super().__new__(cls, *arguments)
        error._made_of = arguments, named
        return error

    def __str__(self) -> str:
        return _line(super().__str__())

    def __reduce__(self) -> tuple[object, ...]:
        return _made_again, (type(self), *self._made_of)


class InvalidInput(PowPlasmaError, ValueError):
    """A value from outside is not usable.

    Attributes:
        field: name of the parameter, as in the public API (``difficulty``, ``data_hash``, …).
        value: the offending value as it was given.
        accepted: what would have been accepted, in words ("1 … 141750000 under alphanet").
    """

    def __init__(self, field: str, value: object, problem: str, accepted: str) -> None:
        self.field = field
        self.value = value
        self.problem = problem
        self.accepted = accepted
        super().__init__(self.describe(field))

    def describe(self, field: str) -> str:
        """One line that names ``field`` (an edge may know it by another name), value and range."""
        return _line(f"{field}: {shown(self.value)} {self.problem} ({self.accepted})")


class DifficultyTooHigh(InvalidInput):
    """The difficulty is above what the rule set gives any plasma for.

    Attributes:
        maximum: the largest difficulty the rule set credits.
        rules: name of that rule set.
    """

    def __init__(self, difficulty: int, maximum: int, rules: str) -> None:
        self.maximum = maximum
        self.rules = rules
        super().__init__("difficulty", difficulty, "is out of range", f"1 … {maximum} under {rules}")


class SearchTimeout(PowPlasmaError):
    """A search used up its time or its hashes without a good nonce.

    Attributes:
        limit: which of the two ran out.
        hashes: nonces judged before it did.
        seconds: wall time since the search was submitted.
        covered: the searched nonce ranges as (first nonce counter, count), ascending, merged;
            a counter is the nonce read as a little-endian integer.
    """

    def __init__(
        self,
        limit: Literal["timeout", "max_hashes"],
        hashes: int,
        seconds: float,
        covered: tuple[tuple[int, int], ...] = (),
    ) -> None:
        self.limit = limit
        self.hashes = hashes
        self.seconds = seconds
        self.covered = covered
        super().__init__(f"no nonce found: {limit} reached after {hashes} hashes in {seconds:.3f} s")


class SearchCancelled(PowPlasmaError):
    """The search was given up from outside: its engine was closed."""


class WorkerLost(PowPlasmaError):
    """Worker processes died faster than they could be replaced, or could not be started.

    Attributes:
        deaths: how many workers died since the last lease was completed.
        exitcode: exit code of the last one (negative: killed by that signal), None if none died.
        why: the reason, in words: why the last one died, or why no other can be started; empty if it is not known.
    """

    def __init__(self, deaths: int, exitcode: int | None, why: str = "") -> None:
        self.deaths = deaths
        self.exitcode = exitcode
        self.why = why
        said = "a worker process cannot be started"
        if deaths:
            said = f"{deaths} worker processes died in a row without finishing any work (last exit code: {exitcode})"
        super().__init__(f"{said}: {why}" if why else said)


class AsyncioMissing(PowPlasmaError):
    """An asynchronous call was made where no event loop of asyncio runs, as under trio."""


class ExtraMissing(PowPlasmaError):
    """What only an extra brings is not installed. Its children say whose need that is.

    Attributes:
        need: what needs the extra, with its verb.
        extra: name of the extra.
    """

    need: ClassVar[str]
    extra: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(f"{self.need} the extra `{self.extra}`: pip install 'powplasma[{self.extra}]'")


class KernelUnavailable(PowPlasmaError):
    """A kernel that was asked for by name cannot run here.

    Attributes:
        kernel: its name.
        why: the reason, in words.
    """

    def __init__(self, kernel: str, why: str) -> None:
        self.kernel = kernel
        self.why = why
        super().__init__(f"kernel {kernel} is not available: {why}")


def _made_again(kind: type[PowPlasmaError], arguments: tuple[object, ...], named: dict[str, object]) -> PowPlasmaError:
    return kind(*arguments, **named)


def check_integer(field: str, value: object, least: int, most: int, unit: str = "") -> int:
    """The value as a plain ``int``; refuses anything but an integer from ``least`` to ``most``.

    Raises:
        InvalidInput: ``field``; the value is not an integer (see ``plain_integer``), or out of range.
    """
    if type(value) is int and least <= value <= most:
        return value
    accepted = f"{shown(least)} … {shown(most)} {unit}".rstrip()
    number = plain_integer(field, value, accepted)
    if not least <= number <= most:
        raise InvalidInput(field, value, "is out of range", accepted)
    return number


def plain_integer(field: str, value: object, accepted: str = "an integer") -> int:
    """The value as a plain ``int`` of any size.

    Anything that Python takes for an integer (``operator.index``) is one, numpy's integers included; truth values
    and masked values are not. Callers go on with what this returns: arithmetic of numpy's own integers wraps.

    Raises:
        InvalidInput: ``field``; the value is not an integer.
    """
    try:
        number = operator.index(value)  # type: ignore[arg-type]  # it is what decides
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None or isinstance(value, bool) or getattr(value, "mask", False):
        raise InvalidInput(field, value, "is not an integer", accepted)
    return number


def check_seconds(field: str, value: object, accepted: str = "seconds above 0") -> float:
    """A length of time as a ``float``: above 0, and infinite for no limit.

    Raises:
        InvalidInput: ``field``; the value is not a real number, or not above 0.
    """
    seconds = _real(field, value, accepted)
    if not seconds > 0:
        raise InvalidInput(field, value, "is out of range", accepted)
    return seconds


def check_number(field: str, value: object, least: float, most: float, accepted: str, *, above: bool = False) -> float:
    """A finite number from ``least`` to ``most`` as a ``float``.

    Args:
        field: names the value in an error.
        value: any real number, numpy's included.
        least: the smallest that is accepted.
        most: the largest; infinity for no limit, which is not itself accepted.
        accepted: the range in words.
        above: whether ``least`` itself is refused.

    Raises:
        InvalidInput: ``field``; the value is not a real number, or not a finite one in the range.
    """
    number = _real(field, value, accepted)
    if not (least <= number <= most and math.isfinite(number)) or (above and number == least):
        raise InvalidInput(field, value, "is out of range", accepted)
    return number


def _real(field: str, value: object, accepted: str) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise InvalidInput(field, value, "is not a number", accepted)
    try:
        return float(value)
    except OverflowError:  # an integer or a fraction beyond all floats
        return math.inf if operator.gt(value, 0) else -math.inf


def check_asyncio(what: str, instead: str) -> None:
    """Refuses to begin where no event loop of asyncio is running.

    Args:
        what: the call that needs one.
        instead: what to do without, as an order.

    Raises:
        AsyncioMissing: none is running in this thread.
    """
    import asyncio  # noqa: PLC0415 - it would double the time that a program needs to start

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise AsyncioMissing(f"{what} needs a running event loop of asyncio; {instead}") from None


def printable(text: str) -> str:
    r"""Text from elsewhere, fit for one line: what would move a cursor, end the line or hide is escaped.

    Every character that Python does not count as printable becomes its escape (``\n``, ``\x1b``, ``\u202e``), so
    that a node's words, a file's name or a token's symbol can neither forge a line nor rewrite one.
    """
    return text if text.isprintable() else "".join(each if each.isprintable() else _escaped(each) for each in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


def _line(text: str) -> str:
    """The text of an error, printable and of a length that a person reads."""
    line = printable(text[: _LONGEST_MESSAGE + 1])
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[: _LONGEST_MESSAGE - 1]}…"


def shown(value: object, *, quoted: bool = False) -> str:
    """A value of any kind in one printable line, as a person typed it; if it is long, its beginning.

    Args:
        value: what a message names.
        quoted: write it as Python does, with quotes around text.
    """
    try:
        if quoted:
            text = repr(value)
        else:
            text = value if isinstance(value, str) else value.hex() if isinstance(value, bytes) else str(value)
    except Exception:  # noqa: BLE001 - the text of a foreign object may do anything; Python writes at most 4,300 digits
        text = f"an integer of {value.bit_length()} bits" if isinstance(value, int) else f"a {type(value).__name__}"
    shown = printable(text[: _LONGEST + 1]) or "''"  # cut first: escaping megabytes takes long
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 20]}… ({len(text)} characters)"
