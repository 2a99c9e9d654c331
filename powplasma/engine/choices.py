"""What an engine can be told to search with: which choices are usable, and go together."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from powplasma.errors import InvalidInput
from powplasma.kernels.opencl import device_named

CPU = "cpu"
"""The name among devices that stands for the processor, with its own kernels."""

_MAX_TOKEN = 200


def check_devices(names: Sequence[str], workers: int | None) -> None:
    """Refuses a selection of devices that cannot search."""
    if (
        not isinstance(names, Sequence)
        or isinstance(names, str)
        or not names
        or not all(isinstance(name, str) for name in names)
    ):
        raise InvalidInput("device", names, "is no list of devices", "cpu or names of OpenCL devices")
    for index, name in enumerate(names):
        if name in names[:index]:
            raise InvalidInput("device", name, "is there twice", "each device once")
        if name != CPU:
            device_named(name)
    if workers is not None and CPU not in names:
        raise InvalidInput("workers", workers, "are for the processor", "with cpu among the devices")


def check_cluster(
    cluster: str, workers: int | None, nice: int | None, devices: Sequence[str], intensity: int | None
) -> None:
    """Refuses what is for this machine's own workers."""
    from powplasma.cluster import check_address  # noqa: PLC0415 - the same

    check_address(cluster)
    check_own(workers, nice, devices, intensity, "a cluster")


def check_server(server: str | None, token: str | None, cluster: str | None) -> None:
    """Refuses what is no work server, and what does not go with one."""
    if server is None:
        raise InvalidInput("token", "it", "is for a work server", "with a server")
    _check_address(server, token)
    if cluster is not None:
        raise InvalidInput("cluster", cluster, "is given beside a work server", "one of the two")


def check_own(
    workers: int | None, nice: int | None, devices: Sequence[str], intensity: int | None, others: str
) -> None:
    """Refuses what is for this machine's own workers, where others search."""
    for field, value in (("workers", workers), ("nice", nice), ("intensity", intensity)):
        if value is not None:
            raise InvalidInput(field, value, "is for workers of this machine", f"nothing with {others}")
    if isinstance(devices, Sequence) and not isinstance(devices, str) and [*devices] not in ([], [CPU]):
        raise InvalidInput("device", [*devices], "is of this machine", f"nothing with {others}")


def _check_address(url: object, token: object) -> None:
    """Refuses what is no URL of a work server, or no token for one. The token is in no error.

    Raises:
        InvalidInput: field ``server`` or ``token``.
    """
    accepted = "http://host:port or https://host:port"
    if not isinstance(url, str):
        raise InvalidInput("server", url, "is not text", accepted)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or "@" in parts.netloc or not url.isprintable() or " " in url:
        raise InvalidInput("server", url, "is not the URL of a work server", accepted)
    if token is not None and not (
        isinstance(token, str) and token.isascii() and token.isprintable() and 0 < len(token.strip()) <= _MAX_TOKEN
    ):
        raise InvalidInput("token", "it", "is not a token", "one line of printable characters")
