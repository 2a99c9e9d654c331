"""README.md opens with two commands; the CI entry runs the second, and nothing may drift apart."""

import json
import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parents[1]

DEVICE_OF_DEBIAN = (
    "compgen -G '/etc/OpenCL/vendors/*.icd' > /dev/null || "
    "{ apt-get update && apt-get install -y --no-install-recommends pocl-opencl-icd; }"
)


def commands() -> list[str]:
    """The shell commands in the README's first section."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## ")[1]
    return [block.strip() for block in re.findall(r"```sh\n(.*?)```", section, re.DOTALL)]


def test_there_are_two_of_one_line_each() -> None:
    assert len(commands()) == 2
    assert all("\n" not in command for command in commands())


def test_ci_runs_the_second_and_insists_on_the_native_library_and_a_device() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    statements = [line for line in script if line and not line.startswith("#")]
    assert statements == [
        "set -euo pipefail",
        'cd "$(dirname "${BASH_SOURCE[0]}")/.."',
        "export POWPLASMA_NATIVE=yes POWPLASMA_OPENCL=yes",
        DEVICE_OF_DEBIAN,
        commands()[1],
    ]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_the_first_asks_for_a_block_of_the_network() -> None:
    words = shlex.split(commands()[0])
    options = {words[i]: words[i + 1] for i, word in enumerate(words) if word.startswith("--")}
    cases = json.loads((ROOT / "tests" / "vectors" / "pow.json").read_text(encoding="utf-8"))["cases"]
    assert any(
        case["category"] == "mainnet"
        and case["address"] == options["--address"]
        and case["previousHash"] == options["--previous-hash"]
        and case["difficulty"] == options["--difficulty"]
        for case in cases
    )
