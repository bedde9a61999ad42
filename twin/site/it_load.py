"""The electric power of a data centre over a day: measured where the file is, else made up."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twin.clock import NS_PER_S
from twin.errors import BadInput
from twin.site.table import Table, Values, read_table

TRACE_FILE = "it_load_frontier_24h.csv"
"""25 cooling units of about 1 MW each, every 15 s for 24 h, in the data folder."""

_STEP_S = 15
_DAY_S = 86_400
_SEED = 20_150_901
_MAX_W = 26.6e6  # as the measured trace, so that a site reads alike with and without it


def it_load(data_dir: Path | None) -> tuple[Table, Values, str]:
    """Times, power of all units together [W], shape (rows,), and a sentence on the source."""
    path = None if data_dir is None else data_dir / TRACE_FILE
    if path is None or not path.is_file():
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
    return table, total, f"measured trace {TRACE_FILE} ({len(units)} units together)"


def _synthetic() -> tuple[Table, Values, str]:
    """A day of jobs that begin and end: levels held for minutes to hours, ramps, a few drops."""
    rows = _DAY_S // _STEP_S + 1
    draw = iter(_uniform(4 * rows))
    target, left = 0.9, 0
    power = np.empty(rows)
    level = target
    for i in range(rows):
        if left == 0:
            left = 20 + int(next(draw) * 220)  # 5 min to 1 h at one level
            target = 0.2 if next(draw) < 0.08 else 0.35 + 0.6 * next(draw)
        left -= 1
        level += (target - level) * 0.25  # about a minute to get there
        power[i] = level * (1.0 + 0.02 * (next(draw) - 0.5))
    power *= _MAX_W / power.max()
    times = np.arange(rows, dtype=np.int64) * (_STEP_S * NS_PER_S)
    table = Table(Path("synthetic"), times, {"P": power}, {"P": "W"})
    return table, power, f"synthetic profile ({TRACE_FILE} is not in the data folder)"


def _uniform(count: int) -> NDArray[np.float64]:
    """Numbers in [0, 1), shape (count,): raw generator bits, which no numpy version changes."""
    bits = np.random.PCG64(_SEED).random_raw(count)
    return (bits >> np.uint64(11)) / float(1 << 53)
