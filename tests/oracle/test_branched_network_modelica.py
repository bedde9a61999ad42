"""A network that branches, with faults of single places, written a second time in Modelica."""

import sys
from pathlib import Path

import numpy as np
import pytest
from rumoca_runs import simulate, worst_difference
from scipy.integrate import solve_ivp

import fmus
from fmus.district_network.model import build
from fmus.district_network.structure import Structure

sys.path.append(str(Path(__file__).parents[1] / "unit" / "fmus"))
from model_runs import Runner

FILE = Path(fmus.__file__).parent / "district_network" / "branches" / "BranchedNetwork.mo"
INSTANTS = np.arange(0.0, 601.0, 20.0)
PIPES = ("stem", "west", "east")
OWN = {"inner_diameter": 0.08, "wall": 0.003, "insulation": 0.04, "k_insulation": 0.03}
STRUCTURE = Structure(
    pipes=[
        {
            "name": "stem", "from": "plant", "to": "a", "length": 300.0, "type": "DN150_2",
            "cells": 3,
        },
        {"name": "west", "from": "a", "to": "b", "length": 200.0, "type": "DN100", "cells": 3},
        {"name": "east", "from": "a", "to": "c", "length": 250.0, "cells": 3, **OWN},
    ],
    consumers=[
        {"node": "a", "share": 0.2},
        {"node": "b", "share": 0.5},
        {"node": "c", "share": 0.2},
        {"node": "c", "name": "pool", "share": 0.1},
    ],
    bypasses=[{"node": "b", "m_open": 10.0}, {"node": "c"}],
    critical="b",
    faults="each",
)  # fmt: skip
SWAY = {"T_plant_swing": 8.0, "Q_demand_swing": 5e5}
STOPS = {"u_pump_mean": 0.3, "u_pump_swing": 0.55}
FAULTS = {  # name in the Modelica file: ours
    "bypass_b": "b.bypass.open", "bypass_c": "c.bypass.open", "wet_west": "west.insulation_wet",
    "fouling_b": "b.fouling", "fouling_pool": "pool.fouling", "leak_a": "a.leak",
    "leak_c": "c.leak", "boiler_trip": "boiler_trip",
}  # fmt: skip
CASES = {
    "healthy": {},
    "every fault there is": dict.fromkeys(FAULTS, 0.3),
    "only a leak at c": {"leak_c": 0.6},
    "the pump stands for a while": STOPS | {"bypass_b": 0.2},
}
NAMES = {
    "speed": "pump.n", "burner": "boiler.output", "E_plant": "meter.E_plant",
    "E_boiler": "meter.E_boiler", "E_delivered": "meter.E_delivered", "E_loss": "meter.E_loss",
    "E_leak": "meter.E_leak", "m_bypass[2]": "b.bypass.m", "m_bypass[3]": "c.bypass.m",
    "mr[1]": "stem.m",
} | {
    f"{theirs}[{i + 1}]": f"{consumer}.{ours}"
    for theirs, ours in (("x", "valve"), ("Tc", "T"), ("m", "m"))
    for i, consumer in enumerate(("a", "b", "c", "pool"))
} | {
    f"{theirs}[{i + 1}]": f"{node}.{ours}"
    for theirs, ours in (("Tn", "T_supply"), ("Rn", "T_return"))
    for i, node in enumerate(("plant", "a", "b", "c"))
} | {f"s[{i + 1}]": f"{node}.root_dp" for i, node in enumerate("abc")} | {
    f"{theirs}[{k + 1},{i}]": f"{name}.{ours}[{i}]"
    for theirs, ours in (
        ("Ts", "supply.T"), ("Ws", "supply.T_wall"), ("Tr", "return.T"), ("Wr", "return.T_wall")
    )
    for k, name in enumerate(PIPES)
    for i in (1, 2, 3)
}  # fmt: skip


def _ours(case: dict[str, float]) -> dict[str, np.ndarray]:
    """States and unknowns at the instants, by scipy's integrator on our equations."""
    net = Runner(build(STRUCTURE))
    net.set(**{FAULTS[name]: value for name, value in case.items() if name in FAULTS})

    def at(t: float) -> None:
        swing = case.get("u_pump_swing", 0.0) * float(np.cos(2 * np.pi * t / 600.0))
        net.set(
            T_plant=351.15 + SWAY["T_plant_swing"] * float(np.sin(2 * np.pi * t / 3600.0)),
            Q_demand=2e6 + SWAY["Q_demand_swing"] * float(np.sin(2 * np.pi * t / 400.0)),
            u_pump=max(0.0, case.get("u_pump_mean", 0.85) + swing),
        )

    def rate(t: float, x: np.ndarray) -> np.ndarray:
        at(t)
        return net.rates(x)

    def slope(t: float, x: np.ndarray) -> np.ndarray:
        at(t)
        return net.slope(x)[1].toarray()

    found = solve_ivp(
        rate, (0.0, INSTANTS[-1]), net.x, "BDF", INSTANTS,
        jac=slope, rtol=3e-8, atol=1e-8, max_step=5.0,
    )  # fmt: skip
    assert found.success, found.message
    ours = {v.name: row for v, row in zip(net.model.states, found.y, strict=True)}
    unknowns = []
    for t, x in zip(INSTANTS, found.y.T, strict=True):
        at(float(t))
        unknowns.append(net.solve(x).copy())
    names = [v.name for v in net.model.algebraics]
    return ours | dict(zip(names, np.array(unknowns).T, strict=True))


@pytest.mark.parametrize("case", CASES)
def test_trajectories_agree(case: str) -> None:
    theirs = simulate(FILE, "BranchedNetwork", INSTANTS, SWAY | CASES[case])
    ours = _ours(CASES[case])
    shown = {modelica: ours[name] for modelica, name in NAMES.items()}
    error, worst = worst_difference(shown, theirs)
    print(f"{case}: {error:.1e} {worst}, stem {shown['mr[1]'].min():g} kg/s at least")
    assert error < 1e-5, worst
    assert set(ours) - set(NAMES.values()) == {"meter.E_auxiliary"}
    if "u_pump_swing" in CASES[case]:
        assert shown["mr[1]"].min() < 1e-4 * shown["mr[1]"].max()
