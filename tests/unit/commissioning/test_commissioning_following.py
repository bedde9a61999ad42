"""A point that follows a reference trace: its times count from the step on."""

import pytest
from commissioning_samples import Series

from hil.commissioning.following import follow
from hil.commissioning.procedure import Funnel
from hil.commissioning.trace import Trace

RISE = [["0 s", "300 K"], ["10 s", "310 K"], ["20 s", "310 K"]]


def followed(values, reference=RISE, tolerance="0.1 K", before_s=0, **more):
    """What is found of values [K] a second, the first of which is there when the step begins."""
    series = Series({"T_sink_out": [*before_s * [values[0]], *values]})
    trace = Trace(series, series.scope, {"T_sink_out": series.names.ref("T_sink_out")})

    def cycle():
        now_s = series.cycle()
        trace.take()
        return now_s

    for _ in range(before_s):
        cycle()
    wanted = Funnel(point="T_sink_out", trace=reference, tolerance=tolerance, **more)
    found = follow(wanted, series.scope, trace, cycle, float(series.t_s))
    return found, series.t_s - before_s


def ramp(late_s=0, by=0.0):
    return [by + min(310.0, max(300.0, 300.0 + t - late_s)) for t in range(40)]


# (values, how far off they may be in value and time, verdict)
CASES = [
    (ramp(), "0.1 K", "0 s", "pass"),
    (ramp(late_s=1), "0.1 K", "0 s", "fail"),
    (ramp(late_s=1), "1.1 K", "0 s", "pass"),
    (ramp(late_s=1), "0.1 K", "1 s", "pass"),
    (ramp(late_s=3), "0.1 K", "2 s", "fail"),
    (ramp(by=0.5), "0.6 K", "0 s", "pass"),
    (ramp(by=0.5), "0.4 degC", "0 s", "fail"),
    (ramp(by=-0.5), "0.4 K", "0 s", "fail"),
    ([*ramp()[:8], None, *ramp()[9:]], "0.1 K", "0 s", "pass"),
    ([*ramp()[:8], *5 * [None], *ramp()[13:]], "0.1 K", "0 s", "inconclusive"),
    ([*ramp()[:8], *5 * [None], 320.0, *ramp()[14:]], "0.1 K", "0 s", "fail"),
    ([None], "0.1 K", "0 s", "inconclusive"),
]


@pytest.mark.parametrize("before_s", [0, 1, 7])
@pytest.mark.parametrize(("values", "height", "width", "verdict"), CASES)
def test_what_is_found(values, height, width, verdict, before_s):
    found, lasted_s = followed(values, tolerance=height, time_tolerance=width, before_s=before_s)
    assert (found.verdict, lasted_s) == (verdict, 20)


def test_a_reference_without_a_value_leaves_nobody_sure():
    found, _ = followed(ramp(), [["0 s", "300 K"], ["9 s", "T_sink_out + 9 K"]], before_s=1)
    assert found.verdict == "pass"
    lost = [["0 s", "300 K"], ["9 s", "T_sink_out"]]
    assert followed([None], lost)[0].verdict == "inconclusive"
