"""Where a node is: its URL, checked before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from powplasma.errors import InvalidInput

DEFAULT_HTTP_PORT = 35997
"""Port of a node's HTTP server. go-zenon ``p2p/defaults.go``."""

DEFAULT_WEBSOCKET_PORT = 35998
"""Port of a node's WebSocket server."""

DEFAULT_NODE = f"http://127.0.0.1:{DEFAULT_HTTP_PORT}"
"""A node on this machine."""

_SCHEMES = ("http://", "https://", "ws://", "wss://")

_ACCEPTED = f"http://, https://, ws:// or wss://, as in {DEFAULT_NODE}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A node's address.

    Attributes:
        url: as it was given.
        websocket: whether it is spoken to by WebSocket, else by HTTP.
    """

    url: str
    websocket: bool


def parse_endpoint(url: str) -> Endpoint:
    """A node's URL, by HTTP or WebSocket.

    ``localhost`` is refused: a node answers requests to that name with HTTP 403, and to 127.0.0.1 it answers.

    Raises:
        InvalidInput: field ``node``; no such URL, without a host or port, with a user name, or ``localhost``.
    """
    if not isinstance(url, str):
        raise InvalidInput("node", url, "is not text", _ACCEPTED)
    if "@" in url:
        # The value may hold a password, which no message shows.
        scheme = f"{url.partition('://')[0]}://…" if url.startswith(_SCHEMES) else "it"
        raise InvalidInput("node", scheme, "holds a user name or password", _ACCEPTED)
    if not url.isprintable() or " " in url:
        raise InvalidInput("node", url, "has a character that no URL has", _ACCEPTED)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as unreadable:
        raise InvalidInput("node", url, f"is no URL: {unreadable}", _ACCEPTED) from None
    if f"{parts.scheme}://" not in _SCHEMES or not host:
        raise InvalidInput("node", url, "is no URL of a node", _ACCEPTED)
    if host == "localhost" or host.endswith(".localhost"):
        raise InvalidInput("node", url, "names the machine localhost, which a node refuses", "127.0.0.1 instead")
    if port is None and parts.scheme in ("http", "ws"):
        usual = DEFAULT_HTTP_PORT if parts.scheme == "http" else DEFAULT_WEBSOCKET_PORT
        raise InvalidInput("node", url, "names no port", f"a node's usual port is {usual}")
    if parts.query or parts.fragment:
        raise InvalidInput("node", url, "has a query or a fragment", _ACCEPTED)
    return Endpoint(url, parts.scheme in ("ws", "wss"))
