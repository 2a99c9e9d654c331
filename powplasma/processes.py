"""Worker processes that run nothing of the caller's program and nothing from the folder they are started in.

They are processes of ``multiprocess`` with its start method *spawn*, started in a way of their own, because that
package's way is made for processes that go on with the caller's program:

- It runs the caller's main module a second time. Ours is left alone, and nothing global changes meanwhile, so that
  other threads can pickle and start what they like.
- It starts Python with the working folder first on the path, where an innocent ``token.py`` would take the place of
  the standard library's. Ours looks for powplasma and multiprocess where the caller has them, and for all else where
  Python itself looks.
- It counts on being the one who waits for its children. Ours may be waited for by others, or by nobody: SIGCHLD may be
  ignored, and the host program may reap every child.
- It enters them into lists that a forked copy of the caller also has, and would end them by.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import subprocess
import sys
import tempfile
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

try:
    tempfile.gettempdir()
except FileNotFoundError:
    # Of what multiprocess imports, dill asks for a folder for temporary files, which is not used here.
    tempfile.tempdir = os.sep
    import dill  # noqa: F401 - imported here so that multiprocess finds it

    tempfile.tempdir = None

import multiprocess
from multiprocess import process as multiprocess_process
from multiprocess import spawn
from multiprocess.context import SpawnProcess, set_spawning_popen
from multiprocess.process import current_process
from multiprocess.reduction import ForkingPickler

EXIT_UNKNOWN = 255
"""Exit code of a process that has ended, but which somebody else has waited for."""

_PACKAGES = ("powplasma", "multiprocess", "dill")
"""What a worker needs besides the standard library before it can be told anything."""

_BOOT = """
import os, sys
sys.path[:] = [entry for entry in sys.path if os.path.isabs(entry)]
if sys.platform == 'linux':
    import ctypes
    try:
        ctypes.CDLL(None).prctl(1, 9)
    except (OSError, AttributeError):
        pass
    if os.getppid() != {parent}:
        os._exit(1)
import importlib.util as util, tempfile
try:
    tempfile.gettempdir()
except FileNotFoundError:
    tempfile.tempdir = os.sep
for name, place in {packages!r}:
    try:
        spec = util.find_spec(name)
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.origin != place:
        spec = util.spec_from_file_location(name, place, submodule_search_locations=[os.path.dirname(place)])
        sys.modules[name] = module = util.module_from_spec(spec)
        spec.loader.exec_module(module)
from multiprocess.spawn import spawn_main
tempfile.tempdir = None
spawn_main({arguments})
"""
"""What a worker's interpreter is told to run.

On Linux the kernel ends a worker with its parent (PR_SET_PDEATHSIG), also while it is stopped or stuck; elsewhere it
ends when it next looks at its pipe."""

_frozen_can_serve = False


def freeze_support() -> None:
    """Makes worker processes possible in a frozen program, as PyInstaller makes them.

    To be called first in the main module of such a program, before it does anything else: where the process is a
    worker, the call serves and does not return. Elsewhere it does nothing.
    """
    global _frozen_can_serve  # noqa: PLW0603 - a property of the process
    _frozen_can_serve = True
    if getattr(sys, "frozen", False):
        spawn.freeze_support()


def executable() -> str:
    """The Python interpreter that workers run in: ``sys.executable``, or what ``multiprocess.set_executable`` names.

    Raises:
        OSError: there is none, or this is a frozen program that does not call ``freeze_support``.
    """
    if getattr(sys, "frozen", False) and not _frozen_can_serve:
        raise OSError("this is a frozen program, which has to call powplasma.freeze_support() first in its main module")
    found = spawn.get_executable()
    if not found:
        raise OSError(
            "the Python interpreter is not known: sys.executable is empty; name one by multiprocess.set_executable"
        )
    return os.fsdecode(found)


def spawn_context() -> Any:
    """The context of ``multiprocess`` for pipes and shared memory between our processes."""
    return multiprocess.get_context("spawn")


def start_process(target: Callable[..., None], arguments: Sequence[object], name: str) -> WorkerProcess:
    """Starts a process that calls a function of an importable module, and ends when this process does.

    Args:
        target: the function.
        arguments: pickled; connections and shared memory of ``spawn_context`` may be among them.
        name: of the process.

    Raises:
        OSError: the system refuses another process, or ``executable`` does.
    """
    worker = WorkerProcess(target=target, args=tuple(arguments), name=name, daemon=True)
    worker.start()
    return worker


class WorkerProcess(SpawnProcess):  # type: ignore[misc]  # multiprocess has no types
    """A process of ``multiprocess`` that is started as this module says, and is missing in its list of children."""

    @staticmethod
    def _Popen(process: Any) -> Any:  # noqa: N802 - the name that multiprocess calls
        return _Popen(process)

    def start(self) -> None:
        """Starts the process; errors as for ``start_process``."""
        super().start()
        # At exit, multiprocess ends all of the list; so would a forked child, which has a copy of it.
        multiprocess_process._children.discard(self)  # noqa: SLF001 - there is no public way


def _preparation() -> dict[str, object]:
    """What a worker is told about its parent before it unpickles what it is to do."""
    return {"authkey": current_process().authkey, "start_method": "spawn"}


def _command(**arguments: object) -> list[str]:
    """The command line of a worker."""
    interpreter = executable()
    if getattr(sys, "frozen", False):
        return [interpreter, "--multiprocessing-fork", *(f"{name}={value!r}" for name, value in arguments.items())]
    places = []
    for name in _PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            places.append((name, str(Path(spec.origin).absolute())))
    told = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    boot = _BOOT.format(parent=os.getpid(), packages=places, arguments=told)
    flags = [flag for flag in subprocess._args_from_interpreter_flags() if flag != "-P"]  # type: ignore[attr-defined]  # noqa: SLF001 - as multiprocess does
    return [interpreter, *flags, "-P", "-c", boot, "--multiprocessing-fork"]


if sys.platform == "win32":
    from multiprocess import popen_spawn_win32

    _OURS = types.SimpleNamespace(
        get_preparation_data=lambda _name: _preparation(), get_command_line=_command, get_executable=executable
    )
    """What multiprocess's own start asks of its module ``spawn``, answered in our way."""

    class _Popen(popen_spawn_win32.Popen):  # type: ignore[misc]
        # The same code with another ``spawn``: to change that in its module would change it for everybody.
        __init__ = types.FunctionType(
            popen_spawn_win32.Popen.__init__.__code__, {**vars(popen_spawn_win32), "spawn": _OURS}, "__init__"
        )
else:
    from multiprocess import popen_spawn_posix

    class _Popen(popen_spawn_posix.Popen):  # type: ignore[misc]
        """A started process, which somebody else may wait for as well."""

        def _launch(self, process: Any) -> None:
            told = io.BytesIO()
            set_spawning_popen(self)
            try:
                ForkingPickler(told).dump(_preparation())
                ForkingPickler(told).dump(process)
            finally:
                set_spawning_popen(None)
            with contextlib.ExitStack() as childs, contextlib.ExitStack() as ours:
                self.sentinel, alive = _pipe(ours, childs)
                orders, to_child = _pipe(childs, ours)
                command = _command(tracker_fd=None, pipe_handle=orders)
                descriptors = [*self._fds, orders, alive]
                started = subprocess.Popen(command, pass_fds=descriptors, env=_environment())  # noqa: S603 - Python
                started.returncode = 0  # it is waited for here, and not by subprocess
                self.pid = started.pid
                with contextlib.suppress(BrokenPipeError), open(to_child, "wb", closefd=False) as link:
                    link.write(told.getbuffer())  # if it has ended already, its sentinel tells
                self.finalizer = ours.pop_all().close

        def poll(self, flag: int = os.WNOHANG) -> int | None:
            self.returncode: int | None
            if self.returncode is None:
                try:
                    pid, status = os.waitpid(self.pid, flag)
                except ChildProcessError:  # SIGCHLD is ignored, or somebody else waits for all children
                    self.returncode = EXIT_UNKNOWN
                else:
                    if pid == self.pid:
                        self.returncode = os.waitstatus_to_exitcode(status)
            return self.returncode

        def _send_signal(self, number: int) -> None:
            # Never to a number that has become another process's since ours has ended.
            if self.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, number)

    def _environment() -> dict[str, str]:
        """The environment, without parts of PYTHONPATH that stand for the working folder, as empty ones do."""
        entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        return {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in entries if Path(entry).is_absolute())}

    def _pipe(reads: contextlib.ExitStack, writes: contextlib.ExitStack) -> tuple[int, int]:
        """A pipe whose two ends are each closed with a stack of their own."""
        reader, writer = os.pipe()
        reads.callback(os.close, reader)
        writes.callback(os.close, writer)
        return reader, writer
