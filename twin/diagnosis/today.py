"""Faults that would not be seen today, though their part is judged: silence is not health."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from twin.diagnosis.bank import Bank
from twin.diagnosis.elsewhere import elsewhere
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.room import WAYS, Way
from twin.diagnosis.settings import BLOCK_NS, DAY_BLOCKS, Settings
from twin.diagnosis.sight import Sight
from twin.diagnosis.smallest import Floats, smallest
from twin.diagnosis.verdict import Event
from twin.site.amounts import size_text

HOUR_NS = 12 * BLOCK_NS
"""What is seen today is asked so often at most [ns]."""
DAY_NS = DAY_BLOCKS * BLOCK_NS
"""A fault that began so long ago is one of today [ns]."""
TOLD = 3
"""So many faults are named in a sentence [-]."""


Only = Literal["", "upwards", "downwards"]
"""The one way of which something holds; empty of both."""


@dataclass(frozen=True)
class Unseen:
    """A fault that would not have been seen by now if it had begun a day ago."""

    fault: str
    part: str
    needs: float
    """Size from which it would have been seen, in `unit`; infinite if none would."""
    size: float
    """Full size, as the catalogue has it."""
    unit: str
    only: Only = ""
    """An actuator at an end of its range goes no further."""


class Today:
    """Asks the windows of `sight` what they would have seen; the answer stands for an hour."""

    def __init__(
        self, sight: Sight, bank: Bank, plant: Plant, learned: Learned, settings: Settings
    ) -> None:
        self._sight, self._bank, self._plant = sight, bank, plant
        self._learned, self._settings = learned, settings
        self._faults = [j for j, h in enumerate(plant.hypotheses) if h.kind != "nuisance"]
        self._hour, self._unseen = -1, tuple[Unseen, ...]()

    def smallest(
        self,
        t_ns: int,
        since_ns: int,
        old: Sequence[Event] = (),
        *,
        grown: bool = False,
        way: Way = 1,
    ) -> Floats:
        """float64[k], sizes from which hypotheses since `since_ns` [ns] are seen at `t_ns` [ns].

        Beside `old` events, whose parts step windows are silent of. Of actuators, sizes that go one
        `way`.
        """
        now = (self._sight.now(i, t_ns) for i in range(len(self._settings.windows)))
        fits = [fit for fit in now if fit is not None]
        told = (self._bank, self._plant, self._learned, self._settings, since_ns)
        if not old:
            return smallest(fits, *told, grown=grown, way=way)
        level = [fit for fit in fits if not self._settings.windows[fit.window].against]
        rest = [left for fit in fits if (left := elsewhere(fit, old, self._plant)) is not None]
        own, others = (smallest(several, *told, grown=grown, way=way) for several in (level, rest))
        parts = {e.verdict.part for e in old}
        return np.where([h.part in parts for h in self._plant.hypotheses], own, others)

    def unseen(self, t_ns: int, old: Sequence[Event] = ()) -> tuple[Unseen, ...]:
        """Faults of which not even the full size would have been seen by `t_ns` [ns]."""
        if t_ns // HOUR_NS != self._hour:
            self._hour = t_ns // HOUR_NS
            ways = [self.smallest(t_ns, t_ns - DAY_NS, old, way=way) for way in WAYS]
            of_each = (
                (self._plant.hypotheses[j], [float(w[j]) for w in ways]) for j in self._faults
            )
            self._unseen = tuple(
                Unseen(h.name, h.part, max(needs), h.threshold, h.unit, _only(h.threshold, *needs))
                for h, needs in of_each
                if max(needs) > h.threshold
            )
        return self._unseen

    def doubt(self, part: str, t_ns: int, old: Sequence[Event] = ()) -> str:
        """Why a part is not to be called healthy of which no fault would be seen; else empty."""
        own = [u for u in self.unseen(t_ns, old) if u.part == part and not u.only]
        listed = sum(self._plant.hypotheses[j].part == part for j in self._faults)
        return said_unseen(own) if len(own) == listed else ""


def said_unseen(unseen: Sequence[Unseen]) -> str:
    """What a person should know of them: those first that lack least. Empty of none."""
    order = sorted(unseen, key=lambda u: (u.needs / u.size, u.fault))
    told = [_said(u) for u in order[:TOLD]]
    if len(order) > TOLD:
        told.append(f"and {len(order) - TOLD} more")
    return f"not to be seen today: {', '.join(told)}" if told else ""


def _only(full: float, up: float, down: float) -> Only:
    if up > full and down > full:
        return ""
    return "upwards" if up > full else "downwards"


def _said(u: Unseen) -> str:
    fault = f"{u.fault} {u.only}".rstrip()
    if not np.isfinite(u.needs):
        return f"{fault} of any size"
    needs, listed = (size_text(size, None, None, u.unit) for size in (u.needs, u.size))
    return f"{fault} below {needs} (listed {listed})"
