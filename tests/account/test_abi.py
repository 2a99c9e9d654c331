"""Contract calls: one encoding, held to a second encoder; all else is refused; what is described is what is signed."""

import math
import random
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from powplasma.account import QSR, ZNN, AccountBlock
from powplasma.account.abi import Call, decode_call, describe, encode_call
from powplasma.address import format_address, format_token_standard
from powplasma.errors import InvalidInput
from powplasma.plasma import METHODS, EmbeddedMethod
from powplasma.plasma.costs import CONTRACT_ADDRESSES

from .vectors import ADDRESS, BLOCKS, CALLS, OTHER_ADDRESS

PLASMA = CONTRACT_ADDRESSES["Plasma"]
HASH = bytes(range(32))

SCALARS = {
    "uint8": st.integers(0, 2**8 - 1),
    "uint32": st.integers(0, 2**32 - 1),
    "uint64": st.integers(0, 2**64 - 1),
    "uint256": st.integers(0, 2**256 - 1),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "bool": st.booleans(),
    "address": st.binary(min_size=20, max_size=20),
    "tokenStandard": st.binary(min_size=10, max_size=10) | st.sampled_from([ZNN, QSR]),
    "hash": st.binary(min_size=32, max_size=32),
    "string": st.text(max_size=80) | st.binary(max_size=40).filter(lambda data: not is_utf8(data)),
    "bytes": st.binary(max_size=80),
}


def is_utf8(data: bytes) -> bool:
    return data.decode(errors="ignore").encode() == data


def values(kind: str) -> st.SearchStrategy[Any]:
    if kind.endswith("[]"):
        return st.lists(values(kind[:-2]), max_size=6).map(tuple)
    return SCALARS[kind]


@st.composite
def calls(draw: st.DrawFn) -> tuple[EmbeddedMethod, dict[str, Any]]:
    # Not sampled evenly: a third of the methods takes nothing, and there is little to find there.
    method = draw(st.sampled_from([method for method in METHODS if method.parameters]) | st.sampled_from(METHODS))
    return method, {each.name: draw(values(each.type)) for each in method.parameters}


def name_of(method: EmbeddedMethod) -> str:
    return f"{method.contract}.{method.name}"


def is_dynamic(kind: str) -> bool:
    return kind.endswith("[]") or kind in {"string", "bytes"}


def hexadecimal(kind: str, value: Any) -> str:
    """The second encoder: a value by the formal definition of the Ethereum contract ABI, as hexadecimal digits."""
    if kind.endswith("[]"):
        return f"{len(value):064x}" + sequence([kind[:-2]] * len(value), list(value))
    if is_dynamic(kind):
        digits = value.encode().hex() if isinstance(value, str) else value.hex()
        words = -(-len(digits) // 64)
        return f"{len(digits) // 2:064x}" + digits.ljust(64 * words, "0")
    if isinstance(value, bytes):
        return value.hex().rjust(64, "0")
    return f"{int(value) % 2**256:064x}"


def sequence(kinds: list[str], given_values: list[Any]) -> str:
    tails = [
        hexadecimal(kind, value) if is_dynamic(kind) else "" for kind, value in zip(kinds, given_values, strict=True)
    ]
    heads = [
        f"{32 * len(kinds) + sum(map(len, tails[:place])) // 2:064x}"
        if is_dynamic(kind)
        else hexadecimal(kind, given_values[place])
        for place, kind in enumerate(kinds)
    ]
    return "".join([*heads, *tails])


def test_every_type_of_a_parameter_is_tried() -> None:
    assert {each.type.removesuffix("[]") for method in METHODS for each in method.parameters} == SCALARS.keys()


@settings(max_examples=300, deadline=None)
@given(calls())
def test_a_call_has_the_encoding_of_a_second_encoder_and_decodes_to_itself(made) -> None:
    method, arguments = made
    data = encode_call(name_of(method), arguments)
    kinds = [each.type for each in method.parameters]
    assert data.hex() == method.selector.hex() + sequence(kinds, list(arguments.values()))
    decoded = decode_call(method.address, data)
    assert decoded == Call(method.contract, method.name, arguments)
    assert [*decoded.arguments] == [each.name for each in method.parameters]
    assert [type(value) for value in decoded.arguments.values()] == [type(value) for value in arguments.values()]
    assert decoded.name == name_of(method)


@settings(max_examples=150, deadline=None)
@given(calls())
def test_a_description_has_a_line_for_every_value_and_none_can_forge_another(made) -> None:
    method, arguments = made
    lines = describe(decode_call(method.address, encode_call(name_of(method), arguments)))
    assert lines[0] == ("call", name_of(method))
    assert all(name.isprintable() and text.isprintable() and text for name, text in lines)
    named = []
    for name, value in arguments.items():
        several = isinstance(value, tuple) and value
        named += [f"{name}[{position}]" for position in range(len(value))] if several else [name]
    assert [name for name, _ in lines[1:] if name != "beneficiary"] == named


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(METHODS), st.binary(max_size=400), st.booleans())
@example(METHODS[0], b"", False)
def test_any_bytes_are_a_call_or_refused_as_data(method, tail, selected) -> None:
    assert_call_or_refused(method, (method.selector if selected else b"") + tail)


@settings(max_examples=500, deadline=None)
@given(calls(), st.randoms(use_true_random=False))
def test_data_of_a_call_that_is_altered_is_a_call_or_refused_as_data(made, source) -> None:
    method, arguments = made
    data = encode_call(name_of(method), arguments)
    assert_call_or_refused(method, altered(data, source))


def altered(data: bytes, source: random.Random) -> bytes:
    """The data with a few changes of the sorts that confuse a decoder."""
    changed = bytearray(data)
    for _ in range(source.randint(1, 3)):
        at = source.randint(0, len(changed))
        word = 4 + 32 * source.randint(0, len(changed) // 32)
        number = source.choice(
            [0, 1, 31, 32, 33, 64, len(changed), 2**31, 2**58, 2**63 - 1, 2**64, 2**255, 2**256 - 32]
        )
        match source.randint(0, 5):
            case 0:
                changed[at : at + 1] = source.randbytes(1)
            case 1:
                del changed[at:]
            case 2:
                del changed[word : word + 32]
            case 3:
                changed[at:at] = bytes(source.randint(1, 40))
            case 4:
                changed[word : word + 32] = number.to_bytes(32, "big")
            case _:
                other = 4 + 32 * source.randint(0, len(changed) // 32)
                changed[word : word + 32] = changed[other : other + 32]
    return bytes(changed)


def assert_call_or_refused(method: EmbeddedMethod, data: bytes) -> None:
    try:
        decoded = decode_call(method.address, data)
    except InvalidInput as error:
        decoded, refused = None, error
    if decoded is None:
        assert refused.field == "data"
        assert str(refused).isprintable()
        return
    assert encode_call(decoded.name, decoded.arguments) == data
    describe(decoded)


def test_the_calls_in_blocks_of_the_main_network_are_calls() -> None:
    blocks = [AccountBlock.from_json(case["block"]) for case in BLOCKS["mainnet"]]
    sent = [block for block in blocks if block.data and format_address(block.to_address) in CONTRACT_ADDRESSES.values()]
    called = [decode_call(block.to_address, block.data) for block in sent]
    assert sorted(each.name for each in called) == [
        *["Accelerator.AddPhase", "Accelerator.CreateProject", "Accelerator.CreateProject"],
        *["Pillar.CollectReward", "Pillar.CollectReward", "Pillar.Delegate", "Stake.CollectReward"],
        *["Token.Mint"] * 6,  # by contracts, which pay rewards with it
    ]
    assert [encode_call(each.name, each.arguments) for each in called] == [block.data for block in sent]
    assert [each.arguments["name"] for each in called if each.method == "Delegate"] == ["SultanOfStaking"]


REASONS = {
    "no data": "'' selects no method of Plasma",
    "three bytes": "5ac942 selects no method of Plasma",
    "selector alone, the method has arguments": "ends within address, after 4 bytes",
    "unknown selector": "36cde51e selects no method of Plasma",
    "selector of another contract's method": "d802845a selects no method of Plasma",
    "in the ABI without an implementation: SetRedeemDelay(uint64)": "fd2411ec selects no method of Bridge",
    "one byte after the end": "goes on after its 36 bytes",
    "the 12 bytes before the address are not zero": "has b3 at byte 4, where its arguments encode to 00",
    "method without arguments, one byte after the selector": "goes on after its 4 bytes",
    "offset 2^63-32": "has name at the offset 9223372036854775776 and not at 32, where it belongs",
    "length greater than what follows": "claims 96 bytes of name, and 32 follow",
    "text not padded to a word": "has 78 bytes and lacks the last 22, which are padding",
    "padding is not zero": "has ee at byte 78, where its arguments encode to 00",
    "bool 2": "has 02 at byte 35, where its arguments encode to 01",
    "int64 -1 as 8 bytes of ff, not sign-extended": "has 00 at byte 4, where its arguments encode to ff",
    "length of the array 2^58: 32 times it is 2^63": "claims 288230376151711744 elements of guardians, and 160 bytes",
    "length of the array one smaller": "goes on after its 196 bytes",
    "inner offset of a text[] counted from the start of the arguments": "has tokenStandards[0] at the offset 224",
    "cut inside the last array": "claims 2 elements of minAmounts, and 63 bytes follow",
    "two texts share one tail": "has tokenName at the offset 352 and not at 288",
}


@pytest.mark.parametrize("what", REASONS)
def test_the_reason_for_refusing_data_says_what_is_wrong_and_where(what) -> None:
    (row,) = [row for row in CALLS["decode"] if row["what"] == what]
    with pytest.raises(InvalidInput) as refused:
        decode_call(row["address"], bytes.fromhex(row["data"]))
    assert refused.value.field == "data"
    assert REASONS[what] in str(refused.value)


@pytest.mark.parametrize(
    ("to_address", "data", "field"),
    [
        (ADDRESS, b"abcd", "to_address"),
        ("z1", b"abcd", "to_address"),
        (5, b"abcd", "to_address"),
        (bytes(20), b"abcd", "to_address"),
        (PLASMA, "5ac942e8", "data"),
        (PLASMA, None, "data"),
    ],
)
def test_what_is_no_contract_or_no_data_is_refused_by_name(to_address, data, field) -> None:
    with pytest.raises(InvalidInput) as refused:
        decode_call(to_address, data)
    assert refused.value.field == field


def test_a_claimed_length_costs_no_memory() -> None:
    claims = [2**64, 2**58, 2**31, 1_000_000]
    guardians = bytes.fromhex("688ac608") + (32).to_bytes(32, "big")
    name = bytes.fromhex("7c2d5d6e") + (32).to_bytes(32, "big")
    tracemalloc.start()
    try:
        for claim in claims:
            for contract, begin in (("Bridge", guardians), ("Pillar", name)):
                with pytest.raises(InvalidInput, match="claims"):
                    decode_call(CONTRACT_ADDRESSES[contract], begin + claim.to_bytes(32, "big") + bytes(64))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_addresses_token_standards_and_hashes_may_be_text_lists_lists_and_integers_numpy_s() -> None:
    def mint(token_standard: object, amount: object, address: object) -> bytes:
        given_arguments = {"tokenStandard": token_standard, "amount": amount, "receiveAddress": address}
        return encode_call("Token.Mint", given_arguments)

    address = bytes([0, *range(19)])
    assert mint(format_token_standard(ZNN), np.uint64(2**64 - 1), format_address(address)) == mint(
        ZNN, 2**64 - 1, address
    )
    assert encode_call("Stake.Cancel", {"id": HASH.hex()}) == encode_call("Stake.Cancel", {"id": HASH})
    nominated = [encode_call("Bridge.NominateGuardians", {"guardians": each}) for each in ([ADDRESS], (ADDRESS,))]
    assert nominated[0] == nominated[1]


def test_the_order_of_the_given_arguments_does_not_matter() -> None:
    arguments = {"publicKey": "a", "signature": "b"}
    turned = dict(reversed(arguments.items()))
    assert encode_call("Swap.RetrieveAssets", arguments) == encode_call("Swap.RetrieveAssets", turned)


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        (5, {}, "method: 5 is not text (Contract.Method)"),
        ("Plasm.Fuse", {}, "contract: Plasm is unknown (did you mean Plasma?)"),
        ("Plasma.Fus", {}, "method: Fus is not a method of Plasma (did you mean Fuse?)"),
        ("Plasma", {}, "method: '' is not a method of Plasma (one of CancelFuse, Fuse)"),
        ("Bridge.SetRedeemDelay", {"delay": 7}, "method: SetRedeemDelay is not a method of Bridge"),
        ("Plasma.Fuse", None, "arguments: address is missing (Plasma.Fuse(address address))"),
        ("Plasma.Fuse", {"adress": ADDRESS}, "arguments: adress is unknown (Plasma.Fuse(address address))"),
        ("Plasma.Fuse", [ADDRESS], "is no mapping of names to values (Plasma.Fuse(address address))"),
        ("Pillar.Undelegate", {"name": "a"}, "arguments: name is unknown (Pillar.Undelegate())"),
        ("Plasma.Fuse", {"address": 7}, "address: 7 is neither text nor bytes"),
        (
            "Plasma.Fuse",
            {"address": ADDRESS[:-1]},
            "address: z1qqjnwjjpnue8xmmpanz6csze6tcmtzzdtfsww has 39 characters",
        ),
        ("Stake.Cancel", {"id": "00"}, "id: 00 has 2 characters (64 hex digits)"),
        (
            "Stake.Stake",
            {"durationInSec": 2**63},
            "durationInSec: 9223372036854775808 is out of range (-9223372036854775808 …",
        ),
        ("Stake.Stake", {"durationInSec": "1"}, "durationInSec: 1 is not an integer"),
        ("Stake.Stake", {"durationInSec": 1.0}, "durationInSec: 1.0 is not an integer"),
        ("Stake.Stake", {"durationInSec": True}, "durationInSec: True is not an integer"),
        ("Accelerator.VoteByProdAddress", {"id": HASH, "vote": 256}, "vote: 256 is out of range (0 … 255)"),
        ("Accelerator.VoteByProdAddress", {"id": HASH, "vote": -1}, "vote: -1 is out of range (0 … 255)"),
        ("Liquidity.BurnZnn", {"burnAmount": 2**256}, "is out of range (0 …"),
        ("Liquidity.SetIsHalted", {"isHalted": 1}, "isHalted: 1 is neither true nor false (true or false)"),
        ("Pillar.Delegate", {"name": 5}, "name: 5 is not text"),
        (
            "Pillar.Delegate",
            {"name": "a\ud800"},
            "name: a\\ud800 has half a surrogate pair (text that UTF-8 can encode)",
        ),
        ("Htlc.Unlock", {"id": HASH, "preimage": "00"}, "preimage: 00 is not bytes (bytes)"),
        ("Bridge.NominateGuardians", {"guardians": ADDRESS}, "is not a list (a list or tuple)"),
        ("Bridge.NominateGuardians", {"guardians": [ADDRESS, "z1"]}, "guardians[1]: z1 has 2 characters"),
    ],
)
def test_what_cannot_be_encoded_is_refused_by_name(method, arguments, message) -> None:
    with pytest.raises(InvalidInput) as refused:
        encode_call(method, arguments)
    assert message in str(refused.value)


SIMPLEST: dict[str, Any] = {
    **dict.fromkeys(("uint8", "uint32", "uint64", "uint256", "int64"), 0),
    "address": bytes(20),
    "address[]": (bytes(20),),
    "tokenStandard": ZNN,
    "hash": HASH,
    "bool": False,
    "string": "a",
    "bytes": b"",
    **dict.fromkeys(("string[]", "uint32[]", "uint256[]"), ()),
}
JUNK = [
    None,
    0.5,
    math.nan,
    math.inf,
    "x",
    "\0",
    b"x",
    10**5000,
    -(10**5000),
    {},
    {"bytes": "00"},
    object(),
    [[]],
    (None,),
]


@pytest.mark.parametrize("method", [method for method in METHODS if method.parameters], ids=name_of)
def test_junk_for_any_argument_is_refused_by_its_name_unless_it_is_a_value(method) -> None:
    simplest = {each.name: SIMPLEST[each.type] for each in method.parameters}
    for parameter in method.parameters:
        values_among_junk = {"string": 3, "bytes": 1}.get(parameter.type, 0)
        refused = 0
        for junk in [*JUNK, np.ma.masked_array([1], [True])[0], np.array([1, 2])]:
            try:
                encode_call(name_of(method), {**simplest, parameter.name: junk})
            except InvalidInput as error:
                refused += error.field.partition("[")[0] == parameter.name and str(error).isprintable()
        assert refused == len(JUNK) + 2 - values_among_junk


def described(method: str, **arguments: Any) -> list[tuple[str, str]]:
    contract = method.partition(".")[0]
    lines = describe(decode_call(CONTRACT_ADDRESSES[contract], encode_call(method, arguments)))
    assert lines[0] == ("call", method)
    return lines[1:]


def test_a_fusion_shows_whom_it_serves() -> None:
    assert described("Plasma.Fuse", address=ADDRESS) == [
        ("address", ADDRESS),
        ("beneficiary", f"{ADDRESS} gets the plasma"),
    ]


def test_coins_are_shown_by_name_and_other_tokens_by_their_standard() -> None:
    other = format_token_standard(bytes(range(10)))
    shown = [
        described("Token.Mint", tokenStandard=token, amount=10**30, receiveAddress=ADDRESS)
        for token in (ZNN, QSR, bytes(range(10)))
    ]
    assert [lines[0] for lines in shown] == [
        ("tokenStandard", "ZNN"),
        ("tokenStandard", "QSR"),
        ("tokenStandard", other),
    ]
    assert shown[0][1:] == [
        ("amount", "1" + 30 * "0"),
        ("receiveAddress", ADDRESS),
        ("beneficiary", f"{ADDRESS} gets the new tokens"),
    ]


def test_numbers_with_a_meaning_are_shown_with_it() -> None:
    lock = {"hashLocked": ADDRESS, "keyMaxSize": 32, "hashLock": HASH}
    assert described("Htlc.Create", expirationTime=1_900_000_000, hashType=1, **lock) == [
        ("hashLocked", ADDRESS),
        ("expirationTime", "1900000000 (2030-03-17 17:46:40 UTC)"),
        ("hashType", "1 (SHA-256)"),
        ("keyMaxSize", "32"),
        ("hashLock", HASH.hex()),
        ("beneficiary", f"{ADDRESS} gets the amount with the preimage"),
    ]
    endless = dict(described("Htlc.Create", expirationTime=2**63 - 1, hashType=2, **lock))
    assert (endless["expirationTime"], endless["hashType"]) == ("9223372036854775807", "2")
    early = dict(described("Htlc.Create", expirationTime=-(10**10), hashType=0, **lock))
    assert (early["expirationTime"], early["hashType"]) == ("-10000000000 (1653-02-10 06:13:20 UTC)", "0 (SHA3-256)")
    votes = [dict(described("Accelerator.VoteByProdAddress", id=HASH, vote=vote))["vote"] for vote in (0, 1, 2, 3)]
    assert votes == ["0 (yes)", "1 (no)", "2 (abstain)", "3"]
    stakes = [dict(described("Stake.Stake", durationInSec=seconds))["durationInSec"] for seconds in (2_592_000, 1)]
    assert stakes == ["2592000 (30 days)", "1"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("pillar", '"pillar"'),
        ("", '""'),
        (" pillar ", '" pillar "'),
        ("a\nbeneficiary  z1", '"a\\nbeneficiary  z1"'),
        ("a\\n", '"a\\\\n"'),
        ('a" gets', '"a\\" gets"'),
        ("a\x1b[2K\x7f\u202e", '"a\\u001b[2K\\x7f\\u202e"'),
        ("żółć", '"żółć"'),
        (b"a\xff", "61ff (not UTF-8)"),
    ],
)
def test_text_is_shown_between_quotation_marks_and_cannot_leave_them(text, shown) -> None:
    assert described("Pillar.Delegate", name=text) == [
        ("name", shown),
        ("beneficiary", f"{shown} gets the account's weight"),
    ]


def test_every_element_of_a_list_has_its_line() -> None:
    tuples = {
        "tokenStandards": [format_token_standard(ZNN), "a, b"],
        "znnPercentages": [4000, 6000],
        "qsrPercentages": [],
        "minAmounts": [1],
    }
    assert described("Liquidity.SetTokenTuple", **tuples) == [
        ("tokenStandards[0]", f'"{format_token_standard(ZNN)}"'),
        ("tokenStandards[1]", '"a, b"'),
        ("znnPercentages[0]", "4000"),
        ("znnPercentages[1]", "6000"),
        ("qsrPercentages", "an empty list"),
        ("minAmounts[0]", "1"),
    ]
    assert described("Bridge.NominateGuardians", guardians=[ADDRESS, OTHER_ADDRESS])[2:] == [
        ("beneficiary", f"{ADDRESS} becomes a guardian"),
        ("beneficiary", f"{OTHER_ADDRESS} becomes a guardian"),
    ]
    assert described("Bridge.NominateGuardians", guardians=[]) == [("guardians", "an empty list")]


def test_truth_and_bytes_are_readable() -> None:
    assert described("Liquidity.SetIsHalted", isHalted=True) == [("isHalted", "yes")]
    assert described("Liquidity.SetIsHalted", isHalted=False) == [("isHalted", "no")]
    assert described("Htlc.Unlock", id=HASH, preimage=b"\n\xff")[1] == ("preimage", "0aff")
    assert described("Htlc.Unlock", id=HASH, preimage=b"")[1] == ("preimage", "nothing")


def test_every_address_that_a_call_names_is_a_beneficiary_except_the_one_that_produces() -> None:
    other = {"Pillar.Delegate": "name", "Bridge.WrapToken": "toAddress"}
    for method in METHODS:
        arguments = {each.name: SIMPLEST[each.type] for each in method.parameters}
        named = {}
        for place, each in enumerate(method.parameters):
            if each.type.startswith("address"):
                address = bytes([1, *[place] * 19])
                arguments[each.name] = (address,) if each.type == "address[]" else address
                named[each.name] = format_address(address)
            elif other.get(name_of(method)) == each.name:
                named[each.name] = '"a"'
        named.pop("producerAddress", None)
        lines = described(name_of(method), **arguments)
        assert [text.split(" ")[0] for name, text in lines if name == "beneficiary"] == [*named.values()]


def test_no_parameter_has_the_name_of_another_line() -> None:
    assert not {"call", "beneficiary"} & {each.name for method in METHODS for each in method.parameters}
