"""What one hash costs a graphics processor: 32-bit operations and registers, counted from the kernel's statements.

    python -m benchmarks.gpu_operations [--units N --per-clock N --mhz N] [--assemble sm_90] [--json]

With the numbers of a chip, the hashrate is added that its integer units allow. --assemble has clang and
NVIDIA's ptxas and nvdisasm, which have to be on the PATH, make machine code of the kernel for an architecture,
and counts what is in it; that needs no graphics processor. For figures of the chip itself see benchmarks.devices.
"""

from __future__ import annotations

import argparse
import collections
import json
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import table
from powplasma.kernels.opencl.program import (
    IOTAS,
    LANES,
    Program,
    Statement,
    first_round,
    full_round,
    last_round,
    search_program,
)
from powplasma.kernels.opencl.source import Variant, source

AROUND = 5
"""32-bit operations per nonce outside the hash: two of start + offset, three of the comparison."""

REGISTERS_PER_UNIT, REGISTERS_PER_GROUP, WARPS_PER_UNIT = 65536, 256, 64
"""Of NVIDIA's compute units since 2014: registers, how many are dealt out at a time, and warps of 32 at most."""


def operations(statements: Sequence[Statement], operands: int) -> int:
    """32-bit operations, if one takes so many operands; a rotation of 64 bits is two funnel shifts."""
    logic = 0
    shifts = 0
    for each in statements:
        match each.operation:
            case "rotate":
                shifts += 2
            case "iota":
                logic += (each.constant >> 32 > 0) + (each.constant & 0xFFFFFFFF > 0)
            case "xor":
                logic += 2 * -(-(len(each.operands) - 1) // (operands - 1))
            case "chi":
                # With two operands: and-not, then exclusive or.
                logic += 2 if operands == 3 else 4
    return logic + shifts


def parts() -> dict[str, Program]:
    """The pieces of a search, and for comparison a hash without its shortcuts."""
    names = [f"a{lane}" for lane in range(LANES)]
    first, each, last, plain = Program(), Program(), Program(), Program()
    a = first_round(first, "nonce", [f"b{lane}" for lane in range(LANES)])
    first.iota(a[0], IOTAS[0])
    a = full_round(each, names)
    each.iota(a[0], IOTAS[1])
    last.iota(last_round(last, names), IOTAS[-1])
    a = names
    for constant in IOTAS:
        a = full_round(plain, a)
        a[0] = plain.iota(a[0], constant)
    return {
        "round 1": first,
        "round 2": each,
        "round 24": last,
        "search": search_program()[0],
        "24 whole rounds": plain,
    }


def counted() -> list[dict[str, Any]]:
    rows = []
    for name, program in parts().items():
        kinds = collections.Counter(each.operation for each in program.statements)
        row = {kind: kinds[kind] for kind in ("xor", "chi", "rotate", "iota")}
        both = {f"operations_{n}_operands": operations(program.statements, n) for n in (3, 2)}
        rows.append({"part": name, **row, **both})
    return rows


SHIM = """
#define get_global_id(d) (__nvvm_read_ptx_sreg_ctaid_x() * LOCAL + __nvvm_read_ptx_sreg_tid_x())
#define atomic_min(p, v) __asm__ volatile("red.global.min.u32 [%0], %1;" ::"l"(p), "r"(v))
#define mul_hi(a, b) ((ulong)((unsigned __int128)(a) * (b) >> 64))
"""


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stderr or done.stdout}")
    return done.stdout + done.stderr


def assembled(variant: Variant, architecture: str) -> dict[str, Any]:
    """What ptxas makes of the search: instructions by name, registers, bytes spilled, and warps that fit."""
    with tempfile.TemporaryDirectory() as folder:
        kernel, shim, ptx, cubin = (Path(folder) / name for name in ("k.cl", "shim.h", "k.ptx", "k.cubin"))
        kernel.write_text(source())
        shim.write_text(SHIM)
        target = ("--target=nvptx64-nvidia-nvcl", "-Xclang", "-target-cpu", "-Xclang", "sm_80")
        language = ("-x", "cl", "-cl-std=CL1.2", "-Xclang", "-finclude-default-header", "-include", str(shim))
        run("clang", *target, *language, *variant.options, "-O3", "-w", "-S", str(kernel), "-o", str(ptx))
        told = run("ptxas", f"-arch={architecture}", "-v", str(ptx), "-o", str(cubin))
        code = run("nvdisasm", str(cubin))
    of_search = told.split("'search'")[1].split("Compiling entry function")[0]
    registers = int(re.search(r"Used (\d+) registers", of_search)[1])  # type: ignore[index]
    spilled = sum(map(int, re.findall(r"(\d+) bytes spill", of_search)))
    text = code.split(".text.search:")[1].split(".section")[0]
    names = re.findall(r"^\s+/\*[0-9a-f]+\*/\s+(?:@!?U?P\w+ )?([A-Z][A-Z0-9]*)", text, re.MULTILINE)
    per_warp = -(-registers * 32 // REGISTERS_PER_GROUP) * REGISTERS_PER_GROUP
    warps = min(WARPS_PER_UNIT, REGISTERS_PER_UNIT // per_warp)
    return {
        "variant": f"{variant.rotation}, {'unrolled' if variant.unrolled else 'looped'}{', lop3' * variant.lop3}",
        "registers": registers,
        "bytes_spilled": spilled,
        "occupancy": warps / WARPS_PER_UNIT,
        "instructions": dict(collections.Counter(names).most_common()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--units", type=int, help="compute units of the chip")
    parser.add_argument("--per-clock", type=int, help="32-bit integer operations per unit and clock")
    parser.add_argument("--mhz", type=float)
    parser.add_argument("--assemble", metavar="ARCHITECTURE", help="as ptxas names it: sm_90, sm_89, …")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    program, prefix = search_program()
    result: dict[str, Any] = {
        "benchmark": "32-bit operations of a hash",
        "parts": counted(),
        "around": AROUND,
        "registers_as_written": 2 * program.most_alive([prefix]),
        "limits": {},
        "assembled": [],
    }
    if options.units and options.per_clock and options.mhz:
        rate = options.units * options.per_clock * options.mhz * 1e6
        for row in result["parts"][-2:]:
            result["limits"][row["part"]] = rate / (row["operations_3_operands"] + AROUND) / 1e9
    if options.assemble:
        # "rotate" is left out: it is a function of the vendor's library, not of clang.
        variants = [Variant("shifts", unrolled, lop3, 128) for lop3 in (False, True) for unrolled in (False, True)]
        result["assembled"] = [assembled(each, options.assemble) for each in variants]
    if options.json:
        print(json.dumps(result))
        return
    head = ["part", "xor", "chi", "rotate", "iota", "32-bit operations", "with two operands"]
    print(table(head, [[str(value) for value in row.values()] for row in result["parts"]]))
    registers = result["registers_as_written"]
    print(f"\naround the hash: {AROUND}; words alive at a time, in the order written: {registers} registers of 32 bits")
    for part, limit in result["limits"].items():
        print(f"limit of this chip, {part}: {limit:.2f} billion hashes/s")
    for each in result["assembled"]:
        names = ", ".join(f"{count} {name}" for name, count in list(each["instructions"].items())[:4])
        print(
            f"{each['variant']}: {each['registers']} registers, {each['bytes_spilled']} bytes spilled, "
            f"occupancy {each['occupancy']:.0%}; {names}"
        )


if __name__ == "__main__":
    main()
