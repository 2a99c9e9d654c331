"""The JSON objects that commands print: the library's names, in the order of docs/cli.md.

``difficulty``, ``achieved_difficulty``, ``threshold`` and ``prefix`` can exceed 2^53, which many
JSON readers take for a float, so they are decimal strings; every other number is a number.
"""

from __future__ import annotations

from pathlib import Path

from powplasma.account import KeyFile
from powplasma.address import format_address
from powplasma.errors import InvalidInput, SearchTimeout
from powplasma.work import Work

from .report import shown

Record = dict[str, object]


def found_record(work: Work, plasma: int) -> Record:
    """A nonce that was found, and the ``plasma`` that its difficulty buys."""
    return {
        "data_hash": work.data_hash.hex(),
        "nonce": work.nonce.hex(),
        "difficulty": str(work.difficulty),
        "achieved_difficulty": str(work.achieved_difficulty),
        "plasma": plasma,
        "hashes": work.hashes,
        "seconds": work.seconds,
        "hashrate": hashrate(work.hashes, work.seconds),
        "kernel": work.kernel,
        "workers": work.workers,
    }


def missing_record(data_hash: bytes, difficulty: int, end: SearchTimeout) -> Record:
    """A search that reached its limit."""
    return {
        "found": False,
        "data_hash": data_hash.hex(),
        "nonce": None,
        "difficulty": str(difficulty),
        "limit": end.limit,
        "hashes": end.hashes,
        "seconds": end.seconds,
        "hashrate": hashrate(end.hashes, end.seconds),
    }


def error_record(error: InvalidInput) -> Record:
    """What is wrong with a line of a file."""
    return {
        "field": error.field,
        "value": shown(error.value),
        "problem": error.problem,
        "accepted": error.accepted,
    }


def hashrate(hashes: int, seconds: float) -> float:
    """Hashes per second, 0 for no time at all."""
    return hashes / seconds if seconds > 0 else 0.0


def key_record(path: Path, key_file: KeyFile) -> Record:
    """A key file: what can be said of it without its password."""
    base_address = key_file.base_address
    return {
        "address": None if base_address is None else format_address(base_address),
        "key_file": str(path),
        "timestamp": key_file.timestamp,
    }
