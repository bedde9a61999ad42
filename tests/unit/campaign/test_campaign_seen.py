"""Which faults of controllers and links are seen, by numbers of a healthy plant made by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from hil.bench.layout import layout_of
from hil.campaign.seen import _margin, _outside, _Shown, _told_apart, blind
from hil.campaign.work import campaign_site
from twin.diagnosis.habits import Habits
from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.identifiability import Moved
from twin.diagnosis.settings import Settings
from twin.observers.channels import channels_of
from twin.site.faults import by_name

SITE = campaign_site("mantsala")
KNOWN = by_name(SITE)
LAYOUT = layout_of(SITE)
CHANNELS = channels_of(SITE, LAYOUT.signals, LAYOUT.commands, LAYOUT.watched, 1)
AT = {channel.name: i for i, channel in enumerate(CHANNELS)}
DAY = 288.0


def habits(**changes):
    """All channels stand still for 3 blocks, hardly scatter, are always heard, held within 1 K."""
    n = len(CHANNELS)
    low, high = np.full(n, 300.0), np.full(n, 301.0)
    told = {"still": np.full(n, 3.0), "moved": np.ones(n), "usual": np.full(n, 1e-14),
            "scatter": np.full(n, 1e-8), "heard": np.ones(n), "mean": np.full(n, 300.5),
            "restless": np.ones(n), "low": low, "high": high, "idle_low": low,
            "idle_high": high}  # fmt: skip
    for name, (channel, value) in changes.items():
        told[name][AT[channel]] = value
    return Habits(**told)


def margin(name, **changes):
    return _Shown(CHANNELS, habits(**changes), SITE).margin(KNOWN[name])


PUMP = "cooling_loop.u_pump"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (f"{PUMP}.frozen", DAY / 3.0 - 1.0),
        # 0.1 in 45 s is 0.0222 in 10 s, and 0.01 is hunting
        (f"{PUMP}.hunting", 0.1 / 4.5 / 0.01 - 1.0),
        # 3 K from the middle of an hour's 1 K, and half of a full bias of 2 K is astray
        (f"{PUMP}.off_setpoint", 1.5),
        ("cooling_loop.silent", 1.0),
        ("cooling_loop.stale", DAY / 3.0 - 1.0),
        ("cooling_loop.lossy", 2.0),
        ("network.silent", 1.0),
        ("network.stale", 1.0),
        ("network.lossy", None),
        ("heat_pump.late", None),
    ],
)
def test_margins_of_a_calm_plant(name, found):
    assert margin(name) == (None if found is None else pytest.approx(found))


def test_what_a_healthy_plant_does_itself_is_not_seen():
    assert margin(f"{PUMP}.frozen", still=(PUMP, 3.0 * DAY)) < 0.0
    assert margin(f"{PUMP}.hunting", scatter=(PUMP, 0.02**2)) < 0.0
    assert margin(f"{PUMP}.hunting", usual=(PUMP, 0.0)) == -1.0
    # a calm day is as calm as any: what a busy one moves by does not help the swing
    assert margin(f"{PUMP}.hunting", usual=(PUMP, 0.011**2), scatter=(PUMP, 0.017**2)) < 0.0
    assert margin(f"{PUMP}.hunting", usual=(PUMP, 0.003**2), scatter=(PUMP, 0.012**2)) > 0.0
    assert margin(f"{PUMP}.off_setpoint", low=("cooling_loop.T_return", 294.0)) < 0.0
    assert margin(f"{PUMP}.off_setpoint", low=("cooling_loop.T_return", -np.inf)) == -1.0
    assert margin("cooling_loop.silent", heard=(PUMP, 0.4)) < 0.0


@pytest.mark.parametrize(("size", "found"), [(0.1, 0.1 / 0.2 - 1.0), (0.25, 250.0 - 5.0 - 1.645)])
def test_what_no_window_calls_material_is_not_seen_however_sharply_it_shows(size, found):
    """A day calls a fifth of a full fault material; a gain may be less of its bias than that."""
    plant = SimpleNamespace(hypotheses=(SimpleNamespace(threshold=1.0),))
    learned = SimpleNamespace(
        signature=np.ones((1, 1)),
        healthy=lambda _plant, _settings, _window: np.full((1, 1), 1e-6),
        least=lambda _plant, _window, _hypothesis: 25.0,
    )
    assert _margin(plant, learned, Settings(), 0, size) == pytest.approx(found)


def test_every_fault_that_nobody_sees_has_its_reason():
    for name in KNOWN:
        assert len(blind(SITE, name)) > 20
    assert "late" in KNOWN["network.late"].name
    assert "as it acts" in blind(SITE, "network.late")
    assert "remote I/O" in blind(SITE, "network.lossy")
    assert "no model predicts or takes" in blind(SITE, "district_network.dp_consumer.bias")
    assert "another name fits" in blind(SITE, "?heat_pump.compressor_wear")


SURE = 1.645 * np.hypot(1.0, 0.15 * 20.0 / np.sqrt(2.0))
"""Noise, and the error of a signature that is 20 long in one of two directions."""


@pytest.mark.parametrize(
    ("angle", "found"),
    [
        (0.0, -np.sqrt((1.0 - 0.97**2) * 400.0 + 9.0) - SURE),  # the other fits as well
        (np.pi / 3.0, 20.0 * np.sqrt(0.75) - np.sqrt((1.0 - 0.97**2) * 100.0 + 9.0) - SURE),
        (np.pi / 2.0, 20.0 - 3.0 - SURE),  # no other says anything of it
    ],
)
def test_what_no_other_name_fits_can_be_called_unknown(angle, found):
    """Two signals with standard deviations of 0.5; a fault of size 2 is 20 of them."""
    signature = 5.0 * np.array([[1.0, np.cos(angle)], [0.0, np.sin(angle)]])
    assert outside([signature, -signature]) == pytest.approx(found)


def test_what_is_parallel_in_every_window_is_one_name_though_its_mean_is_not():
    """Two faults that always look alike, each now in one signal and now in the other."""
    first, second = np.array([[5.0, 5.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [5.0, 1.0]])
    of_mean = 0.5 * (first + second)  # 33 degrees apart
    assert outside([of_mean]) > 0.0
    assert outside([first, second]) < 0.0


def outside(windows: list) -> float:
    """Of the first of two faults of size 2, and two signals with standard deviations of 0.5."""
    fault = Hypothesis("p.a", "p", "process", "-", 2.0, 0.0, 9.0, "")
    plant = SimpleNamespace(hypotheses=[fault, fault], part_of=("p", "p"))
    learned = SimpleNamespace(
        scale=np.ones(2),
        healthy=lambda *_: 0.25 * np.eye(2),
        rest=np.full(len(Settings().windows), 9.0),
    )
    moved = [Moved(signature, np.ones(2, bool)) for signature in windows]
    told = _told_apart(plant, learned, Settings(), lambda _window: moved)
    return _outside(plant, learned, Settings(), told, 0, [1])
