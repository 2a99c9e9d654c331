"""Scenario files as they are read, before anything is checked: built-in ones by name, others by path, and settings."""

from __future__ import annotations

import copy
import re
import tomllib
from difflib import get_close_matches
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from powplasma.errors import InvalidInput
from powplasma.files import read_toml
from powplasma.folders import user_path
from powplasma.simulation.schema import Values, plain_value

_SUFFIX = ".toml"


def titles(folder: Traversable) -> dict[str, str]:
    """The title of every scenario in a folder, by its name."""
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return {
        file.name.removesuffix(_SUFFIX): str(tomllib.loads(file.read_text(encoding="utf-8"))["title"])
        for file in files
        if file.name.endswith(_SUFFIX)
    }


def read_document(folder: Traversable, name: object) -> Values:
    """A scenario of the folder by its name, or one from a file; what ends in ``.toml`` or has a folder is a path.

    Raises:
        InvalidInput: field ``scenario``; there is none of that name, or the file cannot be read or is not TOML; or
            the path of a value that no scenario can have.
    """
    if not isinstance(name, str):
        raise InvalidInput("scenario", name, "is not text", "a name or the path of a file")
    if name.endswith(_SUFFIX) or Path(name).name != name:
        return _plain(name, read_toml(user_path(name, "scenario"), "scenario"))
    file = folder.joinpath(name + _SUFFIX)
    if not re.fullmatch(r"[a-z0-9-]{1,60}", name) or not file.is_file():
        known = titles(folder)
        near = get_close_matches(name, known, n=1)
        accepted = f"did you mean {near[0]}?" if near else f"a file ending in .toml, or one of {', '.join(known)}"
        raise InvalidInput("scenario", name, "is unknown", accepted)
    return _plain(name, tomllib.loads(file.read_text(encoding="utf-8")))


def _plain(name: str, document: Values) -> Values:
    values: Values = plain_value(f"{name}:", document)
    return values


def set_value(name: str, document: Values, path: str, value: object, made: tuple[str, ...]) -> None:
    """Puts a value at a path; the tables and lists on the way have to be there, but those named in ``made``."""
    keys = path.split(".")
    place: Any = document
    for depth, key in enumerate(keys):
        where = f"{name}: {'.'.join(keys[: depth + 1])}"
        last = depth == len(keys) - 1
        if isinstance(place, list):
            names = [str(entry.get("name", "")) if isinstance(entry, dict) else "" for entry in place]
            position = (
                int(key) if key.isdecimal() and len(key) < 10 else names.index(key) if key in names else len(place)
            )
            if position >= len(place) or last:
                known = ", ".join(filter(None, names)) or f"0 … {len(place) - 1}"
                raise InvalidInput(where, value, "is set, but there is no such entry", f"{path} with {known}")
            place = place[position]
        elif not isinstance(place, dict):
            raise InvalidInput(where, value, "is set, but there is no such key", "a path in the scenario")
        elif last:
            place[key] = copy.deepcopy(value)
        else:
            if key not in place and key not in made:
                near = get_close_matches(key, [*place], n=1)
                accepted = f"did you mean {near[0]}?" if near else f"one of {', '.join(place)}"
                raise InvalidInput(where, value, "is set, but there is no such key", accepted)
            place = place.setdefault(key, {})
