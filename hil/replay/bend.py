"""How the effect of a large fault bends away from what its signature says of a small one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hil.replay.cells import Cell
from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.refine import WhatIf
from twin.diagnosis.verdict import Verdict

Floats = NDArray[np.float64]

LEAST_MOVED = 0.5
"""A signal that a fault moves by less than this many standard deviations is not bent [-]."""


def bend(
    cells: Sequence[Cell], verdict: Verdict, fault: Hypothesis, what_if: WhatIf, end_ns: int
) -> Floats:
    """float64[m], effect of a fault of the size that it has over what the signature says [-].

    By the models that run again with the fault in them; 1 where they say nothing. A sensor's
    fault is straight.
    """
    straight = np.ones(len(cells[-1].blocks))
    begin_ns = verdict.since_ns
    run = None
    if fault.kind != "sensor":
        run = what_if.shift(fault.name, verdict.size, begin_ns, end_ns)
    if run is None:
        return straight
    own = [c for c in cells if c.from_ns >= max(run.known_ns, begin_ns) and c.to_ns <= end_ns]
    told, said = np.zeros(len(straight)), np.zeros(len(straight))
    for cell in own:
        first, last = np.searchsorted(run.t_ns, (cell.from_ns, cell.to_ns), side="right")
        seen = run.shift[first:last]
        use = np.isfinite(seen).any(axis=0) & np.isfinite(cell.effect)
        linear = np.where(use, cell.effect, 0.0) * verdict.size
        count = np.maximum(np.isfinite(seen).sum(axis=0), 1)
        said += linear * np.where(np.isfinite(seen), seen, 0.0).sum(axis=0) / count
        told += linear**2
    moved = told > len(own) * (LEAST_MOVED * np.nan_to_num(cells[-1].band)) ** 2
    return np.where(moved & (told > 0.0), said / np.where(told > 0.0, told, 1.0), straight)
