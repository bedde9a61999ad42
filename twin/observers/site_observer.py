"""Row by row through all observers of a site: their innovations side by side, a `Step` a minute."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from twin.closing import Closing
from twin.diagnosis.hypothesis import Hypothesis
from twin.errors import PlantLost
from twin.estimation.boundary import hold, nothing_held
from twin.estimation.observer import PartObserver, mean_of
from twin.estimation.step import Step
from twin.observers.hypotheses import hypotheses
from twin.observers.part_model import Told, part_model, told_of
from twin.plant.equations import Equations
from twin.plant.fmu import FmuFile
from twin.site.model import Site

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]
Times = NDArray[np.int64]

SAMPLE_NS = 10_000_000_000
"""Rows are averaged over so long before an observer sees them [ns]."""
WINDOW_S = 60.0
"""An observer corrects itself about so often [s]."""
STALE_NS = 60_000_000_000
"""A boundary value older than this is no input [ns] (assumed)."""
WARM_NS = 20 * 60 * 1_000_000_000
"""A model that has just begun follows its inputs alone so long: it is too far from the plant for a
linear correction [ns] (assumed)."""
SETTLE_NS = 30 * 60 * 1_000_000_000
"""After a start, and after inputs were missing, a part is not judged so long [ns]."""
BEGIN_NS = 4 * 3600 * 1_000_000_000
"""A model that has just begun is not judged so long [ns]: its slow states must forget where they
began, and signatures grow to what a standing fault gives (assumed)."""


@dataclass
class _Watching:
    """A part, and where its values stand in a row of readings and commands."""

    begin: Callable[[], tuple[Equations, PartObserver]]
    fed: NDArray[np.intp]
    """Columns of a row that its inputs are."""
    watched: NDArray[np.intp]
    heard: Flags
    """Which of its outputs are watched; the others are carried."""
    switch: int | None
    """Which of its inputs says that it runs."""
    equations: Equations
    observer: PartObserver
    begun_ns: int | None = None
    on_since_ns: int | None = None

    def anew(self) -> None:
        """Begin again from the model's own start: where it was is not where the plant is."""
        self.equations.close()
        self.equations, self.observer = self.begin()
        self.begun_ns = self.on_since_ns = None


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
            files: part -> FMU, opened for Model Exchange; they stay the caller's.
            signals: names of the columns of `measured`.
            commands: names of the columns of `commands`.
            period_ns: time between rows [ns].
            carried: part -> outputs of its FMU that nothing reads but whose signatures are wanted.
                They follow the part's watched signals in every Step, correct nothing, and are
                taken to read 0, so that their innovation is minus what the model says.
            also: hypotheses to carry behind those of the site, such as parameters to calibrate.
        """
        self.hypotheses = (*hypotheses(site), *also)
        self.watched = tuple(f"{p}.{n}" for p, told in site.twin.items() for n in told.watch)
        self.outputs: tuple[str, ...] = ()
        """Rows of a Step: the watched signals, and after those of each part the carried outputs."""
        self.operating: tuple[str, ...] = ()
        """What the features of the operating point are, PART: SIGNAL or COMMAND."""
        self._rows = max(1, round(SAMPLE_NS / period_ns))
        self._sample_s = self._rows * period_ns / 1e9
        self._samples = max(1, round(WINDOW_S / self._sample_s))
        self._stale = max(1, STALE_NS // period_ns)
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

    def follow(
        self, t_ns: Times, measured: Matrix, good: Flags, commands: Matrix, commanded: Flags
    ) -> list[Step]:
        """Steps of the windows that these rows complete; arguments as of `Twin.follow`.

        Where rows are missing the models begin anew.
        """
        if len(t_ns) == 0:
            return []
        inputs = self._inputs(t_ns, measured, good, commands, commanded)
        before = t_ns[0] - self._period_ns if self._last_ns is None else self._last_ns
        astray = np.flatnonzero(np.diff(t_ns, prepend=before) != self._period_ns)
        self._last_ns = int(t_ns[-1])
        steps = []
        for begin, end in pairwise([*sorted({0, *astray.tolist()}), len(t_ns)]):
            if begin in astray:
                self._kept = []
                for part in self._parts:
                    part.anew()
            rows, readings, fed, age = inputs
            cut = slice(begin, end)
            steps += self._windows(rows[cut], readings[cut], fed[cut], age[cut])
        return steps

    def close(self) -> None:
        """End the models; the files stay open."""
        for part in self._parts:
            part.equations.close()

    def _watch(self, site: Site, told: Told, file: FmuFile, columns: Sequence[str]) -> _Watching:
        part = told.part
        behind_s = (self._sample_s - self._period_ns / 1e9) / 2.0  # a mean, and its last row
        twin = site.twin[part]

        def begin() -> tuple[Equations, PartObserver]:
            settings = site.plant.parts[part].parameters
            equations = Equations(file, part, told.inputs, told.outputs, told.parameters, settings)
            states = equations.states
            model = part_model(site, told, file, states, self.hypotheses, self._rows, behind_s)
            return equations, PartObserver(equations, model, self._sample_s, self._samples)

        fed = [*twin.boundary.values(), *(f"{part}.{n}" for n in told.orders)]
        self.operating += tuple(f"{part}: {name}" for name in fed)
        self.outputs += tuple(f"{part}.{name}" for name in told.outputs)
        settle = twin.settle
        return _Watching(
            begin,
            np.array([columns.index(name) for name in fed], np.intp),
            np.array([columns.index(f"{part}.{n}") for n in told.watched], np.intp),
            np.arange(len(told.outputs)) < len(told.watched),
            fed.index(settle.switch) if settle is not None and settle.switch in fed else None,
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
        return t_ns, np.where(good, measured, np.nan), fed, fed_age

    def _windows(self, t_ns: Times, readings: Matrix, fed: Matrix, age: Times) -> list[Step]:
        self._kept.append((t_ns, readings, fed, age))
        rows = [np.concatenate(column) for column in zip(*self._kept, strict=True)]
        size = self._rows * self._samples
        whole = len(rows[0]) // size * size
        self._kept = [(rows[0][whole:], rows[1][whole:], rows[2][whole:], rows[3][whole:])]
        return [
            self._window(*(column[at : at + size] for column in rows))
            for at in range(0, whole, size)
        ]

    def _window(self, t_ns: Times, readings: Matrix, fed: Matrix, age: Times) -> Step:
        end_ns = int(t_ns[-1])
        by_sample = (self._samples, self._rows, -1)
        inputs = fed.reshape(by_sample).mean(axis=1)
        sampled = mean_of(readings.reshape(by_sample).swapaxes(0, 1))
        seen = [
            self._part(
                part,
                end_ns,
                np.ascontiguousarray(inputs[:, part.fed]),
                _widened(sampled[:, part.watched], len(part.heard)),
                bool((age[:, part.fed] <= self._stale).all()),
            )
            for part in self._parts
        ]
        innovation, variance, signature, usable, operating = (
            np.concatenate(pieces) for pieces in zip(*seen, strict=True)
        )
        return Step(end_ns, innovation, variance, signature, usable, operating)

    def _part(
        self, part: _Watching, end_ns: int, inputs: Matrix, readings: Matrix, fresh: bool
    ) -> tuple[Matrix, Matrix, Matrix, Flags, Matrix]:
        m, k = readings.shape[1], len(self.hypotheses)
        operating = inputs.mean(axis=0)
        if not np.isfinite(inputs).all():  # something was never read
            nothing = np.full(m, np.nan)
            return nothing, nothing, np.zeros((m, k)), np.zeros(m, bool), operating
        part.begun_ns = end_ns if part.begun_ns is None else part.begun_ns
        on = fresh and (part.switch is None or bool((inputs[:, part.switch] > 0.5).all()))
        if not on:
            part.on_since_ns = None
        elif part.on_since_ns is None:
            part.on_since_ns = end_ns
        warm = end_ns - part.begun_ns >= WARM_NS
        try:
            window = part.observer.window(inputs, readings, part.heard & (on and warm))
        except PlantLost:  # inputs that the model cannot bear: it says nothing until it has settled
            self.restarts[part.equations.name] = self.restarts.get(part.equations.name, 0) + 1
            part.anew()
            return self._part(part, end_ns, np.full_like(inputs, np.nan), readings, fresh)
        since_ns = end_ns if part.on_since_ns is None else part.on_since_ns
        settled = end_ns - since_ns >= SETTLE_NS and end_ns - part.begun_ns >= BEGIN_NS
        usable = np.isfinite(window.innovation) & settled
        return window.innovation, window.variance, window.signature, usable, operating


def _widened(readings: Matrix, columns: int) -> Matrix:
    """With columns of 0 at the end, of outputs that nothing reads."""
    more = columns - readings.shape[1]
    return np.pad(readings, ((0, 0), (0, more))) if more else readings
