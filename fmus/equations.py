"""A plant model as equations: declare variables, say their derivatives, name the outputs.

The declaration is the single place that knows a variable's name, unit, range, start
value and meaning; the C code, modelDescription.xml and the reference page come from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import casadi as ca

from fmus.plug import HELD, Plug, PlugGiven, PlugGives

SX = ca.SX
LARGEST_PLUG = 1000
"""Parcels that a sharp pipe may have [-]."""


@dataclass(frozen=True, eq=False)
class Variable:
    """One scalar of the model. `symbol` is what the equations are written with."""

    name: str
    symbol: SX
    start: float
    unit: str
    description: str
    nominal: float = 1.0
    min: float | None = None
    max: float | None = None
    tunable: bool = False


@dataclass(frozen=True, eq=False)
class Output:
    """A named expression of states, inputs, parameters, modes and time."""

    name: str
    expression: SX
    unit: str
    description: str


@dataclass(frozen=True, eq=False)
class ValidRange:
    """Where the equations mean something: `expression` [unit] within `min` to `max`."""

    name: str
    expression: SX
    unit: str
    min: float
    max: float


@dataclass(eq=False)
class Model:
    """Equations `dx/dt = f(t, x, z, u, p, m)`, `y = h(t, x, z, u, p, m)` with discrete modes `m`.

    Algebraic unknowns `z` solve `0 = g(t, x, z, u, p, m)` at every instant.

    Units are written as `K`, `W`, `kg/s`, `W/(m2.K)`...; `-` is dimensionless.
    Temperatures are K.
    """

    name: str
    description: str
    h_max_s: float = 1.0
    """Longest internal step of the Co-Simulation integrator [s]."""
    time: SX = field(default_factory=lambda: SX.sym("time"))
    states: list[Variable] = field(default_factory=list)
    inputs: list[Variable] = field(default_factory=list)
    parameters: list[Variable] = field(default_factory=list)
    modes: list[Variable] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    indicators: list[SX] = field(default_factory=list)
    algebraics: list[Variable] = field(default_factory=list)
    plugs: list[Plug] = field(default_factory=list)
    given: list[Variable] = field(default_factory=list)
    """What the plugs give, in their order."""
    mixed_values: list[Variable] = field(default_factory=list)
    means: list[Variable] = field(default_factory=list)
    step: SX = field(default_factory=lambda: SX.sym("step"))
    """Length of the internal step [s] as a held value; 0 before the first."""
    ranges: list[ValidRange] = field(default_factory=list)
    _mix: dict[str, SX] = field(default_factory=dict)
    _averaged: list[SX] = field(default_factory=list)
    _residual: dict[str, SX] = field(default_factory=dict)
    _derivative: dict[str, SX] = field(default_factory=dict)
    _next_mode: dict[str, SX] = field(default_factory=dict)
    _reinit: dict[str, SX] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)
    _by_symbol: dict[int, tuple[list[Variable], Variable]] = field(default_factory=dict)
    """Variable, and the list it stands in, by the hash of its symbol."""

    def input(
        self,
        name: str,
        start: float,
        unit: str,
        description: str,
        *,
        min: float | None = None,
        max: float | None = None,
    ) -> SX:
        """A value the model is given from outside, held during a communication step."""
        return self._declare(self.inputs, name, start, unit, description, min=min, max=max)

    def parameter(
        self,
        name: str,
        start: float,
        unit: str,
        description: str,
        *,
        min: float | None = None,
        max: float | None = None,
        tunable: bool = False,
    ) -> SX:
        """A constant of the plant; `tunable` ones (faults) may change between steps."""
        return self._declare(
            self.parameters, name, start, unit, description, min=min, max=max, tunable=tunable
        )

    def mode(self, name: str, start: int, description: str) -> SX:
        """An integer that changes at events only; see `when`."""
        return self._declare(self.modes, name, start, "-", description)

    def state(
        self,
        name: str,
        start: float | Sequence[float],
        unit: str,
        description: str,
        *,
        size: int = 1,
        nominal: float = 1.0,
    ) -> SX:
        """A continuous state, or a column of `size` of them named `name[1]`, `name[2]`..."""
        starts = [float(start)] * size if isinstance(start, int | float) else list(start)
        if len(starts) != size:
            raise ValueError(f"{self.name}.{name}: {len(starts)} start values for {size} states")
        names = [name] if size == 1 else [f"{name}[{i + 1}]" for i in range(size)]
        column = [
            self._declare(self.states, n, s, unit, description, nominal=nominal)
            for n, s in zip(names, starts, strict=True)
        ]
        return ca.vertcat(*column)

    def der(self, state: SX, rate: SX) -> None:
        """Equation `d(state)/dt = rate`, elementwise for columns."""
        for symbol, expression in self._pairs(state, rate):
            name = self._owner(self.states, symbol).name
            if name in self._derivative:
                raise ValueError(f"{self.name}: two equations for der({name})")
            self._derivative[name] = expression

    def algebraic(
        self, name: str, start: float, unit: str, description: str, *, nominal: float = 1.0
    ) -> SX:
        """An unknown that an equation without a derivative decides; see `solve`.

        `start` [unit] is where the search begins, `nominal` [unit] the size of a usual value.
        """
        return self._declare(self.algebraics, name, start, unit, description, nominal=nominal)

    def solve(self, unknown: SX, residual: SX) -> None:
        """Equation `residual = 0`, which decides `unknown` and must depend on it.

        `residual` is in the unit of `unknown`, or scaled so that `nominal` is its usual size too.
        """
        name = self._owner(self.algebraics, unknown).name
        if name in self._residual:
            raise ValueError(f"{self.name}: two equations for {name}")
        self._residual[name] = SX(residual)

    def plug_flow(self, name: str, cells: int, given: PlugGiven) -> PlugGives:
        """A sharp pipe of `cells` parcels [-], which Co-Simulation alone has.

        The shell advances it once an internal step from what `given` is at its start, and the
        equations see the result as constants during the step. Only the water outside its ends
        follows what other pipes and `mixed` values are in the same step. Equations close their
        books with held values, not with flows and temperatures that move during the step.
        """
        if not 4 <= cells <= LARGEST_PLUG:
            raise ValueError(f"{self.name}.{name}: {cells} parcels, must be 4 to {LARGEST_PLUG}")
        symbols = {
            key: self._declare(
                self.given, f"{name}.{key}", 300.0 if unit == "K" else 0.0, unit, "held"
            )
            for key, unit in HELD.items()
        }
        gives = PlugGives(**symbols)
        self.plugs.append(Plug(name, cells, given, gives))
        return gives

    def mixed(self, name: str, start: float, unit: str, description: str) -> SX:
        """A held value that follows from what pipes give in the same step; see `mix`."""
        return self._declare(self.mixed_values, name, start, unit, description)

    def mix(self, value: SX, expression: SX) -> None:
        """Equation `value = expression` for a step.

        States and unknowns in it are those at the step's beginning; means, pipes and other mixed
        values those of the step itself: the shell goes along the flow. It may depend on `step`.
        """
        name = self._owner(self.mixed_values, value).name
        if name in self._mix:
            raise ValueError(f"{self.name}: two equations for {name}")
        self._mix[name] = SX(expression)

    def mean(self, name: str, expression: SX, start: float, unit: str, description: str) -> SX:
        """`expression`, of no held value, as it is on average in an internal step, and held in it.

        The mean is of the step's beginning and of a first attempt at its end.
        """
        self._averaged.append(SX(expression))
        return self._declare(self.means, name, start, unit, description)

    @property
    def co_simulation_only(self) -> bool:
        """Whether something is held during an internal step, which Model Exchange does not have."""
        return bool(self.plugs or self.mixed_values or self.means)

    def held(self) -> SX:
        """Column of all held values: what pipes give, mixed values, means, the step's length."""
        step = [self.step] if self.co_simulation_only else []
        return column([*self.given, *self.mixed_values, *self.means, *step])

    def held_starts(self) -> list[float]:
        """What the held values are before anything is known."""
        values = [v.start for v in (*self.given, *self.mixed_values, *self.means)]
        return [*values, 0.0] if self.co_simulation_only else values

    def mixtures(self) -> SX:
        """Column of what the mixed values are; ValueError names those that have no equation."""
        missing = [v.name for v in self.mixed_values if v.name not in self._mix]
        if missing:
            raise ValueError(f"{self.name}: no equation for {', '.join(missing)}")
        return column([self._mix[v.name] for v in self.mixed_values])

    def averaged(self) -> SX:
        """Column of what is averaged."""
        return column(self._averaged)

    def valid_range(self, name: str, expression: SX, low: float, high: float, unit: str) -> None:
        """Outside `low` to `high` [unit] of `expression` the model is used, but said to guess."""
        self.ranges.append(ValidRange(name, SX(expression), unit, low, high))

    def output(self, name: str, expression: SX, unit: str, description: str) -> None:
        """A value the model gives to outside."""
        self.outputs.append(Output(name, SX(expression), unit, description))

    def when(self, mode: SX, becomes: SX, crossing: Sequence[SX]) -> None:
        """Mode `mode` takes the value `becomes` at an event.

        `crossing` are the indicators whose sign change is the event. An indicator must change
        sign slightly *after* the relation in `becomes` has flipped (1e-7 of its unit), or an
        importer stops just short of it and misses the event.
        """
        self._next_mode[self._owner(self.modes, mode).name] = SX(becomes)
        self.indicators.extend(SX(c) for c in crossing)

    def reinit(self, state: SX, value: SX) -> None:
        """At an event `state` jumps to `value` (an expression of the values before it)."""
        for symbol, expression in self._pairs(state, value):
            self._reinit[self._owner(self.states, symbol).name] = expression

    def derivatives(self) -> SX:
        """Column of all state derivatives; ValueError names states that have no equation."""
        missing = [s.name for s in self.states if s.name not in self._derivative]
        if missing:
            raise ValueError(f"{self.name}: no equation for der of {', '.join(missing)}")
        return ca.vertcat(*[self._derivative[s.name] for s in self.states])

    def residuals(self) -> SX:
        """Column of what must be zero; ValueError names unknowns that have no equation."""
        missing = [v.name for v in self.algebraics if v.name not in self._residual]
        if missing:
            raise ValueError(f"{self.name}: no equation for {', '.join(missing)}")
        return column([self._residual[v.name] for v in self.algebraics])

    def after_event(self) -> tuple[SX, SX]:
        """Columns of the states and the modes after one event iteration."""
        x = [self._reinit.get(s.name, s.symbol) for s in self.states]
        m = [self._next_mode.get(v.name, v.symbol) for v in self.modes]
        return column(x), column(m)

    def _declare(
        self, where: list[Variable], name: str, start: float, unit: str, text: str, **more: object
    ) -> SX:
        if name in self._names:
            raise ValueError(f"{self.name}: variable {name!r} declared twice")
        variable = Variable(name, SX.sym(name), float(start), unit, text, **more)  # type: ignore[arg-type]
        where.append(variable)
        self._names.add(name)
        self._by_symbol[variable.symbol.element_hash()] = (where, variable)
        return variable.symbol

    def _owner(self, where: list[Variable], symbol: SX) -> Variable:
        if symbol.is_symbolic():
            group, variable = self._by_symbol.get(symbol.element_hash(), (None, None))
            if group is where and variable is not None:
                return variable
        raise ValueError(f"{symbol} is not declared here as such a variable")

    @staticmethod
    def _pairs(left: SX, right: SX) -> list[tuple[SX, SX]]:
        right = SX(right)
        if right.numel() == 1 and left.numel() > 1:
            right = ca.repmat(right, left.numel(), 1)
        if left.numel() != right.numel():
            raise ValueError(f"{left.numel()} unknowns, {right.numel()} expressions")
        return [(left[i], right[i]) for i in range(left.numel())]


def column(items: Sequence[SX | Variable]) -> SX:
    """Vertical concatenation that keeps its shape (n, 1) when it is empty."""
    symbols = [v.symbol if isinstance(v, Variable) else v for v in items]
    return ca.vertcat(*symbols) if symbols else SX(0, 1)


def reciprocal(value: SX) -> SX:
    """`1/value`, for products with many factors: one division, which CasADi leaves as it is.

    Written 1/value, CasADi turns every product with it back into a division. 2/(2 value) has the
    same bits.
    """
    return 2.0 / (2.0 * value)
