"""``powplasma quote``, and ``generate`` for a block under a rule set."""

import pytest

from tests.waiting import PATIENCE

from .conftest import ADDRESS, ZERO_HASH, Run, is_good

SUBJECT = ["--address", ADDRESS, "--previous-hash", ZERO_HASH]
SPEED = ["--hashrate", "20000000"]

QUOTES = {
    ("send", "alphanet"): ("31500000", "1000000000", True),
    ("send", "forum"): ("21000000", "1000000000", True),
    ("send", "dynamic"): ("31500000", "1000000000", True),
    ("receive", "alphanet"): ("31500000", "1000000000", True),
    ("receive", "forum"): ("21000000", "1000000000", True),
    ("receive", "dynamic"): ("31500000", "1000000000", True),
    ("Pillar.Delegate", "alphanet"): ("78750000", "2500000000", True),
    ("Pillar.Delegate", "forum"): ("52500000", "2500000000", True),
    ("Pillar.Delegate", "dynamic"): ("78750000", "2500000000", True),
    ("Pillar.Register", "alphanet"): (None, "5000000000", False),
    ("Pillar.Register", "forum"): ("105000000", "5000000000", True),
    ("Pillar.Register", "dynamic"): ("157500000", "5000000000", True),
}


@pytest.mark.parametrize("block", ["send", "receive", "Pillar.Delegate", "Pillar.Register"])
def test_a_block_is_quoted_under_the_three_rule_sets(block: str, call: Run) -> None:
    record = call("quote", "--block", block, *SPEED, "--json").record
    assert record["hashrate"] == 20_000_000
    assert [quote["rules"] for quote in record["quotes"]] == ["alphanet", "forum", "dynamic"]
    for quote in record["quotes"]:
        difficulty, qsr, possible = QUOTES[block, quote["rules"]]
        assert (quote["difficulty"], quote["qsr_alone"], quote["pow_alone_possible"]) == (difficulty, qsr, possible)
        if difficulty is not None:
            mean = int(difficulty) / 20_000_000
            assert quote["seconds_mean"] == pytest.approx(mean)
            assert quote["seconds_p50"] == pytest.approx(0.693147 * mean, rel=1e-5)
            assert quote["seconds_p95"] == pytest.approx(2.995732 * mean, rel=1e-5)


def test_what_work_alone_cannot_pay_is_said_with_what_must_be_fused(call: Run) -> None:
    record = call("quote", "--block", "Pillar.Register", "--rules", "alphanet", *SPEED, "--json").record
    (quote,) = record["quotes"]
    assert quote["fused_plasma_with_most_work"] == "10500"
    assert "cannot pay Pillar.Register: at least 10500 plasma must be fused" in quote["explanation"]
    fused = call("quote", "--block", "Pillar.Register", "--rules", "alphanet", "--fused", "10500", *SPEED, "--json")
    assert fused.record["quotes"][0]["difficulty"] == "141750000"


def test_a_price_that_nothing_can_pay_is_said_to_be_one(call: Run) -> None:
    dear = ["--fusion-price", str(2**63), "--work-price", str(2**63)]
    record = call("quote", "--block", "send", "--rules", "dynamic", *dear, *SPEED, "--json").record
    (quote,) = record["quotes"]
    assert (quote["difficulty"], quote["qsr_alone"]) == (None, None)
    assert quote["explanation"] == "No block can pay send at this price."


def test_headroom_makes_a_payment_survive(call: Run) -> None:
    asked = ["quote", "--block", "send", "--rules", "dynamic", *SPEED, "--json"]
    (now,) = call(*asked).record["quotes"]
    (later,) = call(*asked, "--headroom", "7").record["quotes"]
    assert now["survives_momentums"] == 0
    assert later["survives_momentums"] == 7
    assert int(later["difficulty"]) > int(now["difficulty"])


def test_parameters_can_be_replaced(call: Run) -> None:
    asked = ["quote", "--block", "send", "--rules", "forum", "--headroom", "5", *SPEED, "--json"]
    usual = call(*asked).record["quotes"][0]["priced_state"]["difficulty_per_plasma"]
    other = call(*asked, "--set", "pow_share=30").record["quotes"][0]["priced_state"]["difficulty_per_plasma"]
    assert int(other) < int(usual)


def test_without_a_hashrate_it_is_measured(call: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("powplasma_cli.quote._LONGEST_START", PATIENCE)
    record = call("quote", "--block", "send", "--rules", "alphanet", "--workers", "1", "--json").record
    assert record["hashrate"] > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--block is missing"),
        (
            ["--block", "Pilar.Delegate"],
            "--block: Pilar.Delegate names a contract that is unknown (did you mean Pillar?)",
        ),
        (
            ["--block", "Pillar.Delegat"],
            "--block: Pillar.Delegat names a method that is not a method of Pillar (did you mean Delegate or",
        ),
        (["--block", "sned"], "--block: sned is unknown (did you mean send?)"),
        (["--block", "send", "--data-bytes", "16385"], "--data-bytes: 16385 is out of range (0 … 16384"),
        (["--block", "send", "--data-bytes", "1.5"], "--data-bytes: 1.5 is not an integer"),
        (["--block", "Token.Mint", "--data-bytes", "1"], "--data-bytes: 1 has no effect on Token.Mint"),
        (["--block", "send", "--fused", "-1"], "--fused: -1 is out of range"),
        (["--block", "send", "--fused", "0.5"], "--fused: 0.5 is not an integer"),
        (["--block", "send", "--difficulty-per-plasma", "0"], "--difficulty-per-plasma: 0 is out of range (500"),
        (["--block", "send", "--work-price", "999"], "--work-price: 999 is out of range (1000"),
        (["--block", "send", "--base-price", "-7"], "--base-price: -7 is out of range (1000"),
        (["--block", "send", "--rules", "alphanet", "--work-price", "2000"], "--work-price: 2000 has no effect"),
        (["--block", "send", "--set", "pow_shar=3"], "--set: pow_shar=3 names a parameter of no rule set"),
        (["--block", "send", "--set", "pow_share"], "--set: pow_share is no setting (NAME=VALUE)"),
        (["--block", "send", "--set", "pow_share=0"], "pow_share: 0 is out of range (1 … 100 percent)"),
        (["--block", "send", "--set", "compatibility=1"], "--set: compatibility=1 is not for quotes"),
        (["--block", "send", "--headroom", "-1"], "--headroom: -1 is out of range (0 … 10000 momentums)"),
        (["--block", "send", "--headroom", "9000"], "--headroom: 9000 momentums of the steepest rise lead"),
        (["--block", "send", "--hashrate", "0"], "--hashrate: 0 is not a hashrate"),
        (["--block", "send", "--hashrate", "fast"], "--hashrate: fast is not a hashrate"),
        (["--block", "send", "--hashrate", "nan"], "--hashrate: nan is not a hashrate"),
    ],
)
def test_bad_questions_are_answered_in_one_line(arguments: list[str], message: str, call: Run) -> None:
    done = call("quote", *SPEED, *arguments)
    assert done.code == 2
    assert done.out == ""
    assert message in done.problem


def test_generate_works_for_a_block(call: Run) -> None:
    asked = ["--block", "receive", "--fused", "20900", "--rules", "dynamic", "--work-price", "1500", "--json"]
    record = call("generate", *SUBJECT, *asked).record
    assert record["plasma"] == 150
    assert record["difficulty"] == str(150 * 1_500)
    assert is_good(record["data_hash"], record["nonce"], 225_000)


def test_generate_buys_plasma_at_the_stated_price(call: Run) -> None:
    asked = ["--plasma", "10", "--rules", "forum", "--difficulty-per-plasma", "700", "--json"]
    record = call("generate", *SUBJECT, *asked).record
    assert (record["difficulty"], record["plasma"]) == ("7000", 10)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--block", "Pillar.Register"], "at least 10500 fused plasma under alphanet"),
        (["--block", "send", "--fused", "21000"], "--fused: 21000 pays send alone: no work is needed (0 … 20999)"),
        (["--block", "send", "--difficulty", "5"], "--block takes the place of --difficulty and --plasma"),
        (["--difficulty", "5", "--fused", "5"], "they need --block KIND"),
        (["--difficulty", "5", "--data-bytes", "5"], "they need --block KIND"),
        (["--block", "send", "--base-price", "1200"], "--base-price: 1200 has no effect under alphanet"),
    ],
)
def test_generate_refuses_a_block_that_makes_no_sense(arguments: list[str], message: str, call: Run) -> None:
    done = call("generate", *SUBJECT, *arguments)
    assert done.code == 2
    assert message in done.problem
