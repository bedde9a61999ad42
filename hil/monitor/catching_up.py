"""Rows that a twin has missed, from the historian: it was away, or its ring was full."""

from collections.abc import Iterator
from pathlib import Path

from hil.bench.layout import Layout
from hil.historian.weeks import Weeks
from hil.monitor.rows import MEASURED, TWIN, as_followed
from twin.closing import Closing
from twin.observers.gaps import Rows

_FOREVER = (1 << 62) - 1


class History(Closing):
    """The measured rows that are on disk; close it, or use `with`."""

    def __init__(self, folder: Path, layout: Layout) -> None:
        """Of the data `folder`."""
        self._weeks, self._layout = Weeks(folder / "weeks"), layout
        self._keys = (
            *(f"{name}:measured" for name in layout.signals),
            *(f"{name}:command" for name in layout.commands),
        )

    def last_ns(self, stream: str = MEASURED) -> int | None:
        """Time of the newest row [ns since 1970]."""
        if stream not in self._weeks.streams():
            return None
        rows = self._weeks.at(stream, _FOREVER)
        return int(rows.t_ns[-1]) if len(rows) else None

    def last_predicted_ns(self) -> int | None:
        """Time of the newest prediction that was kept [ns since 1970]."""
        return self.last_ns(TWIN)

    def between(self, after_ns: int, before_ns: int) -> Iterator[Rows]:
        """Rows of `after_ns < t < before_ns` [ns since 1970], block by block."""
        if MEASURED not in self._weeks.streams():
            return
        known = set(self._weeks.channels)
        keys = [key for key in self._keys if key in known]
        if len(keys) < len(self._keys):  # the site has got signals since: those rows are of another
            return
        for rows in self._weeks.rows(MEASURED, after_ns + 1, before_ns, keys):
            yield as_followed(self._layout, rows.t_ns, rows.values, rows.quality)

    def close(self) -> None:
        """Let go of the files."""
        self._weeks.close()
