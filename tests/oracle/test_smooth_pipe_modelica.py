"""The smooth pipe's equations written a second time, in Modelica, simulated by rumoca."""

import sys
from pathlib import Path

import numpy as np
import pytest
from rumoca_runs import simulate, worst_difference
from scipy_runs import integrated

import fmus
from fmus.pipe.smooth import Structure, build

sys.path.append(str(Path(__file__).parents[1] / "unit" / "fmus"))
from model_runs import Runner

FILE = Path(fmus.__file__).parent / "pipe" / "SmoothPipe.mo"
INSTANTS = np.arange(0.0, 1201.0, 60.0)
CELLS = 8
PERIODS = {"m_swing": 600.0, "T_swing": 240.0}
WARM = {"T_start_a": 353.15, "T_start_b": 323.15, "T_inlet_b": 318.15, "T_ambient": 278.15}
CASES = {
    "a front and a ripple": {"m_mean": 5.0, "T_mean": 353.15, "T_swing": 8.0},
    "a flow that turns round": {**WARM, "m_swing": 3.0, "T_mean": 363.15, "T_swing": 5.0},
    "slow, then at rest": {**WARM, "m_swing": 0.6, "m_least": 0.0, "T_mean": 370.15},
    "standing, wet, in soil": {**WARM, "insulation_wet": 0.5, "R_soil": 0.4},
}
AROUND = {"m_mean", "m_swing", "m_least", "T_mean", "T_swing"}
NAMES = {"E_in": "meter.E_in", "E_loss": "meter.E_loss"} | {
    theirs.format(i): ours.format(i)
    for theirs, ours in (
        ("water[{}]", "water.rise[{}]"),
        ("steel[{}]", "wall.rise[{}]"),
        *((f"foam[{k},{{}}]", f"shell_{k}.rise[{{}}]") for k in (1, 2, 3)),
    )
    for i in range(1, CELLS + 1)
}


def _ours(case: dict[str, float]) -> dict[str, np.ndarray]:
    """All states at the instants, by scipy's integrator on our equations."""
    pipe = Runner(build(Structure(cells=CELLS)))
    pipe.set(**{k: v for k, v in case.items() if k not in AROUND})

    def at(t: float) -> None:
        sway = {k: case.get(k, 0.0) * np.sin(2 * np.pi * t / PERIODS[k]) for k in PERIODS}
        m = max(case.get("m_mean", 0.0) + sway["m_swing"], case.get("m_least", -100.0))
        pipe.set(m_flow=m, T_inlet_a=case.get("T_mean", 333.15) + sway["T_swing"])

    found = integrated(pipe, at, INSTANTS, "BDF", rtol=1e-8, atol=1e-8, max_step=20.0)
    return {v.name: row for v, row in zip(pipe.model.states, found.T, strict=True)}


@pytest.mark.parametrize("case", CASES)
def test_trajectories_agree(case: str) -> None:
    theirs = simulate(FILE, "SmoothPipe", INSTANTS, CASES[case])
    ours = _ours(CASES[case])
    shown = {modelica: ours[name] for modelica, name in NAMES.items()}
    error, worst = worst_difference(shown, theirs)
    print(case, error, worst)
    assert error < 1e-5, worst
    assert set(ours) - set(NAMES.values()) == {"meter.E_expelled"}
    assert np.ptp(theirs["water[1]"]) > 0.5
