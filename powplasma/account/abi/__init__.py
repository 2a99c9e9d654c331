"""Calls of the embedded contracts: encoded, decoded, and described for the person who signs them."""

from powplasma.account.abi.call import Call, decode_call, encode_call
from powplasma.account.abi.describe import describe
from powplasma.account.abi.reading import read_arguments
from powplasma.account.abi.requirements import AmountRule, amount_rule, call_block, check_block, check_call
from powplasma.account.abi.values import Value

__all__ = [
    "AmountRule",
    "Call",
    "Value",
    "amount_rule",
    "call_block",
    "check_block",
    "check_call",
    "decode_call",
    "describe",
    "encode_call",
    "read_arguments",
]
