"""Buffer tank in layers: fed and emptied at the top and at the bottom, mixing when upside down."""

from dataclasses import dataclass

import casadi as ca

from fmus.equations import SX, Model
from fmus.physics.volume import Volume, heat
from fmus.physics.water import CP_WATER


@dataclass(frozen=True, eq=False)
class Inflow:
    """Water that enters one end of the tank: mass flow [kg/s] >= 0 at a temperature [K]."""

    flow: SX
    T: SX


def layered_tank(
    model: Model,
    layers: Volume,
    at_top: list[Inflow],
    at_bottom: list[Inflow],
    conductance: SX,
    inversion: SX,
) -> None:
    """Equations of a tank whose layers run from 1 (top) to the last (bottom).

    What enters at the top leaves at the bottom (`at_top`), and the other way round
    (`at_bottom`); the difference drives water through the layers, upwind. Between two layers
    heat flows with `conductance` [W/K], plus `inversion` [W/K2] times every kelvin by which
    the lower one is warmer (buoyant mixing). Nothing is lost to the room.
    """
    T, n = layers.T, layers.T.numel()
    down_total = sum((f.flow for f in at_top), SX(0.0))
    up_total = sum((f.flow for f in at_bottom), SX(0.0))
    down = ca.fmax(down_total - up_total, 0.0)
    up = ca.fmax(up_total - down_total, 0.0)
    power = [SX(0.0) for _ in range(n)]
    for feed in at_top:
        power[0] += CP_WATER * feed.flow * (feed.T - T[0])
    for feed in at_bottom:
        power[-1] += CP_WATER * feed.flow * (feed.T - T[-1])
    for i in range(n - 1):
        upside_down = ca.fmax(T[i + 1] - T[i], 0.0)
        exchange = (conductance + inversion * upside_down) * (T[i + 1] - T[i])
        power[i] += exchange + CP_WATER * up * (T[i + 1] - T[i])
        power[i + 1] += -exchange + CP_WATER * down * (T[i] - T[i + 1])
    heat(model, layers, ca.vertcat(*power))
