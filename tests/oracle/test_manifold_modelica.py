"""The manifold's equations written a second time, in Modelica, simulated by rumoca."""

from pathlib import Path

import numpy as np
from event_runs import run
from rumoca_runs import simulate, worst_difference

import fmus
from fmus.manifold.model import build

INSTANTS = np.arange(0.0, 601.0, 10.0)
T_STOP, T_PUMP = 300.0, 450.0
FEED = {
    "m_sink": 60.0,
    "m_source[1]": 40.0, "T_source_out[1]": 290.15, "T_sink_out[1]": 351.15, "running[1]": 1.0,
    "T_source_out[2]": 288.15, "T_sink_out[2]": 358.15,
    "m_sink_nominal[1]": 20.0, "m_sink_nominal[2]": 50.0,
}  # fmt: skip
SECOND = (
    {"m_source[2]": 90.0, "running[2]": 3.0},
    {"m_source[2]": 0.0, "running[2]": 0.0},
    {"m_source[2]": 30.0, "running[2]": 0.0},
)
NAMES = {
    "m_sink[1]": "m_sink[1]", "m_sink[2]": "m_sink[2]", "T_source": "T_source_return",
    "T_sink": "T_sink", "E_source": "E_source", "E_sink": "E_sink",
}  # fmt: skip


def test_a_machine_of_two_stops_and_its_pump_starts_again():
    theirs = simulate(Path(fmus.__file__).parent / "manifold/Manifold.mo", "Manifold", INSTANTS)
    jumps = (T_STOP, T_PUMP)
    found = run(build(), FEED, lambda t: SECOND[sum(t >= jump for jump in jumps)], INSTANTS, jumps)
    ours = {name: found[own] for name, own in NAMES.items()}
    error, name = worst_difference(ours, theirs)
    print(f"{error:.1e} {name}")
    assert error < 1e-5, name
    assert np.ptp(theirs["m_sink[2]"]) > 20.0  # it stopped indeed
