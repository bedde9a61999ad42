"""Parameters of the heat pump's map from measured points, by bounded least squares.

Every parameter is pulled a little towards a usual value. What the points do not show (one sink
temperature only, a handful of points) stays there instead of running away.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from twin.estimation.heat_pump_map import CP_WATER, Steady, steady_state

Array = NDArray[np.float64]

SOURCE_COOLING_K, SINK_WARMING_K = 3.0, 5.0
"""Water's temperature change [K] at the rating point of a water-to-water unit (EN 14511-2:
source 10 to 7 degC, sink 30 to 35 degC); gives the flows where nobody states them."""
_PULL = 0.05
"""What one usual deviation of a parameter costs, as percent of error in every point [-]."""
_FAR = 30.0
"""Errors [%] beyond this are counted as this, where a trial has no steady state at all."""


@dataclass(frozen=True, eq=False)
class MapPoints:
    """Measured points of a machine at full load: temperatures [K], power and heat [W]."""

    T_source_in: Array
    T_sink_out: Array
    P_electric: Array
    Q_condenser: Array

    def of(self, chosen: NDArray[np.bool_]) -> "MapPoints":
        """The chosen points."""
        columns = (self.T_source_in, self.T_sink_out, self.P_electric, self.Q_condenser)
        return MapPoints(*(column[chosen] for column in columns))

    @property
    def cop(self) -> Array:
        """Heat of the condenser over electric power [-]."""
        return self.Q_condenser / self.P_electric


@dataclass(frozen=True)
class Flows:
    """Nominal water flows [kg/s] through evaporator and condenser."""

    source: float
    sink: float


@dataclass(frozen=True)
class _Free:
    """A parameter that is fitted: usual value, usual deviation, limits; `log` if a factor."""

    name: str
    usual: float
    spread: float
    low: float
    high: float
    log: bool = False

    def value(self, z: float) -> float:
        return (
            self.usual * float(np.exp(self.spread * z))
            if self.log
            else self.usual + self.spread * z
        )

    def bound(self, value: float) -> float:
        return float(np.log(value / self.usual) if self.log else value - self.usual) / self.spread


def rated_flows(points: MapPoints) -> Flows:
    """Flows [kg/s] that would be stated for the median point, by the standard's differences."""
    Q_e, Q_c = np.median(points.Q_condenser - points.P_electric), np.median(points.Q_condenser)
    return Flows(float(Q_e) / CP_WATER / SOURCE_COOLING_K, float(Q_c) / CP_WATER / SINK_WARMING_K)


def fit_map(points: MapPoints, flows: Flows) -> dict[str, float]:
    """Parameters of HeatPump with which its steady state comes nearest to the points.

    Least squares of the logarithms of heat and COP. Values come back by parameter name, those
    that are not fitted (flows, design temperatures, limits out of the way) included.
    """
    held = _held(points, flows)
    free = _free(points, flows, held)

    def parameters(z: Array) -> dict[str, float]:
        return held | {f.name: f.value(float(v)) for f, v in zip(free, z, strict=True)}

    def error(z: Array) -> Array:
        found = steady_state(parameters(z), points.T_source_in, points.T_sink_out)
        pull = _PULL * np.sqrt(points.P_electric.size) * z
        return np.concatenate([*_errors_percent(points, found), pull])

    low, high = ([f.bound(b) for f, b in zip(free, side, strict=True)] for side in _limits(free))
    best = least_squares(error, np.zeros(len(free)), bounds=(low, high), x_scale=1.0)
    return parameters(best.x)


def _errors_percent(points: MapPoints, found: Steady) -> tuple[Array, Array]:
    """Of heat and COP [%]; where there is no steady state, far off."""
    heat = 100.0 * np.log(found.Q_condenser / points.Q_condenser)
    cop = 100.0 * np.log(found.cop / points.cop)
    return np.nan_to_num(heat, nan=_FAR), np.nan_to_num(cop, nan=_FAR)


def _held(points: MapPoints, flows: Flows) -> dict[str, float]:
    """What is not fitted: design point in the middle of the data, limits out of the way."""
    T_e = float(np.clip(np.median(points.T_source_in) - 5.0, 230.0, 305.0))
    T_c = float(np.clip(np.median(points.T_sink_out) + 4.0, 306.0, 420.0))
    return {
        "T_evaporating_nominal": T_e,
        "T_condensing_nominal": T_c,
        "m_source_nominal": flows.source,
        "m_sink_nominal": flows.sink,
        "P_motor": 10.0 * float(np.max(points.P_electric)),
        "Q_evaporator_most": 10.0 * float(np.max(points.Q_condenser)),
        "T_evaporating_limit": 210.0,
        "T_evaporating_trip": 210.0,
        "T_condensing_limit": 430.0,
        "T_condensing_trip": 430.0,
    }


def _free(points: MapPoints, flows: Flows, held: dict[str, float]) -> tuple[_Free, ...]:
    """The parameters that are fitted, with what is usual for a machine of this size."""
    Q = float(np.exp(np.median(np.log(points.Q_condenser - points.P_electric))))
    T_e, T_c = points.T_source_in - 5.0, points.T_sink_out + 4.0
    eta = float(np.clip(np.median(points.cop * np.maximum(T_c - T_e, 5.0) / T_c), 0.1, 0.8))
    UA_e, UA_c = 1.2 * CP_WATER * flows.source, 1.2 * CP_WATER * flows.sink
    return (
        _Free("Q_evaporator_nominal", Q, 0.3, 0.02 * Q, 50.0 * Q, log=True),
        _Free("capacity_evaporating", 0.03, 0.02, 0.0, 0.15),
        _Free("capacity_condensing", 0.01, 0.01, 0.0, 0.10),
        _Free("capacity_evaporating_2", 0.0, 3e-4, -2e-3, 2e-3),
        _Free("capacity_mixed", 0.0, 3e-4, -2e-3, 2e-3),
        _Free("capacity_condensing_2", 0.0, 3e-4, -2e-3, 2e-3),
        _Free("eta_carnot", eta, 0.3, 0.03, 1.0, log=True),
        _Free("eta_lift", 0.1, 0.3, 0.0, 1.0),
        _Free("eta_lift_linear", 0.0, 0.4, -1.0, 1.0),
        _Free("eta_lift_cubic", 0.0, 0.4, -1.0, 1.0),
        _Free("eta_condensing", 0.0, 0.005, -0.05, 0.05),
        _Free("UA_evaporator", UA_e, 0.7, 0.2 * UA_e, 4.0 * UA_e, log=True),
        _Free("UA_condenser", UA_c, 0.7, 0.2 * UA_c, 4.0 * UA_c, log=True),
    )


def _limits(free: tuple[_Free, ...]) -> tuple[list[float], list[float]]:
    return [f.low for f in free], [f.high for f in free]
