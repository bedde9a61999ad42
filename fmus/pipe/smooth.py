"""Smooth pipe: the same walls and films on a grid with third-order faces. Both interfaces."""

from collections.abc import Sequence
from dataclasses import dataclass

import casadi as ca
from pydantic import Field

import fmus.structure
from fmus.equations import SX, Model
from fmus.physics.film import between_knots
from fmus.physics.pipe import Feed, faces, mirrored
from fmus.physics.smooth import fraction
from fmus.physics.water import CP_WATER, density
from fmus.pipe.common import (
    Results,
    Rig,
    Shells,
    area,
    balance,
    heat_in,
    rig,
    shells,
    show,
    to_wall,
    wall_capacity,
)

SLOW = 0.02
"""Water speed below which faces begin to look both ways [m/s]."""


class Structure(fmus.structure.Structure):
    """How fine the pipe is cut."""

    cells: int = Field(default=20, ge=3, le=500)


@dataclass(frozen=True, eq=False)
class _Body:
    """Column of cells: temperatures [K], heat capacity of each [J/K], rise since the start [K].

    The rise is the state, so that the start temperatures are parameters of the model.
    """

    T: SX
    capacity: SX
    rise: SX

    def stored(self) -> SX:
        return self.capacity * ca.sum1(self.rise)


def build(structure: Structure | None = None) -> Model:
    """The model, ready to be exported; README.md has its equations."""
    n = (structure or Structure()).cells
    model = Model("SmoothPipe", "Pipe on a grid with wall and insulation", h_max_s=1.0)
    r = rig(model)
    p = r.p
    rho = density(0.5 * (p["T_start_a"] + p["T_start_b"]))
    start = ca.vertcat(
        *[p["T_start_a"] + (i + 0.5) / n * (p["T_start_b"] - p["T_start_a"]) for i in range(n)]
    )
    water = _body(model, "water", CP_WATER * rho * area(p) * p["length"] / n, start)
    wall = _body(model, "wall", wall_capacity(p) / n, start)
    around = shells(p, r.wet)
    dry = shells(p, SX(1.0))
    layers = [
        _body(model, f"shell_{i + 1}", around.capacity[i] / n, T)
        for i, T in enumerate(balance(dry.path, start, p["T_start_ambient"]))
    ]
    feed = Feed(r.flow, r.T_a, r.T_b, small=SLOW * rho * area(p))
    face = feed.faces(water.T)
    film = [G / n for G in to_wall(r)]
    exchange = between_knots(film, water.T) * (water.T - wall.T)
    model.der(water.rise, (_carried(r, face) - exchange) / water.capacity)
    Q_loss = _conduct(model, r, around, exchange, [wall, *layers])
    show(
        model,
        Results(
            T_outlet_a=face[0],
            T_outlet_b=face[n],
            T_face_a=_shown(faces(r.T_b, mirrored(water.T))[n], r.T_a, r.flow / feed.small),
            T_face_b=_shown(faces(r.T_a, water.T)[n], r.T_b, -r.flow / feed.small),
            T_wall_a=wall.T[0],
            T_wall_b=wall.T[n - 1],
            Q_in=heat_in(r.flow, face[0], face[n]),
            Q_loss=Q_loss,
            Q_expelled=SX(0.0),
            stored=sum((body.stored() for body in (water, wall, *layers)), SX(0.0)),
        ),
    )
    return model


def _shown(T_pipe: SX, T_outside: SX, inwards: SX) -> SX:
    """Water in an end face [K]: the pipe's own unless `inwards` [-], flow by small flow, is > 0."""
    s = fraction(inwards)
    return T_pipe + s * s * (3.0 - 2.0 * s) * (T_outside - T_pipe)


def _body(model: Model, name: str, capacity: SX, start: SX) -> _Body:
    n = start.numel()
    what = f"{name}, temperature rise since the start"
    rise = model.state(f"{name}.rise", 0.0, "K", what, size=n, nominal=10.0)
    return _Body(start + rise, capacity, rise)


def _carried(r: Rig, face: SX) -> SX:
    """Heat that the flow leaves in each cell [W]."""
    n = face.numel() - 1
    return CP_WATER * r.flow * (face[:n] - face[1:])


def _conduct(model: Model, r: Rig, around: Shells, entering: SX, chain: Sequence[_Body]) -> SX:
    """Equations of wall and shells, from inside out, given what enters [W]; heat lost [W]."""
    n = entering.numel()
    beyond = [*[body.T for body in chain[1:]], r.T_ambient]
    for body, next_T, path in zip(chain, beyond, around.path, strict=True):
        leaving = path / n * (body.T - next_T)
        model.der(body.rise, (entering - leaving) / body.capacity)
        entering = leaving
    return ca.sum1(entering)
