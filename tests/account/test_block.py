"""Account blocks: 105 published hashes and signatures, 9 broken blocks, and JSON that comes back as it went."""

import dataclasses
import json
from hashlib import sha3_256

import pytest
from hypothesis import given
from hypothesis import strategies as st

import powplasma as pp
from powplasma.account import QSR, ZNN, AccountBlock, KeyPair, MomentumReference, SealFlaw, Wallet
from powplasma.errors import InvalidInput

from .vectors import ADDRESS, BLOCKS, COMPLETE, OTHER_ADDRESS, WORDS

U64 = 2**64 - 1
BLOCK = BLOCKS["generated"][0]["block"]


def test_every_published_hash_and_signature() -> None:
    assert len(COMPLETE) == 105
    for case in COMPLETE:
        block, expected = AccountBlock.from_json(case["block"]), case["expected"]
        assert block.preimage().hex() == expected["preimage"]
        assert len(block.preimage()) == 306
        assert block.compute_hash().hex() == expected["hash"]
        assert block.data_hash.hex() == expected["powDataHash"]
        if expected["signatureValid"] is not None:
            assert block.verify_signature() is expected["signatureValid"]


def test_the_published_keys_sign_as_published() -> None:
    for case in BLOCKS["generated"]:
        block = AccountBlock.from_json(case["block"])
        unsigned = dataclasses.replace(block, hash=bytes(32), public_key=b"", signature=b"")
        assert unsigned.signed(KeyPair(bytes.fromhex(case["privateKey"]))) == block


@pytest.mark.parametrize("case", BLOCKS["negative"], ids=lambda case: case["changedField"])
def test_what_is_wrong_is_named_as_the_node_does(case) -> None:
    block = AccountBlock.from_json(case["block"])
    assert not block.verify_signature()
    said = {
        "account-block hash is different than the one computed": SealFlaw.HASH_WRONG,
        "account-block signature is invalid": SealFlaw.SIGNATURE_WRONG,
        "account-block publicKey doesn't correspond to the address": SealFlaw.PUBLIC_KEY_WRONG_ADDRESS,
    }
    assert block.seal_flaw() is said[case["expected"]["nodeError"]]


def test_what_is_missing_is_named() -> None:
    key_pair = Wallet.from_words(WORDS).key_pair()
    block = AccountBlock.send(ADDRESS, OTHER_ADDRESS, 5)
    signed = block.signed(key_pair)
    assert signed.seal_flaw() is None
    assert block.seal_flaw() is SealFlaw.HASH_MISSING
    assert dataclasses.replace(signed, signature=b"").seal_flaw() is SealFlaw.SIGNATURE_MISSING
    assert dataclasses.replace(signed, public_key=b"").seal_flaw() is SealFlaw.PUBLIC_KEY_MISSING


def test_a_block_is_not_signed_by_a_key_that_does_not_own_its_address() -> None:
    block = AccountBlock.send(OTHER_ADDRESS, ADDRESS, 5)
    with pytest.raises(InvalidInput, match="is not the address of the key"):
        block.signed(Wallet.from_words(WORDS).key_pair(0))
    assert block.signed(Wallet.from_words(WORDS).key_pair(1)).verify_signature()


@pytest.mark.parametrize("case", BLOCKS["nodeJson"], ids=str)
def test_the_node_writes_what_is_written_here(case) -> None:
    assert AccountBlock.from_json(case["input"]).to_json() == case["nodeOutput"]


hashes = st.binary(min_size=32, max_size=32)
numbers = st.integers(0, U64)
blocks = st.builds(
    AccountBlock,
    version=numbers,
    chain_identifier=numbers,
    block_type=numbers,
    hash=hashes,
    previous_hash=hashes,
    height=numbers,
    momentum_acknowledged=st.builds(MomentumReference, hashes, numbers),
    address=st.binary(min_size=20, max_size=20),
    to_address=st.binary(min_size=20, max_size=20),
    amount=st.integers(0, 2**255 - 1),
    token_standard=st.binary(min_size=10, max_size=10),
    from_block_hash=hashes,
    data=st.binary(max_size=100),
    fused_plasma=numbers,
    difficulty=numbers,
    nonce=st.binary(min_size=8, max_size=8),
    base_plasma=numbers,
    used_plasma=numbers,
    changes_hash=hashes,
    public_key=st.just(b"") | hashes,
    signature=st.just(b"") | st.binary(min_size=64, max_size=64),
)


@given(blocks, st.lists(blocks, max_size=2))
def test_json_keeps_every_bit(block: AccountBlock, descendants: list[AccountBlock]) -> None:
    block = dataclasses.replace(block, descendant_blocks=tuple(descendants))
    assert AccountBlock.from_json(json.loads(json.dumps(block.to_json()))) == block


@given(blocks)
def test_the_preimage_is_that_of_a_second_implementation(block: AccountBlock) -> None:
    record = block.to_json()
    words = [
        *(f"{record[key]:016x}" for key in ("version", "chainIdentifier", "blockType")),
        record["previousHash"],
        f"{record['height']:016x}",
        record["momentumAcknowledged"]["hash"],
        f"{record['momentumAcknowledged']['height']:016x}",
        block.address.hex(),
        block.to_address.hex(),
        f"{int(record['amount']):064x}",
        block.token_standard.hex(),
        record["fromBlockHash"],
        "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a",
        sha3_256(block.data).hexdigest(),
        f"{record['fusedPlasma']:016x}",
        f"{record['difficulty']:016x}",
        record["nonce"],
    ]
    assert block.preimage() == bytes.fromhex("".join(words))


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("version", "1", "is not an integer"),
        ("version", True, "is not an integer"),
        ("chainIdentifier", -1, "is out of range"),
        ("height", 2**64, "is out of range"),
        ("height", 1.0, "is not an integer"),
        ("blockType", None, "is null"),
        ("previousHash", "00", "has 2 characters"),
        ("previousHash", 7, "is not text"),
        ("momentumAcknowledged", "x", "is no object"),
        ("momentumAcknowledged", {"hash": "0" * 64}, "is missing"),
        ("address", ADDRESS.upper()[:-1] + "q", "mixes capitals and small letters"),
        ("toAddress", ADDRESS[:-1] + "q", "has a wrong checksum"),
        ("toAddress", None, "is null"),
        ("amount", 5, "is not text"),
        ("amount", "-1", "is no amount"),
        ("amount", "1e3", "is no amount"),
        ("amount", "0x10", "is no amount"),
        ("amount", "007", "is no amount"),
        ("amount", "١", "is no amount"),
        ("amount", str(2**255), "is out of range"),
        ("amount", "9" * 5_000, "is no amount"),
        ("tokenStandard", ADDRESS, "has 40 characters"),
        ("fromBlockHash", "g" * 64, "is not hexadecimal"),
        ("data", "a", "is not base64"),
        ("data", "pw", "is not base64"),
        ("data", "px==", "is not base64"),
        ("nonce", "77c702d8bd0207f", "has 15 characters"),
        ("fusedPlasma", "21000", "is not an integer"),
        ("difficulty", -5, "is out of range"),
        ("publicKey", "AAAA", "has 3 bytes"),
        ("signature", "AAAA", "has 3 bytes"),
        ("descendantBlocks", {}, "is no list"),
        ("descendantBlocks", [1], "is no object"),
    ],
)
def test_a_bad_field_of_json_is_named(key, value, problem) -> None:
    with pytest.raises(InvalidInput, match=problem) as refused:
        AccountBlock.from_json({**BLOCK, key: value})
    names = {key, "public_key", "signature", "amount", "hash", "height", "block"}
    assert refused.value.field in names


@pytest.mark.parametrize("key", sorted(BLOCK.keys() - {"hash", "data", "descendantBlocks", "publicKey", "signature"}))
def test_a_missing_field_of_json_is_named(key) -> None:
    with pytest.raises(InvalidInput, match=f"{key}: None is missing"):
        AccountBlock.from_json({name: value for name, value in BLOCK.items() if name != key})


@pytest.mark.parametrize("value", [None, [], "block", 7])
def test_what_is_no_object_is_refused(value) -> None:
    with pytest.raises(InvalidInput, match="is no object"):
        AccountBlock.from_json(value)


def test_blocks_within_blocks_are_refused_and_not_followed_for_ever() -> None:
    record = BLOCK
    for _ in range(5_000):
        record = {**BLOCK, "descendantBlocks": [record]}
    with pytest.raises(InvalidInput, match="nested too deeply"):
        AccountBlock.from_json(record)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("block_type", "2"),
        ("address", ADDRESS),
        ("address", bytes(19)),
        ("amount", -1),
        ("amount", 2**255),
        ("data", "text"),
        ("nonce", bytes(7)),
        ("public_key", bytes(31)),
        ("signature", None),
        ("momentum_acknowledged", (bytes(32), 1)),
        ("descendant_blocks", []),
        ("descendant_blocks", (1,)),
    ],
)
def test_a_bad_field_is_named(field, value) -> None:
    with pytest.raises(InvalidInput) as refused:
        AccountBlock(**{"block_type": 2, "address": bytes(20), field: value})
    assert refused.value.field == field


def test_the_validator_takes_a_block_as_it_is() -> None:
    recorded = next(case for case in BLOCKS["mainnet"] if case["block"]["difficulty"] == 31_500_000)
    block = AccountBlock.from_json(recorded["block"])
    rules = pp.ruleset("alphanet")
    assert pp.validate(block, rules=rules).accepted
    assert not pp.validate(dataclasses.replace(block, nonce=bytes(8)), rules=rules).accepted


def test_a_send_of_nothing_has_no_token() -> None:
    assert AccountBlock.send(ADDRESS, OTHER_ADDRESS, 0, QSR).token_standard == bytes(10)
    assert AccountBlock.send(ADDRESS, OTHER_ADDRESS, 1, QSR).token_standard == QSR
    assert AccountBlock.send(ADDRESS, OTHER_ADDRESS, 1).token_standard == ZNN
    with pytest.raises(InvalidInput, match="to_address"):
        AccountBlock.send(ADDRESS, "z1")
