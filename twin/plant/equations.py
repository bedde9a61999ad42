"""A Model Exchange FMU as what it is inside: slopes f(x, u), outputs g(x, u) and their Jacobians.

An observer needs more of a model than its answers: how states and outputs move with states, inputs
and parameters (directional derivatives of FMI, or `differences.py`), and a way to go on from states
that it chose itself. `steps.py` beside this has the compiled loops.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import isfinite, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.closing import Closing
from twin.errors import BadInput, PlantLost, refuse
from twin.factors import Factors
from twin.plant.failure import at_time, not_finite
from twin.plant.fmu import FmuFile
from twin.plant.frame import frame_of, variable_of
from twin.plant.model_exchange import ModelInstance
from twin.plant.plain_steps import follow_plain, values_plain
from twin.plant.steps import CROSSED, FINE, MODEL, ROUGH, STATUS_OF, along, follow, jacobian, values
from twin.plant.variable import FmuVariable, Setting
from twin.signals import OUT_OF_RANGE
from twin.sparse import Entries, entries

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Kept:
    """A running copy, as bytes and numbers."""

    began_with: Matrix
    state: bytes
    """Of the FMU."""
    settings: Mapping[str, Setting]
    left: int
    signs: NDArray[np.bool_]
    """Of its event indicators."""


class Equations(Closing):
    """One running copy of an FMU between whose steps the caller may move the states.

    Inputs, outputs and states are in the FMU's own units, times in s.
    """

    def __init__(
        self,
        file: FmuFile,
        name: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        parameters: Sequence[str] = (),
        settings: Mapping[str, Setting] | None = None,
    ) -> None:
        """Instantiate; nothing runs before `start`.

        Args:
            file: opened with `Running(interface="model_exchange")`; it stays the caller's.
            name: of the part, in messages.
            inputs: fed by each row, in this order.
            outputs: given for each row, in this order.
            parameters: by which `jacobian` is taken too, beside states and inputs.
            settings: parameter -> value before initialization.

        Raises:
            BadInput: the FMU is opened for Co-Simulation, or has no such variable, or one is of
                another type than 64-bit floats, or nothing says how it moves with a parameter, or
                which variables are its states.
        """
        if file.interface != "model_exchange":
            raise BadInput(f"{file.path}: an observer needs the Model Exchange side")
        self.name, self._file = name, file
        self.inputs, self.outputs, self.parameters = (
            tuple(inputs),
            tuple(outputs),
            tuple(parameters),
        )
        self._frame = frame_of(file, name, inputs, outputs, parameters)
        self._settings = dict(settings or {})
        started = [(self._find(key), value) for key, value in self._settings.items()]
        # compiled code that calls back into an interpreter was seen to corrupt memory
        self._plain = file.info.needs_tool
        self._differentiates = file.info.differentiates and not self._plain
        if not self._differentiates and file.info.once_per_process:
            self._refuse_fixed()
        instance = file.instantiate(name)
        assert isinstance(instance, ModelInstance)
        self._instance = instance
        for variable, value in started:
            instance.set(variable, value)
        self._began_with: Matrix | None = None
        self._copies: dict[tuple[tuple[str, float], ...], Equations] = {}
        counts = file.variables.get(OUT_OF_RANGE)
        self._validity = counts if counts is not None and counts.is_real else None

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the continuous states, in their order."""
        return tuple(v.name for v in self._frame.states)

    def value(self, parameter: str) -> float:
        """What a parameter is set to, or starts with."""
        told = self._settings.get(parameter)
        return float(told) if isinstance(told, int | float) else self._find(parameter).start or 0.0

    def start(self, inputs: Matrix) -> tuple[Matrix, Matrix]:
        """Initialize with `inputs[n_in]`; states float64[n_x], outputs float64[n_out] at time 0."""
        self._began_with = inputs.copy()
        self._instance.plan(self._frame.inputs, self._frame.outputs)
        self._instance.enter_init(0.0)
        self._instance.feed(inputs.tolist())
        self._instance.exit_init()
        x = self._instance.states()
        frame, self._n_x = self._frame, len(x)
        if len(frame.states) != len(x):
            rule = f"its modelDescription.xml has derivatives of {len(frame.states)}"
            raise refuse(f"{self._file.path}: continuous states", len(x), rule)
        self._model = self._describe(len(x))
        counts = [] if self._validity is None else [self._validity]
        self._in, out, followed = (
            _references(several)
            for several in (frame.inputs, frame.outputs, [*frame.outputs, *counts])
        )
        self._followed = len(followed)
        by = self._colours = frame.colours(self._file.description.dependencies)
        self._knowns = _references(frame.columns)[by.columns]
        self._unknowns = _references(frame.rows)
        plain, quick = (self._instance, self._in.tolist()), (self._model, self._in)
        self._steps: Callable[..., Any] = (
            partial(follow_plain, *plain, followed.tolist())
            if self._plain
            else partial(follow, *quick, followed)
        )
        self._values: Callable[..., Any] = (
            partial(values_plain, *plain, out.tolist())
            if self._plain
            else partial(values, *quick, out)
        )
        self._differences = (
            None if self._differentiates else frame.differences(self._instance.nominals(), by)
        )
        self._entries = np.stack([by.row, by.column, by.colour], axis=1)
        self._left = 0
        self._signs = self._instance.indicators() > 0.0
        self._z = np.zeros(len(self._signs))
        return x, np.array(self._instance.read())

    def go_to(self, t_s: float, x: Matrix, changed: Mapping[str, float] | None = None) -> Matrix:
        """States after an event at `t_s` [s] and `x[n_x]` in which parameters were `changed`."""
        self._settings |= changed or {}
        several = [(self._find(name), value) for name, value in (changed or {}).items()]
        self._instance.settle(t_s, x, several)
        self._signs[:] = self._instance.indicators() > 0.0
        return self._instance.states()

    def follow(
        self,
        t_s: float,
        dt_s: float,
        x: Matrix,
        inputs: Matrix,
        step: Factors,
        drive: Matrix,
        limit: Matrix,
    ) -> tuple[Matrix, Matrix]:
        """Go on from `x[n_x]` by one step of `dt_s` [s] a row of `inputs[rows, n_in]`.

        `step` has the factors of I - gamma dt df/dx (`twin.estimation.rosenbrock`), and
        `drive[n_x]` is added to the slopes. Gives the states after the last row and the outputs
        float64[rows, n_out] after each step made. An event is taken at the end of its step.
        Before a step in which the stages disagree by more than `limit[n_x]` it stops.

        Raises:
            PlantLost: the FMU failed, with the part, its function and the time.
        """
        x, inputs = x.copy(), np.ascontiguousarray(inputs)
        outputs = np.zeros((len(inputs), self._followed))
        row = 0
        while row < len(inputs):
            where, status, row = self._steps(
                *(t_s, dt_s, row, x, inputs, step, drive, limit),
                *(outputs, self._z, self._signs),
            )
            now_s = t_s + row * dt_s
            if where == CROSSED:
                x[:] = self.go_to(now_s, x)
            elif where == ROUGH:
                break
            elif where != FINE:
                raise at_time(self._failure(where, status), round(now_s * 1e9))
        if row and self._validity is not None:
            self._left = round(max(outputs[:row, -1].tolist()))
        return x, np.ascontiguousarray(outputs[:row, : len(self.outputs)])

    def jacobian(self, t_s: float, x: Matrix, inputs: Matrix) -> Entries:
        """Jacobian: d (slopes, outputs) / d (states, inputs, parameters) at a point.

        Rows of states that none of the outputs depends on (meters) are 0.

        Returns:
            Of a matrix [n_x + n_out, n_x + n_in + n_par].

        Raises:
            PlantLost: the FMU failed, or answered what is no finite number.
        """
        found = self._derivatives(t_s, x, inputs)
        if not isfinite(found.value.sum()):
            raise at_time(not_finite(self.name, nan, "a derivative is"), round(t_s * 1e9))
        return found

    def _derivatives(self, t_s: float, x: Matrix, inputs: Matrix) -> Entries:
        if self._differences is not None:
            point = self._point(x, inputs)
            made: Entries = entries(self._differences.jacobian(partial(self._at, t_s), point))
            return made
        begin, most = np.zeros(len(self._unknowns) + 1, np.intp), len(self._entries)
        found = Entries(begin, np.empty(most, np.intp), np.empty(most), len(self._knowns))
        where, status = jacobian(
            *(self._model, self._in, self._knowns, self._colours.begin, self._unknowns),
            *(self._entries, t_s, x, inputs, found),
        )
        if where != FINE:
            raise at_time(self._failure(where, status), round(t_s * 1e9))
        last = begin[-1]
        return found._replace(column=found.column[:last], value=found.value[:last])

    def along(self, t_s: float, x: Matrix, inputs: Matrix, direction: Matrix) -> Matrix:
        """That Jacobian times `direction[n_x + n_in + n_par]`; one derivative instead of many.

        Rows of meters are not 0 here.

        Returns:
            float64[n_x + n_out].
        """
        if self._differences is not None:
            point = self._point(x, inputs)
            return self._differences.along(partial(self._at, t_s), point, direction)
        found = np.zeros(len(self._unknowns))
        where, status = along(
            *(self._model, self._in, self._knowns, self._unknowns, t_s, x, inputs),
            *(direction[self._colours.columns], found),
        )
        if where != FINE:
            raise at_time(self._failure(where, status), round(t_s * 1e9))
        return found

    def ranges_left(self) -> int:
        """How many ranges of validity the model had left at most when it last followed [-]."""
        return self._left

    def kept(self) -> Kept | None:
        """What `take_up` of another copy needs; None before `start`.

        Raises:
            BadInput: the FMU cannot save its state.
        """
        if self._began_with is None:
            return None
        state = self._instance.save()
        return Kept(self._began_with, state, dict(self._settings), self._left, self._signs.copy())

    def take_up(self, kept: Kept | None) -> None:
        """Go on from what another copy has `kept`; for one that has not begun."""
        if kept is None:
            return
        self.start(kept.began_with)
        self._instance.restore(kept.state)
        self._settings, self._left = dict(kept.settings), kept.left
        self._signs[:] = kept.signs

    def close(self) -> None:
        """End the instance; the file stays open."""
        self._instance.close()
        for copy in self._copies.values():
            copy.close()

    def _point(self, x: Matrix, inputs: Matrix) -> Matrix:
        return np.concatenate([x, inputs, [self.value(name) for name in self.parameters]])

    def _at(self, t_s: float, points: Matrix) -> Matrix:
        """Slopes and outputs at `points[k, n_x + n_in + n_par]`."""
        free = points.shape[1] - len(self.parameters)
        found = np.empty((len(points), len(self._unknowns)))
        usual = points[0, free:]
        moved = (points[:, free:] != usual).any(axis=1)
        found[~moved] = self._evaluated(t_s, points[~moved, :free])
        for k in np.flatnonzero(moved):
            other = self._having(t_s, points[0, :free], points[k, free:])
            found[k] = other._evaluated(t_s, points[k : k + 1, :free])[0]
        if moved.any():
            self._having(t_s, points[0, :free], usual)
        return found

    def _having(self, t_s: float, point: Matrix, parameters: Matrix) -> "Equations":
        """This model in an event with those parameters; a copy of it where a fixed one differs."""
        told = list(zip(self._frame.parameters, parameters.tolist(), strict=True))
        fixed = {v.name: p for v, p in told if not _tunable(v) and p != self.value(v.name)}
        model = self._copy(fixed, point[self._n_x :]) if fixed else self
        changed = {v.name: p for v, p in told if _tunable(v) and p != model.value(v.name)}
        model.go_to(t_s, point[: self._n_x], changed)
        return model

    def _copy(self, fixed: Mapping[str, float], inputs: Matrix) -> "Equations":
        key = tuple(fixed.items())
        if key not in self._copies:
            settings = {**self._settings, **fixed}
            copy = Equations(self._file, self.name, self.inputs, self.outputs, (), settings)
            self._copies[key] = copy
            copy.start(inputs)
        return self._copies[key]

    def _evaluated(self, t_s: float, points: Matrix) -> Matrix:
        found = np.empty((len(points), len(self._unknowns)))
        where, status = self._values(t_s, np.ascontiguousarray(points), found)
        if where != FINE:
            raise at_time(self._failure(where, status), round(t_s * 1e9))
        return found

    def _describe(self, n_x: int) -> NDArray[np.void]:
        """Addresses of the FMU's functions, for the compiled loops."""
        model = np.zeros(1, MODEL)
        model["fmi"], model["component"] = self._file.fmi, self._instance.component
        model["states"], model["indicators"] = n_x, len(self._instance.indicators())
        for field, names in FUNCTION_OF.items():
            model[field] = self._instance.address(names[self._file.fmi - 2])
        return model

    def _refuse_fixed(self) -> None:
        """A parameter by which nothing can be differentiated."""
        for variable in self._frame.parameters:
            if not _tunable(variable):
                rule = f"{self._file.path} gives no derivatives and runs only once in a process"
                raise refuse(f"{self.name}.{variable.name}", variable.variability, rule)

    def _find(self, name: str) -> FmuVariable:
        return variable_of(self._file, self.name, name)

    def _failure(self, where: int, status: int) -> PlantLost:
        return self._instance.lost(FUNCTION_OF[STATUS_OF[where]][self._file.fmi - 2], status)


def _tunable(variable: FmuVariable) -> bool:
    """Whether it may change while the model runs."""
    return variable.causality != "parameter" or variable.variability == "tunable"


def _references(variables: Sequence[FmuVariable]) -> NDArray[np.uint32]:
    return np.array([v.vr for v in variables], np.uint32)


FUNCTION_OF = {
    "set_reals": ("fmi2SetReal", "fmi3SetFloat64"),
    "get_reals": ("fmi2GetReal", "fmi3GetFloat64"),
    "set_time": ("fmi2SetTime", "fmi3SetTime"),
    "set_states": ("fmi2SetContinuousStates", "fmi3SetContinuousStates"),
    "get_slopes": ("fmi2GetDerivatives", "fmi3GetContinuousStateDerivatives"),
    "get_indicators": ("fmi2GetEventIndicators", "fmi3GetEventIndicators"),
    "differentiate": ("fmi2GetDirectionalDerivative", "fmi3GetDirectionalDerivative"),
}
"""Field of MODEL -> the function of FMI 2.0 and of 3.0."""
