"""``make dist`` and ``make release``."""

from __future__ import annotations

import argparse
from pathlib import Path

from .checks import check_dist, check_same, check_state
from .dist import make_dist
from .foreign import run_wheels


def main() -> None:
    """Read the command line and do it; the first thing that is wrong ends it with one line."""
    parser = argparse.ArgumentParser(prog="powplasma_release", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    dist = commands.add_parser("dist", help="make the source distribution and every wheel, and check them")
    dist.add_argument("folder", type=Path)
    dist.add_argument("--only", default="", help="leave out the wheels without this in their tag")
    release = commands.add_parser("release", help="the same twice, and all that a release needs besides")
    release.add_argument("folder", type=Path)
    run = commands.add_parser("run", help="run the libraries of all wheels, as far as there are emulators")
    run.add_argument("folder", type=Path)
    options = parser.parse_args()
    folder: Path = options.folder.absolute()
    match options.command:
        case "dist":
            check_dist(make_dist(folder, options.only))
        case "run":
            run_wheels(folder)
        case _:
            check_state()
            check_dist(make_dist(folder))
            check_same(folder)
            run_wheels(folder)


main()
