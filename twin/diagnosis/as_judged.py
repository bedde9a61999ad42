"""What the bank itself would have said in the weeks that commissioning left out.

Signatures move with load and valves, and where they move most, on a ramp in the morning, models
are most wrong: a threshold counted with a mean signature is half of what the same weeks say.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.bank import Bank, Fit
from twin.diagnosis.blocks import Block
from twin.diagnosis.evidence import lasting
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.settings import DAY_BLOCKS, Settings, Window

Floats = NDArray[np.float64]

WORTH = 10.0
"""Below this nothing is raised [-], whether it lasts or not."""


@dataclass
class Judged:
    """What a window said, one entry a judgement."""

    fault: list[Floats] = field(default_factory=list)
    """float64[parts], the best LLR of a part's faults [-]."""
    unknown: list[Floats] = field(default_factory=list)
    """float64[parts], chi2 of a part's signals [-]."""
    total: list[float] = field(default_factory=list)
    """chi2 of everything [-]."""

    def standing(self, window: Window) -> tuple[Floats, Floats]:
        """Of `fault` and `unknown`, what stood for as many judgements as must agree."""
        return _least(np.array(self.fault), window), _least(np.array(self.unknown), window)


def as_judged(
    plant: Plant, known: Learned, settings: Settings, blocks: Iterable[Block]
) -> dict[int, Judged]:
    """Of each window up to a day, what it said.

    Whether the best wins and is material is not asked: what is left would be too rare to follow.
    That it must last is: what a few panes say alone is no event, and counts for as little here.
    """
    bank = Bank(plant, known, settings)
    faults = np.array([h.kind != "nuisance" for h in plant.hypotheses], bool)
    owner, member = np.array([h.part for h in plant.hypotheses]), np.array(plant.part_of)
    own = [(np.flatnonzero(faults & (owner == part)), member == part) for part in plant.parts]
    windows = [i for i, w in enumerate(settings.windows) if w.blocks <= DAY_BLOCKS]
    found = {i: Judged() for i in windows}
    for block in blocks:
        for i, fit in bank.take(block):
            if i in found:
                said = np.zeros((2, len(own))) if fit is None else _said(fit, own, bank, settings)
                found[i].fault.append(said[0])
                found[i].unknown.append(said[1])
                found[i].total.append(0.0 if fit is None else fit.total)
    return found


def _said(
    fit: Fit,
    own: list[tuple[NDArray[np.intp], NDArray[np.bool_]]],
    bank: Bank,
    settings: Settings,
) -> Floats:
    """float64[2, parts], the best LLR and chi2 of each part, as far as they last."""
    said = np.zeros((2, len(own)))
    panes = settings.windows[fit.window].outliers
    base = settings.base(fit.window)
    for p, (hypotheses, signals) in enumerate(own):
        if len(hypotheses):
            best = int(hypotheses[np.argmax(fit.score.llr[hypotheses])])
            said[0, p] = max(float(fit.score.llr[best]), 0.0)
            if panes and said[0, p] >= WORTH:
                said[0, p] *= lasting(fit, bank, base, best, panes)
        its = signals[fit.signals]
        if its.any():
            said[1, p] = fit.chi2_of(its)
            if panes and said[1, p] >= WORTH:
                said[1, p] *= lasting(fit, bank, base, None, panes)
    return said


def _least(said: Floats, window: Window) -> Floats:
    """float64[judgements, parts], the least of each one and those that must confirm it."""
    least = said.copy()
    for before in range(1, window.confirm):
        least[before:] = np.minimum(least[before:], said[:-before])
        least[:before] = 0.0
    return least
