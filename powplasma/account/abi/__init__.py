"""Calls of the embedded contracts: encoded, decoded, and described for the person who signs them."""

from powplasma.account.abi.call import Call, decode_call, encode_call
from powplasma.account.abi.describe import describe
from powplasma.account.abi.values import Value

__all__ = ["Call", "Value", "decode_call", "describe", "encode_call"]
