"""What has to hold before a release: its files, and the state of the repository."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import zipfile
from datetime import date
from hashlib import sha256
from pathlib import Path

from powplasma_build.library import log
from powplasma_build.recipe import ROOT

from .dist import SUMS, git, make_dist
from .sbom import MEMBER


def check_dist(files: list[Path]) -> None:
    """Have the tools of ``requirements.txt`` judge the files, and list them.

    Raises:
        SystemExit: one of them objects.
    """
    wheels = [file for file in files if file.suffix == ".whl"]
    _run("twine", "check", "--strict", *map(str, files))
    _run("check-wheel-contents", *map(str, wheels))
    _run("validate-pyproject", str(ROOT / "pyproject.toml"))
    for wheel in wheels:
        check_sbom(wheel)
        if "linux" in wheel.name:
            said = _run("auditwheel", "show", str(wheel)).replace("\n", " ")
            tags = wheel.stem.split("-")[-1].split(".")
            if not any(f'"{tag}"' in said for tag in tags):
                raise SystemExit(f"auditwheel has another tag for {wheel.name}: {said}")
    for file in files:
        log(f"{file.stat().st_size:>9} {sha256(file.read_bytes()).hexdigest()}  {file.name}")


def check_sbom(wheel: Path) -> None:
    """Hold the wheel's list of materials against the schema of CycloneDX, and its sum against the library."""
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415

    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(MEMBER))
        document = archive.read(name).decode()
        (library,) = (name for name in archive.namelist() if re.search(r"libpowplasma\.(so|dylib|dll)$", name))
        digest = sha256(archive.read(library)).hexdigest()
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(document)
    if fault is not None or digest not in document:
        raise SystemExit(f"{wheel.name}: {name}: {fault or 'has not the sum of the library'}")


def check_same(folder: Path) -> None:
    """Make all once more, elsewhere, and compare.

    Raises:
        SystemExit: a file is not the same to the last byte.
    """
    with tempfile.TemporaryDirectory(prefix="powplasma-again-") as name:
        again = Path(name, "dist")
        make_dist(again)
        first, second = (set(Path(side, SUMS).read_text(encoding="ascii").splitlines()) for side in (folder, again))
    if first != second:
        raise SystemExit("built twice, different:\n" + "\n".join(sorted(first ^ second)))
    log(f"built twice: {len(first)} files, the same SHA-256")


def check_state() -> None:
    """Whether version, changelog, tag and tree belong to one release.

    Raises:
        SystemExit: they do not; the text has a line for each fault.
    """
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    text = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("CHANGELOG.md", "CITATION.cff")}
    faults = state_faults(version, text["CHANGELOG.md"], text["CITATION.cff"])
    module = re.search(r'^__version__ = "(.*)"', (ROOT / "powplasma" / "__init__.py").read_text("utf-8"), re.MULTILINE)
    if module is None or module[1] != version:
        faults.append(f"powplasma.__version__: not {version}, as pyproject.toml has it")
    if git("status", "--porcelain"):
        faults.append("there is something that is not committed")
    tagged = git("tag", "--list", f"v{version}").strip() and git("rev-list", "-n1", f"v{version}")
    if tagged and tagged != git("rev-parse", "HEAD"):
        faults.append(f"v{version}: this tag is on another commit")
    if faults:
        raise SystemExit("\n".join(faults))


def state_faults(version: str, changelog: str, citation: str) -> list[str]:
    """What is wrong with two files for a release of ``version``."""
    faults = []
    heads = re.findall(r"^## \[(.+?)\](?: - (\S+))?$", changelog, re.MULTILINE)
    if heads[:1] != [("Unreleased", "")] or len(heads) < 2 or heads[1][0] != version:
        faults.append(f"CHANGELOG.md: wants [Unreleased] and then [{version}] - YYYY-MM-DD")
    else:
        between = changelog.split("## [Unreleased]")[1].split("## [", maxsplit=1)[0].strip()
        if between:
            faults.append("CHANGELOG.md: something is under [Unreleased] still")
        try:
            date.fromisoformat(heads[1][1])
        except ValueError:
            faults.append(f"CHANGELOG.md: [{version}] has no date (accepted: YYYY-MM-DD)")
    if f"\nversion: {version}\n" not in citation:
        faults.append(f"CITATION.cff: wants the line version: {version}")
    return faults


def _run(tool: str, *arguments: str) -> str:
    """Call a tool that is installed beside this interpreter; what it said."""
    command = [str(Path(sysconfig.get_path("scripts"), tool)), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stdout)
        raise SystemExit(f"{tool} objects")
    log(f"{tool}: {arguments[0] if tool == 'auditwheel' else 'nothing to object'}")
    return done.stdout
