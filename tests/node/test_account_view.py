"""Reading what an account has: a whole node's recorded answers, and answers that do not fit the question."""

import asyncio
import copy
import json
from pathlib import Path

import numpy as np
import pytest

from powplasma.account import QSR, ZNN
from powplasma.errors import InvalidInput
from powplasma.node import AnswerInvalid, BlockingNode, CallState, MethodUnknown, Node, NodeBlock, outcome_of
from powplasma.node.devnode import BackgroundDevNode, Genesis, Grant, Settings

from .flow import ALICE, BOB, COIN

EXCHANGES = json.loads((Path(__file__).parents[1] / "vectors" / "rpc_account_view.json").read_text())["exchanges"]
ANSWERS = {
    (each["request"]["method"], json.dumps(each["request"]["params"])): each["response"].get("result")
    for each in EXCHANGES
}
OWNER = "z1qqyltpm8a6nl3z4sgar583ajuz9flv5ngu6y2a"
TEST_TOKEN = "zts18z4lmvdr4ea6xepv6wrr5w"


class Recorded:
    """A transport that answers as the recorded node did; ``changed`` answers otherwise."""

    def __init__(self, changed=None) -> None:
        self.changed = changed or {}

    async def call(self, method, params):
        if method in self.changed:
            found = self.changed[method]
            if isinstance(found, Exception):
                raise found
            return found
        return ANSWERS[method, json.dumps(params)]

    async def close(self) -> None:
        pass


def asked(question, changed=None):
    async def ask():
        async with Node("http://127.0.0.1:1") as node:
            node._transport = Recorded(changed)
            return await question(node)

    return asyncio.run(ask())


def test_tokens_have_symbol_and_decimals() -> None:
    token = asked(lambda node: node.token(TEST_TOKEN))
    assert (token.symbol, token.decimals, token.utility) == ("TEST", 8, False)
    assert asked(lambda node: node.token("zts1hz3ys62vnc8tdajnwrz6pp")) is None


def test_stakes_delegation_and_rewards_are_read() -> None:
    page = asked(lambda node: node.stakes(OWNER, 0, 10))
    assert (page.count, page.amount, page.stakes[0].amount) == (1, 10 * COIN, 10 * COIN)
    assert page.stakes[0].expiration - page.stakes[0].start == 30 * 86_400
    assert asked(lambda node: node.delegation(OWNER)).name == "Local"
    assert asked(lambda node: node.delegation("z1qrjtehfvn9j9qx3a66enn73uhjea3pp52c7mkq")) is None
    assert asked(lambda node: node.reward("Stake", OWNER)).znn_amount == 0
    with pytest.raises(InvalidInput, match="contract"):
        asked(lambda node: node.reward("Plasma", OWNER))


def test_pages_of_blocks_come_the_newest_first() -> None:
    page = asked(lambda node: node.blocks_by_page(OWNER, 0, 3))
    assert [each.block.height for each in page.blocks] == [28, 27, 26]
    assert page.count == 28


def other_account(answer):
    answer["list"][0]["address"] = "z1qrjtehfvn9j9qx3a66enn73uhjea3pp52c7mkq"


def one_too_many(answer):
    answer["list"].append(answer["list"][0])


@pytest.mark.parametrize("spoil", [other_account, one_too_many])
def test_a_page_of_other_blocks_is_refused(spoil) -> None:
    method = "ledger.getAccountBlocksByPage"
    answer = copy.deepcopy(ANSWERS[method, json.dumps([OWNER, 0, 3])])
    spoil(answer)
    with pytest.raises(AnswerInvalid, match="not asked for"):
        asked(lambda node: node.blocks_by_page(OWNER, 0, 3), {method: answer})


def test_another_token_or_one_of_impossible_decimals_is_refused() -> None:
    method = "embedded.token.getByZts"
    answer = ANSWERS[method, json.dumps([TEST_TOKEN])]
    with pytest.raises(AnswerInvalid, match="another token"):
        asked(lambda node: node.token(ZNN), {method: answer})
    with pytest.raises(AnswerInvalid, match="decimals"):
        asked(lambda node: node.token(TEST_TOKEN), {method: {**answer, "decimals": 1 << 62}})


CONFIRMED = next(
    each
    for each in ANSWERS["ledger.getAccountBlocksByPage", json.dumps([OWNER, 1, 3])]["list"]
    if each["pairedAccountBlock"] is not None
)


@pytest.mark.parametrize("field", ["amount", "data", "height"])
def test_a_block_whose_hash_is_not_that_of_its_fields_is_refused(field) -> None:
    changed = {**CONFIRMED, field: {"amount": "77", "data": "AA==", "height": 999}[field]}
    answers = {"ledger.getAccountBlockByHash": changed}
    with pytest.raises(AnswerInvalid, match="hash"):
        asked(lambda node: node.block_by_hash(CONFIRMED["hash"]), answers)
    with pytest.raises(AnswerInvalid, match="hash"):
        asked(lambda node: node.block_by_hash("00" * 32), {"ledger.getAccountBlockByHash": CONFIRMED})


def call_and_receive():
    """A recorded call of a contract that the contract has received."""
    for key, answer in ANSWERS.items():
        for each in answer["list"] if key[0] == "ledger.getAccountBlocksByHeight" and answer else ():
            if each["pairedAccountBlock"] and each["pairedAccountBlock"]["blockType"] == 5:
                return each
    raise AssertionError("none recorded")


def test_the_outcome_is_that_of_the_contracts_receive_alone() -> None:
    answer = call_and_receive()
    outcome = outcome_of(NodeBlock.from_json(answer))
    assert outcome.state in (CallState.DONE, CallState.FAILED)
    assert outcome.received.hash.hex() == answer["pairedAccountBlock"]["hash"]
    assert outcome_of(NodeBlock.from_json({**answer, "pairedAccountBlock": None})).state is CallState.WAITING
    for key, value in (
        ("data", "AAAAAAAAAAM="),
        ("data", ""),
        ("fromBlockHash", "00" * 32),
        ("address", OWNER),
        ("blockType", 3),
        ("height", 9_999),
    ):
        changed = {**answer, "pairedAccountBlock": {**answer["pairedAccountBlock"], key: value}}
        with pytest.raises(InvalidInput, match="pairedAccountBlock"):
            outcome_of(NodeBlock.from_json(changed))


def test_another_account_is_refused() -> None:
    answer = ANSWERS["ledger.getAccountInfoByAddress", json.dumps([OWNER])]
    with pytest.raises(AnswerInvalid, match="another account"):
        asked(lambda node: node.account_info(BOB.address), {"ledger.getAccountInfoByAddress": answer})


def test_numpys_integers_ask_as_plain_ones_do() -> None:
    page = asked(lambda node: node.blocks_by_page(OWNER, np.uint8(0), np.int64(3)))
    assert page.count == 28
    assert asked(lambda node: node.stakes(OWNER, np.uint32(0), np.uint64(10))).count == 1


def test_a_view_of_an_account_has_everything() -> None:
    genesis = Genesis(
        funds=(Grant(ALICE.address, 7 * COIN), Grant(ALICE.address, 5 * COIN, QSR)),
        fused={ALICE.address: 50 * COIN},
        unreceived=(Grant(ALICE.address, COIN),),
    )
    with BackgroundDevNode(Settings(genesis=genesis)) as devnode, BlockingNode(devnode.url) as node:
        view = node.account_view(ALICE.address)
        assert {token: each.amount for token, each in view.info.balances.items()} == {ZNN: 7 * COIN, QSR: 5 * COIN}
        assert (view.plasma.current_plasma, view.plasma.qsr_amount) == (105_000, 50 * COIN)
        assert view.fused_by_itself + view.fused_by_others == 50 * COIN
        assert (view.pending.count, view.unconfirmed.count) == (1, 0)
        nobody = node.account_view(BOB.address)
        assert (nobody.info.height, nobody.info.balances) == (0, {})


def test_a_node_without_some_methods_gives_the_rest_of_a_view() -> None:
    unknown = MethodUnknown("node", "method", -32601, "unknown")
    methods = ("pillar.getDelegatedPillar", "stake.getEntriesByAddress")
    rewards = (f"{name}.getUncollectedReward" for name in ("pillar", "sentinel", "stake", "liquidity"))
    missing = {f"embedded.{name}": unknown for name in (*methods, *rewards)}
    pages = {
        "embedded.plasma.getEntriesByAddress": ANSWERS[
            "embedded.plasma.getEntriesByAddress", json.dumps([OWNER, 0, 10])
        ],
        "ledger.getUnconfirmedBlocksByAddress": {"list": [], "count": 0, "more": False},
        "ledger.getUnreceivedBlocksByAddress": {"list": [], "count": 0, "more": False},
    }
    view = asked(lambda node: node.account_view(OWNER), {**missing, **pages})
    assert (view.stakes, view.delegation, view.rewards) == (None, None, {})
    assert view.fused_by_itself == 5_000 * COIN
    assert view.fused_by_others == 0
