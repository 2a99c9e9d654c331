"""Works for places that a number stands for, and the rule written down once more."""

import random
from hashlib import sha3_256
from pathlib import Path

import pytest

from powplasma.stock import Stock, StoredWork
from powplasma.validation import Anchor


def work_of(number: int, *, account: int | None = None, anchor: Anchor | None = None) -> StoredWork:
    """A work whose fields follow from a number; its nonce is good for some difficulty, as every nonce is."""
    chance = random.Random(number)
    address = chance.randbytes(19)
    if account is not None:
        address = random.Random(f"account {account}").randbytes(19)
    return StoredWork(b"\0" + address, chance.randbytes(32), chance.randbytes(8), anchor)


def achieved(work: StoredWork) -> int:
    """What a nonce is good for, by hashlib alone."""
    preimage = work.address + work.previous_hash + (work.anchor.hash if work.anchor else b"")
    prefix = int.from_bytes(sha3_256(work.nonce + sha3_256(preimage).digest()).digest()[:8], "little")
    return min(2**64 // (2**64 - prefix), 2**64 - 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "works.db"


@pytest.fixture
def stock(path: Path):
    with Stock(path) as opened:
        yield opened
