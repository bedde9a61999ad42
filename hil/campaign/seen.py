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
from twin.diagnosis.channel import Channel
from twin.diagnosis.habits import Habits
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.settings import DAY_BLOCKS, Settings
from twin.diagnosis.signs import MATERIAL
from twin.site import Fault

MARGIN = 1.645
"""Standard deviations that 95 % of a normal distribution are above [-]."""


def margins(
    plant: Plant, learned: Learned, settings: Settings, faults: Mapping[str, Fault]
) -> dict[str, float | None]:
    """Fault of the catalogue: by how many standard deviations it is above what is needed [-].

    0 and more is seen. What readings show by themselves is above by a share of what is needed. None
    of what nothing is about.
    """
    column = {h.name: j for j, h in enumerate(plant.hypotheses)}
    channel = {c.name: i for i, c in enumerate(plant.channels)}
    habits = Habits.of(learned.habits)
    found: dict[str, float | None] = {}
    for name, fault in faults.items():
        i = None if fault.signal is None else channel.get(fault.signal)
        bias = column.get(f"{fault.signal}.bias")
        j = column.get(answer_of(fault))
        if fault.parameter in ("noise", "stuck"):
            found[name] = None if i is None else _shown(plant.channels[i], habits, i, fault)
        elif fault.parameter == "scale":
            size = 0.0 if i is None else fault.default * (habits.mean[i] - plant.channels[i].zero)
            found[name] = (
                None if bias is None else _margin(plant, learned, settings, bias, abs(size))
            )
        else:
            size = 0.0 if j is None else plant.hypotheses[j].threshold
            found[name] = None if j is None else _margin(plant, learned, settings, j, size)
    return found


def _shown(channel: Channel, habits: Habits, i: int, fault: Fault) -> float:
    if fault.parameter == "stuck":
        return float(DAY_BLOCKS / habits.still[i] - 1.0) if habits.still[i] > 0.0 else -1.0
    least = max(habits.scatter[i] - habits.usual[i], (MATERIAL * channel.noise) ** 2)
    return float(channel.noise / np.sqrt(least) - 1.0)


def _margin(plant: Plant, learned: Learned, settings: Settings, j: int, size: float) -> float:
    best = -np.inf
    s = learned.signature[:, j]
    for w, window in enumerate(settings.windows):
        if window.against or window.blocks > DAY_BLOCKS or window.material > 1.0:
            continue
        llr = size**2 * float(s @ np.linalg.solve(learned.mean[w], s))
        best = max(best, np.sqrt(llr) - np.sqrt(learned.least(plant, w, j)) - MARGIN)
    return float(best)
