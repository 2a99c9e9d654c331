"""The campaign of parsers: each gives a value or refuses in one line, whatever it is given."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from tests.cli.cheap import CHEAP

from . import values
from .campaign import Campaign, Case, Try, place_of
from .reader import Anything, Reader
from .readers import ODD, readers
from .scratch import Scratch

_TELLING = 12
"""So many characters of a secret in a row are no chance."""


class Parsers(Campaign):
    """Inputs of every reader of the library and of the command line."""

    name = "parsers"
    about = "spoilt inputs of every reader of outside text, bytes, JSON and Python values"
    whole = 50_000

    @contextlib.contextmanager
    def opened(self, folder: Path) -> Iterator[Try]:
        """Makes samples of every file there is."""
        scratch = Scratch(folder)
        with patch("powplasma.account.keyfile.NETWORK_COSTS", CHEAP), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            known = readers(scratch)
            weights = [reader.weight for reader in known]

            def attempt(random: Random) -> Case:
                (reader,) = random.choices(known, weights)
                value = spoilt(random, random.choice(reader.samples))
                return Case(f"{reader.name}: {values.shown(value)}", tuple(objections(reader, value)))

            yield attempt


def spoilt(random: Random, sample: Any) -> Any:
    """A sample with something wrong with it; now and then as it is."""
    if random.random() < 0.03:
        return sample.good if isinstance(sample, Anything) else sample
    if isinstance(sample, Anything):
        return random.choice(ODD)(random)
    if isinstance(sample, str):
        return values.spoilt(random, sample) if random.random() < 0.7 else values.anything(random)
    if isinstance(sample, bytes):
        return values.spoilt_bytes(random, sample) if random.random() < 0.9 else random.randbytes(random.randrange(200))
    return values.spoilt_json(random, sample) if random.random() < 0.95 else values.any_json(random)


def objections(reader: Reader, value: Any) -> list[str]:
    """What is wrong with how a value is read."""
    try:
        reader.read(value)
    except reader.refusals as refused:
        return _of_refusal(reader, value, refused)
    except Exception as error:  # noqa: BLE001 - which is what is looked for
        return [f"{reader.name}: raises {type(error).__name__}: {str(error)[:150]!r} at {place_of(error)}"]
    return []


def _of_refusal(reader: Reader, value: Any, refused: BaseException) -> list[str]:
    found = []
    message = str(refused)
    if not message.isprintable():
        found.append(f"{reader.name}: the message is not one printable line: {message[:200]!r} at {place_of(refused)}")
    if not message.strip():
        found.append(f"{reader.name}: there is no message at {place_of(refused)}")
    if len(message) > 2000:
        found.append(f"{reader.name}: the message has {len(message)} characters at {place_of(refused)}")
    if reader.hides and _tells(value, refused):
        found.append(f"{reader.name}: what is raised holds the secret: {_tells(value, refused)} at {place_of(refused)}")
    return found


def _tells(value: Any, refused: BaseException | None) -> str:
    """Where a part of the value is in an error, or in what it was raised during or from; nothing if nowhere."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value if isinstance(value, str) else ""
    parts = {text[at : at + _TELLING] for at in range(len(text) - _TELLING + 1)}
    parts = {part for part in parts if len(set(part)) > 4}
    seen: set[int] = set()
    waiting = [refused]
    while waiting:
        error = waiting.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        said = f"{error} {error.args!r} {vars(error)!r}"
        if any(part in said for part in parts):
            return type(error).__name__
        waiting += [error.__cause__, error.__context__]
    return ""
