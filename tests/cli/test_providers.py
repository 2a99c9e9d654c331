"""The programs of docs/providers.md in other languages find good nonces, where those languages are installed."""

import os
import re
import shutil
import subprocess
from hashlib import sha3_256
from pathlib import Path

import pytest

from .conftest import PROGRAM, is_good

PAGE = (Path(__file__).parents[2] / "docs" / "providers.md").read_text(encoding="utf-8")
HASH = sha3_256(b"a block of another language").hexdigest()


def code(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert isinstance(found, str)
    return found


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    path = f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [*map(str, command)], capture_output=True, text=True, check=False, env={**os.environ, "PATH": path}
    )


def judge(*command: str | Path) -> None:
    done = run(*command, HASH, "200000")
    assert done.returncode == 0, done.stderr
    assert is_good(HASH, done.stdout.strip(), 200_000)
    refused = run(*command, HASH[:-1], "200000")
    assert refused.returncode != 0
    assert "has 63 characters" in refused.stderr


def test_javascript(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    program = tmp_path / "provider.mjs"
    program.write_text(code("javascript"), encoding="utf-8")
    judge(node, program)


def test_rust(tmp_path: Path) -> None:
    compiler = shutil.which("rustc")
    if compiler is None:
        pytest.skip("rustc is not installed")
    source, program = tmp_path / "provider.rs", tmp_path / "provider"
    source.write_text(code("rust"), encoding="utf-8")
    built = run(compiler, "-D", "warnings", source, "-o", program)
    assert built.returncode == 0, built.stderr
    judge(program)


def test_python(monkeypatch: pytest.MonkeyPatch) -> None:
    sdk = pytest.importorskip("znn.sdk", reason="znn-sdk is not installed (extra peers, Python 3.12 or newer)")
    exec(code("python"), {})
    try:
        assert sdk.zenon.pow_provider.__module__ == "powplasma.integrations.znn_sdk"
    finally:
        sdk.zenon.clear_pow_provider()
