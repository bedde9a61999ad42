"""Row by row through all observers of a site: their innovations side by side, Step by Step."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin.closing import Closing
from twin.diagnosis.hypothesis import Hypothesis
from twin.errors import PlantLost
from twin.estimation.boundary import hold, nothing_held
from twin.estimation.following import Observer
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
from twin.observers.windows import Fed, Windowed, windows
from twin.plant.fmu import FmuFile
from twin.signals import quantity_of
from twin.site.model import Site

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]
Times = NDArray[np.int64]

STILL_SHARE = 0.02
"""A flow below this share of the range of its meter stands still [-] (assumed)."""

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
    still: Matrix
    """float64[n_in], below this an input is a flow that stands still [SI]; -inf: it is no flow."""
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

    def resting(self, inputs: Matrix) -> list[str]:
        """Names of the flows that stand still all through `inputs[samples, n_in]`."""
        if not (inputs[-1] < self.still).any():
            return []
        return [self.names[i] for i in np.flatnonzero(inputs.max(axis=0) < self.still)]


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
        self._kept: Fed | None = None
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
            yield from self._windows(self._inputs(*stretch))

    def anew(self) -> None:
        """Begin again: the next rows, of whatever time, follow upon nothing."""
        self._last_ns = self._kept = self._before = None
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
            np.array([_still(site, name) for name in fed]),
            Record(begin),
            told,
            *begin(),
        )

    def _inputs(
        self, t_ns: Times, measured: Matrix, good: Flags, commands: Matrix, commanded: Flags
    ) -> Fed:
        """Readings of each row, and what the models are fed with.

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
        return Fed(t_ns, readings, fed, fed_age * self._period_ns)

    def _windows(self, fed: Fed) -> Iterator[Step]:
        rows = fed if self._kept is None else self._kept.then(fed)
        size = self._rows * self._samples
        whole = len(rows.t_ns) // size * size
        self._kept = rows.of(slice(whole, None))
        for given in windows(rows.of(slice(whole)), self._samples, self._rows):
            yield self._window(given)

    def _window(self, given: Windowed) -> Step:
        expected = np.full_like(given.sampled, np.nan)
        believed = self._believed(given) if self._distrusted else given
        self._end_ns = given.end_ns
        seen = [self._part(part, believed, expected) for part in self._parts]
        innovation, variance, signature, usable, operating = (
            np.concatenate(pieces) for pieces in zip(*seen, strict=True)
        )
        return Step(
            *(given.end_ns, innovation, variance, signature, usable, operating),
            read(given.sampled, expected, given.heard),
        )

    def _believed(self, given: Windowed) -> Windowed:
        """Without what is not trusted."""
        sampled, age_ns, wrong = given.sampled.copy(), given.age_ns.copy(), list(self._distrusted)
        sampled[:, wrong] = np.nan
        age_ns[wrong] = given.end_ns - np.array(list(self._distrusted.values()))
        return given._replace(sampled=sampled, age_ns=age_ns)

    def _part(
        self, part: _Watching, given: Windowed, expected: Matrix
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
        part.gate.flows(end_ns - round(STEP_S * 1e9), end_ns, part.resting(inputs))
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


def _widened(readings: Matrix, columns: int) -> Matrix:
    """With columns of 0 at the end, of outputs that nothing reads."""
    more = columns - readings.shape[1]
    return np.pad(readings, ((0, 0), (0, more))) if more else readings


def _still(site: Site, name: str) -> float:
    """Below this the signal is a flow that stands still [SI]; -inf of what is no flow."""
    signal = site.signals.get(name)
    if signal is None or quantity_of(signal.unit) != "mass flow" or signal.range_si is None:
        return -np.inf
    return STILL_SHARE * signal.range_si[1]
