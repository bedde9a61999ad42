"""Heat carried by the water of all twin pipes and mixed at the nodes, lost to soil and return."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import casadi as ca

from fmus.district_network.hydraulics import Bore, Flows
from fmus.equations import SX, Model
from fmus.physics.pipe import Cells, Feed, Metre, cells_of, flow_through
from fmus.physics.twin_pipe import PairLoss
from fmus.physics.volume import Volume, heat
from fmus.physics.water import CP_WATER, RHO_HEATING

_FILM = 2900.0
_STILL = 0.05
_SMALL_VELOCITY = 0.01
"""Velocity below which the faces of a pipe in a ring look both ways [m/s]."""


@dataclass(frozen=True, eq=False)
class Twin:
    """A twin pipe; `wall` is the steel's heat capacity [J/(m.K)], `wet` multiplies the loss."""

    name: str
    bore: Bore
    wall: SX
    loss: PairLoss
    wet: SX
    cells: int
    two_way: bool


@dataclass(frozen=True, eq=False)
class Node:
    """Mixed water where pipes meet, and the heat that comes to it [W], which callers add to."""

    supply: Volume
    back: Volume
    to_supply: list[SX]
    to_back: list[SX]

    def settle(self, model: Model) -> None:
        """Their equations, once everything that comes has been added."""
        heat(model, self.supply, sum(self.to_supply, SX(0.0)))
        heat(model, self.back, sum(self.to_back, SX(0.0)))


def film_coefficient(V: SX, d: SX) -> SX:
    """From water of 75 degC to the wall [W/(m2.K)] at velocity `V` [m/s] in a pipe of `d` [m].

    Dittus and Boelter: 0.023 (k/d) Re^0.8 Pr^0.4 = 2900 V^0.8 d^-0.2 for this water; below 0.05 m/s
    it flattens out (assumed: what natural convection leaves).
    """
    return _FILM * ca.power(d, -0.2) * ca.power(V * V + _STILL * _STILL, 0.4)


def carry(
    model: Model,
    twins: Sequence[Twin],
    ends: Sequence[tuple[str, str]],
    flows: Flows,
    nodes: Mapping[str, Node],
    T_soil: SX,
    start: tuple[float, float],
) -> tuple[SX, list[Volume]]:
    """Equations of all pipes, what they bring to the nodes; loss to the soil [W] and what stores.

    `start` [K] are the first temperatures of supply and return.
    """
    total, stores = SX(0.0), list[Volume]()
    for i, (twin, (begin, end)) in enumerate(zip(twins, ends, strict=True)):
        a, b = nodes[begin], nodes[end]
        mean = twin.bore.velocity(0.5 * (flows.supply[i] + flows.back[i]))
        film = ca.pi * twin.bore.d * film_coefficient(mean, twin.bore.d)
        supply = _Stream(model, twin, "supply", flows.supply[i], film, start[0])
        back = _Stream(model, twin, "return", flows.back[i], film, start[1])
        lost = supply.run(model, T_soil, a.supply, b.supply, a.to_supply, b.to_supply, back)
        lost += back.run(model, T_soil, b.back, a.back, b.to_back, a.to_back, supply)
        total = total + lost
        stores += [supply.cells.water, supply.cells.wall, back.cells.water, back.cells.wall]
    return total, stores


class _Stream:
    """One of the two pipes of a twin; cells in the direction that its flow usually has."""

    def __init__(
        self, model: Model, twin: Twin, side: str, flow: SX, film: SX, start: float
    ) -> None:
        bore = twin.bore
        self.twin, self.flow = twin, flow
        self.metre = Metre(
            water=RHO_HEATING * CP_WATER * bore.area,
            wall=twin.wall,
            film=film,
            loss=twin.loss.own * twin.wet,
        )
        name = f"{twin.name}.{side}"
        self.cells: Cells = cells_of(model, name, self.metre, bore.length, start, twin.cells)

    def run(
        self,
        model: Model,
        T_soil: SX,
        inlet: Volume,
        outlet: Volume,
        to_inlet: list[SX],
        to_outlet: list[SX],
        other: "_Stream",
    ) -> SX:
        """Equations; appends the heat brought to both ends [W]; loss [W]."""
        bore, small = self.twin.bore, RHO_HEATING * self.twin.bore.area * _SMALL_VELOCITY
        two_way = self.twin.two_way
        feed = Feed(self.flow, inlet.T, outlet.T if two_way else None, small)
        beside = ca.vertcat(*reversed(ca.vertsplit(other.cells.wall.T)))
        T_felt = T_soil + self.twin.loss.taken * (beside - T_soil)
        pipe = flow_through(model, self.cells, self.metre, bore.length, feed, T_felt)
        to_outlet.append(CP_WATER * self.flow * (pipe.T_b - outlet.T))
        if two_way:
            to_inlet.append(CP_WATER * self.flow * (inlet.T - pipe.T_a))
        return pipe.Q_loss
