"""A folder with everything that a command line can name: files of others, devices, and files of powplasma's own.

Nothing outside of it is ever named by a case: devices are copies of the system's, or links to them.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import stat
from pathlib import Path

from powplasma.account import AccountBlock, Wallet
from powplasma.address import format_address
from powplasma.simulation import built_in_scenarios
from powplasma.stock import Stock, StoredWork
from tests.cli.cheap import cheap_key_file

VECTORS = Path(__file__).parents[1] / "vectors"
WALLET = Wallet(bytes(range(32)))
OTHER = Wallet(bytes([7]) * 32)
PASSWORD = "Tr0ub4dor&3-fuzz"
ADDRESS, TO = format_address(WALLET.base_address), format_address(OTHER.base_address)
HASH = "54946aa46c4f8d4bb5a98b2aca8e90311d9388f2d47ab754ad012cb5cd40448d"
SECRETS = (
    PASSWORD,
    *(wallet.export_words() for wallet in (WALLET, OTHER)),
    *(wallet.export_entropy().hex() for wallet in (WALLET, OTHER)),
    *(wallet.key_pair().export_private_key().hex() for wallet in (WALLET, OTHER)),
)
"""What no output may contain."""

FOREIGN: dict[str, bytes] = {
    "wallet.json": b'{"seed": "somebody else\'s", "accounts": [1, 2, 3]}',
    "notes.txt": b"first line\nlast line without an end",
    "diary.md": b"# Diary\n\nNothing happened today.\n",
    "empty": b"",
    "page.html": b"<!doctype html><title>A page</title><p>of somebody else</p>\n",
    "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(range(64)),
    "table.parquet": b"PAR1" + bytes(40) + b"PAR1",
    "lines.jsonl": b'{"mine": 1}\n{"mine": 2}\n',
    "half.jsonl": b'{"mine": 1}\n{"mine": ',
    "table.csv": b"a,b\n1,2\n",
    "settings.toml": b'[tool.somebody]\nname = "else"\n',
    "noise.bin": bytes(range(256)) * 5,
    "\u00fcml\u00e4ut \u5bc6.txt": b"a name in another script",
    "two\nlines.txt": b"a name of two lines",
    "escape\x1b[2J.txt": b"a name that moves the cursor",
    "-dash": b"a name like an option",
    "folder/inside.txt": b"in a folder",
    "folder/key": b'{"version": 1}',
}
"""Files of somebody else, which no command may change."""

TRAPS = ("token.py", "struct.py", "sitecustomize.py")
"""Names of modules that a folder may hold by chance, and that must not run because somebody works there."""

TRAP = "import pathlib\npathlib.Path(__file__).with_name('it-ran').touch()\n"

INDIVIDUALS = """kind = "individuals"
momentums = 5
rules.name = "dynamic"
[[lanes]]
name = "slow"
payment = "work"
participants = 5
rate = 0.1
hashrate = 1e6
"""
TRAJECTORY = 'kind = "trajectory"\nrules.name = "forum"\n[[phases]]\nmomentums = 5\nfull_percent = 100\n'
EXITS = 'kind = "exits"\n[users]\nnumber = 5\n[exits]\ndesign = "mvp"\n[bond]\nkind = "gas"\n[fraud]\nrandom = true\n'


class Scratch:
    """The folder of one campaign.

    Attributes:
        folder: of all.
        work: where command lines run.
        foreign, devices, own, home: what is beside it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work, self.foreign, self.devices, self.own, self.home = (
            folder / name for name in ("work", "foreign", "devices", "own", "home")
        )
        for path in (self.work, self.foreign, self.devices, self.own, self.home):
            path.mkdir()
        self._plant_foreign()
        self._plant_devices()
        self._plant_own()
        for name in TRAPS:
            (self.work / name).write_text(TRAP)
        self._plain = {path: path.read_bytes() for path in self._files() if stat.S_ISREG(path.lstat().st_mode)}
        self._links = {path: path.readlink() for path in self._files() if path.is_symlink()}
        self._known = self._signatures()

    def named(self) -> list[str]:
        """Paths that a command line may name."""
        found = [os.path.relpath(path, self.work) for path in self._files() if self.work not in path.parents]
        return [*found, "../foreign", "../own/keys", "../devices", "/proc/self/cwd/../foreign/wallet.json"]

    def _plant_foreign(self) -> None:
        for name, content in FOREIGN.items():
            path = self.foreign / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        with contextlib.closing(sqlite3.connect(self.foreign / "other.db")) as other, other:
            other.execute("CREATE TABLE notes (text)")
        (self.foreign / "read-only.txt").write_bytes(b"not to be written")
        (self.foreign / "read-only.txt").chmod(0o400)
        (self.foreign / "link").symlink_to("notes.txt")
        (self.foreign / "dangling").symlink_to("nowhere")
        (self.foreign / "loop").symlink_to("loop")

    def _plant_devices(self) -> None:
        for name in ("null", "full", "zero", "tty"):
            system = Path("/dev", name)
            if not system.exists():
                continue
            try:
                os.mknod(self.devices / name, stat.S_IFCHR | 0o666, system.stat().st_rdev)
                with (self.devices / name).open("rb"):  # not on every file system
                    pass
            except OSError:
                (self.devices / name).unlink(missing_ok=True)
                (self.devices / name).symlink_to(system)
        os.mkfifo(self.devices / "fifo")
        self._plant_socket()

    def _plant_socket(self) -> None:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as listener:  # its path may be too long
            listener.bind(str(self.devices / "socket"))

    def _plant_own(self) -> None:
        own = self.own
        (own / "keys").mkdir()
        for name, wallet in (("alice", WALLET), ("bob", OTHER)):
            cheap_key_file(wallet, PASSWORD).write(own / "keys" / name)
        with Stock(own / "works.db") as stock:
            stock.put(StoredWork(WALLET.base_address, HASH, f"{number:016x}") for number in range(3))
        block = AccountBlock.send(WALLET.base_address, OTHER.base_address, 5, chain_identifier=100, fused_plasma=21_000)
        (own / "unsigned.json").write_text(json.dumps(block.to_json()))
        (own / "signed.json").write_text(json.dumps(block.signed(WALLET.key_pair()).to_json()))
        lines = [
            {"id": 1, "data_hash": HASH, "difficulty": 5},
            {"address": ADDRESS, "previous_hash": "0" * 64, "plasma": 1},
            {"data_hash": HASH, "difficulty": "7", "id": "x"},
        ]
        (own / "blocks.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        (own / "bad.jsonl").write_text('x\n{"data_hash": 5}\n\n{"data_hash": "00", "difficulty": 1}\n')
        works = [{"data_hash": HASH, "nonce": f"{number:016x}", "difficulty": 1} for number in range(3)]
        (own / "works.jsonl").write_text("".join(json.dumps(work) + "\n" for work in works))
        (own / "works.csv").write_text(f"data_hash,nonce,difficulty\n{HASH},{'0' * 16},1\n{HASH},{'1' * 16},50\n")
        (own / "individuals.toml").write_text(INDIVIDUALS)
        (own / "trajectory.toml").write_text(TRAJECTORY)
        (own / "settings.toml").write_text("[verify]\nlist = 3\n[generate]\ndifficulty = 9\n[stock.add]\nplasma = 1\n")
        vectors = json.loads((VECTORS / "pow.json").read_text())
        few = {"format": vectors["format"], "thresholds": vectors["thresholds"][:3]}
        (own / "vectors.json").write_text(json.dumps(few))
        shutil.copy(VECTORS.parents[1] / "docs" / "data" / "bench-two-core-vm.json", own / "history.json")

    def _files(self) -> list[Path]:
        found = []
        for parent, folders, names in os.walk(self.folder):
            found += [Path(parent, name) for name in [*folders, *names]]
        return sorted(found)

    def _signatures(self) -> dict[Path, tuple[object, ...]]:
        """What shows a change: of a file its size, time and identity, of anything else what it is."""
        found: dict[Path, tuple[object, ...]] = {}
        for path in self._files():
            with contextlib.suppress(FileNotFoundError):
                facts = path.lstat()
                found[path] = (facts.st_mode, facts.st_rdev)
                if stat.S_ISREG(facts.st_mode):
                    found[path] += (facts.st_size, facts.st_mtime_ns, facts.st_ino)
                elif stat.S_ISLNK(facts.st_mode):
                    found[path] += (str(path.readlink()),)
        return found

    def settle(self, *, forced: bool = False) -> list[str]:
        """Puts everything back as it was; what a command has done to what is not its own.

        Args:
            forced: whether it may have been told to write over a file.
        """
        objections = []
        now = self._signatures()
        if now == self._known:
            return []
        for path in sorted(now.keys() - self._known.keys(), reverse=True):
            if path.name == "it-ran":
                objections.append(f"code ran: a module of the working folder was imported: {path.parent.name}")
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink()
        for path, signature in self._known.items():
            if now.get(path) == signature:
                continue
            if not self._is_as_it_was(path, signature) and not {self.own, self.home} & {*path.parents}:
                is_there = "is changed" if path.is_symlink() or path.exists() else "is gone"
                if not (forced and path.is_file()):
                    objections.append(f"foreign file: {path.relative_to(self.folder)} {is_there}")
            mode, device, *_ = signature
            assert isinstance(mode, int)
            assert isinstance(device, int)
            self._put_back(path, mode, device)
        now = self._signatures()
        self._known = {path: now[path] for path in self._known}
        return objections

    def _is_as_it_was(self, path: Path, signature: tuple[object, ...]) -> bool:
        """Whether a file that was written to, or anew, has the content and the mode that it had."""
        if path not in self._plain or path.is_symlink() or not path.is_file():
            return False
        return path.lstat().st_mode == signature[0] and path.read_bytes() == self._plain[path]

    def _put_back(self, path: Path, mode: int, device: int) -> None:
        if stat.S_ISDIR(mode):
            path.mkdir(exist_ok=True)
            path.chmod(stat.S_IMODE(mode))
            return
        path.unlink(missing_ok=True)
        if path in self._links:
            path.symlink_to(self._links[path])
        elif path in self._plain:
            path.write_bytes(self._plain[path])
            path.chmod(stat.S_IMODE(mode))
        elif stat.S_ISSOCK(mode):
            self._plant_socket()
        else:
            os.mknod(path, mode, device)


SCENARIOS = built_in_scenarios()
