"""Words, derivation and signatures: every published value, and no secret where it can be seen."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powplasma.account import KeyPair, Wallet
from powplasma.account.derivation import derive
from powplasma.account.keys import signature_good
from powplasma.account.mnemonic import entropy_of_words, seed_of_entropy
from powplasma.address import format_address, format_token_standard, parse_address, parse_token_standard
from powplasma.errors import InvalidInput

from .vectors import KEYS, WORDS


@pytest.mark.parametrize("case", KEYS["mnemonics"], ids=lambda case: case["accounts"][0]["address"])
def test_words_lead_to_the_published_keys(case) -> None:
    entropy = entropy_of_words(case["mnemonic"])
    assert entropy.hex() == case["entropy"]
    assert seed_of_entropy(entropy).hex() == case["seed"]
    wallet = Wallet.from_words(case["mnemonic"])
    assert wallet.export_words() == case["mnemonic"]
    for account in case["accounts"]:
        key_pair = wallet.key_pair(account["index"])
        assert key_pair.export_private_key().hex() == account["privateKey"]
        assert key_pair.public_key.hex() == account["publicKey"]
        assert format_address(key_pair.address) == account["address"]


def test_seeds_lead_to_the_published_keys() -> None:
    for case in KEYS["slip10"]:
        key, chain_code = derive(bytes.fromhex(case["seed"]), case["path"])
        assert (key.hex(), chain_code.hex()) == (case["private_key"], case["chain_code"])
    for case in KEYS["goZenonMockWallets"]:
        key, _ = derive(bytes.fromhex(case["seed"]), case["path"])
        assert format_address(KeyPair(key).address) == case["address"]


def test_keys_own_the_published_addresses_and_sign_as_published() -> None:
    for case in KEYS["randomKeys"]:
        assert KeyPair(bytes.fromhex(case["privateKey"])).address.hex() == case["addressBytes"]
    for case in KEYS["signatures"]:
        key_pair, message = KeyPair(bytes.fromhex(case["privateKey"])), bytes.fromhex(case["message"])
        signature = key_pair.sign(message)
        assert signature.hex() == case["signature"]
        assert signature_good(key_pair.public_key, message, signature)
        assert not signature_good(key_pair.public_key, message + b"x", signature)
        assert not signature_good(key_pair.public_key, message, signature[:-1])


def test_token_standards_have_one_text_in_either_case() -> None:
    for case in KEYS["tokenStandards"]:
        assert parse_token_standard(case["zts"]).hex() == case["bytes"]
        assert parse_token_standard(case["zts"].upper()).hex() == case["bytes"]
        assert format_token_standard(bytes.fromhex(case["bytes"])) == case["zts"]
    for bad in ("zts1znnxxxxxxxxxxxxx9z4uly", "ZTS1ZNNXXXXXXXXXXXXX9Z4ULx", KEYS["addressParsing"][0]["text"], "", 7):
        with pytest.raises(InvalidInput, match="token_standard"):
            parse_token_standard(bad)
    for case in KEYS["embeddedAddresses"]:
        assert parse_address(case["address"]).hex() == case["bytes"]


@given(st.sampled_from((16, 20, 24, 28, 32)).flatmap(lambda size: st.binary(min_size=size, max_size=size)))
def test_words_hold_any_entropy(entropy: bytes) -> None:
    assert entropy_of_words(Wallet(entropy).export_words()) == entropy


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("", "has 0 words"),
        (" ".join(WORDS.split()[:-1]), "has 23 words"),
        (WORDS.replace("become", "becomes"), "word 2 that is not in the list"),
        (" ".join(reversed(WORDS.split())), "wrong checksum"),
    ],
)
def test_wrong_words_are_refused_without_being_repeated(words, problem) -> None:
    with pytest.raises(InvalidInput, match=problem) as refused:
        Wallet.from_words(words)
    assert not set(WORDS.split()) & set(str(refused.value).replace(":", " ").split()) - {"that"}


def test_any_space_may_stand_between_words() -> None:
    assert Wallet.from_words("\n  " + WORDS.replace(" ", "\t ") + "\n").export_words() == WORDS


@pytest.mark.parametrize("index", [-1, 2**31, "0", True, 1.0])
def test_an_index_out_of_range_is_refused(index) -> None:
    with pytest.raises(InvalidInput, match="index"):
        Wallet.from_words(WORDS).key_pair(index)


@pytest.mark.parametrize("path", ["", "m/44", "m/44'/", "44'/0'", "m/2147483648'", "m/-1'", "m/01'", "m/44'\n"])
def test_a_path_that_is_not_hardened_is_refused(path) -> None:
    with pytest.raises(InvalidInput, match="path"):
        derive(bytes(64), path)


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(64), "0" * 64, None])
def test_a_wrong_private_key_is_refused(key) -> None:
    with pytest.raises(InvalidInput, match="private_key: the secret given"):
        KeyPair(key)


@pytest.mark.parametrize("entropy", [b"", bytes(15), bytes(33), "x", None])
def test_wrong_entropy_is_refused(entropy) -> None:
    with pytest.raises(InvalidInput, match="entropy: the secret given"):
        Wallet(entropy)


def test_new_wallets_differ_and_have_24_words() -> None:
    one, other = Wallet.generate(), Wallet.generate()
    assert one.export_words() != other.export_words()
    assert len(one.export_words().split()) == 24


def test_secrets_stay_inside() -> None:
    wallet = Wallet.from_words(WORDS)
    key_pair = wallet.key_pair()
    secret = {wallet.export_entropy().hex(), key_pair.export_private_key().hex(), "route become"}
    for holder in (wallet, key_pair):
        shown = f"{holder} {holder!r} {[holder]}"
        assert not any(text in shown for text in secret)
        assert format_address(key_pair.address) in shown
        with pytest.raises(TypeError, match="is not pickled"):
            pickle.dumps(holder)
    assert {key_pair, wallet.key_pair()} == {key_pair}
