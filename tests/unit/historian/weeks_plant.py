"""Samples as a plant makes them, and what a reader must find in them, by plain numpy."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hil.historian.weeks import Channel, Keep, WeekWriter

S = 1_000_000_000
HOUR = 3600 * S
WEEK = 7 * 24 * HOUR
MONDAY = 1_795_996_800 * S - WEEK  # 2026-11-23, 2026-W48
EDGE = MONDAY + WEEK  # beginning of 2026-W49

CHANNELS = (
    Channel("cdu.T_supply:measured", "K", 0.01),
    Channel("cdu.flow:measured", "m3/s", 1e-5),
    Channel("cdu.valve:command", "-", None),
    Channel("pump.on:measured", "-", 1.0),
    Channel("free.number:measured", "W", None),
)
TWIN = (Channel("cdu.T_supply:predicted", "K", 0.001), Channel("cdu.T_supply:band", "K", 0.001))


def readings(t_ns: np.ndarray, seed: int = 0, width: int = len(CHANNELS)):
    """Values and qualities: registers of a noisy sensor, of a flow, a command, a state, floats."""
    rng, n = np.random.default_rng(seed), len(t_ns)
    slow = np.sin(t_ns / (5 * HOUR))
    values = np.column_stack([
        np.rint((20 + 3 * slow + rng.normal(0, 0.03, n)) * 100) * 0.01 + 273.15,
        np.rint((0.02 + 0.001 * slow + rng.normal(0, 3e-5, n)) * 1e5) * 1e-5,
        np.repeat(np.rint(rng.uniform(0, 100, n // 300 + 1)), 300)[:n] / 100,
        (slow > 0).astype(float),
        rng.normal(0, 1e6, n),
    ])[:, :width]  # fmt: skip
    quality = np.where(rng.random(values.shape) < 0.003, 2, 0).astype(np.uint8)
    values[quality != 0] = np.nan
    return values, quality


def every_second(t0_ns: int, seconds: int, step_s: int = 1) -> np.ndarray:
    return t0_ns + np.arange(0, seconds, step_s, dtype=np.int64) * S


def open_writer(folder: Path, channels: Sequence[Channel] = CHANNELS, keep: Keep | None = None):
    return WeekWriter(folder, {"measured": channels}, keep, ballast_bytes=0)


def fill(writer: WeekWriter, t_ns: np.ndarray, seed: int = 0, stream: str = "measured"):
    """Append readings and commit them."""
    values, quality = readings(t_ns, seed)
    writer.append(stream, t_ns, values, quality)
    writer.commit()
    return values, quality


def seal_all(writer: WeekWriter, now_ns: int) -> int:
    pieces = 0
    while writer.seal(now_ns):
        pieces += 1
        assert pieces < 10_000
    return pieces


def all_rows(weeks, stream: str = "measured", keys: Sequence[str] | None = None):
    blocks = list(weeks.rows(stream, -(1 << 62), 1 << 62, keys))
    return (
        np.concatenate([b.t_ns for b in blocks]),
        np.concatenate([b.values for b in blocks]),
        np.concatenate([b.quality for b in blocks]),
    )


def oracle(t_ns: np.ndarray, values: np.ndarray, begins_ns: np.ndarray, width_ns: int):
    """Least, mean and greatest number of each stretch, one stretch after the other."""
    out = np.full((3, len(begins_ns)), np.nan)
    firsts, ends = np.searchsorted(t_ns, begins_ns), np.searchsorted(t_ns, begins_ns + width_ns)
    for i, (first, end) in enumerate(zip(firsts, ends, strict=True)):
        inside = values[first:end]
        inside = inside[np.isfinite(inside)]
        if len(inside):
            out[:, i] = inside.min(), inside.mean(), inside.max()
    return out
