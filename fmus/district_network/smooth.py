"""Twin pipe in finite volumes: exact derivatives, for Model Exchange, estimation and the bench."""

import casadi as ca

from fmus.district_network.transport import Ends, Stream, Twin
from fmus.equations import SX, Model
from fmus.physics.pipe import Cells, Feed, Metre, cells_of, flow_through
from fmus.physics.water import CP_WATER, RHO_HEATING

_SMALL_VELOCITY = 0.01
"""Velocity below which the faces of a pipe in a ring look both ways [m/s]."""


def smooth(model: Model, twin: Twin, supply: Stream, back: Stream, T_soil: SX) -> tuple[Ends, Ends]:
    """Both pipes, cell by cell beside each other; cells are counted along each one's own flow."""
    metres = [
        Metre(
            water=RHO_HEATING * CP_WATER * twin.bore.area,
            wall=twin.wall,
            film=stream.film,
            loss=twin.loss.own * twin.wet,
        )
        for stream in (supply, back)
    ]
    cells = [
        cells_of(model, stream.name, metre, twin.bore.length, stream.start, twin.cells)
        for stream, metre in zip((supply, back), metres, strict=True)
    ]
    return (
        _run(model, twin, supply, metres[0], cells[0], cells[1], T_soil),
        _run(model, twin, back, metres[1], cells[1], cells[0], T_soil),
    )


def _run(
    model: Model, twin: Twin, stream: Stream, metre: Metre, own: Cells, other: Cells, T_soil: SX
) -> Ends:
    beside = ca.vertcat(*reversed(ca.vertsplit(other.wall.T)))
    T_felt = T_soil + twin.loss.taken * (beside - T_soil)
    small = RHO_HEATING * twin.bore.area * _SMALL_VELOCITY
    feed = Feed(stream.flow, stream.T_inlet, stream.T_outlet if twin.two_way else None, small)
    pipe = flow_through(model, own, metre, twin.bore.length, feed, T_felt)
    stored = own.water.stored() + own.wall.stored()
    return Ends(pipe.T_a, pipe.T_b, pipe.Q_loss, stored)
