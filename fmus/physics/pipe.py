"""Buried pipe: water that travels with little smearing, steel wall, heat lost to the soil."""

from dataclasses import dataclass

import casadi as ca

from fmus.equations import SX, Model
from fmus.physics.material import WALLS
from fmus.physics.smooth import film, fraction
from fmus.physics.volume import Volume, heat, volume
from fmus.physics.water import CP_WATER, RHO_HEATING

PI = 3.141592653589793
_STEEL = WALLS["carbon_steel"].capacity
SMALL_FLOW = 0.01
"""Share of the nominal flow below which the faces of a two-way pipe look both ways [-]."""
_THIRD, _SIXTH = 1.0 / 3.0, 1.0 / 6.0


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
class Metre:
    """One metre of pipe: heat capacities [J/(m.K)] of water and wall, conductances [W/(m.K)].

    `film` is from the water to the wall, one for the whole pipe or a column with one a cell;
    `loss` is from the wall to the soil or room.
    """

    water: SX
    wall: SX
    film: SX
    loss: SX


@dataclass(frozen=True, eq=False)
class Feed:
    """Water at both ends: `flow` [kg/s] runs from end a to end b, temperatures outside [K].

    Without `T_b` the flow must be >= 0. With it the flow may have either sign, and faces begin
    to look both ways below `small` [kg/s].
    """

    flow: SX
    T_a: SX
    T_b: SX | None = None
    small: SX | float = 1.0

    def faces(self, T: SX) -> SX:
        """Temperatures [K] at all faces of cells with mean temperatures `T` [K]."""
        if self.T_b is None:
            return faces(self.T_a, T)
        return two_way_faces(self.T_a, T, self.T_b, backward_share(self.flow, self.small))


@dataclass(frozen=True, eq=False)
class Cells:
    """Water and wall states of a pipe, from end a to end b, all from the same `start` [K]."""

    water: Volume
    wall: Volume


@dataclass(frozen=True, eq=False)
class Pipe:
    """What a pipe gives to its neighbours: temperatures [K] of the water in the faces at its ends.

    That is what leaves there when flow runs out of the pipe, and what enters when it runs in.
    `Q_loss` [W] goes to the soil or room; `stores` is what holds heat.
    """

    T_a: SX
    T_b: SX
    Q_loss: SX
    stores: tuple[Volume, ...]

    @property
    def T_outlet(self) -> SX:
        """What leaves when the flow is >= 0 [K]."""
        return self.T_b


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
    inner = [T[i] + _THIRD * (T[i + 1] - T[i]) + _SIXTH * upstream[i] for i in range(n - 1)]
    return ca.vertcat(T_inlet, *inner, T[n - 1] + 0.5 * upstream[n - 1])


def backward_share(flow: SX, small: SX | float) -> SX:
    """Weight of the view from end b [-]: 0 at `flow` > `small` [kg/s], 1 at flow < -`small`.

    In between a smooth step. The flux is flow times face temperature, so it is exactly zero at
    zero flow and has a continuous slope through reversal; standing water exchanges nothing.
    """
    s = fraction(0.5 - 0.5 * flow / small)
    return s * s * (3.0 - 2.0 * s)


def two_way_faces(T_a: SX, T: SX, T_b: SX, backward: SX) -> SX:
    """Temperatures [K] at the n + 1 faces for flow of either sign; see `faces`.

    `T_a`, `T_b` [K] is the water outside the ends, `backward` [-] comes from `backward_share`.
    """
    forth, back = faces(T_a, T), mirrored(faces(T_b, mirrored(T)))
    return forth + backward * (back - forth)


def mirrored(column: SX) -> SX:
    """The same column from the other end."""
    return ca.vertcat(*reversed(ca.vertsplit(column)))


def cells_of(
    model: Model, name: str, metre: Metre, length: SX, start: float, cells: int = 12
) -> Cells:
    """States `name.T` and `name.T_wall` of a pipe of `length` [m], all at `start` [K]."""
    dx = length / cells
    water = volume(model, f"{name}.T", metre.water * dx, start, "water temperature", size=cells)
    wall = volume(model, f"{name}.T_wall", metre.wall * dx, start, "wall temperature", size=cells)
    return Cells(water, wall)


def flow_through(
    model: Model, cells: Cells, metre: Metre, length: SX, feed: Feed, T_ambient: SX
) -> Pipe:
    """Equations of declared cells: finite volumes in flux form.

    The heat that leaves one cell enters the next, to the last bit but rounding.
    """
    water, wall = cells.water, cells.wall
    n = water.T.numel()
    dx = length / n
    face = feed.faces(water.T)
    exchange = metre.film * dx * (water.T - wall.T)
    loss = metre.loss * dx * (wall.T - T_ambient)
    heat(model, water, CP_WATER * feed.flow * (face[:n] - face[1:]) - exchange)
    heat(model, wall, exchange - loss)
    return Pipe(face[0], face[n], ca.sum1(loss), (water, wall))


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
    *,
    T_far: SX | None = None,
) -> Pipe:
    """Declare a buried steel pipe of `cells` water and wall states that start at `start` [K].

    `flow` [kg/s] runs from end a (`T_inlet` [K] outside) to end b; zero is an ordinary value.
    With `T_far` [K], the water outside end b, it may have either sign; without, it must be
    >= 0. `loss_factor` [-] multiplies the loss (1 = dry insulation).
    """
    d = g.inner_diameter
    metre = Metre(
        water=RHO_HEATING * CP_WATER * PI / 4.0 * d * d,
        wall=_STEEL * PI * (d + g.wall) * g.wall,
        film=PI * d * g.h_nominal * film(flow / g.m_nominal, 0.8, 0.05),
        loss=loss_conductance(g) * loss_factor,
    )
    feed = Feed(flow, T_inlet, T_far, SMALL_FLOW * g.m_nominal)
    declared = cells_of(model, name, metre, g.length, start, cells)
    return flow_through(model, declared, metre, g.length, feed, T_soil)
