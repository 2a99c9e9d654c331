"""What work is worth: base plasma, and the rule sets that say what must be committed for it."""

from powplasma.plasma.alphanet import AlphanetRules, AlphanetState
from powplasma.plasma.costs import CONTRACT_BLOCK, RECEIVE, BlockKind, call, call_of_data, parse_block_kind, send
from powplasma.plasma.forum import ForumRules, ForumState
from powplasma.plasma.freshness import Decay, Freshness, Never, Window, parse_freshness
from powplasma.plasma.interface import RuleSet
from powplasma.plasma.methods import METHODS, EmbeddedMethod, Stage
from powplasma.plasma.pricing import DynamicRules, DynamicState, Payment
from powplasma.plasma.quote import Quote, quote
from powplasma.plasma.rules import RULE_SETS, make_state, ruleset
from powplasma.plasma.usage import UNUSED, Usage

__all__ = [
    "CONTRACT_BLOCK",
    "METHODS",
    "RECEIVE",
    "RULE_SETS",
    "UNUSED",
    "AlphanetRules",
    "AlphanetState",
    "BlockKind",
    "Decay",
    "DynamicRules",
    "DynamicState",
    "EmbeddedMethod",
    "ForumRules",
    "ForumState",
    "Freshness",
    "Never",
    "Payment",
    "Quote",
    "RuleSet",
    "Stage",
    "Usage",
    "Window",
    "call",
    "call_of_data",
    "make_state",
    "parse_block_kind",
    "parse_freshness",
    "quote",
    "ruleset",
    "send",
]
