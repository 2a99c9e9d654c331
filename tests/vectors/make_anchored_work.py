"""Writes anchored_work.json without any code of powplasma; a test runs it and compares the bytes.

    python tests/vectors/make_anchored_work.py > tests/vectors/anchored_work.json

Hashes are those of pycryptodome, addresses a bech32 of its own, and what a decay leaves is found by
comparing whole powers.
"""

import json
import random
import sys

from Crypto.Hash import SHA3_256

BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
MOST = 2**64 - 1


def sha3(data: bytes) -> bytes:
    return SHA3_256.new(data).digest()


def text_of(address: bytes) -> str:
    """Bech32 with the human-readable part z."""
    bits = "".join(f"{byte:08b}" for byte in address)
    values = [int(bits[i : i + 5], 2) for i in range(0, 160, 5)]
    state = 1
    for value in [3, 0, 26, *values, 0, 0, 0, 0, 0, 0]:  # "z" is 0x7a: 3, then 26
        top, state = state >> 25, (state & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            state ^= generator if top >> bit & 1 else 0
    state ^= 1
    return "z1" + "".join(BECH32[value] for value in [*values, *(state >> 5 * i & 31 for i in range(5, -1, -1))])


def prefix_of(data_hash: bytes, nonce: bytes) -> int:
    return int.from_bytes(sha3(nonce + data_hash)[:8], "little")


def left_of(plasma: int, age: int, half_life: int) -> int:
    """The greatest c with c^h × 2^age ≤ plasma^h."""
    low, high = 0, plasma
    while low < high:
        middle = (low + high + 1) // 2
        if middle**half_life << age <= plasma**half_life:
            low = middle
        else:
            high = middle - 1
    return low


def data_hashes(chance: random.Random) -> list[dict[str, str]]:
    rows = [(bytes(20), bytes(32), bytes(32)), (b"\xff" * 20, b"\xff" * 32, b"\xff" * 32)]
    rows += [(b"\0" + chance.randbytes(19), bytes(32), chance.randbytes(32)) for _ in range(4)]
    rows += [(b"\0" + chance.randbytes(19), chance.randbytes(32), chance.randbytes(32)) for _ in range(10)]
    return [
        {
            "address": text_of(address),
            "previousHash": previous.hex(),
            "momentumHash": momentum.hex(),
            "dataHash": sha3(address + previous + momentum).hex(),
        }
        for address, previous, momentum in rows
    ]


def works(chance: random.Random) -> list[dict[str, object]]:
    """The first good nonce of some data hashes; the same for one more, and without the anchor."""
    rows: list[dict[str, object]] = []
    for difficulty in (1, 2, 100, 5_000, 60_000):
        address, previous, momentum = b"\0" + chance.randbytes(19), chance.randbytes(32), chance.randbytes(32)
        data_hash = sha3(address + previous + momentum)
        counter = 0
        while prefix_of(data_hash, counter.to_bytes(8, "little")) < 2**64 - 2**64 // difficulty:
            counter += 1
        nonce = counter.to_bytes(8, "little")
        prefix = prefix_of(data_hash, nonce)
        other = sha3(address + previous + momentum[::-1])
        achieved = 2**64 // (2**64 - prefix)
        for asked, anchor, hashed in (
            (difficulty, momentum, data_hash),
            (achieved, momentum, data_hash),
            (achieved + 1, momentum, data_hash),
            (MOST, momentum[::-1], other),
        ):
            found = prefix_of(hashed, nonce)
            rows.append(
                {
                    "address": text_of(address),
                    "previousHash": previous.hex(),
                    "momentumHash": anchor.hex(),
                    "difficulty": str(asked),
                    "nonce": nonce.hex(),
                    "dataHash": hashed.hex(),
                    "prefix": str(found),
                    "valid": found >= 2**64 - 2**64 // asked,
                }
            )
    return rows


def credited(chance: random.Random) -> list[dict[str, str]]:
    rows = [("never", plasma, age, plasma) for plasma, age in ((0, 0), (94_500, 0), (94_500, MOST), (MOST, MOST))]
    for window in (0, 6, 360, 8_640, MOST):
        ages = (0, 5, 6, 7, 360, 361, 8_640, 8_641, MOST)
        rows += [(f"window:{window}", 94_500, age, 94_500 if age <= window else 0) for age in ages]
    for half_life in (1, 2, 3, 7, 60, 360):
        for age in sorted({0, 1, half_life - 1, half_life, half_life + 1, 5 * half_life + 1, 64 * half_life}):
            amounts = (0, 1, 21_000, 94_500, 210_000_000_000, MOST)
            rows += [(f"decay:{half_life}", plasma, age, left_of(plasma, age, half_life)) for plasma in amounts]
    for _ in range(60):
        half_life, plasma = chance.randrange(1, 400), chance.choice((94_500, MOST)) - chance.randrange(1_000)
        age = chance.randrange(20 * half_life)
        rows.append((f"decay:{half_life}", plasma, age, left_of(plasma, age, half_life)))
    rows.append((f"decay:{MOST}", 1, 1, 0))
    rows.append((f"decay:{MOST}", MOST, MOST, MOST // 2))
    return [
        {"policy": policy, "plasma": str(plasma), "age": str(age), "credited": str(left)}
        for policy, plasma, age, left in rows
    ]


def anchors(chance: random.Random) -> list[dict[str, str | None]]:
    one, other = chance.randbytes(32).hex(), chance.randbytes(32).hex()
    rows = [  # judged for the momentum after the frontier
        ("window:6", 100, 95, one, one, None),  # included at height 101: age 6
        ("window:6", 100, 94, one, one, "expired"),
        ("window:1", 100, 100, one, one, None),
        ("window:1", 100, 99, one, one, "expired"),
        ("window:6", 100, 100, one, one, None),
        ("window:6", 100, 101, one, one, "anchor_in_future"),
        ("window:6", 100, 101, one, None, "anchor_in_future"),
        ("window:6", 100, 99, one, other, "anchor_unknown"),
        ("window:6", 100, 99, one, None, "anchor_unknown"),
        ("window:6", 100, 1, one, None, "anchor_unknown"),
        ("window:6", 100, None, None, None, "anchor_missing"),
        ("window:0", 100, 100, one, one, "expired"),
        ("window:0", 100, 101, one, one, "anchor_in_future"),
        ("decay:10", 1_000, 362, one, one, None),
        ("decay:10", 1_000, 361, one, one, "expired"),
        ("decay:10", 1_000, 361, one, other, "anchor_unknown"),
        ("decay:10", 1_000, None, None, None, "anchor_missing"),
        ("never", 100, None, None, None, None),
        ("never", 100, 1, one, None, None),
        ("never", 100, 200, one, other, None),
        (f"window:{MOST}", MOST, 1, one, one, None),
        (f"window:{MOST - 1}", MOST, 1, one, one, "expired"),
    ]
    return [
        {
            "policy": policy,
            "frontierHeight": str(frontier),
            "anchorHeight": None if height is None else str(height),
            "anchorHash": stated,
            "hashOnChain": known,
            "refused": refused,
        }
        for policy, frontier, height, stated, known, refused in rows
    ]


def document() -> dict[str, object]:
    chance = random.Random("powplasma-vectors/anchored_work")
    sections: dict[str, list[object]] = {
        make.__name__: make(chance)
        for make in (data_hashes, works, credited, anchors)  # type: ignore[dict-item]
    }
    sections["dataHashes"], sections["credits"] = sections.pop("data_hashes"), sections.pop("credited")
    return {
        "format": "powplasma-vectors/anchored_work",
        "source": {
            "all": "make_anchored_work.py in this folder, which has no code in common with powplasma",
            "rule": "docs/specification.md, section 9: a proposal, not a rule of the network",
        },
        "counts": {name: len(cases) for name, cases in sections.items()},
        **sections,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), indent=1) + "\n")
