"""A long series in few points that hide no peak: the least, the greatest and the mean of each bin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_BINS = 400
"""More than a chart has room for would only make its file larger."""


@dataclass(slots=True)
class Bin:
    """Consecutive rows as one.

    Attributes:
        first: number of the first row.
        last: number of the last row.
        low: least value of each column.
        high: greatest value of each column.
        total: sum of each column.
    """

    first: int
    last: int
    low: list[int]
    high: list[int]
    total: list[int]

    def take(self, other: Bin) -> None:
        """Adds a bin that follows."""
        self.last = other.last
        self.low = list(map(min, self.low, other.low))
        self.high = list(map(max, self.high, other.high))
        self.total = [one + two for one, two in zip(self.total, other.total, strict=True)]

    @property
    def middle(self) -> float:
        """Half way between the first and the last row."""
        return (self.first + self.last) / 2

    def mean(self, column: int) -> float:
        """The mean of a column."""
        return self.total[column] / (self.last - self.first + 1)


class Thinned:
    """Takes rows one at a time and never holds more than ``MOST_BINS`` bins.

    All bins but the last hold the same number of rows, a power of two that doubles when there
    are too many bins: a short series stays as it is.

    Attributes:
        columns: names of the columns, in the order of each bin's lists.
        bins: in order.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self.bins: list[Bin] = []
        self._size = 1

    @property
    def rows_per_bin(self) -> int:
        """Rows of every bin but the last, which may have fewer."""
        return self._size

    def add(self, number: int, values: Sequence[int]) -> None:
        """Takes a row.

        Args:
            number: its number, one above that of the row before.
            values: in the order of the columns.
        """
        row = Bin(number, number, list(values), list(values), list(values))
        if self.bins and self.bins[-1].last - self.bins[-1].first + 1 < self._size:
            self.bins[-1].take(row)
            return
        if len(self.bins) == MOST_BINS:
            for one, two in zip(self.bins[::2], self.bins[1::2], strict=True):
                one.take(two)
            self.bins = self.bins[::2]
            self._size *= 2
        self.bins.append(row)
