"""What windows say of the rest of a plant while an event stands.

Beside an old fault a new one is the smaller of two, and the memory of step windows holds the old
one by halves. So all windows are judged once more without what shows the old one: what is new
elsewhere is seen as soon as if it were not there.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from twin.diagnosis.bank import Fit
from twin.diagnosis.learned import Plant
from twin.diagnosis.settings import BLOCK_NS, Settings
from twin.diagnosis.verdict import Event


def standing(events: Sequence[Event], now_ns: int, settings: Settings) -> tuple[Event, ...]:
    """Events that step windows rename no more: what is new beside them is something else."""
    young_ns = settings.step_blocks * BLOCK_NS
    return tuple(e for e in events if now_ns - e.raised_ns > young_ns)


def elsewhere(fit: Fit, old: Sequence[Event], plant: Plant, but: str | None = None) -> Fit | None:
    """The fit without the parts and the evidence of `old` events; None if nothing is left.

    All of part `but` stays. What a named event does to the signals that are left may be there, or
    not, by its whole size.
    """
    if not old:
        return fit
    verdicts = [e.verdict for e in old]
    parts = {v.part for v in verdicts}
    shown = {s.signal for v in verdicts for s in v.evidence}
    each = [(plant.part_of[i], plant.signals[i]) for i in fit.signals]
    kept = np.array([p == but or (p not in parts and name not in shown) for p, name in each])
    if not kept.any():
        return None
    rows = np.tile(kept, len(fit.r) // len(kept))
    covariance = fit.covariance[np.ix_(rows, rows)]
    names = [h.name for h in plant.hypotheses]
    for name, size in [(v.fault, v.size) for v in verdicts if v.fault is not None]:
        for j in range(names.index(name), fit.S.shape[1], len(names)):  # and as one that grows
            does = size * fit.S[rows, j]
            covariance += np.outer(does, does)
    left = replace(fit, signals=fit.signals[kept], rows=fit.rows[rows], covariance=covariance)
    return replace(left, total=left.chi2_of(np.ones(len(left.r), bool)))
