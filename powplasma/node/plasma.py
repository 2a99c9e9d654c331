"""Plasma of accounts and blocks as a node writes it: read strictly, and written in its form.

Every reader raises ``InvalidInput`` that names the field by its key in JSON. Source: go-zenon
``rpc/api/embedded/plasma.go``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from powplasma.account.wire import Record
from powplasma.address import format_address
from powplasma.plasma import DynamicRules, ruleset


@dataclass(frozen=True, slots=True)
class RequiredPow:
    """What a node says that a block needs. Not to be trusted: see ``required_work``.

    Attributes:
        available_plasma: fused plasma that the account can commit.
        base_plasma: of the block.
        required_difficulty: of the work beside all available plasma.
    """

    available_plasma: int
    base_plasma: int
    required_difficulty: int

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The requirement of a JSON object."""
        fields = Record(value, "required")
        return cls(
            fields.integer("availablePlasma"), fields.integer("basePlasma"), fields.integer("requiredDifficulty")
        )

    def to_json(self) -> dict[str, Any]:
        """The requirement in the node's form."""
        return {
            "availablePlasma": self.available_plasma,
            "basePlasma": self.base_plasma,
            "requiredDifficulty": self.required_difficulty,
        }


@dataclass(frozen=True, slots=True)
class PlasmaInfo:
    """The fused plasma of an account.

    Attributes:
        current_plasma: what it can commit now.
        max_plasma: what it can commit once all its blocks are confirmed.
        qsr_amount: QSR that is fused for it, in base units.
    """

    current_plasma: int
    max_plasma: int
    qsr_amount: int

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The plasma of a JSON object."""
        fields = Record(value, "plasma")
        return cls(fields.integer("currentPlasma"), fields.integer("maxPlasma"), fields.amount("qsrAmount"))

    def to_json(self) -> dict[str, Any]:
        """The plasma in the node's form."""
        return {
            "currentPlasma": self.current_plasma,
            "maxPlasma": self.max_plasma,
            "qsrAmount": str(self.qsr_amount),
        }


@dataclass(frozen=True, slots=True)
class Fusion:
    """QSR that an account has fused.

    Attributes:
        qsr_amount: in base units.
        beneficiary: 20 bytes: the account that has the plasma of it.
        expiration_height: height of the momentum from which on it can be cancelled.
        id: 32 bytes; names it when it is cancelled.
    """

    qsr_amount: int
    beneficiary: bytes
    expiration_height: int
    id: bytes

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The fusion of a JSON object."""
        fields = Record(value, "fusion")
        return cls(
            fields.amount("qsrAmount"),
            fields.address("beneficiary"),
            fields.integer("expirationHeight"),
            fields.hash("id"),
        )

    def to_json(self) -> dict[str, Any]:
        """The fusion in the node's form."""
        return {
            "qsrAmount": str(self.qsr_amount),
            "beneficiary": format_address(self.beneficiary),
            "expirationHeight": self.expiration_height,
            "id": self.id.hex(),
        }


@dataclass(frozen=True, slots=True)
class FusionPage:
    """Some of the fusions of an account.

    Attributes:
        fusions: those of the page.
        count: how many there are.
        qsr_amount: of all of them, in base units.
    """

    fusions: tuple[Fusion, ...]
    count: int
    qsr_amount: int

    @classmethod
    def from_json(cls, value: object) -> Self:
        """The page of a JSON object."""
        fields = Record(value, "fusions")
        fusions = tuple(map(Fusion.from_json, fields.list("list")))
        return cls(fusions, fields.integer("count"), fields.amount("qsrAmount"))

    def to_json(self) -> dict[str, Any]:
        """The page in the node's form."""
        return {
            "qsrAmount": str(self.qsr_amount),
            "count": self.count,
            "list": [fusion.to_json() for fusion in self.fusions],
        }


def variables_from_json(value: object) -> DynamicRules:
    """The rules of Dynamic Plasma with the variables that governance has set."""
    fields = Record(value, "variables")
    return ruleset("dynamic", **{name: fields.integer(key) for key, name in _VARIABLES.items()})


def variables_to_json(rules: DynamicRules) -> dict[str, Any]:
    """The variables of such rules in the node's form."""
    return {key: getattr(rules, name) for key, name in _VARIABLES.items()}


_VARIABLES = {
    "MaxBasePlasmaInMomentum": "max_base_plasma_in_momentum",
    "FusedPlasmaTarget": "fused_plasma_target",
    "PowPlasmaTarget": "pow_plasma_target",
    "MaxPriceChangePercent": "max_price_change_percent",
    "PriceChangeDenominator": "price_change_denominator",
}
