"""Senders of one account take turns, and what they have sent stays on disk until it is settled."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from powplasma.account import AccountBlock
from powplasma.errors import InvalidInput
from powplasma.transfer.outbox import RETRY_SECONDS, Outbox, StateUnavailable, aopen_outbox, kept_path, networks_of
from tests.waiting import A_MOMENT

from .fake import KEY_PAIR, OTHER

CHAIN = 100


def signed(amount: int = 5, height: int = 1, to: bytes = OTHER.address) -> AccountBlock:
    block = AccountBlock.send(KEY_PAIR.address, to, amount, chain_identifier=CHAIN, height=height)
    return block.signed(KEY_PAIR)


def hold(act: object = None) -> None:
    """Takes a turn in an event loop of its own, and calls ``act`` with it."""

    async def main() -> None:
        async with aopen_outbox(CHAIN, KEY_PAIR.address) as outbox:
            if callable(act):
                act(outbox)

    asyncio.run(main())


def test_threads_and_tasks_take_turns() -> None:
    inside: list[int] = []
    most: list[int] = []

    async def visit() -> None:
        async with aopen_outbox(CHAIN, KEY_PAIR.address):
            inside.append(1)
            most.append(len(inside))
            await asyncio.sleep(0.001)
            inside.pop()

    async def several() -> None:
        await asyncio.gather(*(visit() for _ in range(5)))

    threads = [threading.Thread(target=lambda: asyncio.run(several())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 20


def test_other_accounts_and_networks_do_not_wait() -> None:
    async def main() -> None:
        async with (
            aopen_outbox(CHAIN, KEY_PAIR.address),
            aopen_outbox(CHAIN, OTHER.address),
            aopen_outbox(1, KEY_PAIR.address),
        ):
            assert networks_of(KEY_PAIR.address) == {CHAIN, 1}
            assert networks_of(OTHER.address) == {CHAIN}

    asyncio.run(main())


HOLDER = """
import asyncio, sys, time
from powplasma.transfer.outbox import aopen_outbox
async def main():
    async with aopen_outbox(int(sys.argv[1]), bytes.fromhex(sys.argv[2])):
        print("held", flush=True)
        await asyncio.sleep(3600)
asyncio.run(main())
"""


def holder() -> subprocess.Popen[str]:
    """Another process that has the turn and keeps it."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(CHAIN), KEY_PAIR.address.hex()], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_process_that_is_killed_ends_its_turn() -> None:
    process = holder()
    began = threading.Event()
    waiter = threading.Thread(target=lambda: hold(lambda _: began.set()))
    waiter.start()
    assert not began.wait(A_MOMENT)
    process.send_signal(signal.SIGKILL)
    waiter.join()
    assert began.is_set()
    process.communicate()


def test_a_long_wait_is_told_once_and_can_be_cancelled() -> None:
    process = holder()
    told: list[int] = []

    async def main() -> None:
        async def wait() -> None:
            async with aopen_outbox(CHAIN, KEY_PAIR.address, lambda: told.append(1)):
                raise AssertionError("two hold the turn")

        task = asyncio.create_task(wait())
        while not told:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert told == [1]
    process.kill()
    process.communicate()


def test_a_forked_child_does_not_keep_its_parents_turn() -> None:
    read, write = os.pipe()
    children: list[int] = []

    def fork(_: Outbox) -> None:
        child = os.fork()
        if not child:  # lives until the pipe is closed
            os.close(write)
            os.read(read, 1)
            os._exit(0)
        children.append(child)

    hold(fork)
    hold()
    os.close(write)
    os.waitpid(children[0], 0)
    os.close(read)


def test_a_lock_file_that_was_removed_keeps_nobody_out_and_lets_nobody_in(state: Path) -> None:
    def remove(_: Outbox) -> None:
        (lock,) = (state / "locks").iterdir()
        lock.unlink()
        other = threading.Thread(target=hold)  # takes a new file
        other.start()
        other.join()

    hold(remove)
    hold()


def test_blocks_are_kept_until_they_are_dropped(state: Path) -> None:
    low, high = signed(5, 1), signed(6, 2)

    def keep(outbox: Outbox) -> None:
        assert outbox.unsettled() == []
        for block in (high, low, low):
            outbox.keep(block)

    def look(outbox: Outbox) -> None:
        assert [each.block for each in outbox.unsettled()] == [low, high]
        assert all(each.age < 3_600 for each in outbox.unsettled())
        first = outbox.unsettled()[0]
        outbox.drop(first)
        outbox.drop(first)
        assert [each.block for each in outbox.unsettled()] == [high]

    hold(keep)
    path = kept_path(high)
    assert path is not None
    assert json.loads(path.read_text())["hash"] == high.hash.hex()
    assert path.stat().st_mode & 0o077 == 0
    hold(look)
    assert kept_path(low) is None
    assert len(list((state / "unsettled").glob("*/*"))) == 1


def test_a_request_for_the_same_transaction_is_another_attempt_for_a_day() -> None:
    def check(outbox: Outbox) -> None:
        outbox.keep(signed())
        (kept,) = outbox.unsettled()
        again = AccountBlock.send(KEY_PAIR.address, OTHER.address, 5, height=9, fused_plasma=7)
        assert kept.is_attempt_at(again, "")
        others = (
            AccountBlock.send(KEY_PAIR.address, OTHER.address, 6),
            AccountBlock.send(KEY_PAIR.address, OTHER.address, 5, data=b"x"),
            AccountBlock.send(KEY_PAIR.address, KEY_PAIR.address, 5),
            AccountBlock.receive(KEY_PAIR.address, bytes(32)),
        )
        assert not any(kept.is_attempt_at(other, "") for other in others)
        past = time.time() - RETRY_SECONDS - 1
        os.utime(outbox.path_of(kept.block), (past, past))
        (kept,) = outbox.unsettled()
        assert not kept.is_attempt_at(again, "")

    hold(check)


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"\x00" * 100, b"null", b"\xff\xfe"])
def test_a_damaged_block_stops_everything_and_is_not_touched(state: Path, content: bytes) -> None:
    def damage(outbox: Outbox) -> None:
        outbox.keep(signed())
        outbox.path_of(signed()).write_bytes(content)

    hold(damage)
    (path,) = (state / "unsettled").glob("*/*")
    with pytest.raises(InvalidInput):
        hold(lambda outbox: outbox.unsettled())
    assert path.read_bytes() == content


def test_a_block_under_anothers_name_stops_everything(state: Path) -> None:
    hold(lambda outbox: outbox.keep(signed()))
    (path,) = (state / "unsettled").glob("*/*")
    path.write_text(json.dumps(signed(6).to_json()))
    with pytest.raises(InvalidInput, match="it is another block"):
        hold(lambda outbox: outbox.unsettled())


def test_without_a_state_folder_nothing_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(file))
    with pytest.raises(StateUnavailable, match=r"Not a directory; XDG_STATE_HOME names another state folder$"):
        hold()
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr("powplasma.folders._home", lambda: None)
    with pytest.raises(StateUnavailable, match="no home folder is known"):
        hold()


def test_a_block_that_cannot_be_written_is_not_sent(state: Path) -> None:
    def refuse(outbox: Outbox) -> None:
        outbox.path_of(signed()).parent.parent.write_text("not a folder")
        with contextlib.suppress(FileNotFoundError):
            outbox.keep(signed())

    with pytest.raises(StateUnavailable):
        hold(refuse)
