"""Which network a node and an account are of is remembered, and another one is not signed for by mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from powplasma.node.devnode import BackgroundDevNode, Genesis, Grant, Settings

from .conftest import Run
from .test_send import ALICE, BOB, COIN, TO_BOB, folder, here, keys  # noqa: F401 - fixtures


def network(identifier: int, port: int = 0) -> BackgroundDevNode:
    fused = {wallet.base_address: 5_000 * COIN for wallet in (ALICE, BOB)}
    funds = (Grant(ALICE.base_address, 100 * COIN), Grant(BOB.base_address, 100 * COIN))
    genesis = Genesis(chain_identifier=identifier, fused=fused, funds=funds)
    return BackgroundDevNode(Settings(genesis=genesis, interval=0.1, port=port))


SEND = ["send", TO_BOB, "1", "--yes", "--no-wait"]


def test_a_node_that_states_another_network_than_before_is_refused(here: Run) -> None:  # noqa: F811
    with network(7) as dev:
        port = dev.node.port
        assert here(*SEND, "--key", "alice", "--node", dev.url).code == 0
    with network(8, port) as dev:
        done = here(*SEND, "--key", "bob", "--node", dev.url)
        assert done.code == 3
        assert done.problem == (
            f"Error: node {dev.url} was of network 7, and now states 8; if network 8 is meant: --network 8"
        )
        assert here(*SEND, "--key", "bob", "--node", dev.url, "--network", "7").code == 3
        assert here(*SEND, "--key", "bob", "--node", dev.url, "--network", "8").code == 0
        # Now that is what is remembered.
        assert here(*SEND, "--key", "bob", "--node", dev.url).code == 0


@pytest.mark.parametrize("arguments", [[*SEND, "--key", "alice"], ["receive", "--key", "alice"]])
def test_an_account_of_another_network_is_not_used_by_mistake(here: Run, arguments: list[str]) -> None:  # noqa: F811
    with network(7) as first, network(8) as second:
        assert here(*SEND, "--key", "alice", "--node", first.url).code == 0
        done = here(*arguments, "--node", second.url)
        assert done.code == 3
        assert "was used on network 7, and node" in done.problem
        assert second.node.ledger.chain(ALICE.base_address).height == 1
        assert here(*SEND, "--key", "alice", "--node", second.url, "--network", "8").code == 0
        assert here(*arguments, "--node", second.url).code == 0


def test_a_dry_run_is_checked_and_remembered_too(here: Run, state: Path) -> None:  # noqa: F811
    with network(7) as dev:
        assert here(*SEND, "--key", "alice", "--dry-run", "--node", dev.url).code == 0
        record = json.loads((state / "networks.json").read_text())
        assert record["nodes"] == {dev.url: 7}


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": "powplasma-networks", "version": 2}', "\0"])
def test_a_damaged_memory_is_named_and_not_written_over(here: Run, state: Path, content: str) -> None:  # noqa: F811
    path = state / "networks.json"
    state.mkdir(parents=True)
    path.write_text(content)
    with network(7) as dev:
        done = here(*SEND, "--key", "alice", "--node", dev.url)
    assert done.code == 2
    assert str(path) in done.problem
    assert path.read_text() == content
