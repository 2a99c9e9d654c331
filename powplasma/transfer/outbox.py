"""One sender at a time for each account, and the signed blocks whose fate nobody knows yet.

Two blocks of an account at the same height exclude each other, so everything that sends takes turns: between threads
and between the processes of one user. A block is written to disk before it is sent. It stays there until its fate is
known, whatever becomes of the process, and whoever sends next from the account settles it first.

Both are files in the user's state folder (``powplasma.folders.state_folder``): ``locks/CHAIN-ADDRESS`` and, for each
block, ``unsettled/CHAIN-ADDRESS/HEIGHT-HASH.json`` in the node's JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
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
        age: seconds since it was written.
    """

    block: AccountBlock
    age: float

    def is_attempt_at(self, template: AccountBlock) -> bool:
        """Whether a request for ``template`` is another attempt at this block rather than a new transaction."""
        return self.age < RETRY_SECONDS and _intention(self.block) == _intention(template)


def _intention(block: AccountBlock) -> tuple[object, ...]:
    """What a block does, whatever its place in the chain and its plasma."""
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
        self._descriptor = descriptor
        self.since = time.monotonic()

    @property
    def unsettled(self) -> list[Unsettled]:
        """The blocks whose fate is not known, by ascending height.

        Raises:
            InvalidInput: a file of the folder is damaged.
            StateUnavailable: the folder cannot be read.
        """
        found = []
        try:
            for path in sorted(self._folder.glob("*-*.json")):
                age = max(0.0, time.time() - path.stat().st_mtime)
                block = AccountBlock.from_json(files.read_json(path, "unsettled", _MAX_BYTES))
                if block.seal_flaw() is not None or self.path_of(block) != path:
                    problem = f"cannot be settled: {block.seal_flaw() or 'it is another block'}"
                    raise InvalidInput("unsettled", str(path), problem, "a signed block; it may have been published")
                found.append(Unsettled(block, age))
        except FileNotFoundError:
            pass
        except OSError as error:
            raise StateUnavailable(f"{self._folder}: {error.strerror}") from error
        return found

    def path_of(self, block: AccountBlock) -> Path:
        """Where the file of a block is, or would be."""
        return self._folder / f"{block.height:020d}-{block.hash.hex()[:16]}.json"

    def keep(self, block: AccountBlock) -> None:
        """Writes a signed block to disk; one that is there already stays as it is.

        Raises:
            StateUnavailable: it cannot be written.
        """
        path = self.path_of(block)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with contextlib.suppress(InvalidInput):
                files.write_new(path, json.dumps(block.to_json(), indent=2) + "\n", "unsettled", secret=True)
        except OSError as error:
            raise StateUnavailable(f"{path}: {error.strerror}") from error

    def drop(self, block: AccountBlock) -> None:
        """Takes a block off the disk: its fate is known."""
        with contextlib.suppress(OSError):
            self.path_of(block).unlink(missing_ok=True)

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
    path = Outbox(f"{block.chain_identifier}-{format_address(block.address)}", folder, -1).path_of(block)
    return path if path.exists() else None


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
