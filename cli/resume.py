"""Going on with a batch: what an interrupted run has written is checked before it is kept."""

from __future__ import annotations

from pathlib import Path

from powplasma.errors import InvalidInput
from powplasma.work import check

from .ahead import Ahead
from .jsonl import parse_object
from .orders import BadLine, Order
from .tally import Tally

_LONGEST_LINE = 1 << 20
"""More than any output line has, whatever ``id`` its input line carries."""


def take_finished(path: str, orders: Ahead[Order | BadLine], tally: Tally) -> int:
    """Takes the finished lines of an output file, and the input lines they answer, off a batch.

    Args:
        path: the output of an interrupted run; read only.
        orders: the input, from its start.
        tally: gets the finished lines added.

    Returns:
        The size of the finished lines in bytes. A last line without its end is not among them.

    Raises:
        InvalidInput: field ``output``; a line is not the answer to its line of this input.
    """
    size = 0
    with Path(path).open("rb") as file:
        while line := file.readline(_LONGEST_LINE):
            if not line.endswith(b"\n") and len(line) < _LONGEST_LINE:
                break
            order = orders.next(wait=True)
            wrong = "there is no line of the input for it" if order is None else _take(line, order, tally)
            if wrong:
                problem = f"has a line {tally.lines + 1} that cannot be kept: {wrong}"
                raise InvalidInput("output", path, problem, "the output of the same input and options, or a new file")
            size += len(line)
    tally.kept = tally.lines
    return size


def _take(line: bytes, order: Order | BadLine, tally: Tally) -> str:
    """Counts one finished line, or says why it does not answer ``order``."""
    where = f"line {order.head['line']} of the input"
    try:
        record = parse_object(line)
    except InvalidInput as error:
        return f"it {error.problem}"
    wrong = ""
    if any(record.get(key) != order.head.get(key) for key in ("line", "id")):
        wrong = f"it does not answer {where}"
    elif ("error" in record) != isinstance(order, BadLine):
        wrong = f"either it or {where} is an error, but not both"
    elif isinstance(order, BadLine):
        tally.bad += 1
    elif record.get("data_hash") != order.data_hash.hex() or record.get("difficulty") != str(order.difficulty):
        wrong = f"{where} has another data hash or difficulty"
    elif any(record.get(key) != value for key, value in order.tail.items()):
        wrong = f"{where} has another anchor"
    elif record.get("found") is False:
        tally.missing += 1
    elif not _good(record.get("nonce"), order):
        wrong = "its nonce is not good"
    else:
        tally.found += 1
    return wrong


def _good(nonce: object, order: Order) -> bool:
    try:
        return isinstance(nonce, str) and check(order.data_hash, nonce, order.difficulty)
    except InvalidInput:
        return False
