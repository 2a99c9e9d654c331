"""Builds two programs with PyInstaller and runs them: one that can have workers, and one that is told how.

``python tests/frozen.py`` with PyInstaller and powplasma installed; takes about a minute, so the suite does not run it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = """
import powplasma as pp
{first}
print("main", flush=True)
with pp.Engine(workers=2) as engine:
    try:
        work = engine.submit(bytes(32), 3_000_000).result(timeout=100)
    except pp.WorkerLost as refused:
        print("refused:", refused)
    else:
        print("found", pp.check(bytes(32), work.nonce, 3_000_000), work.workers)
"""

EXPECTED = {
    "pp.freeze_support()": "main\nfound True 2\n",
    "": "main\nrefused: a worker process cannot be started: this is a frozen program, which has to call "
    "powplasma.freeze_support() first in its main module\n",
}


def main() -> int:
    for number, (first, expected) in enumerate(EXPECTED.items()):
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / f"program{number}.py"
            script.write_text(PROGRAM.format(first=first))
            command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level=ERROR"]
            command += ["--collect-all=powplasma", "--hidden-import=multiprocess", "--distpath=dist", str(script)]
            subprocess.run(command, cwd=folder, check=True)
            program = Path(folder, "dist", script.stem, script.stem)
            done = subprocess.run([program], capture_output=True, text=True, timeout=200, check=False)
            sys.stdout.write(f"{first or 'without freeze_support'}: exit code {done.returncode}\n{done.stdout}")
            if (done.returncode, done.stdout) != (0, expected):
                sys.stdout.write(f"expected: {expected}{done.stderr}")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
