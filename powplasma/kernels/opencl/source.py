"""The OpenCL C source, written out from the statements of ``program``; the same text for every device.

What differs from device to device is decided by definitions at build time: see ``Variant``.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from powplasma.kernels.opencl.program import (
    IOTAS,
    LANES,
    ROUNDS,
    Program,
    Statement,
    first_round,
    full_round,
    last_round,
    search_program,
)

Rotation = Literal["rotate", "shifts", "halves"]

FORMS: tuple[Rotation, ...] = ("rotate", "shifts", "halves")
"""Ways to say a rotation; which one a compiler makes the most of is found by trial."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to build the source.

    Attributes:
        rotation: ``rotate``, the built-in function; ``shifts``, two shifts and an or; ``halves``,
            two 32-bit funnel shifts, by ``amd_bitalign`` where the device has it.
        unrolled: all rounds one after the other, or a loop over two of them, which fits into a
            small instruction cache.
        lop3: exclusive or of three words by NVIDIA's instruction, which its compiler else splits
            where two sums of theta have a part in common. For NVIDIA's devices only.
        local: work-items in a work-group, known to the compiler so that it can share out registers.
    """

    rotation: Rotation
    unrolled: bool
    lop3: bool
    local: int

    @property
    def options(self) -> list[str]:
        """Options of the OpenCL compiler."""
        values = {"ROTATION": FORMS.index(self.rotation), "UNROLLED": int(self.unrolled), "LOP3": int(self.lop3)}
        return [f"-D{name}={value}" for name, value in (values | {"LOCAL": self.local}).items()]


_HEAD = """\
#if ROTATION == 0
#define ROL(a, n) rotate((ulong)(a), (ulong)(n))
#elif ROTATION == 1
#define ROL(a, n) ((a) << (n) | (a) >> (64 - (n)))
#else
#ifdef cl_amd_media_ops
#pragma OPENCL EXTENSION cl_amd_media_ops : enable
#define FUNNEL(high, low, n) amd_bitalign(high, low, (uint)(n))
#else
#define FUNNEL(high, low, n) ((high) << (32 - (n)) | (low) >> (n))
#endif
/* 0 < n < 64, and n is not 32. */
ulong halves(const ulong a, const uint n)
{
    const uint low = (uint)a, high = (uint)(a >> 32);
    if (n < 32)
        return (ulong)FUNNEL(high, low, 32 - n) << 32 | FUNNEL(low, high, 32 - n);
    return (ulong)FUNNEL(low, high, 64 - n) << 32 | FUNNEL(high, low, 64 - n);
}
#define ROL(a, n) halves(a, n)
#endif
#define CHI(a, b, c) ((a) ^ (~(b) & (c)))
#if LOP3
ulong xor3(const ulong a, const ulong b, const ulong c)
{
    ulong result;
    __asm__("{.reg .b32 al, ah, bl, bh, cl, ch;\\n"
            "mov.b64 {al, ah}, %1; mov.b64 {bl, bh}, %2; mov.b64 {cl, ch}, %3;\\n"
            "lop3.b32 al, al, bl, cl, 0x96; lop3.b32 ah, ah, bh, ch, 0x96; mov.b64 %0, {al, ah};}"
            : "=l"(result) : "l"(a), "l"(b), "l"(c));
    return result;
}
#define XOR3(a, b, c) xor3(a, b, c)
#else
#define XOR3(a, b, c) ((a) ^ (b) ^ (c))
#endif
"""

_SEARCH = """
/* first: offset of the first good nonce among `count` from `start` on; what it holds before is none of them. */
__attribute__((reqd_work_group_size(LOCAL, 1, 1)))
__kernel void search(__constant const ulong *common, const ulong start, const uint count, const ulong least,
                     volatile __global uint *first)
{
    const uint offset = (uint)get_global_id(0);
    /* What comes after a good nonce is not wanted. */
    if (offset >= count || *first < offset)
        return;
    const ulong nonce = start + offset;
    ulong prefix;
"""

_SEARCH_END = """\
    if (prefix >= least)
        atomic_min(first, offset);
}
"""

_CHECK = """
__attribute__((reqd_work_group_size(LOCAL, 1, 1)))
__kernel void check_many(__global const ulong *data_hashes, __global const ulong *nonces,
                         __global const ulong *difficulties, const uint count, __global uchar *good)
{
    const uint i = (uint)get_global_id(0);
    if (i >= count)
        return;
"""

_CHECK_END = """\
    /* prefix >= 2^64 - floor(2^64 / D) is the same as (2^64 - prefix) * D <= 2^64. */
    const ulong missing = 0 - a0, difficulty = difficulties[i], high = mul_hi(missing, difficulty);
    good[i] = difficulty <= 1 || (a0 != 0 && (high == 0 || (high == 1 && missing * difficulty == 0)));
}
"""


@functools.cache
def source() -> str:
    """The whole source; pure ASCII."""
    iotas = ", ".join(f"{constant:#x}UL" for constant in IOTAS)
    program, prefix = search_program()
    given = "".join(f"    const ulong b{lane} = common[{lane}];\n" for lane in range(LANES))
    unrolled = [*_lines(program.statements), f"    prefix = {prefix};"]
    return "".join(
        (
            _HEAD,
            f"__constant ulong IOTA[{ROUNDS}] = {{{iotas}}};\n",
            _SEARCH,
            given,
            "#if UNROLLED\n",
            _joined(unrolled),
            "#else\n",
            _joined(_looped_search()),
            "#endif\n",
            _SEARCH_END,
            _CHECK,
            _joined(_state(["nonces[i]", *(f"data_hashes[4 * (size_t)i + {word}]" for word in range(4)), "6"])),
            _joined(_loop(0, ROUNDS)),
            _CHECK_END,
        )
    )


def digest() -> str:
    """SHA-256 of the source in hexadecimal: names what was built from it."""
    return hashlib.sha256(source().encode("ascii")).hexdigest()


def _looped_search() -> list[str]:
    first = Program()
    words = first_round(first, "nonce", [f"b{lane}" for lane in range(LANES)])
    last = Program()
    prefix = last_round(last, [f"a{lane}" for lane in range(LANES)])
    state = _state([f"{words[0]} ^ IOTA[0]", *words[1:]])
    return [
        "    ulong " + ", ".join(f"a{lane}" for lane in range(LANES)) + ";",
        "    {",
        *_lines(first.statements),
        *(line.replace("    ulong ", "    ", 1) for line in state),
        "    }",
        *_loop(1, ROUNDS - 1),
        *_lines(last.statements),
        f"    prefix = {prefix} ^ IOTA[{ROUNDS - 1}];",
    ]


def _state(words: Sequence[str]) -> list[str]:
    """The 25 lanes as variables; what is not given is padding: the final bit, and zeros."""
    rest = ["0x8000000000000000UL" if lane == 16 else "0" for lane in range(len(words), LANES)]
    return [f"    ulong a{lane} = {word};" for lane, word in enumerate([*words, *rest])]


def _loop(begin: int, end: int) -> list[str]:
    """Rounds ``begin`` … ``end`` - 1, an even number of them, on the variables a0 … a24; two in each pass."""
    p = Program()
    a = [f"a{lane}" for lane in range(LANES)]
    for turn in range(2):
        a = full_round(p, a)
        a[0] = p.xor(a[0], f"iota{turn}")
    return [
        f"    for (uint r = {begin}; r < {end}; r += 2) {{",
        "    const ulong iota0 = IOTA[r], iota1 = IOTA[r + 1];",
        *_lines(p.statements),
        *(f"    a{lane} = {word};" for lane, word in enumerate(a)),
        "    }",
    ]


def _lines(statements: Sequence[Statement]) -> list[str]:
    return [f"    const ulong {each.target} = {_expression(each)};" for each in statements]


def _expression(statement: Statement) -> str:
    match statement.operation:
        case "xor":
            operands = ", ".join(statement.operands)
            return f"XOR3({operands})" if len(statement.operands) == 3 else " ^ ".join(statement.operands)
        case "chi":
            return f"CHI({', '.join(statement.operands)})"
        case "rotate":
            return f"ROL({statement.operands[0]}, {statement.constant})"
        case "iota":
            return f"{statement.operands[0]} ^ {statement.constant:#x}UL"


def _joined(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
