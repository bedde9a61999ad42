"""The manifold: water is neither made nor lost, heat neither."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_runs import Runner

from fmus.manifold.model import Structure, build

FLOWS = st.floats(0.0, 500.0)
RUNNER = Runner(build(Structure(machines=3)))


@given(st.lists(FLOWS, min_size=3, max_size=3), FLOWS, st.lists(st.integers(0, 6), min_size=3))
@settings(max_examples=30, deadline=None)
def test_flows_add_up_and_books_close(sources, m_sink, running):
    numbered = range(1, 4)
    feed = {f"m_source[{i}]": m for i, m in zip(numbered, sources, strict=True)}
    feed |= {f"running[{i}]": float(on) for i, on in zip(numbered, running, strict=False)}
    feed |= {f"T_sink_out[{i}]": 340.0 + 7.0 * i for i in numbered}
    feed |= {f"T_source_out[{i}]": 280.0 + 3.0 * i for i in numbered}
    RUNNER.set(m_sink=m_sink, **feed)
    y = RUNNER.run(60.0, h=1.0).outputs()
    assert y["m_source"] == pytest.approx(sum(sources), rel=1e-12, abs=1e-12)
    parts = [y[f"m_sink[{i}]"] for i in numbered]
    assert min(parts) >= 0.0
    assert sum(parts) == pytest.approx(m_sink, rel=1e-12, abs=1e-12)
    moved = abs(y["E_source"]) + abs(y["E_sink"]) + 1.0
    assert abs(y["E_source"] + y["E_sink"] - y["E_stored"]) < 1e-9 * max(moved, 1e9)


def test_outlets_mix_by_flow():
    runner = Runner(build())
    feed = {"m_source[1]": 30.0, "m_source[2]": 10.0, "running[1]": 3.0, "running[2]": 1.0}
    feed |= {"T_source_out[1]": 288.0, "T_source_out[2]": 292.0}
    runner.set(m_sink=40.0, **feed, **{"T_sink_out[1]": 350.0, "T_sink_out[2]": 358.0})
    y = runner.run(7200.0, h=5.0).outputs()
    assert y["T_source_return"] == pytest.approx(289.0, abs=1e-6)
    # 3.01 and 1.01 valves, closed ones leaking a hundredth, of equal machines
    assert y["T_sink"] == pytest.approx((3.01 * 350.0 + 1.01 * 358.0) / 4.02, abs=1e-6)


def test_with_all_closed_the_water_divides_as_nominal():
    runner = Runner(build())
    feed = {"running[1]": 0.0, "running[2]": 0.0, "m_sink_nominal[2]": 60.0}
    feed |= {"m_source[1]": 0.0, "m_source[2]": 0.0}
    runner.set(m_sink=80.0, **feed)
    y = runner.run(3600.0, h=5.0).outputs()
    assert (y["m_sink[1]"], y["m_sink[2]"]) == pytest.approx((20.0, 60.0))


def test_a_source_pump_opens_the_sink_before_its_compressor_runs():
    runner = Runner(build())
    runner.set(**{"m_source[2]": 0.0, "running[2]": 0.0})
    still = runner.run(600.0).get("m_sink[2]")
    runner.set(**{"m_source[2]": 30.0})
    assert still < 0.5 < 19.0 < runner.run(600.0).get("m_sink[2]")
