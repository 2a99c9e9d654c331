"""Who may speak to a devnode from within a browser: pages of this machine alone.

A page of any site can let a browser send requests here. If its name is made to stand for this machine's address, the
browser takes the answers for the page's own; and a browser opens a WebSocket to anywhere. Host and Origin, which a
browser sets and a page cannot, tell.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit


def is_own_host(hosts: Sequence[str]) -> bool:
    """Whether a request is to an IP address, as a node demands, by its Host headers; no browser leaves them out."""
    return all(_address(_name_of(host)) is not None for host in hosts)


def is_own_origin(origins: Sequence[str], hosts: Sequence[str]) -> bool:
    """Whether a request is of no page, or of one of this machine or of the same host.

    Args:
        origins: the Origin headers.
        hosts: the Host headers.
    """
    names = {_name_of(host) for host in hosts}
    return all(_is_local(name) or name in names for name in map(_origin_name, origins))


def _origin_name(origin: str) -> str:
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""


def _is_local(name: str) -> bool:
    address = _address(name)
    return name == "localhost" or name.endswith(".localhost") or (address is not None and address.is_loopback)


def _name_of(host: str) -> str:
    """A host without its port."""
    return host[1 : host.index("]")] if host.startswith("[") and "]" in host else host.partition(":")[0]


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
