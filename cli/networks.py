"""Which network a node and an account were used on before, so that nothing is signed for another one by mistake."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from powplasma import files
from powplasma.address import format_address
from powplasma.errors import InvalidInput, PowPlasmaError
from powplasma.folders import state_folder
from powplasma.node import BlockingNode
from powplasma.transfer import Terms, networks_of

_FORMAT = "powplasma-networks"
_VERSION = 1
_MAX_BYTES = 1 << 20
_MAX_NODES = 1_000
"""Nodes that are remembered; those that were used longest ago are forgotten."""


class UnexpectedNetwork(PowPlasmaError):
    """A node is of another network than before.

    Attributes:
        network: chain identifier that the node states.
    """

    def __init__(self, why: str, network: int) -> None:
        self.network = network
        super().__init__(f"{why}; if network {network} is meant: --network {network}")


def check_network(node: BlockingNode, address: bytes, allowed: Terms) -> None:
    """Compares the network that a node states with what is known, and remembers it for this node.

    Args:
        node: asked.
        address: of the account, 20 bytes.
        allowed: what it states as ``chain_identifier`` is checked where the block is planned.

    Raises:
        UnexpectedNetwork: the node, or the account, was used on another network, and none was asked for.
    """
    network = node.frontier_momentum().chain_identifier
    known = _read()
    if allowed.chain_identifier is None:
        before, used = known.get(node.url), networks_of(address)
        if before not in (None, network):
            raise UnexpectedNetwork(f"node {node.url} was of network {before}, and now states {network}", network)
        if used and network not in used:
            names = ", ".join(map(str, sorted(used)))
            why = f"{format_address(address)} was used on network {names}, and node {node.url} states {network}"
            raise UnexpectedNetwork(why, network)
    elif allowed.chain_identifier != network:
        return  # it is refused, and not worth remembering
    if known.pop(node.url, None) != network or list(known)[-1:] != [node.url]:
        _write({**known, node.url: network})


def _path() -> Path | None:
    folder = state_folder()
    return None if folder is None else folder / "networks.json"


def _read() -> dict[str, int]:
    """The network of each node, the one that was used last at the end."""
    path = _path()
    if path is None or not path.exists():
        return {}
    content = files.read_json(path, "network", _MAX_BYTES)
    if isinstance(content, dict) and content.get("format") == _FORMAT and content.get("version") == _VERSION:
        nodes = content.get("nodes")
        if isinstance(nodes, dict) and all(type(network) is int for network in nodes.values()):
            return nodes
    raise InvalidInput("network", str(path), "is not a list of known networks", "a file of powplasma, or none")


def _write(known: dict[str, int]) -> None:
    path = _path()
    if path is None:
        return
    newest = dict(list(known.items())[-_MAX_NODES:])
    record = {"format": _FORMAT, "version": _VERSION, "nodes": newest}
    with contextlib.suppress(OSError):  # to send needs the folder, and says so; to look does not
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with files.replaced(path) as file:
            file.write(json.dumps(record, indent=2).encode() + b"\n")
