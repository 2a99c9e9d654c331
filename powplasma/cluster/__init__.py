"""Work on an existing cluster of Dask's ``distributed`` (extra ``cluster``): how it is reached, and refused."""

from powplasma.cluster.connection import (
    CONNECT_SECONDS,
    ClusterFailed,
    ClusterUnavailable,
    TaskKilled,
    check_address,
    check_available,
    check_version,
    connected,
    own_version,
)
from powplasma.cluster.tasks import NO_WORKER_SECONDS, Tasks

__all__ = [
    "CONNECT_SECONDS",
    "NO_WORKER_SECONDS",
    "ClusterFailed",
    "ClusterUnavailable",
    "TaskKilled",
    "Tasks",
    "check_address",
    "check_available",
    "check_version",
    "connected",
    "own_version",
]
