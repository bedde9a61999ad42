"""Sensors: noise by scipy's normal distribution, the rest by arithmetic done by hand."""

import math

import numpy as np
import pytest
from scipy import stats

from twin.errors import BadInput
from twin.plant import Sensors, SensorSpec
from twin.plant.measure import measure, normal
from twin.signals import Quality

S = 1_000_000_000


def one(**spec: float) -> Sensors:
    return Sensors([SensorSpec("T", **spec)], seed=1, period_ns=S)


def readings(sensors: Sensors, values: list[float]) -> list[float]:
    return [float(sensors.read(np.array([v]))[0][0]) for v in values]


def test_normal_against_scipy() -> None:
    uniform = np.concatenate([np.linspace(1e-12, 1 - 1e-12, 20_001), 10.0 ** -np.arange(1.0, 14.0)])
    got = [normal(u) for u in uniform]
    np.testing.assert_allclose(got, stats.norm.ppf(uniform), rtol=2e-6, atol=1e-7)


def test_normal_at_the_ends_is_finite() -> None:
    ends = [normal(0.0), normal(np.nextafter(1.0, 0.0))]
    assert -8.5 < ends[0] < -7.5
    assert 7.5 < ends[1] < 8.5


def test_compiled_and_plain_give_the_same_bytes() -> None:
    results = []
    for function in (measure, measure.py_func):
        specs = [SensorSpec("a", 0.3, 5.0, 0.01, 0.0, 400.0), SensorSpec("b", noise=2.0, lag_s=1.0)]
        sensors = Sensors(specs, seed=3, period_ns=S)
        sensors._measure = function
        sensors.fail("b", "drift", 10.0)
        true = np.random.default_rng(0).normal(300.0, 50.0, (300, 2))
        results.append(b"".join(b"".join(a.tobytes() for a in sensors.read(t)) for t in true))
    assert results[0] == results[1]


def test_ideal_sensor_is_transparent() -> None:
    assert readings(one(), [1.5, -2.0, 3.25]) == [1.5, -2.0, 3.25]


def test_noise_has_its_size_and_no_memory() -> None:
    values = np.array(readings(one(noise=0.5), [10.0] * 20_000)) - 10.0
    assert stats.kstest(values / 0.5, "norm").pvalue > 0.01
    assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 0.03


def test_lag_is_backward_euler_from_the_first_value() -> None:
    assert readings(one(lag_s=3.0), [4.0, 8.0, 8.0]) == [4.0, 5.0, 5.75]


def test_resolution_and_offset() -> None:
    assert readings(one(resolution=0.25, offset=0.1), [1.0, 1.05]) == [1.0, 1.25]


@pytest.mark.parametrize(
    ("true", "shown", "quality"),
    [
        (5.0, 5.0, Quality.GOOD),
        (10.0, 10.0, Quality.GOOD),
        (10.3, 10.0, Quality.GOOD),  # a current loop saturates at 103.125 % and at -1.25 %
        (10.32, 10.0, Quality.OUT_OF_RANGE),
        (-0.12, 0.0, Quality.GOOD),
        (-0.13, 0.0, Quality.OUT_OF_RANGE),
        (math.inf, 10.0, Quality.OUT_OF_RANGE),
    ],
)
def test_range(true: float, shown: float, quality: Quality) -> None:
    values, qualities = one(range_min=0.0, range_max=10.0).read(np.array([true]))
    assert (values[0], qualities[0]) == (shown, quality)


def test_a_range_that_is_open_has_no_margin() -> None:
    values, qualities = one(range_min=0.0).read(np.array([-0.001]))
    assert (values[0], qualities[0]) == (0.0, Quality.OUT_OF_RANGE)


def test_noise_of_a_signal_depends_on_its_name_only() -> None:
    """Other signals and their order change nothing; the seed and the name do."""

    def noise(names: str, seed: int = 5) -> dict[str, list[float]]:
        sensors = Sensors([SensorSpec(n, noise=1.0) for n in names], seed, S)
        rows = np.array([sensors.read(np.zeros(len(names)))[0].copy() for _ in range(300)])
        return {n: rows[:, i].tolist() for i, n in enumerate(names)}

    assert noise("abc")["b"] == noise("b")["b"] == noise("cba")["b"]
    assert noise("abc")["a"] != noise("abc")["b"]
    assert noise("a", seed=6) != noise("a")


def test_bias_scale_and_healing() -> None:
    sensors = one(range_min=200.0, range_max=400.0)
    sensors.fail("T", "bias", 2.0)
    assert readings(sensors, [300.0]) == [302.0]
    sensors.fail("T", "scale", 0.5)  # about the lower end of the range
    assert readings(sensors, [300.0]) == [352.0]
    sensors.heal("T")
    assert readings(sensors, [300.0]) == [300.0]


def test_drift_is_per_hour() -> None:
    sensors = one()
    readings(sensors, [0.0] * 10)
    sensors.fail("T", "drift", 3.0)
    assert readings(sensors, [0.0] * 3600)[-1] == pytest.approx(3.0)
    sensors.heal("T")
    assert readings(sensors, [0.0]) == [0.0]


def test_stuck_keeps_what_it_showed() -> None:
    sensors = one(range_min=0.0, range_max=10.0)
    readings(sensors, [4.0])
    sensors.fail("T", "stuck")
    assert readings(sensors, [5.0, 20.0]) == [4.0, 4.0]
    assert sensors.read(np.array([20.0]))[1][0] == Quality.GOOD
    sensors.heal("T")
    assert readings(sensors, [5.0]) == [5.0]


def test_noise_fault_adds_as_variance() -> None:
    sensors = one(noise=3.0)
    sensors.fail("T", "noise", 4.0)
    assert np.std(readings(sensors, [0.0] * 5000)) == pytest.approx(5.0, rel=0.05)


@pytest.mark.parametrize(
    ("signal", "kind", "size", "message"),
    [
        ("TT", "bias", 1.0, "unknown signal 'TT'"),
        ("T", "bais", 1.0, "unknown kind 'bais', did you mean 'bias'"),
        ("T", "bias", math.nan, "T.bias = nan: must be a finite number"),
    ],
)
def test_faults_that_are_refused(signal: str, kind: str, size: float, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        one().fail(signal, kind, size)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"noise": -1.0}, "sensor T.noise = -1.0: must be 0 or more"),
        ({"lag_s": math.inf}, "sensor T.lag_s = inf"),
        ({"range_min": 5.0, "range_max": 5.0}, "the lower end must come first"),
        ({"offset": math.nan}, "sensor T.offset = nan"),
    ],
)
def test_specs_that_are_refused(spec: dict[str, float], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        SensorSpec("T", **spec)


def test_two_sensors_for_one_signal() -> None:
    with pytest.raises(BadInput, match="must have one sensor only"):
        Sensors([SensorSpec("T"), SensorSpec("T")], 0, S)


def test_values_of_another_shape() -> None:
    with pytest.raises(ValueError, match="true values for"):
        one().read(np.zeros(2))
