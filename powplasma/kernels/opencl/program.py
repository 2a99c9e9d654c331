"""The search as straight-line code: every operation on 64-bit words, in order, each result with a name of its own.

A graphics processor has no use for loops over arrays here: an array that is indexed by a variable
lies in slow memory, while names become registers. So the OpenCL source is written out from this
list (``source``), and the same list is run in plain integers by the tests and counted by
``benchmarks/gpu_operations.py``.

A nonce is lane 0 of the state, the data hash lanes 1 to 4, the padding lanes 5 and 16. Three things
need no work per nonce: what theta, rho and pi of round 1 make of everything but the nonce (14 of 25
lanes, and the constant part of the other 11) comes ready from the host; and of round 24 only lane 0 is
wanted, which is the prefix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

ROUNDS = 24
LANES = 25

_MASK = (1 << 64) - 1

Operation = Literal["xor", "chi", "rotate", "iota"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One operation.

    Attributes:
        target: name of the result.
        operation: ``xor`` of two or three operands; ``chi``, a ^ (~b & c); ``rotate`` to the left;
            ``iota``, exclusive or with a constant.
        operands: names.
        constant: how far to rotate, or the constant of ``iota``; 0 otherwise.
    """

    target: str
    operation: Operation
    operands: tuple[str, ...]
    constant: int = 0


class Program:
    """Statements in order, each of which uses only inputs and results before it."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []

    def xor(self, *operands: str) -> str:
        """Exclusive or of two or three words."""
        return self._add("xor", operands)

    def chi(self, a: str, b: str, c: str) -> str:
        """What chi does to a lane: a ^ (~b & c)."""
        return self._add("chi", (a, b, c))

    def rotate(self, a: str, places: int) -> str:
        """``a`` rotated to the left; itself for 0 places."""
        return self._add("rotate", (a,), places) if places else a

    def iota(self, a: str, constant: int) -> str:
        """``a`` with a round's constant added."""
        return self._add("iota", (a,), constant)

    def _add(self, operation: Operation, operands: tuple[str, ...], constant: int = 0) -> str:
        target = f"v{len(self.statements)}"
        self.statements.append(Statement(target, operation, operands, constant))
        return target

    def run(self, inputs: dict[str, int]) -> dict[str, int]:
        """Every word by name, computed in plain integers."""
        words = dict(inputs)
        for statement in self.statements:
            words[statement.target] = _value(statement, [words[name] for name in statement.operands])
        return words

    def most_alive(self, results: Sequence[str]) -> int:
        """How many results wait at most at one time for their last use, in the order of the statements."""
        last = {name: index for index, each in enumerate(self.statements) for name in each.operands}
        last |= dict.fromkeys(results, len(self.statements))
        alive: set[str] = set()
        most = 0
        for index, statement in enumerate(self.statements):
            alive = {name for name in alive if last[name] > index} | {statement.target}
            most = max(most, len(alive))
        return most


def _value(statement: Statement, words: list[int]) -> int:
    match statement.operation:
        case "xor":
            return words[0] ^ words[1] ^ (words[2] if len(words) == 3 else 0)
        case "chi":
            return words[0] ^ (~words[1] & words[2])
        case "rotate":
            return (words[0] << statement.constant | words[0] >> 64 - statement.constant) & _MASK
        case "iota":
            return words[0] ^ statement.constant


def _rotations() -> tuple[int, ...]:
    """How far rho rotates lane x + 5 y (FIPS 202, 3.2.2)."""
    places, x, y = [0] * LANES, 1, 0
    for t in range(24):
        places[x + 5 * y] = (t + 1) * (t + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    return tuple(places)


def _iotas() -> tuple[int, ...]:
    """The round constants, by the feedback register of FIPS 202, 3.2.5."""
    bits, register = [], 1
    for _ in range(255):
        bits.append(register & 1)
        register <<= 1
        register ^= 0x171 * (register >> 8)
    return tuple(sum(bits[(7 * r + j) % 255] << (2**j - 1) for j in range(7)) for r in range(ROUNDS))


ROTATIONS = _rotations()
IOTAS = _iotas()

SOURCES = tuple((3 * (row - 3 * place)) % 5 + 5 * place for row in range(5) for place in range(5))
"""Which lane pi moves to ``place`` of ``row``, at index place + 5 row."""


def parities(p: Program, a: Sequence[str]) -> list[str]:
    """The five column parities of theta."""
    return [p.xor(p.xor(a[x], a[x + 5], a[x + 10]), a[x + 15], a[x + 20]) for x in range(5)]


def _moved(p: Program, a: Sequence[str], c: Sequence[str], turned: Sequence[str], target: int) -> str:
    """One lane before chi: theta, rho and pi on the lane that comes to ``target``."""
    lane = SOURCES[target]
    x = lane % 5
    return p.rotate(p.xor(a[lane], c[(x + 4) % 5], turned[(x + 1) % 5]), ROTATIONS[lane])


def full_round(p: Program, a: Sequence[str]) -> list[str]:
    """One round of Keccak but for iota, row by row, so that few words wait at a time."""
    c = parities(p, a)
    turned = [p.rotate(word, 1) for word in c]
    e = []
    for row in range(5):
        b = [_moved(p, a, c, turned, place + 5 * row) for place in range(5)]
        e += [p.chi(b[x], b[(x + 1) % 5], b[(x + 2) % 5]) for x in range(5)]
    return e


def first_round(p: Program, nonce: str, common: Sequence[str]) -> list[str]:
    """Round 1 but for iota, for a nonce and the ``common`` state before chi of nonce 0."""
    e = []
    for row in range(5):
        b = []
        for place in range(5):
            target = place + 5 * row
            lane = SOURCES[target]
            reached = {0: 0, 1: 0, 4: 1}.get(lane % 5) if lane % 5 or lane == 0 else None
            word = common[target]
            b.append(word if reached is None else p.xor(word, p.rotate(nonce, (ROTATIONS[lane] + reached) % 64)))
        e += [p.chi(b[x], b[(x + 1) % 5], b[(x + 2) % 5]) for x in range(5)]
    return e


def last_round(p: Program, a: Sequence[str]) -> str:
    """Lane 0 after round 24, but for iota."""
    c = parities(p, a)
    turned = [p.rotate(c[x], 1) if 1 <= x <= 3 else "" for x in range(5)]
    return p.chi(*(_moved(p, a, c, turned, place) for place in range(3)))


def common_state(data_hash: bytes) -> list[int]:
    """The 25 words before chi of round 1 for nonce 0: what a whole search has in common."""
    words = [int.from_bytes(data_hash[at : at + 8], "little") for at in range(0, 32, 8)]
    a = [0, *words, 6, *[0] * 10, 1 << 63, *[0] * 8]
    p = Program()
    names = [f"a{lane}" for lane in range(LANES)]
    c = parities(p, names)
    turned = [p.rotate(word, 1) for word in c]
    wanted = [_moved(p, names, c, turned, target) for target in range(LANES)]
    found = p.run(dict(zip(names, a, strict=True)))
    return [found[name] for name in wanted]


def search_program() -> tuple[Program, str]:
    """The whole way from ``nonce`` and the common words ``b0`` … ``b24`` to the prefix, and the prefix's name."""
    p = Program()
    a = first_round(p, "nonce", [f"b{i}" for i in range(LANES)])
    a[0] = p.iota(a[0], IOTAS[0])
    for constant in IOTAS[1:-1]:
        a = full_round(p, a)
        a[0] = p.iota(a[0], constant)
    return p, p.iota(last_round(p, a), IOTAS[-1])
