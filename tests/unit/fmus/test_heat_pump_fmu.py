"""The compiled FMU of a cycle with two units is the equations."""

import pytest
from heat_pump_runs import STRUCTURES, WINTER, fresh

from fmus.export.check import check_fmu
from fmus.export.compile import native_platform
from fmus.export.package import build_model
from fmus.heat_pump.model import build
from twin.plant import open_fmu

NAME = "2 units, cycle, rotating"


@pytest.mark.slow
def test_two_units_as_a_cycle_run_as_an_fmu(tmp_path):
    model = build(STRUCTURES[NAME])
    (path,) = build_model(model, tmp_path, platforms=[native_platform()], fmi=("2.0",))
    assert check_fmu(path) == []
    runner = fresh(NAME, **WINTER)
    with open_fmu(path) as file:
        unit = file.instantiate("unit")
        unit.enter_init(0.0)
        for name, value in WINTER.items():
            unit.set(file.variables[name], value)
        unit.exit_init()
        for k in range(240):
            if k == 60:  # one unit stops 20 minutes later, one goes on
                unit.set(file.variables["u_compressor"], 0.2)
                runner.set(u_compressor=0.2)
            unit.step(10.0 * k, 10.0)
            runner.run(10.0, 1.0)
        ours = runner.outputs()
        for name in ("P_electric", "Q_condenser", "T_discharge", "p_condensing", "running"):
            (theirs,) = unit.get_reals([file.variables[name].vr])
            assert theirs == pytest.approx(ours[name], rel=1e-4), name
        unit.close()
    assert ours["running"] == 1.0
