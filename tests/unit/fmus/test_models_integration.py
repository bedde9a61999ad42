"""What the integrator and the declaration promise: step-size independence, names, sizes."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from model_runs import Runner
from scipy.integrate import solve_ivp

import fmus
from fmus.cooling_loop.model import build as cooling_loop
from fmus.district_network.model import build as district_network
from fmus.heat_pump.model import build as heat_pump

C = 273.15
BUILD = {m().name: m for m in (cooling_loop, heat_pump, district_network)}
KICK = {
    "CoolingLoop": {"P_it": 5e6, "u_valve": 0.7, "u_pump": 0.9},
    "HeatPump": {"u_compressor": 0.5, "T_sink_in": C + 50},
    "DistrictNetwork": {"T_plant": C + 70, "Q_demand": 6e6, "u_boiler": 0.4},
}
FACE = {
    "CoolingLoop": (
        "P_it T_outdoor u_pump u_valve u_fan T_source_return m_source",
        "T_supply T_return T_coolant_supply T_coolant_return T_source T_dry_cooler m_facility"
        " m_dry_cooler x_valve Q_rejected Q_source P_auxiliary"
        " E_it E_source E_rejected E_auxiliary E_stored",
        "cdu_fouling valve_stuck pump_wear fan_loss bypass_leak",
    ),
    "HeatPump": (
        "T_source_in T_sink_in m_sink u_run u_compressor u_source_pump",
        "T_source_out T_sink_out T_evaporating T_condensing trip m_source P_electric P_auxiliary"
        " Q_condenser Q_evaporator cop running"
        " E_evaporator E_condenser E_electric E_auxiliary E_loss E_stored",
        "condenser_fouling evaporator_fouling compressor_wear undercharge"
        " non_condensables expansion_valve",
    ),
    "DistrictNetwork": (
        "T_plant T_outdoor T_soil Q_demand u_pump u_boiler",
        "T_supply T_return T_consumer m_network m_makeup dp_consumer Q_delivered Q_boiler"
        " P_auxiliary E_plant E_boiler E_delivered E_loss E_leak E_auxiliary E_stored",
        "bypass insulation_wet substation_fouling boiler_trip leak",
    ),
}


def _after(name: str, h: float) -> dict[str, float]:
    """Outputs 5 minutes after a kick, with steps of `h` [s]."""
    runner = Runner(BUILD[name]())
    runner.set(**KICK[name])
    return runner.run(300.0, h).outputs()


@pytest.mark.parametrize("name", list(BUILD))
def test_temperatures_do_not_depend_on_the_step(name: str) -> None:
    coarse, fine, finest = _after(name, 10.0), _after(name, 1.0), _after(name, 0.25)
    for key in (k for k in finest if k.startswith("T_")):
        assert abs(coarse[key] - finest[key]) < 0.05
        assert abs(fine[key] - finest[key]) < 5e-4


@pytest.mark.parametrize("name", list(BUILD))
def test_states_agree_with_an_integrator_of_others(name: str) -> None:
    """scipy's BDF at 1e-9 against ROS2 in steps of 1 s: within 5e-5 of each state's nominal."""
    runner = Runner(BUILD[name]())
    runner.set(**KICK[name])
    reference = solve_ivp(
        lambda _, x: runner.rates(x),
        (0.0, 300.0),
        runner.x.copy(),
        method="BDF",
        rtol=1e-9,
        atol=1e-7,
        jac=lambda _, x: runner.slope(x)[1],
    )
    runner.run(300.0, 1.0)
    nominal = np.array([v.nominal for v in runner.model.states])
    assert np.max(np.abs(runner.x - reference.y[:, -1]) / nominal) < 5e-5


@pytest.mark.parametrize("name", list(BUILD))
def test_the_face_of_the_model_is_the_agreed_one(name: str) -> None:
    model = BUILD[name]()
    inputs, outputs, faults = (set(text.split()) for text in FACE[name])
    assert {v.name for v in model.inputs} == inputs
    assert {o.name for o in model.outputs} == outputs
    assert {v.name for v in model.parameters if v.tunable} == faults
    declared = [*model.states, *model.inputs, *model.parameters, *model.modes, *model.outputs]
    names = [v.name for v in declared]
    assert len(names) == len(set(names))


def test_sizes_fit_the_exporter() -> None:
    sizes = [len(build().states) for build in BUILD.values()]
    assert sum(sizes) >= 40
    assert max(sizes) <= 200


@pytest.mark.parametrize("name", list(BUILD))
def test_the_readme_lists_every_parameter_with_its_value_unit_and_range(name: str) -> None:
    folder = re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
    text = (Path(fmus.__file__).parent / folder / "README.md").read_text(encoding="utf-8")
    row = r"^\| `([\w.]+)` \| ([-+0-9.e]+) \| ([^| ]+) \| ([^|]+) \|"
    found = re.findall(row, text, re.MULTILINE)
    rows = {parameter: (float(start), *rest) for parameter, start, *rest in found}
    for v in BUILD[name]().parameters:
        if not v.tunable:
            limits = f"≥ {v.min:g}" if v.max is None else f"{v.min:g} to {v.max:g}"
            assert rows[v.name] == (pytest.approx(v.start), v.unit, limits), v.name


@pytest.mark.parametrize("name", list(BUILD))
def test_every_share_has_an_upper_limit_and_starts_within(name: str) -> None:
    for v in BUILD[name]().parameters:
        assert v.min is not None
        assert v.min <= v.start <= (math.inf if v.max is None else v.max), v.name
        if v.unit == "-":
            assert v.max is not None, v.name
            assert v.max <= 1.0, v.name


def test_no_parameters_within_their_limits_break_a_formula() -> None:
    net = {v.name: v for v in district_network().parameters}
    assert net["cover"].min > 0.0  # the axes lie deeper than the casings' radius
    assert net["gap"].min >= 0.0  # and further apart than their diameter
    assert net["near.share"].min > 0.0
    assert net["valve_authority"].min > 0.0
    pump = {v.name: v for v in heat_pump().parameters}
    assert pump["T_condensing_nominal"].min > pump["T_evaporating_nominal"].max
