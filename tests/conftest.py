"""What several folders of tests share."""

from __future__ import annotations

import itertools
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from powplasma.kernels.opencl.cache import ENVIRONMENT
from tests.opencl import device_or_skip, keep_tuning

# How long an example takes says something about the machine and nothing about powplasma.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# A shell's background job ignores some signals, and what it starts would too; a handler is not handed on.
for _number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, lambda *_: None)


@pytest.fixture(scope="session")
def opencl_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what is compiled once and used by many tests."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def device(opencl_cache: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name of an OpenCL device, ready at once in this process and in those that it starts."""
    name = device_or_skip()
    monkeypatch.setenv(ENVIRONMENT, str(opencl_cache))
    keep_tuning(name)
    return name


_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tests' state folders."""
    return tmp_path_factory.mktemp("states")


@pytest.fixture(autouse=True)
def state(states: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder for each test, so that none finds the locks and unsettled blocks of another, or of the user."""
    folder = states / str(next(_NUMBERS))
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder / "powplasma"
