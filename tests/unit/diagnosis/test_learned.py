"""Commissioning: what it learns, refuses, stores, and does not take for normal."""

import io
import json
from dataclasses import replace
from zipfile import ZipFile

import numpy as np
import pytest
from scipy.signal import lfilter
from synthetic_plant import Truth
from trials import Commissioning

from hil.replay.calibrated import as_learned
from twin.diagnosis import covariance, expectation, regression
from twin.diagnosis.learned_file import from_bytes, parameters_in, to_bytes
from twin.diagnosis.settings import DAY_BLOCKS, Settings
from twin.diagnosis.thresholds import threshold
from twin.errors import BadInput
from twin.site import load_site


def ou(random, n: int, tau: float, m: int):
    keep = np.exp(-1.0 / tau)
    x = random.normal(size=(n, m))
    x[1:] *= np.sqrt(1.0 - keep**2)
    return lfilter([1.0], [1.0, -keep], x, axis=0)


def test_variance_of_a_mean_is_the_double_sum() -> None:
    model = covariance.Mismatch(np.random.default_rng(1).uniform(0.1, 1.0, (6, 3)))
    weights = np.random.default_rng(2).normal(size=40)
    taus = np.array([*covariance.TAUS, covariance.SLOW])
    for i in range(3):
        lag = np.abs(np.subtract.outer(np.arange(40), np.arange(40)))
        c = model.parts[0, i] * (lag == 0) + sum(
            p * np.exp(-lag / t) for p, t in zip(model.parts[1:, i], taus, strict=True)
        )
        assert model.variance(weights)[i] == pytest.approx(weights @ c @ weights, rel=1e-9)


def test_coloured_mismatch_is_not_averaged_away() -> None:
    """Means of a day keep the variance of what is coloured over a day."""
    random = np.random.default_rng(7)
    left = ou(random, 28 * DAY_BLOCKS, 288.0, 8) + random.normal(size=(28 * DAY_BLOCKS, 8))
    model = covariance.mismatch(left, np.ones(left.shape, bool))
    found = model.variance(np.full(288, 1.0 / 288)).mean()
    true = 2.0 * np.exp(-1.0)  # OU of time constant T averaged over T
    assert 0.8 * true < found < 1.8 * true  # more, because four weeks may have been lucky ones


def test_memory_is_the_best_linear_prediction() -> None:
    random = np.random.default_rng(8)
    left = ou(random, 400 * DAY_BLOCKS, 288.0, 1)
    model = covariance.Mismatch(np.array([[0.0], [0], [0], [1.0], [0], [0]]))
    long = covariance.window_means(left, np.ones(left.shape, bool), 288)[:, 0]
    short = covariance.window_means(left, np.ones(left.shape, bool), 12)[-len(long) :, 0]
    slope = float(long @ short / (long @ long))
    assert covariance.memory(12, 288, model)[0] == pytest.approx(slope, rel=0.1)


def central(x: np.ndarray) -> np.ndarray:
    """Rows in the middle of what all weeks saw."""
    low, high = np.quantile(x, (0.1, 0.9), axis=0)
    return ((x >= low) & (x <= high)).all(axis=1)


def test_the_regression_predicts_a_week_that_it_has_not_seen() -> None:
    random = np.random.default_rng(3)
    n = 28 * DAY_BLOCKS
    x = ou(random, n, 100.0, 3)
    y = 0.5 + x @ np.array([[1.0, 0.0], [0.5, -2.0], [0.0, 0.3]]) + 0.1 * random.normal(size=(n, 2))
    day = np.arange(n) // DAY_BLOCKS
    fitted, left = regression.fit(x, y, np.ones(y.shape, bool), day, (3.0, 300.0), 0.25)
    assert left[central(x)].std(axis=0) == pytest.approx([0.1, 0.1], rel=0.1)
    np.testing.assert_allclose(fitted.expected(x[:50]), y[:50], atol=0.5)
    far = fitted.expected(np.array([[50.0, 0.0, 0.0]]))
    assert np.all(np.abs(far - y.mean(axis=0)) < 2.0)  # no more than what was seen
    known, strange = fitted.features(np.array([[0.0, 0.0, 0.0], [50.0, 0.0, 0.0]]))[:, -1]
    assert known == 0.0
    assert strange > 0.5


def test_weeks_left_out_are_not_asked_for_what_a_polynomial_makes_up() -> None:
    """A cold spell of two days: by the other weeks' parabola it would be off by 10."""
    random = np.random.default_rng(12)
    n = 28 * DAY_BLOCKS
    x = ou(random, n, 100.0, 2)
    cold = slice(16 * DAY_BLOCKS, 18 * DAY_BLOCKS)
    x[cold, 0] += 9.0
    y = np.minimum(0.4 * x[:, :1] ** 2, 2.0) + 0.1 * random.normal(size=(n, 1))
    day = np.arange(n) // DAY_BLOCKS
    fitted, left = regression.fit(x, y, np.ones(y.shape, bool), day, (3.0, 300.0), 0.25)
    assert np.abs(left[cold]).max() < 3.0
    assert fitted.features(x[cold])[:, -1].max() < 0.9  # once seen it is known


def test_what_never_came_together_is_strange_though_each_was_seen() -> None:
    """In winter load and flow go together, in summer not: there a polynomial makes things up."""
    random = np.random.default_rng(4)
    n = 28 * DAY_BLOCKS
    load = ou(random, n, 100.0, 1)
    x = np.hstack([load, load + 0.05 * random.normal(size=(n, 1))])
    y = 3.0 + 0.5 * load + 0.1 * random.normal(size=(n, 1))
    day = np.arange(n) // DAY_BLOCKS
    fitted, _ = regression.fit(x, y, np.ones(y.shape, bool), day, (3.0, 300.0), 0.25)
    together, apart = np.array([1.0, 1.0]), np.array([-1.5, 1.5])
    assert fitted.features(together)[-1] < 0.1
    assert fitted.features(apart)[-1] > 0.95
    assert fitted.expected(together) == pytest.approx(y.mean() + 0.5 * (1.0 - load.mean()), abs=0.1)
    assert fitted.expected(apart) == pytest.approx(y.mean(), abs=0.3)
    assert fitted.varied == pytest.approx(0.5 * load.std(), rel=0.05)


def test_a_corner_that_no_day_was_in_is_not_known_by_what_each_value_did() -> None:
    """Low load on a way to a start is off by 3; nights of May have low load, and nothing is off."""
    random = np.random.default_rng(7)
    n = 28 * DAY_BLOCKS
    x = ou(random, n, 100.0, 4)
    start = np.arange(n) % DAY_BLOCKS < 6
    x[start, :2] = [-3.0, -3.0] + 0.2 * random.normal(size=(start.sum(), 2))
    y = np.where(start, 3.0, 0.0)[:, None] + 0.1 * random.normal(size=(n, 1))
    day = np.arange(n) // DAY_BLOCKS
    fitted, _ = regression.fit(x, y, np.ones(y.shape, bool), day, (3.0, 300.0), 0.25)
    night = np.array([-2.8, 2.2, 1.5, -1.5])
    polynomial = regression.expand((night - fitted.centre) / fitted.spread) @ fitted.coefficients
    assert abs(polynomial[0]) > 1.0
    assert fitted.expected(night) == pytest.approx(y.mean(axis=0), abs=0.1)
    assert fitted.features(night)[-1] > 0.9
    of_start = x[start].mean(axis=0)
    assert fitted.features(of_start)[-1] == 0.0
    assert fitted.expected(of_start) > 1.5


def test_a_part_knows_nothing_of_the_others_operating_point() -> None:
    random = np.random.default_rng(6)
    n = 28 * DAY_BLOCKS
    x, day = ou(random, n, 100.0, 3), np.arange(n) // DAY_BLOCKS
    y = np.column_stack([x[:, 0], 2.0 + x[:, 1]]) + 0.05 * random.normal(size=(n, 2))
    owners = ("a", "b"), ("a", "b", "")
    known, left = expectation.fit(x, y, np.ones(y.shape, bool), day, owners, Settings())
    assert left[central(x)].std(axis=0) == pytest.approx([0.05, 0.05], rel=0.1)
    here, there = np.array([0.5, 0.5, 0.0]), np.array([0.5, 40.0, 0.0])
    assert known.expected(here)[0] == known.expected(there)[0]
    near, far = (known.doubt(known.features(point))[1] for point in (here, there))
    assert far[0] == near[0]
    assert far[1] > 0.5


def test_the_threshold_of_a_chi2_is_its_quantile() -> None:
    """Independent chi2 values: the level that is exceeded once a year follows from their law."""
    from scipy.stats import chi2

    from twin.diagnosis.settings import WINDOWS

    window = next(w for w in WINDOWS if w.name == "24 h")  # 24 judgements a day
    random = np.random.default_rng(5)
    months = [chi2(1).rvs(28 * 24, random_state=random) for _ in range(40)]
    found = np.mean([threshold(month, window, 1.0, 0.0) for month in months])
    true = chi2(1).isf(1.0 / (365.0 * 24.0))
    assert found == pytest.approx(true, rel=0.25)


def test_too_little_is_refused() -> None:
    truth = Truth(4, 10)
    gathered = Commissioning(truth.plant)
    for i in range(10 * DAY_BLOCKS):
        gathered.take(truth.block(i))
    with pytest.raises(ValueError, match="at least 14"):
        gathered.learn()


def test_a_signal_that_was_never_read_is_named() -> None:
    truth = Truth(4, 14.5)
    gathered = Commissioning(truth.plant)
    for i in range(truth.n):
        block = truth.block(i)
        gathered.take(replace(block, usable=block.usable & (np.arange(12) != 6)))
    with pytest.raises(ValueError, match=r"s6: usable for 0\.00 days"):
        gathered.learn()


def test_the_file_comes_back_bit_for_bit(fresh) -> None:
    data = to_bytes(fresh.learned, fresh.plant, fresh.settings, "abc")
    assert data == to_bytes(fresh.learned, fresh.plant, fresh.settings, "abc")
    back = from_bytes(data, fresh.plant, fresh.settings, "abc", "twin.npz")
    assert to_bytes(back, fresh.plant, fresh.settings, "abc") == data


def test_calibrated_parameters_are_in_the_file(fresh) -> None:
    plant, settings = fresh.plant, fresh.settings
    values = {"a.UA": 1.0 / 3.0, "b.eta": 0.6}
    data = to_bytes(fresh.learned, plant, settings, "abc", values)
    assert parameters_in(data, "twin.npz") == values
    from_bytes(data, plant, settings, "abc", "twin.npz")  # they are no matter of whose file it is
    assert parameters_in(to_bytes(fresh.learned, plant, settings, "abc"), "twin.npz") == {}
    with pytest.raises(BadInput, match=r"twin.npz: no file of what"):
        parameters_in(data[:100], "twin.npz")


def of_numpy(save, *what, **named) -> bytes:
    file = io.BytesIO()
    save(file, *what, **named)
    return file.getvalue()


def packed_wrongly() -> bytes:
    """An archive whose first byte of packed data is not what it was."""
    data = bytearray(of_numpy(np.savez_compressed, meta=np.arange(100)))
    with ZipFile(io.BytesIO(bytes(data))) as file:
        name = len(file.infolist()[0].filename)
        extra = data[28]
    data[30 + name + extra] ^= 0xFF
    return bytes(data)


@pytest.mark.parametrize("value", ["fast", None, [1.0], True, float("nan")])
def test_parameters_that_are_no_numbers_are_refused(value) -> None:
    meta = np.frombuffer(json.dumps({"parameters": {"a.UA": value}}).encode(), np.uint8)
    with pytest.raises(BadInput, match=r"twin.npz: no file of what"):
        parameters_in(of_numpy(np.savez, meta=meta), "twin.npz")


def test_models_get_the_parameters_of_the_file(fresh, tmp_path) -> None:
    site, path = load_site("mantsala"), tmp_path / "mantsala.learned"

    def write(values: dict[str, float]) -> None:
        path.write_bytes(to_bytes(fresh.learned, fresh.plant, fresh.settings, "abc", values))

    write({"heat_pump.UA_condenser": 230e3})
    told = as_learned(site, path)
    assert told.plant.parts["heat_pump"].parameters == {"UA_condenser": 230e3}
    assert told.plant.parts["cooling_loop"] == site.plant.parts["cooling_loop"]
    assert site.plant.parts["heat_pump"].parameters == {}
    assert told.document is site.document
    for name in ("boiler.UA", "heat_pump.UA"):
        write({name: 1.0})
        with pytest.raises(BadInput, match=rf"mantsala.learned: {name} is not calibrated at"):
            as_learned(site, path)
    with pytest.raises(BadInput, match="hukka twin fit"):
        as_learned(site, tmp_path / "nothing.learned")


def test_a_file_of_another_site_is_refused(fresh) -> None:
    plant, settings = fresh.plant, fresh.settings
    data = to_bytes(fresh.learned, plant, settings, "abc")
    with pytest.raises(BadInput, match=r"twin.npz: site is abc, today it is xyz"):
        from_bytes(data, plant, settings, "xyz", "twin.npz")
    other = replace(plant, signals=("t0", *plant.signals[1:]))
    with pytest.raises(BadInput, match=r"signals is \['s0'\], today it is \['t0'\]"):
        from_bytes(data, other, settings, "abc", "twin.npz")
    with pytest.raises(BadInput, match="settings"):
        from_bytes(data, plant, Settings(events_per_year=2.0), "abc", "twin.npz")
    array = of_numpy(np.save, np.zeros(3))
    for broken in (b"", b"PK", data[: len(data) // 2], array, packed_wrongly()):
        with pytest.raises(BadInput, match="no file of what"):
            from_bytes(broken, plant, settings, "abc", "twin.npz")
