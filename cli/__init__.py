"""The command line of powplasma, installed as ``powplasma_cli``; the only place that prints."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
"""As ``typing`` has it, which is not imported: Ctrl-C during an import here would be a traceback."""

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs one command line (by default the process's own) and exits with its code."""
    try:
        from .app import app  # noqa: PLC0415 - so that Ctrl-C during an import is no traceback
        from .edge import run  # noqa: PLC0415

        code = run(app, sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)
