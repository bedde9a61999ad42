"""What the windows say now of one fault: that it is not there, that it may be, or nothing."""

from collections.abc import Callable, Iterator

import numpy as np

from twin.diagnosis.bank import Bank, Fit
from twin.diagnosis.findings import excluded
from twin.diagnosis.settings import BLOCK_NS, DAY_BLOCKS, Settings

FADED_BLOCKS = 7 * DAY_BLOCKS
"""An event ends when for so long nothing could see whether its fault is there [-] (assumed): in
a season in which no model is sure, or no loop is free."""

Look = Callable[[Fit], Fit | None]
"""What of a fit is looked at; None of one of which nothing is."""


def whole(fit: Fit) -> Fit:
    """All of it."""
    return fit


class Sight:
    """The last fit of every window; one is now until its window is judged again."""

    def __init__(self, bank: Bank, settings: Settings) -> None:
        self._bank, self._settings = bank, settings
        self._least = settings.index("1 h")
        self.fits: list[Fit | None] = [None] * len(settings.windows)

    def now(self, i: int, t_ns: int) -> Fit | None:
        """The fit of window i [-] that holds at `t_ns`."""
        fit, pane = self.fits[i], self._settings.windows[i].pane_blocks
        return fit if fit is not None and t_ns - fit.t_ns < pane * BLOCK_NS else None

    def excludes(
        self, hypothesis: int, t_ns: int, before: int, size: float = np.inf, looks: Look = whole
    ) -> int | None:
        """The shortest window (before `before`) that says at `t_ns` that a fault is not there.

        `size` is what it was found to have [SI]; `looks` gives what of a fit is looked at.
        None where the first that can tell sees it.
        """
        i, says = next(self._told(hypothesis, t_ns, before, size, looks), (0, False))
        return i if says else None

    def sees(self, hypothesis: int, t_ns: int, size: float = np.inf) -> bool:
        """Whether any window can tell at `t_ns` whether a fault is there, found with `size` [SI].

        Step windows cannot: what stands is in their memory.
        """
        levels = len(self._bank.rings)
        return next(self._told(hypothesis, t_ns, levels, size, whole), None) is not None

    def forget(self, longer_than: int) -> None:
        """Longer windows begin anew."""
        for i in range(longer_than + 1, len(self.fits)):
            self.fits[i] = None

    def _told(
        self, hypothesis: int, t_ns: int, before: int, size: float, looks: Look
    ) -> Iterator[tuple[int, bool]]:
        """Windows from an hour on that are sharp enough, and whether they exclude it."""
        for i in range(self._least, before):
            all_of_it = self.now(i, t_ns)
            fit = None if all_of_it is None else looks(all_of_it)
            if fit is None:
                continue
            says = excluded(fit, self._bank.fields[i], hypothesis, self._settings, size)
            if says is not None:
                yield i, says


def said_faded(name: str) -> str:
    """Why a part is undecided whose event ended because nothing could see its fault any more."""
    return f"{name} was found, and nothing can see now whether it is over"
