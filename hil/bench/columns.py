"""Columns of a run on their way into registers and out of them."""

from collections.abc import Sequence
from math import nan

from twin.signals import Quality

_WRAP = 65536
_GOOD = int(Quality.GOOD)


class Outgoing:
    """Rows as they are sent: what is not good is NaN, and a heartbeat stands in column -1."""

    def __init__(self) -> None:
        self._beat = 0

    def row(self, values: Sequence[float], quality: Sequence[int]) -> list[float]:
        """The next row, one heartbeat further."""
        self._beat = (self._beat + 1) % _WRAP
        if any(quality):  # GOOD is 0
            row = [v if q == _GOOD else nan for v, q in zip(values, quality, strict=True)]
        else:
            row = list(values)
        row.append(float(self._beat))
        return row


class Incoming:
    """`values` and `quality` of `n` columns as they were last read; NaN where that is not GOOD."""

    def __init__(self, n: int) -> None:
        self.values = [nan] * n
        self.quality = [int(Quality.NOT_YET)] * n

    def take(self, columns: Sequence[int], values: Sequence[float | None]) -> None:
        """What was read of `columns`; None is what the device itself has no value of."""
        ours, quality = self.values, self.quality
        for column, value in zip(columns, values, strict=True):
            if value is None:
                ours[column], quality[column] = nan, int(Quality.NO_VALUE)
            else:
                ours[column], quality[column] = value, _GOOD

    def miss(self, columns: Sequence[int], why: Quality) -> None:
        """`columns` could not be read; their old values are gone."""
        for column in columns:
            self.values[column], self.quality[column] = nan, int(why)
