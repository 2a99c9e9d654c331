"""znn-sdk sends a block through the drop-in, and a devnode takes it."""

import asyncio

import pytest

from powplasma.account import KeyPair
from powplasma.address import format_address
from powplasma.integrations import znn_sdk
from powplasma.node.devnode import DevNode, Genesis, Settings

ABSENT = "znn-sdk is not installed (extra peers, Python 3.12 or newer)"
PRIVATE_KEY = bytes(range(32))
OWNER = KeyPair(PRIVATE_KEY)


def test_the_sdk_sends_with_our_nonce() -> None:
    sdk = pytest.importorskip("znn.sdk", reason=ABSENT)
    blocks = pytest.importorskip("znn.model.nom.account_block", reason=ABSENT)
    primitives = pytest.importorskip("znn.model.primitives.address", reason=ABSENT)
    tokens = pytest.importorskip("znn.model.primitives.token_standard", reason=ABSENT)

    async def send() -> None:
        # Nine tenths of the block are fused, so that the search is short.
        # The account has no block of the beginning: znn-sdk 0.1.2 cannot read one, as it has no signature.
        begin = Genesis(fused={OWNER.address: 9 * 10**8})
        async with DevNode(Settings(genesis=begin)) as dev:
            zenon = sdk.Zenon()
            zenon.set_chain_id(100)
            znn_sdk.install(zenon)
            await zenon.initialize(dev.websocket_url)
            try:
                block = blocks.AccountBlock(
                    to_address=primitives.Address.parse(format_address(bytes(20))),
                    token_standard=tokens.TokenStandard.parse("zts1qqqqqqqqqqqqqqqqtq587y"),
                    amount=0,
                    block_type=2,
                )
                sent = await zenon.send(block, PRIVATE_KEY.hex())
            finally:
                await zenon.disconnect()
            found = dev.ledger.chain(OWNER.address).at(1)
            assert found is not None
            assert found.block.hash.hex() == str(sent.hash)
            assert found.block.difficulty == 3_150_000
            assert found.block.verify_signature()

    asyncio.run(send())
