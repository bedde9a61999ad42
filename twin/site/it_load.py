"""The electric power of a data centre over a day: measured where the file is, else made up."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twin.clock import NS_PER_S
from twin.errors import BadInput
from twin.site.table import Values, read_table

TRACE_FILE = "it_load_frontier_24h.csv"
"""25 cooling units of about 1 MW each, every 15 s for 24 h, in the data folder."""

_UNITS = 25
_STEP_S = 15
_DAY_S = 86_400
_SEED = 20_150_901
_MAX_W = 26.6e6  # as the measured trace, so that a site reads alike with and without it


@dataclass(frozen=True, eq=False)
class ItPower:
    """A day of a data centre, unit by unit."""

    times_ns: NDArray[np.int64]
    """From 0, rising [ns], shape (rows,)."""
    units: tuple[Values, ...]
    """Power of each cooling unit [W], shape (rows,)."""
    total: Values
    """Power of all of them together [W], shape (rows,)."""
    note: str
    """Where it comes from."""


def it_load(data_dir: Path | None) -> ItPower:
    """The measured trace in `data_dir`, or a synthetic day where there is none.

    Raises:
        BadInput: the file is broken, or has no power in it.
    """
    path = trace_file(data_dir)
    if path is None:
        return _synthetic()
    table = read_table(path)
    units = [v for name, v in table.columns.items() if table.units[name] == "W"]
    if not units:
        raise BadInput(f"{path.name}:1: no column in W, such as P_cdu01_W")
    total = units[0].copy()
    for unit in units[1:]:
        total += unit
    if not total.max() > 0:
        raise BadInput(f"{path.name}: the power is nowhere above 0 W")
    return ItPower(table.times_ns, tuple(units), total, f"measured trace {TRACE_FILE}")


def trace_file(data_dir: Path | None) -> Path | None:
    """The measured trace in `data_dir`; None where there is none."""
    path = None if data_dir is None else data_dir / TRACE_FILE
    return path if path is not None and path.is_file() else None


def _synthetic() -> ItPower:
    """A day of jobs that begin and end: levels held for minutes to hours, ramps, a few drops.

    The units share the total; each has jobs of its own, which move its share by up to a third.
    """
    rows = _DAY_S // _STEP_S + 1
    total = _jobs(_SEED, rows, 0.9, (0.35, 0.95), drops=True)
    total *= _MAX_W / total.max()
    own = [_jobs(_SEED + 1 + i, rows, 1.0, (0.75, 1.25), drops=False) for i in range(_UNITS)]
    together = own[0].copy()
    for unit in own[1:]:
        together += unit
    times = np.arange(rows, dtype=np.int64) * (_STEP_S * NS_PER_S)
    units = tuple(total * (unit / together) for unit in own)
    note = f"synthetic profile ({TRACE_FILE} is not in the data folder)"
    return ItPower(times, units, total, note)


def _jobs(
    seed: int, rows: int, begin: float, levels: tuple[float, float], *, drops: bool
) -> Values:
    """Relative power [-], shape (rows,): levels within `levels`, some at 0.2 with `drops`."""
    draw = iter(_uniform(seed, 4 * rows))
    low, high = levels
    level, target, left = begin, begin, 0
    power = np.empty(rows)
    for i in range(rows):
        if left == 0:
            left = 20 + int(next(draw) * 220)  # 5 min to 1 h at one level
            dropped = drops and next(draw) < 0.08
            target = 0.2 if dropped else low + (high - low) * next(draw)
        left -= 1
        level += (target - level) * 0.25  # about a minute to get there
        power[i] = level * (1.0 + 0.02 * (next(draw) - 0.5))
    return power


def _uniform(seed: int, count: int) -> NDArray[np.float64]:
    """Numbers in [0, 1), shape (count,): raw generator bits, which no numpy version changes."""
    bits = np.random.PCG64(seed).random_raw(count)
    return (bits >> np.uint64(11)) / float(1 << 53)
