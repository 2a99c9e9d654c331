"""Whole jobs under SIGKILL, SIGSTOP, SIGTERM and SIGINT, sent to any of their processes until the jobs are done.

A job is an installed command that is begun again with the same arguments whenever it has ended before its end, as a
person or a supervisor does. Whatever happens on the way, in the end it has done what it was asked to, once; it has left
no process behind, each time it ended; and files of others beside its own are as they were.
"""

from __future__ import annotations

import abc
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import powplasma as pp
from powplasma.account import Wallet
from powplasma.address import format_address
from powplasma.node.devnode import BackgroundDevNode, Genesis, Grant, Settings
from powplasma.stock import Stock
from powplasma.validation import BlockType
from tests.cli.cheap import cheap_key_file
from tests.cli.conftest import PROGRAM
from tests.waiting import PATIENCE, wait_until

from .campaign import Campaign, Case, Try
from .running import members
from .scratch import FOREIGN

SENDER, RECEIVER = (Wallet(bytes([number]) * 32) for number in (1, 2))
COIN = 10**8
PASSWORD = "chaos"

SIGNALS = [signal.SIGKILL, signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGINT]
ENDS = {0, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, 130, 143}
"""How a run may end that is sent such signals. A second one of a kind ends a command at once."""

_OURS = re.compile(r'File "[^"]*/(powplasma|powplasma_cli|cli)/')

IMPATIENT = """
import sys

class Impatient:
    def find_spec(self, name, path=None, target=None):
        for module in ("powplasma.engine.crew", "powplasma.simulation.sweep"):
            if module in sys.modules and hasattr(sys.modules[module], "STUCK_SECONDS"):
                sys.modules[module].STUCK_SECONDS = 1.0

sys.meta_path.insert(0, Impatient())
"""
"""Lets commands replace stopped workers after a second rather than twenty: laid into their path as sitecustomize."""


class Job(abc.ABC):
    """Something to be done by a command that may be begun again."""

    signals: ClassVar[int] = 6

    def __init__(self, chance: random.Random, folder: Path) -> None:
        self.chance = chance
        self.folder = folder

    @abc.abstractmethod
    def command(self) -> list[str] | None:
        """The next run; None when all is done."""

    @abc.abstractmethod
    def judge(self) -> None:
        """Looks at what was done.

        Raises:
            AssertionError: something is missing, or there is too much.
        """

    def close(self) -> None:  # noqa: B027 - most jobs have nothing to end
        """Ends what the job has beside its runs."""


class Batch(Job):
    """Nonces for the lines of a file, resumed."""

    LINES = 40

    def __init__(self, chance: random.Random, folder: Path) -> None:
        super().__init__(chance, folder)
        self.input, self.output = folder / "blocks.jsonl", folder / "nonces.jsonl"
        hashes = [f"{number:064x}" for number in range(self.LINES)]
        self.input.write_text("".join(f'{{"data_hash": "{each}", "difficulty": 2000000}}\n' for each in hashes))

    def command(self) -> list[str] | None:
        if self.output.exists() and self.output.read_bytes().count(b"\n") == self.LINES:
            return None
        resume = ["--resume"] if self.output.exists() else []
        return ["generate", "--input", str(self.input), "--output", str(self.output), "--workers", "2", *resume]

    def judge(self) -> None:
        records = [json.loads(line) for line in self.output.read_text().splitlines()]
        assert [record["line"] for record in records] == [*range(1, self.LINES + 1)], "lines are missing or double"
        assert all(pp.check(each["data_hash"], each["nonce"], int(each["difficulty"])) for each in records)


class Sweep(Job):
    """A sweep into a file, resumed by itself."""

    signals = 4
    ARGUMENTS = ("simulate", "pow-only", "--set", "momentums=40", "--sweep", "lanes.slow.hashrate=5e5,1e6", "--runs=6")
    RUNS = 12
    expected: ClassVar[bytes] = b""

    def __init__(self, chance: random.Random, folder: Path) -> None:
        super().__init__(chance, folder)
        self.output = folder / "sweep.jsonl"
        if not Sweep.expected:
            undisturbed = folder / "undisturbed.jsonl"
            subprocess.run(
                [PROGRAM, *self.ARGUMENTS, "--workers", "1", "--output", undisturbed],
                check=True, capture_output=True, timeout=PATIENCE,
            )  # fmt: skip
            Sweep.expected = undisturbed.read_bytes()

    def command(self) -> list[str] | None:
        if self.output.exists() and self.output.read_bytes().count(b"\n") == self.RUNS:
            return None
        return [*self.ARGUMENTS, "--workers", "2", "--output", str(self.output)]

    def judge(self) -> None:
        assert self.output.read_bytes() == self.expected, "the sweep is not what it is without signals"


class _Paying(Job):
    """A devnode, and key files that know its accounts."""

    def __init__(self, chance: random.Random, folder: Path, **genesis: object) -> None:
        super().__init__(chance, folder)
        fused = {wallet.base_address: 5_000 * COIN for wallet in (SENDER, RECEIVER)}
        begin = Genesis(**{"fused": fused, "funds": (Grant(SENDER.base_address, 1_000 * COIN),), **genesis})
        self.devnode = BackgroundDevNode(Settings(genesis=begin, interval=0.1))
        self.devnode.__enter__()
        (folder / "keys").mkdir()
        for name, wallet in (("sender", SENDER), ("receiver", RECEIVER)):
            cheap_key_file(wallet, PASSWORD).write(folder / "keys" / name)

    def close(self) -> None:
        self.devnode.__exit__(None, None, None)

    def blocks(self, wallet: Wallet, kind: BlockType) -> list[pp.AccountBlock]:
        entries = self.devnode.node.ledger.chain(wallet.base_address).entries
        return [entry.block for entry in entries if entry.block.block_type == kind]


class Payments(_Paying):
    """Payments one after the other, each with a reference of its own, until it is answered by a hash."""

    signals = 8
    PAYMENTS = 5

    def __init__(self, chance: random.Random, folder: Path) -> None:
        super().__init__(chance, folder)
        self.paid: dict[int, str] = {}

    def command(self) -> list[str] | None:
        said = self.folder / "out"
        lines = said.read_text().splitlines() if said.exists() else []
        if len(lines) > len(self.paid):
            self.paid[len(lines)] = lines[-1]
        if len(self.paid) == self.PAYMENTS:
            return None
        number = len(self.paid) + 1
        to = format_address(RECEIVER.base_address)
        return ["send", to, str(number), "--yes", "--key", "sender", "--reference", f"payment {number}"]

    def judge(self) -> None:
        amounts = Counter(block.amount for block in self.blocks(SENDER, BlockType.USER_SEND))
        assert amounts == Counter(number * COIN for number in range(1, self.PAYMENTS + 1)), "lost or doubled"
        hashes = {block.amount // COIN: block.hash.hex() for block in self.blocks(SENDER, BlockType.USER_SEND)}
        assert hashes == self.paid, "a receipt is not true"


class Receives(_Paying):
    """Everything that waits for an account, received."""

    WAITING = 6

    def __init__(self, chance: random.Random, folder: Path) -> None:
        gifts = tuple(Grant(RECEIVER.base_address, number * COIN) for number in range(1, self.WAITING + 1))
        super().__init__(chance, folder, unreceived=gifts)

    def command(self) -> list[str] | None:
        if not self.devnode.node.ledger.unreceived(RECEIVER.base_address):
            return None
        return ["receive", "--key", "receiver"]

    def judge(self) -> None:
        received = [block.from_block_hash for block in self.blocks(RECEIVER, BlockType.USER_RECEIVE)]
        assert len(received) == len(set(received)) == self.WAITING, "something was received twice, or not at all"


class Stocking(Job):
    """Nonces searched ahead into a stock."""

    WORKS = 4

    def __init__(self, chance: random.Random, folder: Path) -> None:
        super().__init__(chance, folder)
        self.stock = folder / "stock.db"
        self.found = 0

    def _works(self) -> int:
        if not self.stock.exists():
            return 0
        with Stock(self.stock) as stock:
            return sum(1 for _ in stock.works())

    def command(self) -> list[str] | None:
        number = self._works()
        if number >= self.WORKS:
            return None
        place = ["--address", format_address(SENDER.base_address), "--previous-hash", f"{number:064x}"]
        return ["stock", "add", "--stock", str(self.stock), *place, "--difficulty", "3000000", "--workers", "2"]

    def judge(self) -> None:
        with Stock(self.stock) as stock:
            works = list(stock.works())
            assert stock.prune().damaged == 0
        assert len({work.previous_hash for work in works}) == len(works) == self.WORKS


JOBS = [Batch, Sweep, Payments, Receives, Stocking]


class Chaos(Campaign):
    """Jobs under signals."""

    name = "chaos"
    about = "a whole job whose processes are killed, stopped and told to end until it is done"
    whole = 60

    @contextmanager
    def opened(self, folder: Path) -> Iterator[Try]:
        site = folder / "site"
        site.mkdir()
        (site / "sitecustomize.py").write_text(IMPATIENT)
        numbers = iter(range(10**9))

        def attempt(chance: random.Random) -> Case:
            place = folder / str(next(numbers))
            place.mkdir()
            return _played(chance, place, site)

        yield attempt


def _played(chance: random.Random, folder: Path, site: Path) -> Case:
    foreign = {folder / name: content for name, content in FOREIGN.items()}
    for path, content in foreign.items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    kind = chance.choice(JOBS)
    job = kind(chance, folder)
    sent: list[str] = []
    objections: list[str] = []
    try:
        while (command := job.command()) is not None:
            objections += _run(job, command, site, sent)
        job.judge()
    except AssertionError as wrong:
        objections.append(f"{kind.__name__}: {wrong}")
    finally:
        job.close()
    objections += [f"foreign file: {path.name} was changed" for path in foreign if path.read_bytes() != foreign[path]]
    return Case(f"{kind.__name__} with {', '.join(sent)}", tuple(objections))


def _run(job: Job, command: list[str], site: Path, sent: list[str]) -> list[str]:
    """One run, with signals as long as there are some left, and what is wrong with how it ended."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "PYTHONPATH": str(site),
        "XDG_STATE_HOME": str(job.folder / "state"),
        "POWPLASMA_KEYS": str(job.folder / "keys"),
        "POWPLASMA_PASSWORD": PASSWORD,
        "POWPLASMA_NODE": job.devnode.url if isinstance(job, _Paying) else "",
    }
    with (job.folder / "out").open("ab") as out, (job.folder / "err").open("w+b") as err:
        process = subprocess.Popen(
            [PROGRAM, *command], stdout=out, stderr=err, cwd=job.folder, env=environment, start_new_session=True
        )
        while process.poll() is None:
            time.sleep(job.chance.uniform(0, 0.4))
            if len(sent) < job.signals:
                _signal(job, process, sent)
            elif job.chance.random() < 0.2:
                _wake(process.pid)
        objections = []
        try:
            wait_until(lambda: not members(process.pid))
        except AssertionError:
            objections.append(f"orphans: {members(process.pid)} still run")
            for pid in members(process.pid):
                os.kill(pid, signal.SIGKILL)
        err.seek(0)
        text = err.read().decode("utf-8", "replace")
    if "KeyboardInterrupt" in text and not _OURS.search(text):
        return objections  # Ctrl-C before the interpreter had got to anything of powplasma's
    objections += [f"{words}: {text[-500:]}" for words in ("Traceback", "a defect of powplasma") if words in text]
    if process.returncode not in ENDS:
        objections.append(f"exit code {process.returncode} of {command}: {text[-300:]}")
    return objections


def _signal(job: Job, process: subprocess.Popen[bytes], sent: list[str]) -> None:
    """Sends one signal to the command or to one of its workers."""
    number = job.chance.choice(SIGNALS)
    workers = sorted(members(process.pid) - {process.pid})
    # Ctrl-C and an order to end are the command's; what ends or stops can hit any process.
    hits_worker = workers and number in (signal.SIGKILL, signal.SIGSTOP) and job.chance.random() < 0.7
    pid = job.chance.choice(workers) if hits_worker else process.pid
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
        sent.append(f"{number.name} to {'a worker' if hits_worker else 'the command'}")
        if number == signal.SIGSTOP and not hits_worker:
            time.sleep(job.chance.uniform(0, 1.5))
            os.kill(pid, signal.SIGCONT)


def _wake(pid: int) -> None:
    """Nobody waits for ever for a command that was stopped."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
