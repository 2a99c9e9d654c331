"""Exits of a plasma chain on another chain: a queue under attack, its closed forms, and what bonds and hunters do."""

from powplasma.simulation.exits.load import built_in_exits, load_exits
from powplasma.simulation.exits.plan import ExitPlan
from powplasma.simulation.exits.run import ExitRun
from powplasma.simulation.exits.summary import played

__all__ = ["ExitPlan", "ExitRun", "built_in_exits", "load_exits", "played"]
