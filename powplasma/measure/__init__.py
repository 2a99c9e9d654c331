"""What this machine's work is worth: hashrate that can be trusted, and the plasma it yields."""

from powplasma.measure.findings import Finding
from powplasma.measure.hashrate import Hashrate
from powplasma.measure.measurement import Measurement, measure
from powplasma.measure.plan import FULL, QUICK, Plan, Step
from powplasma.measure.power import Power
from powplasma.measure.searches import Searches, run_searches
from powplasma.measure.yields import RulesYield, yields

__all__ = [
    "FULL",
    "QUICK",
    "Finding",
    "Hashrate",
    "Measurement",
    "Plan",
    "Power",
    "RulesYield",
    "Searches",
    "Step",
    "measure",
    "run_searches",
    "yields",
]
