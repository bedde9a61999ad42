"""Ranges of validity: counted in an output, told once on leaving and once on returning."""

import math

import casadi as ca
import pytest
from export_models import references, session

from fmus.equations import Model
from fmus.export.layout import layout_of
from twin.errors import BadInput

VERSIONS = ("2.0", "3.0")


def _body(T: float, ambient: float, dt: float) -> float:
    """The exact temperature after `dt` [s]: time constant 10 s."""
    return ambient + (T - ambient) * math.exp(-dt / 10.0)


def _drive(run, ambients, first=0):
    """Counts after each 1 s step."""
    ambient, count = references(run, "T_ambient", "out_of_range")
    counts = []
    for k, value in enumerate(ambients, start=first):
        run.set([ambient], [value])
        run.step(float(k), 1.0)
        counts += run.get([count])
    return counts


ROUND_TRIP = [300.0] * 5 + [360.0] * 10 + [250.0] * 20 + [300.0] * 20


@pytest.mark.parametrize("version", VERSIONS)
def test_each_change_is_told_once_with_value_limits_and_unit(version):
    run = session("Ranged", version, log=True)
    counts = _drive(run, ROUND_TRIP)
    T, expected = 300.0, []
    for ambient in ROUND_TRIP:
        T = _body(T, ambient, 1.0)
        heat = 10.0 * (ambient - T)  # at the end of the step, with the input still held
        expected.append(float(not 280.0 <= T <= 320.0) + float(heat < -1e3))
    assert counts == expected
    assert set(counts) == {0.0, 1.0}
    told = [m for m in run.messages if "range" in m]
    assert told == run.messages
    assert [("has left" in m, "body" in m) for m in told] == [
        *[(True, True), (False, True)],  # too hot, and back
        *[(True, True), (False, True)],  # too cold, and back
    ]
    assert "valid range 280 ... 320 K" in told[0]
    assert " K has left" in told[0]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_run_inside_its_ranges_says_nothing(version):
    run = session("Ranged", version, log=True)
    assert set(_drive(run, [310.0, 290.0] * 20)) == {0.0}
    assert run.messages == []


@pytest.mark.parametrize("version", VERSIONS)
def test_one_range_may_be_left_while_another_returns(version):
    run = session("Ranged", version, log=True)
    counts = _drive(run, [500.0, 500.0, 500.0, 90.0])  # hot, then cooled with more than 1 kW
    assert counts[-2:] == [1.0, 2.0]
    assert "heat flow = -" in run.messages[-1]
    assert "-1000 ..." in run.messages[-1]


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_is_told_when_nobody_listens(version):
    run = session("Ranged", version)
    assert max(_drive(run, ROUND_TRIP)) == 1.0
    assert run.messages == []
    run.fmu.setDebugLogging(True, ["logEvents"])
    _drive(run, [400.0] * 9, first=len(ROUND_TRIP))
    assert run.messages == []
    run.fmu.setDebugLogging(True, ["logStatusWarning"])
    _drive(run, [300.0] * 20, first=len(ROUND_TRIP) + 9)
    assert len(run.messages) == 1
    assert "has returned" in run.messages[0]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_restored_state_tells_the_same_changes_again_and_no_others(version):
    run = session("Ranged", version, log=True)
    _drive(run, ROUND_TRIP[:15])  # it is outside now
    saved = run.to_bytes(run.save())
    before = len(run.messages)
    counts = _drive(run, ROUND_TRIP[15:], first=15)
    told = run.messages[before:]
    other = session("Ranged", version, log=True)
    other.restore(other.from_bytes(saved))
    assert _drive(other, ROUND_TRIP[15:], first=15) == counts
    assert other.messages == told


@pytest.mark.parametrize("version", VERSIONS)
def test_model_exchange_counts_but_never_tells(version):
    run = session("Ranged", version, "ModelExchange", log=True)
    (count,) = references(run, "out_of_range")
    for T, expected in [
        (300.0, 0.0),
        (400.0, 1.0),
        (400.1, 2.0),
        (320.0, 0.0),
        (math.nextafter(320, 400), 1.0),
    ]:
        run.set_states([T])
        assert run.get([count]) == [expected]
    assert [m for m in run.messages if "range" in m] == []


def test_a_model_without_ranges_has_no_such_output():
    assert "out_of_range" not in [s.name for s in layout_of(Model("Bare", "")).scalars]


@pytest.mark.parametrize(
    ("name", "expression", "low", "high", "unit", "words"),
    [
        ("a", ca.SX(1), 2.0, 1.0, "K", "lowest, then highest"),
        ("a", ca.SX(1), math.nan, 1.0, "K", "lowest, then highest"),
        ("a", ca.SX(2, 1), 0.0, 1.0, "K", "one expression"),
        ("a", ca.SX(1), 0.0, 1.0, "furlong", "furlong"),
        ('a"', ca.SX(1), 0.0, 1.0, "K", "name of its own"),
    ],
)
def test_a_range_that_means_nothing_is_refused(name, expression, low, high, unit, words):
    model = Model("Wrong", "")
    model.valid_range(name, expression, low, high, unit)
    with pytest.raises(BadInput, match=words):
        layout_of(model)
