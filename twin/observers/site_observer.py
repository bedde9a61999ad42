"""Row by row through all observers of a site: their innovations side by side, a `Step` a minute."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

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


@dataclass
class _Watching:
    """A part, and where its values stand in a row of readings and commands."""

    observer: PartObserver
    fed: NDArray[np.intp]
    """Columns of a row that its inputs are."""
    watched: NDArray[np.intp]
    switch: int | None
    """Which of its inputs says that it runs."""
    on_since_ns: int | None = field(default=None)


class SiteObserver:
    """Follows a plant; blocks of rows may be cut anywhere without changing a bit."""

    def __init__(
        self,
        site: Site,
        files: Mapping[str, FmuFile],
        signals: Sequence[str],
        commands: Sequence[str],
        period_ns: int,
    ) -> None:
        """Take the models; nothing of them runs before the first window.

        Args:
            site: whose `twin` section says what is watched.
            files: part -> FMU, opened for Model Exchange; they stay the caller's.
            signals: names of the columns of `measured`.
            commands: names of the columns of `commands`.
            period_ns: time between rows [ns].
        """
        self.hypotheses = hypotheses(site)
        self.watched = tuple(f"{p}.{n}" for p, told in site.twin.items() for n in told.watch)
        self.operating: tuple[str, ...] = ()
        self._rows = max(1, round(SAMPLE_NS / period_ns))
        self._sample_s = self._rows * period_ns / 1e9
        self._samples = max(1, round(WINDOW_S / self._sample_s))
        self._stale = max(1, STALE_NS // period_ns)
        self._period_ns = period_ns
        self._stack = ExitStack()
        self._parts = [
            self._watch(site, part, files[part], [*signals, *commands], commands)
            for part, told in site.twin.items()
            if told.watch
        ]
        self._held = nothing_held(len(signals) + len(commands))
        self._n_signals = len(signals)
        self._before: tuple[Matrix, Times] | None = None
        self._kept: list[tuple[Times, Matrix, Matrix, Times]] = []
        self._begun_ns: int | None = None

    def follow(
        self, t_ns: Times, measured: Matrix, good: Flags, commands: Matrix, commanded: Flags
    ) -> list[Step]:
        """Steps of the windows that these rows complete; arguments as of `Twin.follow`."""
        if len(t_ns) == 0:
            return []
        self._kept.append(self._inputs(t_ns, measured, good, commands, commanded))
        size = self._rows * self._samples
        rows = [np.concatenate(column) for column in zip(*self._kept, strict=True)]
        whole = len(rows[0]) // size * size
        self._kept = [tuple(column[whole:] for column in rows)]  # type: ignore[list-item]
        return [
            self._window(*(column[at : at + size] for column in rows))
            for at in range(0, whole, size)
        ]

    def close(self) -> None:
        """End the models; the files stay open."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _watch(
        self, site: Site, part: str, file: FmuFile, columns: Sequence[str], commands: Sequence[str]
    ) -> _Watching:
        told = told_of(site, part, commands, self.hypotheses)
        equations = self._stack.enter_context(_equations(site, told, file))
        behind_s = (self._sample_s - self._period_ns / 1e9) / 2.0  # a mean, and its last row
        model = part_model(
            *(site, told, file, equations.states, self.hypotheses, self._rows, behind_s)
        )
        twin = site.twin[part]
        fed = [*twin.boundary.values(), *(f"{part}.{n}" for n in told.orders)]
        self.operating += tuple(f"{part}: {name}" for name in fed)
        settle = twin.settle
        return _Watching(
            PartObserver(equations, model, self._sample_s, self._samples),
            np.array([columns.index(name) for name in fed], np.intp),
            np.array([columns.index(f"{part}.{n}") for n in told.watched], np.intp),
            fed.index(settle.switch) if settle is not None and settle.switch in fed else None,
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

    def _window(self, t_ns: Times, readings: Matrix, fed: Matrix, age: Times) -> Step:
        end_ns = int(t_ns[-1])
        self._begun_ns = int(t_ns[0]) if self._begun_ns is None else self._begun_ns
        by_sample = (self._samples, self._rows, -1)
        inputs = fed.reshape(by_sample).mean(axis=1)
        sampled = mean_of(readings.reshape(by_sample).swapaxes(0, 1))
        seen = [
            self._part(
                part,
                end_ns,
                np.ascontiguousarray(inputs[:, part.fed]),
                sampled[:, part.watched],
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
        on = fresh and (part.switch is None or bool((inputs[:, part.switch] > 0.5).all()))
        if not on:
            part.on_since_ns = None
        elif part.on_since_ns is None:
            part.on_since_ns = end_ns
        warm = self._begun_ns is not None and end_ns - self._begun_ns >= WARM_NS
        window = part.observer.window(inputs, readings, np.full(m, on and warm))
        since_ns = end_ns if part.on_since_ns is None else part.on_since_ns
        usable = np.isfinite(window.innovation) & (end_ns - since_ns >= SETTLE_NS)
        return window.innovation, window.variance, window.signature, usable, operating


def _equations(site: Site, told: Told, file: FmuFile) -> Equations:
    settings = site.plant.parts[told.part].parameters
    return Equations(file, told.part, told.inputs, told.watched, told.parameters, settings)
