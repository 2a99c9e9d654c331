"""docs/feeless.md is true: every command and every program on it is run as it stands there."""

import contextlib
import os
import random
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import PROGRAM

DOCS = Path(__file__).parents[2] / "docs"
ANYTHING = "…"


def free_port() -> int:
    """A port below those that the system gives away by itself, so that it is still free when the devnode takes it."""
    given_away = Path("/proc/sys/net/ipv4/ip_local_port_range")
    first = int(given_away.read_text().split()[0]) if given_away.exists() else 32_768
    while True:
        port = random.randrange(first // 2, first)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def steps(page: Path) -> list[tuple[str, str]]:
    """Every command of the console examples with what it has to print, and every Python program, in their order."""
    found = []
    for language, text in re.findall(r"```(console|python)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        if language == "python":
            found.append((f"{sys.executable} -W error - <<'END'\n{text}END", ANYTHING))
            continue
        commands = re.findall(r"^\$ (.*)\n", text, re.MULTILINE)
        printed = re.split(r"^\$ .*\n", text, flags=re.MULTILINE)[1:]
        found += zip(commands, printed, strict=True)
    return found


@pytest.mark.timeout(1200)
def test_everything_on_the_page_does_what_it_shows(tmp_path: Path) -> None:
    port = free_port()
    marker = "the next step"
    page = steps(DOCS / "feeless.md")
    script = "set -m\n" + "\n".join(f"echo '{marker}'\n{command}" for command, _ in page)
    # The commands stand as they are; only the port is another than the default, as that may be taken here.
    done = subprocess.run(
        ["bash", "-ec", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=1000,
        env={
            **os.environ,
            "POWPLASMA_DEVNODE_PORT": str(port),
            "POWPLASMA_NODE": f"http://127.0.0.1:{port}",
            "PATH": f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}",
        },
    )
    assert done.returncode == 0, done.stderr
    printed = done.stdout.split(f"{marker}\n")[1:]
    assert len(printed) == len(page)
    for (command, claimed), said in zip(page, printed, strict=True):
        pattern = re.escape(claimed.rstrip("\n")).replace(ANYTHING, ".*")
        assert re.fullmatch(pattern, said.rstrip("\n"), re.DOTALL), f"{command}\n{said}"
    assert "nothing was sent" in done.stderr
