"""A twin that goes on from its memory says what one says that never stopped, bit for bit."""

import json
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "observers"))

from observed import HOUR_NS, PERIOD_NS, rows_of

from hil.bench.layout import layout_of
from hil.monitor.checkpoint import Checkpoint, Missing, fitting
from hil.monitor.following import Following
from hil.monitor.pickling import from_bytes, to_bytes
from hil.monitor.twin_worker import take_up
from twin.observers.gaps import Rows
from twin.observers.site_observer import SiteObserver
from twin.plant.fmu import Running, open_fmu
from twin.site import load_site

BEGAN = 1_790_000_000 * 10**9
FAULTS = ("heat_pump.condenser_fouling=0.3@2.2h", "cooling_loop.T_source.fail@3h")
CUTS = (4, 777, 1003, 1500)
"""Rows at which a process ends, in no round place."""


@pytest.fixture(scope="module")
def site():
    return load_site("mantsala")


@pytest.fixture(scope="module")
def rows(site) -> Rows:
    """Five hours with a fault that stays and a sensor that falls silent for a while."""
    known = Rows(*rows_of(site, 5.0, "heat_pump.condenser_fouling=0.3@2.2h"))
    good = known.good.copy()
    silent = slice(1080, 1150)
    good[silent, list(site.signals).index("cooling_loop.T_source")] = False
    return known._replace(t_ns=known.t_ns + BEGAN, good=good)


def follow(twin: Following, rows: Rows, block: int):
    """What it says of the rows, in blocks of so many."""
    said = [twin.take(rows.of(slice(at, at + block))) for at in range(0, len(rows.t_ns), block)]
    news = [json.dumps(event) for s in said for n in s.news for event in n.events]
    return np.vstack([s.predicted for s in said]), news


@pytest.fixture(scope="module")
def uninterrupted(site, rows):
    with Following(site, PERIOD_NS, None) as twin:
        said = follow(twin, rows, 512)
        return *said, twin.open_told(), twin.standing()


def test_restarts_change_no_number_and_no_event(site, rows, uninterrupted):
    predicted, news, memory = [], [], None
    for begin, end in zip((0, *CUTS), (*CUTS, len(rows.t_ns)), strict=True):
        with Following(site, PERIOD_NS, None) as twin:
            if memory is not None:
                twin.take_up(memory)
            more = follow(twin, rows.of(slice(begin, end)), 100)
            predicted.append(more[0])
            news += more[1]
            memory = twin.kept()
            standing, open_told = twin.standing(), twin.open_told()
    assert np.array_equal(np.vstack(predicted), uninterrupted[0], equal_nan=True)
    assert news == uninterrupted[1]
    assert len(news) >= 3  # the fault, and the sensor that fell silent and came back or stands
    assert (open_told, standing) == uninterrupted[2:]


def test_one_that_begins_anew_on_the_same_rows_has_another_name(site, rows):
    """Its numbers begin anew as well: who knows events by them must not take one for another."""
    few = rows.of(slice(0, 10))
    with Following(site, PERIOD_NS, None) as one, Following(site, PERIOD_NS, None) as other:
        one.take(few)
        other.take(few)
        assert one.generation != other.generation
        with Following(site, PERIOD_NS, None) as going_on:
            going_on.take_up(one.kept())
            assert going_on.generation == one.generation


def test_what_was_followed_since_the_checkpoint_is_told_again_the_same(site, rows, uninterrupted):
    """Killed: the memory is old, and the rows since then come a second time."""
    old, killed = 700, 1300
    with Following(site, PERIOD_NS, None) as twin:
        _, before = follow(twin, rows.of(slice(0, old)), 64)
        memory = twin.kept()
        _, lost = follow(twin, rows.of(slice(old, killed)), 64)
    with Following(site, PERIOD_NS, None) as twin:
        twin.take_up(memory)
        nothing = twin.take(rows.of(slice(0, old)))  # rows that it knows
        assert not len(nothing.t_ns)
        again, told = follow(twin, rows.of(slice(old, None)), 64)
    assert before + told == uninterrupted[1]
    assert told[: len(lost)] == lost
    assert np.array_equal(again, uninterrupted[0][old:], equal_nan=True)


def test_a_healthy_plant_is_quiet_over_restarts(site):
    known = Rows(*rows_of(site, 3.0))
    quiet = known._replace(t_ns=known.t_ns + BEGAN)
    memory, news = None, []
    for begin in range(0, len(quiet.t_ns), 240):
        with Following(site, PERIOD_NS, None) as twin:
            if memory is not None:
                twin.take_up(memory)
            news += follow(twin, quiet.of(slice(begin, begin + 240)), 50)[1]
            memory = twin.kept()
    assert news == []


@pytest.mark.parametrize("missing", [1, 3, 30])
def test_a_restart_that_costs_rows_raises_and_loses_nothing(site, rows, uninterrupted, missing):
    """Ten seconds to five minutes without a monitor, while an alarm stands and while none does."""
    memory, news = None, []
    for begin, end in ((0, 900), (900 + missing, 1500), (1500 + missing, len(rows.t_ns))):
        with Following(site, PERIOD_NS, None) as twin:
            if memory is not None:
                twin.take_up(memory)
            news += follow(twin, rows.of(slice(begin, end)), 100)[1]
            memory, standing = twin.kept(), twin.open_told()
    assert [of_event(text) for text in news] == [of_event(text) for text in uninterrupted[1]]
    assert [told["number"] for told in standing] == [t["number"] for t in uninterrupted[2]]


def of_event(text: str):
    told = json.loads(text)
    return told["number"], told["part"], told["fault"], told["cleared_s"] is None


@contextmanager
def observing(site, interface):
    layout, running = layout_of(site), Running(interface=interface)
    with ExitStack() as stack:
        files = {
            part: stack.enter_context(open_fmu(site.fmu_path(part), running=running))
            for part in site.twin
        }
        names = layout.signals, layout.commands
        yield stack.enter_context(SiteObserver(site, files, *names, PERIOD_NS))


def apart(observer: SiteObserver):
    models = {f"model {part}": model for part, model in observer.models.items()}
    begins = {f"begin {part}": begin for part, begin in observer.begins.items()}
    return {"site": observer.site, "observer": observer, **models, **begins}


@pytest.mark.parametrize("interface", ["model_exchange", "co_simulation"])
def test_observers_go_on_to_the_same_bits(site, rows, interface):
    watched = {part: told for part, told in site.twin.items() if part != "district_network"}
    some = site.model_copy(update={"twin": watched})
    cut, end = 607, 900
    with observing(some, interface) as whole, observing(some, interface) as first:
        expected = whole.follow(*rows.of(slice(0, end)))
        steps = first.follow(*rows.of(slice(0, cut)))
        models = {name: model.kept() for name, model in first.models.items()}
        memory = to_bytes((vars(first), models), apart(first))
    with observing(some, interface) as second:
        state, models = from_bytes(memory, apart(second))
        for name, model in second.models.items():
            model.take_up(models[name])
        vars(second).update(state)
        steps += second.follow(*rows.of(slice(cut, end)))
    assert len(steps) == len(expected) == end * PERIOD_NS // (HOUR_NS // 36)
    for step, other in zip(steps, expected, strict=True):
        for name in ("innovation", "variance", "signature", "usable", "operating"):
            assert getattr(step, name).tobytes() == getattr(other, name).tobytes(), name
    assert np.isfinite(steps[-1].innovation).any()


def test_a_checkpoint_is_used_only_where_it_fits(site, tmp_path):
    fits = fitting(site, PERIOD_NS, None)
    checkpoint = Checkpoint(tmp_path / "twin", fits)
    assert checkpoint.load() == Missing("")
    memory = bytes(range(256)) * 100
    checkpoint.save(b"older")
    checkpoint.save(memory)
    assert checkpoint.load() == memory
    learned = tmp_path / "learned"
    learned.write_bytes(b"anything")
    for other in (fitting(site, 2 * PERIOD_NS, None), fitting(site, PERIOD_NS, learned)):
        found = Checkpoint(tmp_path / "twin", other).load()
        assert isinstance(found, Missing)
        assert "have changed" in found.why
    path = tmp_path / "twin" / "checkpoint"
    data = path.read_bytes()
    for broken in (data[:-1], data[:40], b"", data.replace(b"sha256", b"sha257")):
        path.write_bytes(broken)
        found = checkpoint.load()
        assert isinstance(found, Missing)
        assert "is damaged" in found.why
    checkpoint.forget()
    assert checkpoint.load() == Missing("")


def test_a_memory_that_is_of_no_use_is_said_and_left_alone(site, rows, tmp_path):
    checkpoint = Checkpoint(tmp_path / "twin", "fits")
    with Following(site, PERIOD_NS, None) as twin:
        assert take_up(twin, checkpoint, anew=False) == "the twin begins"
        twin.take(rows.of(slice(0, 50)))
        checkpoint.save(twin.kept())
    with Following(site, PERIOD_NS, None) as twin:
        assert "goes on" in take_up(twin, checkpoint, anew=False)
        assert twin.last_ns == rows.t_ns[49]
    for useless in (b"no memory", to_bytes(Native(), {})):
        checkpoint.save(useless)
        with Following(site, PERIOD_NS, None) as twin:
            assert "begins anew: not what was written" in take_up(twin, checkpoint, anew=False)
            twin.take(rows.of(slice(0, 50)))
    with Following(site, PERIOD_NS, None) as twin:
        assert "ended several times" in take_up(twin, checkpoint, anew=True)
        assert take_up(twin, checkpoint, anew=False) == "the twin begins"


class Native:
    """Of no room whose classes may be read."""
