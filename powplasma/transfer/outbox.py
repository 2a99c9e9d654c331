"""One sender at a time for each account, and the signed blocks whose fate nobody knows yet.

Two blocks of an account at the same height exclude each other, so everything that sends takes turns: between threads
and between the processes of one user. A block is written to disk before it is sent. It stays there until its fate is
known, whatever becomes of the process, and whoever sends next from the account settles it first.

A payment can have a reference. Its block is then remembered after it was published as well, so that the same reference
is not paid twice even if the process was killed before it could record the receipt.

All are files in the user's state folder (``powplasma.folders.state_folder``): ``locks/CHAIN-ADDRESS``, for each block
``unsettled/CHAIN-ADDRESS/HEIGHT-HASH[-REFERENCE].json`` in the node's JSON, and for each reference of a published block
``settled/CHAIN-ADDRESS/DATE/REFERENCE.json``, where REFERENCE is the beginning of its SHA-256.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from powplasma import files
from powplasma.account import AccountBlock
from powplasma.address import format_address
from powplasma.errors import InvalidInput, PowPlasmaError
from powplasma.folders import state_folder
from powplasma.node import BlockingNode
from powplasma.validation import BlockType

RETRY_SECONDS = 86_400.0
"""How long a request for the same transaction counts as another attempt at a block whose fate is not known: a day."""

KEPT_DAYS = 30
"""How long a block is kept: one whose fate nobody asks for any more, and one that was published for a reference."""

MAX_REFERENCE = 200
"""Most characters of a reference."""

_FIRST_PAUSE = 0.005
_LONGEST_PAUSE = 0.05
"""Seconds between two tries for a lock that is held."""

_PATIENT_SECONDS = 1.0
"""After this long a wait the caller is told that somebody else is sending."""

_MAX_BYTES = 1 << 20
"""Far more than a block has."""

_DESCRIPTORS: set[int] = set()
"""Locks that this process holds, for a forked child to let go of."""


class StateUnavailable(PowPlasmaError):
    """The state folder cannot be used, so nothing is sent: two senders could not take turns.

    Attributes:
        why: the reason, in words.
    """

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"the account cannot be locked for sending: {why}; XDG_STATE_HOME names another state folder")


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A signed block that was given to a node, or was about to be.

    Attributes:
        block: the block.
        path: its file.
        age: seconds since it was written.
        reference: digest of its payment's reference; empty without one.
    """

    block: AccountBlock
    path: Path
    age: float
    reference: str

    def is_attempt_at(self, template: AccountBlock, reference: str) -> bool:
        """Whether a request for ``template`` is another attempt at this block rather than a new transaction.

        Args:
            template: what is to be sent.
            reference: digest of its reference; empty without one.
        """
        if self.reference or reference:
            return self.reference == reference
        return self.age < RETRY_SECONDS and same_intention(self.block, template)


def digest_of(reference: str | None) -> str:
    """What stands for a reference in the names of files: 32 hex digits; empty for None.

    Raises:
        InvalidInput: field ``reference``; it is not text of 1 to 200 characters.
    """
    if reference is None:
        return ""
    if not isinstance(reference, str) or not 1 <= len(reference) <= MAX_REFERENCE:
        raise InvalidInput("reference", reference, "is not usable", f"text of 1 to {MAX_REFERENCE} characters")
    return sha256(reference.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def same_intention(block: AccountBlock, template: AccountBlock) -> bool:
    """Whether two blocks do the same, whatever their places in the chain and their plasma."""
    return _intention(block) == _intention(template)


def _intention(block: AccountBlock) -> tuple[object, ...]:
    if block.block_type == BlockType.USER_RECEIVE:
        return block.block_type, block.address, block.from_block_hash
    return block.block_type, block.address, block.to_address, block.amount, block.token_standard, block.data


class Outbox:
    """The turn of one sender of an account. ``open_outbox`` and ``aopen_outbox`` wait for it.

    Args:
        name: chain identifier and address, as the files are named.
        folder: the state folder.
        descriptor: the lock file, locked.

    Attributes:
        since: ``time.monotonic()`` at which the turn began.
    """

    def __init__(self, name: str, folder: Path, descriptor: int) -> None:
        self._folder = folder / "unsettled" / name
        self._settled = folder / "settled" / name
        self._descriptor = descriptor
        self.since = time.monotonic()

    def unsettled(self, reference: str = "") -> list[Unsettled]:
        """The blocks whose fate is not known, by ascending height, and the block of a reference.

        Args:
            reference: digest of a reference; the block that was published for it stands at the end.

        Raises:
            InvalidInput: a file is damaged.
            StateUnavailable: a folder cannot be read.
        """
        try:
            found = [_read(path) for path in sorted(self._folder.glob("*-*.json"))]
            for old in [each for each in found if each.age > KEPT_DAYS * 86_400]:
                self.drop(old)
                found.remove(old)
            if reference:
                found += [_read(path) for path in sorted(self._settled.glob(f"*/{reference}.json"))]
            return found
        except OSError as error:
            raise StateUnavailable(f"{error.filename}: {error.strerror}") from error

    def path_of(self, block: AccountBlock, reference: str = "") -> Path:
        """Where the file of a block whose fate is not known is, or would be."""
        end = f"-{reference}" if reference else ""
        return self._folder / f"{block.height:020d}-{block.hash.hex()[:16]}{end}.json"

    def keep(self, block: AccountBlock, reference: str = "") -> Unsettled:
        """Writes a signed block to disk; one that is there already stays as it is.

        Raises:
            StateUnavailable: it cannot be written.
        """
        path = self.path_of(block, reference)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with contextlib.suppress(InvalidInput):
                files.write_new(path, json.dumps(block.to_json(), indent=2) + "\n", "unsettled", secret=True)
        except OSError as error:
            raise StateUnavailable(f"{path}: {error.strerror}") from error
        return Unsettled(block, path, 0.0, reference)

    def drop(self, unsettled: Unsettled) -> None:
        """Takes a block off the disk: it is not in the chain, and cannot be any more."""
        with contextlib.suppress(OSError):
            unsettled.path.unlink(missing_ok=True)

    def settle(self, settled: Unsettled) -> None:
        """Notes that a block is published: takes it off the disk, or keeps it for its reference.

        Where the disk does not take that, the block stays as it is, and is settled again by whoever sends next.
        """
        with contextlib.suppress(OSError):
            if not settled.reference:
                settled.path.unlink()
            elif settled.path.parent == self._folder:
                day = self._settled / time.strftime("%Y-%m-%d", time.gmtime())
                day.mkdir(mode=0o700, parents=True, exist_ok=True)
                settled.path.replace(day / f"{settled.reference}.json")
                self._forget_old()

    def _forget_old(self) -> None:
        oldest = time.strftime("%Y-%m-%d", time.gmtime(time.time() - KEPT_DAYS * 86_400))
        for day in self._settled.iterdir():
            if day.name < oldest:
                shutil.rmtree(day, ignore_errors=True)

    def release(self) -> None:
        """Ends the turn; a second time it does nothing."""
        if self._descriptor in _DESCRIPTORS:
            _DESCRIPTORS.discard(self._descriptor)
            files.unlock(self._descriptor)
            os.close(self._descriptor)


@contextlib.asynccontextmanager
async def aopen_outbox(
    chain_identifier: int, address: bytes, waiting: Callable[[], None] | None = None
) -> AsyncIterator[Outbox]:
    """Waits for the turn of an account and holds it for the ``with`` block.

    Args:
        chain_identifier: of the network.
        address: 20 bytes.
        waiting: called once, if others have held the turn for a second.

    Raises:
        StateUnavailable: the state folder is missing, cannot be written, or is on a file system without locks.
    """
    outbox = await _wait(chain_identifier, address, waiting)
    try:
        yield outbox
    finally:
        outbox.release()


@contextlib.contextmanager
def open_outbox(
    node: BlockingNode, chain_identifier: int, address: bytes, waiting: Callable[[], None] | None = None
) -> Iterator[Outbox]:
    """Waits for the turn of an account and holds it; as ``aopen_outbox`` without asyncio, in the loop of ``node``."""
    held: list[Outbox] = []

    async def hold(_: object) -> None:
        held.append(await _wait(chain_identifier, address, waiting))

    try:
        node.call(hold)
        yield held[0]
    finally:  # an interruption may come when the turn has just begun
        for outbox in held:
            outbox.release()


def networks_of(address: bytes) -> set[int]:
    """Chain identifiers of the networks on which this user has sent from an account."""
    folder = state_folder()
    if folder is None:
        return set()
    names = (path.name.partition("-")[0] for path in (folder / "locks").glob(f"*-{format_address(address)}"))
    return {int(name) for name in names if name.isdecimal()}


def kept_path(block: AccountBlock) -> Path | None:
    """The file of a block whose fate is not known; None if there is none."""
    folder = state_folder()
    if folder is None:
        return None
    name = f"{block.chain_identifier}-{format_address(block.address)}"
    pattern = f"{Outbox(name, folder, -1).path_of(block).stem}*.json"
    return next((folder / "unsettled" / name).glob(pattern), None)


def _read(path: Path) -> Unsettled:
    age = max(0.0, time.time() - path.stat().st_mtime)
    block = AccountBlock.from_json(files.read_json(path, "unsettled", _MAX_BYTES))
    head, _, reference = path.stem.rpartition("-") if path.stem.count("-") == 2 else (path.stem, "", "")
    if "-" not in path.stem:  # the file of a reference
        head, reference = f"{block.height:020d}-{block.hash.hex()[:16]}", path.stem
    flaw = block.seal_flaw()
    if flaw is not None or head != f"{block.height:020d}-{block.hash.hex()[:16]}":
        problem = f"cannot be settled: {flaw or 'it is another block'}"
        raise InvalidInput("unsettled", str(path), problem, "a signed block; it may have been published")
    return Unsettled(block, path, age, reference)


async def _wait(chain_identifier: int, address: bytes, waiting: Callable[[], None] | None) -> Outbox:
    folder = state_folder()
    if folder is None:
        raise StateUnavailable("no home folder is known")
    name = f"{chain_identifier}-{format_address(address)}"
    return Outbox(name, folder, await _locked(folder / "locks" / name, waiting))


async def _locked(path: Path, waiting: Callable[[], None] | None) -> int:
    """Opens the lock file and waits until the lock is this caller's."""
    pause, patient_until = _FIRST_PAUSE, time.monotonic() + _PATIENT_SECONDS
    while True:
        try:
            descriptor = _try(path)
        except OSError as error:
            raise StateUnavailable(f"{path}: {error.strerror}") from error
        if descriptor is not None:
            return descriptor
        if waiting is not None and time.monotonic() >= patient_until:
            waiting()
            waiting = None
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
        pause = min(_LONGEST_PAUSE, pause * 2)


def _try(path: Path) -> int | None:
    """The lock file, locked; None while somebody else holds the lock."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        # A lock of a file that was removed or replaced meanwhile keeps nobody out.
        if files.try_lock(descriptor) and os.path.samestat(os.fstat(descriptor), path.stat()):
            _DESCRIPTORS.add(descriptor)
            return descriptor
    except FileNotFoundError:
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def _let_go() -> None:
    """A forked child shares its parent's locks, and would keep them after the parent has died."""
    for descriptor in _DESCRIPTORS:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    _DESCRIPTORS.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)
