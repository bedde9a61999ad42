"""What a monitor tells other processes of itself: its live image and its health."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hil.monitor.health import Health, HealthReader, Told, told_of
from hil.monitor.live import Live
from twin.clock import NS_PER_S, monotonic_ns, utc_ns

_FRESH_NS = 30 * NS_PER_S
"""A monitor that has said nothing for so long is gone, or as good as [ns]."""
_LOOK_NS = NS_PER_S


class DeskLive:
    """Finds the live image of a data folder, anew after each start of its monitor."""

    def __init__(self, folder: Path, live: Mapping[str, Any] | None) -> None:
        """`live` is where the image is, for a process of the monitor itself."""
        self._folder = folder
        self._reader = HealthReader(folder)
        self._given = live
        self._opened: tuple[Mapping[str, Any], Live] | None = None
        self._read_ns: int | None = None
        self._told: Told | None = None
        self._heard: Told | None = None

    def hear(self, plain: Mapping[str, Any]) -> None:
        """What the monitor itself tells the page, whether its disk takes the file or not."""
        self._heard = told_of(plain)

    def told(self) -> Told | None:
        """What the monitor said last; None where none runs. Its file is read once a second."""
        now = monotonic_ns()
        if self._heard is not None:
            self._told = self._heard
        elif self._read_ns is None or now - self._read_ns >= _LOOK_NS:
            self._told, self._read_ns = self._reader.read(), now
        told = self._told
        if told is None or utc_ns() - told.t_ns > _FRESH_NS:
            return None
        return told

    def open(self, told: Told | None) -> Live | None:
        """The live image; None where no monitor runs."""
        where = self._given if self._given is not None else None if told is None else told.live
        if not where:
            return None
        if self._opened is None or self._opened[0] != where:
            try:
                self._opened = where, Live.of(where)
            except (OSError, ValueError, KeyError):  # it ended between its word and our question
                return None
        return self._opened[1]

    def without_monitor(
        self, used_bytes: int, gaps: Sequence[tuple[int, int, str]], notes: Sequence[str]
    ) -> Health:
        """Health of files that nobody writes; `used_bytes` is their room [B]."""
        return Health(
            links=[],
            processes=[],
            late_us={"p50": None, "p99": None, "max": None},
            overruns=0,
            dropped=0,
            clock_offset_s=0.0,
            disk_free_bytes=shutil.disk_usage(self._folder).free,
            disk_used_bytes=used_bytes,
            disk_days_left=None,
            gaps=gaps,
            twin={},
            notes=notes,
        )
