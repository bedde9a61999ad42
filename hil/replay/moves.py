"""How a plant's observers would move with every fault, window by window of a period."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hil.replay.watching import Watching
from twin.diagnosis.identifiability import Moved
from twin.diagnosis.settings import Settings
from twin.errors import BadInput
from twin.estimation.step import STEP_NS, Step
from twin.observers.gaps import Rows, RowsLike
from twin.observers.site_observer import SiteObserver

Floats = NDArray[np.float64]

OFF = 0.01
"""A command that stays below this is off [-]."""
MOST = 2000
"""Windows of a period that are kept [-]: those of 5 minutes of a week."""


@dataclass(frozen=True)
class Period:
    """What the observers saw of a stretch of time; columns are `SiteObserver.outputs`."""

    name: str
    windows: tuple[Moved, ...]
    innovation: Floats
    """float64[m], mean over what was usable; of a carried output minus its value [SI]."""
    variance: Floats
    """float64[m], mean of what the observer expects of a Step [SI^2]."""
    usable: Floats
    """float64[m], share of the Steps [-]."""
    off: frozenset[str]
    """Commands PART.NAME that were off all the time."""


def period_of(watching: Watching, name: str, rows: Iterable[RowsLike], window_ns: int) -> Period:
    """Follow the rows, of any time, and cut what the observers say into windows of `window_ns`.

    Raises:
        BadInput: not even one window is complete.
    """
    sums = _Sums(watching, window_ns)
    watching.observer.anew()
    for block in rows:
        for step in watching.observer.follow(*Rows.like(block)):
            if step.t_ns > 0:
                sums.take(step)
    return sums.finish(name)


class _Sums:
    """Windows as they grow; of many, evenly spread ones are kept, so that memory has an end."""

    def __init__(self, watching: Watching, window_ns: int) -> None:
        self._observer, self._window_ns = watching.observer, window_ns
        m, k = len(self._observer.outputs), len(self._observer.hypotheses)
        self._signature, self._count = np.zeros((m, k)), np.zeros(m)
        self._innovation, self._variance, self._all = np.zeros(m), np.zeros(m), np.zeros(m)
        self._highest = np.full(len(self._observer.operating), -np.inf)
        self._windows: list[Moved] = []
        self._complete, self._every = 0, 1
        self._number: int | None = None
        self._steps = self._total = 0

    def take(self, step: Step) -> None:
        """Add a Step."""
        number = (step.t_ns - 1) // self._window_ns
        if self._number is not None and number != self._number:
            self._cut()
        self._number = number
        use = step.usable & np.isfinite(step.signature).all(axis=1)
        self._signature[use] += step.signature[use]
        self._innovation[use] += step.innovation[use]
        self._variance[use] += step.variance[use]
        self._count += use
        self._all += use
        self._highest = np.fmax(self._highest, step.operating)
        self._steps += 1
        self._total += 1

    def _cut(self) -> None:
        """A window is complete; one of which less than half was seen does not count."""
        expected, share = self._window_ns / STEP_NS, Settings().block_share
        if self._steps >= 0.5 * expected:
            usable = self._count >= share * expected
            mean = self._signature / np.maximum(self._count, 1.0)[:, None]
            if self._complete % self._every == 0:
                self._windows.append(Moved(np.where(usable[:, None], mean, 0.0), usable))
            self._complete += 1
            if len(self._windows) > MOST:
                del self._windows[1::2]
                self._every *= 2
        self._signature[:] = 0.0
        self._count[:] = 0.0
        self._steps = 0

    def finish(self, name: str) -> Period:
        """What was seen, the last window included."""
        self._cut()
        if not self._windows:
            hours = self._window_ns / 3.6e12
            raise BadInput(f"{name}: less than one window of {hours:g} h of data")
        per = 1.0 / np.maximum(self._all, 1.0)
        return Period(
            name=name,
            windows=tuple(self._windows),
            innovation=self._innovation * per,
            variance=self._variance * per,
            usable=self._all / self._total,
            off=frozenset(_off(self._observer, self._highest)),
        )


def _off(observer: SiteObserver, highest: Floats) -> list[str]:
    """Commands among the features `PART: PART.NAME` that never left 0."""
    names = [text.partition(": ")[2] for text in observer.operating]
    both = zip(names, highest, strict=True)
    return [n for n, value in both if n not in observer.site.signals and abs(value) < OFF]
