"""Passwords and words: from a file descriptor, the environment or a prompt, never from the command line."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from powplasma.account.keys import Secret, forgetful
from powplasma.errors import InvalidInput
from powplasma.fields import Missing

from .parameters import whole
from .withheld import PASSWORD_VARIABLE, take_password

F = TypeVar("F", bound=Callable[..., Any])

_MAX_BYTES = 65_536


def password_option(command: F) -> F:
    """``--password-fd``."""
    return click.option(
        "--password-fd",
        callback=whole,
        metavar="N",
        help=f"Read the password from this file descriptor, up to its end.  [default: {PASSWORD_VARIABLE} in the "
        "environment, else a prompt]",
    )(command)


@forgetful
def read_password(descriptor: int | None, *, new: bool = False) -> str:
    """The password of a key file.

    Args:
        descriptor: where it is to be read from; None leaves the environment and a prompt.
        new: for a new file: it may not be empty, and is asked for twice.

    Raises:
        InvalidInput: field ``password_fd`` or ``password``; its value is not in the error.
    """
    _leave_no_core()
    environment = take_password()
    if descriptor is not None:
        password = read_descriptor(descriptor, "password_fd")
    elif environment is not None:
        password = environment
    else:
        password = _asked("Password: ", "password", f"--password-fd, {PASSWORD_VARIABLE}, or a terminal to type it in")
        if new and password != _asked("The same password again: ", "password", ""):
            raise InvalidInput("password", Secret(), "is not the same both times", "the same password twice")
    if new and not password:
        raise InvalidInput("password", Secret(), "is empty", "a password for the new key file")
    return password


@forgetful
def read_words(descriptor: int | None) -> str:
    """The words of a wallet; errors as ``read_password``."""
    _leave_no_core()
    if descriptor is not None:
        return read_descriptor(descriptor, "words_fd")
    return _asked("Words: ", "words", "--words-fd, or a terminal to type them in")


@forgetful
def read_descriptor(descriptor: int, field: str) -> str:
    """The text that a file descriptor holds, without the end of its last line.

    Raises:
        InvalidInput: ``field``; it cannot be read, or holds no text. What it holds is not in the error.
    """
    accepted = "the number of an open file descriptor"
    if descriptor < 0:
        raise InvalidInput(field, descriptor, "is out of range", accepted)
    content = b""
    try:
        while len(content) <= _MAX_BYTES and (part := os.read(descriptor, _MAX_BYTES)):
            content += part
    except (OSError, OverflowError) as error:
        why = error.strerror if isinstance(error, OSError) else "no such descriptor"
        raise InvalidInput(field, descriptor, f"cannot be read: {why}", accepted) from None
    if len(content) > _MAX_BYTES:
        raise InvalidInput(field, descriptor, "holds too much", f"at most {_MAX_BYTES} bytes")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput(field, descriptor, "does not hold UTF-8 text", "text") from None
    return text.removesuffix("\n").removesuffix("\r")


def _leave_no_core() -> None:
    """Has the system write no memory to disk if this process crashes: from here on it holds secrets."""
    try:
        import resource  # noqa: PLC0415 - not there on Windows, which writes none
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _asked(prompt: str, field: str, accepted: str) -> str:
    if not sys.stdin.isatty():
        raise Missing(field, accepted)
    try:
        return getpass.getpass(prompt)
    except EOFError:
        raise Missing(field, accepted) from None
    except UnicodeDecodeError:
        raise InvalidInput(field, Secret(), "is not text in the encoding of the terminal", "text") from None
