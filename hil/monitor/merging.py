"""One row of what all links have read: of several sources of a value, the first good one."""

from collections.abc import Mapping, Sequence
from math import nan

from hil.loop.image import Cell
from twin.signals import Quality

_GOOD, _DOWN = int(Quality.GOOD), int(Quality.LINK_DOWN)
_NOT_YET = int(Quality.NOT_YET)


class Merging:
    """Puts rows together from the cells of the sources.

    A source whose cell is older than `stale_ns` [ns] is down, whatever it last said. A column that
    no source has is NOT_YET for ever, or what is `assumed` of it [SI].
    """

    def __init__(
        self,
        cells: Sequence[Cell],
        columns: Sequence[Sequence[int]],
        width: int,
        assumed: Mapping[int, float],
        stale_ns: int,
    ) -> None:
        """`columns` are those of a row that each source's values stand for; a row has `width`."""
        self._cells, self._stale_ns = cells, stale_ns
        self._ways: list[list[tuple[int, int]]] = [[] for _ in range(width)]
        for source, several in enumerate(columns):
            for at, column in enumerate(several):
                self._ways[column].append((source, at))
        self._assumed = dict(assumed)

    def row(self, now_ns: int) -> tuple[list[float], list[int]]:
        """Values [SI] and qualities at `now_ns` on the monotonic clock [ns]."""
        read = [cell.read() for cell in self._cells]
        down = [0 < t_ns < now_ns - self._stale_ns for t_ns, _, _ in read]
        values, quality = [], []
        for column, ways in enumerate(self._ways):
            value, why = self._assumed.get(column, nan), _NOT_YET
            why = why if value != value else _GOOD
            for rank, (source, at) in enumerate(ways):
                found = _DOWN if down[source] else read[source][2][at]
                if found == _GOOD:
                    value, why = read[source][1][at], _GOOD
                    break
                why = found if rank == 0 else why
            values.append(value)
            quality.append(why)
        return values, quality
