"""The default network's equations written a second time, in Modelica, simulated by rumoca."""

import sys
from pathlib import Path

import numpy as np
import pytest
from rumoca_runs import simulate, worst_difference

import fmus
from fmus.district_network.model import build

sys.path.append(str(Path(__file__).parents[1] / "unit" / "fmus"))
from model_runs import Runner

FILE = Path(fmus.__file__).parent / "district_network" / "DistrictNetwork.mo"
INSTANTS = np.arange(0.0, 301.0, 30.0)
STEP = 0.25
SWAY = {"T_plant_swing": 8.0, "Q_demand_swing": 1.5e6}
FAULTS = {
    "bypass": 0.2, "insulation_wet": 0.7, "substation_fouling": 0.3, "boiler_trip": 0.4,
    "leak": 0.5,
}  # fmt: skip
CASES = {
    "a winter day": {},
    "everything is broken": FAULTS,
    "a pump that nearly stops": {"u_pump": 0.1, "T_outdoor": 285.15, "Q_demand_mean": 2e6},
}
NAMES = {
    "speed": "pump.n", "burner": "boiler.output", "x[1]": "near.valve", "x[2]": "far.valve",
    "Tc[1]": "near.T", "Tc[2]": "far.T", "Tn[1]": "plant.T_supply", "Tn[2]": "near.T_supply",
    "Tn[3]": "far.T_supply", "Rn[1]": "plant.T_return", "Rn[2]": "near.T_return",
    "Rn[3]": "far.T_return", "E_plant": "meter.E_plant", "E_boiler": "meter.E_boiler",
    "E_delivered": "meter.E_delivered", "E_loss": "meter.E_loss", "E_leak": "meter.E_leak",
    "m[1]": "near.m", "m[2]": "far.m", "m_bypass": "far.bypass.m", "s[2]": "far.root_dp",
} | {
    f"{theirs}[{k},{i}]": f"main_{k}.{ours}[{i}]"
    for theirs, ours in (
        ("Ts", "supply.T"), ("Ws", "supply.T_wall"), ("Tr", "return.T"), ("Wr", "return.T_wall")
    )
    for k in (1, 2)
    for i in range(1, 13)
}  # fmt: skip


def _ours(values: dict[str, float]) -> dict[str, np.ndarray]:
    """All states and unknowns at the instants; what sways is held in the middle of each step."""
    net = Runner(build())
    net.set(**{k: v for k, v in values.items() if k not in SWAY and k != "Q_demand_mean"})
    rows = []
    for instant in INSTANTS:
        while net.t < instant - 1e-9:
            middle = net.t + 0.5 * STEP
            T_plant = 351.15 + SWAY["T_plant_swing"] * np.sin(2 * np.pi * middle / 3600.0)
            Q = values.get("Q_demand_mean", 5e6)
            Q += SWAY["Q_demand_swing"] * np.sin(2 * np.pi * middle / 900.0)
            net.set(T_plant=float(T_plant), Q_demand=float(Q))
            net.step(STEP)
        net.solve(net.x)
        rows.append(np.concatenate([net.x, net.a]))
    names = [v.name for v in (*net.model.states, *net.model.algebraics)]
    return dict(zip(names, np.array(rows).T, strict=True))


@pytest.mark.parametrize("case", CASES)
def test_trajectories_agree(case: str) -> None:
    theirs = simulate(FILE, "DistrictNetwork", INSTANTS, SWAY | CASES[case])
    ours = _ours(SWAY | CASES[case])
    shown = {modelica: ours[name] for modelica, name in NAMES.items()}
    error, worst = worst_difference(shown, theirs)
    print(case, error, worst)
    assert error < 1e-5, worst
    assert set(ours) - set(NAMES.values()) == {"near.root_dp", "meter.E_auxiliary"}
    assert np.ptp(theirs["Tn[1]"]) > 2.0
