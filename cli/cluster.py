"""The option ``--cluster``, which some commands share."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator

import click

cluster_option = click.option(
    "--cluster", metavar="ADDRESS", help="Run on the workers of this Dask scheduler, as in tcp://host:8786."
)


@contextlib.contextmanager
def on_cluster(address: str | None) -> Iterator[None]:
    """Refuses what cannot be reached, and keeps Dask from printing beside this program; nothing without an address.

    Raises:
        InvalidInput: field ``cluster``.
        ClusterUnavailable: the extra is not installed.
    """
    if address is None:
        yield
        return
    from powplasma.cluster import check_address, check_available  # noqa: PLC0415 - it brings asyncio, which is slow

    check_address(address)
    check_available()
    # It tells of a future that nobody waits for any more when that is collected, which may be after the command.
    logging.getLogger("asyncio").disabled = True
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"distributed\.")
            yield
    finally:
        logging.disable(before)
