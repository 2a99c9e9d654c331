"""Files are read up to a limit and as UTF-8; where they cannot be, the error says why and nothing of their content."""

from __future__ import annotations

import codecs
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from powplasma.errors import InvalidInput
from powplasma.files import other_encoding, read_bytes, read_json, read_text, read_toml, text_of

MOST = 1 << 16

READERS: dict[str, Callable[[Path], Any]] = {
    "bytes": lambda path: read_bytes(path, "field", MOST),
    "text": lambda path: read_text(path, "field", MOST),
    "JSON": lambda path: read_json(path, "field", MOST),
    "TOML": lambda path: read_toml(path, "field"),
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@pytest.mark.parametrize("endless", ["/dev/zero", "/dev/urandom"])
@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="the system has no such devices")
def test_a_file_without_an_end_is_too_long(reader: Callable[[Path], Any], endless: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^field: {endless} is too long \(at most \d+ bytes\)$"):
        reader(Path(endless))


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_a_huge_file_is_too_long_and_is_not_read(reader: Callable[[Path], Any], tmp_path: Path) -> None:
    huge = tmp_path / "huge"
    with huge.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(InvalidInput, match="is too long"):
        reader(huge)


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("none", "No such file or directory"),
        ("", "Is a directory"),
        ("x" * 300, "File name too long"),
        ("a\0b", "null"),
    ],
)
def test_what_cannot_be_read_says_why(reader: Callable[[Path], Any], name: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=rf"^field: .* cannot be read: .*{why}"):
        reader(tmp_path / name)


@pytest.mark.parametrize("read", ["JSON", "TOML", "text"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_byte_order_mark_is_not_part_of_the_content(read: str, ends: str, tmp_path: Path) -> None:
    path, content = tmp_path / "file", {"JSON": '{"a": 1}', "TOML": "a = 1", "text": "words"}[read] + ends
    path.write_bytes(content.encode())
    plain = READERS[read](path)
    path.write_bytes(codecs.BOM_UTF8 + content.encode())
    assert READERS[read](path) == plain


@pytest.mark.parametrize("read", ["JSON", "TOML", "text"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_other_encodings_are_named(read: str, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes('{"secret": 1}'.encode(encoding))
    with pytest.raises(InvalidInput, match=rf"^field: {path} is {encoding[:6].upper()} text \(.*UTF-8\)$"):
        READERS[read](path)


@pytest.mark.parametrize("content", [b"", b"x", b"\0", b"\0\0\0\0\0", b"\xef\xbb", b"[1]"])
def test_what_is_no_other_encoding(content: bytes) -> None:
    assert other_encoding(content) == ""


def test_a_wrong_byte_is_named_by_its_place_alone() -> None:
    for content, place in ((b"secret\xff", 7), (codecs.BOM_UTF8 + b"secret\xff", 10)):
        with pytest.raises(ValueError, match=rf"^is not UTF-8 at byte {place}$") as refused:
            text_of(content)
        assert refused.value.__context__ is None or "secret" not in str(refused.value)


def test_no_more_is_read_than_the_limit() -> None:
    """In a process that has 64 MiB more than it begins with."""
    code = f"""
import resource
from pathlib import Path
from powplasma.errors import InvalidInput
from powplasma.files import read_bytes
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (64 << 20),) * 2)
try:
    read_bytes(Path("/dev/zero"), "field", {MOST})
except InvalidInput as refused:
    print(refused.problem)
"""
    assert hasattr(resource, "RLIMIT_AS")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout == "is too long\n"
