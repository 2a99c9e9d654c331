"""Momentum by momentum: what prices do, and what happens to those who send blocks."""

from powplasma.simulation.momentum import SimulationStopped
from powplasma.simulation.plans import Run
from powplasma.simulation.scenario import Scenario, built_in_scenarios, load_scenario

__all__ = ["Run", "Scenario", "SimulationStopped", "built_in_scenarios", "load_scenario"]
