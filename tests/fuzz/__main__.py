"""``python -m tests.fuzz NAME --seed S --count N``: see README.md of this folder."""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from .campaign import Failure, failures
from .campaigns import CAMPAIGNS


def main() -> int:
    """Runs one campaign, or one case of it, and tells what failed; 1 if anything did."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Runs a campaign of the fuzz harness.")
    parser.add_argument(
        "name", choices=CAMPAIGNS, help="; ".join(f"{each.name}: {each.about}" for each in CAMPAIGNS.values())
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed, other cases (default: %(default)s)")
    parser.add_argument("--count", type=int, help="how many cases (default: a thorough run)")
    parser.add_argument("--first", type=int, default=0, help="number of the first case (default: %(default)s)")
    parser.add_argument("--case", type=int, help="the number of the only case to try")
    chosen = parser.parse_args()
    campaign = CAMPAIGNS[chosen.name]
    count = campaign.whole if chosen.count is None else chosen.count
    numbers = range(chosen.first, chosen.first + count) if chosen.case is None else [chosen.case]
    began = time.monotonic()
    kinds: Counter[str] = Counter()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="powplasma-fuzz-") as folder:
        for failure in failures(campaign, chosen.seed, numbers, Path(folder)):
            failed += 1
            kinds.update({kind_of(each) for each in failure.case.objections})
            say(failure)
    for kind, times in kinds.most_common():
        sys.stdout.write(f"{times:7} {kind}\n")
    seconds = time.monotonic() - began
    sys.stdout.write(
        f"{campaign.name}: {len(numbers)} cases with seed {chosen.seed}, {failed} failed, {seconds:.0f} s\n"
    )
    return 1 if failed else 0


def say(failure: Failure) -> None:
    """Tells of a failure at once."""
    sys.stdout.write(f"{failure}\n".encode("utf-8", "backslashreplace").decode())
    sys.stdout.flush()


def kind_of(objection: str) -> str:
    """What an objection has in common with others: its words without numbers and quoted values."""
    return re.sub(r"\d+", "N", re.sub(r"'[^']*'|\"[^\"]*\"", "…", objection))[:140]


if __name__ == "__main__":
    sys.exit(main())
