"""Heat carried by the water of all twin pipes, and mixed where they meet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import casadi as ca

from fmus.district_network.hydraulics import Flows
from fmus.district_network.mixing import Side
from fmus.district_network.sharp import sharp
from fmus.district_network.smooth import smooth
from fmus.district_network.transport import Ends, Stream, Transport, Twin
from fmus.equations import SX, Model

TRANSPORT = {"smooth": Transport(smooth, held=False), "sharp": Transport(sharp, held=True)}

_FILM = 2900.0
_STILL = 0.05


@dataclass(frozen=True, eq=False)
class Node:
    """Where pipes meet."""

    supply: Side
    back: Side


def film_coefficient(V: SX, d: SX) -> SX:
    """From water of 75 degC to the wall [W/(m2.K)] at velocity `V` [m/s] in a pipe of `d` [m].

    Dittus and Boelter: 0.023 (k/d) Re^0.8 Pr^0.4 = 2900 V^0.8 d^-0.2 for this water; below 0.05 m/s
    it flattens out (assumed: what natural convection leaves).
    """
    return _FILM * ca.power(d, -0.2) * ca.power(V * V + _STILL * _STILL, 0.4)


def carry(
    model: Model,
    transport: Transport,
    twins: Sequence[Twin],
    ends: Sequence[tuple[str, str]],
    flows: Flows,
    nodes: Mapping[str, Node],
    T_soil: SX,
    start: tuple[float, float],
) -> list[Ends]:
    """Equations of all pipes, and what they bring to the nodes.

    `start` [K] are the first temperatures of supply and return.
    """
    found = []
    for i, (twin, (begin, end)) in enumerate(zip(twins, ends, strict=True)):
        a, b = nodes[begin], nodes[end]
        # one film for both: their flows differ by a leak at most
        V = twin.bore.velocity(0.5 * (flows.supply[i] + flows.back[i]))
        film = ca.pi * twin.bore.d * film_coefficient(V, twin.bore.d)
        supply = Stream(
            f"{twin.name}.supply", flows.supply[i], a.supply.T, b.supply.T, film, start[0]
        )
        back = Stream(f"{twin.name}.return", flows.back[i], b.back.T, a.back.T, film, start[1])
        there, homeward = transport.run(model, twin, supply, back, T_soil)
        _bring(supply.flow, there, a.supply, b.supply)
        _bring(back.flow, homeward, b.back, a.back)
        found += [there, homeward]
    return found


def _bring(flow: SX, ends: Ends, inlet: Side, outlet: Side) -> None:
    outlet.take(flow, ends.T_outlet)
    inlet.take(-flow, ends.T_inlet)
