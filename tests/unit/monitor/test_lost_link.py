"""A controller that is lost: twin, keeper and journal together ask once, for one cause."""

import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "observers"))

from observed import PERIOD_NS, rows_of
from test_keeper import BEGAN, Rings, S, keeping

from hil.alarms import AlarmReader
from hil.bench.layout import layout_of
from hil.monitor.following import Following
from twin.observers.gaps import Rows
from twin.site import load_site

LOST, BACK = 1800, 3000
"""From when to when the heat pump's controller is not heard [s]."""
STAYS = "heat_pump.T_condensing"


@pytest.fixture(scope="module")
def site():
    return load_site("mantsala")


@pytest.fixture(scope="module")
def healthy(site):
    known = Rows(*rows_of(site, 1.0))
    return known._replace(t_ns=known.t_ns + BEGAN)


def asked(site, healthy: Rows, folder: Path, *, stays: bool) -> list[str]:
    """Keys of the alarms that asked; `stays`: a sensor is silent when its link is back."""
    layout = layout_of(site)
    controllers = site.controllers
    own = set(controllers["heat_pump"].sensors.values())
    for name in controllers.keys() - {"heat_pump"}:
        own -= set(controllers[name].sensors.values())  # another is asked for those too
    t_s = (healthy.t_ns - BEGAN) // S
    away = (t_s > LOST) & (t_s <= BACK)
    good, commanded = healthy.good.copy(), healthy.commanded.copy()
    good[np.ix_(away, [layout.signal(name) for name in own])] = False
    commands = controllers["heat_pump"].commands.values()
    commanded[np.ix_(away, [layout.command(name) for name in commands])] = False
    if stays:
        good[t_s > LOST, layout.signal(STAYS)] = False
    rows = healthy._replace(good=good, commanded=commanded)
    rings = Rings(site)
    with Following(site, PERIOD_NS, None) as twin, closing(keeping(folder, site, rings)) as keeper:
        for k, t_ns in enumerate(rows.t_ns.tolist()):
            lost = bool(away[k]) and t_s[k] > LOST + 10
            keeper.links(t_ns, {"heat_pump": "no answer"} if lost else {})
            said = twin.take(rows.of(slice(k, k + 1)))
            events = [event for news in said.news for event in news.events]
            if events or not k % 60:
                keeper.news(
                    {
                        "t_ns": twin.last_ns,
                        "generation": twin.generation,
                        "events": events,
                        "off": twin.off,
                        "standing": twin.standing(),
                        "reasons": twin.reasons(),
                        "open": twin.open,
                    }
                )
    with AlarmReader(folder / "desk.sqlite") as reader:
        return [line.after.key for _, line in reader.after(0) if line.asks]


def test_one_cause_asks_once(site, healthy, tmp_path):
    assert asked(site, healthy, tmp_path, stays=False) == ["link:heat_pump"]
    with AlarmReader(tmp_path / "desk.sqlite") as reader:
        link, sensor = reader.rows()
    assert link.cause == "link lost: heat_pump"
    assert STAYS in link.consequences
    assert sensor.cause.endswith(".dead")  # it was there, and asked nothing
    assert (sensor.under, sensor.annunciated) == (link.number, False)
    assert link.cleared_ns is not None
    assert sensor.cleared_ns is not None


def test_what_stays_silent_when_the_link_is_back_asks_for_itself(site, healthy, tmp_path):
    first, second = asked(site, healthy, tmp_path, stays=True)
    assert first == "link:heat_pump"
    assert second.startswith("heat_pump/heat_pump.")
    assert second.endswith(".dead")
