"""What an attacker hashes with, and what his hashes cost."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import resources

from powplasma.errors import InvalidInput
from powplasma.simulation.schema import Table

REFERENCE = "rtx4090"
"""The preset whose joules per hash stand in where only a hashrate is known."""

PRICE_PER_KWH = 0.15
"""In dollars; a round figure, to be replaced by one's own."""

_JOULES_PER_KWH = 3_600_000
_KEYS = ("title", "hashrate", "watts", "cost", "source")


@dataclass(frozen=True, slots=True)
class Hardware:
    """A machine, or many.

    Attributes:
        name: of the preset; ``here``; or ``custom``.
        hashrate: hashes per second.
        watts: under load; None if not known.
        cost: of the machines, in dollars; 0 if they are there anyway.
        source: where the figures come from.
    """

    name: str
    hashrate: int
    watts: float | None
    cost: int
    source: str

    def energy(self, hashes: int) -> float | None:
        """Kilowatt hours of so many hashes; None if the power is not known."""
        return None if self.watts is None else hashes / self.hashrate * self.watts / _JOULES_PER_KWH


def presets() -> dict[str, Hardware]:
    """Every preset by its name."""
    document = tomllib.loads(resources.files(__package__).joinpath("hardware.toml").read_text(encoding="utf-8"))
    found = {}
    for name, values in document.items():
        table = Table(f"hardware.toml: {name}", values, _KEYS)
        found[name] = Hardware(
            name,
            table.integer("hashrate", 1, 10**18),
            table.number("watts", 0, 10**12),
            table.integer("cost", 0, 10**12),
            table.text("source"),
        )
    return found


def preset(name: str) -> Hardware:
    """The preset of that name.

    Raises:
        InvalidInput: field ``attacker``.
    """
    known = presets()
    if name not in known:
        near = get_close_matches(name, known, n=1)
        accepted = f"did you mean {near[0]}?" if near else f"one of {', '.join(known)}, or here"
        raise InvalidInput("attacker", name, "is unknown", accepted)
    return known[name]


def custom(hashrate: int) -> Hardware:
    """Hardware of which only the hashrate is known: as many joules per hash as ``REFERENCE``, machines for nothing."""
    reference = preset(REFERENCE)
    assert reference.watts is not None
    watts = reference.watts * hashrate / reference.hashrate
    return Hardware("custom", hashrate, watts, 0, f"energy per hash of {REFERENCE}")
