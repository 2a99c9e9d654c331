"""Base plasma of every block kind, by name and by selector."""

from hashlib import sha3_256

import pytest

from powplasma.errors import InvalidInput
from powplasma.plasma import METHODS, RECEIVE, Stage, call, call_of_data, parse_block_kind, send
from powplasma.plasma.costs import CONTRACT_ADDRESSES

from .vectors import load

COSTS = load("plasma_costs")


def test_there_are_76_methods_of_11_contracts() -> None:
    assert len(METHODS) == 76
    assert len(CONTRACT_ADDRESSES) == 11
    assert {(m.contract, m.name) for m in METHODS} == {(m["contract"], m["method"]) for m in COSTS["methods"]}


@pytest.mark.parametrize("method", METHODS, ids=lambda method: f"{method.contract}.{method.name}")
def test_a_selector_is_the_hash_of_its_signature(method) -> None:
    assert method.selector == sha3_256(method.signature.encode()).digest()[:4]


@pytest.mark.parametrize("row", COSTS["methods"], ids=lambda row: f"{row['contract']}.{row['method']}")
def test_a_call_costs_the_same_by_name_and_by_selector(row) -> None:
    by_name = call(row["contract"], row["method"])
    by_data = call_of_data(row["address"], bytes.fromhex(row["selector"]) + bytes(100))
    assert by_name == by_data
    assert by_name.base_plasma == row["plasma"]
    assert parse_block_kind(f"{row['contract']}.{row['method']}") == by_name


def test_collecting_a_reward_was_dearer_before_the_accelerator_spork() -> None:
    assert call("Pillar", "CollectReward", Stage.ORIGIN).base_plasma == 126_000
    assert call("Pillar", "CollectReward", Stage.ACCELERATOR).base_plasma == 52_500


def test_a_method_does_not_exist_before_its_spork() -> None:
    with pytest.raises(InvalidInput, match="does not exist"):
        call("Htlc", "Create", Stage.BRIDGE_AND_LIQUIDITY)
    address = CONTRACT_ADDRESSES["Htlc"]
    with pytest.raises(InvalidInput, match="from HTLC on"):
        call_of_data(address, bytes.fromhex("5c7e7110"), Stage.ACCELERATOR)


def test_sends_and_receives() -> None:
    assert RECEIVE.base_plasma == 21_000
    assert [send(n).base_plasma for n in (0, 1, 16_384)] == [21_000, 21_068, 1_135_112]


@pytest.mark.parametrize(
    ("text", "data_bytes", "message"),
    [
        ("Pilar.Delegate", None, "contract: Pilar is unknown (did you mean Pillar?)"),
        ("Pillar.Delegat", None, "did you mean Delegate or Undelegate?"),
        ("delegate", None, "did you mean Pillar.Delegate"),
        ("xyzzy", None, "block: xyzzy is unknown (send, receive or Contract.Method)"),
        ("Stake.", None, "method: '' is not a method of Stake (one of Cancel, CollectReward, Stake, Update)"),
        ("send", 16_385, "data_bytes: 16385 is out of range (0 … 16384 bytes in a send to a user)"),
        ("send", -1, "data_bytes: -1 is out of range"),
        ("receive", 3, "data_bytes: 3 has no effect on receive"),
    ],
)
def test_what_is_not_a_block_is_refused_in_one_line(text, data_bytes, message) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_block_kind(text, data_bytes)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_fractional_data_length_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"data_bytes: 1\.5 is not an integer"):
        send(1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [b"", b"abc", bytes.fromhex("fd2411ec")])
def test_unknown_selectors_are_refused(data) -> None:
    with pytest.raises(InvalidInput, match="selects no method of Bridge"):
        call_of_data(CONTRACT_ADDRESSES["Bridge"], data)


def test_a_user_is_no_contract() -> None:
    with pytest.raises(InvalidInput, match="is no embedded contract"):
        call_of_data("z1qq0hffeyj0htmnr4gc6grd8zmqfvwzgrydt402", b"abcd")
