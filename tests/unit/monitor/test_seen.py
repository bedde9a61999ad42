"""What nobody can be asked for blinds the part that needs it, and no other."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "observers"))

from observed import PERIOD_NS, rows_of

from hil.bench.layout import layout_of
from hil.monitor.following import Following
from hil.monitor.seen import seen_of
from twin.observers.gaps import Rows
from twin.site import load_site
from twin.site.metered import reckoned

SOIL = "district_network.T_soil"


@pytest.fixture(scope="module")
def site():
    return load_site("mantsala")


def test_a_part_without_an_input_a_command_or_anything_watched_is_left_out(site):
    watched = [f"cooling_loop.{name}" for name in site.twin["cooling_loop"].watch]
    for unread in ([SOIL], ["district_network.u_pump"], watched):
        seen, blind = seen_of(site, unread)
        part = unread[0].partition(".")[0]
        assert blind[part] == f"nobody can be asked for {', '.join(unread)}"
        assert set(seen.twin) == set(site.twin) - set(blind)
    seen, _ = seen_of(site, watched[1:])
    assert [f"cooling_loop.{name}" for name in seen.twin["cooling_loop"].watch] == watched[:1]


def test_the_others_are_predicted_as_if_it_were_not_there(site):
    """Without it the models of all parts would wait for ever: they begin together."""
    known = Rows(*rows_of(site, 1.0))
    layout = layout_of(site)
    good = known.good.copy()
    good[:, layout.signal(SOIL)] = False
    own = np.array([name.startswith("district_network.") for name in layout.watched])
    with Following(site, PERIOD_NS, None) as whole, Following(site, PERIOD_NS, None, [SOIL]) as one:
        expected = whole.take(known).predicted
        said = one.take(known._replace(good=good)).predicted
        assert one.reasons()["district_network"] == f"nobody can be asked for {SOIL}"
        assert one.standing()["district_network"] == "not observable"
        assert one.standing()["heat_pump"] == whole.standing()["heat_pump"] == "healthy"
        assert one.bands.tolist() == whole.bands.tolist()
    assert np.isfinite(expected[-1]).all()
    np.testing.assert_array_equal(said[:, ~own], expected[:, ~own])
    assert np.isnan(said[:, own]).all()


def test_of_a_part_that_is_not_seen_nothing_is_reckoned(site):
    seen, _ = seen_of(site, [SOIL])
    powers = reckoned(seen)
    assert powers == ("cooling_loop.P_auxiliary", "heat_pump.P_auxiliary")
    rows = Rows(*rows_of(site, 0.1))
    with (
        Following(site, PERIOD_NS, None, [SOIL]) as without,
        Following(site, PERIOD_NS, None, [SOIL], powers) as one,
    ):
        expected, said = without.take(rows).predicted, one.take(rows).predicted
    np.testing.assert_array_equal(said[:, :-2], expected)
    assert (said[-1, -2:] > 1e3).all()


def test_what_is_watched_and_cannot_be_asked_for_is_predicted_and_not_judged(site):
    """The model runs anyway: its power still counts, and its band is still drawn."""
    power = "heat_pump.P_electric"
    layout = layout_of(site)
    signal, watched = layout.signal(power), layout.watched.index(power)
    known = Rows(*rows_of(site, 3.0))
    known = known._replace(measured=known.measured.copy())
    known.measured[:, signal] += 1e6  # a silent or lying meter would be an alarm, if it were asked
    with (
        Following(site, PERIOD_NS, None) as whole,
        Following(site, PERIOD_NS, None, [power]) as one,
    ):
        expected = whole.take(known).predicted
        told = [event["part"] for event in whole.open_told()]
        assert told.count("heat_pump") == 1
        good = known.good.copy()
        good[:, signal] = False
        said = one.take(known._replace(good=good))
        assert [e["part"] for e in one.open_told()] == [p for p in told if p != "heat_pump"]
        assert one.standing()["heat_pump"] == "healthy"
        assert one.bands.tolist() == whole.bands.tolist()
    others = np.arange(len(layout.watched)) != watched
    # nothing but the lag of the sensor is missing
    np.testing.assert_array_equal(said.predicted[:, others], expected[:, others])
    np.testing.assert_allclose(said.predicted[-1, watched], expected[-1, watched], rtol=1e-2)


def test_a_site_of_which_nothing_can_be_judged_is_followed_in_silence(site):
    layout = layout_of(site)
    rows = Rows(*rows_of(site, 0.1))
    with Following(site, PERIOD_NS, None, [*layout.signals, *layout.commands]) as blind:
        assert np.isnan(blind.take(rows).predicted).all()
        assert set(blind.standing().values()) == {"not observable"}
        assert set(blind.reasons()) == set(site.twin)
