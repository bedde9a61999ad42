"""Sharp pipe: parcels of water that never mix by moving. Co-Simulation only."""

from pydantic import Field

import fmus.structure
from fmus.equations import LARGEST_PLUG, SX, Model
from fmus.physics.film import dispersion
from fmus.physics.water import CP_WATER, density
from fmus.pipe.common import Results, area, heat_in, rig, shells, show, to_wall, wall_capacity
from fmus.plug import PlugGiven


class Structure(fmus.structure.Structure):
    """How fine the pipe is cut."""

    parcels: int = Field(default=100, ge=4, le=LARGEST_PLUG)


def build(structure: Structure | None = None) -> Model:
    """The model, ready to be exported; README.md has its equations."""
    cut = structure or Structure()
    model = Model("PlugPipe", "Pipe of water parcels with wall and insulation", h_max_s=5.0)
    r = rig(model)
    p, flow = r.p, r.flow
    start = 0.5 * (p["T_start_a"] + p["T_start_b"])
    rho = density(start)
    insulation = shells(p, r.wet)
    gives = model.plug_flow(
        "pipe",
        cut.parcels,
        PlugGiven(
            flow=flow,
            T_a=r.T_a,
            T_b=r.T_b,
            T_ambient=r.T_ambient,
            start_a=p["T_start_a"],
            start_b=p["T_start_b"],
            start_ambient=p["T_start_ambient"],
            volume=area(p) * p["length"],
            rho=rho,
            rho_a=density(r.T_a),
            rho_b=density(r.T_b),
            cp=SX(CP_WATER),
            wall=wall_capacity(p),
            film=to_wall(r),
            shell=insulation.capacity,
            path=insulation.path,
            dispersion=dispersion(flow, p["inner_diameter"], p["length"], rho),
        ),
    )
    show(
        model,
        Results(
            T_outlet_a=gives.T_a,
            T_outlet_b=gives.T_b,
            T_face_a=gives.face_a,
            T_face_b=gives.face_b,
            T_wall_a=gives.wall_a,
            T_wall_b=gives.wall_b,
            Q_in=heat_in(flow, gives.T_a, gives.T_b),
            Q_loss=gives.loss,
            Q_expelled=gives.expelled,
            stored=gives.stored,
        ),
    )
    return model
