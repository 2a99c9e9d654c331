"""A node that may not know the newest state of the network is refused before money moves."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import math
import time
from typing import Any

import pytest

from powplasma.errors import InvalidInput
from powplasma.node import Node, NodeStale, SyncInfo, SyncState, check_fresh

from .flow import FaultyNode, settings

DONE = SyncInfo(SyncState.DONE, 7, 7)


async def newest() -> Any:
    async with FaultyNode(settings()) as devnode, Node(devnode.url) as node:
        assert await node.sync_info() == SyncInfo(SyncState.DONE, 1, 1)
        return await node.frontier_momentum()


MOMENTUM = asyncio.run(newest())


def aged(seconds: float) -> Any:
    return dataclasses.replace(MOMENTUM, timestamp=int(time.time() - seconds))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3_700, "is 1 h 1 min old (at most 300 s)"),
        (2 * 365 * 86_400 + 7_200, "is 730 d 2 h old (at most 300 s)"),
        (-7_300, "is 2 h 1 min ahead of this machine's clock (at most 300 s)"),
    ],
)
def test_a_momentum_that_is_too_old_or_too_new_is_refused(seconds: float, words: str) -> None:
    with pytest.raises(NodeStale, match=r"^node here may be out of date: its newest momentum, 1, is ") as refused:
        check_fresh("here", aged(seconds), DONE, 300.0)
    assert words in str(refused.value)
    check_fresh("here", aged(seconds), DONE, math.inf)
    check_fresh("here", aged(seconds), DONE, abs(seconds) + 100)


@pytest.mark.parametrize("state", [each for each in SyncState if each is not SyncState.DONE])
def test_a_node_that_says_it_is_not_in_sync_is_refused(state: SyncState) -> None:
    with pytest.raises(NodeStale, match=r"it says that it .* \(momentum 5 of 9\)$"):
        check_fresh("here", aged(1), SyncInfo(state, 5, 9), math.inf)


def test_a_target_behind_the_nodes_own_height_means_nothing() -> None:
    check_fresh("here", aged(1), SyncInfo(SyncState.DONE, 9, 5), 300.0)


def test_a_node_that_does_not_tell_is_judged_by_its_momentum_alone() -> None:
    async def unknown(text: str, _: object) -> str:
        error = {"code": -32601, "message": "the method stats.syncInfo does not exist/is not available"}
        return json.dumps({"jsonrpc": "2.0", "id": json.loads(text)["id"], "error": error})

    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(devnode.url) as node:
            devnode.server.fail(unknown, "stats.syncInfo")
            assert await node.sync_info() is None

    asyncio.run(main())
    check_fresh("here", aged(1), None, 300.0)


@pytest.mark.parametrize(
    "record",
    [
        {"state": 4, "currentHeight": 1, "targetHeight": 1},
        {"state": -1, "currentHeight": 1, "targetHeight": 1},
        {"state": "2", "currentHeight": 1, "targetHeight": 1},
        {"state": 2, "currentHeight": 1},
        [],
    ],
)
def test_what_is_not_sync_info_is_refused(record: object) -> None:
    with pytest.raises(InvalidInput):
        SyncInfo.from_json(record)
