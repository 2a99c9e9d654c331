"""Key files: published ones open, broken ones say why not, and what is written here opens elsewhere."""

import json
import os
import pickle
import signal
import stat
import subprocess
import sys

import pytest
from argon2.low_level import Type, hash_secret_raw
from Crypto.Cipher import AES

from powplasma.account import KeyFile, Wallet, WalletUnavailable, WrongPassword
from powplasma.account.keyfile import Costs
from powplasma.address import format_address
from powplasma.errors import InvalidInput

from .vectors import ADDRESS, EXTRA_TEXT, KEY_FILES, WORDS

CASES, NEGATIVE = KEY_FILES["cases"], KEY_FILES["negative"]
FILE, PASSWORD = CASES[1]["file"], CASES[1]["password"]


def opened_elsewhere(record: dict, password: str) -> bytes:
    """The entropy in a key file, as the node reads it; raises ValueError if the tag is wrong."""
    crypto = record["crypto"]
    salt, nonce, data = (
        bytes.fromhex(text[2:]) for text in (crypto["argon2Params"]["salt"], crypto["nonce"], crypto["cipherData"])
    )
    key = hash_secret_raw(password.encode(), salt, 1, 65_536, 4, 32, Type.ID)
    cipher = AES.new(key, AES.MODE_GCM, nonce=nonce)
    cipher.update(b"zenon")
    return cipher.decrypt_and_verify(data[:-16], data[-16:])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["from"][:30])
def test_published_files_open(case) -> None:
    wallet = KeyFile.from_json(case["file"]).decrypt(case["password"])
    assert wallet.export_entropy().hex() == case["expected"]["entropy"]
    assert wallet.export_words() == case["expected"]["mnemonic"]


def in_the_form_of_znn_ts(wallet: Wallet, password: str) -> dict:
    """Made as the SDK for TypeScript does: the entropy as text, every value twice in hexadecimal."""

    def twice(data: bytes) -> str:
        return ("0x" + data.hex()).encode().hex()

    salt, nonce = os.urandom(16), os.urandom(12)
    cipher = AES.new(hash_secret_raw(password.encode(), salt, 1, 65_536, 4, 32, Type.ID), AES.MODE_GCM, nonce=nonce)
    cipher.update(b"zenon")
    data, tag = cipher.encrypt_and_digest(wallet.export_entropy().hex().encode())
    crypto = {"argon2Params": {"salt": twice(salt)}, "cipherData": twice(data + tag), "nonce": twice(nonce)}
    crypto |= {"cipherName": "aes-256-gcm", "kdf": "argon2.IDKey"}
    address = format_address(wallet.base_address).upper()
    return {"baseAddress": address, "crypto": crypto, "timestamp": 1, "version": 1}


@pytest.mark.parametrize("size", [16, 20, 24, 28, 32])
def test_a_file_of_znn_ts_opens_and_is_written_as_it_was(size: int) -> None:
    wallet = Wallet(bytes(range(size)))
    record = in_the_form_of_znn_ts(wallet, "päss")
    file = KeyFile.from_json(record)
    assert file.decrypt("päss").export_entropy() == wallet.export_entropy()
    with pytest.raises(WrongPassword):
        file.decrypt("pass")
    assert file.to_json() == record | {"baseAddress": record["baseAddress"].lower()}
    for key, value in {"nonce": "3078zz", "cipherData": record["crypto"]["cipherData"][:-2]}.items():
        with pytest.raises(InvalidInput, match=key):
            KeyFile.from_json(record | {"crypto": record["crypto"] | {key: value}})


def test_words_in_capitals_are_the_same_words() -> None:
    for words in (WORDS.upper(), WORDS.title()):
        assert Wallet.from_words(words).export_words() == WORDS


REASONS = {
    "wrong password": "does not open the key file",
    "version 2": "version: 2 is unknown",
    "other cipher name": "cipherName: aes-128-gcm is unknown",
    "other kdf name": "kdf: argon2id is unknown",
    "tag byte changed": "does not open the key file",
    "truncated": "cipherData: .* has 47 bytes",
    "short salt": "salt: 0x00 has 1 bytes",
    "11-byte nonce": "nonce: 0x6a2708a6b5a40a683e6f35 has 11 bytes",
    "no baseAddress (dart files may lack it)": "baseAddress: None is missing",
    "baseAddress of another account (node does not check it)": "baseAddress: .* is not the address of the wallet",
    "hex without 0x": "does not begin with 0x",
    'encrypted without the AAD "zenon"': "does not open the key file",
    "dart/rust/go SDK format fixture whose password is not published: parse and round-trip only": "does not open",
}


@pytest.mark.parametrize("case", NEGATIVE, ids=lambda case: case["note"][:30])
def test_broken_files_say_why(case) -> None:
    with pytest.raises(InvalidInput, match=REASONS[case["note"]]) as refused:
        KeyFile.from_json(case["file"]).decrypt(case["password"])
    assert case["password"] not in str(refused.value).replace("password", "").replace("the secret given", "")
    if case["nodeEntropy"]:
        wallet = KeyFile.from_json(case["file"]).decrypt(case["password"], any_address=True)
        assert wallet.export_entropy().hex() == case["nodeEntropy"]


def test_every_published_failure_was_tried() -> None:
    assert {case["note"] for case in NEGATIVE} == REASONS.keys()
    assert (len(CASES), len(NEGATIVE)) == (12, 13)


@pytest.mark.parametrize("password", ["", "x", "pässwörd 密码", "a" * 2_000])
def test_what_is_written_here_opens_as_in_the_node(password) -> None:
    wallet = Wallet.from_words(WORDS)
    record = KeyFile.encrypt(wallet, password).to_json()
    assert opened_elsewhere(record, password) == wallet.export_entropy()
    assert record["baseAddress"] == ADDRESS
    assert set(record["crypto"]["argon2Params"]) == {"salt"}


def test_salt_and_nonce_are_new_each_time() -> None:
    one, other = (KeyFile.encrypt(Wallet.from_words(WORDS), "x") for _ in range(2))
    assert one.salt != other.salt
    assert one.nonce != other.nonce


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["from"][:30])
def test_a_file_that_was_read_is_written_the_same(case) -> None:
    file = KeyFile.from_json(case["file"])
    assert KeyFile.from_json(json.loads(json.dumps(file.to_json()))) == file


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"nonce": "0x" + "00" * 13}, "nonce: .* has 13 bytes"),
        ({"nonce": None}, "nonce: None is null"),
        ({"nonce": 7}, "nonce: 7 is not text"),
        ({"cipherData": "0xzz"}, "cipherData: 0xzz is not hexadecimal"),
        ({"cipherData": "0x 00"}, "is not hexadecimal"),
        ({"argon2Params": []}, "argon2Params: .* is no object"),
        ({"argon2Params": {**FILE["crypto"]["argon2Params"], "memoryCost": 2**40}}, "memoryCost: .* is out of range"),
        ({"argon2Params": {**FILE["crypto"]["argon2Params"], "memoryCost": 31}}, "memoryCost: 31 is out of range"),
        ({"argon2Params": {**FILE["crypto"]["argon2Params"], "timeCost": 0}}, "timeCost: 0 is out of range"),
        ({"argon2Params": {**FILE["crypto"]["argon2Params"], "parallelism": 1_000}}, "parallelism: 1000 is out"),
        ({"argon2Params": {**FILE["crypto"]["argon2Params"], "hashLength": 16}}, "hashLength: 16 is unknown"),
        ({"argon2Params": {**FILE["crypto"]["argon2Params"], "timeCost": "1"}}, "timeCost: 1 is not an integer"),
        ({"argon2Params": {**FILE["crypto"]["argon2Params"], "timeCost": 65}}, "timeCost: 65 is .*1 … 64 passes"),
        (
            {"argon2Params": {**FILE["crypto"]["argon2Params"], "timeCost": 5, "memoryCost": 1 << 20}},
            "timeCost: 5 is out of range .*1 … 4 passes",
        ),
    ],
)
def test_a_bad_field_is_named(change, problem) -> None:
    with pytest.raises(InvalidInput, match=problem):
        KeyFile.from_json({**FILE, "crypto": {**FILE["crypto"], **change}})


def test_a_machine_without_the_memory_says_so() -> None:
    costs = {**FILE["crypto"]["argon2Params"], "memoryCost": 1 << 20}
    crypto = {**FILE["crypto"], "argon2Params": costs}
    code = f"""
import json, resource, sys
from powplasma.account import KeyFile
file = KeyFile.from_json(json.loads({json.dumps({**FILE, "crypto": crypto})!r}))
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
try:
    file.decrypt("x")
except OSError as error:
    sys.exit(error.strerror)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "which takes 1048576 KiB, cannot be derived: Memory allocation error" in done.stderr


@pytest.mark.parametrize("password", [None, b"bytes", "\ud800"])
def test_a_password_that_is_no_text_is_refused_unseen(password) -> None:
    with pytest.raises(InvalidInput, match="password: the secret given is not text"):
        KeyFile.from_json(FILE).decrypt(password)


def test_files_are_whole_private_and_never_written_over(tmp_path) -> None:
    path = tmp_path / "key"
    wallet = Wallet.from_words(WORDS)
    before = os.umask(0)
    try:
        KeyFile.encrypt(wallet, "x").write(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KeyFile.read(path).decrypt("x").export_entropy() == wallet.export_entropy()
    content = path.read_bytes()
    with pytest.raises(InvalidInput, match="exists already"):
        KeyFile.encrypt(wallet, "y").write(path)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(InvalidInput, match="missing/key has no folder to be in"):
        KeyFile.encrypt(wallet, "y").write(tmp_path / "missing" / "key")


def test_where_a_file_cannot_have_two_names_it_is_still_not_written_over(tmp_path, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "key"
    file = KeyFile.encrypt(Wallet.from_words(WORDS), "x")
    file.write(path)
    assert KeyFile.read(path) == file
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(InvalidInput, match="exists already"):
        file.write(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_writer_that_is_killed_leaves_no_half_file(tmp_path) -> None:
    path = tmp_path / "key"
    code = f"""
import os, signal
from pathlib import Path
from powplasma import files
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
files.write_new(Path({str(path)!r}), "x" * 100, "key_file", secret=True)
"""
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not path.exists()


def test_a_truncated_file_is_refused(tmp_path) -> None:
    path = tmp_path / "key"
    text = json.dumps(FILE)
    for length in range(0, len(text), 37):
        path.write_text(text[:length])
        with pytest.raises(InvalidInput, match="is not JSON: it is another kind of file, or cut off"):
            KeyFile.read(path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\xff\xfe", "is UTF-16 text"),
        (b"[" * 60_000, "is nested more than 64 levels deep"),
        (b'{"version": NaN}', "is not JSON"),
        (b" " * 70_000, "is too long"),
        (b"[]", "is no object"),
        (b"{}", "version: None is missing"),
    ],
)
def test_another_file_is_refused(content, problem, tmp_path) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=problem):
        KeyFile.read(path)
    with pytest.raises(InvalidInput, match="cannot be read: No such file"):
        KeyFile.read(tmp_path / "missing")


def test_without_the_extra_the_error_names_it(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "argon2.low_level", None)
    with pytest.raises(WalletUnavailable) as missing:
        KeyFile.from_json(FILE).decrypt(PASSWORD)
    assert EXTRA_TEXT in str(missing.value)


def test_errors_can_be_pickled() -> None:
    assert str(pickle.loads(pickle.dumps(WrongPassword()))) == str(WrongPassword())
    assert Costs() == Costs(1, 65_536, 4)
