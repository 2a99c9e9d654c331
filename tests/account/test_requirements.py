"""What contracts take: checked without a node, in words that name the field."""

import re

import pytest

from powplasma.account import QSR, ZNN, KeyPair
from powplasma.account.abi import amount_rule, call_block, check_call, decode_call, encode_call, read_arguments
from powplasma.account.secp256k1 import recovered_public_key
from powplasma.address import format_address
from powplasma.errors import InvalidInput
from powplasma.plasma.methods import METHODS

from .vectors import CALLS

COIN = 10**8
OWNER = KeyPair(bytes(32)).address
TEXT = format_address(OWNER)
PHASE = {
    "id": bytes(32),
    "name": "a",
    "description": "b",
    "url": "zenon.org",
    "znnFundsNeeded": 1,
    "qsrFundsNeeded": 1,
}
VALID = {f"{method['contract']}.{method['method']}": method for method in CALLS["methods"]}


def as_text(value) -> str:
    """An argument of the vectors as a person writes it."""
    if isinstance(value, list):
        return "[" + ",".join(f'"{as_text(each)}"' for each in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("name", sorted(VALID))
def test_every_call_can_be_written_as_text(name) -> None:
    method, made = VALID[name], 0
    for case in method["cases"]:
        if any(isinstance(value, dict) for value in case["args"]) or '"' in str(case["args"]):
            continue  # texts that are not UTF-8, or would need quoting inside a JSON list
        texts = {each["name"]: as_text(value) for each, value in zip(method["inputs"], case["args"], strict=True)}
        assert encode_call(name, read_arguments(name, texts)).hex() == case["data"]
        made += 1
    assert made


@pytest.mark.parametrize(
    ("name", "texts", "problem"),
    [
        ("Plasma.Fuse", {"address": "z1bad"}, "address: z1bad"),
        ("Stake.Stake", {"durationInSec": "1e6"}, "durationInSec: 1e6 is no whole number"),
        ("Stake.Stake", {"durationInSec": "9" * 90}, "durationInSec: 9"),
        ("Token.UpdateToken", {"isMintable": "maybe"}, "isMintable: maybe is neither true nor false"),
        ("Htlc.Unlock", {"preimage": "xy"}, "preimage: xy is not hexadecimal"),
        ("Bridge.NominateGuardians", {"guardians": "[1"}, "guardians: [1 is no list"),
        ("Bridge.NominateGuardians", {"guardians": '[{"a":1}]'}, "guardians: "),
        ("Liquidity.SetTokenTuple", {"znnPercentages": "1,x"}, "znnPercentages[1]: x is no whole number"),
    ],
)
def test_a_text_that_is_no_value_is_refused_by_name(name, texts, problem) -> None:
    with pytest.raises(InvalidInput, match=re.escape(problem)):
        encode_call(name, read_arguments(name, texts))


def test_an_empty_text_is_an_empty_list_and_coins_go_by_name() -> None:
    assert read_arguments("Bridge.NominateGuardians", {"guardians": ""}) == {"guardians": []}
    assert read_arguments("Token.Mint", {"tokenStandard": "QSR"}) == {"tokenStandard": QSR}


@pytest.mark.parametrize(
    ("amount", "token", "problem"),
    [
        (COIN, QSR, "amount: 1 QSR is not what the contract takes (at least 10 QSR, in whole QSR)"),
        (10 * COIN + 1, QSR, "amount: 10.00000001 QSR is not"),
        (0, QSR, "amount: nothing is not"),
        (10 * COIN, ZNN, "amount: 10 ZNN is of another token (at least 10 QSR, in whole QSR)"),
        (10 * COIN, bytes(range(10)), "base units of zts1"),
    ],
)
def test_a_fuse_of_another_amount_is_refused_in_coins(amount, token, problem) -> None:
    with pytest.raises(InvalidInput, match=re.escape(problem)) as refused:
        call_block(OWNER, "Plasma.Fuse", {"address": OWNER}, amount, token)
    assert refused.value.field == "amount"


@pytest.mark.parametrize("method", ["Accelerator.AddPhase", "Accelerator.UpdatePhase"])
def test_an_amount_that_would_be_lost_is_refused_though_the_node_takes_it(method) -> None:
    call = decode_call(call_block(OWNER, method, PHASE).to_address, encode_call(method, PHASE))
    check_call(call, OWNER, 2 * COIN, ZNN, as_the_node=True)
    with pytest.raises(InvalidInput, match=r"amount: 2 ZNN is not what the contract takes \(nothing\)"):
        check_call(call, OWNER, 2 * COIN, ZNN)


def test_a_stake_of_liquidity_needs_an_amount() -> None:
    with pytest.raises(InvalidInput, match="more than 0 of any token"):
        call_block(OWNER, "Liquidity.LiquidityStake", {"durationInSec": 2_592_000})
    call_block(OWNER, "Liquidity.LiquidityStake", {"durationInSec": 2_592_000}, 1)


def test_every_method_says_what_it_takes() -> None:
    words = {
        f"{method.contract}.{method.name}": amount_rule(f"{method.contract}.{method.name}").words for method in METHODS
    }
    assert len(words) == 76
    assert words["Sentinel.Register"] == "exactly 5000 ZNN"
    assert words["Stake.Stake"] == "at least 1 ZNN"
    assert words["Pillar.DepositQsr"] == "more than 0 of QSR"
    assert words["Accelerator.Donate"] == "more than 0 of any token"
    assert words["Stake.Cancel"] == "nothing"


def test_long_names_are_refused_without_trying_them_in_every_way() -> None:
    with pytest.raises(InvalidInput, match="name"):
        call_block(OWNER, "Pillar.Delegate", {"name": "a" * 39 + "!"})
    with pytest.raises(InvalidInput, match="metadata"):
        call_block(OWNER, "Bridge.SetBridgeMetadata", {"metadata": "[" * 8_000})


def test_the_sender_is_checked_where_the_spork_address_is_known() -> None:
    block = call_block(OWNER, "Spork.CreateSpork", {"name": "a spork", "description": ""})
    call = decode_call(block.to_address, block.data)
    check_call(call, OWNER, spork_address=OWNER)
    with pytest.raises(InvalidInput, match="sender"):
        check_call(call, OWNER, spork_address=bytes(20))
    check_call(call, "z1qqvwzz2xq7q5gwk6uhcddgrpxlfcyzc8rsu82s", spork_address=bytes(20))


@pytest.mark.parametrize(
    "signature",
    [bytes(65), b"\xff" * 64 + b"\0", bytes(31) + b"\1" + bytes(31) + b"\1" + b"\4", bytes(31) + b"\5" + b"\1" * 33],
)
def test_impossible_signatures_give_no_key(signature) -> None:
    assert recovered_public_key(bytes(32), signature) is None
