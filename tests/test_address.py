"""Addresses: published bech32 vectors, round trips, and everything a strict parser refuses."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import powplasma as pp
from powplasma import address as bech32
from powplasma.address import format_address, parse_address

CASES = json.loads((Path(__file__).parent / "vectors" / "pow.json").read_text())["cases"]
ADDRESSES = sorted({case["address"] for case in CASES if case["address"]})
PLASMA_CONTRACT = "z1qxemdeddedxplasmaxxxxxxxxxxxxxxxxsctrp"


@given(st.binary(min_size=20, max_size=20))
def test_text_and_bytes_are_one_to_one(raw: bytes) -> None:
    text = format_address(raw)
    assert len(text) == 40
    assert text.startswith("z1")
    assert parse_address(text) == raw


@pytest.mark.parametrize("text", [*ADDRESSES, PLASMA_CONTRACT, "z1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqsggv2f"])
def test_real_addresses_re_encode_to_themselves(text: str) -> None:
    assert format_address(parse_address(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "A12UEL5L",
        "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
        "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
        "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
    ],
)
def test_the_checksum_accepts_the_valid_strings_of_bip_173(text: str) -> None:
    prefix, _, data = text.lower().rpartition("1")
    assert bech32._checksum_state(prefix, [bech32._VALUE[c] for c in data]) == 1


@pytest.mark.parametrize("text", ["abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxy", "a12uel5m"])
def test_the_checksum_refuses_an_altered_string(text: str) -> None:
    prefix, _, data = text.rpartition("1")
    assert bech32._checksum_state(prefix, [bech32._VALUE[c] for c in data]) != 1


@given(st.sampled_from(ADDRESSES), st.integers(2, 39), st.sampled_from(bech32._ALPHABET))
def test_one_wrong_character_is_always_noticed(text: str, position: int, character: str) -> None:
    altered = text[:position] + character + text[position + 1 :]
    if altered == text:
        assert parse_address(altered)
        return
    with pytest.raises(pp.InvalidInput, match="checksum"):
        parse_address(altered)


def test_an_address_in_capitals_is_the_same() -> None:
    assert [parse_address(text.upper()) for text in ADDRESSES] == [parse_address(text) for text in ADDRESSES]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "has 0 characters"),
        (ADDRESSES[0][:-1], "has 39 characters"),
        (ADDRESSES[0] + "q", "has 41 characters"),
        (ADDRESSES[0].upper()[:-1] + ADDRESSES[0][-1], "mixes capitals and small letters"),
        ("Z" + ADDRESSES[0][1:], "mixes capitals and small letters"),
        ("x" + ADDRESSES[0][1:], "does not begin with z1"),
        ("1" * 40, "does not begin with z1"),
        (ADDRESSES[0][:20] + "b" + ADDRESSES[0][21:], "outside bech32"),
        (ADDRESSES[0][:20] + "Q" + ADDRESSES[0][21:], "mixes capitals and small letters"),
        (ADDRESSES[0][:20] + "é" + ADDRESSES[0][21:], "outside bech32"),
        (ADDRESSES[0][:20] + "\n" + ADDRESSES[0][21:], "outside bech32"),
    ],
)
def test_what_is_no_address_is_refused_by_name(text: str, problem: str) -> None:
    with pytest.raises(pp.InvalidInput, match=problem) as failure:
        parse_address(text)
    assert failure.value.field == "address"
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize("raw", [b"", bytes(19), bytes(21)])
def test_only_twenty_bytes_have_a_text(raw: bytes) -> None:
    with pytest.raises(pp.InvalidInput, match="20 bytes"):
        format_address(raw)
