"""Going on with a batch: what an interrupted run has written is checked before it is kept."""

from __future__ import annotations

from pathlib import Path

from powplasma.errors import InvalidInput
from powplasma.work import check

from .ahead import Ahead
from .batch_file import LineWriter, begins_line
from .jsonl import parse_object
from .orders import BadLine, Order
from .tally import Tally

_LONGEST_LINE = 1 << 20
"""More than any output line has, whatever ``id`` its input line carries."""


def take_finished(writer: LineWriter, orders: Ahead[Order | BadLine], tally: Tally) -> None:
    """Takes the finished lines of an output file, and the input lines they answer, off a batch.

    Args:
        writer: of the output of an interrupted run; keeps the finished lines. A last line without its end is not among
            them, if it is the beginning of the answer that comes next.
        orders: the input, from its start.
        tally: gets the finished lines added.

    Raises:
        InvalidInput: field ``output``; a line is not the answer to its line of this input, or no line is there to
            show that the file is an output at all.
    """
    if not writer.old:
        writer.keep(0)
        return
    size = 0
    with Path(writer.path).open("rb") as file:
        while line := file.readline(_LONGEST_LINE):
            order = orders.next(wait=True)
            wrong = "there is no line of the input for it"
            if order is not None and (line.endswith(b"\n") or len(line) == _LONGEST_LINE):
                wrong = _take(line, order, tally)
            elif order is not None and size and begins_line(line, order.head):
                orders.put_back(order)
                break
            elif order is not None:
                wrong = "it has no end" if size else "it has no end, and no line before it shows what the file is"
            if wrong:
                raise _refusal(writer, f"has a line {tally.lines + 1} that cannot be kept: {wrong}")
            size += len(line)
    if not size and (order := orders.next(wait=True)) is not None:
        raise _refusal(writer, "is empty, so nothing shows that it is an output")
    tally.kept = tally.lines
    writer.keep(size)


def _refusal(writer: LineWriter, problem: str) -> InvalidInput:
    return InvalidInput("output", writer.name, problem, "the output of the same input and options, or a new file")


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
