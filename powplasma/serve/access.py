"""Which web pages may use a work server: none, unless it is told of them.

A browser sends what a page of any site asks it to send, and the page cannot forge the headers Host and Origin. Programs
that are not browsers send no Origin.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from powplasma.node.devnode.access import is_own_host

_CORS_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Access:
    """What is allowed beside programs that name an IP address or this machine.

    Attributes:
        names: host names under which the server may be called.
        origins: of the pages that may call it, as in ``https://wallet.example``.
    """

    names: Collection[str] = ()
    origins: Collection[str] = ()

    def is_own_host(self, hosts: Sequence[str]) -> bool:
        """Whether the Host headers name the server: an address, ``localhost`` or a name that was given."""
        return all(self._is_named(host) or is_own_host([host]) for host in hosts)

    def _is_named(self, host: str) -> bool:
        name = host.partition(":")[0].lower()
        return name == "localhost" or name in self.names

    def allows(self, origins: Sequence[str]) -> bool:
        """Whether pages of these Origin headers may call."""
        return all(origin in self.origins for origin in origins)

    def headers(self, origins: Sequence[str]) -> dict[str, str]:
        """What an answer tells the browser of a page that may call."""
        return {"Access-Control-Allow-Origin": origins[0], "Vary": "Origin"} if origins else {}

    def preflight(self, origins: Sequence[str]) -> dict[str, str]:
        """The same for the question that a browser asks before a page's request."""
        return self.headers(origins) | {
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Allow-Private-Network": "true",
            "Access-Control-Max-Age": str(_CORS_SECONDS),
        }
