"""Buried pipe: water that travels with little smearing, steel wall, heat lost to the soil."""

from dataclasses import dataclass

import casadi as ca

from fmus.equations import SX, Model
from fmus.physics.smooth import film
from fmus.physics.volume import Volume, heat, volume
from fmus.physics.water import CP_WATER, RHO_HEATING

PI = 3.141592653589793
_STEEL = 7850.0 * 480.0  # density times heat capacity of steel [J/(m3.K)]


@dataclass(frozen=True, eq=False)
class Geometry:
    """A pipe of `length` [m]; diameters and thicknesses [m], conductivities [W/(m.K)].

    `depth` [m] is from the ground to the axis; `h_nominal` [W/(m2.K)] the film coefficient
    inside at `m_nominal` [kg/s].
    """

    length: SX
    inner_diameter: SX
    wall: SX
    insulation: SX
    k_insulation: SX
    depth: SX
    k_soil: SX
    h_nominal: SX
    m_nominal: SX


@dataclass(frozen=True, eq=False)
class Pipe:
    """What a pipe gives to its neighbours: outlet [K], loss to the soil [W], what it stores."""

    T_outlet: SX
    Q_loss: SX
    stores: tuple[Volume, ...]


def loss_conductance(g: Geometry) -> SX:
    """Heat lost per metre and kelvin against the soil [W/(m.K)].

    Insulation in series with the soil around a single buried pipe (EN 13941-1 annex B):
    R = ln(d_casing/d_steel)/(2 pi k_insulation) + ln(4 depth/d_casing)/(2 pi k_soil).
    """
    d_steel = g.inner_diameter + 2.0 * g.wall
    d_casing = d_steel + 2.0 * g.insulation
    r_insulation = ca.log(d_casing / d_steel) / (2.0 * PI * g.k_insulation)
    r_soil = ca.log(4.0 * g.depth / d_casing) / (2.0 * PI * g.k_soil)
    return 1.0 / (r_insulation + r_soil)


def faces(T_inlet: SX, T: SX) -> SX:
    """Temperatures [K] at the n + 1 faces of n cells, third-order upwind-biased (kappa = 1/3).

    The inlet face carries the inlet's temperature; the outlet face is extrapolated from the
    last two cells. Flow runs from cell 1 to cell n.
    """
    n = T.numel()
    upstream = [2.0 * (T[0] - T_inlet), *[T[i] - T[i - 1] for i in range(1, n)]]
    inner = [T[i] + (T[i + 1] - T[i]) / 3.0 + upstream[i] / 6.0 for i in range(n - 1)]
    return ca.vertcat(T_inlet, *inner, T[n - 1] + 0.5 * upstream[n - 1])


def pipe(
    model: Model,
    name: str,
    g: Geometry,
    flow: SX,
    T_inlet: SX,
    T_soil: SX,
    loss_factor: SX,
    start: float,
    cells: int = 12,
) -> Pipe:
    """Declare a pipe of `cells` water and wall states, both starting at `start` [K].

    `flow` [kg/s] >= 0 runs along it; zero is an ordinary value. Finite volumes in flux form:
    the heat that leaves one cell enters the next, to the last bit but rounding.
    `loss_factor` [-] multiplies the loss (1 = dry insulation).
    """
    dx = g.length / cells
    d = g.inner_diameter
    C_water = RHO_HEATING * CP_WATER * PI / 4.0 * d * d * dx
    C_wall = _STEEL * PI * (d + g.wall) * g.wall * dx
    water = volume(model, f"{name}.T", C_water, start, "water temperature", size=cells)
    wall = volume(model, f"{name}.T_wall", C_wall, start, "steel temperature", size=cells)
    face = faces(T_inlet, water.T)
    to_wall = PI * d * dx * g.h_nominal * film(flow / g.m_nominal, 0.8, 0.05)
    exchange = to_wall * (water.T - wall.T)
    loss = loss_conductance(g) * loss_factor * dx * (wall.T - T_soil)
    heat(model, water, CP_WATER * flow * (face[:cells] - face[1:]) - exchange)
    heat(model, wall, exchange - loss)
    return Pipe(face[cells], ca.sum1(loss), (water, wall))
