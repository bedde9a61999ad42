"""Stuck, scattering, dead, hunting, silent, stale: seen when there, and nothing else is said."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from twin.diagnosis.channel import Channel
from twin.diagnosis.habits import Habits, Learning, Run, beyond, go_on, no_run
from twin.diagnosis.sign import Sign
from twin.diagnosis.signs import ENDURING, Signs
from twin.estimation.scatter import read, together
from twin.estimation.step import Readings

Floats = NDArray[np.float64]

T, COARSE, FREE, COMMAND = range(4)
SAMPLES = 30
DAYS = 14


def channel(name: str, watched: int | None, digit: float, *, command: bool = False) -> Channel:
    ends = (0.0, 1.0) if command else (250.0, 400.0)
    over = ("plc",) if name != "part.free" else ("plc", "other")
    return Channel(name, "part", command, watched, *ends, digit, 0.0 if command else 0.5, over)


CHANNELS = (
    channel("part.fine", 0, 0.1),
    channel("part.coarse", 1, 0.19),
    channel("part.free", None, 0.16),
    channel("part.u", None, 0.0, command=True),
)


def life(days: float, seed: int) -> tuple[Floats, Floats]:
    """Samples [blocks, 30, 4] and what a model with errors expects of the first two."""
    rng = np.random.default_rng(seed)
    blocks = round(288 * days)
    t = np.arange(blocks * SAMPLES) / (288.0 * SAMPLES)  # [d]
    day = np.sin(2.0 * np.pi * t)
    true = 320.0 + 3.0 * day + 0.3 * np.sin(2.0 * np.pi * t * 24.0)
    fine = np.rint((true + 0.03 * rng.standard_normal(len(t))) / 0.01) * 0.01
    coarse = np.rint((true + 0.03 * rng.standard_normal(len(t))) / 0.1) * 0.1
    free = np.rint((280.0 + 5.0 * day + 0.05 * rng.standard_normal(len(t))) / 0.01) * 0.01
    u = 0.5 + 0.2 * day + 0.001 * rng.standard_normal(len(t))
    error = 0.1 * np.sin(2.0 * np.pi * t * 3.0)
    sampled = np.column_stack([fine, coarse, free, u]).reshape(blocks, SAMPLES, 4)
    expected = np.full((len(t), 4), np.nan)
    expected[:, :2] = (true + error)[:, None]
    return sampled, expected.reshape(blocks, SAMPLES, 4)


def seen(sampled: Floats, expected: Floats) -> list[Readings]:
    return [read(x, e, np.isfinite(x).mean(axis=0)) for x, e in zip(sampled, expected, strict=True)]


USABLE = np.ones(2, bool)


@pytest.fixture(scope="module")
def habits() -> Habits:
    learning = Learning(CHANNELS)
    for block in seen(*life(DAYS, 1)):
        learning.take(block, USABLE)
    return learning.learn()


def watch(habits: Habits, blocks: list[Readings]) -> list[list[Sign]]:
    signs = Signs(CHANNELS, habits)
    return [signs.take(block, USABLE) for block in blocks]


def names(found: list[list[Sign]]) -> set[str]:
    return {sign.name for signs in found for sign in signs}


@pytest.mark.parametrize("seed", range(2, 4))
def test_a_healthy_plant_is_quiet(habits: Habits, seed: int) -> None:
    assert names(watch(habits, seen(*life(10, seed)))) == set()


def broken(column: int, change: Callable[[Floats], None], seed: int = 9) -> list[Readings]:
    """Two days, of which the second has samples that `change` has changed."""
    sampled, expected = life(2, seed)
    late = np.ascontiguousarray(sampled[288:, :, column])
    change(late)
    sampled[288:, :, column] = late
    return seen(sampled, expected)


def freeze(x: Floats) -> None:
    x[:] = x.flat[0]


@pytest.mark.parametrize(
    ("column", "name", "within_h"),
    [
        (T, "part.fine.stuck", 0.3),
        (COARSE, "part.coarse.stuck", 3.0),
        (FREE, "part.free.stuck", 0.3),
        (COMMAND, "part.u.frozen", 1.1),
    ],
)
def test_what_stands_still_is_stuck(
    habits: Habits, column: int, name: str, within_h: float
) -> None:
    found = watch(habits, broken(column, freeze))
    assert names(found[:288]) == set()
    assert names(found[288:]) == {name}
    first = next(i for i, signs in enumerate(found) if signs)
    assert first - 288 <= 12 * within_h
    assert found[-1][0].blocks == pytest.approx(288, abs=2)


def test_a_coarse_reading_that_need_not_move_is_not_stuck(habits: Habits) -> None:
    """The plant stands still for three hours: so do its readings, of one digit."""
    sampled, expected = life(1, 3)
    sampled[100:136, :, COARSE] = sampled[100, 0, COARSE]
    expected[100:136, :, COARSE] = sampled[100, 0, COARSE] + 0.02
    assert "part.coarse.stuck" not in names(watch(habits, seen(sampled, expected)))


def test_a_reading_at_the_end_of_its_range_is_not_stuck(habits: Habits) -> None:
    def end(x: Floats) -> None:
        x[:] = 250.0

    assert names(watch(habits, broken(FREE, end))) == set()


@given(st.floats(0.4, 5.0), st.integers(0, 99))
@settings(max_examples=6, deadline=None)
def test_noise_is_seen_with_its_size(habits: Habits, size: float, seed: int) -> None:
    rng = np.random.default_rng(seed)

    def shake(x: Floats) -> None:
        x += size * rng.standard_normal(x.shape)

    found = watch(habits, broken(T, shake, seed))
    assert names(found[:291]) == set()
    assert names(found[291:]) == {"part.fine.noise"}
    one = [len(signs) == 1 for signs in found[292:]]  # a block may be calm by chance
    assert np.mean(one) >= 0.98
    sizes = np.array([[s.low, s.size, s.high] for signs in found[291:] for s in signs])
    # three standard errors of a day's mean: what is white is known less well than what changes
    assert np.mean(sizes[:, 1]) == pytest.approx(size, rel=0.05)
    covered = (sizes[:, 0] <= size) & (size <= sizes[:, 2])
    assert 0.8 <= covered.mean() <= 0.99


def test_little_noise_is_not_material(habits: Habits) -> None:
    rng = np.random.default_rng(4)

    def shake(x: Floats) -> None:
        x += 0.1 * rng.standard_normal(x.shape)

    assert names(watch(habits, broken(T, shake))) == set()


SWITCHED = (
    replace(channel("part.u", None, 0.0, command=True), switch="part.run"),
    channel("part.run", None, 0.0, command=True),
)


def nights(days: int, stands: float | None = None) -> list[Readings]:
    """At night the part is off, and so is its command, but where it stands."""
    blocks = np.arange(288 * days)
    run = np.where(blocks % 288 < 250, 1.0, 0.0)
    u = run if stands is None else np.full(len(run), stands)
    sampled = np.repeat(np.stack([u, run], axis=1)[:, None], SAMPLES, axis=1)
    return seen(sampled, np.full_like(sampled, np.nan))


def test_a_command_that_stands_at_its_end_is_frozen_once_its_part_is_off() -> None:
    learning, no_model = Learning(SWITCHED), np.zeros(0, bool)
    for block in nights(14):
        learning.take(block, no_model)
    known = learning.learn()
    watching = Signs(SWITCHED, known)
    assert [s for block in nights(3) for s in watching.take(block, no_model)] == []
    found = [watching.take(block, no_model) for block in nights(1, stands=1.0)]
    assert names(found[:253]) == set()
    assert all(names([signs]) == {"part.u.frozen"} for signs in found[253:])
    # by day nothing shows it, and nothing says that it is over before it has moved
    for block in nights(1, stands=1.0)[:250]:
        assert watching.take(block, no_model) == []
        assert watching.lingers("part.u.frozen")
    for block in nights(1)[250:]:
        assert watching.take(block, no_model) == []
        assert not watching.lingers("part.u.frozen")


def test_a_loop_that_hunts_is_named(habits: Habits) -> None:
    def swing(x: Floats) -> None:
        t_s = 10.0 * np.arange(x.size).reshape(x.shape)
        x += 0.1 * np.sin(2.0 * np.pi * t_s / 180.0)

    found = watch(habits, broken(COMMAND, swing))
    assert names(found[:298]) == set()
    assert names(found[298:]) == {"part.u.hunting"}
    assert all(sign.low < 0.1 < sign.high < 0.12 for (sign,) in found[298:])
    stood = replace(habits, usual=np.zeros_like(habits.usual))
    assert names(watch(stood, broken(COMMAND, swing))) == set()


@settings(max_examples=25)
@given(st.floats(0.1, 0.45), st.floats(80.0, 240.0), st.floats(0.0, 1.0))
def test_a_swing_is_told_as_far_as_it_goes(
    habits: Habits, swing: float, period_s: float, phase: float
) -> None:
    """A triangle, as an actuator that is driven to and fro has it."""

    def hunt(x: Floats) -> None:
        turns = 10.0 * np.arange(x.size).reshape(x.shape) / period_s + phase
        x += swing * (1.0 - np.abs(4.0 * (turns % 1.0) - 2.0))

    (sign,) = watch(habits, broken(COMMAND, hunt)[: 288 + 13])[-1]
    assert sign.name == "part.u.hunting"
    assert sign.low <= swing <= sign.high <= 1.35 * swing
    assert sign.low <= sign.size <= sign.high


def test_a_loop_that_hunts_a_little_must_do_so_for_hours(habits: Habits) -> None:
    def swing(x: Floats) -> None:
        t_s = 10.0 * np.arange(x.size).reshape(x.shape)
        x += 0.05 * np.sin(2.0 * np.pi * t_s / 180.0)  # 0.0123 from sample to sample

    def for_three_hours(x: Floats) -> None:
        swing(x[:36])

    found = watch(habits, broken(COMMAND, swing))
    first = next(i for i, signs in enumerate(found) if signs)
    assert first == 298 + ENDURING - 1
    assert names(found[first:]) == {"part.u.hunting"}
    assert names(watch(habits, broken(COMMAND, for_three_hours))) == set()


def test_the_noisiest_comes_first_and_covers_what_it_shakes(habits: Habits) -> None:
    """Two readings scatter; the pump that follows the worse one shakes the other."""
    sampled, expected = life(1, 9)
    rng = np.random.default_rng(4)
    for column, noise in ((T, 0.4), (COARSE, 1.5)):
        sampled[:, :, column] += noise * rng.standard_normal(sampled.shape[:2])
    first, second = watch(habits, seen(sampled, expected))[-1]
    assert [first.name, second.name] == ["part.coarse.noise", "part.fine.noise"]
    assert {"part.fine.noise", "part.u.hunting", "part.coarse.bias"} <= set(first.covers)
    assert first.name not in first.covers


def test_noise_near_its_limit_is_neither_raised_again_nor_over(habits: Habits) -> None:
    sampled, expected = life(1, 9)
    rng = np.random.default_rng(4)
    strong, weak = (sampled.copy() for _ in range(2))
    strong[:, :, T] += 0.5 * rng.standard_normal(sampled.shape[:2])
    weak[:, :, T] += 0.16 * rng.standard_normal(sampled.shape[:2])  # 0.175 is material
    signs = Signs(CHANNELS, habits)
    for block in seen(strong, expected)[:24]:
        found = signs.take(block, USABLE)
    assert [s.name for s in found] == ["part.fine.noise"]
    for block in seen(weak, expected)[24:48]:
        found = signs.take(block, USABLE)
    assert found == []
    assert signs.lingers("part.fine.noise")
    for block in seen(sampled, expected)[48:72]:
        found = signs.take(block, USABLE)
    assert found == []
    assert not signs.lingers("part.fine.noise")


HELD = (
    replace(channel("part.held", None, 0.1), held_by=("part.u",), astray=1.0),
    channel("part.u", None, 0.0, command=True),
)


def holding(days: float, seed: int, at: float = 300.0, u: float = 0.5) -> list[Readings]:
    """A loop with a set point that its reading stays at but for half a degree."""
    rng = np.random.default_rng(seed)
    shape = (round(288 * days), SAMPLES)
    day = np.sin(2.0 * np.pi * np.arange(shape[0]) / 288.0)[:, None]
    held = at + 0.3 * day + 0.2 * rng.standard_normal(shape)
    command = u + 0.2 * day + 0.001 * rng.standard_normal(shape)
    sampled = np.stack([held, np.clip(command, 0.0, 1.0)], axis=2)
    return seen(sampled, np.full_like(sampled, np.nan))


@pytest.fixture(scope="module")
def held() -> Habits:
    learning = Learning(HELD)
    for block in holding(14, 1):
        learning.take(block, USABLE)
    return learning.learn()


@pytest.mark.parametrize(
    ("at", "u", "found"),
    [
        (300.0, 0.5, set()),
        (300.5, 0.5, set()),
        (303.0, 0.45, {"part.u.off_setpoint"}),
        (297.0, 0.45, {"part.u.off_setpoint"}),
        (303.0, 1.5, set()),  # it does what it can
        (297.0, -0.5, set()),
    ],
)
def test_a_free_command_holds_what_it_held(
    held: Habits, at: float, u: float, found: set[str]
) -> None:
    signs = Signs(HELD, held)
    said = [signs.take(block, USABLE) for block in holding(1, 2, at, u)]
    assert names(said) - {"part.u.frozen"} == found
    if found:
        first = next(i for i, x in enumerate(said) if x)
        assert first >= 11
        sizes = np.array([[s.low, s.size, s.high] for x in said for s in x])
        assert np.median(sizes[:, 1]) == pytest.approx(at - 300.0, abs=0.3)
        assert (sizes[:, 0] <= at - 300.0).all()
        assert (sizes[:, 2] >= at - 300.0).all()


def test_what_was_held_for_a_few_hours_is_not_known(held: Habits) -> None:
    def learned(free: int) -> Habits:
        learning = Learning(HELD)
        for block in [*holding(14, 1, 300.0, 1.5)[free:], *holding(14, 1)[:free]]:
            learning.take(block, USABLE)
        return learning.learn()

    assert np.isinf(learned(96).high[0])  # 8 of 336 h
    assert learned(1152).high[0] == pytest.approx(held.high[0], abs=0.1)


def test_a_command_that_is_not_free_says_nothing_of_its_set_point(held: Habits) -> None:
    signs, name = Signs(HELD, held), "part.u.off_setpoint"
    off, ended = holding(1, 2, 303.0, 0.45), holding(1, 2, 303.0, 1.5)
    assert names([signs.take(block, USABLE) for block in off[:24]]) == {name}
    said = [(signs.take(block, USABLE), signs.hidden(name)) for block in ended[24:60]]
    assert said[-1] == ([], True)
    said = [
        (signs.take(block, USABLE), signs.hidden(name)) for block in holding(1, 2, 300.0, 0.45)[:24]
    ]
    assert said[-1] == ([], False)


def test_noise_that_nobody_hears_is_not_gone(habits: Habits) -> None:
    signs = Signs(CHANNELS, habits)
    blocks = seen(*life(1, 2))
    for block in blocks[:20]:
        signs.take(block, USABLE)
    assert not signs.hidden("part.fine.noise")
    signs.take(blocks[20], np.zeros_like(USABLE))
    assert signs.hidden("part.fine.noise")


def test_what_is_not_read_is_dead_and_not_stuck(habits: Habits) -> None:
    def gone(x: Floats) -> None:
        x[:] = np.nan

    found = watch(habits, broken(T, gone))
    assert not found[288]
    assert names(found) == {"part.fine.dead"}
    few = broken(T, lambda x: x.__setitem__((slice(None), slice(None, None, 2)), np.nan))
    assert names(watch(habits, few)) == set()


@pytest.mark.parametrize(("word", "value"), [("silent", np.nan), ("stale", None)])
def test_all_of_a_controller_together_is_its_link(
    habits: Habits, word: str, value: float | None
) -> None:
    """`free` comes over another controller as well and goes on."""
    sampled, expected = life(2, 11)
    own = [T, COARSE, COMMAND]
    sampled[288:, :, own] = sampled[288, 0, own] if value is None else value
    found = watch(habits, seen(sampled, expected))
    last = found[-1]
    assert [s.name for s in last] == [f"plc.{word}"]
    assert last[0].kind == "link"
    assert set(last[0].channels) == {"part.fine", "part.coarse", "part.u"}
    if word == "silent":
        assert names(found) == {"plc.silent"}


def test_when_nothing_is_read_at_all_that_is_one_thing(habits: Habits) -> None:
    sampled, expected = life(2, 11)
    sampled[288:400] = np.nan
    found = watch(habits, seen(sampled, expected))
    assert names(found) == {"site.silent"}
    assert not any(found[:289])
    assert [s.name for s in found[399]] == ["site.silent"]
    assert {"plc.silent", "part.fine.dead", "part.u.frozen"} <= set(found[399][0].covers)
    assert not any(found[400:])


WIRED = (
    *(replace(channel(f"part.{n}", i, 0.1), controllers=()) for i, n in enumerate(["t", "p"])),
    *(channel(f"part.{n}", None, 0.0, command=True) for n in ("u", "v", "w")),
)
"""Readings that are not read over the controller, and three commands of it."""


def commanded(days: float, seed: int) -> Floats:
    """Samples of two readings and of commands of which the last stands still."""
    sampled, _ = life(days, seed)
    u = sampled[:, :, COMMAND]
    return np.stack([sampled[:, :, T], sampled[:, :, T], u, 1.0 - u, 0.0 * u + 0.4], axis=2)


def lose(x: Floats, share: float, seed: int) -> None:
    """Readings of commands that are lost together, row by row."""
    x[np.random.default_rng(seed).random(x.shape[:2]) < share, 2:] = np.nan


def told(sampled: Floats) -> list[list[Sign]]:
    """What is said of samples after two weeks in which every hundredth answer was lost."""
    healthy = commanded(DAYS, 1)
    lose(healthy, 0.01, 3)
    learning = Learning(WIRED)
    for block in seen(healthy, np.full_like(healthy, np.nan)):
        learning.take(block, USABLE)
    signs = Signs(WIRED, learning.learn())
    return [signs.take(block, USABLE) for block in seen(sampled, np.full_like(sampled, np.nan))]


@pytest.mark.parametrize("word", ["silent", "stale"])
def test_commands_alone_tell_of_a_link(word: str) -> None:
    sampled = commanded(2, 5)
    sampled[288:, :, 2:] = np.nan if word == "silent" else sampled[288, 0, 2:]
    found = told(sampled)
    assert names(found[:288]) == set()
    assert [s.name for s in found[-1]] == [f"plc.{word}"]
    assert found[-1][0].part == "part"


def test_one_command_that_stands_is_not_its_link() -> None:
    sampled = commanded(2, 5)
    sampled[288:, :, 2] = sampled[288, 0, 2]
    assert names(told(sampled)) == {"part.u.frozen"}


def test_what_a_frozen_command_no_longer_holds_is_not_noise(habits: Habits) -> None:
    sampled, expected = life(2, 11)
    sampled[288:, :, COMMAND] = sampled[288, 0, COMMAND]
    (frozen,) = watch(habits, seen(sampled, expected))[-1]
    assert {"part.fine.noise", "part.coarse.noise", "part.free.noise"} <= set(frozen.covers)


@pytest.mark.parametrize("share", [0.03, 0.15, 0.3, 0.6])
def test_answers_that_get_lost_are_seen_with_their_share(share: float) -> None:
    sampled = commanded(1, 5)
    lose(sampled[100:], share, 7)
    found = told(sampled)
    assert names(found[:100]) == set()
    if share < 0.1:
        assert names(found) == set()
        return
    assert names(found) == {"plc.lossy"}
    assert next(i for i, x in enumerate(found) if x) <= 112
    sizes = np.array([[s.low, s.size, s.high] for x in found[112:] for s in x])
    assert np.median(sizes[:, 1]) == pytest.approx(share, abs=0.03)
    assert np.abs(sizes[:, 1] - share).max() < 0.1
    assert ((sizes[:, 0] <= share) & (share <= sizes[:, 2])).mean() > 0.6


def test_a_link_that_was_gone_for_a_while_did_not_lose_answers() -> None:
    sampled = commanded(1, 5)
    sampled[100:108, :, 2:] = np.nan
    assert names(told(sampled)) == {"plc.silent"}


@given(st.lists(st.sampled_from([1.0, 2.0, np.nan]), max_size=40), st.data())
def test_a_run_is_the_tail_of_equal_blocks(values: list[float], data: st.DataObject) -> None:
    run: Run = no_run(1)
    counts = [data.draw(st.booleans()) for _ in values]
    for value, count in zip(values, counts, strict=True):
        x = np.full((3, 1), value)
        said = read(x, np.full((3, 1), np.nan), np.isfinite(x).mean(axis=0))
        run = go_on(run, said, np.array([count]))
    there = [(v, c) for v, c in zip(values, counts, strict=True) if v == v]
    tail = 0
    for value, count in reversed(there):
        if value != there[-1][0]:
            break
        tail += count
    assert run.blocks[0] == tail


@given(st.integers(1, 6), st.integers(0, 9))
def test_blocks_are_their_minutes_together(minutes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((minutes, 6, 3))
    x[rng.random(x.shape) < 0.1] = np.nan
    x[:, :, 2] = np.nan
    nothing = np.full_like(x, np.nan)
    found = together(seen(x, nothing))
    flat = x.reshape(-1, 3)[:, :2]
    assert np.array_equal(found.low[:2], np.nanmin(flat, axis=0))
    assert np.array_equal(found.high[:2], np.nanmax(flat, axis=0))
    assert np.isnan([found.low[2], found.mean[2], found.white[2], found.model_low[2]]).all()
    assert found.heard == pytest.approx(np.isfinite(x).mean(axis=(0, 1)))


@given(st.lists(st.floats(0.0, 100.0), min_size=1, max_size=8))
def test_room_beyond_is_between_its_limits(weeks: list[float]) -> None:
    worst = max(weeks)
    (limit,) = beyond(np.array(weeks)[:, None])
    assert 1.5 * worst <= limit * (1.0 + 1e-12)
    assert limit <= 3.0 * worst * (1.0 + 1e-12)


def test_a_command_at_a_limit_of_its_controller_is_not_frozen(habits: Habits) -> None:
    """As long as it stood nowhere in commissioning: at its lowest, and between its limits."""
    lowest = float(habits.low[COMMAND])
    for value, frozen in ((lowest, False), (lowest + 0.05, True)):
        sampled, expected = life(2.0, 5)
        sampled[288:, :, COMMAND] = value
        found = names(watch(habits, seen(sampled, expected)))
        assert ("part.u.frozen" in found) == frozen


def test_what_no_command_was_ever_free_to_hold_has_no_limits() -> None:
    """A fan that never ran in January: where its air was then is no set point."""
    held = replace(CHANNELS[T], held_by=("part.u",))
    learning = Learning((held, *CHANNELS[1:]))
    sampled, expected = life(DAYS, 1)
    sampled[:, :, COMMAND] = 0.0
    for block in seen(sampled, expected):
        learning.take(block, USABLE)
    found = learning.learn()
    assert (found.low[T], found.high[T]) == (-np.inf, np.inf)
    assert np.isfinite([found.low[COARSE], found.high[COARSE]]).all()


@pytest.mark.parametrize(("stays", "frozen"), [(2, False), (1, True), (0, True)])
def test_a_command_where_it_rests_again_and_again_is_not_frozen(
    habits: Habits, stays: int, frozen: bool
) -> None:
    """A pump at its least speed all night, in a season that commissioning did not see."""
    sampled, expected = life(2.0, 5)
    for stay in range(stays):
        sampled[40 + 60 * stay : 44 + 60 * stay, :, COMMAND] = 0.5234
    sampled[288:, :, COMMAND] = 0.5234
    found = names(watch(habits, seen(sampled, expected)))
    assert ("part.u.frozen" in found) == frozen


def test_a_command_that_froze_where_it_never_rested_is_frozen(habits: Habits) -> None:
    sampled, expected = life(2.0, 5)
    for stay in range(4):
        sampled[40 + 60 * stay : 44 + 60 * stay, :, COMMAND] = 0.5234
    sampled[288:, :, COMMAND] = 0.5235
    assert "part.u.frozen" in names(watch(habits, seen(sampled, expected)))
