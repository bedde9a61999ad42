"""Which faults the sensors can see, by the healthy commissioning alone and before any is run.

The expected log-likelihood ratio of a fault of full size in the mean of a window is
`size^2 s' C^-1 s`, where `s` is its mean signature and `C` the covariance of the healthy window,
both learned. A fault is seen if in some window of up to a day its root is above the root of that
window's threshold by 1.645: then noise hides it in fewer than 5 % of the windows. Its size
must also be material there.

A fault that the bank lacks (of all units of its part) can only be called unknown if no other name
fits: what the most parallel signature of another leaves must be as much above what a name may
leave, even where signatures are as wrong as the diagnosis takes them to be. They are compared
inside each window of commissioning, as the diagnosis does: two that are parallel in every hour are
not when each turns with the command, on the mean of a month.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from hil.bench.tampering import SWING_NS
from hil.campaign.scenario import DRIFT_K, OUTSIDE, answer_of, mechanism
from twin.diagnosis.channel import Channel
from twin.diagnosis.habits import Habits
from twin.diagnosis.identifiability import Information, Moved, information
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.links import ALIVE_SHARE, LOSSY
from twin.diagnosis.settings import DAY_BLOCKS, Settings, Window
from twin.diagnosis.signs import HUNTING, MATERIAL
from twin.diagnosis.smallest import MARGIN
from twin.site import Fault, Site
from twin.site.faults import by_name, catalogue

SAMPLE_NS = 10_000_000_000
"""From one sample of a campaign to the next [ns]."""


def margins(
    plant: Plant,
    learned: Learned,
    settings: Settings,
    site: Site,
    moved: Callable[[Window], Iterable[Moved]],
) -> dict[str, float | None]:
    """Fault of the catalogue: by how many standard deviations it is above what is needed [-].

    `moved` gives the windows that commissioning had of a length [SI].
    0 and more is seen. What readings show by themselves is above by a share of what is needed. None
    of what nothing is about (`blind` says why). ?FAULT is a process fault that the bank lacks.
    """
    column = {h.name: j for j, h in enumerate(plant.hypotheses)}
    told = _told_apart(plant, learned, settings, moved)
    shown = _Shown(plant.channels, Habits.of(learned.habits), site)
    found: dict[str, float | None] = {}
    for fault in catalogue(site):
        bias = column.get(f"{fault.signal}.bias")
        j = column.get(answer_of(fault))
        if fault.parameter in _READINGS:
            found[fault.name] = shown.margin(fault)
        elif fault.parameter == "scale":
            size = abs(shown.of_gain(fault))
            found[fault.name] = (
                None if bias is None else _margin(plant, learned, settings, bias, size)
            )
        else:
            size = 0.0 if j is None else plant.hypotheses[j].threshold
            if fault.parameter == "drift" and fault.unit == "K/h":
                size = min(size, DRIFT_K)  # it is not watched for longer
            found[fault.name] = None if j is None else _margin(plant, learned, settings, j, size)
        if fault.kind == "process" and j is not None:
            others = [i for n, i in column.items() if mechanism(n) != mechanism(fault.name)]
            found[OUTSIDE + fault.name] = _outside(plant, learned, settings, told, j, others)
    return found


_READINGS = frozenset(
    ["noise", "stuck", "frozen", "hunting", "off_setpoint", "silent", "stale", "lossy", "late"]
)


class _Shown:
    """Margins of what readings and commands show by themselves."""

    def __init__(self, channels: Sequence[Channel], habits: Habits, site: Site) -> None:
        self._channels, self._habits, self._site = channels, habits, site
        self._at = {c.name: i for i, c in enumerate(channels)}

    def of_gain(self, fault: Fault) -> float:
        """The bias of a wrong gain at the usual reading [SI]."""
        i = self._at.get(str(fault.signal))
        return 0.0 if i is None else fault.default * (self._habits.mean[i] - self._channels[i].zero)

    def margin(self, fault: Fault) -> float | None:
        """By which share it is above what is needed [-]."""
        if fault.kind == "link":
            return self._of_link(fault)
        i = self._at.get(str(fault.signal or fault.command))
        if i is None:
            return None
        match fault.parameter:
            case "stuck" | "frozen":
                return self._still(i)
            case "noise":
                noise = self._channels[i].noise
                least = self._habits.scatter[i] - self._habits.usual[i]
                return float(noise / np.sqrt(max(least, (MATERIAL * noise) ** 2)) - 1.0)
            case "hunting":
                return self._hunting(i, fault)
            case _:
                return self._astray(fault)

    def _still(self, i: int) -> float:
        still = self._habits.still[i]
        return float(DAY_BLOCKS / still - 1.0) if still > 0.0 else -1.0

    def _hunting(self, i: int, fault: Fault) -> float:
        """Noise adds to a reading's own; what a command does by itself is not always there."""
        habits = self._habits
        if habits.usual[i] == 0.0:
            return -1.0  # it mostly stood
        # a triangle rises from 0 to its size in a quarter of its period
        change = fault.default * 4.0 * SAMPLE_NS / SWING_NS
        least = max(habits.scatter[i], habits.usual[i] + 0.5 * HUNTING**2)
        return float(change / np.sqrt(2.0 * least) - 1.0)

    def _astray(self, fault: Fault) -> float | None:
        """Of what the command is moved for, from the middle of the hours that were seen."""
        i = next((i for i, c in enumerate(self._channels) if fault.command in c.held_by), None)
        if i is None:
            return None
        spread, least = self._habits.high[i] - self._habits.low[i], self._channels[i].astray
        beyond = fault.default * fault.si_per_unit - 0.5 * spread
        return float(beyond / least - 1.0) if np.isfinite(spread) else -1.0

    def _of_link(self, fault: Fault) -> float | None:
        told = self._site.controllers[str(fault.controller)]
        own = [self._at[c] for c in told.commands.values() if c in self._at]
        heard = min((self._habits.heard[i] for i in own), default=0.0)
        silent = float(heard / ALIVE_SHARE - 1.0) if len(own) > 1 else -1.0
        serves = told.role == "server"
        match fault.parameter:
            case "silent":
                return silent
            case "stale":
                return max((self._still(i) for i in own), default=-1.0) if serves else silent
            case "lossy" if serves:
                return fault.default / LOSSY - 1.0
            case _:
                return None


def blind(site: Site, name: str) -> str:
    """Why nothing is about a fault that has no margin, or is not enough of it that is below 0."""
    if name.startswith(OUTSIDE):
        return "another name fits as well, or too little of it is seen"
    fault = by_name(site)[name]
    match fault.parameter:
        case "late":
            return "a command is recorded as it acts; nothing says when it was meant to"
        case "lossy" if site.controllers[str(fault.controller)].role == "client":
            return "its remote I/O keeps what it wrote last; at most its commands are restless"
        case "stuck" | "frozen" | "stale":
            return "it stands still for as long on healthy days"
        case "noise" | "hunting":
            return "it moves as much on healthy days, or never moved enough to be known"
        case "off_setpoint":
            return "its command was hardly free, or what it holds wanders as far"
        case "silent" | "lossy":
            return "fewer than two commands come over it"
    if fault.kind == "sensor" and not _read(site, str(fault.signal)):
        return f"no model predicts or takes {fault.signal}"
    if fault.part not in site.twin or not site.twin[fault.part].watch:
        return f"nothing of {fault.part} is watched"
    return "its models miss as much on healthy days"


def _read(site: Site, signal: str) -> bool:
    part, _, name = signal.partition(".")
    watched = part in site.twin and name in site.twin[part].watch
    return watched or any(t.watch and signal in t.boundary.values() for t in site.twin.values())


def _margin(plant: Plant, learned: Learned, settings: Settings, j: int, size: float) -> float:
    best = -np.inf
    s = learned.signature[:, j]
    for w, window in enumerate(settings.windows):
        if window.against or window.blocks > DAY_BLOCKS:
            continue
        material = size / (window.material * plant.hypotheses[j].threshold)
        if material < 1.0:
            best = max(best, material - 1.0)
            continue
        llr = size**2 * float(s @ np.linalg.solve(learned.healthy(plant, settings, w), s))
        best = max(best, np.sqrt(llr) - np.sqrt(learned.least(plant, w, j)) - MARGIN)
    return float(best)


def _told_apart(
    plant: Plant,
    learned: Learned,
    settings: Settings,
    moved: Callable[[Window], Iterable[Moved]],
) -> dict[int, Information]:
    """What windows know on average of the hypotheses, by those that call something unknown."""
    found = {}
    for w, window in enumerate(settings.windows):
        if window.against or window.blocks > DAY_BLOCKS or window.confirm > 1:
            continue  # windows for gross faults and for drifts call nothing unknown
        scaled = [replace(m, signature=m.signature / learned.scale[:, None]) for m in moved(window)]
        found[w] = information(scaled, learned.healthy(plant, settings, w))
    return found


def _outside(
    plant: Plant,
    learned: Learned,
    settings: Settings,
    told: Mapping[int, Information],
    j: int,
    others: Sequence[int],
) -> float:
    """Standard deviations by which the best of `others` leaves more of fault j than a name may.

    What signatures are wrong by, in any direction of the part's signals, is in the margin.
    """
    best, size = -np.inf, plant.hypotheses[j].threshold
    signals = plant.part_of.count(plant.hypotheses[j].part)
    for w, known in told.items():
        fits = float(np.max(np.abs(known.cosine[j, others]), initial=0.0)) ** 2
        llr = size**2 * float(known.own[j])
        allowed = learned.rest[w] + (1.0 - settings.ambiguous_cosine**2) * fits * llr
        wrong = settings.signature_error**2 * llr / max(signals, 1)
        least = np.sqrt(allowed) + MARGIN * np.sqrt(1.0 + wrong)
        best = max(best, np.sqrt((1.0 - fits) * llr) - least)
    return float(best)
