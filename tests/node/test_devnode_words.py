"""What the real node was seen to answer, case by case: fields that cannot be read, fields that are missing, reads."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from powplasma.account import AccountBlock
from powplasma.address import format_address
from powplasma.node import BlockRefusal, Node
from powplasma.node.devnode import DevNode

from .flow import ALICE, BOB, prepared, send, settings

MISSING = object()
DECODER = "invalid argument 0: json: cannot unmarshal "
STRUCT = "into Go struct field AccountBlockMarshal"

PUBLISHED: list[tuple[str, object, int, str]] = [
    ("hash", "00", -32602, "invalid argument 0: error hex hash size 2"),
    ("hash", "x" * 64, -32602, "invalid argument 0: encoding/hex: invalid byte: U+0078 'x'"),
    ("amount", "abc", -32000, BlockRefusal.HASH_INVALID),
    ("amount", "", -32000, BlockRefusal.HASH_INVALID),
    ("amount", None, -32000, BlockRefusal.HASH_INVALID),
    ("amount", MISSING, -32000, BlockRefusal.HASH_INVALID),
    ("amount", "1e3", -32000, BlockRefusal.HASH_INVALID),
    ("amount", "0x3e8", -32000, BlockRefusal.HASH_INVALID),
    ("amount", "+5", -32000, BlockRefusal.HASH_INVALID),
    ("amount", "-1", -32000, BlockRefusal.AMOUNT_NEGATIVE),
    ("amount", str(2**255), -32000, BlockRefusal.AMOUNT_TOO_BIG),
    ("amount", "9" * 5_000, -32000, BlockRefusal.AMOUNT_TOO_BIG),
    ("amount", 1000, -32602, f"{DECODER}number {STRUCT}.amount of type string"),
    ("version", MISSING, -32000, BlockRefusal.VERSION_MISSING),
    ("version", None, -32000, BlockRefusal.VERSION_MISSING),
    ("version", "1", -32602, f"{DECODER}string {STRUCT}.version of type uint64"),
    ("version", 1.0, -32602, f"{DECODER}number 1.0 {STRUCT}.version of type uint64"),
    ("version", -1, -32602, f"{DECODER}number -1 {STRUCT}.version of type uint64"),
    ("version", 2**64, -32602, f"{DECODER}number {2**64} {STRUCT}.version of type uint64"),
    ("version", True, -32602, f"{DECODER}bool {STRUCT}.version of type uint64"),
    ("blockType", None, -32000, BlockRefusal.TYPE_MISSING),
    ("blockType", 4, -32000, BlockRefusal.TYPE_CONTRACT_SEND),
    ("chainIdentifier", MISSING, -32000, BlockRefusal.CHAIN_IDENTIFIER_MISSING),
    ("momentumAcknowledged", None, -32000, BlockRefusal.MOMENTUM_MUST_NOT_BE_ZERO),
    ("momentumAcknowledged", [], -32602, f"{DECODER}array {STRUCT}.momentumAcknowledged of type types.HashHeight"),
    ("tokenStandard", None, -32000, BlockRefusal.TOKEN_STANDARD_MISSING),
    ("toAddress", MISSING, -32000, BlockRefusal.HASH_INVALID),
    ("toAddress", "z1", -32602, "invalid argument 0: invalid bech32 string length 2"),
    ("signature", "AAAA", -32000, BlockRefusal.SIGNATURE_INVALID),
    ("publicKey", "AAAA", -32000, BlockRefusal.SIGNATURE_INVALID),
    ("signature", None, -32000, BlockRefusal.SIGNATURE_MISSING),
    ("publicKey", MISSING, -32000, BlockRefusal.PUBLIC_KEY_MISSING),
    ("data", "A", -32602, "invalid argument 0: illegal base64 data at input byte "),
    ("nonce", 5, -32602, f"{DECODER}number {STRUCT}.nonce of type string"),
]


def publishing(changes: list[dict[str, object]]) -> list[dict[str, Any]]:
    """The answers to publishing a good block with these changes, one after the other."""

    async def main() -> list[dict[str, Any]]:
        async with DevNode(settings()) as devnode, Node(devnode.url) as node:
            good = await prepared(node, ALICE, AccountBlock.send(ALICE.address, BOB.address, 1000))
            answers = []
            for change in changes:
                block = {**good.to_json(), **change}
                block = {name: value for name, value in block.items() if value is not MISSING}
                request = {"id": 1, "method": "ledger.publishRawTransaction", "params": [block]}
                answers.append(json.loads(await devnode.server.reply(json.dumps(request))))
            return answers

    return asyncio.run(main())


def test_a_field_of_a_block_that_is_not_as_it_should_be() -> None:
    answers = publishing([{field: value} for field, value, _, _ in PUBLISHED])
    for (field, value, code, words), answer in zip(PUBLISHED, answers, strict=True):
        error = answer["error"]
        assert (error["code"], error["message"][: len(words)]) == (code, words), (field, value)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "01000"},
        {"amount": "+1000"},
        {"nonce": "00"},
        {"nonce": "nonsense"},
        {"nonce": None},
        {"usedPlasma": 5, "basePlasma": 7, "unknown": {}},
        {"address": format_address(ALICE.address).upper()},
    ],
)
def test_what_the_node_overlooks(change: dict[str, object]) -> None:
    (answer,) = publishing([change])
    assert answer == {"jsonrpc": "2.0", "id": 1, "result": None}


def test_no_block_at_all() -> None:
    async def main() -> None:
        async with DevNode() as devnode:
            for params, code, words in (
                ([], -32000, BlockRefusal.BLOCK_MISSING),
                ([None], -32000, BlockRefusal.BLOCK_MISSING),
                ([5], -32602, f"{DECODER}number into Go value of type api.AccountBlock"),
                ([{}, {}], -32602, "too many arguments, want at most 1"),
            ):
                request = {"id": 1, "method": "ledger.publishRawTransaction", "params": params}
                error = json.loads(await devnode.server.reply(json.dumps(request)))["error"]
                assert error == {"code": code, "message": words}

    asyncio.run(main())


def test_reads() -> None:
    """Each agrees with what the others say about the same chain."""
    alice = format_address(ALICE.address)

    async def main() -> None:
        async with DevNode(settings()) as devnode, Node(devnode.url) as node:

            async def asked(method: str, *params: object) -> Any:
                request = {"id": 1, "method": method, "params": params}
                answer = json.loads(await devnode.server.reply(json.dumps(request)))
                return answer.get("result", answer.get("error", {}).get("message"))

            for amount in range(5):
                await send(node, ALICE, BOB.address, amount + 1)
                await devnode.produce()
            momentums = (await asked("ledger.getMomentumsByHeight", 1, 99))["list"]
            assert (momentums[0]["version"], momentums[0]["publicKey"], momentums[0]["signature"]) == (1, None, None)
            assert [momentum["height"] for momentum in momentums] == [1, 2, 3, 4, 5, 6]
            assert await asked("ledger.getMomentumByHash", momentums[2]["hash"]) == momentums[2]
            assert await asked("ledger.getMomentumByHash", "00" * 32) is None
            assert await asked("ledger.getMomentumBeforeTime", momentums[0]["timestamp"]) is None
            assert await asked("ledger.getMomentumBeforeTime", momentums[-1]["timestamp"] + 1) == momentums[-1]
            for page, heights in ((0, [6, 5]), (1, [4, 3]), (2, [2, 1]), (3, [])):
                answer = await asked("ledger.getMomentumsByPage", page, 2)
                assert ([each["height"] for each in answer["list"]], answer["count"]) == (heights, 6)
            detailed = (await asked("ledger.getDetailedMomentumsByHeight", 2, 2))["list"]
            assert [each["momentum"] for each in detailed] == momentums[1:3]
            blocks = (await asked("ledger.getAccountBlocksByHeight", alice, 1, 99))["list"]
            assert [block["height"] for block in blocks] == [1, 2, 3, 4, 5, 6]
            assert [each["blocks"] for each in detailed] == [[blocks[1]], [blocks[2]]]
            for page, heights in ((0, [6, 5, 4, 3]), (1, [2, 1]), (2, [])):
                answer = await asked("ledger.getAccountBlocksByPage", alice, page, 4)
                assert ([each["height"] for each in answer["list"]], answer["count"]) == (heights, 6)
            token = await asked("embedded.token.getByZts", blocks[1]["tokenStandard"])
            assert token == blocks[1]["token"]
            assert (await asked("stats.syncInfo"))["state"] == 2
            assert (await asked("stats.networkInfo"))["numPeers"] == 0
            for method in ("ledger.getMomentumsByHeight", "ledger.getDetailedMomentumsByHeight"):
                assert await asked(method, 0, 5) == "height parameter must be strictly greater than zero"
                assert await asked(method, 1, 1025) == "count parameter is too big"
            assert await asked("ledger.getMomentumsByPage", 0, 1025) == "page-size parameter is too big"
            for kind in ({"blockType": 0}, {"blockType": 4}, {"blockType": 7}, {}):
                answer = await asked("embedded.plasma.getRequiredPoWForAccountBlock", kind)
                assert (answer["basePlasma"], answer["requiredDifficulty"]) == (21_000, 21_000 * 15)

    asyncio.run(main())
