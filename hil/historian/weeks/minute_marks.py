"""Where the minutes of a block lie, from its packed times.

Hours of a steady rate have the same times but for where they begin: they are unpacked once.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from hil.historian.weeks.codec import Floats
from hil.historian.weeks.ints import Ints, moved, unpack
from hil.historian.weeks.iso_week import MINUTE_NS
from hil.historian.weeks.rollup import minutes_of

_SHAPES: Final = 64
"""Kinds of hours that are remembered, each of some 16 kB at most [-]."""


@dataclass(frozen=True, slots=True)
class MinuteMarks:
    """Minutes of a block."""

    starts_ns: Ints
    per_minute: Floats
    """Rows of each [-]."""
    step_ns: int
    """Usual time between two rows; 0 of a single one."""


def minute_marks(times: bytes, rows: int) -> MinuteMarks:
    """Minutes of so many times [ns since 1970], as a block has them.

    Raises:
        Damaged: they are broken, or of another count.
    """
    shape, by_ns = moved(times, MINUTE_NS)
    marks = _of_shape(shape, rows)
    return MinuteMarks(marks.starts_ns + by_ns, marks.per_minute, marks.step_ns)


@lru_cache(maxsize=_SHAPES)
def _of_shape(times: bytes, rows: int) -> MinuteMarks:
    t_ns = unpack(times, rows)
    begins, per_minute = minutes_of(t_ns)
    per_minute.setflags(write=False)  # everybody who asks has this one
    step_ns = int(np.median(np.diff(t_ns))) if rows > 1 else 0
    return MinuteMarks(t_ns[begins] // MINUTE_NS * MINUTE_NS, per_minute, step_ns)
