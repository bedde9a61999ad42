"""Bank and readings give one list: one event a cause, with the name that says most."""

from collections.abc import Callable, Collection
from dataclasses import replace

import numpy as np
import pytest
from synthetic_plant import BIAS, PART_OF, PARTS, UNITS, Fault, M, Truth
from trials import COMMISSIONING, unlisted

from twin.diagnosis.blocks import Block
from twin.diagnosis.channel import Channel
from twin.diagnosis.diagnosis import Diagnosis
from twin.diagnosis.habits import Habits
from twin.diagnosis.settings import BLOCK_NS, DAY_BLOCKS
from twin.diagnosis.sight import FADED_BLOCKS
from twin.diagnosis.sign import Sign
from twin.diagnosis.verdict import Event, Standing
from twin.diagnosis.watch import Watch
from twin.estimation.scatter import read

BEGIN = COMMISSIONING + 600
FLOW = 3
"""A signal in kg/s, full bias 3."""
CHANNELS = tuple(
    Channel(f"s{i}", PARTS[p], False, i, 0.0, 1e9, 0.1, 0.3 * BIAS[unit], ("plc",) if i < 3 else ())
    for i, (p, unit) in enumerate(zip(PART_OF, UNITS, strict=True))
)
QUIET = np.array([0.01 * BIAS[unit] for unit in UNITS])
"""Standard deviation of a healthy reading."""
HABITS = Habits(
    still=np.full(M, 3.0),
    moved=np.full(M, 1e9),
    usual=QUIET**2,
    scatter=4.0 * QUIET**2,
    heard=np.ones(M),
    mean=np.full(M, 60.0),
    restless=np.ones(M),
    low=np.zeros(M),
    high=np.full(M, 100.0),
    idle_low=np.full(M, np.inf),
    idle_high=np.full(M, -np.inf),
)
Change = Callable[[np.ndarray, int], None]


@pytest.fixture
def told() -> list[Collection[str]]:
    """What the observers were told not to believe, each time."""
    return []


@pytest.fixture
def watch(running: Diagnosis, told: list[Collection[str]]) -> Watch:
    """Two days after commissioning."""
    plant = replace(running.plant, channels=CHANNELS)
    made = Watch(plant, replace(running.learned, habits=HABITS.table()), distrust=told.append)
    made.diagnosis = running
    return made


def level(i: int) -> float:
    """What every true value swings by in a day, about 60."""
    return 20.0 * np.sin(2.0 * np.pi * i / 288.0)


def block_of(truth: Truth, i: int, faults: tuple[Fault, ...]) -> Block:
    """Block i; after the last day the last three come again and again.

    Two are too few: what they have in common by chance stands for weeks then, and is a small bias.
    """
    again = max(0, -((truth.n - 1 - i) // (3 * DAY_BLOCKS)))
    return replace(truth.block(i - again * 3 * DAY_BLOCKS, faults), t_ns=(i + 1) * BLOCK_NS)


def run(
    watch: Watch,
    truth: Truth,
    blocks: range,
    faults: tuple[Fault, ...] = (),
    change: Change = lambda _x, _i: None,
    gain: float = 0.0,
) -> list[Event]:
    news = []
    for i in blocks:
        block = block_of(truth, i, faults)
        if gain:
            wrong = truth.signature(i)[:, FLOW] * gain * (60.0 + level(i))
            block = replace(block, innovation=np.where(block.usable, block.innovation + wrong, 0.0))
        rng = np.random.default_rng([i, 5])
        x = 60.0 + level(i) + QUIET * rng.standard_normal((30, M))
        change(x, i)
        said = read(x, np.full((30, M), np.nan), np.isfinite(x).mean(axis=0))
        news += watch.take_block(replace(block, readings=said))
    return news


def held(value: float, *signals: int) -> Change:
    """These read that and nothing else; NaN is nothing at all."""

    def change(x: np.ndarray, _i: int) -> None:
        x[:, signals] = value

    return change


def full(truth: Truth, j: int) -> Fault:
    return Fault(j, truth.plant.hypotheses[j].threshold, BEGIN)


def test_a_healthy_plant_is_quiet_and_the_bank_speaks_through(watch: Watch, truth: Truth) -> None:
    assert run(watch, truth, range(BEGIN, BEGIN + 48)) == []
    news = run(watch, truth, range(BEGIN + 48, BEGIN + 120), (full(truth, 13),))
    (event,) = watch.events
    assert [e.number for e in news] == [event.number] * len(news)
    assert event.verdict.fault in {h.name for h in truth.plant.hypotheses}
    assert watch.standing(event.verdict.part) is Standing.FAULT


def test_a_stuck_reading_takes_the_event_of_its_bias_over(
    watch: Watch, truth: Truth, told: list[Collection[str]]
) -> None:
    """The bank is first; then it is seen that the reading does not move."""
    run(watch, truth, range(BEGIN, BEGIN + 24), (full(truth, 5),))
    (bias,) = watch.events
    assert bias.verdict.fault == "s5.bias"
    assert told == []

    news = run(watch, truth, range(BEGIN + 24, BEGIN + 48), (full(truth, 5),), held(61.0, 5))
    (stuck,) = watch.events
    assert (stuck.number, stuck.verdict.fault) == (bias.number, "s5.stuck")
    assert stuck.first.fault == "s5.bias"
    assert stuck.raised_ns == bias.raised_ns
    assert stuck.cleared_ns is None
    assert [e.verdict.fault for e in news] == ["s5.stuck"]
    assert told == [{"s5"}]
    over = run(watch, truth, range(BEGIN + 48, BEGIN + 200))
    assert watch.events == []
    assert over[-1].cleared_ns is not None
    assert [(e.number, e.verdict.fault) for e in over] == [(bias.number, "s5.stuck")]
    assert told == [{"s5"}, set()]


def test_a_sign_comes_before_the_bank_and_stays_one_event(watch: Watch, truth: Truth) -> None:
    run(watch, truth, range(BEGIN, BEGIN + 72), (full(truth, 5),), held(np.nan, 5))
    assert [e.verdict.fault for e in watch.events] == ["s5.dead"]
    assert watch.events[0].verdict.since_ns <= (BEGIN + 3) * 300_000_000_000


def test_a_lost_link_is_one_event(watch: Watch, truth: Truth) -> None:
    news = run(watch, truth, range(BEGIN, BEGIN + 24), (), held(np.nan, 0, 1, 2))
    assert [e.verdict.fault for e in news] == ["plc.silent"]
    news = run(watch, truth, range(BEGIN + 24, BEGIN + 60))
    assert [e.cleared_ns is not None for e in news] == [True]
    assert watch.events == []


def test_what_was_wrong_before_nothing_was_heard_is_still_wrong(watch: Watch, truth: Truth) -> None:
    """A recorder that is out for 20 min repairs nothing."""
    faults = full(truth, 5), full(truth, 9)
    run(watch, truth, range(BEGIN, BEGIN + 72), faults)
    before = {e.number: e.verdict.fault for e in watch.events}
    assert {*before.values()} == {"s5.bias", "s9.bias"}
    news = run(watch, truth, range(BEGIN + 72, BEGIN + 76), faults, held(np.nan, *range(M)))
    assert [e.verdict.fault for e in news] == ["site.silent"]
    assert {e.number: e.verdict.fault for e in watch.events}.items() > before.items()
    news = run(watch, truth, range(BEGIN + 76, BEGIN + 130), faults)
    assert [e.verdict.fault for e in news if e.cleared_ns is not None] == ["site.silent"]
    assert {e.number: e.verdict.fault for e in watch.events} == before


def test_what_silence_looks_like_ends_with_it(watch: Watch, truth: Truth) -> None:
    """The bank's name for it began within the silence, and is none while that is waited for."""
    fault = replace(full(truth, 1), begin=BEGIN + 6)
    news = run(watch, truth, range(BEGIN, BEGIN + 36), (fault,), held(np.nan, 0, 1, 2))
    assert [e.verdict.fault for e in news] == ["plc.silent"]
    assert [e.verdict.fault for e in watch.diagnosis.events] == ["s1.bias"]
    news = run(watch, truth, range(BEGIN + 36, BEGIN + 90))
    assert [(e.verdict.fault, e.cleared_ns is None) for e in news] == [("plc.silent", False)]
    assert watch.events == watch.diagnosis.events == []


def test_a_link_that_stood_still_and_then_fell_silent_is_one_event(
    watch: Watch, truth: Truth
) -> None:
    run(watch, truth, range(BEGIN, BEGIN + 36), (), held(60.1, 0, 1, 2))
    (event,) = watch.events
    assert event.verdict.fault == "plc.stale"
    news = run(watch, truth, range(BEGIN + 36, BEGIN + 72), (), held(np.nan, 0, 1, 2))
    assert [(e.number, e.verdict.fault) for e in news] == [(event.number, "plc.silent")]


def test_a_link_that_loses_answers_does_so_still_after_it_was_silent(
    watch: Watch, truth: Truth
) -> None:
    def lossy(x: np.ndarray, i: int) -> None:
        x[np.random.default_rng([i, 6]).random(30) < 0.3, :3] = np.nan

    run(watch, truth, range(BEGIN, BEGIN + 36), (), lossy)
    (event,) = watch.events
    assert event.verdict.fault == "plc.lossy"
    run(watch, truth, range(BEGIN + 36, BEGIN + 72), (), held(np.nan, 0, 1, 2))
    run(watch, truth, range(BEGIN + 72, BEGIN + 130), (), lossy)
    assert [(e.number, e.verdict.fault) for e in watch.events] == [(event.number, "plc.lossy")]


def test_a_gain_is_named_when_the_value_has_moved(watch: Watch, truth: Truth) -> None:
    run(watch, truth, range(BEGIN, BEGIN + 36), gain=0.05)
    (first,) = watch.events
    assert first.verdict.fault == "s3.bias"
    assert first.verdict.group[0] == "s3.scale"
    run(watch, truth, range(BEGIN + 36, BEGIN + 3 * 288), gain=0.05)
    (event,) = watch.events
    assert event.number == first.number
    assert event.verdict.fault == "s3.scale"
    assert event.verdict.group[0] == "s3.bias"
    assert event.verdict.size == pytest.approx(0.05, abs=0.015)


def test_what_an_event_was_before_says_nothing_of_its_new_name(watch: Watch, truth: Truth) -> None:
    run(watch, truth, range(BEGIN, BEGIN + 3 * 288), gain=0.05)
    (known,) = watch.events
    assert known.verdict.fault == "s3.scale"
    (bias,) = watch.diagnosis.events
    renamed = replace(bias, verdict=replace(bias.verdict, fault="s5.bias", size=2.0))
    watch.diagnosis.events[:] = [renamed]
    assert watch._named(renamed).verdict.fault == "s5.bias"  # s3 had followed its reading, not s5
    assert watch._named(bias).verdict.fault == "s3.scale"


def test_a_bias_keeps_its_name(watch: Watch, truth: Truth) -> None:
    run(watch, truth, range(BEGIN, BEGIN + 3 * 288), (full(truth, FLOW),))
    (event,) = watch.events
    assert event.verdict.fault == "s3.bias"
    assert event.verdict.group[0] == "s3.scale"


LOOP = (
    Channel(
        "p.held",
        PARTS[0],
        False,
        None,
        0.0,
        1e9,
        0.1,
        1.0,
        ("plc",),
        held_by=("p.u",),
        astray=1.0,
    ),
    Channel("p.u", PARTS[0], True, None, 0.0, 1.0, 0.0, 0.0, ("plc",)),
)
"""A loop of the first part: a reading that nothing predicts, and the command that holds it."""


@pytest.fixture
def looped(running: Diagnosis) -> Watch:
    """The same plant with a loop, held between 49 and 51."""
    table = HABITS.table()
    habits = Habits.of(np.hstack([table, table[:, :1], table[:, :1]]))
    habits.low[M:], habits.high[M:] = (49.0, 0.2), (51.0, 0.8)
    habits.restless[M:] = 0.0
    plant = replace(running.plant, channels=(*CHANNELS, *LOOP))
    made = Watch(plant, replace(running.learned, habits=habits.table()))
    made.diagnosis = running
    return made


def loop(
    watch: Watch,
    truth: Truth,
    blocks: range,
    at: float,
    faults: tuple[Fault, ...] = (),
    free: bool = True,
    wobble: float = 0.1,
):
    """Run with the loop held `at`; its command is at an end where it is not `free`."""
    news = []
    for i in blocks:
        rng = np.random.default_rng([i, 6])
        x = 60.0 + level(i) + QUIET * rng.standard_normal((30, M))
        held = at + wobble * rng.standard_normal((30, 1))
        u = 0.5 + 0.05 * np.sin(i / 9.0) + 1e-4 * rng.standard_normal((30, 1))
        u = u if free else np.ones_like(u)
        x = np.hstack([x, held, u])
        said = read(x, np.full(x.shape, np.nan), np.isfinite(x).mean(axis=0))
        news += watch.take_block(replace(block_of(truth, i, faults), readings=said))
    return news


def sign(name: str, channel: str, *covers: str) -> Sign:
    size = (np.nan, np.nan, np.nan, "-", 12)
    return Sign(name, "controller", PARTS[0], *size, (channel,), covers, "look")


def test_of_two_that_explain_one_event_at_once_none_is_lost(looped: Watch) -> None:
    noise = sign("s0.noise", "s0")
    both = [sign(f"{name}.frozen", name, "s0.noise") for name in ("p.u", "p.v")]
    for i, signs in enumerate(([noise], both)):
        looped._follow(signs, (BEGIN + i) * BLOCK_NS)
        looped._told = looped._now()
    (first, second) = sorted(looped.events, key=lambda e: e.number)
    assert {first.verdict.fault, second.verdict.fault} == {"p.u.frozen", "p.v.frozen"}
    assert first.number == 1
    assert first.raised_ns == BEGIN * BLOCK_NS
    assert second.number == 2


def small(truth: Truth, begin: int, j: int = PART_OF.index(0)) -> Fault:
    """A bias, in the first part or of signal j, that hours do not show, but a day does."""
    return Fault(j, 0.3 * truth.plant.hypotheses[j].threshold, begin)


def test_what_a_set_point_leads_to_is_its_consequence(looped: Watch, truth: Truth) -> None:
    fault = small(truth, BEGIN + 40)
    loop(looped, truth, range(BEGIN, BEGIN + 36), at=54.0)
    (astray,) = looped.events
    assert astray.verdict.fault == "p.u.off_setpoint"
    loop(looped, truth, range(BEGIN + 36, BEGIN + 600), 54.0, (fault,))
    assert [e.verdict.fault for e in looped.diagnosis.events] == ["s0.bias"]  # the bank says so
    (event,) = looped.events
    assert event.number == astray.number
    assert "s0" in event.consequences
    # back where it was, what it led to is over with it
    loop(looped, truth, range(BEGIN + 600, BEGIN + 660), at=50.0)
    assert looped.events == []
    assert looped.diagnosis.events == []


def test_a_loop_that_is_blind_leads_other_parts_along(looped: Watch, truth: Truth) -> None:
    """What a command is moved by stands still: the plant goes where no model was ever held."""
    fault = small(truth, BEGIN + 60, next(j for j, p in enumerate(PART_OF) if p != 0))
    loop(looped, truth, range(BEGIN, BEGIN + 600), 50.0, (fault,), wobble=0.0)
    (found,) = looped.diagnosis.events
    assert found.verdict.part != PARTS[0]
    (event,) = looped.events
    assert event.verdict.fault == "p.held.stuck"
    assert found.verdict.evidence[0].signal in event.consequences
    # the part where it shows has no event, and does not say that it has
    part = found.verdict.part
    assert looped.standing(part) is Standing.UNDECIDED
    assert looped.doubt(part) == "what its models miss may come of p.held.stuck"
    # it moves again, and what it led to is over with it
    loop(looped, truth, range(BEGIN + 600, BEGIN + 660), at=50.0)
    assert looped.events == []


def test_a_reading_that_is_not_heard_blinds_nobody_else(looped: Watch, truth: Truth) -> None:
    """Its controller may hear it: what is found elsewhere is a cause of its own."""
    fault = small(truth, BEGIN + 60, next(j for j, p in enumerate(PART_OF) if p != 0))
    loop(looped, truth, range(BEGIN, BEGIN + 600), 50.0, (fault,), wobble=np.nan)
    (found,) = looped.diagnosis.events
    assert {e.verdict.fault for e in looped.events} == {"p.held.dead", found.verdict.fault}


def test_without_it_the_same_is_a_cause(looped: Watch, truth: Truth) -> None:
    fault = small(truth, BEGIN + 40)
    loop(looped, truth, range(BEGIN, BEGIN + 600), 50.0, (fault,))
    assert [e.verdict.fault for e in looped.events] == ["s0.bias"]


def test_something_unknown_that_it_leads_to_ends_with_it_too(looped: Watch, truth: Truth) -> None:
    (unlisted_fault, _), *_ = unlisted(truth, BEGIN + 40, 1, seed=2)
    fault = replace(unlisted_fault, size=0.5)
    loop(looped, truth, range(BEGIN, BEGIN + 36), at=54.0)
    loop(looped, truth, range(BEGIN + 36, BEGIN + 600), 54.0, (fault,))
    assert [e.verdict.standing for e in looped.diagnosis.events] == [Standing.UNKNOWN]
    assert [e.verdict.fault for e in looped.events] == ["p.u.off_setpoint"]
    loop(looped, truth, range(BEGIN + 600, BEGIN + 660), at=50.0)
    assert looped.events == []
    assert looped.diagnosis.events == []


def test_a_set_point_that_nothing_can_show_any_more_is_over_and_not_healthy(
    looped: Watch, truth: Truth
) -> None:
    """A loop that a season does not need: its event ends, and its part is not called healthy."""
    part, end = PARTS[0], BEGIN + 36
    loop(looped, truth, range(BEGIN, end), at=54.0)
    (astray,) = looped.events
    season = range(end, end + FADED_BLOCKS + DAY_BLOCKS)
    news = loop(looped, truth, season, at=50.0, free=False)
    assert [e.number for e in news] == [astray.number]
    faded_ns = FADED_BLOCKS * BLOCK_NS
    assert 0 <= (news[0].cleared_ns or 0) - (end * BLOCK_NS + faded_ns) <= 3600 * 10**9
    assert looped.standing(part) is Standing.UNDECIDED
    assert "p.u.off_setpoint was found" in looped.doubt(part)
    loop(looped, truth, range(season.stop, season.stop + 24), at=50.0)
    assert looped.standing(part) is Standing.HEALTHY
    loop(looped, truth, range(season.stop + 24, season.stop + 60), at=54.0)
    (again,) = [e for e in looped.events if e.verdict.fault == "p.u.off_setpoint"]
    assert again.number != astray.number


def test_what_the_bank_sees_when_a_set_point_fades_is_an_event(looped: Watch, truth: Truth) -> None:
    fault, end = small(truth, BEGIN + 40), BEGIN + 600
    loop(looped, truth, range(BEGIN, BEGIN + 36), at=54.0)
    loop(looped, truth, range(BEGIN + 36, end), 54.0, (fault,))
    assert [e.verdict.fault for e in looped.events] == ["p.u.off_setpoint"]
    season = range(end, end + FADED_BLOCKS + DAY_BLOCKS)
    loop(looped, truth, season, 50.0, (fault,), free=False)
    (still,) = [e for e in looped.events if e.verdict.fault == "s0.bias"]
    assert still.raised_ns < end * BLOCK_NS  # it was found while it was a consequence


def test_what_stands_still_for_weeks_is_not_over(watch: Watch, truth: Truth) -> None:
    def freeze(x: np.ndarray, _i: int) -> None:
        x[:, 5] = 61.0

    run(watch, truth, range(BEGIN, BEGIN + 72), (), freeze)
    (stuck,) = watch.events
    assert stuck.verdict.fault == "s5.stuck"
    run(watch, truth, range(BEGIN + 72, BEGIN + FADED_BLOCKS + DAY_BLOCKS), (), freeze)
    assert [(e.number, e.cleared_ns) for e in watch.events] == [(stuck.number, None)]
