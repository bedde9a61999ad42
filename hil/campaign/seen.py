"""Which faults the sensors can see, by the healthy commissioning alone and before any is run.

The expected log-likelihood ratio of a fault of full size in the mean of a window is
`size^2 s' C^-1 s`, where `s` is its mean signature and `C` the covariance of the healthy window,
both learned. A fault is seen if in some window of up to a day its root is above the root of that
window's threshold by 1.645: then noise hides it in fewer than 5 % of the windows. Its size
must also be material there.
"""

from collections.abc import Mapping

import numpy as np

from hil.campaign.scenario import answer_of
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.settings import DAY_BLOCKS, Settings
from twin.site import Fault

MARGIN = 1.645
"""Standard deviations that 95 % of a normal distribution are above [-]."""


def margins(
    plant: Plant, learned: Learned, settings: Settings, faults: Mapping[str, Fault]
) -> dict[str, float | None]:
    """Fault of the catalogue: by how many standard deviations it is above what is needed [-].

    0 and more is seen. None of what has no signature of its own: noise, stuck, scale, and what
    no hypothesis is about.
    """
    column = {h.name: j for j, h in enumerate(plant.hypotheses)}
    found: dict[str, float | None] = {}
    for name, fault in faults.items():
        j = column.get(answer_of(fault))
        if j is None or fault.parameter in ("noise", "stuck", "scale"):
            found[name] = None
        else:
            found[name] = _margin(learned, settings, j, plant.hypotheses[j].threshold)
    return found


def _margin(learned: Learned, settings: Settings, j: int, size: float) -> float:
    best = -np.inf
    s = learned.signature[:, j]
    for w, window in enumerate(settings.windows):
        if window.against or window.blocks > DAY_BLOCKS or window.material > 1.0:
            continue
        llr = size**2 * float(s @ np.linalg.solve(learned.mean[w], s))
        best = max(best, np.sqrt(llr) - np.sqrt(float(learned.fault_at[w])) - MARGIN)
    return float(best)
