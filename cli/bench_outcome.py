"""What one run of ``bench`` has to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from powplasma.measure import Measurement, Power, RulesYield
from powplasma.measure.history import Run
from powplasma.plasma import RuleSet

from .records import Record


@dataclass(frozen=True, slots=True)
class Outcome:
    """What there is to show.

    Attributes:
        measured: the measurement, what it is worth, and its JSON object; None with --no-measure.
        runs: this run, then those of the compared files.
        rules: the rule sets asked for.
        patience: seconds.
    """

    measured: tuple[Measurement, tuple[RulesYield, ...], Record] | None
    runs: list[Run]
    rules: list[RuleSet[Any]]
    patience: float
    power: Power | None
