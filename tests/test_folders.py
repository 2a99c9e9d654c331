"""Folders by the XDG rules as they are written, and paths as people write them."""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path
from typing import Any

import pytest

from powplasma.errors import InvalidInput
from powplasma.folders import cache_folder, config_folder, state_folder, user_path

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these are the rules of other Unixes")

FOLDERS = [
    (config_folder, "XDG_CONFIG_HOME", ".config"),
    (state_folder, "XDG_STATE_HOME", ".local/state"),
    (cache_folder, "XDG_CACHE_HOME", ".cache"),
]


@pytest.mark.parametrize(("folder", "variable", "usual"), FOLDERS)
@pytest.mark.parametrize("value", [None, "", "here", "./here", "~/there"])
def test_a_variable_that_is_empty_or_relative_is_ignored(
    folder: object, variable: str, usual: str, value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.delenv(variable, raising=False)
    if value is not None:
        monkeypatch.setenv(variable, value)
    assert callable(folder)
    assert folder() == Path("/home/somebody", usual, "powplasma")


@pytest.mark.parametrize(("folder", "variable", "usual"), FOLDERS)
def test_an_absolute_variable_is_followed_without_a_home(
    folder: object, variable: str, usual: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_a_home(monkeypatch)
    monkeypatch.setenv(variable, "/there")
    assert callable(folder)
    assert folder() == Path("/there/powplasma")
    monkeypatch.delenv(variable)
    assert folder() is None


@pytest.mark.parametrize("home", ["", "relative", None])
def test_a_home_that_is_not_absolute_is_looked_up_instead(home: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    if home is not None:
        monkeypatch.setenv("HOME", home)
    try:
        listed = Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:  # a container's bare number, which the system does not know
        assert state_folder() is None
    else:
        assert state_folder() == listed / ".local/state/powplasma"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("~", "/home/me"), ("~/a/~b", "/home/me/a/~b"), ("a/~", "a/~"), ("/x", "/x"), ("~root/x", "/root/x")],
)
def test_a_tilde_at_the_beginning_is_a_home_folder(written: str, meant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert user_path(written, "output") == Path(meant)


@pytest.mark.parametrize("written", ["", "a\0b", "~nobody-of-that-name/x", "a\ud800", None, 5.0, b"x"])
def test_what_is_not_a_path_is_refused_by_its_field(written: Any) -> None:
    with pytest.raises(InvalidInput, match=r"^output: "):
        user_path(written, "output")


def test_a_tilde_without_a_home_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _without_a_home(monkeypatch)
    with pytest.raises(InvalidInput, match=r"^output: ~/x needs a home folder, and HOME is not set"):
        user_path("~/x", "output")


def _without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs under a bare uid."""

    def nobody(uid: int) -> object:
        raise KeyError(uid)

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
