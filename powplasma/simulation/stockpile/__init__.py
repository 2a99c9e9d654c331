"""Proof of work ground long ahead and spent at once: the attack, its mitigations, and who suffers."""

from powplasma.simulation.stockpile.comparison import DEFAULT_POLICIES, Scene, stockpile
from powplasma.simulation.stockpile.false_expiry import false_expiry
from powplasma.simulation.stockpile.goals import Goal, parse_goal
from powplasma.simulation.stockpile.hardware import Hardware, custom, preset, presets
from powplasma.simulation.stockpile.honest import Honest, load_honest
from powplasma.simulation.stockpile.policy import Policy, parse_policy
from powplasma.simulation.stockpile.sampling import SimulatorUnavailable

__all__ = [
    "DEFAULT_POLICIES",
    "Goal",
    "Hardware",
    "Honest",
    "Policy",
    "Scene",
    "SimulatorUnavailable",
    "custom",
    "false_expiry",
    "load_honest",
    "parse_goal",
    "parse_policy",
    "preset",
    "presets",
    "stockpile",
]
