"""Twin pipe as parcels of water that do not mix by moving: sharp fronts, Co-Simulation only."""

from fmus.district_network.transport import Ends, Stream, Twin
from fmus.equations import SX, Model
from fmus.physics.film import dispersion
from fmus.physics.water import CP_WATER, RHO_HEATING
from fmus.plug import FILM_KNOTS_K, SHELLS, PlugGiven

PARCELS_PER_CELL = 4
"""Parcels where the smooth pipe has a cell [-]."""


def sharp(model: Model, twin: Twin, supply: Stream, back: Stream, T_soil: SX) -> tuple[Ends, Ends]:
    """Both pipes; each feels the other as warm as the nodes at the other's ends are on average."""
    return (
        _run(model, twin, supply, _felt(twin, back, T_soil)),
        _run(model, twin, back, _felt(twin, supply, T_soil)),
    )


def _felt(twin: Twin, other: Stream, T_soil: SX) -> SX:
    beside = 0.5 * (other.T_inlet + other.T_outlet)
    return T_soil + twin.loss.taken * (beside - T_soil)


def _run(model: Model, twin: Twin, stream: Stream, T_felt: SX) -> Ends:
    """Density is the one of the whole model, so nothing is expelled; insulation stores nothing."""
    length, rho, start = twin.bore.length, SX(RHO_HEATING), SX(stream.start)
    gives = model.plug_flow(
        stream.name,
        PARCELS_PER_CELL * twin.cells,
        PlugGiven(
            flow=stream.flow,
            T_a=stream.T_inlet,
            T_b=stream.T_outlet,
            T_ambient=T_felt,
            start_a=start,
            start_b=start,
            start_ambient=T_felt,
            volume=twin.bore.area * length,
            rho=rho,
            rho_a=rho,
            rho_b=rho,
            cp=SX(CP_WATER),
            wall=twin.wall * length,
            film=[stream.film * length] * len(FILM_KNOTS_K),
            shell=[SX(0.0)] * SHELLS,
            path=[(SHELLS + 1) * twin.loss.own * twin.wet * length] * (SHELLS + 1),
            dispersion=dispersion(stream.flow, twin.bore.d, length, rho),
        ),
    )
    return Ends(gives.T_a, gives.T_b, gives.loss, gives.stored)
