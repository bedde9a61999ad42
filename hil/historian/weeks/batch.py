"""What was appended and is not on disk yet: it stays in memory until a commit has succeeded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hil.historian.weeks.channel import Channel, Gap, Rows
from hil.historian.weeks.iso_week import WEEK_NS, week_start


@dataclass
class Piece:
    """What one week gets of a batch."""

    rows: list[tuple[str, Rows]] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


class Batch:
    """Rows and gaps by the week that they belong to."""

    def __init__(self, streams: Mapping[str, Sequence[Channel]]) -> None:
        self._keys = {name: tuple(c.key for c in channels) for name, channels in streams.items()}
        self.weeks: dict[int, Piece] = {}
        self.rows = 0

    def add(
        self,
        stream: str,
        t_ns: NDArray[np.int64],
        values: NDArray[np.float64],
        quality: NDArray[np.uint8],
    ) -> None:
        """Keep a copy of rows whose times rise [ns since 1970].

        Raises:
            ValueError: a shape does not fit the channels of the stream.
        """
        keys = self._keys[stream]
        shape = (len(t_ns), len(keys))
        if values.shape != shape or quality.shape != shape:
            raise ValueError(f"stream {stream}: {values.shape}, {quality.shape} is not {shape}")
        at = 0
        while at < len(t_ns):
            start = week_start(int(t_ns[at]))
            end = int(np.searchsorted(t_ns, start + WEEK_NS))
            part = slice(at, end)
            rows = Rows(
                keys,
                np.array(t_ns[part], np.int64),
                np.array(values[part], np.float64),
                np.array(quality[part], np.uint8),
            )
            self.weeks.setdefault(start, Piece()).rows.append((stream, rows))
            at = end
        self.rows += len(t_ns)

    def add_gap(self, gap: Gap) -> None:
        """Keep a gap, in the week in which it ends."""
        self.weeks.setdefault(week_start(gap.to_ns), Piece()).gaps.append(gap)

    def cut_down(self, most_rows: int) -> None:
        """Give up the oldest rows beyond so many, and say so in a gap."""
        while self.rows > most_rows:
            piece = next((p for _, p in sorted(self.weeks.items()) if p.rows), None)
            if piece is None:
                return
            stream, rows = piece.rows.pop(0)
            self.rows -= len(rows)
            from_ns, to_ns = int(rows.t_ns[0]), int(rows.t_ns[-1])
            piece.gaps.append(Gap(from_ns, to_ns, f"{stream}: could not be written for too long"))

    def written(self, start_ns: int) -> None:
        """Forget the week that begins at `start_ns` [ns since 1970]: it is on disk."""
        piece = self.weeks.pop(start_ns)
        self.rows -= sum(len(rows) for _, rows in piece.rows)
