"""Mitigations: by which momentum a work is judged, what age does to it, and how much of a momentum work may fill."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from powplasma.errors import InvalidInput, shown
from powplasma.plasma.checks import U64_MAX
from powplasma.plasma.freshness import Decay, Freshness, Window
from powplasma.plasma.interface import RuleSet

Judged = Literal["none", "creation", "inclusion"]

_JUDGED: tuple[Judged, ...] = ("none", "creation", "inclusion")
_ACCEPTED = "none, creation, inclusion, window:MOMENTUMS, decay:MOMENTUMS and cap:PERCENT, joined by +"
_MOST_MOMENTUMS = 10**9
_MOST_HALF_LIFE = 10_000
"""An attack can go through some fifty half-lives, one momentum or interval after the other: a minute of computing."""

_PROBE = 1 << 62
"""An amount of plasma whose credit tells the factor of an age."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a block has to show in a momentum.

    Attributes:
        plasma: credited plasma that it needs.
        difficulty_per_plasma: difficulty that buys one plasma.
    """

    plasma: int
    difficulty_per_plasma: int

    @property
    def difficulty(self) -> int:
        """Difficulty of a fresh work that pays it, which is also the hashes that it takes on average."""
        return self.plasma * self.difficulty_per_plasma


@dataclass(frozen=True, slots=True)
class Policy:
    """Mitigations that combine.

    Attributes:
        judged: which momentum's state a block is judged by. ``none``: the one it was created under,
            in all respects. ``creation``: that one says what a difficulty buys, the including one how
            much plasma a block has to commit. ``inclusion``: the including one, in all respects.
        expiries: freshness policies; each reduces what the one before it leaves.
        pow_share: percent of a momentum's capacity that blocks paid by work may fill, 1 … 100.
    """

    judged: Judged = "inclusion"
    expiries: tuple[Freshness, ...] = ()
    pow_share: int = 100

    @property
    def window(self) -> int | None:
        """The greatest age at which work counts; None if there is none."""
        return min((each.momentums for each in self.expiries if isinstance(each, Window)), default=None)

    @property
    def half_life(self) -> int | None:
        """Momentums in which work loses half of its worth; None if it loses none gradually."""
        return min((each.half_life for each in self.expiries if isinstance(each, Decay)), default=None)

    def credit(self, plasma: int, age: int) -> int:
        """Plasma credited for work that bought ``plasma`` when it was fresh, ``age`` momentums later."""
        for each in self.expiries:
            plasma = each.credit(plasma, age)
        return plasma

    def least_plasma(self, plasma: int, age: int) -> int | None:
        """The least plasma, bought by a fresh work, of which ``plasma`` is credited at that age; None if none does."""
        factor = self.credit(_PROBE, age)
        if not factor:
            return None
        low, high = plasma * _PROBE // (factor + 1), -(-(plasma + 1) * _PROBE // factor)
        if high > U64_MAX:
            return None
        while low < high:
            middle = (low + high) // 2
            if self.credit(middle, age) >= plasma:
                high = middle
            else:
                low = middle + 1
        return low

    def price(self, rules: RuleSet[Any], base_plasma: int, created: Any, included: Any) -> Price:
        """What a block of ``base_plasma`` has to show, paid by work alone.

        Args:
            rules: the rule set.
            base_plasma: of the block.
            created: state of the momentum that the block was created under.
            included: state of the momentum that is to include it.
        """
        priced_by = created if self.judged == "none" else included
        bought_by = included if self.judged == "inclusion" else created
        return Price(rules.least_pow_plasma(base_plasma, 0, priced_by), rules.difficulty_per_plasma_at(bought_by))

    def __str__(self) -> str:
        cap = [] if self.pow_share == 100 else [f"cap:{self.pow_share}"]
        return "+".join([self.judged, *map(str, self.expiries), *cap])


def parse_policy(text: str) -> Policy:
    """The policy that a text such as ``creation``, ``window:360`` or ``inclusion+decay:360+cap:25`` names.

    Without ``none`` or ``creation`` a block is judged at inclusion, as ``forum`` and ``dynamic`` have it.

    Raises:
        InvalidInput: field ``policy``; a part is unknown, out of range, or there twice.
    """
    judged: Judged | None = None
    expiries: list[Freshness] = []
    share: int | None = None
    for part in text.split("+"):
        name, colon, number = part.partition(":")
        again = InvalidInput("policy", text, f"names {shown(name or 'nothing')} twice or against another", _ACCEPTED)
        if name in _JUDGED and not colon:
            if judged is not None:
                raise again
            judged = _JUDGED[_JUDGED.index(name)]
        elif name == "window":
            if any(isinstance(each, Window) for each in expiries):
                raise again
            expiries.append(Window(_number(text, part, number, 1, _MOST_MOMENTUMS)))
        elif name == "decay":
            if any(isinstance(each, Decay) for each in expiries):
                raise again
            expiries.append(Decay(_number(text, part, number, 1, _MOST_HALF_LIFE)))
        elif name == "cap":
            if share is not None:
                raise again
            share = _number(text, part, number, 1, 100)
        else:
            near = get_close_matches(name, (*_JUDGED, "window", "decay", "cap"), n=1)
            problem = f"has an unknown part {shown(part, quoted=True)}" + (f", did you mean {near[0]}?" if near else "")
            raise InvalidInput("policy", text, problem, _ACCEPTED)
    # A window is looked at before a decay: what is out of it is worth nothing, and need not be halved.
    expiries.sort(key=lambda each: isinstance(each, Decay))
    return Policy("inclusion" if judged is None else judged, tuple(expiries), 100 if share is None else share)


def _number(text: str, part: str, number: str, least: int, most: int) -> int:
    name = part.partition(":")[0]
    value = int(number) if number.isascii() and number.isdecimal() and len(number) <= 20 else -1
    if not least <= value <= most:
        raise InvalidInput(
            "policy", text, f"has {shown(part, quoted=True)}, which is out of range", f"{name}:{least} … {name}:{most}"
        )
    return value
