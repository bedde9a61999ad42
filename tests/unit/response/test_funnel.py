"""The tube against rectangles drawn one by one, fractions, and numbers of LBNL's funnel."""

from collections.abc import Iterable
from fractions import Fraction
from math import isnan, nan

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from twin.errors import BadInput
from twin.response.funnel import Tolerance, bounds, funnel
from twin.response.within import within

Trace = tuple[NDArray[np.float64], NDArray[np.float64]]

RAMP = ([0.0, 10.0], [0.0, 5.0])
STEP = ([0.0, 5.0, 5.0, 10.0], [0.0, 0.0, 5.0, 5.0])
WIDE = Tolerance(atol_s=0.5, atol_y=0.1)

# quarters are exact in binary: what lies on an edge does so to the last bit
quarters = st.integers(-20, 20).map(lambda k: k / 4)
sizes = st.integers(0, 8).map(lambda k: k / 4)
tolerances = st.builds(Tolerance, atol_s=sizes, atol_y=sizes)
shares = st.sampled_from([0.0, 0.25, 0.5])
mixed = st.builds(Tolerance, sizes, sizes, shares, shares, shares, shares)


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    """A reference on quarters: irregular, with jumps, jumps at the ends, spikes without width."""
    n = draw(st.integers(2, 8))
    steps = draw(st.lists(st.integers(0, 6), min_size=n - 1, max_size=n - 1).filter(any))
    t = np.cumsum([draw(st.integers(-12, 12)), *steps]) / 4
    return t, np.array(draw(st.lists(quarters, min_size=n, max_size=n)))


def halves(x: Iterable[float], atol: float, rtol: float, ltol: float) -> list[Fraction]:
    parts = [Fraction(v) for v in x]
    span, magnitude = max(parts) - min(parts), max(abs(v) for v in parts)
    found = [max(Fraction(atol), Fraction(rtol) * span, Fraction(ltol) * abs(v)) for v in parts]
    return [h or Fraction(rtol) * magnitude for h in found]


def highest(
    t: Iterable[float], y: Iterable[float], tolerance: Tolerance, at: float, sign: int = 1
) -> Fraction | None:
    """The highest edge of all rectangles at a time, by fractions and segment by segment.

    On a segment all of centre and half sizes are straight in the share `k` of the way, so which
    rectangles cover the time is a range of `k`, and the highest is at one of its ends.
    """
    width = halves(t, tolerance.atol_s, tolerance.rtol_s, tolerance.ltol_s)
    height = halves(y, tolerance.atol_y, tolerance.rtol_y, tolerance.ltol_y)
    times, values, now = [Fraction(v) for v in t], [Fraction(v) for v in y], Fraction(at)
    edges = []
    for i in range(len(times) - 1):
        low, high = Fraction(0), Fraction(1)
        for side in (-1, 1):  # side * (now - time) <= width, as gap + k * slope >= 0
            gap = width[i] - side * (now - times[i])
            slope = width[i + 1] - side * (now - times[i + 1]) - gap
            if slope > 0:
                low = max(low, -gap / slope)
            elif slope < 0:
                high = min(high, gap / -slope)
            elif gap < 0:
                high = Fraction(-1)
        if low <= high:
            a, b = sign * values[i] + height[i], sign * values[i + 1] + height[i + 1]
            edges += [a + k * (b - a) for k in (low, high)]
    return max(edges) if edges else None


def exact(
    t: Iterable[float], y: Iterable[float], tolerance: Tolerance, at: float
) -> tuple[float, float]:
    up, down = highest(t, y, tolerance, at), highest(t, y, tolerance, at, -1)
    return (nan, nan) if up is None or down is None else (float(-down), float(up))


@given(traces(), mixed, st.lists(st.integers(-60, 60).map(lambda k: k / 8), max_size=12))
def test_bounds_are_those_of_fractions(trace: Trace, tolerance: Tolerance, at: list[float]) -> None:
    lower, upper = bounds(*trace, tolerance, at)
    expected = np.array([exact(*trace, tolerance, q) for q in at]).reshape(-1, 2)
    np.testing.assert_allclose(np.stack([lower, upper], 1), expected, rtol=1e-13, atol=1e-13)


@given(traces(), mixed)
def test_rows_of_the_tube_are_all_of_its_corners(trace: Trace, tolerance: Tolerance) -> None:
    tube = funnel(*trace, tolerance)
    assert (np.diff(tube.t) >= 0).all()
    long = np.flatnonzero(np.diff(tube.t) > 0)
    for share in (0.25, 0.5, 0.875):  # never on a jump, where rows say the limits
        at = tube.t[long] + share * (tube.t[long + 1] - tube.t[long])
        for row, q in zip(long, at, strict=True):
            expected = exact(*trace, tolerance, q)
            for bound, value in zip((tube.lower, tube.upper), expected, strict=True):
                straight = bound[row] + share * (bound[row + 1] - bound[row])
                assert straight == pytest.approx(value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_tube_is_the_union_of_rectangles(seed: int) -> None:
    rng = np.random.default_rng(seed)
    t, y = np.cumsum(rng.exponential(1.0, 25)), np.cumsum(rng.standard_normal(25))
    t[[8, 9, 15]] = t[[7, 7, 14]]  # jumps
    tolerance = Tolerance(0.3, 0.05, 0.01, 0.02, 0.02 * (seed % 2), 0.05 * (seed % 3))
    wide = np.maximum(max(0.3, 0.01 * (t[-1] - t[0])), 0.02 * (seed % 2) * t)
    tall = np.maximum(max(0.05, 0.02 * (y.max() - y.min())), 0.05 * (seed % 3) * abs(y))
    drawn, where = np.linspace(0, 24, 24 * 4000 + 1), np.arange(25)
    centre_t, centre_y, wide, tall = (np.interp(drawn, where, v) for v in (t, y, wide, tall))
    at = rng.uniform(t[0] - 0.2, t[-1] + 0.2, 200)
    lower, upper = bounds(t, y, tolerance, at)
    for q, low, up in zip(at, lower, upper, strict=True):
        covers = abs(centre_t - q) <= wide
        # drawn rectangles stand so close that only a little of the tube lies between them
        assert up - 0.005 <= (centre_y + tall)[covers].max() <= up + 1e-12
        assert low - 1e-12 <= (centre_y - tall)[covers].min() <= low + 0.005


# errors.csv of pyfunnel 2.1.1 for a trace that is 2 at seven times evenly apart
LBNL = [
    (
        ([0.0, 2.0, 5.0, 5.0, 6.0, 10.0], [5.0, 0.0, 0.0, 4.0, 1.0, 3.0]),
        Tolerance(atol_s=0.5, atol_y=0.25),
        [1.5, 0.0, 1.75, 0.0, 0.1666666666666661, 0.0, 0.5],
    ),
    (
        ([0.0, 4.0, 10.0], [1.0, 6.0, 2.0]),
        Tolerance(rtol_s=0.05, rtol_y=0.02),
        [
            0.2749999999999999,
            0.3583333333333334,
            2.441666666666666,
            2.9,
            1.788888888888889,
            0.6777777777777776,
            0.0,
        ],
    ),
    (
        ([1.0, 4.0, 10.0], [-1.0, 6.0, 2.0]),
        Tolerance(ltol_s=0.05, atol_y=0.1, ltol_y=0.1),
        [
            2.768421052631579,
            0.0,
            2.987301587301587,
            2.326315789473685,
            1.378947368421053,
            0.4315789473684211,
            0.0,
        ],
    ),
    (([0.0, 4.0, 10.0], [3.0, 3.0, 3.0]), Tolerance(atol_s=1.0, rtol_y=0.1), [0.7] * 7),
]


@pytest.mark.parametrize(("reference", "tolerance", "errors"), LBNL)
def test_errors_are_those_of_lbnl_funnel(
    reference: tuple[list[float], list[float]], tolerance: Tolerance, errors: list[float]
) -> None:
    t, y = np.linspace(reference[0][0], reference[0][-1], 7), np.full(7, 2.0)
    lower, upper = bounds(*reference, tolerance, t)
    found = np.maximum(0.0, y - upper) - np.minimum(0.0, y - lower)
    np.testing.assert_allclose(found, errors, rtol=1e-12, atol=1e-12)
    seen = within(*reference, t, y, tolerance)
    assert seen.worst == pytest.approx(max(errors), rel=1e-12)
    assert seen.at_s == t[np.argmax(errors)]
    assert seen.share_outside == np.count_nonzero(errors) / 7


@given(traces(), mixed)
def test_the_reference_is_inside_with_all_that_joins_it(trace: Trace, tolerance: Tolerance) -> None:
    seen = within(*trace, *trace, tolerance, lines=True)
    assert seen.inside is True
    assert (seen.worst, seen.between, seen.at_s) == (0.0, 0.0, None)


@given(traces(), mixed, st.floats(0.0, 2.0), st.sampled_from(["_s", "_y"]))
def test_the_tube_grows_with_tolerance(
    trace: Trace, tolerance: Tolerance, more: float, way: str
) -> None:
    grown = {
        f"{k}tol{way}": getattr(tolerance, f"{k}tol{way}") + more / (4 * (k == "l") + 1)
        for k in "arl"
    }
    assume(grown.get("ltol_s", 0.0) < 1.0)
    # of a constant reference a share counts only while nothing else does, as LBNL has it
    assume(way == "_s" or np.ptp(trace[1]) > 0.0)
    wider = Tolerance(**{**vars(tolerance), **grown})
    at = np.linspace(trace[0][0], trace[0][-1], 40)
    (low, up), (lower, upper) = bounds(*trace, tolerance, at), bounds(*trace, wider, at)
    assert (upper >= up - 1e-9).all()
    assert (lower <= low + 1e-9).all()


@given(traces(), tolerances, st.integers(-4, 4), st.integers(-4, 4))
def test_a_shift_by_no_more_than_the_tolerance_stays_inside(
    trace: Trace, tolerance: Tolerance, later: int, more: int
) -> None:
    t = trace[0] + tolerance.atol_s * later / 4
    y = trace[1] + tolerance.atol_y * more / 4
    seen = within(*trace, t, y, tolerance, lines=True, may_miss=0.0)
    assert seen.inside is True
    assert seen.beyond == 0
    assert (seen.lacks_until_s, seen.lacks_from_s) == (None, None)


@given(
    st.lists(st.integers(1, 8), min_size=1, max_size=6),
    st.lists(st.integers(1, 8), min_size=1, max_size=6),
    sizes,
    sizes,
    st.sampled_from([-1, 1]),
)
def test_a_ramp_that_is_shifted_by_more_is_outside_somewhere(
    times: list[int], values: list[int], width: float, height: float, sign: int
) -> None:
    n = min(len(times), len(values))
    t = np.cumsum([0, *times[:n]]) / 2
    y = np.cumsum([0, *values[:n]]) / 2
    tolerance = Tolerance(atol_s=width, atol_y=height)
    higher = within(t, sign * y, t, sign * y + (y[-1] + height + 0.25), tolerance)
    assert higher.inside is False
    assert higher.worst >= 0.25
    # later by more than width and what the height is worth on the flattest part
    late = width + height / (np.diff(y) / np.diff(t)).min() + 0.25
    assume(late <= t[-1] + width)
    seen = within(t, sign * y, t + late, sign * y, tolerance)
    first = t + late <= t[-1] + width
    assert seen.inside is False
    assert seen.judged == first.sum()


@given(traces(), tolerances, st.sampled_from([0.25, 2.0, 64.0]), st.sampled_from([0.5, 8.0]))
def test_units_do_not_matter(
    trace: Trace, tolerance: Tolerance, slower: float, taller: float
) -> None:
    t, y = trace
    scaled = Tolerance(atol_s=tolerance.atol_s * slower, atol_y=tolerance.atol_y * taller)
    one, other = funnel(t, y, tolerance), funnel(t * slower, y * taller, scaled)
    np.testing.assert_array_equal(one.t * slower, other.t)
    np.testing.assert_array_equal(one.lower * taller, other.lower)
    np.testing.assert_array_equal(one.upper * taller, other.upper)


@given(traces(), st.builds(Tolerance, sizes, sizes, shares, shares))
def test_time_may_be_counted_from_any_year(trace: Trace, tolerance: Tolerance) -> None:
    t, y = trace
    at = np.linspace(t[0] - 1.0, t[-1] + 1.0, 65) // 0.25 * 0.25
    one, other = bounds(t, y, tolerance, at), bounds(t + 1.7e9, y, tolerance, at + 1.7e9)
    np.testing.assert_array_equal(one, other)


@given(traces(), mixed)
def test_upside_down_the_bounds_change_places(trace: Trace, tolerance: Tolerance) -> None:
    one, other = funnel(trace[0], trace[1], tolerance), funnel(trace[0], -trace[1], tolerance)
    np.testing.assert_array_equal(one.t, other.t)
    np.testing.assert_array_equal(one.lower, -other.upper)
    np.testing.assert_array_equal(one.upper, -other.lower)


@pytest.mark.parametrize("seed", range(8))
def test_between_samples_nothing_is_overlooked(seed: int) -> None:
    rng = np.random.default_rng(seed)
    t, y = np.cumsum(rng.exponential(1.0, 20)), rng.standard_normal(20)
    t[11], tolerance = t[10], Tolerance(atol_s=0.4, atol_y=0.1)
    measured_t = np.sort(rng.uniform(t[0], t[-1], 9))
    measured_y = np.interp(measured_t, t, y)
    seen = within(t, y, measured_t, measured_y, tolerance, may_miss=1.0)
    at = np.linspace(measured_t[0], measured_t[-1], 40_001)[1:-1]
    lower, upper = bounds(t, y, tolerance, at)
    line = np.interp(at, measured_t, measured_y)
    worst = max(0.0, (line - upper).max(), (lower - line).max())
    assert worst > 0.1
    assert worst - 1e-12 <= seen.between <= worst + 0.01
    assert (seen.inside, seen.worst) == (True, 0.0)
    assert within(t, y, measured_t, measured_y, tolerance, lines=True).inside is False


def test_a_jump_stands_in_the_tube_as_wide_as_time_may_be_off() -> None:
    tube = funnel(*STEP, WIDE)
    np.testing.assert_allclose(tube.t, [-0.5, 0.5, 4.5, 4.5, 5.5, 5.5, 9.5, 10.5])
    np.testing.assert_allclose(tube.upper, [0.1, 0.1, 0.1, 5.1, 5.1, 5.1, 5.1, 5.1])
    np.testing.assert_allclose(tube.lower, [-0.1, -0.1, -0.1, -0.1, -0.1, 4.9, 4.9, 4.9])
    early, late = np.nextafter(4.5, 0.0), np.nextafter(5.5, 9.0)
    lower, upper = bounds(*STEP, WIDE, [early, 4.5, 5.5, late])
    np.testing.assert_allclose(upper, [0.1, 5.1, 5.1, 5.1])
    np.testing.assert_allclose(lower, [-0.1, -0.1, -0.1, 4.9])


def test_samples_of_a_step_are_inside_although_the_line_between_them_is_not() -> None:
    seen = within(*STEP, [0.0, 4.0, 5.2, 10.0], [0.0, 0.0, 5.0, 5.0], WIDE)
    assert (seen.inside, seen.worst) == (True, 0.0)
    # at 4.5 the line is 0.5 / 1.2 of the way up, and the tube has not opened
    assert seen.between == pytest.approx(5.0 * 0.5 / 1.2 - 0.1)
    assert "lines between samples" in seen.why


def test_a_pulse_that_no_sample_sees_shows_between_them() -> None:
    pulse = ([0.0, 4.0, 4.0, 6.0, 6.0, 10.0], [0.0, 0.0, 3.0, 3.0, 0.0, 0.0])
    seen = within(*pulse, [0.0, 10.0], [0.0, 0.0], WIDE)
    assert seen.inside is True
    assert seen.between == pytest.approx(2.9)
    assert within(*pulse, [0.0, 10.0], [0.0, 0.0], WIDE, lines=True).inside is False


def test_a_spike_without_width_needs_no_tolerance_to_be_followed() -> None:
    spike = ([0.0, 1.0, 1.0, 1.0, 2.0], [0.0, 0.0, 7.0, 0.0, 0.0])
    lower, upper = bounds(*spike, Tolerance(), [0.5, 1.0, 1.5])
    np.testing.assert_array_equal(upper, [0.0, 7.0, 0.0])
    np.testing.assert_array_equal(lower, [0.0, 0.0, 0.0])


def test_what_is_outside_is_told_with_its_time_and_share() -> None:
    seen = within(*RAMP, [0.0, 2.0, 4.0, 6.0, 8.0, 10.0], [0.0, 1.0, 2.6, 3.0, 3.2, 5.0], WIDE)
    assert seen.inside is False
    assert seen.worst == pytest.approx(8.0 * 0.5 - 0.25 - 0.1 - 3.2)
    assert (seen.at_s, seen.judged) == (8.0, 6)
    assert seen.share_outside == pytest.approx(2 / 6)
    assert "at 8.0 s" in seen.why


def test_on_the_edge_rounding_does_not_decide() -> None:
    t = np.linspace(0.0, 10.0, 1001)
    y = 293.15 + 0.1 * t
    for high in (0.1, 0.3, -0.7):  # the sum rounds in another order than in the tube
        tolerance, edge = Tolerance(atol_y=abs(high)), 293.15 + (0.1 * t + high)
        assert within(t, y, t, edge, tolerance).inside is True
        assert within(t, y, t, edge + np.sign(high) * 1e-9, tolerance).inside is False


def test_without_tolerance_the_tube_is_the_reference_to_the_last_bit() -> None:
    rng = np.random.default_rng(3)
    t, y = np.cumsum(rng.random(500)), rng.standard_normal(500)
    np.testing.assert_array_equal(bounds(t, y, Tolerance(), t), [y, y])
    tube = funnel(t, y, Tolerance())
    np.testing.assert_array_equal([tube.t, tube.lower, tube.upper], [t, y, y])


def test_missing_samples_are_counted_and_not_judged() -> None:
    t, y = np.arange(11.0), np.arange(11.0) / 2
    y[4] = nan
    seen = within(*RAMP, t, y, WIDE)
    assert (seen.inside, seen.judged, seen.missing) == (True, 10, 1)
    y[5] = nan
    seen = within(*RAMP, t, y, WIDE)
    assert (seen.inside, seen.judged, seen.missing) == (None, 9, 2)
    assert "2 samples missing" in seen.why
    assert "too little for a verdict" in seen.why
    assert within(*RAMP, t, y, WIDE, may_miss=0.2).inside is True


def test_a_line_does_not_cross_what_is_missing() -> None:
    dip = ([0.0, 4.0, 5.0, 6.0, 10.0], [9.0, 9.0, 0.0, 9.0, 9.0])
    y = [9.0, 9.0, nan, 9.0, 9.0]
    seen = within(dip[0], dip[1], dip[0], y, Tolerance(atol_y=0.1), may_miss=0.5)
    assert seen.between == 0.0
    y[2] = 9.0
    assert within(dip[0], dip[1], dip[0], y, Tolerance(atol_y=0.1)).between == pytest.approx(8.9)


def test_one_violation_refutes_whatever_is_missing() -> None:
    seen = within(*RAMP, [0.0, 5.0, 10.0], [nan, 4.0, nan], WIDE)
    assert (seen.inside, seen.missing, seen.at_s) == (False, 2, 5.0)


def test_without_a_single_reading_nothing_is_said() -> None:
    seen = within(*RAMP, [0.0, 5.0], [nan, nan], WIDE, may_miss=1.0)
    assert (seen.inside, seen.judged, seen.at_s) == (None, 0, None)
    assert isnan(seen.worst)
    assert isnan(seen.share_outside)
    assert isnan(seen.between)
    assert seen.why == "no sample to judge; 2 samples missing; too little for a verdict"


def test_a_trace_that_ends_early_says_from_when_on_it_lacks() -> None:
    t = np.arange(0.0, 9.5, 0.5)
    seen = within(*RAMP, t, t / 2, WIDE)
    assert (seen.inside, seen.lacks_until_s, seen.lacks_from_s) == (True, None, 9.0)
    seen = within(*RAMP, t[:-1], t[:-1] / 2, WIDE)
    assert (seen.inside, seen.lacks_from_s) == (None, 8.5)
    assert "nothing from 8.5 s on" in seen.why
    t = np.append(t, [9.5, 10.0])
    y = np.where(t > 7.0, nan, t / 2)
    assert within(*RAMP, t, y, WIDE, may_miss=0.29).lacks_from_s == 7.0
    assert within(*RAMP, t, y, WIDE, may_miss=0.29).inside is None


def test_a_trace_that_begins_late_says_until_when_it_lacks() -> None:
    t = np.arange(3.0, 10.5, 0.5)
    seen = within(*RAMP, t, t / 2, WIDE)
    assert (seen.inside, seen.lacks_until_s, seen.lacks_from_s) == (None, 3.0, None)
    assert "nothing until 3.0 s" in seen.why


def test_samples_where_there_is_no_reference_are_not_judged() -> None:
    t = np.arange(-5.0, 16.0)
    seen = within(*RAMP, t, np.clip(t, 0.0, 10.0) / 2, WIDE)
    assert (seen.inside, seen.judged, seen.beyond, seen.missing) == (True, 11, 10, 0)
    apart = within(*RAMP, [20.0, 21.0], [5.0, 5.0], WIDE)
    assert (apart.inside, apart.judged, apart.beyond) == (None, 0, 2)
    holed = within(*RAMP, [20.0, 21.0], [5.0, nan], WIDE)
    assert (holed.beyond, holed.missing) == (1, 1)


@pytest.mark.parametrize("name", ["atol_s", "atol_y", "rtol_s", "rtol_y", "ltol_s", "ltol_y"])
@pytest.mark.parametrize("value", [-0.1, nan, float("inf")])
def test_a_tolerance_is_finite_and_not_negative(name: str, value: float) -> None:
    with pytest.raises(BadInput, match=rf"tolerance\.{name} = .*: must be finite and not negative"):
        Tolerance(**{name: value})


def test_a_share_of_time_is_less_than_one() -> None:
    with pytest.raises(BadInput, match=r"ltol_s = 1\.0: must be less than 1"):
        Tolerance(ltol_s=1.0)


REFUSED = [
    ([0.0, 2.0, 1.0], [0.0, 0.0, 0.0], r"_t\[2\] = 1\.0: must not go back"),
    ([0.0, nan, 1.0], [0.0, 0.0, 0.0], r"_t = nan: must be finite"),
    ([0.0], [0.0], r" = 1: must have 2 points"),
    ([0.0, 1.0], [0.0, 1.0, 2.0], r"must be as many values as times"),
    ([0.0, 1.0], [0.0, float("inf")], r"_y = inf: must be finite"),
]


@pytest.mark.parametrize(("t", "y", "rule"), REFUSED)
def test_what_is_no_trace_is_refused(t: list[float], y: list[float], rule: str) -> None:
    with pytest.raises(BadInput, match=rule):
        funnel(t, y, WIDE)
    with pytest.raises(BadInput, match=r"measured.*" + rule):
        within(*RAMP, t, y, WIDE)


def test_a_reference_has_no_gap_and_takes_time() -> None:
    with pytest.raises(BadInput, match="reference_y = nan: must have a value at every time"):
        funnel([0.0, 1.0, 2.0], [0.0, nan, 0.0], WIDE)
    with pytest.raises(BadInput, match=r"reference_t = 1\.0: must end later than it begins"):
        funnel([1.0, 1.0], [0.0, 1.0], WIDE)


@pytest.mark.parametrize("share", [-0.1, 1.1, nan])
def test_what_may_be_missing_is_a_share(share: float) -> None:
    with pytest.raises(BadInput, match=r"may_miss = .*: must be from 0 to 1"):
        within(*RAMP, *RAMP, WIDE, may_miss=share)
