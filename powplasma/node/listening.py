"""Where a server of this project may listen: on this machine, unless more is asked for."""

from __future__ import annotations

import ipaddress

from powplasma.errors import InvalidInput, check_integer


def check_listening(host: str, port: int, *, expose: bool) -> None:
    """Refuses an address that nobody can listen at, or that other machines reach without ``expose``.

    Raises:
        InvalidInput: field ``host`` or ``port``.
    """
    check_integer("port", port, 0, 65_535)
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise InvalidInput("host", host, "is no IP address", "127.0.0.1 or ::1") from None
    if not (address.is_loopback or expose):
        raise InvalidInput("host", host, "is open to other machines", "127.0.0.1 or ::1, unless asked for")
