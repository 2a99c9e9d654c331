"""Nothing of a secret is in what fails: not in a message, an attribute, another error on the way, or a variable."""

from __future__ import annotations

import io
import json
import logging
import os
import pickle
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from powplasma_cli import secret as command_line

import powplasma
from powplasma.account import KeyFile, KeyPair, Wallet
from powplasma.account.derivation import derive
from powplasma.account.keyfile import Costs, derive_key
from powplasma.account.mnemonic import check_entropy, entropy_of_words, seed_of_entropy, words_of_entropy

from .vectors import WORDS

WALLET = Wallet(bytes(range(16)))
CHEAP = Costs(1, 32, 4)
KEY_FILE = KeyFile(WALLET.base_address, bytes(16), bytes(12), bytes(32), 0, CHEAP)
TEXT = "correct horse battery staple 0123456789"
BYTES = b"correct horse battery staple 0123456789"
PART = "horse battery"
"""What gives a planted text away; a tail of it would do as well."""

ROOT = Path(powplasma.__file__).parent.parent


def _file(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "key"
    path.write_bytes(content)
    return path


def _read(path: Path, content: bytes) -> str:
    """What the command line reads from a descriptor with this content."""
    descriptor = os.open(_file(path, content), os.O_RDONLY)
    try:
        return command_line.read_words(descriptor)
    finally:
        os.close(descriptor)


def _altered(**changes: Any) -> dict[str, Any]:
    return {**KEY_FILE.to_json(), **changes}


FAILURES: dict[str, Callable[[Path], object]] = {
    "words: too few": lambda _: Wallet.from_words(TEXT),
    "words: not in the list": lambda _: Wallet.from_words(f"{TEXT} a b c d e f g"),
    "words: wrong checksum": lambda _: Wallet.from_words(" ".join([*WORDS.split()[:-1], "horse"])),
    "words: bytes": lambda _: entropy_of_words(BYTES),  # type: ignore[arg-type]
    "words: a list": lambda _: entropy_of_words(TEXT.split()),  # type: ignore[arg-type]
    "words: None": lambda _: entropy_of_words(None),  # type: ignore[arg-type]
    "entropy: too long": lambda _: Wallet(BYTES),
    "entropy: text": lambda _: Wallet(TEXT),  # type: ignore[arg-type]
    "entropy: of words": lambda _: words_of_entropy(BYTES),
    "entropy: seed of": lambda _: seed_of_entropy(BYTES),
    "entropy: checked": lambda _: check_entropy(BYTES),
    "seed: text": lambda _: derive(TEXT, "m/44'"),  # type: ignore[arg-type]
    "seed: good, with a bad path": lambda _: derive(BYTES, "m/44"),
    "seed: good, with no path": lambda _: derive(BYTES, 44),  # type: ignore[arg-type]
    "private key: too long": lambda _: KeyPair(BYTES),
    "private key: text": lambda _: KeyPair(TEXT),  # type: ignore[arg-type]
    "private key: a bytearray": lambda _: KeyPair(bytearray(BYTES)),  # type: ignore[arg-type]
    "private key: pickled": lambda _: pickle.dumps(KeyPair(BYTES[:32])),
    "private key: signs no bytes": lambda _: KeyPair(BYTES[:32]).sign("text"),  # type: ignore[arg-type]
    "wallet: pickled": lambda _: pickle.dumps(Wallet(BYTES[:32])),
    "wallet: bad index": lambda _: Wallet(BYTES[:32]).key_pair(-1),
    "wallet: index is text": lambda _: Wallet(BYTES[:32]).key_pair("1"),  # type: ignore[arg-type]
    "password: wrong": lambda _: KEY_FILE.decrypt(TEXT),
    "password: not UTF-8": lambda _: KEY_FILE.decrypt(f"{TEXT}\udcff"),
    "password: bytes": lambda _: KEY_FILE.decrypt(BYTES),  # type: ignore[arg-type]
    "password: None": lambda _: KEY_FILE.decrypt(None),  # type: ignore[arg-type]
    "password: new, not UTF-8": lambda _: KeyFile.encrypt(WALLET, f"{TEXT}\udcff"),
    "password: more memory than there is": lambda _: derive_key(TEXT, b"short", CHEAP),
    "file: the words themselves": lambda path: KeyFile.read(_file(path, BYTES)),
    "file: the words in quotes": lambda path: KeyFile.read(_file(path, json.dumps(TEXT).encode())),
    "file: a list of words": lambda path: KeyFile.read(_file(path, json.dumps([TEXT]).encode())),
    "file: not UTF-8": lambda path: KeyFile.read(_file(path, BYTES + b"\xff")),
    "file: NaN": lambda path: KeyFile.read(_file(path, b'{"a": "' + BYTES + b'", "b": NaN}')),
    "file: too long": lambda path: KeyFile.read(_file(path, BYTES * 10_000)),
    "file: nested": lambda path: KeyFile.read(_file(path, b'{"' + BYTES + b'":' + b"[" * 60_000)),
    "file: altered": lambda _: KeyFile.from_json(_altered(crypto={"password": TEXT})),
    "file: not an object": lambda _: KeyFile.from_json(TEXT),
    "command line: not UTF-8": lambda path: _read(path, BYTES + b"\xff"),
    "command line: too long": lambda path: _read(path, BYTES * 1_700),
    "command line: words": lambda path: Wallet.from_words(_read(path, BYTES)),
}
"""Calls that fail with a planted secret."""


def _errors(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and every other that can be reached from it."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list | tuple | set):
            waiting += each
        elif isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__, each.args, vars(each)]


def _told(error: BaseException) -> Iterator[str]:
    """Everything that anybody could print of it: but for the variables of who called."""
    for each in _errors(error):
        yield f"{each} {each!r} {each.args!r} {vars(each)!r}"
        yield repr(getattr(each, "__notes__", ""))
        yield repr([getattr(each, name, None) for name in ("object", "doc", "value", "filename")])
        for frame, _ in traceback.walk_tb(each.__traceback__):
            if Path(frame.f_code.co_filename).is_relative_to(ROOT) and frame.f_code.co_filename != __file__:
                yield f"{frame.f_code.co_qualname}: {frame.f_locals!r}"


def _failure(call: Callable[[Path], object], tmp_path: Path) -> BaseException:
    try:
        call(tmp_path)
    except Exception as error:  # noqa: BLE001 - whichever it is
        return error
    pytest.fail("it did not fail")


@pytest.mark.parametrize("call", FAILURES.values(), ids=FAILURES)
def test_nothing_of_a_secret_is_in_what_is_raised(call: Callable[[Path], object], tmp_path: Path) -> None:
    error = _failure(call, tmp_path)
    for told in _told(error):
        assert PART not in told
        assert BYTES[8:24].hex() not in told
        assert repr([*BYTES[8:16]])[1:-1] not in told


@pytest.mark.parametrize("call", FAILURES.values(), ids=FAILURES)
def test_nothing_of_a_secret_is_written_or_sent_on(call: Callable[[Path], object], tmp_path: Path) -> None:
    error = _failure(call, tmp_path)
    written = io.StringIO()
    logger = logging.Logger("any")
    logger.addHandler(logging.StreamHandler(written))
    logger.error("failed", exc_info=error)
    written.write("".join(traceback.TracebackException.from_exception(error, capture_locals=False).format()))
    assert PART not in written.getvalue().replace(Path(__file__).read_text(encoding="utf-8"), "")
    if isinstance(error, powplasma.PowPlasmaError):
        assert BYTES[8:20] not in pickle.dumps(error)


def test_a_terminal_that_sends_no_text_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        @staticmethod
        def isatty() -> bool:
            return True

    def typed(_: str) -> str:
        return (BYTES + b"\xff").decode("utf-8")

    monkeypatch.setattr("sys.stdin", Terminal)
    monkeypatch.setattr("getpass.getpass", typed)
    with pytest.raises(powplasma.InvalidInput, match="words: the secret given is not text in the encoding") as refused:
        command_line.read_words(None)
    assert not any(PART in told for told in _told(refused.value))


def test_the_walk_sees_what_is_there() -> None:
    """The test of the test: what Python does by itself would be found."""

    def careless(password: str) -> None:
        try:
            password.encode("ascii")
        except UnicodeEncodeError:
            raise powplasma.InvalidInput("password", "", "is not ASCII", "ASCII") from None

    with pytest.raises(powplasma.InvalidInput) as refused:
        careless(f"{TEXT}ü")
    assert any(PART in told for told in _told(refused.value))
