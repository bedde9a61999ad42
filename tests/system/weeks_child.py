"""A process that writes as fast as it can and says what was committed, until it is killed."""

import os
from pathlib import Path

import numpy as np

from hil.historian.weeks import Channel, WeekWriter

S = 1_000_000_000
STEP = 20 * S
BEGAN = 1_795_996_800 * S - 9 * 3600 * S  # Sunday evening: a week ends soon
CHANNELS = tuple(Channel(f"part.T_{k}:measured", "K", 0.01) for k in range(5))


def values_at(t_ns: np.ndarray) -> np.ndarray:
    """What is written at some times."""
    whole = t_ns[:, None] // S * np.array([7, 11, 13, 17, 19]) % 977
    return whole * 0.01 + 273.15


def write(folder: Path, pipe: int) -> None:
    """Go on where the folder ends; the time of the last committed row goes to the pipe."""
    writer = WeekWriter(folder, {"measured": CHANNELS}, ballast_bytes=0)
    last = writer.last_ns("measured") or BEGAN - STEP
    while True:
        t_ns = last + STEP * np.arange(1, 31)
        writer.append("measured", t_ns, values_at(t_ns), np.zeros((30, 5), np.uint8))
        last = int(t_ns[-1])
        writer.gap(last, last + 1, "a mark")
        writer.commit()
        os.write(pipe, last.to_bytes(8, "little"))
        writer.seal(last)
