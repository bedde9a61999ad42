"""Stuck, noisy, not held, hunting, silent: on rows of the site's own plant and controllers."""

import numpy as np
import pytest
from observed import Rows, observing, rows_of

from twin.diagnosis.blocks import Block, Blocks
from twin.diagnosis.habits import Habits, Learning
from twin.diagnosis.sign import Sign
from twin.diagnosis.signs import Signs
from twin.observers.channels import channels_of
from twin.site import Site, load_site
from twin.site.faults import by_name

FAULT_H = 5.0
HOURS = 6.5


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site("mantsala")


def blocks_of(site: Site, rows: Rows) -> list[Block]:
    with observing(site) as observer:
        steps = observer.follow(*rows)
        gather = Blocks(
            len(observer.watched), len(observer.hypotheses), len(observer.operating), 0.6
        )
        return [block for step in steps for block in gather.take(step)]


@pytest.fixture(scope="module")
def healthy(site: Site) -> Rows:
    return rows_of(site, HOURS)


def channels(site: Site) -> tuple:
    watched = [f"{p}.{n}" for p, told in site.twin.items() for n in told.watch]
    return channels_of(site, tuple(site.signals), site.commands, watched, 1)


@pytest.fixture(scope="module")
def habits(site: Site, healthy: Rows) -> Habits:
    learning = Learning(channels(site))
    for block in blocks_of(site, healthy):
        learning.take(block.readings, block.usable)
    return learning.learn()


def signs(site: Site, habits: Habits, rows: Rows) -> dict[str, tuple[float, Sign]]:
    """What was said: first hour, and the last of each name."""
    watch, found = Signs(channels(site), habits), {}
    for block in blocks_of(site, rows):
        for sign in watch.take(block.readings, block.usable):
            first_h = found.get(sign.name, (block.t_ns / 3.6e12, sign))[0]
            found[sign.name] = (first_h, sign)
    return found


@pytest.mark.parametrize("kind", ["stuck", "noise"])
def test_a_broken_sensor_is_named_and_nothing_else(site: Site, habits: Habits, kind: str) -> None:
    name = f"heat_pump.T_source_out.{kind}"
    found = signs(site, habits, rows_of(site, HOURS, f"{name}@{FAULT_H}h"))
    covered = {other for _, sign in found.values() for other in sign.covers}
    assert set(found) - covered == {name}  # a noisy reading makes its controller's pump restless
    first_h, sign = found[name]
    assert FAULT_H < first_h < FAULT_H + 0.6
    if kind == "noise":
        assert sign.low < 0.5 < sign.high


def test_a_silent_controller_is_its_link(site: Site, habits: Habits, healthy: Rows) -> None:
    """Its commands are not read, nor the signals that come over it alone."""
    rows = [column.copy() for column in healthy]
    told = site.controllers["network"]
    late = rows[0] > FAULT_H * 3.6e12
    others = {s for n, c in site.controllers.items() if n != "network" for s in c.sensors.values()}
    gone = [i for i, s in enumerate(site.signals) if s in set(told.sensors.values()) - others]
    rows[2][np.ix_(late, gone)] = False
    rows[4][np.ix_(late, [site.commands.index(c) for c in told.commands.values()])] = False
    found = signs(site, habits, rows)
    assert set(found) == {"network.silent"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "within_h", "as_well"),
    [
        ("cooling_loop.u_pump.frozen", 1.1, set()),
        ("cooling_loop.u_pump.hunting", 1.1, set()),
        ("district_network.u_pump.hunting", 1.1, set()),
        ("district_network.u_pump.off_setpoint", 0.8, set()),
        ("heat_pump.silent", 0.3, set()),
        ("network.silent", 0.3, set()),
        ("cooling_loop.lossy", 0.7, set()),
        # only its pump moves on a winter night
        ("cooling_loop.stale", 1.1, {"cooling_loop.u_pump.frozen"}),
        # remote I/O to which nothing comes through has no commands
        ("network.stale", 0.3, {"network.silent"}),
    ],
)
def test_a_controller_or_link_that_fails_is_named(
    site: Site, habits: Habits, fault: str, within_h: float, as_well: set[str]
) -> None:
    found = signs(site, habits, rows_of(site, HOURS, f"{fault}@{FAULT_H}h"))
    covered = {other for _, sign in found.values() for other in sign.covers}
    (name,) = set(found) - covered
    assert name in {fault, *as_well}
    first_h, sign = found[name]
    assert FAULT_H < first_h < FAULT_H + within_h
    known = by_name(site)[name]
    assert (sign.kind, sign.part) == (known.kind, known.part)
    if known.parameter in ("lossy", "off_setpoint"):
        assert sign.low < known.default * known.si_per_unit < sign.high
    if known.parameter == "hunting":  # a loop takes some of its swing back
        assert 0.6 * known.default < sign.size < 1.1 * known.default


def test_a_link_that_is_late_moves_no_reading(site: Site, habits: Habits) -> None:
    assert signs(site, habits, rows_of(site, HOURS, f"heat_pump.late@{FAULT_H}h")) == {}


def test_a_controller_that_asks_in_vain_is_restless(site: Site, habits: Habits) -> None:
    """Nothing of it is missing, but after two lost rounds it goes to its fail-safe speed.

    It does so for good: what swings so little is not named before hours have passed.
    """
    found = signs(site, habits, rows_of(site, HOURS + 6.0, f"network.lossy@{FAULT_H}h"))
    covered = {other for _, sign in found.values() for other in sign.covers}
    assert set(found) - covered == {"district_network.u_pump.hunting"}


@pytest.mark.parametrize("by_kpa", [20.0, 8.0])
def test_another_set_point_is_seen_and_the_old_one_is_quiet(
    site: Site, habits: Habits, healthy: Rows, by_kpa: float
) -> None:
    """At the full size of the fault, and at what wide healthy hours leave of half of it."""
    assert signs(site, habits, healthy) == {}
    found = signs(site, habits, rows_of(_set(site, "network", dp_sp=60.0 + by_kpa), 2.0))
    assert set(found) == {"district_network.u_pump.off_setpoint"}
    _, sign = found["district_network.u_pump.off_setpoint"]
    assert sign.size == pytest.approx(1e3 * by_kpa, rel=0.1)


def _set(site: Site, controller: str, **settings: float) -> Site:
    told = site.controllers[controller]
    changed = told.model_copy(update={"settings": {**told.settings, **settings}})
    return site.model_copy(update={"controllers": {**site.controllers, controller: changed}})
