"""All structures: books close, numbers and slopes stay finite, whatever comes in."""

import casadi as ca
import numpy as np
import pytest
from heat_pump_runs import STRUCTURES, C, fresh, imbalance, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from fmus.equations import column

FAULTS = (
    "condenser_fouling", "evaporator_fouling", "compressor_wear", "undercharge",
    "non_condensables", "expansion_valve",
)  # fmt: skip


DAY = ("map", "cycle R134a", "cycle R717", "2 units, cycle, rotating")


@pytest.mark.parametrize("name", DAY)
def test_books_close_over_a_day_of_faults_trips_stops_and_dry_pumps(name):
    runner = fresh(name, UA_room=300.0)
    full = runner.u[[v.name for v in runner.model.inputs].index("m_sink")]
    seen = set()
    for hour in range(24):
        sick = FAULTS[hour % 6]
        runner.set(**dict.fromkeys(FAULTS, 0.0))
        runner.set(**{sick: (0.0, 0.3, 1.0)[hour % 3]})
        runner.set(u_run=float(hour % 5 != 4), m_sink=0.0 if hour % 7 == 5 else full)
        runner.set(u_source_pump=0.0 if hour % 8 == 6 else 1.0)
        runner.set(T_condensing_trip=C + (60.0 if hour == 10 else 102.0))
        runner.set(u_compressor=(1.0, 0.2, 0.6)[hour % 3])
        for _ in range(6):
            runner.run(600.0, 40.0)
            seen |= {int(v) for k, v in modes(runner).items() if k.endswith("tripped")}
        y = runner.outputs()
        assert np.isfinite(list(y.values())).all()
        assert imbalance(y) < 1e-9
    assert 1 in seen


@pytest.mark.parametrize("name", STRUCTURES)
def test_an_instant_closes_too(name):
    """First law of the machine alone: what it draws and eats is what it gives and loses."""
    runner = fresh(name, undercharge=0.2, non_condensables=0.1, compressor_wear=0.1)
    runner.run(1800.0, 20.0)
    before = runner.outputs()
    runner.run(10.0, 0.5)
    after = runner.outputs()
    change = {k: after[k] - before[k] for k in after if k.startswith("E_")}
    come = change["E_evaporator"] + change["E_electric"]
    gone = change["E_condenser"] + change["E_loss"] + change["E_stored"]
    assert come == pytest.approx(gone, rel=1e-9)
    if "cycle" in name:
        assert change["E_loss"] == pytest.approx(0.04 * change["E_electric"], rel=1e-9)


INPUTS = st.fixed_dictionaries({
    "T_source_in": st.floats(C - 20, C + 70),
    "T_sink_in": st.floats(C, C + 110),
    "m_sink": st.floats(-5.0, 80.0) | st.just(0.0),
    "u_run": st.floats(-0.5, 1.5),
    "u_compressor": st.floats(-0.5, 1.5) | st.just(0.0),
    "u_source_pump": st.floats(-0.5, 1.5) | st.just(0.0),
    "T_e": st.floats(C - 60, C + 110),
    "T_c": st.floats(C - 60, C + 180),
    "n": st.floats(0.0, 1.0) | st.just(0.0),
    **{fault: st.floats(0.0, 1.0) | st.sampled_from([0.0, 1.0]) for fault in FAULTS},
})  # fmt: skip


def _slopes(runner):
    m = runner.model
    args = [m.time, column(m.states), column(m.inputs), column(m.parameters), column(m.modes)]
    values = ca.vertcat(m.derivatives(), *[o.expression for o in m.outputs])
    by = ca.vertcat(*args[1:4])
    return ca.Function("s", args, [values, ca.jacobian(values, by)], {"cse": True})


@pytest.mark.parametrize("name", ["map", "cycle R717", "cycle R600a", "2 units, cycle, rotating"])
def test_everything_and_its_slopes_are_finite_anywhere(name):
    slopes = _slopes(fresh(name))

    @settings(max_examples=100, deadline=None, derandomize=True)
    @given(INPUTS)
    def check(values):
        runner = fresh(name)
        states = [v.name for v in runner.model.states]
        for state, key in (("evaporator.T_saturation", "T_e"), ("condenser.T_saturation", "T_c")):
            for i in (i for i, s in enumerate(states) if s.endswith(state)):
                runner.x[i] = values[key]
        for i in (i for i, s in enumerate(states) if s.endswith("compressor.n")):
            runner.x[i] = values["n"]
        runner.set(**{k: v for k, v in values.items() if k not in ("T_e", "T_c", "n")})
        at, slope = slopes(runner.t, runner.x, runner.u, runner.p, runner.modes)
        assert np.isfinite(np.array(at)).all()
        assert np.isfinite(np.array(slope.nonzeros())).all()
        y = runner.outputs()
        assert y["P_electric"] >= 0.0
        assert y["cop"] >= 0.0

    check()
