"""The optional freshness rule: work that is anchored to a momentum, and what its age leaves of it.

Today a nonce commits to address and previous hash, both of which can be known years ahead. Anchored
work also commits to the hash of a momentum, so it cannot be older than that momentum; the block
names it, and a freshness policy (``powplasma.plasma.freshness``) says what the work still counts
for. A proposal, not a rule of the network: without an ``Expiry`` nothing here takes part in a
verdict, and work without an anchor is what it always was. docs/specification.md, section 9.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha3_256

from powplasma.address import parse_address
from powplasma.errors import InvalidInput, check_integer
from powplasma.plasma.checks import U64_MAX
from powplasma.plasma.freshness import Freshness
from powplasma.validation.verdict import Reason
from powplasma.work import HASH_BYTES, parse_hash

MomentumHash = Callable[[int], bytes | None]
"""(height) -> the 32-byte hash of the momentum at that height on the judge's chain, None if there is none."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The momentum that a work is anchored to.

    Attributes:
        hash: 32 bytes; the work commits to it.
        height: of the momentum, 1 … 2^64 - 1. The work does not commit to it, since the hash
            belongs to one height only; it says where to look the hash up.

    Raises:
        InvalidInput: field ``anchor_hash`` or ``anchor_height``.
    """

    hash: bytes
    height: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "hash", parse_hash(self.hash, "anchor_hash"))
        object.__setattr__(self, "height", check_integer("anchor_height", self.height, 1, U64_MAX))


@dataclass(frozen=True, slots=True)
class Expiry:
    """How anchored work is judged: by a policy, from one point of a chain.

    Attributes:
        policy: what work of an age counts for.
        frontier_height: height of the newest momentum. Work is judged for the one that follows it
            and would include the work, so that an anchor at the frontier has age 1. 1 … 2^64 - 1.
        momentum_hash: looks an anchor up. None leaves that to the caller: an anchor that a
            reorganisation has removed, or that never was, then passes.

    Raises:
        InvalidInput: field ``frontier_height``.
    """

    policy: Freshness
    frontier_height: int
    momentum_hash: MomentumHash | None

    def __post_init__(self) -> None:
        height = check_integer("frontier_height", self.frontier_height, 1, U64_MAX)
        object.__setattr__(self, "frontier_height", height)

    def anchor(self, depth: int = 0) -> Anchor:
        """The momentum to anchor new work to: the frontier, or one ``depth`` momentums before it.

        A work whose anchor a reorganisation removes is lost. Each momentum of depth makes that
        rarer, and makes the work one momentum older when it is included: ``depth`` + 1 at the least.

        Raises:
            InvalidInput: field ``depth``, or ``frontier_height`` where no hash is known.
        """
        height = self.frontier_height - check_integer("depth", depth, 0, self.frontier_height - 1, "momentums")
        found = self._look_up(height)
        if found is None:
            raise InvalidInput("frontier_height", height, "is a height without a known hash", "one on the chain")
        return Anchor(found, height)

    def age(self, anchor: Anchor) -> int:
        """Age at inclusion: the height of the momentum that would include the work, less the anchor's.

        That momentum is the frontier's successor. So the age is at least 1, and below that for an
        anchor ahead of the frontier only.
        """
        return self.frontier_height + 1 - anchor.height

    def refuse(self, anchor: Anchor | None) -> tuple[Reason, str] | None:
        """Why work with this anchor counts for nothing, as a reason and in words; None if it may count.

        Raises:
            InvalidInput: field ``momentum_hash``; the chain's answer is neither 32 bytes nor None.
        """
        if not self.policy.anchored:
            return None
        if anchor is None:
            return Reason.ANCHOR_MISSING, f"the work names no anchor, which {self.policy} asks for"
        if anchor.height > self.frontier_height:
            problem = f"the anchor's height {anchor.height} is beyond the frontier at {self.frontier_height}"
            return Reason.ANCHOR_IN_FUTURE, problem
        if self.momentum_hash is not None and self._look_up(anchor.height) != anchor.hash:
            problem = f"the anchor {anchor.hash.hex()} is not the momentum of height {anchor.height} on this chain"
            return Reason.ANCHOR_UNKNOWN, problem
        age = self.age(anchor)
        if not self.policy.credit(U64_MAX, age):
            return Reason.EXPIRED, f"the work would be included at age {age}, too old for {self.policy}"
        return None

    def _look_up(self, height: int) -> bytes | None:
        found = None if self.momentum_hash is None else self.momentum_hash(height)
        if found is not None and (not isinstance(found, bytes) or len(found) != HASH_BYTES):
            raise InvalidInput(
                "momentum_hash", found, f"was answered for height {height}", f"{HASH_BYTES} bytes or None"
            )
        return found


def anchored_data_hash(address: str | bytes, previous_hash: str | bytes, momentum_hash: str | bytes) -> bytes:
    """The 32 bytes that anchored work commits to: SHA3-256(address || previous hash || momentum hash).

    The three have fixed widths, 84 bytes in all, so no two different triples give the same bytes;
    and the preimage of work without an anchor has 52, so neither kind of work can pass for the other.

    Args:
        address: of the account that sends the block; text (``z1…``) or 20 bytes.
        previous_hash: of the account's previous block, 64 hex digits or 32 bytes; all zero for its first.
        momentum_hash: of the momentum that anchors the work, 64 hex digits or 32 bytes.

    Raises:
        InvalidInput: field ``address``, ``previous_hash`` or ``anchor_hash``.
    """
    return data_hash_at(
        parse_address(address), parse_hash(previous_hash, "previous_hash"), parse_hash(momentum_hash, "anchor_hash")
    )


def data_hash_at(address: bytes, previous_hash: bytes, momentum_hash: bytes = b"") -> bytes:
    """The data hash of well-formed fields; without a momentum hash that of work without an anchor."""
    return sha3_256(address + previous_hash + momentum_hash).digest()
