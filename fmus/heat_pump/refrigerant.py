"""Refrigerant properties as polynomials of CasADi symbols, from the tables beside this file.

Enthalpy [J/kg] and entropy [J/(kg.K)] count from 200 kJ/kg and 1 kJ/(kg.K) of liquid at 0 degC.
Outside a table its edge holds: values stay finite and the valid ranges of the model tell.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import casadi as ca

from fmus.equations import SX

Name = Literal["R717", "R134a", "R1234ze(E)", "R600a", "R290"]
"""Refrigerants that have a table."""


@dataclass(frozen=True)
class Carried:
    """What suction gas of 26 degC and 6 K of superheat carries, relative to liquid of `T_liquid`.

    The refrigerating effect h(gas) - h(liquid) [J/kg] gains `of_superheat` [1/K] a kelvin of
    superheat and loses `of_liquid` [1/K] a kelvin of the liquid; ln(density) falls by `thinner`
    [1/K].
    """

    T_liquid: float
    of_superheat: float
    of_liquid: float
    thinner: float


@dataclass(frozen=True)
class Refrigerant:
    """Property functions of one refrigerant; `table` is what `refrigerant_tables.py` wrote."""

    table: dict[str, Any]

    @property
    def T_lowest(self) -> float:
        """Coldest saturation temperature of the table [K]."""
        return float(self.table["T_lowest_K"])

    @property
    def T_highest(self) -> float:
        """Hottest saturation temperature of the table [K], a little below the critical one."""
        return float(self.table["T_highest_K"])

    @property
    def vapour_pressure_K(self) -> float:
        """-d ln(p) / d(1/T) along the saturation line [K], the mean between 280 and 350 K."""
        return float(self.table["vapour_pressure_K"])

    @property
    def carried(self) -> Carried:
        """By the tables: liquid from 60 to 80 degC, superheat from 6 to 12 K."""
        (low, _, rho_low), (high, _, rho_high) = (
            [float(x) for x in self.suction(SX(299.15), SX(superheat))] for superheat in (6.0, 12.0)
        )
        cool, warm = (float(self.h_liquid(SX(T))) for T in (333.15, 353.15))
        return Carried(
            T_liquid=333.15,
            of_superheat=(high - low) / 6.0 / (low - cool),
            of_liquid=(warm - cool) / 20.0 / (low - cool),
            thinner=math.log(rho_low / rho_high) / 6.0,
        )

    def p(self, T: SX) -> SX:
        """Saturation pressure [Pa] at `T` [K]."""
        return ca.exp(self._line("ln_p", self._depth(T)))

    def T_saturation(self, p: SX) -> SX:
        """Saturation temperature [K] at pressure `p` [Pa]."""
        return self._line("T_saturation", ca.log(p))

    def h_liquid(self, T: SX, subcooling: SX | float = 0.0) -> SX:
        """Enthalpy of liquid [J/kg] that is `subcooling` [K] >= 0 below its boiling point `T`."""
        below = SX(subcooling)
        pressed = below * self._sheet("liquid_h", self._depth(T), below)
        return self._line("h_liquid", self._depth(T - below)) + pressed

    def h_vapour(self, T: SX) -> SX:
        """Enthalpy of saturated vapour [J/kg] at `T` [K]."""
        return self._line("h_vapour", self._depth(T))

    def suction(self, T: SX, superheat: SX) -> tuple[SX, SX, SX]:
        """Enthalpy [J/kg], entropy [J/(kg.K)] and density [kg/m3] of superheated vapour.

        `T` [K] is the saturation temperature, `superheat` [K] >= 0 what the vapour is above it.
        """
        x = self._depth(T)
        h, s, rho = (
            superheat * self._sheet(f"suction_{q}", x, superheat) for q in ("h", "s", "rho")
        )
        density = ca.exp(self._line("ln_rho_vapour", x) + rho)
        return self._line("h_vapour", x) + h, self._line("s_vapour", x) + s, density

    def h_isentropic(self, T: SX, s: SX) -> SX:
        """Enthalpy [J/kg] at the pressure of saturation temperature `T` [K] and entropy `s`.

        Below saturation it is wet vapour's, whose slope T is the same on both sides.
        """
        x = self._depth(T)
        T = self._held(T)
        ds = s - self._line("s_vapour", x)
        beyond = ca.fmax(ds, 0.0)
        curvature = self._sheet("discharge_h", x, beyond)
        return self._line("h_vapour", x) + T * ds + curvature * beyond * beyond

    def T_discharge(self, T: SX, h: SX) -> SX:
        """Temperature [K] at the pressure of saturation temperature `T` [K] and enthalpy `h`."""
        x = self._depth(T)
        beyond = ca.fmax(h - self._line("h_vapour", x), 0.0)
        return self._held(T) + beyond * self._sheet("discharge_T", x, beyond)

    def _held(self, T: SX) -> SX:
        return ca.fmin(ca.fmax(T, self.T_lowest), self.T_highest)

    def _depth(self, T: SX) -> SX:
        return SX(ca.sqrt(self.table["T_critical_K"] - self._held(T)))

    def _line(self, name: str, x: SX) -> SX:
        row = self.table[name]
        return _chebyshev(row["coefficients"], _scaled(x, row["low"], row["high"]))

    def _sheet(self, name: str, x: SX, away: SX) -> SX:
        sheet = self.table[name]
        along, across = _scaled(x, *sheet["along"]), _scaled(away, 0.0, sheet["away"])
        return _chebyshev([_chebyshev(row, across) for row in sheet["coefficients"]], along)


def load(name: Name) -> Refrigerant:
    """The refrigerant's tables."""
    path = Path(__file__).parent / "tables" / f"{name}.json"
    return Refrigerant(json.loads(path.read_text(encoding="utf-8")))


def _scaled(x: SX, low: float, high: float) -> SX:
    """`x` on -1 to 1, held there."""
    return ca.fmin(ca.fmax((2.0 * x - low - high) / (high - low), -1.0), 1.0)


def _chebyshev(coefficients: list[Any], x: SX) -> SX:
    """Sum of coefficients times Chebyshev polynomials of `x`, by Clenshaw's recursion."""
    later, last = SX(0.0), SX(0.0)
    for c in reversed(coefficients[1:]):
        later, last = c + 2.0 * x * later - last, later
    return SX(coefficients[0] + x * later - last)
