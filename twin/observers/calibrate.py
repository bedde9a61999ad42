"""Calibration of a site's models on data that ought to be healthy, and what was wrong in them.

Gauss and Newton: the observers run over the data, their innovations with sensitivities give the
most likely parameters, and the observers run again with those. A fault that explains what no
calibration can becomes one more unknown, so that conductances are not bent by it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.already import FREE, Present, already_there
from twin.diagnosis.blocks import Block
from twin.estimation.prior_fit import (
    Prior,
    Quadratic,
    Seen,
    Settled,
    most_likely,
    profile,
    settled,
    told,
)
from twin.observers.calibration import Parameter
from twin.observers.unknowns import Unknowns

Floats = NDArray[np.float64]
Run = Callable[[Mapping[str, float]], Sequence[Block]]
"""Observers over the data, with values of parameters: PART.PARAMETER -> value."""

ROUNDS = 3
"""Runs for parameters alone, at most [-], and for each fault that is found."""
MOST = 2
"""Faults that were there already, at most [-]: more of them and it was no commissioning."""
STILL = 0.1
"""A parameter that moves less than this share of its deviation has stopped, a fault that moves less
than this share of the catalogue's size [-]."""
TOLD = 0.71
"""A parameter is identifiable if its deviation after the data is at most this share of that
before [-]: its variance has halved, so that the data say as much as was known."""
RISE = 2.706
"""Rise of the profile at the ends of a 90 % interval [-]: quantile of chi2 with 1 degree."""
NEAR = 1e-4
"""A parameter is at its bound if it is no further from it than this share of its design value [-]:
it would be printed alike."""
DAYS_ASSUMED = 4.0
"""What is assumed of a day's variance counts like so many days [-] (assumed)."""


@dataclass(frozen=True)
class Fit:
    """What the data say of a parameter; values in its unit."""

    parameter: Parameter
    value: float
    """The design value where it is not identifiable."""
    low: float
    high: float
    """Ends of the 90 % interval, by the profile with everything else free."""
    told: float
    """Deviation after the data over that before [-]."""
    identifiable: bool
    better: bool
    """Whether its part predicts what changes better with the fitted values than as designed."""

    @property
    def at_bound(self) -> bool:
        """Whether it was fitted as far off as it may be: the data would have it further."""
        share, ends = self.value / self.parameter.design, (self.parameter.low, self.parameter.high)
        return self.identifiable and bool(np.isclose(share, ends, rtol=0.0, atol=NEAR).any())


@dataclass(frozen=True)
class Calibration:
    """Parameters as fitted, and faults that were there already."""

    fits: tuple[Fit, ...] = ()
    present: tuple[Present, ...] = ()
    runs: int = 0
    """How often the observers ran over the data [-]."""
    design: tuple[float, ...] = ()
    """RMS of the innovations of each watched signal with the design values, SI."""

    @property
    def values(self) -> dict[str, float]:
        """PART.PARAMETER -> fitted value, of the identifiable ones of better parts."""
        return {f.parameter.name: f.value for f in self.fits if f.identifiable and f.better}

    @property
    def as_it_was(self) -> dict[str, float]:
        """The same, with the faults of the models that were there during commissioning."""
        faults = {p.fault: p.size for p in self.present if not p.fault.endswith(".bias")}
        return self.values | faults

    def healthy(self, block: Block, names: Sequence[str]) -> Block:
        """A block less what wrong readings added to it; `names` are those of its hypotheses."""
        wrong = [p for p in self.present if p.fault.endswith(".bias")]
        if not wrong:
            return block
        added = sum(block.signature[:, names.index(p.fault)] * p.size for p in wrong)
        return replace(block, innovation=np.where(block.usable, block.innovation - added, 0.0))


def calibrate(unknowns: Unknowns, run: Run) -> Calibration:
    """The most likely parameters, and what was wrong already."""
    search = _Search(unknowns, run)
    search.steps()
    while len(search.present) < MOST and (found := search.fault()) is not None:
        search.add(found)
        search.steps()
    return search.result()


class _Search:
    """Where the search for parameters stands."""

    def __init__(self, unknowns: Unknowns, run: Run) -> None:
        self._unknowns, self._run = unknowns, run
        self._prior = unknowns.prior
        """With all that may move: also what is not identifiable."""
        self._pinned = np.zeros(len(self._prior.mean), bool)
        self._at = self._prior.mean.copy()
        self._ran: tuple[Seen, Floats] | None = None
        """What the last run showed, and the point at which it was made."""
        self._of: Quadratic | None = None
        self._design = np.zeros(len(unknowns.assumed))
        self._begun_with = self._ended_with = self._design
        self.present: dict[int, Present] = {}
        self.runs = 0

    def steps(self) -> None:
        """Runs until nothing moves any more, or there were enough of them."""
        for _ in range(ROUNDS):
            if self._step() <= STILL:
                break

    def _step(self) -> float:
        """One run, and the estimate from it; by how much something moved at most [deviations]."""
        blocks = self._run(self._values())
        self.runs += 1
        begun = self._begun()
        self._ran = self._unknowns.seen(blocks), begun
        now = self._settled(self._prior.pinned(self._pinned))
        of, estimate = now.of, now.estimate
        n = len(self._unknowns.parameters)
        if self.runs == 1:
            self._design, self._begun_with = _rms(blocks), _changes(blocks)
            self._pin(of)
            estimate = most_likely(of, self._prior.pinned(self._pinned))
        self._of, self._ended_with = of, _changes(blocks)
        moved = np.abs(estimate.value - self._at)
        self._at = estimate.value
        of_faults = [moved[c] / self._unknowns.faults[c].threshold for c in self.present]
        return float(max([*(moved[:n] / self._prior.sigma[:n]), *of_faults], default=0.0))

    def fault(self) -> Present | None:
        """What else would have to be wrong for the last run to be what one expects."""
        others = {c: h for c, h in self._unknowns.faults.items() if c not in self.present}
        return already_there(self._settled, self._prior, others)

    def add(self, found: Present) -> None:
        """Make a fault one of the unknowns."""
        column, h = next((c, h) for c, h in self._unknowns.faults.items() if h.name == found.fault)
        self.present[column] = found
        self._prior = self._prior.freed(column, FREE * h.threshold)
        self._pin(self._settled(self._prior).of)  # a conductance cannot be told from its fouling
        self._at = self._settled(self._prior.pinned(self._pinned)).estimate.value

    def _pin(self, of: Quadratic) -> None:
        """Hold what the data say too little of at its design value."""
        n = len(self._unknowns.parameters)
        self._pinned[:n] = told(of, self._prior)[:n] > TOLD

    def result(self) -> Calibration:
        """What the last run said."""
        assert self._of is not None
        ratio = told(self._of, self._prior)
        better, fits = self._better(), []
        for j, p in enumerate(self._unknowns.parameters):
            ends = profile(self._of, self._prior, j, RISE)
            at = np.array([self._at[j], min(ends[0], self._at[j]), max(ends[1], self._at[j])])
            value, *interval = (p.design * (1.0 + at)).tolist()
            fits.append(
                Fit(
                    parameter=p,
                    value=value,
                    low=min(interval),
                    high=max(interval),
                    told=float(ratio[j]),
                    identifiable=not bool(self._pinned[j]),
                    better=p.part in better,
                )
            )
        present = [replace(p, size=float(self._at[column])) for column, p in self.present.items()]
        return Calibration(tuple(fits), tuple(present), self.runs, tuple(self._design.tolist()))

    def _better(self) -> set[str]:
        """Parts whose innovations change less in the last run than with the design values.

        What stays the same is not counted: it is learned anyhow, and much of it is sensors.
        """
        plant, gain = self._unknowns.plant, self._begun_with - self._ended_with
        scaled = gain / self._unknowns.assumed
        part = np.array(plant.part_of)
        return {name for name in plant.parts if scaled[part == name].sum() > 0.0}

    def _settled(self, prior: Prior) -> Settled:
        """What the last run says with `prior`."""
        assert self._ran is not None
        return settled(*self._ran, prior, self._unknowns.assumed, DAYS_ASSUMED)

    def _begun(self) -> Floats:
        """The point of a run: sensors are never moved in it."""
        at = self._at.copy()
        n = len(self._unknowns.parameters)
        process = [c for c, h in self._unknowns.faults.items() if h.kind == "process"]
        moved = np.isin(np.arange(len(at)), [*range(n), *process])
        return np.where(moved, at, 0.0)

    def _values(self) -> dict[str, float]:
        values = {
            p.name: p.design * (1.0 + float(a))
            for p, a in zip(self._unknowns.parameters, self._at, strict=False)
            if a != 0.0
        }
        for column in self.present:
            h = self._unknowns.faults[column]
            if h.kind == "process":
                values[h.name] = float(self._at[column])
        return values


def _rms(blocks: Sequence[Block]) -> Floats:
    usable = np.array([b.usable for b in blocks])
    squares = np.array([b.innovation for b in blocks]) ** 2
    rms: Floats = np.sqrt(np.sum(squares, axis=0, where=usable) / np.maximum(usable.sum(axis=0), 1))
    return rms


def _changes(blocks: Sequence[Block]) -> Floats:
    """Variance of each signal's innovations about their mean [SI^2]."""
    usable = np.array([b.usable for b in blocks])
    innovation = np.array([b.innovation for b in blocks])
    count = np.maximum(usable.sum(axis=0), 1)
    mean = np.sum(innovation, axis=0, where=usable) / count
    variance: Floats = np.sum((innovation - mean) ** 2, axis=0, where=usable) / count
    return variance
