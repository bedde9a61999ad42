"""What a site's observers would have found had their models had a fault all the while.

The models run again over what they were given, from a belief of shortly before the fault began,
once as they were and once with the fault. Both begin alike and are corrected with the gains of
then, so that nothing but the fault is between them.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.refine import Shift
from twin.errors import PlantLost
from twin.estimation.following import Observer
from twin.estimation.physics import Cause
from twin.observers.record import Given, Record

Matrix = NDArray[np.float64]
Times = NDArray[np.int64]


@dataclass(frozen=True)
class Remembered:
    """One part as it can be run again."""

    record: Record
    rows: slice
    """Its signals among those of a Step."""
    inputs: int
    """How many inputs its model has; columns of a cause after them are parameters."""
    parameters: Mapping[str, float]
    """Parameters in the order of the columns, with the values that they have."""
    causes: Mapping[str, Sequence[Cause]]
    """Hypothesis -> how it enters this part."""


class SiteWhatIf:
    """`twin.diagnosis.refine.WhatIf` of the parts of a site."""

    def __init__(self, parts: Sequence[Remembered], signals: int) -> None:
        self._parts, self._signals = parts, signals
        self._as_it_was: tuple[tuple[int, int], dict[int, Matrix]] = ((0, 0), {})

    def shift(self, name: str, size: float, onset_ns: int, end_ns: int) -> Shift | None:
        """By how much innovations would be less with fault `name` of `size` [SI] in the models.

        It is there from `onset_ns` [ns] on, or from the oldest that is remembered; None where no
        part has it, nothing is remembered of before `end_ns`, or a model does not bear the size.
        """
        found: list[tuple[slice, list[Given], Matrix]] = []
        known_ns = onset_ns
        for number, part in enumerate(self._parts):
            causes = part.causes.get(name, ())
            run = _run_of(part.record, onset_ns, end_ns) if causes else None
            if run is None:
                continue
            begin_ns, belief, several = run
            known_ns = max(known_ns, begin_ns)
            try:
                before = self._base(number, part, belief, several, (begin_ns, end_ns))
                after = _innovations(part, belief, several, causes, size, onset_ns)
            except PlantLost:  # a size, or what happened meanwhile, that the model cannot bear
                return None
            found.append((part.rows, several, before - after))
        return _together(found, self._signals, known_ns) if found else None

    def _base(
        self,
        number: int,
        part: Remembered,
        belief: Any,  # noqa: ANN401 - the observer's own
        several: list[Given],
        span: tuple[int, int],
    ) -> Matrix:
        """Innovations of the model as it is; the same for all faults that are tried."""
        if self._as_it_was[0] != span:
            self._as_it_was = (span, {})
        known = self._as_it_was[1]
        if number not in known:
            known[number] = _innovations(part, belief, several, (), 0.0, 0)
        return known[number]


def _run_of(record: Record, onset_ns: int, end_ns: int) -> tuple[int, Any, list[Given]] | None:
    """The belief to begin with, its time [ns], and the windows from there to `end_ns`, if any."""
    usable = [(t_ns, belief) for t_ns, belief in record.beliefs if t_ns < end_ns]
    if not usable:
        return None
    before = [(t_ns, belief) for t_ns, belief in usable if t_ns <= onset_ns]
    begin_ns, belief = before[-1] if before else usable[0]
    several = [g for g in record.given if begin_ns < g.end_ns <= end_ns]
    return (begin_ns, belief, several) if several else None  # a model that has only just begun


def _innovations(
    part: Remembered,
    belief: Any,  # noqa: ANN401 - the observer's own
    several: list[Given],
    causes: Sequence[Cause],
    size: float,
    onset_ns: int,
) -> Matrix:
    """float64[n, m], of the windows `several` with a fault from `onset_ns` on."""
    model, observer = part.record.begin()
    with closing(model):
        observer.resume(belief, several[0].inputs[0])
        found, wrong = [], False
        for given in several:
            if causes and not wrong and given.end_ns > onset_ns:
                wrong = True
                _break(observer, part, causes, size)
            inputs, readings = _as_true(given, part, causes, size if wrong else 0.0)
            found.append(observer.beside(inputs, readings, given.heard, given.trail))
    return np.array(found)


def _break(observer: Observer, part: Remembered, causes: Sequence[Cause], size: float) -> None:
    """Give the model the parameters of the fault."""
    names = list(part.parameters)
    changed = {
        names[c.column - part.inputs]: part.parameters[names[c.column - part.inputs]]
        + c.gain * size
        for c in causes
        if c.column is not None and c.column >= part.inputs
    }
    if changed:
        observer.change(changed)


def _as_true(
    given: Given, part: Remembered, causes: Sequence[Cause], size: float
) -> tuple[Matrix, Matrix]:
    """Inputs and readings as they would be of the plant that has the fault."""
    inputs, readings = given.inputs, given.readings
    for cause in causes if size else ():
        if cause.column is not None and cause.column < part.inputs:
            inputs = inputs.copy()
            inputs[:, cause.column] += cause.gain * size
        if cause.output is not None:
            readings = readings.copy()
            readings[:, cause.output] -= size
    return inputs, readings


def _together(found: list[tuple[slice, list[Given], Matrix]], signals: int, known_ns: int) -> Shift:
    """The parts' windows on one axis of time."""
    ends = np.unique([g.end_ns for _, several, _ in found for g in several]).astype(np.int64)
    moved = np.zeros((len(ends), signals))
    for rows, several, shift in found:
        own = np.full((len(ends), shift.shape[1]), np.nan)
        usable = np.array([g.usable for g in several])
        own[np.searchsorted(ends, [g.end_ns for g in several])] = np.where(usable, shift, np.nan)
        moved[:, rows] = own
    return Shift(ends, moved, known_ns)
