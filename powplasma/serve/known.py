"""Works that were found before, for those who ask again."""

from __future__ import annotations

from collections import OrderedDict

from powplasma.work import Work

MOST_KNOWN = 10_000
"""Works that are kept at most."""


class Known:
    """The best work for each data hash, the newest ones."""

    def __init__(self) -> None:
        self._works: OrderedDict[bytes, Work] = OrderedDict()

    def add(self, work: Work) -> None:
        """Keeps a work, unless a better one is known."""
        known = self._works.get(work.data_hash)
        if known is None or known.achieved_difficulty < work.achieved_difficulty:
            self._works[work.data_hash] = work
        self._works.move_to_end(work.data_hash)
        if len(self._works) > MOST_KNOWN:
            self._works.popitem(last=False)

    def get(self, data_hash: bytes, need: int) -> Work | None:
        """A work that reaches the difficulty, if one is known."""
        work = self._works.get(data_hash)
        return work if work is not None and work.achieved_difficulty >= need else None
