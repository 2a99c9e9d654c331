"""The stand-in is strict: every check of a node, in the node's words, over a real socket."""

import asyncio
import dataclasses
import itertools
import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import powplasma as pp
from powplasma.account import QSR, ZNN, AccountBlock, KeyPair, MomentumReference
from powplasma.address import parse_address
from powplasma.errors import InvalidInput
from powplasma.node import BlockRefusal, BlockRefused, CallRefused, Momentum, Node, ParametersInvalid
from powplasma.node.devnode import BackgroundDevNode, DevNode, Genesis, Grant, Settings
from powplasma.plasma.pricing import prices_in_force

from .flow import ALICE, BOB, COIN, KEYS, RULES, prepared, send, settings

EXCHANGES = json.loads((Path(__file__).parents[1] / "vectors" / "rpc_samples.json").read_text())["exchanges"]
PLASMA_CONTRACT = parse_address("z1qxemdeddedxplasmaxxxxxxxxxxxxxxxxsctrp")


def again(block, key=ALICE, **changes):
    """The block with other fields, signed anew."""
    return dataclasses.replace(block, **changes).signed(key)


def unsigned(block, **changes):
    """The block with other fields and the old hash and signature."""
    return dataclasses.replace(block, **changes)


def wrong_work(block):
    """Work that is good for half of what it states, and no more."""
    counter = 0
    while True:
        nonce = counter.to_bytes(8, "little")
        if pp.achieved_difficulty(block.data_hash, nonce) < 315_000:
            return again(block, fused_plasma=0, difficulty=315_000, nonce=nonce)
        counter += 1


WRONG = {
    "OTHER_NETWORK": lambda b: again(b, chain_identifier=1),
    "TOKEN_STANDARD_UNKNOWN": lambda b: again(b, token_standard=bytes(9) + b"x"),
    "HEIGHT_MISSING": lambda b: again(b, height=0),
    "PREVIOUS_HASH_MUST_BE_ZERO": lambda b: again(b, height=1),
    "PREVIOUS_HASH_MISSING": lambda b: again(b, previous_hash=bytes(32)),
    "PREVIOUS_MISSING": lambda b: again(b, previous_hash=bytes(31) + b"x"),
    "MOMENTUM_MUST_NOT_BE_ZERO": lambda b: again(b, momentum_acknowledged=MomentumReference(bytes(32), 0)),
    "MOMENTUM_MISSING": lambda b: again(
        b, momentum_acknowledged=MomentumReference(b.momentum_acknowledged.hash, b.momentum_acknowledged.height + 1)
    ),
    "VERSION_MISSING": lambda b: again(b, version=0),
    "VERSION_INVALID": lambda b: again(b, version=2),
    "CHAIN_IDENTIFIER_MISSING": lambda b: again(b, chain_identifier=0),
    "TYPE_MISSING": lambda b: again(b, block_type=0),
    "TYPE_MUST_NOT_BE_GENESIS": lambda b: again(b, block_type=1),
    "TYPE_CONTRACT_SEND": lambda b: again(b, block_type=4),
    "TYPE_UNSUPPORTED": lambda b: again(b, block_type=6),
    "TYPE_MUST_BE_USER": lambda b: again(b, block_type=5),
    "TYPE_MUST_BE_CONTRACT": lambda b: unsigned(b, address=PLASMA_CONTRACT, height=1, previous_hash=bytes(32)),
    "TOKEN_STANDARD_MISSING": lambda b: again(b, token_standard=bytes(10)),
    "FROM_BLOCK_HASH_MUST_BE_ZERO": lambda b: again(b, from_block_hash=bytes(31) + b"x"),
    "AMOUNT_MUST_BE_ZERO": lambda b: again(b, block_type=3),
    "TOKEN_STANDARD_MUST_BE_ZERO": lambda b: again(b, block_type=3, amount=0),
    "TO_ADDRESS_MUST_BE_ZERO": lambda b: again(b, block_type=3, amount=0, token_standard=bytes(10)),
    "FROM_BLOCK_HASH_MISSING": lambda b: again(
        b, block_type=3, amount=0, token_standard=bytes(10), to_address=bytes(20)
    ),
    "FROM_BLOCK_MISSING": lambda b: again(
        b,
        block_type=3,
        amount=0,
        token_standard=bytes(10),
        to_address=bytes(20),
        from_block_hash=bytes(31) + b"x",
    ),
    "POW_INVALID": wrong_work,
    "NOT_ENOUGH_PLASMA": lambda b: again(b, fused_plasma=10_500_001),
    "NOT_ENOUGH_TOTAL_PLASMA": lambda b: again(b, fused_plasma=20_999),
    "INSUFFICIENT_BALANCE": lambda b: again(b, amount=1_000 * COIN + 1),
    "HASH_MISSING": lambda b: unsigned(b, hash=bytes(32)),
    "HASH_INVALID": lambda b: unsigned(b, amount=b.amount + 1),
    "SIGNATURE_MISSING": lambda b: unsigned(b, signature=b""),
    "PUBLIC_KEY_MISSING": lambda b: unsigned(b, public_key=b""),
    "SIGNATURE_INVALID": lambda b: unsigned(b, signature=bytes(64)),
    "PUBLIC_KEY_WRONG_ADDRESS": lambda b: unsigned(
        b, public_key=BOB.public_key, signature=BOB.sign(b.hash)
    ),
}  # fmt: skip


@pytest.mark.parametrize("rules", ["alphanet", "dynamic"])
def test_every_check_refuses_in_the_words_of_the_node(rules) -> None:
    async def main() -> None:
        async with DevNode(settings(rules)) as devnode, Node(devnode.url) as node:
            good = await prepared(node, ALICE, AccountBlock.send(ALICE.address, BOB.address, 5), rules)
            for name, spoil in WRONG.items():
                bad = spoil(good)
                with pytest.raises(BlockRefused) as refused:
                    await node.publish(bad)
                assert refused.value.reason is BlockRefusal[name], name
                assert (await node.frontier_block(ALICE.address)).block.height == 1
            await node.publish_and_find(good)

    asyncio.run(main())


def test_what_a_receive_may_receive() -> None:
    async def main() -> None:
        async with DevNode(settings()) as devnode, Node(devnode.url) as node:
            sent = await send(node, ALICE, BOB.address, 5)

            async def refusal(key, **changes):
                block = await prepared(node, key, AccountBlock.receive(key.address, sent.block.hash))
                with pytest.raises(BlockRefused) as refused:
                    await node.publish(again(block, key, **changes))
                return refused.value.reason

            assert await refusal(BOB) is BlockRefusal.FROM_BLOCK_MISSING  # not confirmed yet
            old = (await node.frontier_momentum()).reference
            await devnode.produce()
            assert await refusal(BOB, momentum_acknowledged=old) is BlockRefusal.FROM_BLOCK_MISSING
            assert await refusal(KEYS[3]) is BlockRefusal.FROM_BLOCK_RECEIVER_MISMATCH
            good = await prepared(node, BOB, AccountBlock.receive(BOB.address, sent.block.hash))
            await node.publish_and_find(good)
            assert await refusal(BOB) is BlockRefusal.FROM_BLOCK_ALREADY_RECEIVED
            assert await refusal(BOB, momentum_acknowledged=old) is BlockRefusal.MOMENTUM_GAP
            await devnode.produce()
            with pytest.raises(BlockRefused) as refused:
                await node.publish(good)
            assert refused.value.reason is BlockRefusal.PREVIOUS_HAS_CEMENTED_ON_TOP
            with pytest.raises(BlockRefused) as refused:
                await node.publish(again(good, BOB, previous_hash=bytes(31) + b"x"))
            assert refused.value.reason is BlockRefusal.PREVIOUS_HEIGHT_EXISTS

    asyncio.run(main())


@pytest.mark.parametrize(("rules", "words"), [("alphanet", "VM_PANIC"), ("dynamic", "METHOD_NOT_FOUND")])
def test_a_call_without_a_method(rules, words) -> None:
    async def main() -> None:
        async with DevNode(settings(rules)) as devnode, Node(devnode.url) as node:
            with pytest.raises(CallRefused, match="method not found in the abi"):
                await node.required_pow(ALICE.address, 2, PLASMA_CONTRACT, b"none")
            good = await prepared(node, ALICE, AccountBlock.send(ALICE.address, BOB.address, 0), rules)
            with pytest.raises(BlockRefused) as refused:
                await node.publish(again(good, to_address=PLASMA_CONTRACT, data=b"none"))
            assert refused.value.reason is BlockRefusal[words]

    asyncio.run(main())


def test_fused_plasma_comes_back_when_its_block_is_confirmed_and_the_next_acknowledges_it() -> None:
    genesis = Genesis(funds=(Grant(ALICE.address, COIN),), fused={ALICE.address: 20 * COIN})

    async def main() -> None:
        async with DevNode(settings(genesis=genesis)) as devnode, Node(devnode.url) as node:
            old = (await node.frontier_momentum()).reference
            for left in (21_000, 0):
                await send(node, ALICE, BOB.address, 1)
                assert (await node.plasma(ALICE.address)).current_plasma == left
            third = await prepared(node, ALICE, AccountBlock.send(ALICE.address, BOB.address, 1))
            assert (third.fused_plasma, third.difficulty) == (0, 315_000)
            await devnode.produce()
            assert (await node.plasma(ALICE.address)).current_plasma == 42_000
            fourth = await prepared(node, ALICE, AccountBlock.send(ALICE.address, BOB.address, 1))
            assert (fourth.fused_plasma, fourth.difficulty) == (21_000, 0)
            with pytest.raises(BlockRefused) as refused:
                await node.publish(again(fourth, momentum_acknowledged=old))
            assert refused.value.reason is BlockRefusal.NOT_ENOUGH_PLASMA
            await node.publish_and_find(fourth)

    asyncio.run(main())


def test_a_hundred_blocks_in_a_momentum() -> None:
    async def main() -> None:
        async with DevNode(settings()) as devnode, Node(devnode.url) as node:
            for number in range(105):
                await send(node, KEYS[number % 2], BOB.address, 1)
            assert len((await devnode.produce()).content) == 100
            assert len((await devnode.produce()).content) == 5
            assert len((await devnode.produce()).content) == 0

    asyncio.run(main())


def test_a_full_pool_and_a_worse_rival_are_refused_openly_under_dynamic_plasma() -> None:
    rules = dataclasses.replace(RULES["dynamic"], max_pending_blocks=2)

    async def main() -> None:
        async with DevNode(dataclasses.replace(settings("dynamic"), rules=rules)) as devnode, Node(devnode.url) as node:
            for amount in (1, 2):
                await send(node, ALICE, BOB.address, amount, "dynamic")
            with pytest.raises(BlockRefused) as refused:
                await send(node, ALICE, BOB.address, 3, "dynamic")
            assert refused.value.reason is BlockRefusal.POOL_REFUSED
            waiting = await node.frontier_block(ALICE.address)
            better = again(waiting.block, fused_plasma=30_000, amount=7)
            await node.publish_and_find(better)
            with pytest.raises(BlockRefused) as refused:
                await node.publish(waiting.block)
            assert refused.value.reason is BlockRefusal.POOL_RATIO_WORSE

    asyncio.run(main())


def test_momentums_are_hashed_signed_and_priced() -> None:
    async def main() -> None:
        async with DevNode(settings("dynamic", instant=True)) as devnode, Node(devnode.url) as node:
            for amount in range(3):
                await send(node, ALICE, BOB.address, amount, "dynamic")
            while (await node.frontier_momentum()).height < 4:
                await asyncio.sleep(0.01)
            momentums = (await node.momentums_by_height(1, 99)).momentums
            rules = RULES["dynamic"]
            assert (momentums[0].version, momentums[0].public_key, momentums[0].signature) == (1, b"", b"")
            for before, momentum in itertools.pairwise(momentums):
                assert momentum.previous_hash == before.hash
                assert momentum.hash == momentum.compute_hash()
                assert momentum.timestamp >= before.timestamp
                prices = prices_in_force(before.version, before.next_fusion_price, before.next_work_price)
                following = rules.next_state(prices, pp.plasma.Usage(21_000 * len(momentum.content)))
                assert following.fusion_price == momentum.next_fusion_price
                assert following.work_price == momentum.next_work_price

    asyncio.run(main())


@pytest.mark.parametrize("momentum", [EXCHANGES[2], EXCHANGES[31]])
def test_the_hash_of_a_momentum_is_that_of_the_node(momentum) -> None:
    momentum = Momentum.from_json(momentum["response"]["result"])
    assert momentum.compute_hash() == momentum.hash
    assert dataclasses.replace(momentum, timestamp=5).compute_hash() != momentum.hash
    dynamic = dataclasses.replace(momentum, version=2, next_fusion_price=1_000, next_work_price=1_000)
    assert dataclasses.replace(dynamic, next_work_price=1_001).compute_hash() != dynamic.compute_hash()


def post(url, body, method=None, **headers):
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers}, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


OF_NO_CHAIN = [0, 1, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 16, 18, 19, 20, 22, 24]
"""The recorded exchanges whose answer does not depend on the chain they were recorded on."""


@pytest.mark.parametrize("position", OF_NO_CHAIN)
def test_the_answer_is_the_recorded_one_word_for_word(position) -> None:
    exchange = EXCHANGES[position]
    body = (exchange.get("requestText") or json.dumps(exchange["request"])).encode()
    headers = {"Host": exchange["host"], "Content-Type": exchange["contentType"]}
    with BackgroundDevNode() as devnode:
        status, text = post(devnode.url, body, **headers)
    assert status == exchange["status"]
    if "responseText" in exchange:
        assert text == exchange["responseText"]
    else:
        assert json.loads(text) == exchange["response"]


def shape(value):
    """Keys and types of a JSON value, without what only the recorded chain has."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return type(value).__name__ if not isinstance(value, list) else "list"


def test_shapes_are_those_that_were_recorded() -> None:
    """Frontier blocks of all kinds, pages and momentums have the keys and types of the recorded ones."""
    recorded = {
        exchange["request"]["method"]: exchange["response"]["result"]
        for exchange in EXCHANGES
        if isinstance(exchange.get("request"), dict) and isinstance(exchange.get("response", {}).get("result"), dict)
    }

    async def main(devnode):
        async with Node(devnode.url) as node:
            await send(node, ALICE, BOB.address, 0)

    with BackgroundDevNode(settings()) as devnode:
        asyncio.run(main(devnode))
        devnode.produce()
        asked = {
            "ledger.getFrontierMomentum": [],
            "ledger.getFrontierAccountBlock": [address(ALICE)],
            "ledger.getUnreceivedBlocksByAddress": [address(BOB), 0, 50],
            "ledger.getMomentumsByHeight": [1, 2],
            "embedded.plasma.get": [address(ALICE)],
            "embedded.plasma.getEntriesByAddress": [address(ALICE), 0, 5],
            "embedded.plasma.getRequiredPoWForAccountBlock": [{"address": address(ALICE), "blockType": 3}],
        }
        for method, params in asked.items():
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
            status, text = post(devnode.url, body)
            answer = json.loads(text)["result"]
            assert status == 200
            assert shape(answer) == shape(recorded[method]), method
            if "list" in answer:
                assert answer["list"]
                assert shape(answer["list"][-1]) == shape(recorded[method]["list"][-1])


def address(key: KeyPair) -> str:
    return pp.address.format_address(key.address)


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"[]", -32600, "empty batch"),
        (b"5", -32600, "invalid request"),
        (b'{"id": 1, "method": "ledger.getFrontierMomentum", "params": {}}', -32602, "non-array args"),
        (b'{"id": 1, "method": "ledger.getMomentumsByHeight", "params": [1]}', -32602, "missing value for required"),
        (b'{"id": 1, "method": "ledger.getMomentumsByHeight", "params": [-1, 1]}', -32602, "invalid argument 0"),
        (b'{"id": 1, "method": "ledger.getMomentumsByHeight", "params": [1, 1025]}', -32000, "count parameter"),
        (
            b'{"id": 1, "method": "ledger.publishRawTransaction", "params": [{}]}',
            -32000,
            "height must be higher than 0",
        ),
        (
            b'{"id": 1, "method": "ledger.publishRawTransaction", "params": [{"hash": "00"}]}',
            -32602,
            "error hex hash size 2",
        ),
        (b"[" * 100_000, -32700, "parse error"),
        (b"[" + b"1.5," * 100_000 + b"1]", -32600, "batch too large"),
        (b"[" + b"1.5," * 100_001 + b"1]", -32600, "too many values"),
    ],
)
def test_what_is_no_request(body, code, words) -> None:
    with BackgroundDevNode() as devnode:
        status, text = post(devnode.url, body)
        error = json.loads(text)["error"]
        assert (status, error["code"]) == (200, code)
        assert words in error["message"]


def test_what_http_does_not_carry() -> None:
    with BackgroundDevNode() as devnode:
        assert post(devnode.url, None) == (200, "")
        assert post(devnode.url + "/?x=1", None) == (200, "")
        assert post(devnode.url + "/?x=1", None, **{"Content-Type": "text/plain"})[0] == 415
        assert post(devnode.url, b"{}", method="PUT")[0] == 405
        assert post(devnode.url + "/x", b"{}")[0] == 404
        assert post(devnode.url, b"x" * (5 * 2**20 + 1))[0] == 413
        assert post(devnode.url, b"{}", Host="[::1]:5")[0] == 200
        assert post(devnode.url, b"{}", Host="localhost")[0] == 403


def test_pages() -> None:
    genesis = Genesis(unreceived=tuple(Grant(BOB.address, 100 + number) for number in range(120)))

    async def main() -> None:
        async with DevNode(settings(genesis=genesis)) as devnode, Node(devnode.url) as node:
            pages = [await node.unreceived_blocks(BOB.address, page) for page in range(4)]
            assert [len(page.blocks) for page in pages] == [50, 50, 20, 0]
            assert {page.count for page in pages} == {120}
            amounts = [block.block.amount for page in pages for block in page.blocks]
            assert amounts == [100 + number for number in range(120)]
            with pytest.raises(InvalidInput, match="size"):
                await node.unreceived_blocks(BOB.address, 0, 51)
            with pytest.raises(InvalidInput, match="page"):
                await node.unreceived_blocks(BOB.address, 10)
            with pytest.raises(ParametersInvalid, match="bech32"):
                await node._read("ledger.getFrontierAccountBlock", ["bad"], lambda value: value)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rules": pp.ruleset("forum")}, "rules"),
        ({"interval": 0}, "interval"),
        ({"interval": True}, "interval"),
        ({"port": 65_536}, "port"),
        ({"host": "localhost"}, "host"),
        ({"host": "0.0.0.0"}, "host"),
    ],
)
def test_settings_are_checked(changes, field) -> None:
    with pytest.raises(InvalidInput) as refused:
        Settings(**changes)
    assert refused.value.field == field


def test_all_the_world_may_be_asked_for() -> None:
    with BackgroundDevNode(Settings(host="0.0.0.0", expose=True)) as devnode:
        assert post(f"http://127.0.0.1:{devnode.node.port}", None) == (200, "")


def test_genesis_is_checked() -> None:
    for wrong in (lambda: Grant(b"x", 5), lambda: Grant(bytes(20), 0), lambda: Grant(bytes(20), 5, bytes(10))):
        with pytest.raises(InvalidInput):
            wrong()
    with pytest.raises(InvalidInput, match="chain_identifier"):
        Genesis(0)
    with pytest.raises(InvalidInput, match="fused"):
        Genesis(fused={bytes(20): 0})
    funds = Genesis(funds=(Grant(bytes(20), 1), Grant(bytes(20), 2), Grant(bytes(20), 3, QSR))).balances()
    assert funds == {bytes(20): {ZNN: 3, QSR: 3}}


def test_a_contract_is_called_as_it_demands() -> None:
    """What the contract would not take is refused before."""
    fuse = bytes.fromhex("5ac942e8") + bytes(12) + ALICE.address
    calls = [
        (COIN, ZNN, fuse, BlockRefusal.CALL_TOKEN_OR_AMOUNT),
        (COIN, QSR, fuse, BlockRefusal.CALL_TOKEN_OR_AMOUNT),
        (10 * COIN + COIN // 2, QSR, fuse, BlockRefusal.CALL_TOKEN_OR_AMOUNT),
        (10 * COIN, QSR, fuse[:4], BlockRefusal.CALL_DATA),
        (10 * COIN, QSR, fuse, None),
    ]
    genesis = Genesis(funds=(Grant(ALICE.address, COIN), Grant(ALICE.address, 50 * COIN, QSR)))

    async def main() -> None:
        async with DevNode(settings(genesis=genesis)) as devnode, Node(devnode.url) as node:
            for amount, token, data, reason in calls:
                call = await prepared(
                    node, ALICE, AccountBlock.send(ALICE.address, PLASMA_CONTRACT, amount, token, data)
                )
                if reason is None:
                    await node.publish_and_find(call)
                else:
                    with pytest.raises(BlockRefused) as refused:
                        await node.publish(call)
                    assert refused.value.reason is reason

    asyncio.run(main())
