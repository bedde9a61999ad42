"""Controllers, links and actuators that fail: what passes, what is held, what comes late."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim import make_controller
from hil.bench.options import Options
from hil.bench.run import run_bench
from hil.bench.tampering import SWING_NS, Delay, Tampering
from twin.errors import BadInput
from twin.site import load_site, parse_fault
from twin.site.faults import catalogue

S = 1_000_000_000
SITE = load_site("mantsala")
PERIOD_NS = 10 * S


def broken(fault: str, t_ns: int = 3600 * S, seed: int = 1) -> Tampering:
    """With one fault as it is at an instant."""
    tampering = Tampering(SITE, seed, PERIOD_NS)
    tampering.apply(parse_fault(fault, SITE), t_ns)
    return tampering


@given(st.lists(st.integers(), min_size=1, max_size=30), st.integers(0, 9))
def test_what_is_late_comes_so_many_rounds_later(values: list[int], rounds: int) -> None:
    delay = Delay()
    delay.rounds = rounds
    came = []
    for value in values:
        due = delay.due()
        came.append(delay.passed(value))
        assert due == came[-1] or (due is None and came[-1] == value)
    assert came == [values[max(0, i - rounds)] for i in range(len(values))]


def test_a_link_loses_its_share_of_rounds_and_the_same_each_time() -> None:
    links = [broken("heat_pump.lossy=0.25@0s", seed=s).links["heat_pump"] for s in (1, 1, 2)]
    rounds = [[link.next_round() for _ in range(4000)] for link in links]
    assert rounds[0] == rounds[1] != rounds[2]
    assert np.mean([unheard for _, unheard in rounds[0]]) == pytest.approx(0.25, abs=0.02)
    assert not any(cut for cut, _ in rounds[0]), "it serves: what is written arrives"
    asking = broken("network.lossy=0.25@0s").links["network"]
    several = [asking.next_round() for _ in range(4000)]
    assert all(cut == unheard for cut, unheard in several)
    assert np.mean(several) == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize("kind", ["silent", "stale"])
def test_nothing_passes_a_link_that_is_gone_or_frozen(kind: str) -> None:
    link = broken(f"cooling_loop.{kind}@0s").links["cooling_loop"]
    assert [link.next_round() for _ in range(3)] == [(True, True)] * 3
    assert link.stale == (kind == "stale")


def test_a_frozen_command_keeps_what_it_was_and_the_others_go_on() -> None:
    tampering = broken("cooling_loop.u_valve.frozen@0s")
    good, lost = [0] * 8, [0, 2, *[0] * 6]
    said = []
    for k, quality in enumerate([lost, good, good]):
        values = [0.1 * k + 0.01 * i for i in range(8)]
        tampering.spoil(k * PERIOD_NS, values, quality)
        said.append(values[:3])
    assert said[1][1] == said[2][1] == pytest.approx(0.11)
    assert said[2][0] == pytest.approx(0.2)


def test_a_command_that_hunts_swings_by_its_size_and_keeps_its_range() -> None:
    tampering = broken("cooling_loop.u_pump.hunting=0.1@0s")
    swung = []
    for k in range(2 * SWING_NS // S):
        values = [0.5, *[0.95] * 7]
        tampering.spoil(k * S, values, [0] * 8)
        swung.append(values[0])
        assert values[1:] == [0.95] * 7
    assert (min(swung), max(swung)) == pytest.approx((0.4, 0.6))
    assert np.mean(swung) == pytest.approx(0.5)
    assert np.abs(np.diff(swung)).max() == pytest.approx(0.1 / 45)
    assert np.allclose(swung[:180], swung[180:])
    high = [1.0, *[0.0] * 7]
    tampering.spoil(45 * S, high, [0] * 8)
    assert high[0] == 1.0


def test_a_set_point_moves_with_its_fault_and_keeps_its_limits() -> None:
    tampering = Tampering(SITE, 1, PERIOD_NS)
    network = make_controller("network", {})
    cooling = make_controller("cooling_loop", {})
    tampering.reach({"network": network, "cooling_loop": cooling})
    event = parse_fault("district_network.u_pump.off_setpoint=20@0s..1h", SITE)
    for minute, wanted in ((0, 60.0), (15, 65.0), (60, 80.0), (90, 80.0)):
        tampering.apply(event, minute * 60 * S)
        assert network.settings_in_force.dp_sp == pytest.approx(wanted)
    tampering.apply(parse_fault("cooling_loop.u_pump.off_setpoint=-20@0s", SITE), S)
    assert cooling.settings_in_force.T_return_sp == 20.0
    tampering.apply(parse_fault("cooling_loop.u_fan.off_setpoint=-20@0s", SITE), S)
    assert cooling.settings_in_force.T_dry_cooler_sp == 6.0
    tampering.apply(parse_fault("cooling_loop.u_valve.off_setpoint=20@0s", SITE), S)
    assert cooling.settings_in_force.T_supply_sp == 50.0


def test_an_actuator_stands_off() -> None:
    tampering = broken("heat_pump.u_compressor.offset=-0.3@0s..2h")
    assert tampering.offsets.tolist() == [0.0] * 4 + [-0.15] + [0.0] * 3
    assert not tampering.active, "its command is what it is"


@pytest.mark.parametrize("name", ["mantsala", "kajaani", "espoo", "hamina", "helsinki"])
def test_every_set_point_that_can_be_moved_is_one_of_its_program(name: str) -> None:
    site = load_site(name)
    moved = [f for f in catalogue(site) if f.parameter == "off_setpoint"]
    assert len(moved) == sum(len(c.holds) for c in site.controllers.values()) > 0
    for fault in moved:
        told = site.controllers[str(fault.controller)]
        (output,) = (p for p, command in told.commands.items() if command == fault.command)
        assert make_controller(told.type, {}).setpoint(output).tag == "setting"


def test_an_output_without_set_point_is_refused() -> None:
    with pytest.raises(BadInput, match="set point: unknown output 'u_boiler'"):
        make_controller("network", {}).setpoint("u_boiler")


def test_controllers_in_other_processes_are_out_of_reach(tmp_path) -> None:
    options = Options(
        *("mantsala", 60 * S, S, 0, "real", "tcp", ("heat_pump.silent@10s",), (), 1, None)
    )
    with pytest.raises(BadInput, match="it takes --transport loopback"):
        run_bench(options, tmp_path / "run", lambda _p: None)
