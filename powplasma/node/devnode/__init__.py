"""A strict stand-in for a node, for tests and trials: it verifies what is published, and is no consensus node."""

from powplasma.node.devnode.devnode import NO_CONSENSUS, BackgroundDevNode, DevNode, Settings
from powplasma.node.devnode.genesis import DEV_CHAIN, Genesis, Grant
from powplasma.node.devnode.ledger import Ledger
from powplasma.node.devnode.server import Server

__all__ = [
    "DEV_CHAIN",
    "NO_CONSENSUS",
    "BackgroundDevNode",
    "DevNode",
    "Genesis",
    "Grant",
    "Ledger",
    "Server",
    "Settings",
]
