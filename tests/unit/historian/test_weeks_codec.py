"""Chunks give back what they were given; numpy's own view of the numbers is the oracle."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hil.historian.weeks.codec import BITS, Form, decode, encode
from hil.historian.weeks.ints import Damaged, pack, unpack
from hil.historian.weeks.rollup import decode_minutes, encode_minutes, released_minutes, rolled
from hil.historian.weeks.runs import pack_runs, unpack_runs

ANY = arrays.arrays(
    np.float64,
    st.integers(1, 300),
    elements=st.floats(width=64, allow_nan=True, allow_infinity=True, allow_subnormal=True),
)
RESOLUTIONS = st.sampled_from([None, 1e-6, 0.01, 0.1, 1.0, 0.25, 1 / 3, 1e5, 5e-324, 1e300])
RAW = arrays.arrays(np.int64, st.integers(1, 400), elements=st.integers(-32768, 65535))


def same(a: np.ndarray, b: np.ndarray, share: float = 1e-9) -> bool:
    with np.errstate(all="ignore"):  # of infinite ones, and differences of the largest there are
        near = np.abs(a - b) <= share * np.abs(b)
    return bool((near | (a == b) | (np.isnan(a) & np.isnan(b))).all())


@given(ANY, RESOLUTIONS)
@example(np.array([np.inf, -np.inf, 0.0, -0.0, np.nan]), 0.01)
@example(np.array([5e-324, 1.7976931348623157e308, -1.7976931348623157e308]), 1.0)
@example(np.array([1e15, 0.1]), 0.1)
def test_any_float_comes_back(values, resolution):
    assert same(decode(encode(values, resolution)[0], len(values)), values)


@given(RAW, st.sampled_from([0.01, 0.1, 0.5, 0.001, 1.0, 10.0]), st.sampled_from([0.0, 273.15]))
def test_registers_come_back_to_the_last_bit(raw, scale, offset):
    values = raw * scale + offset
    data, form = encode(values, scale)
    assert form != BITS
    np.testing.assert_array_equal(decode(data, len(values)), values)


@given(RAW, st.sampled_from([10.0, 100.0, 1000.0]))
def test_decimals_of_a_file_come_back_to_the_last_bit(raw, per):
    values = raw / per
    np.testing.assert_array_equal(decode(encode(values, 1 / per)[0], len(values)), values)


@given(RAW, st.data())
def test_missing_numbers_stay_missing_and_others_stay(raw, data):
    holes = data.draw(arrays.arrays(np.bool_, len(raw)))
    values = np.where(holes, np.nan, raw * 0.01)
    np.testing.assert_array_equal(decode(encode(values, 0.01)[0], len(values)), values)


def test_a_resolution_that_is_too_coarse_is_not_believed():
    values = np.array([20.01, 20.02, 20.035])
    data, form = encode(values, 0.01)
    assert form.per_unit == pytest.approx(1000)
    np.testing.assert_array_equal(decode(data, 3), values)
    noise = np.random.default_rng(0).normal(0, 1, 500)
    data, form = encode(noise, 0.01)
    assert form == BITS
    np.testing.assert_array_equal(decode(data, 500), noise)


def test_an_hour_of_a_noisy_sensor_is_less_than_a_byte_a_sample():
    rng = np.random.default_rng(1)
    values = np.rint((20 + rng.normal(0, 0.03, 3600)) * 100) * 0.01 + 273.15
    assert len(encode(values, 0.01)[0]) < 0.7 * 3600  # the entropy of such noise is 0.45 bytes
    assert len(encode(np.full(3600, 293.15), 0.01)[0]) < 30


@given(arrays.arrays(np.int64, st.integers(0, 200)))
def test_any_integers_come_back(numbers):
    np.testing.assert_array_equal(unpack(pack(numbers), len(numbers)), numbers)


@given(arrays.arrays(np.uint8, st.integers(1, 200), elements=st.integers(0, 8)))
def test_qualities_come_back(quality):
    np.testing.assert_array_equal(unpack_runs(pack_runs(quality), len(quality)), quality)


@given(st.binary(max_size=120), st.integers(1, 50))
def test_any_bytes_are_refused_or_read(data, count):
    for read in (decode, unpack, unpack_runs):
        try:
            assert len(read(data, count)) == count
        except Damaged:
            continue


@settings(max_examples=60)
@given(ANY, RESOLUTIONS, st.data())
def test_minutes_come_back(values, resolution, data):
    cuts = data.draw(st.sets(st.integers(0, len(values) - 1)))
    begins = np.array(sorted(cuts | {0}), np.intp)
    times = np.diff(np.append(begins, len(values))).astype(float)
    _, form = encode(values, resolution)
    data = encode_minutes(rolled(values, begins), times, form)
    found = decode_minutes([released_minutes(data, len(times))], times)
    for i, part in enumerate(np.split(values, begins[1:])):
        finite = part[np.isfinite(part)]
        assert found.count[i] == len(finite)
        if len(finite):
            assert same(found.low[i : i + 1], finite.min()[None])
            assert same(found.high[i : i + 1], finite.max()[None])
            mean = float(finite.astype(np.longdouble).mean())
            fine = 0.0 if form == BITS else 1 / form.per_unit / 64
            assert abs(found.mean[i] - mean) <= fine + 1e-9 * np.abs(finite).max()
        else:
            assert np.isnan([found.low[i], found.mean[i], found.high[i]]).all()


def test_forms_are_what_the_reference_says():
    k = np.array([2013, -5], np.int64)
    np.testing.assert_array_equal(Form(0, 100.0).value(k), [20.13, -0.05])
    np.testing.assert_array_equal(Form(1, 0.01).value(k), k * 0.01)
    np.testing.assert_array_equal(Form(3, 0.01).value(k), k * 0.01 + 273.15)
