"""What sensors can see, separate and size: Fisher information of the faults' signatures.

Of a window whose mean innovations have the covariance C, a fault of signature s is known with the
information s' C^-1 s, the inverse variance of its size (Kay, Estimation Theory, 1993, chapter 3).
Two faults whose whitened signatures are parallel give the same innovations at some sizes.
All functions are pure; signatures, covariances and sizes are in one set of units, whichever.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.compete import Field
from twin.diagnosis.settings import Settings

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Seen = Literal["half", "full", "no"]
"""At half of the catalogue's size already, at its full size only, or not even then."""

_RANK: dict[Seen, int] = {"no": 0, "full": 1, "half": 2}

SURE = 1.2816
"""A size counts as detected when nine in ten of its windows are above the threshold: by so many
standard deviations [-]."""
NOTHING = 0.1
"""A fault whose full size moves a window by less than this many standard deviations does not show
[-] (assumed)."""


@dataclass(frozen=True)
class Moved:
    """By how much a window of m signals moves with each of k hypotheses."""

    signature: Floats
    """float64[m, k], mean innovation per unit of size."""
    usable: Flags
    """bool[m], whether the window has the signal."""


@dataclass(frozen=True)
class Information:
    """What a window of a period knows on average, if it is one that knows anything."""

    own: Floats
    """float64[k], information on each size alone, mean of the windows that have any [1/size^2]."""
    cosine: Floats
    """float64[k, k], between whitened signatures, mean over the windows weighted by what they
    know of the two [-]; its sign says whether sizes of equal sign look alike."""


@dataclass(frozen=True)
class Judged:
    """One hypothesis in one period."""

    shift: float
    """By how many standard deviations its full size moves a window [-]."""
    smallest: float
    """Smallest size that is detected; infinite if there is none within its bounds."""
    deviation: float
    """Standard deviation of the size that the diagnosis would state of a full fault."""
    seen: Seen
    group: tuple[int, ...]
    """Faults that it cannot be told from."""

    @property
    def shows(self) -> bool:
        """Whether it moves the sensors at all."""
        return self.shift >= NOTHING


def information(windows: Sequence[Moved], covariance: Floats) -> Information:
    """Mean over the windows of a period; a signal that a window lacks says nothing in it.

    Directions are compared inside each window, because the diagnosis does: two faults that are
    parallel in every window stay one group even if their common direction turns between windows.
    """
    k = windows[0].signature.shape[1]
    own, count = np.zeros(k), np.zeros(k)
    both, weight = np.zeros((k, k)), np.zeros((k, k))
    for window in windows:
        there = np.flatnonzero(window.usable)
        L = np.linalg.cholesky(covariance[np.ix_(there, there)])
        G = np.linalg.solve(L, window.signature[there])
        gram = G.T @ G
        length = np.sqrt(np.diag(gram))
        own += np.diag(gram)
        count += np.diag(gram) > 0.0
        both += gram
        weight += np.outer(length, length)
    some = np.divide(both, weight, out=np.zeros((k, k)), where=weight > 0.0)
    return Information(own / np.maximum(count, 1.0), some)


def judge(
    known: Information, of: Field, settings: Settings, threshold: float, material: float
) -> tuple[Judged, ...]:
    """Every hypothesis against the diagnosis' own rules.

    Args:
        known: of a period.
        of: the hypotheses.
        settings: of the diagnosis: what is ambiguous, how wrong signatures are.
        threshold: likelihood ratio from which a fault is raised [-].
        material: smallest size that is a fault, as a share of the catalogue's [-].
    """
    length = np.sqrt(known.own)
    shift = length * of.threshold
    with np.errstate(divide="ignore"):
        smallest = (np.sqrt(threshold) + SURE) / length
        spread = 1.0 / known.own
    smallest = np.maximum(smallest, material * of.threshold)
    smallest[smallest > np.maximum(of.high, -of.low)] = np.inf
    deviation = np.sqrt(spread + (settings.signature_error * of.threshold) ** 2)
    shows = shift >= NOTHING
    judged = []
    for j in range(len(shift)):
        seen = _seen(float(smallest[j]), float(of.threshold[j]))
        group = _group(j, known, of, shows, settings.ambiguous_cosine) if shows[j] else ()
        numbers = float(shift[j]), float(smallest[j]), float(deviation[j])
        judged.append(Judged(*numbers, seen, group))
    return tuple(judged)


def _seen(smallest: float, full: float) -> Seen:
    if smallest <= 0.5 * full:
        return "half"
    return "full" if smallest <= full else "no"


def _group(j: int, known: Information, of: Field, shows: Flags, limit: float) -> tuple[int, ...]:
    """Faults that look like j at full size, with a size and sign that they can have."""
    cosine = known.cosine[j]
    alike = (np.abs(cosine) >= limit) & shows & of.fault
    alike[j] = False
    found = []
    for i in np.flatnonzero(alike):
        size = of.threshold[j] * cosine[i] * np.sqrt(known.own[j] / known.own[i])
        signs = [s for s, can in ((1.0, of.high[j] > 0.0), (-1.0, of.low[j] < 0.0)) if can]
        if any(of.low[i] <= s * size <= of.high[i] for s in signs):
            found.append(int(i))
    return tuple(found)


def with_sensor(
    windows: Sequence[Moved], covariance: Floats, rows: Sequence[Moved], variance: float
) -> tuple[list[Moved], Floats]:
    """The windows and their covariance with one more signal, whose error is its own.

    `rows` are the new signal in each window, float64[1, k + 1]: the last column is for what may be
    wrong with the new sensor itself, of which the others see nothing. `variance` is that of the
    window's mean of the new signal [unit^2].
    """
    wider = [
        Moved(
            np.vstack([np.pad(w.signature, ((0, 0), (0, 1))), row.signature]),
            np.concatenate([w.usable, row.usable]),
        )
        for w, row in zip(windows, rows, strict=True)
    ]
    grown = np.pad(covariance, (0, 1))
    grown[-1, -1] = variance
    return wider, grown


@dataclass(frozen=True)
class Gain:
    """What one more sensor changes, as indices of hypotheses; each is in one of them at most."""

    visible: tuple[int, ...]
    """Now seen at full size."""
    separable: tuple[int, ...]
    """Were seen in a group, and now stand alone."""
    lost: tuple[int, ...]
    """Stood alone, and now look like a fault of the new sensor."""

    @property
    def score(self) -> int:
        """Faults gained, less those lost [-]."""
        return len(self.visible) + len(self.separable) - len(self.lost)


def gain(before: Sequence[Judged], after: Sequence[Judged]) -> Gain:
    """Of the hypotheses of `before`; `after` may have more."""
    visible, separable, lost = [], [], []
    for j, (was, now) in enumerate(zip(before, after, strict=False)):
        if was.seen == "no":
            if now.seen != "no":
                visible.append(j)
        elif was.group and not now.group:
            separable.append(j)
        elif now.group and not was.group:
            lost.append(j)
    return Gain(tuple(visible), tuple(separable), tuple(lost))


def best_of(periods: Sequence[Sequence[Judged]]) -> tuple[tuple[Judged, int], ...]:
    """Of each hypothesis the period that says most about it, and which one that is.

    First counts whether it is seen, then how few others look like it if it is, then how far it
    shows.
    """
    found = []
    for several in zip(*periods, strict=True):
        keys = [(_RANK[j.seen], -len(j.group) if j.seen != "no" else 0, j.shift) for j in several]
        at = keys.index(max(keys))
        found.append((several[at], at))
    return tuple(found)
