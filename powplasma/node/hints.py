"""What may be wrong with a node's URL, by how the other side answered."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from powplasma.errors import printable
from powplasma.node.endpoint import DEFAULT_HTTP_PORT, DEFAULT_WEBSOCKET_PORT

_SHOWN = 200
"""Most characters of another address that a message shows."""

_OTHER_SCHEME = {"http": "ws", "https": "wss", "ws": "http", "wss": "https"}


def http_hint(url: str, status: int, text: str, location: str | None) -> str:
    """What may be wrong where an HTTP request got this status; empty if nothing is known.

    Args:
        url: the node's.
        status: of the answer.
        text: the beginning of what it said.
        location: where it points to, as it says.
    """
    parts = urlsplit(url)
    hint = _elsewhere(status, location)
    if not hint and status == 400 and "https" in text.lower():
        hint = "it wants TLS: write https:// instead of http://"
    elif not hint and status == 403 and not _is_address(parts.hostname or ""):
        hint = "a node answers only to its IP address, such as 127.0.0.1"
    elif not hint and status in (404, 405) and parts.path not in ("", "/"):
        hint = "a node answers at the path / alone"
    elif not hint and status in (400, 404, 426):
        # What a node's own WebSocket port says, and other servers of WebSocket.
        hint = f"this may be its WebSocket port: write {_swapped(url)}, or its HTTP port, usually {DEFAULT_HTTP_PORT}"
    return hint


def websocket_hint(url: str, status: int, location: str | None) -> str:
    """What may be wrong where the handshake of a WebSocket got this status; arguments as for ``http_hint``."""
    hint = _elsewhere(status, location)
    if not hint and status == 403:
        hint = "it does not take WebSocket connections from here"
    elif not hint and status < 500:
        hint = f"it speaks HTTP there: write {_swapped(url)}, or its WebSocket port, usually {DEFAULT_WEBSOCKET_PORT}"
    return hint


def _elsewhere(status: int, location: str | None) -> str:
    if not 300 <= status < 400 or not location:
        return ""
    target = printable(location)
    return f"it points to {target if len(target) <= _SHOWN else f'{target[:_SHOWN]}…'}, which is not followed"


def _swapped(url: str) -> str:
    """The URL with the scheme of the other protocol."""
    parts = urlsplit(url)
    return parts._replace(scheme=_OTHER_SCHEME[parts.scheme]).geturl()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
