"""Row by row through all observers of a site: their innovations side by side, Step by Step."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.closing import Closing
from twin.diagnosis.hypothesis import Hypothesis
from twin.errors import PlantLost
from twin.estimation.boundary import hold, nothing_held
from twin.estimation.following import Observer
from twin.estimation.observer import mean_of
from twin.estimation.scatter import read
from twin.estimation.step import STEP_S, Step
from twin.observers.channels import channels_of
from twin.observers.following import follower
from twin.observers.gaps import Rows, in_order, stretches
from twin.observers.gate import RIDE_NS, Gate
from twin.observers.hypotheses import causes, hypotheses
from twin.observers.model import Model
from twin.observers.part_model import Told, told_of
from twin.observers.record import Given, Record
from twin.observers.what_if import Remembered, SiteWhatIf
from twin.plant.fmu import FmuFile
from twin.site.model import Site

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]
Times = NDArray[np.int64]

SAMPLE_NS = 10_000_000_000
"""Rows are averaged over so long before an observer sees them [ns]."""


@dataclass
class _Watching:
    """A part, and where its values stand in a row of readings and commands."""

    begin: Callable[[], tuple[Model, Observer]]
    fed: NDArray[np.intp]
    """Columns of a row that its inputs are."""
    names: tuple[str, ...]
    """Signals and commands that its inputs are."""
    watched: NDArray[np.intp]
    heard: Flags
    """Which of its outputs are watched; the others are carried."""
    switch: int | None
    """Which of its inputs says that it runs."""
    record: Record
    told: Told
    model: Model
    observer: Observer
    gate: Gate = field(default_factory=Gate)

    def anew(self) -> None:
        """Begin again from the model's own start: where it was is not where the plant is."""
        self.model.close()
        self.model, self.observer = self.begin()
        self.record.clear()
        self.gate.anew()

    def off(self, inputs: Matrix) -> str | None:
        """Name of its switch, if that stands at off within `inputs[samples, n_in]`."""
        if self.switch is None or inputs[:, self.switch].min() > 0.5:
            return None
        return self.names[self.switch]


class SiteObserver(Closing):
    """Follows a plant; blocks of rows may be cut anywhere without changing a bit."""

    def __init__(
        self,
        site: Site,
        files: Mapping[str, FmuFile],
        signals: Sequence[str],
        commands: Sequence[str],
        period_ns: int,
        carried: Mapping[str, Sequence[str]] | None = None,
        also: tuple[Hypothesis, ...] = (),
    ) -> None:
        """Take the models; nothing of them runs before the first window.

        Args:
            site: whose `twin` section says what is watched.
            files: part -> FMU, opened for Model Exchange or Co-Simulation; they stay the caller's.
            signals: names of the columns of `measured`.
            commands: names of the columns of `commands`.
            period_ns: time between rows [ns].
            carried: part -> outputs of its FMU that nothing reads but whose signatures are wanted.
                They follow the part's watched signals in every Step, correct nothing, and are
                taken to read 0, so that their innovation is minus what the model says.
            also: hypotheses to carry behind those of the site, such as parameters to calibrate.
        """
        self.site = site
        self.hypotheses = (*hypotheses(site), *also)
        self.watched = tuple(f"{p}.{n}" for p, told in site.twin.items() for n in told.watch)
        self.outputs: tuple[str, ...] = ()
        """Rows of a Step: the watched signals, and after those of each part the carried outputs."""
        self.operating: tuple[str, ...] = ()
        """What the features of the operating point are, PART: SIGNAL or COMMAND."""
        self._rows = max(1, round(SAMPLE_NS / period_ns))
        self.channels = channels_of(site, signals, commands, self.watched, self._rows)
        """Columns of `Step.readings`."""
        self._sample_s = self._rows * period_ns / 1e9
        self._samples = max(1, round(STEP_S / self._sample_s))
        self._period_ns = period_ns
        self.restarts: dict[str, int] = {}
        """How often the model of a part had to begin anew because it failed [-]."""
        self._parts = [
            self._watch(
                site,
                told_of(site, part, commands, self.hypotheses, (carried or {}).get(part, ())),
                files[part],
                [*signals, *commands],
            )
            for part, told in site.twin.items()
            if told.watch
        ]
        self._held = nothing_held(len(signals) + len(commands))
        self._n_signals = len(signals)
        self._before: tuple[Matrix, Times] | None = None
        self._kept: list[tuple[Times, Matrix, Matrix, Times]] = []
        self._last_ns: int | None = None
        self._columns = {name: i for i, name in enumerate(signals)}
        self._distrusted: dict[int, int] = {}
        """Columns that mean nothing, and the end of the last window in which they did [ns]."""
        self._end_ns = 0

    def follow(
        self, t_ns: Times, measured: Matrix, good: Flags, commands: Matrix, commanded: Flags
    ) -> list[Step]:
        """Steps of the windows that these rows complete; arguments as of `Twin.follow`.

        Through a short gap the models run on with what was read last; after one of more than
        `RIDE_NS` they begin anew. Rows that are not later than all before them are left out.
        """
        return list(self.each(t_ns, measured, good, commands, commanded))

    def each(
        self, t_ns: Times, measured: Matrix, good: Flags, commands: Matrix, commanded: Flags
    ) -> Iterator[Step]:
        """The same one by one: when a Step comes, `what_if` knows nothing of what follows it."""
        rows = in_order(Rows(t_ns, measured, good, commands, commanded), self._last_ns)
        most = RIDE_NS // self._period_ns
        for broken, stretch in stretches(rows, self._last_ns, self._period_ns, most):
            if broken:
                self.anew()
            self._last_ns = int(stretch.t_ns[-1])
            yield from self._windows(*self._inputs(*stretch))

    def anew(self) -> None:
        """Begin again: the next rows, of whatever time, follow upon nothing."""
        self._last_ns, self._kept, self._before = None, [], None
        self._held = nothing_held(len(self._held.age))
        for part in self._parts:
            part.anew()

    def distrust(self, names: Collection[str]) -> None:
        """From the next window on, do without these signals as if they were not read.

        What a stuck reading would correct goes astray, and so does what it drives. What they
        read is said still.
        """
        columns = [self._columns[name] for name in names if name in self._columns]
        self._distrusted = {i: self._distrusted.get(i, self._end_ns) for i in columns}

    def what_if(self) -> SiteWhatIf:
        """The parts as they can be run again over what they were given lately."""
        return SiteWhatIf([self._remembered(part) for part in self._parts], len(self.outputs))

    def _remembered(self, part: _Watching) -> Remembered:
        told, several = part.told, self.hypotheses
        first = self.outputs.index(f"{told.part}.{told.outputs[0]}")
        known = [*told.inputs, *told.parameters]
        entering = causes(self.site, told.part, several, known)
        return Remembered(
            record=part.record,
            rows=slice(first, first + len(told.outputs)),
            inputs=len(told.inputs),
            parameters={name: part.model.value(name) for name in told.parameters},
            causes={h.name: c for h, c in zip(several, entering, strict=True)},
        )

    def reasons(self) -> dict[str, str]:
        """Why parts are not observable, of those that are not judged now."""
        return {p.model.name: p.gate.reason for p in self._parts if p.gate.reason is not None}

    @property
    def models(self) -> Mapping[str, Model]:
        """The running model of each part, which has a state that only its FMU knows."""
        return {part.model.name: part.model for part in self._parts}

    @property
    def begins(self) -> Mapping[str, Callable[[], tuple[Model, Observer]]]:
        """What makes another model and observer of each part."""
        return {part.model.name: part.begin for part in self._parts}

    def close(self) -> None:
        """End the models; the files stay open."""
        for part in self._parts:
            part.model.close()

    def _watch(self, site: Site, told: Told, file: FmuFile, columns: Sequence[str]) -> _Watching:
        part = told.part
        behind_s = (self._sample_s - self._period_ns / 1e9) / 2.0  # a mean, and its last row
        twin = site.twin[part]

        begin = follower(
            *(site, told, file, self.hypotheses, self._rows),
            *(behind_s, self._sample_s, self._samples),
        )
        fed = [*twin.boundary.values(), *(f"{part}.{n}" for n in told.orders)]
        self.operating += tuple(f"{part}: {name}" for name in fed)
        self.outputs += tuple(f"{part}.{name}" for name in told.outputs)
        settle = twin.settle
        return _Watching(
            begin,
            np.array([columns.index(name) for name in fed], np.intp),
            tuple(fed),
            np.array([columns.index(f"{part}.{n}") for n in told.watched], np.intp),
            np.arange(len(told.outputs)) < len(told.watched),
            fed.index(settle.switch) if settle is not None and settle.switch in fed else None,
            Record(begin),
            told,
            *begin(),
        )

    def _inputs(
        self, t_ns: Times, measured: Matrix, good: Flags, commands: Matrix, commanded: Flags
    ) -> tuple[Times, Matrix, Matrix, Times]:
        """Readings, and what the models are fed with, of each row, with its age in rows.

        A reading acts on the plant in the period after it was taken, a command until its own row.
        """
        values, age, self._held = hold(
            self._held, np.hstack([measured, commands]), np.hstack([good, commanded])
        )
        n = self._n_signals
        last, last_age = self._before or (values[0], age[0])
        fed, fed_age = values.copy(), age.copy()
        fed[:, :n] = np.vstack([last[:n], values[:-1, :n]])
        fed_age[:, :n] = np.vstack([last_age[:n], age[:-1, :n]])
        self._before = values[-1].copy(), age[-1].copy()
        readings = np.where(np.hstack([good, commanded]), np.hstack([measured, commands]), np.nan)
        return t_ns, readings, fed, fed_age

    def _windows(self, t_ns: Times, readings: Matrix, fed: Matrix, age: Times) -> Iterator[Step]:
        self._kept.append((t_ns, readings, fed, age))
        rows = [np.concatenate(column) for column in zip(*self._kept, strict=True)]
        size = self._rows * self._samples
        whole = len(rows[0]) // size * size
        self._kept = [(rows[0][whole:], rows[1][whole:], rows[2][whole:], rows[3][whole:])]
        for at in range(0, whole, size):
            yield self._window(*(column[at : at + size] for column in rows))

    def _window(self, t_ns: Times, readings: Matrix, fed: Matrix, age: Times) -> Step:
        end_ns = int(t_ns[-1])
        by_sample = (self._samples, self._rows, -1)
        inputs = np.add.reduce(fed.reshape(by_sample), axis=1) / self._rows
        sampled = mean_of(readings.reshape(by_sample).swapaxes(0, 1))
        expected = np.full_like(sampled, np.nan)
        believed, age_ns = sampled, np.maximum.reduce(age) * self._period_ns
        if self._distrusted:
            believed, wrong = sampled.copy(), list(self._distrusted)
            believed[:, wrong] = np.nan
            age_ns[wrong] = end_ns - np.array(list(self._distrusted.values()))
        self._end_ns = end_ns
        operating = np.add.reduce(inputs) / self._samples
        given = _Given(end_ns, inputs, operating, believed, age_ns)
        seen = [self._part(part, given, expected) for part in self._parts]
        innovation, variance, signature, usable, operating = (
            np.concatenate(pieces) for pieces in zip(*seen, strict=True)
        )
        there = np.add.reduce(np.isfinite(readings), dtype=float) / len(readings)
        return Step(
            *(end_ns, innovation, variance, signature, usable, operating),
            read(sampled, expected, there),
        )

    def _part(
        self, part: _Watching, given: "_Given", expected: Matrix
    ) -> tuple[Matrix, Matrix, Matrix, Flags, Matrix]:
        end_ns, operating = given.end_ns, given.operating.take(part.fed)
        if not np.isfinite(operating).all():
            unread = np.flatnonzero(~np.isfinite(operating))
            part.gate.reason = f"{part.names[unread[0]]} was never read"
            return *self._nothing(part), operating
        inputs = given.inputs.take(part.fed, axis=1)
        readings = _widened(given.sampled.take(part.watched, axis=1), len(part.heard))
        age_ns = given.age_ns.take(part.fed)
        oldest = int(age_ns.argmax())
        age = int(age_ns[oldest]), part.names[oldest]
        heard = part.heard & part.gate.heard(end_ns, *age, part.off(inputs))
        try:
            window = part.observer.window(inputs, readings, heard)
        except PlantLost:  # inputs that the model cannot bear: it says nothing until it has settled
            self.restarts[part.model.name] = self.restarts.get(part.model.name, 0) + 1
            part.anew()
            part.gate.reason = "its model could not bear its inputs"
            return *self._nothing(part), np.full(len(operating), np.nan)
        expected[:, part.watched] = window.predicted[:, : len(part.watched)]
        judged = part.gate.judged(end_ns, part.model.ranges_left())
        usable = np.isfinite(window.innovation) & judged
        part.record.add(Given(end_ns, inputs, readings, heard, usable, window.trail), part.observer)
        return window.innovation, window.variance, window.signature, usable, operating

    def _nothing(self, part: _Watching) -> tuple[Matrix, Matrix, Matrix, Flags]:
        """What is said of a part that cannot be followed."""
        m = len(part.heard)
        nan = np.full(m, np.nan)
        return nan, nan, np.zeros((m, len(self.hypotheses))), np.zeros(m, bool)


class _Given(NamedTuple):
    """A window of all columns."""

    end_ns: int
    inputs: Matrix
    """float64[samples, n]"""
    operating: Matrix
    """float64[n], its mean; not finite of what was never read."""
    sampled: Matrix
    """float64[samples, n], readings; NaN where there was none that may be believed."""
    age_ns: Times
    """int64[n], of the oldest value that was fed."""


def _widened(readings: Matrix, columns: int) -> Matrix:
    """With columns of 0 at the end, of outputs that nothing reads."""
    more = columns - readings.shape[1]
    return np.pad(readings, ((0, 0), (0, more))) if more else readings
