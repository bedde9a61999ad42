"""From measured rows to predictions, residuals and alarms: the twin, without any I/O.

Each part is predicted on its own from *measured* values at its boundary and from the commands it
was given, so a fault shows in the residuals of the part that has it and not in everything
downstream. A second prediction takes, wherever a boundary value is itself predicted by another
part, that prediction instead of the reading. An alarm must stand against both: a wrong reading
blames the part that owns the sensor, and hides no fault of its neighbours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.alarms import RAISE_AT, Alarm, Evidence, PartState, judge
from twin.diagnosis.windows import no_means, take, worst
from twin.estimation.boundary import NEVER, hold, nothing_held
from twin.estimation.prediction import Prediction, Predictor

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

OUTSIDE = "outside the validity of its model"
"""Why a part is not observable while the model that predicts it guesses."""

_ALWAYS = -(1 << 62)


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
    `counts` says that the predictors give how many ranges of its validity the part's model has
    left: after all watched outputs, in the order of the parts. `names` are what people call the
    signals and then the commands.
    """

    part: str
    signals: tuple[int, ...]
    commands: tuple[int, ...]
    switch: int | None = None
    settle_ns: int = 0
    counts: bool = False
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Waits:
    """What keeps parts from being judged at one row.

    From when on each may be judged, and any, after the twin has begun [ns]; ages of boundary
    values and commands [rows].
    """

    settled_from_ns: NDArray[np.int64]
    began_ns: int
    age: NDArray[np.int64]
    order_age: NDArray[np.int64]

    def why(self, i: int, parts: Sequence[PartInputs], now_ns: int, period_ns: int) -> str:
        """Why part `i` of `parts` is not observable, supposing that it is not."""
        age, oldest = self._oldest(parts[i])
        if age >= NEVER:
            return f"{oldest} was never read"
        if age > max(1, STALE_NS // period_ns):
            return f"{oldest} has not been read for {age * period_ns / 6e10:.0f} min"
        for age, name in map(self._oldest, parts):
            if age >= NEVER:  # the models of all parts begin together
                return f"nothing is predicted before {name} has been read"
        if now_ns < self.began_ns:
            return f"it has just begun, or rows were missing: {_left(self.began_ns - now_ns)}"
        if now_ns < int(self.settled_from_ns[i]):
            left = _left(int(self.settled_from_ns[i]) - now_ns)
            return f"settling after {_switch(parts[i])} was switched: {left}"
        return "none of its watched signals has a good reading"

    def _oldest(self, part: PartInputs) -> tuple[int, str]:
        """Age [rows] and name of the input of a part that was read longest ago."""
        ages = [*self.age[list(part.signals)], *self.order_age[list(part.commands)]]
        names = part.names or ["an input"] * len(ages)
        found = zip([int(age) for age in ages], names, strict=True)
        return max(found, key=lambda known: known[0], default=(0, ""))


def _left(left_ns: int) -> str:
    return f"{-(-left_ns // 60_000_000_000)} min left"


def _switch(part: PartInputs) -> str:
    if part.switch not in part.commands or not part.names:
        return "its switch"
    return part.names[len(part.signals) + part.commands.index(part.switch)]


@dataclass(frozen=True)
class Followed:
    """What the twin says of a block of rows: predictions and alarms.

    `predicted` float64[rows, n_watched + n_reckoned] in SI: of what is watched, then of what is
    reckoned.
    """

    predicted: NDArray[np.float64]
    alarms: list[Alarm]


class Twin:
    """Follows a plant row by row; blocks may be cut anywhere without changing a bit."""

    def __init__(
        self,
        parts: Sequence[PartInputs],
        watched: Sequence[Watched],
        predictors: tuple[Predictor, Predictor],
        n_signals: int,
        n_commands: int,
        period_ns: int,
        reckoned: Sequence[str] = (),
    ) -> None:
        """Of a plant with rows of `n_signals` and `n_commands` every `period_ns` [ns].

        `reckoned` PART.VARIABLE are the last outputs of the first predictor alone: they are told,
        and nothing is judged by them.
        """
        self.watched = tuple(watched)
        self.states = {p.part: PartState() for p in parts}
        self._parts = tuple(parts)
        self._period_ns = period_ns
        self._counting = [i for i, p in enumerate(parts) if p.counts]
        tau_s = np.array([*(w.lag_s for w in watched), *(0.0 for _ in self._counting)])
        with_reckoned = np.append(tau_s, np.zeros(len(reckoned)))
        self._from_readings = Prediction(predictors[0], with_reckoned, period_ns)
        self._from_predictions = Prediction(predictors[1], tau_s, period_ns)
        self._held_signals = nothing_held(n_signals)
        self._held_commands = nothing_held(n_commands)
        self._last: tuple[NDArray[np.float64], NDArray[np.int64]] | None = None
        self._signal = np.array([w.signal for w in watched], dtype=np.int64)
        self._bands = np.tile([w.band for w in watched], 2)
        self._part_of = [self._index(w.part) for w in watched]
        self._part_reckoned = [self._index(name.partition(".")[0]) for name in reckoned]
        self._members = [
            [i for i, w in enumerate(watched) if w.part == p.part] for p in self._parts
        ]
        self._predicted_input = self._find_predicted_inputs()
        self._last_predicted = np.full(len(watched), np.nan)
        self._last_t_ns: int | None = None
        self._switched = [i for i, p in enumerate(self._parts) if p.switch is not None]
        self._switches = [p.switch for p in self._parts if p.switch is not None]
        self._settle_ns = np.array([self._parts[i].settle_ns for i in self._switched], np.int64)
        self._settled_from_ns = np.full(len(parts), _ALWAYS)
        self._began_ns = _ALWAYS
        self._was_on: NDArray[np.bool_] | None = None
        self._sum = np.zeros(2 * len(watched))  # against one prediction, then against the other
        self._count = np.zeros(2 * len(watched))
        self._good = np.zeros(len(watched), np.int64)
        self._outside = np.zeros(len(parts), np.int64)
        self._silent_ns = np.zeros(len(watched), np.int64)
        self._means = no_means(2 * len(watched))

    def standing(self) -> dict[str, str]:
        """What can be said of each part now, in words, by part."""
        return {part: state.standing.value for part, state in self.states.items()}

    def reasons(self) -> dict[str, str]:
        """Why parts are not observable, or raise no alarm though they deviate."""
        return {part: s.reason for part, s in self.states.items() if s.reason is not None}

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
            width = len(self.watched) + len(self._part_reckoned)
            return Followed(np.empty((len(t_ns), width)), [])
        values, age, self._held_signals = hold(self._held_signals, measured, good)
        orders, order_age, self._held_commands = hold(self._held_commands, commands, commanded)
        before, before_age = (values[0], age[0]) if self._last is None else self._last
        boundary = np.vstack([before, values[:-1]])
        boundary_age = np.vstack([before_age, age[:-1]])
        self._last = (values[-1].copy(), age[-1].copy())
        predicted, outside, reckoned = self._split(
            self._from_readings.over(self._inputs(boundary, orders)),
        )
        checked, also_outside, _ = self._split(
            self._from_predictions.over(
                self._inputs(self._with_predictions(boundary, predicted), orders)
            )
        )
        heard = good[:, self._signal]
        known = self._fresh(boundary_age, order_age)
        fresh = known[:, self._part_of] & heard
        readings = measured[:, self._signal]
        residual = np.hstack([readings - predicted, readings - checked])
        believed = ~np.hstack([outside[:, self._part_of], also_outside[:, self._part_of]])
        usable = np.hstack([fresh, fresh]) & np.isfinite(residual) & believed
        residual = np.where(usable, residual, 0.0)
        settled_from_ns, began_ns = self._settle(t_ns, orders)
        alarms: list[Alarm] = []
        begin = 0
        for row in np.flatnonzero(t_ns % SAMPLE_NS < self._period_ns).tolist():
            sample = slice(begin, row + 1)
            self._add(residual[sample], usable[sample], heard[sample], outside[sample])
            waits = Waits(
                settled_from_ns[row], int(began_ns[row]), boundary_age[row], order_age[row]
            )
            alarms += self._judge(int(t_ns[row]), waits)
            begin = row + 1
        self._add(residual[begin:], usable[begin:], heard[begin:], outside[begin:])
        told = (known & ~outside)[:, self._part_reckoned]
        return Followed(np.hstack([predicted, np.where(told, reckoned, np.nan)]), alarms)

    def _split(
        self, outputs: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
        """Predictions float64[rows, n_watched]; bool[rows, parts] where a model only guesses.

        At last what is reckoned float64[rows, n_reckoned], if `outputs` have it.
        """
        n = len(self.watched)
        end = n + len(self._counting)
        outside = np.zeros((len(outputs), len(self._parts)), bool)
        outside[:, self._counting] = outputs[:, n:end] > 0.0
        return outputs[:, :n], outside, outputs[:, end:]

    def _inputs(
        self, boundary: NDArray[np.float64], orders: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Inputs of the models, part by part: boundary values, then commands."""
        columns = [
            block
            for p in self._parts
            for block in (boundary[:, list(p.signals)], orders[:, list(p.commands)])
        ]
        return np.ascontiguousarray(np.hstack(columns))

    def _find_predicted_inputs(self) -> list[tuple[int, int]]:
        """(signal, watched) of each boundary value that another part's model predicts."""
        return [
            (w.signal, i)
            for i, w in enumerate(self.watched)
            if any(w.signal in p.signals and p.part != w.part for p in self._parts)
        ]

    def _with_predictions(
        self, boundary: NDArray[np.float64], predicted: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """`boundary`, with predictions of the row before instead of readings where there are."""
        before = np.vstack([self._last_predicted, predicted[:-1]])
        self._last_predicted = predicted[-1].copy()
        replaced = boundary.copy()
        for signal, watched in self._predicted_input:
            replaced[:, signal] = before[:, watched]
        return replaced

    def _fresh(self, age: NDArray[np.int64], order_age: NDArray[np.int64]) -> NDArray[np.bool_]:
        """bool[rows, parts]: whether each has all its inputs."""
        limit = max(1, STALE_NS // self._period_ns)
        by_part = [
            (age[:, list(p.signals)] <= limit).all(axis=1)
            & (order_age[:, list(p.commands)] <= limit).all(axis=1)
            for p in self._parts
        ]
        return np.stack(by_part, axis=1)

    def _settle(
        self, t_ns: NDArray[np.int64], orders: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """From when on [ns], as known at each row, each part and any part is observable.

        int64[rows, parts] and int64[rows]: a part waits after its switch, all wait where the twin
        has begun.
        """
        on = orders[:, self._switches] > 0.5
        was_on = np.vstack([on[0] if self._was_on is None else self._was_on, on[:-1]])
        self._was_on = on[-1].copy()
        due_ns = np.full((len(t_ns), len(self._parts)), _ALWAYS)
        due_ns[:, self._switched] = np.where(on != was_on, t_ns[:, None] + self._settle_ns, _ALWAYS)
        # at the beginning, and after rows that are missing, the models are not where the plant is
        before_ns = t_ns[0] if self._last_t_ns is None else self._last_t_ns
        astray = np.diff(t_ns, prepend=before_ns) != self._period_ns
        began_ns = np.where(astray, t_ns + STARTING_NS, _ALWAYS)
        began_ns = np.maximum(np.maximum.accumulate(began_ns), self._began_ns)
        self._began_ns = int(began_ns[-1])
        due_ns = np.maximum(due_ns, began_ns[:, None])
        self._last_t_ns = int(t_ns[-1])
        settled_from_ns: NDArray[np.int64] = np.maximum(
            np.maximum.accumulate(due_ns, axis=0), self._settled_from_ns
        )
        self._settled_from_ns = settled_from_ns[-1].copy()
        return settled_from_ns, began_ns

    def _add(
        self,
        residual: NDArray[np.float64],
        usable: NDArray[np.bool_],
        heard: NDArray[np.bool_],
        outside: NDArray[np.bool_],
    ) -> None:
        # accumulate adds row by row, so that the last bit does not depend on where blocks end
        self._sum = np.add.accumulate(np.vstack([self._sum, residual]), axis=0)[-1].copy()
        self._count += usable.sum(axis=0)
        self._good += heard.sum(axis=0)
        self._outside += outside.sum(axis=0)

    def _judge(self, now_ns: int, waits: "Waits") -> list[Alarm]:
        settled = now_ns >= waits.settled_from_ns[self._part_of]
        usable = (self._count > 0) & np.hstack([settled, settled])
        mean = self._sum / np.maximum(self._count, 1.0)
        sample_ns = max(SAMPLE_NS, self._period_ns)
        self._means = take(self._means, mean, usable, sample_ns / 1e9)
        self._silent_ns = np.where(self._good > 0, 0, self._silent_ns + sample_ns)
        self._sum[:] = 0.0
        self._count[:] = 0.0
        self._good[:] = 0
        outside, self._outside = self._outside > 0, np.zeros_like(self._outside)
        alarms: list[Alarm] = []
        share, mean = worst(self._means, self._bands)
        for i, part in enumerate(self._parts):
            evidence = self._evidence(self._members[i], usable, share, mean)
            if not evidence.observable:
                why = OUTSIDE if outside[i] else waits.why(i, self._parts, now_ns, self._period_ns)
                evidence = replace(evidence, reason=why)
            state, news = judge(part.part, self.states[part.part], evidence, now_ns)
            self.states[part.part] = state
            alarms += news
        return alarms

    def _evidence(
        self,
        members: Sequence[int],
        usable: NDArray[np.bool_],
        share: NDArray[np.float64],
        mean: NDArray[np.float64],
    ) -> Evidence:
        """What the latest sample says of the part with these watched signals.

        `share` [-] of its threshold that each residual has used up, and that `mean` [SI].
        """
        n = len(self.watched)
        # a signal that cannot be predicted from predictions is judged by its readings alone
        other = np.where(usable[n:], share[n:], np.inf)
        stands = np.minimum(share[:n], other)
        judged = [m for m in members if usable[m]]
        m = max(judged or members, key=lambda m: float(stands[m]))
        return Evidence(
            self.watched[m].name,
            float(stands[m]),
            float(mean[m]),
            self.watched[m].band,
            suspect=any(share[k] >= RAISE_AT for k in judged),
            observable=bool(judged),
            silent=next(
                (self.watched[k].name for k in members if self._silent_ns[k] >= SILENT_NS), None
            ),
            unheard=frozenset(self.watched[k].name for k in members if self._silent_ns[k] > 0),
        )

    def _index(self, part: str) -> int:
        return next(i for i, p in enumerate(self._parts) if p.part == part)
