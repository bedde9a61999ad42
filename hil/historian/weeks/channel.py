"""What a historian is told and what it gives back: channels, rows, gaps, how long to keep."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from hil.historian.columns import Kind
from twin.errors import BadInput, refuse

MISSING: Final = 1
"""Quality of a value whose channel was not recorded then: `twin.signals.Quality.NOT_YET`."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One number a row of its stream."""

    key: str
    """`PART.VARIABLE:kind`."""
    unit: str
    """SI."""
    resolution: float | None = None
    """Step of its values in `unit`, which makes them small on disk; None if nobody knows one."""


@dataclass(frozen=True)
class Rows:
    """Rows of one stream; a column is a channel."""

    keys: tuple[str, ...]
    t_ns: NDArray[np.int64]
    """int64[n], rising."""
    values: NDArray[np.float64]
    """float64[n, k], NaN is missing."""
    quality: NDArray[np.uint8]
    """uint8[n, k], `twin.signals.Quality`."""

    def __len__(self) -> int:
        return len(self.t_ns)


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without samples."""

    from_ns: int
    to_ns: int
    why: str


@dataclass(frozen=True, slots=True)
class Keep:
    """When the oldest week is dropped; None is never."""

    days: float | None = None
    """Age of a week's end [d]."""
    max_bytes: int | None = None
    """Room that all weeks together may take [B]."""

    def __post_init__(self) -> None:
        if self.days is not None and not self.days > 0:
            raise refuse("days", self.days, "must be > 0")
        if self.max_bytes is not None and not self.max_bytes > 0:
            raise refuse("max_bytes", self.max_bytes, "must be > 0")


def check_channels(stream: str, channels: Sequence[Channel]) -> None:
    """Refuse what cannot be told apart later.

    Raises:
        BadInput: names the channel.
    """
    seen: set[str] = set()
    for channel in channels:
        name, colon, kind = channel.key.rpartition(":")
        if not (name and colon and kind in get_args(Kind)):
            rule = f"must be PART.VARIABLE:kind with a kind of {', '.join(get_args(Kind))}"
            raise refuse(f"stream {stream}: key", channel.key, rule)
        if channel.resolution is not None and not 0 < channel.resolution < np.inf:
            raise refuse(f"{channel.key}: resolution", channel.resolution, "must be > 0")
        if channel.key in seen:
            raise BadInput(f"stream {stream}: channel {channel.key!r} is there twice")
        seen.add(channel.key)


def rounded(values: NDArray[np.float64], channels: Iterable[Channel]) -> NDArray[np.float64]:
    """`values` on the resolution of their channels, for numbers that have more digits than meaning.

    Predictions and bands take a tenth of the room so; what has no resolution stays as it is.
    """
    out = np.array(values, np.float64)
    for column, channel in zip(out.T, channels, strict=True):
        if channel.resolution is not None:
            per = 1.0 / channel.resolution
            whole = round(per)
            per = float(whole) if abs(per - whole) < 1e-9 * per else per
            column[:] = np.rint(column * per) / per
    return out
