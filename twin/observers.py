"""The observers of a site: one a part, their innovations side by side, one `Step` a minute."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from math import sqrt
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.hypothesis import Hypothesis
from twin.estimation.boundary import Held, hold, nothing_held
from twin.estimation.observer import PartObserver, Window, mean_of
from twin.estimation.physics import Cause, Disturbance, PartModel
from twin.estimation.step import Step
from twin.plant.equations import Equations
from twin.plant.fmu import FmuFile, Running, open_fmu
from twin.site.faults import Fault, catalogue
from twin.site.model import Site
from twin.site.quantity import si_unit

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]

SAMPLE_NS = 10_000_000_000
"""Rows are averaged over so long before an observer sees them [ns]."""
WINDOW_S = 60.0
"""An observer corrects itself about so often [s]."""
STALE_NS = 60_000_000_000
"""A boundary value older than this is no input [ns] (assumed)."""
SETTLE_NS = 30 * 60 * 1_000_000_000
"""After a start, or when the twin begins, a part is not judged so long [ns]."""
WARM_NS = 20 * 60 * 1_000_000_000
"""A model that has just begun follows its inputs alone so long: it is too far from the plant for a
linear correction [ns] (assumed)."""

WALK = {"K": 0.1 / 60.0, "-": 0.005 / 60.0}
"""By unit of a state, how far it may stray by itself [unit/sqrt(s)]: 0.1 K, 0.005 an hour (assumed)."""
SPREAD = {"K": 5.0, "-": 0.1}
"""By unit of a state, how uncertain it is at the start (assumed)."""
MOVED = {"K": 2.0, "-": 0.03}
"""By unit of an input, the change that calls for a new linearisation (assumed)."""


@dataclass(frozen=True)
class _Part:
    """Where an observer finds its inputs and readings in a row."""

    name: str
    observer: PartObserver
    signals: NDArray[np.intp]
    commands: NDArray[np.intp]
    watched: NDArray[np.intp]
    switch: int | None


class SiteObserver:
    """Follows a plant row by row and says once a minute what its models did not expect."""

    def __init__(
        self,
        site: Site,
        files: Mapping[str, FmuFile],
        signals: Sequence[str],
        commands: Sequence[str],
        period_ns: int,
        disturbances: Mapping[str, Sequence[tuple[str, float, float]]],
    ) -> None:
        """`files` are the site's, opened for Model Exchange; they stay the caller's.

        `signals` and `commands` name the columns of a row, which is `period_ns` [ns] long.
        """
        self.hypotheses = hypotheses(site)
        self.watched = tuple(f"{p}.{n}" for p, t in site.twin.items() for n in t.watch)
        self._period_ns = period_ns
        self._rows = max(1, round(SAMPLE_NS / period_ns))
        self._sample_s = self._rows * period_ns / 1e9
        self._samples = max(1, round(WINDOW_S / self._sample_s))
        self._stack = ExitStack()
        self._parts = [
            self._part(site, name, files[name], signals, commands, disturbances.get(name, ()))
            for name, told in site.twin.items()
            if told.watch
        ]
        self._held_signals = nothing_held(len(signals))
        self._held_commands = nothing_held(len(commands))
        self._last_signals: tuple[Matrix, NDArray[np.int64]] | None = None
        self._kept: list[tuple[NDArray[np.int64], Matrix, Flags, Matrix, NDArray[np.int64]]] = []
        self._begun_ns: int | None = None
        self._on_since = np.full(len(self._parts), -1, np.int64)

    def follow(
        self,
        t_ns: NDArray[np.int64],
        measured: Matrix,
        good: Flags,
        commands: Matrix,
        commanded: Flags,
    ) -> list[Step]:
        """Steps of the windows that these rows complete; arguments as of `Twin.follow`."""
        if len(t_ns) == 0:
            return []
        values, age, self._held_signals = hold(self._held_signals, measured, good)
        orders, order_age, self._held_commands = hold(self._held_commands, commands, commanded)
        before, before_age = self._last_signals or (values[0], age[0])
        boundary = np.vstack([before, values[:-1]])
        boundary_age = np.vstack([before_age, age[:-1]])
        self._last_signals = values[-1].copy(), age[-1].copy()
        readings = np.where(good, measured, np.nan)
        inputs = np.hstack([boundary, orders])
        ages = np.hstack([boundary_age, order_age])
        self._kept.append((t_ns, readings, good, inputs, ages))
        size = self._rows * self._samples
        t_ns, readings, good, inputs, ages = (
            np.concatenate(columns) for columns in zip(*self._kept, strict=True)
        )
        steps = []
        whole = len(t_ns) // size * size
        for begin in range(0, whole, size):
            span = slice(begin, begin + size)
            steps.append(self._window(t_ns[span], readings[span], inputs[span], ages[span]))
        self._kept = [(t_ns[whole:], readings[whole:], good[whole:], inputs[whole:], ages[whole:])]
        return steps

    def _window(
        self, t_ns: NDArray[np.int64], readings: Matrix, inputs: Matrix, ages: NDArray[np.int64]
    ) -> Step:
        end_ns = int(t_ns[-1])
        if self._begun_ns is None:
            self._begun_ns = int(t_ns[0])
        m, k = len(self.watched), len(self.hypotheses)
        innovation, variance = np.full(m, np.nan), np.full(m, np.inf)
        signature = np.zeros((m, k))
        usable = np.zeros(m, bool)
        operating = []
        means = _averaged(inputs, self._rows)
        sampled = np.array(
            [mean_of(r) for r in readings.reshape(-1, self._rows, readings.shape[1])]
        )
        at = 0
        limit = max(1, STALE_NS // self._period_ns)
        for i, part in enumerate(self._parts):
            n = len(part.watched)
            rows = slice(at, at + n)
            at += n
            columns = np.concatenate([part.signals, part.commands])
            fed = means[:, columns]
            operating.append(fed.mean(axis=0))
            if not np.isfinite(fed).all():
                continue
            fresh = bool((ages[:, columns] <= limit).all())
            on = part.switch is None or bool(fed[-1, part.switch] > 0.5)
            if not (on and fresh):
                self._on_since[i] = -1
            elif self._on_since[i] < 0:
                self._on_since[i] = end_ns
            heard = np.full(n, on and fresh and end_ns - self._begun_ns >= WARM_NS)
            window = part.observer.window(fed, sampled[:, part.watched], heard)
            innovation[rows], variance[rows] = window.innovation, window.variance
            signature[rows] = window.signature
            settled = on and fresh and end_ns - self._on_since[i] >= SETTLE_NS
            usable[rows] = settled & np.isfinite(window.innovation)
        return Step(end_ns, innovation, variance, signature, usable, np.concatenate(operating))

    def _part(
        self,
        site: Site,
        name: str,
        file: FmuFile,
        signals: Sequence[str],
        commands: Sequence[str],
        disturbances: Sequence[tuple[str, float, float]],
    ) -> _Part:
        told = site.twin[name]
        orders = [c for c in commands if c.startswith(f"{name}.")]
        inputs = [*told.boundary, *(o.partition(".")[2] for o in orders)]
        faults = [h for h in catalogue(site) if h.part == name and h.kind == "process"]
        parameters = list(dict.fromkeys([f.parameter for f in faults]))
        parameters += [d for d, _, _ in disturbances if d not in parameters and d not in inputs]
        watched = [f"{name}.{n}" for n in told.watch]
        settings = site.plant.parts[name].parameters
        equations = self._stack.enter_context(
            Equations(file, name, inputs, list(told.watch), parameters, settings)
        )
        known = [*inputs, *parameters]
        reading_of = {variable: signal for variable, signal in told.boundary.items()}
        model = PartModel(
            lag_s=np.array([site.signals[w].lag for w in watched]) + self._behind_s,
            noise=np.array([_noise(site, w) for w in watched]) / sqrt(self._rows),
            error=np.array([_band(site, w) / 2.0 for w in watched]),
            input_noise=np.array(
                [_noise(site, reading_of[n]) if n in reading_of else 0.0 for n in inputs]
            )
            / sqrt(self._rows),
            walk=_by_unit(file, equations.states, WALK, 0.0),
            spread=_by_unit(file, equations.states, SPREAD, 0.0),
            nominal=_moved(file, inputs),
            disturbances=tuple(
                Disturbance(known.index(d), sigma, tau) for d, sigma, tau in disturbances
            ),
            causes=tuple(self._causes(site, h, name, known, watched) for h in self.hypotheses),
        )
        switch = None
        if told.settle is not None and told.settle.switch in orders:
            switch = len(told.boundary) + orders.index(told.settle.switch)
        return _Part(
            name,
            PartObserver(equations, model, self._sample_s, self._samples),
            np.array([signals.index(s) for s in told.boundary.values()], np.intp),
            np.array([len(signals) + commands.index(o) for o in orders], np.intp),
            np.array([signals.index(w) for w in watched], np.intp),
            switch,
        )

    @property
    def _behind_s(self) -> float:
        """Mean of several rows lags behind the last of them by so much [s]."""
        return (self._sample_s - self._period_ns / 1e9) / 2.0

    def _causes(
        self, site: Site, h: Hypothesis, part: str, known: list[str], watched: list[str]
    ) -> tuple[Cause, ...]:
        owner, _, rest = h.name.partition(".")
        if h.kind == "process":
            return (Cause(column=known.index(rest)),) if owner == part else ()
        if h.kind == "actuator":
            variable = rest.removesuffix(".offset")
            return (Cause(column=known.index(variable)),) if owner == part else ()
        signal = h.name.rpartition(".")[0]
        found = [
            Cause(column=known.index(variable), gain=-1.0)
            for variable, name in site.twin[part].boundary.items()
            if name == signal
        ]
        if signal in watched:
            found.append(Cause(output=watched.index(signal)))
        return tuple(found)

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


def hypotheses(site: Site) -> tuple[Hypothesis, ...]:
    """What may be wrong at a site and shows in its observers: sizes in SI."""
    watching = {name: told for name, told in site.twin.items() if told.watch}
    seen = {f"{p}.{n}" for p, told in watching.items() for n in told.watch}
    seen |= {signal for told in watching.values() for signal in told.boundary.values()}
    found = [
        _hypothesis(f)
        for f in catalogue(site)
        if (f.kind == "process" and f.part in watching)
        or (f.parameter == "bias" and f.signal in seen)
    ]
    for controller in site.controllers.values():
        for command in controller.commands.values():
            part = command.partition(".")[0]
            if part in watching:
                check = "position or speed at the actuator against the command"
                found.append(
                    Hypothesis(f"{command}.offset", part, "actuator", "-", 0.2, -1.0, 1.0, check)
                )
    return tuple(found)


def _hypothesis(fault: Fault) -> Hypothesis:
    scale = fault.si_per_unit
    return Hypothesis(
        *(fault.name, fault.part, fault.kind, fault.unit),
        *(fault.default * scale, fault.min * scale, fault.max * scale, fault.check),
    )


def _noise(site: Site, signal: str) -> float:
    told = site.signals[signal]
    return sqrt(told.noise_si**2 + (told.resolution_si or 0.0) ** 2 / 12.0)


def _band(site: Site, name: str) -> float:
    part, _, variable = name.partition(".")
    return site.twin[part].watch[variable].band.difference_in(si_unit(site.signals[name].unit))


def _by_unit(
    file: FmuFile, states: Sequence[str], table: Mapping[str, float], otherwise: float
) -> Matrix:
    units = [file.variables[s].unit or "-" for s in states]
    return np.array([table.get("-" if u == "1" else u, otherwise) for u in units])


def _moved(file: FmuFile, inputs: Sequence[str]) -> Matrix:
    found = []
    for name in inputs:
        variable = file.variables[name]
        unit = "-" if variable.unit in (None, "1") else variable.unit
        usual = abs(variable.start or 1.0) or 1.0
        found.append(MOVED.get(unit or "-", 0.05 * usual))
    return np.array(found)


def _averaged(rows: Matrix, by: int) -> Matrix:
    mean: Matrix = rows.reshape(-1, by, rows.shape[1]).mean(axis=1)
    return mean
