"""What is published: tags, the same bytes every time, lists of materials, and the state a release asks for."""

import csv
import gzip
import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from packaging.tags import parse_tag
from packaging.utils import parse_wheel_filename
from powplasma_build.compilers import Compiler
from powplasma_build.platforms import released_platforms
from powplasma_build.recipe import ROOT, recipe_for
from powplasma_build.sdist import normalize
from powplasma_release import dist
from powplasma_release.checks import state_faults

from tests.fuzz.campaigns import CAMPAIGNS

EPOCH = 1_700_000_001

TAGS = {
    "manylinux_2_17_x86_64.manylinux2014_x86_64": ("x86_64-linux-gnu.2.17", ".so"),
    "manylinux_2_17_aarch64.manylinux2014_aarch64": ("aarch64-linux-gnu.2.17", ".so"),
    "musllinux_1_2_x86_64": ("x86_64-linux-musl", ".so"),
    "musllinux_1_2_aarch64": ("aarch64-linux-musl", ".so"),
    "macosx_11_0_x86_64": ("x86_64-macos.11.0", ".dylib"),
    "macosx_11_0_arm64": ("aarch64-macos.11.0", ".dylib"),
    "win_amd64": ("x86_64-windows-gnu", ".dll"),
    "win_arm64": ("aarch64-windows-gnu", ".dll"),
}


def test_each_tag_has_the_library_of_its_machine() -> None:
    made = {
        platform.wheel_tag: (platform.zig_target, Path(recipe_for(platform).library).suffix)
        for platform in released_platforms()
    }
    assert made == TAGS


def test_kernels_are_those_of_the_architecture() -> None:
    for platform in released_platforms():
        files = {step.file.name for step in recipe_for(platform).steps}
        assert ("neon.c" in files) == (platform.architecture == "aarch64")
        assert ("avx2.c" in files) == (platform.architecture == "x86_64")


ZIG = """
import sys
from pathlib import Path
made = sys.argv[sys.argv.index("-o") + 1]
said = [Path(word).name for word in sys.argv[1:]]
given = [Path(word).read_bytes() for word in sys.argv if word.endswith((".c", ".o")) and word != made]
Path(made).write_bytes(repr((said, given)).encode())
"""

MAKE = """
import os, sys
from pathlib import Path
from powplasma_release.dist import make_dist
os.umask(int(sys.argv[2]))
make_dist(Path(sys.argv[1]))
"""


def build(folder: Path, *, umask: int, age: int) -> list[Path]:
    """The files of a release from a tree in ``folder``, of which umask, clock and path are of no account.

    A stand-in for zig writes what it is told to compile, so that a path in its orders would show.
    """
    skipped = shutil.ignore_patterns(".venv*", ".git", "__pycache__", "*.egg-info", "build", "*.so", "*.sha256", "docs")
    shutil.copytree(ROOT, folder / "tree", ignore=skipped)
    for path in (folder / "tree").rglob("*.py"):
        os.utime(path, (age, age))
    zig = folder / "zig" / "ziglang"
    zig.mkdir(parents=True)
    (zig / "__main__.py").write_text(ZIG)
    (zig / "__init__.py").touch()
    about = folder / "zig" / "ziglang-9.9.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: ziglang\nVersion: 9.9\n")
    environ = {
        **os.environ,
        "SOURCE_DATE_EPOCH": str(EPOCH),
        "PYTHONPATH": os.pathsep.join([str(folder / "tree" / "build_backend"), str(folder / "zig")]),
    }
    done = subprocess.run(
        [sys.executable, "-c", MAKE, str(folder / "made"), str(umask)],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return sorted((folder / "made").iterdir())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return build(tmp_path_factory.mktemp("first"), umask=0o022, age=EPOCH - 50_000)


def test_the_same_bytes_in_another_folder_with_another_umask_and_clock(made: list[Path], tmp_path: Path) -> None:
    again = build(tmp_path, umask=0o077, age=EPOCH - 90_000)
    assert [path.name for path in made] == [path.name for path in again]
    different = [
        first.name for first, second in zip(made, again, strict=True) if first.read_bytes() != second.read_bytes()
    ]
    assert different == []


def wheels(made: list[Path]) -> list[Path]:
    return [path for path in made if path.suffix == ".whl"]


def test_there_is_a_wheel_for_each_tag_and_a_sum_for_each_file(made: list[Path]) -> None:
    tags = [parse_wheel_filename(path.name)[3] for path in wheels(made)]
    assert sorted(tags, key=str) == sorted((parse_tag(f"py3-none-{tag}") for tag in TAGS), key=str)
    (sums,) = (path for path in made if path.name == dist.SUMS)
    assert sums.read_text(encoding="ascii").splitlines() == [
        f"{sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in made if path != sums
    ]


def test_the_wheel_says_the_tags_of_its_name_and_its_members_have_no_time_of_their_own(made: list[Path]) -> None:
    for path in wheels(made):
        with zipfile.ZipFile(path) as wheel:
            (about,) = (name for name in wheel.namelist() if name.endswith(".dist-info/WHEEL"))
            lines = wheel.read(about).decode().splitlines()
            assert {line.removeprefix("Tag: ") for line in lines if line.startswith("Tag: ")} == {
                str(tag) for tag in parse_wheel_filename(path.name)[3]
            }
            assert {info.date_time for info in wheel.infolist()} == {(2023, 11, 14, 22, 13, 20)}
            assert {info.external_attr >> 16 for info in wheel.infolist()} == {stat.S_IFREG | 0o644}
            rows = list(csv.reader(io.StringIO(wheel.read(about.replace("WHEEL", "RECORD")).decode())))
            assert sorted(row[0] for row in rows) == sorted(wheel.namelist())


def test_the_list_of_materials_names_the_library_that_is_in_the_wheel(made: list[Path]) -> None:
    for path in wheels(made):
        with zipfile.ZipFile(path) as wheel:
            (name,) = (name for name in wheel.namelist() if ".dist-info/sboms/" in name)
            document = json.loads(wheel.read(name))
            (file,) = (part for part in document["components"] if part["type"] == "file")
            assert file["hashes"] == [{"alg": "SHA-256", "content": sha256(wheel.read(file["name"])).hexdigest()}]
            linked = {part["name"] for part in document["components"]}
            assert ("mingw-w64" in linked) == ("-win_" in path.name)


def test_the_archive_has_no_name_no_clock_and_no_umask_of_the_builder(made: list[Path]) -> None:
    (sdist,) = (path for path in made if path.name.endswith(".tar.gz"))
    assert sdist.read_bytes()[4:8] == EPOCH.to_bytes(4, "little")
    with tarfile.open(sdist) as archive:
        members = archive.getmembers()
    assert [member.name for member in members] == sorted(member.name for member in members)
    assert {(member.mtime, member.uid, member.gid, member.uname, member.gname) for member in members} == {
        (EPOCH, 0, 0, "", "")
    }
    assert {member.mode for member in members} <= {0o644, 0o755}
    assert {member.name.rpartition("/")[2] for member in members if member.isfile() and member.mode == 0o755} == {"run"}


def test_an_archive_without_a_set_time_keeps_that_of_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    file = tmp_path / "file"
    file.write_text("text")
    os.utime(file, (EPOCH, EPOCH))
    archive = tmp_path / "made.tar.gz"
    with tarfile.open(archive, "w:gz") as writing:
        writing.add(file, "made/file")
    normalize(archive)
    with tarfile.open(archive) as reading:
        member = reading.getmember("made/file")
        content = reading.extractfile(member)
        assert content is not None
        assert (content.read(), member.mtime, member.uname) == (b"text", EPOCH, "")
    assert gzip.decompress(archive.read_bytes())
    assert not archive.with_name("made.tar.gz.new").exists()


def test_a_library_that_cannot_be_compiled_ends_in_the_compilers_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = Compiler("zig cc", (sys.executable, "-c", "raise SystemExit('error: no such target')"))
    monkeypatch.setattr(dist, "zig_compiler", lambda platform, recipe: fails)
    with pytest.raises(SystemExit, match=r"(?s)no such target.*win_arm64: zig cc failed"):
        dist._library(released_platforms()[-1], tmp_path)


def test_a_tag_that_is_not_made_is_refused_and_a_folder_in_use(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="--only: 'solaris' is in no tag of manylinux_2_17_x86_64, "):
        dist._wanted("solaris")
    (tmp_path / "precious").touch()
    with pytest.raises(SystemExit, match="not empty"):
        dist.make_dist(tmp_path)


CITATION = "cff-version: 1.2.0\nversion: 0.2.0\n"
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n- new\n\n## [0.1.0] - 2026-01-01\n"


def test_a_release_is_ready() -> None:
    assert state_faults("0.2.0", CHANGELOG, CITATION) == []


@pytest.mark.parametrize(
    ("version", "changelog", "citation", "fault"),
    [
        ("0.3.0", CHANGELOG, CITATION.replace("0.2", "0.3"), r"CHANGELOG.md: wants [Unreleased] and then [0.3.0]"),
        ("0.2.0", CHANGELOG.replace("## [0.2", "- more\n\n## [0.2"), CITATION, "something is under [Unreleased] still"),
        ("0.2.0", CHANGELOG.replace(" - 2026-12-01", ""), CITATION, "has no date"),
        ("0.2.0", CHANGELOG.replace("2026-12-01", "2026-13-01"), CITATION, "has no date"),
        ("0.2.0", CHANGELOG.replace("## [Unreleased]", ""), CITATION, "wants [Unreleased]"),
        ("0.2.0", CHANGELOG, CITATION.replace("0.2", "0.1"), "CITATION.cff: wants the line version: 0.2.0"),
    ],
)
def test_a_release_is_not_ready(version: str, changelog: str, citation: str, fault: str) -> None:
    (said,) = state_faults(version, changelog, citation)
    assert fault in said


DOCUMENTS = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "docs/trust.md", "docs/installing.md"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_links_to_what_is_there(name: str) -> None:
    page = ROOT / name
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_page_about_trust_counts_right() -> None:
    page = (ROOT / "docs" / "trust.md").read_text(encoding="utf-8")
    assert f"{ {6: 'Six', 7: 'Seven', 8: 'Eight', 9: 'Nine'}[len(CAMPAIGNS)] } seeded campaigns" in page
    blocks = json.loads((ROOT / "tests" / "vectors" / "account_block.json").read_text(encoding="utf-8"))
    exchanges = json.loads((ROOT / "tests" / "vectors" / "rpc_samples.json").read_text(encoding="utf-8"))["exchanges"]
    assert f"{len(blocks['mainnet'])} blocks of the main network" in page
    assert f"{len(exchanges)} exchanges" in page


def test_the_page_about_installing_names_every_wheel_and_no_other() -> None:
    page = (ROOT / "docs" / "installing.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([^`]+)`", page, re.MULTILINE)) == {tag.split(".")[0] for tag in TAGS}


def test_every_action_is_pinned_and_every_campaign_is_run() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml")]
    used = [line.strip() for text in texts for line in text.splitlines() if "uses:" in line]
    assert used
    assert [line for line in used if not re.fullmatch(r"-? ?uses: [\w/-]+@[0-9a-f]{40} # v[\d.]+", line)] == []
    (listed,) = re.findall(r"campaign: \[(.*)\]", "".join(texts))
    assert listed.split(", ") == list(CAMPAIGNS)
