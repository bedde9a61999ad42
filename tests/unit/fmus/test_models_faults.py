"""Each fault moves what a watcher sees, in the right direction, more when it is larger."""

from collections.abc import Callable
from functools import cache

import pytest
from model_runs import Runner

from fmus.cooling_loop.model import build as cooling_loop
from fmus.district_network.model import build as district_network
from fmus.equations import Model
from fmus.heat_pump.model import build as heat_pump

C = 273.15
WINTER_UNIT = {"T_source_in": C + 40, "T_sink_in": C + 45.7, "m_sink": 26.5, "u_compressor": 1.0}
WINTER_LOOP = {"P_it": 4e6, "u_pump": 0.74, "u_valve": 0.6, "u_fan": 0.05, "m_source": 65.0}
SUMMER_LOOP = {**WINTER_LOOP, "T_outdoor": C + 18, "u_fan": 0.4, "u_valve": 0.7, "m_source": 30.0}
WINTER_NET = {"T_plant": C + 78.6, "u_pump": 0.72, "u_boiler": 0.174}

# model, operating point, fault, its size, what it moves, by at least (signed; K, kg/s, W)
CASES = [
    (heat_pump, WINTER_UNIT, "condenser_fouling", 0.3, "T_condensing", 1.5),
    (heat_pump, WINTER_UNIT, "evaporator_fouling", 0.3, "T_evaporating", -1.5),
    (heat_pump, WINTER_UNIT, "compressor_wear", 0.15, "P_electric", 8e4),
    (heat_pump, WINTER_UNIT, "undercharge", 0.5, "T_sink_out", -1.5),
    (cooling_loop, WINTER_LOOP, "cdu_fouling", 0.4, "T_coolant_supply", 1.5),
    (cooling_loop, WINTER_LOOP, "pump_wear", 0.15, "m_facility", -10.0),
    (cooling_loop, WINTER_LOOP, "bypass_leak", 0.2, "T_coolant_supply", 1.5),
    (cooling_loop, SUMMER_LOOP, "fan_loss", 0.5, "T_dry_cooler", 1.5),
    (district_network, WINTER_NET, "bypass", 0.1, "T_return", 1.5),
    (district_network, WINTER_NET, "insulation_wet", 0.5, "T_consumer", -1.5),
    (district_network, WINTER_NET, "substation_fouling", 0.3, "T_return", 1.5),
    (district_network, WINTER_NET, "boiler_trip", 1.0, "T_supply", -1.5),
    (district_network, WINTER_NET, "leak", 0.3, "m_network", 1.0),
    (district_network, WINTER_NET, "leak", 0.3, "T_return", -1.5),
    (district_network, WINTER_NET, "leak", 0.3, "m_makeup", 1.499),
]


@cache
def settled_with(
    build: Callable[[], Model], point: tuple[tuple[str, float], ...], fault: str, size: float
) -> dict[str, float]:
    """Outputs 100 minutes after a fault that came to the plant steady at `point`."""
    runner = Runner(build())
    runner.set(**dict(point))
    runner.run(3600.0, 20.0)
    if size:
        runner.set(**{fault: size})
    return runner.run(6000.0, 20.0).outputs()


@pytest.mark.parametrize(("build", "point", "fault", "size", "watched", "least"), CASES)
def test_a_fault_shows(
    build: Callable[[], Model],
    point: dict[str, float],
    fault: str,
    size: float,
    watched: str,
    least: float,
) -> None:
    at = tuple(point.items())
    healthy = settled_with(build, at, "", 0.0)  # one run for all faults
    seen = [healthy, *(settled_with(build, at, fault, share * size) for share in (0.5, 1.0))]
    first, second, third = (y[watched] if least > 0 else -y[watched] for y in seen)
    assert first < second < third
    assert third - first >= abs(least)


def test_a_stuck_valve_stays_where_it_is_until_it_is_freed() -> None:
    stuck, free = Runner(cooling_loop()), Runner(cooling_loop())
    for loop in (stuck, free):
        loop.set(**{**WINTER_LOOP, "u_valve": 0.2})
        loop.run(600.0, 10.0)
    held = stuck.get("x_valve")
    stuck.set(valve_stuck=1.0)
    for loop in (stuck, free):
        loop.set(u_valve=0.6)
        loop.run(1800.0, 10.0)
    assert stuck.get("x_valve") == held == pytest.approx(0.2, abs=1e-6)
    assert stuck.get("T_supply") - free.get("T_supply") > 1.5
    stuck.set(valve_stuck=0.0)
    assert stuck.run(300.0, 10.0).get("x_valve") == pytest.approx(0.6, abs=1e-3)


def test_bypass_shows_in_the_flow_long_before_the_return_warms_up() -> None:
    net = Runner(district_network())
    net.set(**WINTER_NET)
    net.run(3600.0, 20.0)
    flow, T_return = net.get("m_network"), net.get("T_return")
    net.set(bypass=0.1)
    net.run(120.0, 5.0)
    assert net.get("m_network") - flow > 1.0
    assert abs(net.get("T_return") - T_return) < 0.2
