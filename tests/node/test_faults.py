"""A node that fails, lies or disappears: what the client says, and that nothing is ever sent twice."""

import asyncio
import dataclasses
import json
import pickle

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from powplasma.account import AccountBlock
from powplasma.address import format_address
from powplasma.node import (
    AnswerInvalid,
    AnswerTooLarge,
    BlockRefusal,
    BlockRefused,
    CallRefused,
    ConnectionLost,
    DifficultyRefused,
    HttpRefusal,
    MethodUnknown,
    Node,
    NodeDisagrees,
    NodeError,
    NodeTimeout,
    NodeUnreachable,
    ParametersInvalid,
    PublishDisplaced,
    PublishLost,
    PublishUnknown,
    RpcError,
    errors,
    kind_of_block,
    required_work,
)
from tests.waiting import PATIENCE

from .flow import (
    ALICE,
    BOB,
    RULES,
    FaultyNode,
    Silence,
    drop_after,
    drop_before,
    no_json,
    prepared,
    run,
    send,
    settings,
    status,
    ten_megabytes,
    wrong_id,
)

PUBLISH = "ledger.publishRawTransaction"
FRONTIER = "ledger.getFrontierMomentum"
both = pytest.mark.parametrize("way", ["url", "websocket_url"])


def gift(amount=5):
    return AccountBlock.send(ALICE.address, BOB.address, amount)


async def balance(node, key=ALICE):
    info = await node.account_info(key.address)
    return next(iter(info.balances.values())).amount


@both
@pytest.mark.parametrize("fault", [drop_after, no_json, wrong_id, ten_megabytes, status(500), status(502)])
def test_a_block_that_was_taken_without_an_answer_is_found_and_not_sent_again(way, fault) -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(getattr(devnode, way)) as node:
            before = await balance(node)
            block = await prepared(node, ALICE, gift())
            devnode.server.fail(fault, PUBLISH, times=9)
            found = await node.publish_and_find(block)
            assert found.block.hash == block.hash
            assert devnode.server.seen[PUBLISH] == 1
            assert await balance(node) == before - 5

    asyncio.run(main())


@both
@pytest.mark.parametrize("fault", [drop_before, status(500, carried_out=False)])
def test_a_block_that_was_lost_is_unknown_until_it_is_sent_as_it_is(way, fault) -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(getattr(devnode, way)) as node:
            before = await balance(node)
            block = await prepared(node, ALICE, gift())
            devnode.server.fail(fault, PUBLISH)
            with pytest.raises(PublishUnknown) as unknown:
                await node.publish_and_find(block)
            assert unknown.value.block == block
            assert devnode.server.seen[PUBLISH] == 1
            assert await node.find_block(block) is None
            for _ in range(2):  # the same block twice is one block
                assert (await node.publish_and_find(unknown.value.block)).block.hash == block.hash
            assert await balance(node) == before - 5

    asyncio.run(main())


@both
def test_a_publish_that_is_answered_too_late_is_found(way) -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(getattr(devnode, way), timeout=5) as node:
            block = await prepared(node, ALICE, gift())
            silence = Silence()
            devnode.server.fail(silence, PUBLISH, times=9)
            with pytest.raises(PublishUnknown):
                await silence.outlasts(node.publish(block), 6)
            silence.over.set()
            async with asyncio.timeout(PATIENCE):
                while (found := await node.find_block(block)) is None:
                    pass
            assert found.block.hash == block.hash
            assert devnode.server.seen[PUBLISH] == 1

    run(main())


def test_a_403_is_a_certain_no() -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(devnode.url) as node:
            block = await prepared(node, ALICE, gift())
            devnode.server.fail(status(403, carried_out=False), PUBLISH)
            with pytest.raises(HttpRefusal, match=r"HTTP 403 'said so'$") as refused:
                await node.publish_and_find(block)
            assert refused.value.status == 403
            assert await node.find_block(block) is None

    asyncio.run(main())


@both
@pytest.mark.parametrize("fault", [drop_before, status(500), status(503)])
def test_a_call_that_only_reads_is_repeated(way, fault) -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(getattr(devnode, way)) as node:
            devnode.server.fail(fault, FRONTIER, times=2)
            assert (await node.frontier_momentum()).height == 1
            assert devnode.server.seen[FRONTIER] == 3
            devnode.server.fail(fault, FRONTIER, times=3)
            with pytest.raises((ConnectionLost, HttpRefusal)):
                await node.frontier_momentum()
            assert devnode.server.seen[FRONTIER] == 3

    asyncio.run(main())


@both
@pytest.mark.parametrize(
    ("fault", "error"), [(no_json, AnswerInvalid), (wrong_id, AnswerInvalid), (ten_megabytes, AnswerTooLarge)]
)
def test_an_answer_that_is_none_is_an_error_at_once_and_the_next_call_works(way, fault, error) -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(getattr(devnode, way)) as node:
            devnode.server.fail(fault, FRONTIER)
            with pytest.raises(error) as raised:
                await node.frontier_momentum()
            assert raised.value.method == FRONTIER
            assert devnode.server.seen[FRONTIER] == 1
            assert (await node.frontier_momentum()).height == 1

    asyncio.run(main())


@both
def test_a_late_answer_is_an_error_and_disturbs_no_later_call(way) -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(getattr(devnode, way), timeout=5, retries=0) as node:
            await node.frontier_momentum()
            silence = Silence()
            devnode.server.fail(silence, FRONTIER)
            with pytest.raises(NodeTimeout):
                await silence.outlasts(node.frontier_momentum(), 6)
            silence.over.set()
            assert (await node.frontier_momentum()).height == 1

    run(main())


@both
def test_a_cancelled_call_leaves_a_connection_that_works(way) -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(getattr(devnode, way)) as node:
            silence = Silence()
            devnode.server.fail(silence, FRONTIER)
            call = asyncio.create_task(node.frontier_momentum())
            await silence.begun.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            silence.over.set()
            assert (await node.frontier_momentum()).height == 1

    asyncio.run(main())


@both
def test_nobody_listens(way) -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode:
            url = getattr(devnode, way)
            async with Node(url) as node:
                block = await prepared(node, ALICE, gift())
        async with Node(url, retries=1) as node:
            with pytest.raises(NodeUnreachable, match=r"was not sent: nothing listens there; is the node running\?$"):
                await node.frontier_momentum()
            with pytest.raises(NodeUnreachable):
                await node.publish_and_find(block)

    asyncio.run(main())


@both
def test_the_node_dies_during_the_look_for_the_block(way) -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(getattr(devnode, way), retries=0) as node:
            block = await prepared(node, ALICE, gift())
            devnode.server.fail(drop_before, "ledger.getAccountBlocksByHeight", times=99)
            with pytest.raises(PublishUnknown):
                await node.publish_and_find(block)

    asyncio.run(main())


@pytest.mark.parametrize("difficulty", [1 << 62, (1 << 64) - 1, 315_001, 1 << 70])
def test_an_absurd_difficulty_is_refused(difficulty) -> None:
    async def asks_too_much(text, answer):
        return (await answer()).replace('"requiredDifficulty": 0', f'"requiredDifficulty": {difficulty}')

    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(devnode.url) as node:
            devnode.server.fail(asks_too_much, "embedded.plasma.getRequiredPoWForAccountBlock")
            with pytest.raises((DifficultyRefused, AnswerInvalid)) as refused:
                await prepared(node, ALICE, gift())
            assert str(difficulty) in str(refused.value)
            assert isinstance(refused.value, DifficultyRefused) == (difficulty < 1 << 64)

    asyncio.run(main())


def test_another_base_plasma_than_the_rules_have_is_refused() -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(devnode.url) as node:
            answer = await node.required_pow(ALICE.address, 2, BOB.address)
            momentum = await node.frontier_momentum()
            kind = kind_of_block(2, BOB.address, b"")
            lie = dataclasses.replace(answer, base_plasma=94_500)
            with pytest.raises(NodeDisagrees, match=r"94500.*21000"):
                required_work(kind, momentum, lie, rules=RULES["alphanet"])

    asyncio.run(main())


@pytest.mark.parametrize("rules", ["alphanet", "dynamic"])
def test_the_acknowledged_momentum_is_reorganised_away(rules) -> None:
    async def main() -> None:
        async with FaultyNode(settings(rules)) as devnode, Node(devnode.url) as node:
            await devnode.produce(3)
            block = await prepared(node, ALICE, gift(), rules)
            await devnode.reorganise(2)
            with pytest.raises(BlockRefused) as refused:
                await node.publish_and_find(block)
            assert refused.value.reason is BlockRefusal.MOMENTUM_MISSING
            assert await node.find_block(block) is None
            again = await prepared(node, ALICE, gift(), rules)
            assert again.data_hash == block.data_hash  # the same work does
            assert (await node.publish_and_find(again)).block.height == 2

    asyncio.run(main())


def test_a_published_block_is_reorganised_away() -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(devnode.url) as node:
            await devnode.produce()
            before = await balance(node)
            found = await send(node, ALICE, BOB.address, 5)
            await devnode.produce()
            assert (await node.block_by_hash(found.block.hash)).confirmation.confirmations == 1
            await devnode.reorganise(1)
            assert await node.find_block(found.block) is None
            assert await balance(node) == before
            other = await send(node, ALICE, BOB.address, 7)
            with pytest.raises(PublishDisplaced):
                await node.find_block(found.block)
            assert other.block.height == found.block.height

    asyncio.run(main())


def changed(*, listed: bool = False, **fields):
    """A fault: the node's result, or with ``listed`` the first block of its list, with other fields."""

    async def lie(text, answer):
        record = json.loads(await answer())
        (record["result"]["list"][0] if listed else record["result"]).update(fields)
        return json.dumps(record)

    return lie


def test_the_end_of_another_accounts_chain_is_refused() -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(devnode.url) as node:
            devnode.server.fail(changed(address=format_address(BOB.address)), "ledger.getFrontierAccountBlock")
            with pytest.raises(AnswerInvalid, match="a block of another account"):
                await node.frontier_block(ALICE.address)

    asyncio.run(main())


@pytest.mark.parametrize("what", ["another amount", "another hash"])
def test_a_hash_that_is_not_of_the_fields_proves_nothing(what) -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(devnode.url) as node:
            block = await prepared(node, ALICE, gift())
            fields = {"amount": "6"} if what == "another amount" else {"hash": "77" * 32}
            devnode.server.fail(changed(listed=True, **fields), "ledger.getAccountBlocksByHeight", times=2)
            with pytest.raises(PublishUnknown, match="a block under another block's hash"):
                await node.publish_and_find(block)
            with pytest.raises(AnswerInvalid, match="a block under another block's hash"):
                await node.find_block(block)
            assert (await node.find_block(block)).block.amount == 5

    asyncio.run(main())


@pytest.mark.parametrize(
    "fields", [{"height": 3}, {"height": 0}, {"address": format_address(BOB.address)}], ids=["higher", "none", "other"]
)
def test_blocks_that_were_not_asked_for_are_refused(fields) -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(devnode.url) as node:
            devnode.server.fail(changed(listed=True, **fields), "ledger.getAccountBlocksByHeight")
            with pytest.raises(AnswerInvalid, match="blocks that were not asked for"):
                await node.blocks_by_height(ALICE.address, 1, 1)

    asyncio.run(main())


def says(code: int, message: str, *, taken: bool):
    """A fault: an error in these words, whether the request was carried out or not."""

    async def fault(text, answer):
        if taken:
            await answer()
        error = {"code": code, "message": message}
        return json.dumps({"jsonrpc": "2.0", "id": json.loads(text)["id"], "error": error})

    return fault


REFUSALS = [
    (-32000, "insufficient balance for transfer", BlockRefused),
    (-32000, "not enough plasma on account", BlockRefused),
    (-32000, "account-block previous block is missing", BlockRefused),
    (-32602, "invalid argument 0: json: cannot unmarshal", ParametersInvalid),
    (-32601, "the method ledger.publishRawTransaction does not exist/is not available", MethodUnknown),
    (-32700, "parse error", RpcError),
    # What a node may say after it has taken a block, or what nobody knows it to say.
    (-32603, "internal error", PublishUnknown),
    (-32603, "insufficient balance for transfer", PublishUnknown),
    (-32000, "something new", PublishUnknown),
    (-32000, "", PublishUnknown),
    (-32001, "insufficient balance for transfer", PublishUnknown),
    (0, "ok", PublishUnknown),
]


@pytest.mark.parametrize("taken", [True, False], ids=["taken", "not taken"])
@pytest.mark.parametrize(("code", "message", "kind"), REFUSALS)
def test_a_refusal_counts_only_if_a_look_confirms_it(code, message, kind, taken) -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(devnode.url) as node:
            block = await prepared(node, ALICE, gift())
            devnode.server.fail(says(code, message, taken=taken), "ledger.publishRawTransaction")
            if taken:
                assert (await node.publish_and_find(block)).block.hash == block.hash
            else:
                with pytest.raises(kind) as refused:
                    await node.publish_and_find(block)
                assert type(refused.value) is kind
                assert await node.find_block(block) is None

    asyncio.run(main())


def test_a_refusal_that_cannot_be_looked_up_does_not_count() -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(devnode.url, retries=0) as node:
            block = await prepared(node, ALICE, gift())

            async def refuses_and_goes(text, answer):
                devnode.server.fail(drop_before, "ledger.getAccountBlocksByHeight", times=99)
                return await says(-32000, "insufficient balance for transfer", taken=True)(text, answer)

            devnode.server.fail(refuses_and_goes, "ledger.publishRawTransaction")
            with pytest.raises(PublishUnknown, match="insufficient balance"):
                await node.publish_and_find(block)

    asyncio.run(main())


def test_a_long_error_is_cut() -> None:
    async def talks(text, answer):
        error = {"code": -32000, "message": "x" * 100_000}
        return json.dumps({"jsonrpc": "2.0", "id": json.loads(text)["id"], "error": error})

    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(devnode.url) as node:
            devnode.server.fail(talks, FRONTIER)
            with pytest.raises(CallRefused) as refused:
                await node.frontier_momentum()
            assert 1_000 <= len(str(refused.value)) < 1_200

    asyncio.run(main())


@both
def test_redirects_are_not_followed(way) -> None:
    async def main() -> None:
        async with FaultyNode(settings()) as devnode:

            async def elsewhere(_: web.Request) -> web.Response:
                return web.Response(status=307, headers={"Location": getattr(devnode, way).replace("ws:", "http:")})

            application = web.Application()
            application.router.add_route("*", "/", elsewhere)
            async with TestServer(application) as server:
                scheme = "ws" if way == "websocket_url" else "http"
                async with Node(f"{scheme}://127.0.0.1:{server.port}", retries=0) as node:
                    with pytest.raises((HttpRefusal, NodeUnreachable), match="307"):
                        await node.frontier_momentum()
            assert devnode.server.seen == {}

    asyncio.run(main())


def test_success_does_not_prove_insertion() -> None:
    """Under today's rules the pool's refusal of a second block of one height is not told: only a look shows it."""

    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(devnode.url) as node:
            first, second = [await prepared(node, ALICE, gift(amount)) for amount in (5, 6)]
            better, worse = sorted((first, second), key=lambda block: block.hash)
            await node.publish_and_find(better)
            await node.publish(worse)
            with pytest.raises(PublishDisplaced):
                await node.publish_and_find(worse)
            assert (await node.find_block(better)).block.hash == better.hash

    asyncio.run(main())


def test_success_without_insertion_is_an_error() -> None:
    async def pretends(text, answer):
        return json.dumps({"jsonrpc": "2.0", "id": json.loads(text)["id"], "result": None})

    async def main() -> None:
        async with FaultyNode(settings()) as devnode, Node(devnode.url) as node:
            block = await prepared(node, ALICE, gift())
            devnode.server.fail(pretends, PUBLISH)
            with pytest.raises(PublishLost):
                await node.publish_and_find(block)

    asyncio.run(main())


def test_errors_survive_a_pickle() -> None:
    block = gift()
    made = [
        errors.NodeUnavailable(),
        errors.NodeUnreachable("n", "m", "w"),
        errors.HttpRefusal("n", "m", 403, "t"),
        errors.AnswerTooLarge("n", "m", 5),
        errors.RpcError("n", "m", -1, "t"),
        errors.BlockRefused("n", "m", -32000, BlockRefusal.POW_INVALID.value),
        errors.PublishUnknown("n", "w", block),
        errors.DifficultyRefused(5, 4, "w"),
        errors.NodeDisagrees("f", 1, 2),
    ]
    for error in made:
        copy = pickle.loads(pickle.dumps(error))
        assert type(copy) is type(error)
        assert str(copy) == str(error)
        assert vars(copy) == vars(error)
    assert issubclass(errors.BlockRefused, NodeError)
