"""From measured rows to predictions, residuals and alarms: the twin, without any I/O.

Each part is predicted on its own from *measured* values at its boundary and from the commands it
was given, so a fault shows in the residuals of the part that has it and not in everything
downstream.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.alarms import SUSPECT_AT, Alarm, Evidence, PartState, judge
from twin.diagnosis.windows import no_means, score, take
from twin.estimation.boundary import hold, nothing_held
from twin.estimation.sensor_lag import lag

SAMPLE_NS = 10_000_000_000
"""Residuals are averaged over so long before they are judged [ns]."""

STALE_NS = 60_000_000_000
"""A prediction from a boundary value older than this is no prediction [ns] (assumed)."""

SILENT_NS = 300_000_000_000
"""A watched sensor without a good reading for so long is an alarm [ns] (assumed)."""

STARTING_NS = 20 * 60 * 1_000_000_000
"""A twin that has just begun does not know where the plant is; it judges nothing so long [ns].

Assumed: longer than any time constant but the transport in the mains.
"""

_ALWAYS = -(1 << 62)


class Predictor(Protocol):
    """Models of all parts, unconnected: inputs in, outputs one period later."""

    def initialize(self, inputs: NDArray[np.float64]) -> object:
        """Start every model with these inputs, float64[n_in]."""
        ...

    def run(self, inputs: NDArray[np.float64], dt_ns: int) -> NDArray[np.float64]:
        """One step of `dt_ns` [ns] a row: float64[rows, n_in] to float64[rows, n_out]."""
        ...


@dataclass(frozen=True)
class Watched:
    """One signal held against its prediction; `band` in the signal's SI unit, `lag_s` [s]."""

    name: str
    part: str
    signal: int
    band: float
    lag_s: float


@dataclass(frozen=True)
class PartInputs:
    """Where the inputs of a part's model come from, as indices into signals and commands.

    A change of `switch` (a command, through 0.5) makes the part unobservable for `settle_ns`.
    """

    part: str
    signals: tuple[int, ...]
    commands: tuple[int, ...]
    switch: int | None = None
    settle_ns: int = 0


@dataclass(frozen=True)
class Followed:
    """What the twin says of a block of rows: predictions float64[rows, n_watched] and alarms."""

    predicted: NDArray[np.float64]
    alarms: list[Alarm]


class Twin:
    """Follows a plant row by row; blocks may be cut anywhere without changing a bit."""

    def __init__(
        self,
        parts: Sequence[PartInputs],
        watched: Sequence[Watched],
        predictor: Predictor,
        n_signals: int,
        n_commands: int,
        period_ns: int,
    ) -> None:
        self.watched = tuple(watched)
        self.states = {p.part: PartState() for p in parts}
        self._parts = tuple(parts)
        self._predictor = predictor
        self._dt_s = period_ns / 1e9
        self._period_ns = period_ns
        self._started = False
        self._held_signals = nothing_held(n_signals)
        self._held_commands = nothing_held(n_commands)
        self._last: tuple[NDArray[np.float64], NDArray[np.int64]] | None = None
        self._lagged = np.zeros(len(watched))
        self._signal = np.array([w.signal for w in watched], dtype=np.int64)
        self._tau = np.array([w.lag_s for w in watched])
        self._band = np.array([w.band for w in watched])
        self._part_of = [self._index(w.part) for w in watched]
        self._members = [
            [i for i, w in enumerate(watched) if w.part == p.part] for p in self._parts
        ]
        self._upstream = [
            [i for i, w in enumerate(watched) if w.signal in p.signals and w.part != p.part]
            for p in self._parts
        ]
        self._switched = [i for i, p in enumerate(self._parts) if p.switch is not None]
        self._switches = [p.switch for p in self._parts if p.switch is not None]
        self._settle_ns = np.array([self._parts[i].settle_ns for i in self._switched], np.int64)
        self._settled_from_ns: NDArray[np.int64] | None = None
        self._was_on: NDArray[np.bool_] | None = None
        self._sum = np.zeros(len(watched))
        self._count = np.zeros(len(watched))
        self._good = np.zeros(len(watched), np.int64)
        self._silent_ns = np.zeros(len(watched), np.int64)
        self._means = no_means(len(watched))
        self.scores = np.zeros(len(watched))

    def standing(self) -> dict[str, str]:
        """What can be said of each part now, in words."""
        return {part: state.standing.value for part, state in self.states.items()}

    def follow(
        self,
        t_ns: NDArray[np.int64],
        measured: NDArray[np.float64],
        good: NDArray[np.bool_],
        commands: NDArray[np.float64],
        commanded: NDArray[np.bool_],
    ) -> Followed:
        """Predict and judge a block of rows.

        Args:
            t_ns: int64[rows], time of each row [ns].
            measured: float64[rows, n_signals], SI units; NaN where there is none.
            good: bool[rows, n_signals], whether each may be believed.
            commands: float64[rows, n_commands], those that acted on the plant until `t_ns`.
            commanded: bool[rows, n_commands], whether each was read from its controller.
        """
        if len(t_ns) == 0 or not self._parts:
            return Followed(np.empty((len(t_ns), len(self.watched))), [])
        values, age, self._held_signals = hold(self._held_signals, measured, good)
        orders, order_age, self._held_commands = hold(self._held_commands, commands, commanded)
        before, before_age = (values[0], age[0]) if self._last is None else self._last
        boundary = np.vstack([before, values[:-1]])
        boundary_age = np.vstack([before_age, age[:-1]])
        self._last = (values[-1].copy(), age[-1].copy())
        predicted = self._predict(boundary, orders)
        residual = measured[:, self._signal] - predicted
        heard = good[:, self._signal]
        usable = self._fresh(boundary_age, order_age) & heard & np.isfinite(residual)
        residual = np.where(usable, residual, 0.0)
        settled_from_ns = self._settle(t_ns, orders)
        alarms: list[Alarm] = []
        begin = 0
        for row in np.flatnonzero(t_ns % SAMPLE_NS < self._period_ns).tolist():
            sample = slice(begin, row + 1)
            self._add(residual[sample], usable[sample], heard[sample])
            alarms += self._judge(int(t_ns[row]), settled_from_ns[row])
            begin = row + 1
        self._add(residual[begin:], usable[begin:], heard[begin:])
        return Followed(predicted, alarms)

    def _predict(
        self, boundary: NDArray[np.float64], orders: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        columns = [
            block
            for p in self._parts
            for block in (boundary[:, list(p.signals)], orders[:, list(p.commands)])
        ]
        inputs = np.ascontiguousarray(np.hstack(columns))
        predicted = np.full((len(inputs), len(self.watched)), np.nan)
        # nothing is predicted before every input has been read once; later they are held
        first = 0 if self._started else int(np.argmax(np.isfinite(inputs).all(axis=1)))
        if not self._started and not np.isfinite(inputs[first]).all():
            return predicted
        if not self._started:
            self._predictor.initialize(inputs[first])
        outputs = self._predictor.run(inputs[first:], self._period_ns)
        if not self._started:
            self._lagged = outputs[0].copy()
            self._started = True
        predicted[first:] = lag(self._lagged, outputs, self._tau, self._dt_s)
        self._lagged = predicted[-1].copy()
        return predicted

    def _fresh(self, age: NDArray[np.int64], order_age: NDArray[np.int64]) -> NDArray[np.bool_]:
        """bool[rows, n_watched]: whether the part of each has all its inputs."""
        limit = max(1, STALE_NS // self._period_ns)
        by_part = [
            (age[:, list(p.signals)] <= limit).all(axis=1)
            & (order_age[:, list(p.commands)] <= limit).all(axis=1)
            for p in self._parts
        ]
        return np.stack([by_part[p] for p in self._part_of], axis=1)

    def _settle(self, t_ns: NDArray[np.int64], orders: NDArray[np.float64]) -> NDArray[np.int64]:
        """int64[rows, parts]: from when on each part is observable, as known at each row [ns]."""
        on = orders[:, self._switches] > 0.5
        was_on = np.vstack([on[0] if self._was_on is None else self._was_on, on[:-1]])
        self._was_on = on[-1].copy()
        due_ns = np.where(on != was_on, t_ns[:, None] + self._settle_ns, _ALWAYS)
        before = self._settled_from_ns
        if before is None:
            before = np.full(len(self._parts), t_ns[0] + STARTING_NS, np.int64)
        settled_from_ns = np.tile(before, (len(t_ns), 1))
        settled_from_ns[:, self._switched] = np.maximum(
            np.maximum.accumulate(due_ns, axis=0), before[self._switched]
        )
        self._settled_from_ns = settled_from_ns[-1].copy()
        return settled_from_ns

    def _add(
        self,
        residual: NDArray[np.float64],
        usable: NDArray[np.bool_],
        heard: NDArray[np.bool_],
    ) -> None:
        # accumulate adds row by row, so that the last bit does not depend on where blocks end
        self._sum = np.add.accumulate(np.vstack([self._sum, residual]), axis=0)[-1].copy()
        self._count += usable.sum(axis=0)
        self._good += heard.sum(axis=0)

    def _judge(self, now_ns: int, settled_from_ns: NDArray[np.int64]) -> list[Alarm]:
        settled = now_ns >= settled_from_ns[self._part_of]
        usable = (self._count > 0) & settled
        mean = self._sum / np.maximum(self._count, 1.0)
        self._means = take(self._means, mean, usable, max(SAMPLE_NS, self._period_ns) / 1e9)
        sample_ns = max(SAMPLE_NS, self._period_ns)
        self._silent_ns = np.where(self._good > 0, 0, self._silent_ns + sample_ns)
        self._sum[:] = 0.0
        self._count[:] = 0.0
        self._good[:] = 0
        self.scores = score(self._means, self._band)
        alarms: list[Alarm] = []
        for i, part in enumerate(self._parts):
            members = self._members[i]
            worst = max(members, key=lambda m: float(self.scores[m]))
            evidence = Evidence(
                self.watched[worst].name,
                float(self.scores[worst]),
                float(mean[worst]),
                self.watched[worst].band,
                suspect=any(self.scores[u] >= SUSPECT_AT for u in self._upstream[i]),
                observable=bool(usable[members].any()),
                silent=next(
                    (self.watched[m].name for m in members if self._silent_ns[m] >= SILENT_NS), None
                ),
            )
            self.states[part.part], news = judge(
                part.part, self.states[part.part], evidence, now_ns
            )
            alarms += news
        return alarms

    def _index(self, part: str) -> int:
        return next(i for i, p in enumerate(self._parts) if p.part == part)
