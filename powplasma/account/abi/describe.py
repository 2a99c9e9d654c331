"""A call in words, for the person who signs it: every argument, and who gets something by it.

What a number or a parameter means stands in go-zenon ``vm/embedded/implementation/`` and ``vm/constants/``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from powplasma.account.abi.call import Call
from powplasma.account.abi.values import Array, Dynamic, Octets, Static, Value, type_named
from powplasma.plasma.costs import embedded_method

_BENEFITS = {
    "Plasma.Fuse": ("address", "gets the plasma"),
    "Pillar.Delegate": ("name", "gets the account's weight"),
    "Pillar.Register": ("rewardAddress", "gets the pillar's rewards"),
    "Pillar.RegisterLegacy": ("rewardAddress", "gets the pillar's rewards"),
    "Pillar.UpdatePillar": ("rewardAddress", "gets the pillar's rewards"),
    "Token.Mint": ("receiveAddress", "gets the new tokens"),
    "Token.UpdateToken": ("owner", "becomes the token's owner"),
    "Liquidity.ChangeAdministrator": ("administrator", "becomes the administrator"),
    "Liquidity.NominateGuardians": ("guardians", "becomes a guardian"),
    "Liquidity.ProposeAdministrator": ("address", "is proposed as the administrator"),
    "Bridge.ChangeAdministrator": ("administrator", "becomes the administrator"),
    "Bridge.NominateGuardians": ("guardians", "becomes a guardian"),
    "Bridge.ProposeAdministrator": ("address", "is proposed as the administrator"),
    "Bridge.UnwrapToken": ("toAddress", "gets the unwrapped tokens"),
    "Bridge.WrapToken": ("toAddress", "gets the wrapped tokens, on the other network"),
    "Htlc.Create": ("hashLocked", "gets the amount with the preimage"),
}
"""Of every method that names a beneficiary: the parameter that does, and what the call does for them."""


def _vote(value: int) -> str:
    return {0: "yes", 1: "no", 2: "abstain"}.get(value, "")


def _hash_function(value: int) -> str:
    return {0: "SHA3-256", 1: "SHA-256"}.get(value, "")


def _days(seconds: int) -> str:
    days, rest = divmod(seconds, 86_400)
    return f"{days} days" if not rest else ""


def _moment(seconds: int) -> str:
    try:
        moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return ""
    return moment.isoformat(" ").replace("+00:00", " UTC")


_MEANINGS: dict[str, Callable[[int], str]] = {
    "vote": _vote,
    "hashType": _hash_function,
    "durationInSec": _days,
    "expirationTime": _moment,
}
"""What an integer means, by the parameter's name; an empty text if nothing is known."""


def describe(call: Call) -> list[tuple[str, str]]:
    """The call as names and texts, one line each.

    First ``call`` with the method; then every argument under its own name, an element of a list as ``name[2]``; last
    ``beneficiary`` with what they get, for each one that the call names. Addresses, token standards and hashes are
    text (ZNN and QSR by name), amounts base units. No text has control characters or a line break.

    Raises:
        InvalidInput: field ``contract`` or ``method``; not a call that ``decode_call`` gave.
    """
    lines = [("call", call.name)]
    parameter_of_benefit, benefit = _BENEFITS.get(call.name, ("", ""))
    benefits = []
    for parameter in embedded_method(call.contract, call.method).parameters:
        kind, value = type_named(parameter.type), call.arguments[parameter.name]
        for name, text in _texts(parameter.name, kind, value):
            meaning = _MEANINGS[name](value) if name in _MEANINGS and isinstance(value, int) else ""
            lines.append((name, f"{text} ({meaning})" if meaning else text))
            if parameter.name == parameter_of_benefit and value != ():
                benefits.append(("beneficiary", f"{text} {benefit}"))
    return [*lines, *benefits]


def _texts(name: str, kind: Static | Dynamic, value: Value) -> Iterator[tuple[str, str]]:
    """One line for a value, and one for each element of a list, so that none can pass for two."""
    if isinstance(kind, Static | Octets):
        yield name, kind.text(value)
        return
    assert isinstance(kind, Array)
    assert isinstance(value, tuple)
    if not value:
        yield name, "an empty list"
    for position, element in enumerate(value):
        yield from _texts(f"{name}[{position}]", kind.element, element)
