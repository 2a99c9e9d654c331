"""Which web pages may talk to a devnode: those of this machine.

A browser sends what a page of any site asks it to send. The page cannot forge the headers Host and Origin. Host tells a
page whose name has been made to point to this machine (DNS rebinding); Origin tells any other page, which otherwise
could open a WebSocket and read its answers. Programs that are not browsers send no Origin.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit


def is_own_host(hosts: Sequence[str]) -> bool:
    """Whether the Host headers name an IP address, as a node demands. A request without one is not a browser's."""
    return all(_address(_name_of(host)) is not None for host in hosts)


def is_own_origin(origins: Sequence[str]) -> bool:
    """Whether the Origin headers name pages of this machine: ``localhost``, a name below it, or a loopback address."""
    return all(map(_is_local, origins))


def _is_local(origin: str) -> bool:
    try:
        name = urlsplit(origin).hostname or ""
    except ValueError:
        return False
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
