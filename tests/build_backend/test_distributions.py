"""Source distribution and wheels, made by the hooks themselves from a copy of the tree."""

import base64
import csv
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from powplasma_build.recipe import NATIVE, ROOT, _table
from powplasma_build.wheel import add_library

NOT_SOURCE = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist", "venv*")


def call_hook(hook: str, tree: Path, target: Path) -> Path:
    """Call one hook of the backend in ``tree``, in a process of its own as a front end does."""
    target.mkdir()
    code = f"import sys, powplasma_build; powplasma_build.{hook}(sys.argv[1])"
    environ = {**os.environ, "PYTHONPATH": str(tree / "build_backend"), "POWPLASMA_NATIVE": "no"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(target)], cwd=tree, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (made,) = target.iterdir()
    return made


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    shutil.copytree(ROOT, folder / "tree", ignore=NOT_SOURCE)
    shutil.copytree(ROOT / ".ci", folder / "tree" / ".ci")
    for name in ("libpowplasma.so", "libpowplasma.so.sha256"):
        (folder / "tree" / "powplasma" / "native" / name).write_bytes(b"left over")
    return call_hook("build_sdist", folder / "tree", folder / "made")


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        # Our own archive, so all may stay; as an argument, extractall() takes a filter only since Python 3.11.4.
        archive.extraction_filter = lambda member, path: member
        archive.extractall(folder)
    (tree,) = folder.iterdir()
    return tree


@pytest.fixture(scope="module")
def plain_wheel(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return call_hook("build_wheel", unpacked, tmp_path_factory.mktemp("wheel") / "made")


def python_files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.py")}


def test_sdist_has_all_it_takes_to_build(unpacked: Path) -> None:
    table = _table()
    needed = {"sources.py", *table.HEADERS, *(source.file for source in table.SOURCES)}
    assert needed <= {path.name for path in (unpacked / "powplasma" / "native").iterdir()}
    assert python_files(unpacked / "build_backend") == python_files(ROOT / "build_backend")


def test_the_table_names_every_c_file() -> None:
    table = _table()
    named = {*table.HEADERS, *(source.file for source in table.SOURCES)}
    assert named == {path.name for pattern in ("*.c", "*.h") for path in NATIVE.glob(pattern)}


@pytest.mark.parametrize("folder", ["powplasma", "cli", "tests"])
def test_sdist_has_the_code_and_its_tests(unpacked: Path, folder: str) -> None:
    assert python_files(unpacked / folder) == python_files(ROOT / folder)


def test_sdist_has_what_is_not_python_and_nothing_compiled(unpacked: Path) -> None:
    for name in ("LICENSE", "README.md", "CONTRIBUTING.md", ".ci/run", "tests/vectors/pow.json"):
        assert (unpacked / name).is_file(), name
    compiled = {".so", ".dylib", ".dll", ".sha256", ".pyc"}
    assert not [path for path in unpacked.rglob("*") if path.suffix in compiled]


def test_wheel_has_every_package_and_no_source_of_the_library(plain_wheel: Path) -> None:
    assert plain_wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(plain_wheel) as wheel:
        names = set(wheel.namelist())
    modules = {
        f"{package}/{name}"
        for package, folder in (("powplasma", ROOT / "powplasma"), ("powplasma_cli", ROOT / "cli"))
        for name in python_files(folder)
        if (folder / name).with_name("__init__.py").exists()
    }
    assert {name for name in names if name.endswith(".py")} == modules
    assert not [name for name in names if name.endswith((".c", ".h", ".so", ".dylib", ".dll"))]
    assert "powplasma/py.typed" in names
    data = (ROOT / "powplasma").rglob("*.toml")
    assert {name for name in names if name.endswith(".toml")} == {path.relative_to(ROOT).as_posix() for path in data}


def test_packages_are_listed() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    folders = {
        ".".join([package, *path.parent.relative_to(ROOT / folder).parts])
        for package, folder in settings["package-dir"].items()
        for path in (ROOT / folder).rglob("__init__.py")
    }
    assert set(settings["packages"]) == folders


def test_a_library_makes_the_wheel_one_of_its_platform(plain_wheel: Path, tmp_path: Path) -> None:
    members = {"powplasma/native/libpowplasma.so": b"machine code", "powplasma/native/libpowplasma.so.sha256": b"00"}
    for name, content in members.items():
        (tmp_path / Path(name).name).write_bytes(content)
    copy = Path(shutil.copy(plain_wheel, tmp_path))
    made = add_library(copy, {name: tmp_path / Path(name).name for name in members}, "linux_x86_64")
    assert made.name == plain_wheel.name.replace("-any.whl", "-linux_x86_64.whl")
    assert not copy.exists()
    with zipfile.ZipFile(made) as wheel, zipfile.ZipFile(plain_wheel) as plain:
        assert set(wheel.namelist()) == {*plain.namelist(), *members}
        assert {name: wheel.read(name) for name in members} == members
        info = next(name for name in wheel.namelist() if name.endswith(".dist-info/WHEEL"))
        lines = wheel.read(info).decode().splitlines()
        assert "Root-Is-Purelib: false" in lines
        assert [line for line in lines if line.startswith("Tag: ")] == ["Tag: py3-none-linux_x86_64"]
        record = info.replace("WHEEL", "RECORD")
        rows = list(csv.reader(wheel.read(record).decode().splitlines()))
        assert [row for row in rows if row[0] == record] == [[record, "", ""]]
        assert sorted(row[0] for row in rows) == sorted(wheel.namelist())
        for name, digest, size in rows:
            if name != record:
                expected = base64.urlsafe_b64encode(hashlib.sha256(wheel.read(name)).digest()).rstrip(b"=").decode()
                assert (digest, int(size)) == (f"sha256={expected}", len(wheel.read(name)))
