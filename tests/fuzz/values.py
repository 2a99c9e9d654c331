"""Values that a program does not expect: numbers, texts, bytes and JSON, made up or spoilt."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from random import Random
from typing import Any

NUMBERS = [
    "0", "-0", "-1", "1", "00", "01", "+1", "1.0", "1.5", "1e3", "1e400", "-1e400", "1e-400", "nan", "-nan", "inf",
    "-inf", "Infinity", "infinity", "NaN", "0x10", "0b1", "1_000", "1__0", "1,5", "1,000", "１２", "٣", "²", "½", "--1",
    "1 000", " 1", "1 ", "1\n", "\t1", "1e", "e1", ".", "-", "+", "1.", ".5", "0.1", "1e-9", "1e18", "9" * 19,
    "2147483647", "2147483648", "4294967296", "9007199254740991", "9007199254740993", "9223372036854775807",
    "9223372036854775808", "18446744073709551615", "18446744073709551616", "-9223372036854775809", "9" * 40, "9" * 41,
    "1" * 5000, "-" + "1" * 5000, "0." + "1" * 5000, "1e" + "9" * 5000, "0" * 5000 + "1", "1e308", "1.8e308", "5e-324",
]  # fmt: skip
"""What may stand where a number is wanted."""

TEXTS = [
    "", " ", "-", "--", "~", "~/", "~root", "~nobody-of-that-name", ".", "..", "/", "\0", "a\0b", "\n", "a\nb",
    "a\r\nb", "\r", "\t", "\x1b[2J", "\x1b]0;title\x07", "\x07", "\x7f", "\x9b", "\u202e", "\u2028", "\u200b",
    "\ufeff", "\ufffe", "\ud800", "\udcff", "a\udc80b", "ü", "密码", "🙂", "e\u0301", "İ", "ß", "%s", "%n", "{}", "{0}",
    "${HOME}", "$(true)", "`true`", "'", '"', "\\", "\\n", "null", "true", "false", "None", "NULL", "[]", "[", "{",
    "]", "}", ",", "=", "a=", "=a", "a=b=c", ":", ";", "#", "@file", "*", "?", "x" * 300, "x" * 5000, "a" * 70_000,
    "Error: forged", "-h", "--help", "Traceback (most recent call last):", "\nError: forged",
    "<script>alert(1)</script>", "</script>", "__class__",
]  # fmt: skip
"""What may stand anywhere."""


def number(random: Random) -> str:
    """Text where a number is wanted."""
    if random.random() < 0.7:
        return random.choice(NUMBERS)
    digits = random.randrange(1, 30)
    return random.choice(["", "", "-"]) + str(random.randrange(10**digits)) + random.choice(["", "", ".5", "e3"])


def text(random: Random) -> str:
    """Any text."""
    if random.random() < 0.7:
        return random.choice(TEXTS)
    alphabet = random.choice(["abcxyz019-_.", " \t\n\r\0\x1b", "äöü密🙂\u202e", "0123456789abcdef", "\ud800\udcffa"])
    return "".join(random.choice(alphabet) for _ in range(random.randrange(1, 80)))


def anything(random: Random) -> str:
    """A number or a text."""
    return number(random) if random.random() < 0.5 else text(random)


def spoilt(random: Random, good: str) -> str:
    """A text that was good, with something changed."""
    for _ in range(random.choice([1, 1, 1, 2, 4])):
        at = random.randrange(len(good) + 1)
        to = random.randrange(at, min(len(good), at + 8) + 1)
        what = random.randrange(8)
        if what == 0:
            good = good[:at] + good[to:]
        elif what == 1:
            good = good[:at] + random.choice(TEXTS)[:40] + good[at:]
        elif what == 2:
            good = good[:at] + random.choice(NUMBERS)[:60] + good[to:]
        elif what == 3:
            good = good[:to] + good[at:]
        elif what == 4:
            good = good[:at] + good[at : at + 1].swapcase() + good[at + 1 :]
        elif what == 5:
            good = good[:at] + random.choice(good or "x") + good[at + 1 :]
        elif what == 6:
            good = good[:at]
        else:
            good = random.choice([good.upper(), good.strip(), f" {good}", f"{good}\n", f"\ufeff{good}", good * 2])
    return good


def spoilt_bytes(random: Random, good: bytes) -> bytes:
    """Bytes that were good, with something changed: a bit, a piece, the end, or an encoding."""
    content = bytearray(good)
    for _ in range(random.choice([1, 1, 1, 3, 10])):
        at = random.randrange(len(content) + 1)
        to = random.randrange(at, min(len(content), at + 16) + 1)
        what = random.randrange(8)
        if what <= 2 and content:
            content[at % len(content)] ^= 1 << random.randrange(8)
        elif what == 3:
            del content[at:to]
        elif what == 4:
            content[at:at] = random.randbytes(random.randrange(1, 9))
        elif what == 5:
            del content[at:]
        elif what == 6:
            content[at:at] = random.choice(
                [b"\xff", b"\0", b"\xef\xbb\xbf", b"\r\n", b"\xed\xa0\x80", b"\\ud800", b"1" * 4400]
            )
        else:
            content = bytearray(random.choice([b"\xef\xbb\xbf", b"\xff\xfe", b" ", b"\n\n"]) + content)
    return bytes(content)


JSON_LEAVES: list[Callable[[Random], object]] = [
    lambda _: None,
    lambda r: r.random() < 0.5,
    lambda r: r.choice([0, -1, 1, 2**31, 2**53 + 1, 2**63, 2**64 - 1, 2**64, -(2**64), 10**40, 10**400]),
    lambda r: r.choice([0.0, -0.0, 0.5, 1e308, -1.5, 1e-320, 3.0]),
    anything,
    lambda _: [],
    lambda _: {},
]


def any_json(random: Random, depth: int = 3) -> object:
    """Any JSON value."""
    if depth and random.random() < 0.3:
        if random.random() < 0.5:
            return [any_json(random, depth - 1) for _ in range(random.randrange(4))]
        return {text(random)[:30]: any_json(random, depth - 1) for _ in range(random.randrange(4))}
    return random.choice(JSON_LEAVES)(random)


def places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    found = [path]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


def spoilt_json(random: Random, good: object) -> object:
    """A JSON value that was good, with something put in, taken out, renamed or replaced."""
    document: Any = {"": copy.deepcopy(good)}
    for _ in range(random.choice([1, 1, 1, 2, 5])):
        path = random.choice([place for place in places(document) if place])
        holder = document
        for step in path[:-1]:
            holder = holder[step]
        key, value = path[-1], holder[path[-1]]
        what = random.randrange(6)
        if what == 0 and isinstance(holder, dict) and holder is not document:
            del holder[key]
        elif what == 1 and isinstance(holder, dict) and holder is not document:
            holder[spoilt(random, str(key))] = holder.pop(key)
        elif what == 2 and isinstance(value, str):
            holder[key] = spoilt(random, value)
        elif what == 3 and isinstance(value, int) and not isinstance(value, bool):
            holder[key] = random.choice(
                [value + 1, -value, value * 2**64, str(value), float(value % 2**60), value % 2**60 * 1.5]
            )
        elif what == 4 and isinstance(value, dict | list):
            holder[key] = [value] if isinstance(value, dict) else {"0": value}
        else:
            holder[key] = any_json(random)
    return document[""]


def written(random: Random, value: object) -> str:
    """JSON as text, in one of the ways it may be written."""
    shown = json.dumps(value, ensure_ascii=random.random() < 0.5, indent=random.choice([None, None, 1]))
    for _ in range(random.choice([0, 0, 0, 1])):
        shown = random.choice(
            [spoilt(random, shown), "[" * 50_000 + shown, shown.replace(":", ": NaN, ", 1), shown + shown]
        )
    return shown


def shown(value: object) -> str:
    """A value for a person to read, cut if it is long."""
    try:
        whole = repr(value)
    except ValueError:  # an integer of more digits than Python writes
        whole = f"{type(value).__name__} with an integer of very many digits"
    return whole if len(whole) <= 700 else f"{whole[:600]}… ({len(whole)} characters)"
