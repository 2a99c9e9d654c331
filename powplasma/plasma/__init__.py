"""What work is worth: base plasma, and the rule sets that say what must be committed for it."""

from powplasma.plasma.alphanet import AlphanetRules, AlphanetState
from powplasma.plasma.costs import CONTRACT_BLOCK, RECEIVE, BlockKind, call, call_of_data, parse_block_kind, send
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.methods import METHODS, EmbeddedMethod, Stage
from powplasma.plasma.rules import RULE_SETS, ruleset

__all__ = [
    "CONTRACT_BLOCK",
    "METHODS",
    "RECEIVE",
    "RULE_SETS",
    "AlphanetRules",
    "AlphanetState",
    "BlockKind",
    "EmbeddedMethod",
    "RuleSet",
    "Stage",
    "call",
    "call_of_data",
    "parse_block_kind",
    "ruleset",
    "send",
]
