"""A ring that leaks with equal-percentage valves, written a second time in Modelica."""

import sys
from pathlib import Path

import numpy as np
import pytest
from rumoca_runs import simulate, worst_difference
from scipy_runs import integrated

import fmus
from fmus.district_network.model import build
from fmus.district_network.structure import Structure

sys.path.append(str(Path(__file__).parents[1] / "unit" / "fmus"))
from model_runs import Runner
from networks import pipe

FILE = Path(fmus.__file__).parent / "district_network" / "ring" / "RingNetwork.mo"
INSTANTS = np.arange(0.0, 301.0, 15.0)
PIPES = ("feeder", "left", "right", "across", "branch")
STRUCTURE = Structure(
    pipes=[
        {**pipe("feeder", "plant", "n1", 300.0, "DN200"), "cells": 3},
        pipe("left", "n1", "n2", 200.0, "DN150"),
        {**pipe("right", "n1", "n3", 400.0), "cells": 3},
        pipe("across", "n2", "n3", 150.0),
        pipe("branch", "n3", "n4", 150.0),
    ],
    consumers=[
        {"node": "n2", "share": 0.3},
        {"node": "n3", "share": 0.3},
        {"node": "n4", "share": 0.4},
    ],
    leak="n2",
    valve="equal_percentage",
)
SWAY = {"T_plant_swing": 8.0, "Q_demand_swing": 5e5}
AROUND = {*SWAY, "leak", "Q_demand_mean", "L_left"}
CASES = {
    "the left half feeds the ring": {},
    "a leak turns the flow across": {"leak": 0.8, "L_left": 4000.0},
    "wet, and a bypass": {"bypass": 0.3, "insulation_wet": 0.6, "Q_demand_mean": 3e6},
    "a pump that nearly stops": {"u_pump": 0.1, "leak": 0.2},
}
NAMES = {
    "speed": "pump.n", "burner": "boiler.output", "E_plant": "meter.E_plant",
    "E_boiler": "meter.E_boiler", "E_delivered": "meter.E_delivered", "E_loss": "meter.E_loss",
    "E_leak": "meter.E_leak", "mr[1]": "feeder.m", "ms[4]": "across.m_supply",
    "mr[4]": "across.m_return", "m_bypass": "n4.bypass.m",
} | {
    f"{theirs}[{i}]": f"n{i + 1}.{ours}"
    for theirs, ours in (("x", "valve"), ("Tc", "T"), ("m", "m"), ("s", "root_dp"))
    for i in (1, 2, 3)
} | {
    f"{theirs}[{i + 1}]": f"{node}.{ours}"
    for theirs, ours in (("Tn", "T_supply"), ("Rn", "T_return"))
    for i, node in enumerate(("plant", "n1", "n2", "n3", "n4"))
} | {
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
    net.set(**{k: v for k, v in case.items() if k not in AROUND})
    net.set(**{"left.length": case.get("L_left", 200.0)})

    def at(t: float) -> None:
        def sway(period: float) -> float:
            return float(np.sin(2 * np.pi * t / period))

        net.set(
            T_plant=351.15 + SWAY["T_plant_swing"] * sway(3600.0),
            Q_demand=case.get("Q_demand_mean", 2e6) + SWAY["Q_demand_swing"] * sway(400.0),
            leak=case.get("leak", 0.0) * 0.5 * (1.0 - float(np.cos(2 * np.pi * t / 300.0))),
        )

    found = integrated(net, at, INSTANTS, "BDF", rtol=3e-8, atol=1e-8, max_step=10.0)
    ours = {v.name: row for v, row in zip(net.model.states, found.T, strict=True)}
    unknowns = []
    for t, x in zip(INSTANTS, found, strict=True):
        at(t)
        unknowns.append(net.solve(x).copy())
    names = [v.name for v in net.model.algebraics]
    return ours | dict(zip(names, np.array(unknowns).T, strict=True))


@pytest.mark.parametrize("case", CASES)
def test_trajectories_agree(case: str) -> None:
    theirs = simulate(FILE, "RingNetwork", INSTANTS, SWAY | CASES[case])
    ours = _ours(CASES[case])
    shown = {modelica: ours[name] for modelica, name in NAMES.items()}
    error, worst = worst_difference(shown, theirs)
    print(case, error, worst, shown["ms[4]"].min(), shown["ms[4]"].max())
    assert error < 1e-5, worst
    assert set(ours) - set(NAMES.values()) == {"n1.root_dp", "meter.E_auxiliary"}
    if "L_left" in CASES[case]:
        assert shown["ms[4]"].min() < -0.1 < 0.1 < shown["ms[4]"].max()
