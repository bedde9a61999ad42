"""Plants that differ from their site file: every difference shows where it is, and only there."""

import numpy as np
import pytest

from hil.bench.direct.plant_rows import Span, plant_rows
from hil.bench.direct.variant import Disturbance, SensorError, Trip, Variant
from hil.bench.layout import layout_of
from hil.cli.structures import built_with
from twin.errors import BadInput
from twin.site import load_site, parse_fault

S = 1_000_000_000
SITE = load_site("mantsala")
LAYOUT = layout_of(SITE)
SHORT = Span(3600 * S, 10 * S, 1800 * S)


def rows_of(variant=None, span=SHORT, faults=(), block=360):
    """All rows of a run together."""
    found = list(plant_rows(SITE, variant or Variant(), span, 5, faults, None, block))
    names = ("t_ns", "measured", "quality", "commands", "command_quality", "truth")
    return {n: np.concatenate([getattr(rows, n) for rows in found]) for n in names}


@pytest.fixture(scope="module")
def plain():
    return rows_of()


def column(rows, name):
    return rows["measured"][:, LAYOUT.signal(name)]


def test_blocks_may_be_cut_anywhere():
    variant = Variant(
        disturbances=(
            Disturbance("district_network.Q_demand", 0.1, 1800.0, relative=True),
            Disturbance("heat_pump.condenser_fouling", 0.1, 3600.0, low=0.0, every_s=300.0),
        ),
        trips=(Trip("heat_pump", 1200 * S, 1500 * S),),
    )
    faults = [parse_fault("district_network.T_return.drift=3@5m..20m", SITE)]
    whole = rows_of(variant, faults=faults)
    cut = rows_of(variant, faults=faults, block=7)
    for name, values in whole.items():
        assert np.array_equal(values, cut[name]), name
    assert whole["t_ns"][0] == -1790 * S
    assert whole["t_ns"][-1] == 3600 * S


def test_a_sensor_error_is_in_the_readings_at_once(plain):
    error = SensorError(offset=0.5, gain=0.02, resolution=0.1, lag_s=0.0)
    wrong = rows_of(Variant(sensors={"cooling_loop.T_dry_cooler": error}))
    first = column(plain, "cooling_loop.T_dry_cooler")[0]
    zero = 273.15 - 40.0  # lower end of the range
    expected = zero + 1.02 * (first - zero) + 0.5
    found = column(wrong, "cooling_loop.T_dry_cooler")
    assert found[0] == pytest.approx(expected, abs=0.1)  # half a digit, and a lag that is gone
    assert np.abs(found / 0.1 - np.rint(found / 0.1)).max() < 1e-6
    assert np.array_equal(wrong["measured"][0, :5], plain["measured"][0, :5])


def test_a_parameter_moves_the_plant_and_nothing_of_the_noise(plain):
    weak = rows_of(Variant(parameters={"heat_pump.eta_carnot": 0.4}))
    power = "heat_pump.P_electric"
    assert column(weak, power)[-60:].mean() > 1.05 * column(plain, power)[-60:].mean()
    outdoor = "district_network.T_outdoor"
    assert np.array_equal(column(weak, outdoor), column(plain, outdoor))


def test_plant_and_sensors_both_see_a_boundary_that_is_disturbed(plain):
    soil_moves = Disturbance("district_network.T_soil", 2.0, 600.0)
    moved = rows_of(Variant(disturbances=(soil_moves,)))
    soil = "district_network.T_soil"
    assert column(moved, soil).std() > column(plain, soil).std() + 0.5
    assert not np.array_equal(moved["truth"], plain["truth"])


def test_a_trip_stops_the_heat_pump_until_it_is_reset_and_it_rests_as_long_as_it_must(plain):
    trip = Trip("heat_pump", 600 * S, 1200 * S)
    rows = rows_of(Variant(trips=(trip,)))
    on = rows["commands"][:, LAYOUT.command("heat_pump.u_run")]
    t_s = rows["t_ns"] / S
    assert np.all(on[(t_s > 0) & (t_s <= 600)] == 1.0)
    # the scan at the end of the cycle in which it trips stops it in the next
    assert np.all(on[(t_s >= 620) & (t_s <= 1200)] == 0.0)
    back_s = t_s[(t_s > 620) & (on == 1.0)][0]
    assert 1200 < back_s < 1500
    before = rows["t_ns"] <= 600 * S
    assert np.array_equal(rows["measured"][before], plain["measured"][before])


def test_who_is_called_resets_a_trip_and_never_before_his_time(plain):
    trip = Trip("heat_pump", 600 * S, 1200 * S)
    forever = Trip("heat_pump", 600 * S, 10**6 * S)
    soon, late = 900 * S, 3000 * S
    own = rows_of(Variant(trips=(trip,)))
    patient = rows_of(Variant(trips=(trip,), attended_ns=late))
    assert np.array_equal(patient["measured"], own["measured"])
    on, t_s = LAYOUT.command("heat_pump.u_run"), own["t_ns"] / S
    alone = rows_of(Variant(trips=(forever,)))["commands"][:, on]
    assert np.all(alone[t_s >= 620] == 0.0)
    called = rows_of(Variant(trips=(forever,), attended_ns=soon))["commands"][:, on]
    back_s = t_s[(t_s > 620) & (called == 1.0)][0]
    assert 600 + 900 < back_s < 600 + 900 + 2 * 600 + 60


def test_longer_internal_steps_change_less_than_a_sensor_sees(plain):
    fmus = built_with(SITE, {part: {"step": 5.0} for part in SITE.plant.parts})
    rows = rows_of(Variant(fmus=fmus))
    last = slice(-180, None)
    for i, name in enumerate(LAYOUT.signals):
        if ".T_" in name:
            # noise is the same in both; what is left is the closed loop with other round-off
            off = np.abs(rows["measured"][last, i] - plain["measured"][last, i])
            assert np.mean(off) < 0.05, name


def test_a_refrigerant_cycle_and_a_sharp_network_in_place_of_the_site_s_own(plain):
    changes = {
        "heat_pump": {"performance": "cycle"},
        "district_network": {"transport": "sharp"},
    }
    fmus = built_with(SITE, changes)
    assert fmus == built_with(SITE, changes)
    rows = rows_of(Variant(fmus=fmus))
    assert np.isfinite(rows["truth"]).all()
    assert not np.array_equal(rows["truth"], plain["truth"])


@pytest.mark.parametrize(
    ("variant", "word"),
    [
        (Variant(parameters={"heat_pumpe.eta_carnot": 0.4}), "heat_pump"),
        (Variant(parameters={"heat_pump.eta_carno": 0.4}), "eta_carnot"),
        (Variant(sensors={"heat_pump.T_sink_ou": SensorError()}), "T_sink_out"),
        (Variant(trips=(Trip("network", 0, 1),)), "has no trip"),
        (Variant(trips=(Trip("heat_pump", 1, 1),)), "end after"),
        (Variant(disturbances=(Disturbance("heat_pump.eta_carnot", 0.1, 9.0),)), "tunable"),
    ],
)
def test_what_the_site_does_not_have_is_refused(variant, word):
    with pytest.raises(BadInput, match=word):
        next(plant_rows(SITE, variant, SHORT, 1))


def test_a_structure_that_cannot_be_is_refused():
    with pytest.raises(BadInput, match=r"structure\.heat_pump\.units"):
        built_with(SITE, {"heat_pump": {"units": 0}})
    with pytest.raises(BadInput, match="district_network"):
        built_with(SITE, {"district_networks": {}})
