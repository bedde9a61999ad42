"""Faults that grow, on real sensors: each cycle adds what has grown, and no more."""

import numpy as np
import pytest

from hil.bench.injections import make_injections
from twin.plant import Sensors, SensorSpec
from twin.site import load_site, parse_fault

S = 1_000_000_000
SIGNAL = "heat_pump.T_sink_out"


@pytest.fixture(scope="module")
def site():
    return load_site("mantsala")


def readings(site, fault, instants_s, seed=1):
    """Readings of a true 350 K after the fault has been applied at each instant."""
    sensors = Sensors([SensorSpec(SIGNAL, 0.0, 0.0, 0.0, -np.inf, np.inf)], seed, S)
    (injection,) = make_injections([parse_fault(fault, site)], None, sensors, None)
    found = []
    for t in instants_s:
        if injection.at_ns <= t * S:
            injection.apply(t * S)
        values, _ = sensors.read(np.array([350.0]))
        found.append(float(values[0]) - 350.0)
    return np.array(found)


def test_a_bias_grows_evenly_and_stays(site):
    found = readings(site, f"{SIGNAL}.bias=4@10s..30s", [0, 10, 15, 20, 30, 40, 50])
    assert found == pytest.approx([0.0, 0.0, 1.0, 2.0, 4.0, 4.0, 4.0], abs=1e-9)


def test_a_bias_without_growth_is_there_at_once(site):
    found = readings(site, f"{SIGNAL}.bias=-4@10s", [9, 10, 11, 12])
    assert found == pytest.approx([0.0, -4.0, -4.0, -4.0])


def test_noise_that_has_grown_scatters_as_if_it_had_come_at_once(site):
    grown = readings(site, f"{SIGNAL}.noise=2@0s..100s", range(3000))[101:]
    sudden = readings(site, f"{SIGNAL}.noise=2@0s", range(3000))[101:]
    assert grown == pytest.approx(sudden, abs=1e-9)
    assert grown.std() == pytest.approx(2.0, rel=0.05)


def test_a_rate_that_grows_makes_a_drift_that_bends(site):
    found = readings(site, f"{SIGNAL}.drift=36@0s..10s", range(20))
    # 36 K/h is 0.01 K a second; after t <= 10 s of growth the sum of 0.001 t
    rate = np.minimum(np.arange(20), 10) * 1e-3
    assert np.diff(found) == pytest.approx(rate[1:], abs=1e-9)
