"""Makes a source distribution, and from it a wheel for every platform."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from powplasma_build.compilers import zig_compiler
from powplasma_build.errors import NativeBuildError
from powplasma_build.library import compile_library, log
from powplasma_build.platforms import Platform, released_platforms
from powplasma_build.recipe import NATIVE, ROOT, recipe_for
from powplasma_build.wheel import add_library

from .sbom import MEMBER, sbom

SUMS = "SHA256SUMS"


def make_dist(out: Path, only: str = "") -> list[Path]:
    """Make all into ``out``, an empty folder or a new one, and write their sums beside them.

    Args:
        out: where to.
        only: leave out the wheels without this in their tag.

    Raises:
        SystemExit: git, setuptools or the compiler fails, or ``out`` has something in it.
    """
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise SystemExit(f"{out}: not empty")
    with tempfile.TemporaryDirectory(prefix="powplasma-dist-") as name:
        folder = Path(name)
        epoch = clean_tree(folder / "tree")
        sdist = call(folder / "tree", "powplasma_build", f"build_sdist({str(out)!r})", epoch)
        log(f"made {sdist}")
        _unpack((out / sdist).read_bytes(), folder / "sdist")
        (unpacked,) = (folder / "sdist").iterdir()
        plain = call(unpacked, "powplasma_build", f"build_wheel({name!r})", epoch)
        # The code of the sdist goes on, so that the C files are those of the sdist, too.
        call(unpacked, "powplasma_release.dist", f"make_wheels({str(folder / plain)!r}, {str(out)!r}, {only!r})", epoch)
    made = sorted(path for path in out.iterdir())
    lines = [f"{sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made]
    (out / SUMS).write_text("".join(lines), encoding="ascii")
    return made


def make_wheels(plain: str, out: str, only: str = "") -> None:
    """Add to a wheel without a library that of each platform.

    Args:
        plain: the wheel.
        out: where to put those made from it.
        only: leave out those without this in their tag.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for made in pool.map(lambda platform: _wheel(Path(plain), Path(out), platform), _wanted(only)):
            log(f"made {made.name}")


def _wheel(plain: Path, out: Path, platform: Platform) -> Path:
    """The wheel of one platform."""
    release = plain.name.split("-")[1]
    with tempfile.TemporaryDirectory(prefix="powplasma-dist-") as name:
        folder = Path(name)
        files = _library(platform, folder)
        document = folder / Path(MEMBER).name
        text = sbom(release, files[0], platform, int(os.environ["SOURCE_DATE_EPOCH"]))
        document.write_text(text, encoding="utf-8", newline="\n")
        members = {f"{NATIVE.relative_to(ROOT).as_posix()}/{file.name}": file for file in files}
        members[f"powplasma-{release}.dist-info/{MEMBER}"] = document
        made = add_library(Path(shutil.copy(plain, folder)), members, platform.wheel_tag)
        return Path(shutil.move(made, out / made.name))


def _wanted(only: str) -> list[Platform]:
    """The platforms with ``only`` in their tag; SystemExit if there is none."""
    every = released_platforms()
    chosen = [platform for platform in every if only in platform.wheel_tag]
    if not chosen:
        tags = ", ".join(platform.wheel_tag.split(".")[0] for platform in every)
        raise SystemExit(f"--only: {only!r} is in no tag of {tags}")
    return chosen


def _library(platform: Platform, folder: Path) -> list[Path]:
    recipe = recipe_for(platform)
    compiler = zig_compiler(platform, recipe)
    if compiler is None:
        raise SystemExit("the package ziglang is not installed; `make dist` installs it")
    try:
        return compile_library(recipe, compiler, folder)
    except NativeBuildError as error:
        raise SystemExit(f"{error.output}\n{platform.wheel_tag}: {error.summary}") from error


def clean_tree(target: Path) -> int:
    """Write the last commit to ``target``, or this tree where it is no checkout; the time that it has."""
    if not (ROOT / ".git").exists():
        if "SOURCE_DATE_EPOCH" not in os.environ:
            raise SystemExit("SOURCE_DATE_EPOCH: not set, and there is no commit to take the time of")
        shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(".venv*", "*.egg-info", "build", "dist", "*.pyc"))
        return int(os.environ["SOURCE_DATE_EPOCH"])
    _unpack(git("archive", "HEAD"), target)
    if git("status", "--porcelain"):
        log("what is not committed is left out")
    return int(os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct"))


def _unpack(archive: bytes, folder: Path) -> None:
    """Unpack an archive of our own, for which any filter is good; as an argument there is one since Python 3.11.4."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        opened.extraction_filter = tarfile.fully_trusted_filter
        opened.extractall(folder)  # noqa: S202


def git(*arguments: str) -> bytes:
    """What git says in the source tree."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)  # noqa: S607
    if done.returncode != 0:
        raise SystemExit(f"git {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def call(tree: Path, module: str, expression: str, epoch: int) -> str:
    """Call a function of the build code in ``tree``, in a process of its own; what it returns, as text."""
    environ = {
        # What a library is linked with is the same every time; our own C files are compiled every time.
        "ZIG_GLOBAL_CACHE_DIR": str(ROOT / "build" / "zig-cache"),
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tree / "build_backend"), os.environ.get("PYTHONPATH", "")]),
        "POWPLASMA_NATIVE": "no",
        "SOURCE_DATE_EPOCH": str(epoch),
    }
    code = f"import sys, {module}; made = {module}.{expression}; sys.stdout.write(f'\\n{{made}}')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tree, env=environ, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"{expression} failed\n{done.stdout}")
    return done.stdout.splitlines()[-1]
