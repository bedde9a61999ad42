"""Writes `tables/*.json` from CoolProp: `python -m fmus.heat_pump.refrigerant_tables`.

Run by a developer when a refrigerant is added; neither building nor running a model needs CoolProp.
The tables are Chebyshev coefficients, found by interpolation at Chebyshev points:

- saturation line, over sqrt(T_critical - T), in which both phases are smooth up to the critical
  point; saturation temperature over ln p;
- subcooled liquid at a saturation temperature, by subcooling [K];
- vapour at a saturation temperature, over how far it is from saturation: by superheat [K] where
  the compressor sucks, by entropy [J/(kg.K)] and by enthalpy [J/kg] where it blows. What is
  tabulated is the mean slope from saturation, so that saturation itself stays exact.

Enthalpy and entropy are shifted to 200 kJ/kg and 1 kJ/(kg.K) of liquid at 0 degC (IIR).
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from CoolProp import CoolProp
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

Array = NDArray[np.float64]
TABLES = Path(__file__).parent / "tables"
FLUIDS = ("R717", "R134a", "R1234ze(E)", "R600a", "R290")
T_LOWEST = 233.15
BELOW_CRITICAL = 4.0
"""The tables end this far [K] below the critical temperature, where condensing makes no sense."""
T_SUCTION_HIGHEST, SUPERHEAT_HIGHEST = 338.15, 50.0
T_DISCHARGE_LOWEST = 263.15
SUBCOOLING_HIGHEST = 30.0
DISCHARGE_SUPERHEAT = {"R717": 260.0}
_LINE, _ACROSS, _AWAY = 12, 8, 7
"""Degrees: of the saturation line, and of vapour tables along it and away from it."""


class _Fluid:
    """CoolProp's state of one refrigerant, on the scale of the tables."""

    def __init__(self, name: str) -> None:
        self.state = CoolProp.AbstractState("HEOS", name)
        self.T_critical = self.state.T_critical()
        self.state.update(CoolProp.QT_INPUTS, 0.0, 273.15)
        self.h_shift, self.s_shift = 200e3 - self.state.hmass(), 1e3 - self.state.smass()

    def at(self, inputs: CoolProp.input_pairs, first: float, second: float) -> dict[str, float]:
        """Properties in SI at a state given as CoolProp takes it."""
        s = self.state
        s.update(inputs, first, second)
        h, entropy = s.hmass() + self.h_shift, s.smass() + self.s_shift
        return {"T": s.T(), "p": s.p(), "h": h, "s": entropy, "rho": s.rhomass()}

    def vapour(self, T: float) -> dict[str, float]:
        """Saturated vapour at `T` [K]."""
        return self.at(CoolProp.QT_INPUTS, 1.0, T)


def _nodes(low: float, high: float, degree: int) -> Array:
    points: Array = 0.5 * (low + high) + 0.5 * (high - low) * chebyshev.chebpts1(degree + 1)
    return points


def _line(low: float, high: float, value: Callable[[float], float]) -> dict[str, Any]:
    """Chebyshev coefficients of `value` over `low` to `high`."""
    values = np.array([value(float(x)) for x in _nodes(low, high, _LINE)])
    basis = chebyshev.chebvander(chebyshev.chebpts1(_LINE + 1), _LINE)
    return {"low": low, "high": high, "coefficients": np.linalg.solve(basis, values).tolist()}


def _sheet(
    along: Sequence[float], away_high: float, value: Callable[[float, float], float]
) -> dict[str, Any]:
    """Coefficients of `value` over `along` (two ends) and 0 to `away_high`; row = order along."""
    x, y = _nodes(along[0], along[1], _ACROSS), _nodes(0.0, away_high, _AWAY)
    values = np.array([[value(float(a), float(b)) for b in y] for a in x])
    left = chebyshev.chebvander(chebyshev.chebpts1(_ACROSS + 1), _ACROSS)
    right = chebyshev.chebvander(chebyshev.chebpts1(_AWAY + 1), _AWAY)
    coefficients = np.linalg.solve(left, np.linalg.solve(right, values.T).T)
    return {
        "along": [float(along[0]), float(along[1])],
        "away": float(away_high),
        "coefficients": coefficients.tolist(),
    }


def table(name: str) -> dict[str, Any]:
    """Everything the cycle needs to know of a refrigerant, ready to be written as JSON."""
    fluid = _Fluid(name)
    T_highest = fluid.T_critical - BELOW_CRITICAL

    def depth(T: float) -> float:
        return float(np.sqrt(fluid.T_critical - T))

    def T_at(x: float) -> float:
        return fluid.T_critical - x * x

    line = (depth(T_highest), depth(T_LOWEST))
    p_low, p_high = fluid.vapour(T_LOWEST)["p"], fluid.vapour(T_highest)["p"]

    def T_saturation(ln_p: float) -> float:
        return fluid.at(CoolProp.PQ_INPUTS, float(np.exp(ln_p)), 1.0)["T"]

    version = CoolProp.get_global_param_string("version")
    slope = np.log(fluid.vapour(350.0)["p"] / fluid.vapour(280.0)["p"])
    return {
        "refrigerant": name,
        "source": f"CoolProp {version}, HEOS, by fmus/heat_pump/refrigerant_tables.py",
        "T_critical_K": fluid.T_critical,
        "T_lowest_K": T_LOWEST,
        "T_highest_K": T_highest,
        "vapour_pressure_K": float(slope / (1.0 / 280.0 - 1.0 / 350.0)),
        "ln_p": _line(*line, lambda x: float(np.log(fluid.vapour(T_at(x))["p"]))),
        "h_liquid": _line(*line, lambda x: fluid.at(CoolProp.QT_INPUTS, 0.0, T_at(x))["h"]),
        "h_vapour": _line(*line, lambda x: fluid.vapour(T_at(x))["h"]),
        "s_vapour": _line(*line, lambda x: fluid.vapour(T_at(x))["s"]),
        "ln_rho_vapour": _line(*line, lambda x: float(np.log(fluid.vapour(T_at(x))["rho"]))),
        "T_saturation": _line(float(np.log(p_low)), float(np.log(p_high)), T_saturation),
        **_suction(fluid, (depth(min(T_SUCTION_HIGHEST, T_highest)), depth(T_LOWEST)), T_at),
        **_discharge(fluid, name, (depth(T_highest), depth(T_DISCHARGE_LOWEST)), T_at),
        "liquid_h": _liquid(fluid, (depth(T_highest), depth(T_DISCHARGE_LOWEST)), T_at),
    }


def _liquid(
    fluid: _Fluid, along: tuple[float, float], T_at: Callable[[float], float]
) -> dict[str, Any]:
    """What the pressure above its own boiling pressure adds to a liquid, a kelvin of subcooling."""

    def slope(x: float, subcooling: float) -> float:
        p, T = fluid.vapour(T_at(x))["p"], T_at(x) - subcooling
        boiling = fluid.at(CoolProp.QT_INPUTS, 0.0, T)["h"]
        return (fluid.at(CoolProp.PT_INPUTS, p, T)["h"] - boiling) / subcooling

    return _sheet(along, SUBCOOLING_HIGHEST, slope)


def _suction(
    fluid: _Fluid, along: tuple[float, float], T_at: Callable[[float], float]
) -> dict[str, Any]:
    """Mean slopes against superheat of enthalpy, entropy and logarithm of density."""

    def slope(quantity: str) -> Callable[[float, float], float]:
        def value(x: float, superheat: float) -> float:
            start = fluid.vapour(T_at(x))
            end = fluid.at(CoolProp.PT_INPUTS, start["p"], start["T"] + superheat)
            if quantity == "rho":
                return float(np.log(end["rho"] / start["rho"])) / superheat
            return (end[quantity] - start[quantity]) / superheat

        return value

    return {
        f"suction_{quantity}": _sheet(along, SUPERHEAT_HIGHEST, slope(quantity))
        for quantity in ("h", "s", "rho")
    }


def _discharge(
    fluid: _Fluid, name: str, along: tuple[float, float], T_at: Callable[[float], float]
) -> dict[str, Any]:
    """Enthalpy over entropy (isentropic compression) and temperature over enthalpy."""
    superheat = DISCHARGE_SUPERHEAT.get(name, 90.0)
    start = fluid.vapour(320.0)
    end = fluid.at(CoolProp.PT_INPUTS, start["p"], 320.0 + superheat)

    def curvature(x: float, ds: float) -> float:
        start = fluid.vapour(T_at(x))
        end = fluid.at(CoolProp.PSmass_INPUTS, start["p"], start["s"] + ds - fluid.s_shift)
        return (end["h"] - start["h"] - start["T"] * ds) / (ds * ds)

    def warming(x: float, dh: float) -> float:
        start = fluid.vapour(T_at(x))
        end = fluid.at(CoolProp.HmassP_INPUTS, start["h"] + dh - fluid.h_shift, start["p"])
        return (end["T"] - start["T"]) / dh

    return {
        "discharge_h": _sheet(along, end["s"] - start["s"], curvature),
        "discharge_T": _sheet(along, end["h"] - start["h"], warming),
    }


def modelica(made: dict[str, Any]) -> str:
    """The tables of a refrigerant as constants of a Modelica model, for the oracle in `cycle/`."""
    lines = ["partial model Tables", f"  constant Real T_critical = {made['T_critical_K']!r};"]
    for key, value in made.items():
        if not isinstance(value, dict):
            continue
        array = np.array(value["coefficients"])
        size = ", ".join(str(n) for n in array.shape)
        text = repr(value["coefficients"]).replace("[", "{").replace("]", "}")
        lines.append(f"  constant Real t_{key}[{size}] = {text};")
        along = value["along"] if array.ndim == 2 else [value["low"], value["high"]]
        lines.append(f"  constant Real t_{key}_ends[2] = {{{along[0]!r}, {along[1]!r}}};")
        if array.ndim == 2:
            lines.append(f"  constant Real t_{key}_away = {value['away']!r};")
    return "\n".join([*lines, "end Tables;", ""])


def main() -> None:
    """Write all tables."""
    TABLES.mkdir(exist_ok=True)
    for name in FLUIDS:
        text = json.dumps(table(name), indent=1)
        (TABLES / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    (TABLES.parent / "cycle" / "Tables.mo").write_text(modelica(table("R134a")), encoding="utf-8")


if __name__ == "__main__":
    main()
