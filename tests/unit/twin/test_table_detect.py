"""The detector of tables: what it must not depend on, what it finds, and when it is quiet."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from table_loops import (
    BEGIN,
    COLOURS,
    END,
    FAULTS,
    HEAD,
    ROWS,
    coloured,
    episode,
)

from twin.diagnosis.table import FROZEN, Flags, detect, suspects, unfit
from twin.diagnosis.table.model import learn


@pytest.fixture(scope="module")
def plain() -> tuple[np.ndarray, Flags]:
    rng = np.random.default_rng(11)
    y = np.stack([coloured(c, rng, 700) for c in COLOURS[:5]], axis=1)
    y[500:600, 0] += 1.5
    return y, detect(y, 300)


def test_units_of_channels_do_not_matter(plain: tuple[np.ndarray, Flags]) -> None:
    y, flags = plain
    scaled = detect(y * [1e-6, 1e6, -3.0, 7.0, 0.01] + [0.0, -1e3, 273.15, 1.0, 5.0], 300)
    assert scaled.score == pytest.approx(flags.score, rel=1e-6, abs=1e-6)
    assert np.array_equal(scaled.alarm, flags.alarm)
    assert scaled.events == flags.events


def test_order_of_channels_does_not_matter(plain: tuple[np.ndarray, Flags]) -> None:
    y, flags = plain
    order = [3, 0, 4, 1, 2]
    turned = detect(y[:, order], 300)
    assert turned.score == pytest.approx(flags.score, rel=1e-9, abs=1e-9)
    assert turned.share == pytest.approx(flags.share[:, order], rel=1e-9, abs=1e-9)
    named = [tuple(order[i] for i in e.suspects) for e in turned.events]
    assert named == [e.suspects for e in flags.events]


@pytest.mark.parametrize("rows", [301, 505, 520, 640])
def test_rows_that_follow_change_nothing(plain: tuple[np.ndarray, Flags], rows: int) -> None:
    y, flags = plain
    begun = detect(y[:rows], 300)
    assert np.array_equal(begun.score, flags.score[:rows])
    assert np.array_equal(begun.alarm, flags.alarm[:rows])
    assert np.array_equal(begun.share, flags.share[:rows])


def test_the_head_has_no_alarm_and_alarms_are_events(plain: tuple[np.ndarray, Flags]) -> None:
    y, flags = plain
    assert not flags.alarm[:300].any()
    counted = np.zeros(len(y), dtype=bool)
    for event in flags.events:
        counted[event.first : event.last + 1] = True
    assert np.array_equal(counted, flags.alarm)


def test_evidence_is_the_tail_of_the_mean_of_each_window() -> None:
    """Before the first alarm, against windows, spreads and tails worked out one by one."""
    rng = np.random.default_rng(5)
    y = np.clip(rng.standard_normal((420, 1)), -3, 3)
    loud = replace(FROZEN, raise_at=1e9, spread_windows=(), creep_window=1000)
    flags, model = detect(y, 300, loud), learn(y[:300], loud)
    K, s = float(model.levels.gain[0]), float(model.levels.noise[0])
    level = [float(y[0, 0])]
    for k in range(1, len(y)):
        level.append(level[-1] + max(K, 1 / (k + 1)) * (float(y[k, 0]) - level[-1]))
    for t in (310, 333, 400, 419):
        best = 0.0
        for i, L in enumerate((5, 10, 20, 40)):
            off = (y[t - L + 1 : t + 1, 0].mean() - level[t - L]) / s
            z = abs(off) / model.shifts.spread[i, 0]
            dof = FROZEN.prior_dof + 300 / (1.5 * L)
            single = -np.log10(2.0 * 2.0 * stats.t.sf(z, dof))
            whole = -np.log10(2.0 * stats.f.sf(z**2 / model.shifts.swell[i], 1, dof))
            best = max(best, single, whole)
        assert flags.score[t] * 1e9 == pytest.approx(best, abs=2e-3)


@pytest.mark.parametrize("colour", [*COLOURS, "all of them"])
def test_fault_free_noise_is_quiet(colour: str) -> None:
    alarmed, events = 0.0, 0
    for seed in range(2):
        rng = np.random.default_rng([3, seed])
        kinds = COLOURS if colour == "all of them" else [colour] * 8
        flags = detect(np.stack([coloured(k, rng) for k in kinds], axis=1), HEAD)
        alarmed += float(flags.alarm[HEAD:].mean()) / 2
        events += len(flags.events)
    # of heavy tails a spread is less well known than t and F allow for
    assert events <= (2 if colour == "heavy tails" else 1)
    assert alarmed <= 0.05


def score(fault: str, seeds: range) -> tuple[float, float]:
    """F1 over all rows behind the heads, and share of false alarms [-]."""
    hits = false = missed = quiet = 0
    for seed in seeds:
        y, truth = episode(fault, seed)
        alarm, truth = detect(y, HEAD).alarm[HEAD:], truth[HEAD:]
        hits += int((alarm & truth).sum())
        false += int((alarm & ~truth).sum())
        missed += int((~alarm & truth).sum())
        quiet += int((~alarm & ~truth).sum())
    return 2 * hits / (2 * hits + false + missed), false / (false + quiet)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_episodes_of_a_synthetic_loop(fault: str) -> None:
    f1, false = score(fault, range(6))
    assert f1 >= 0.90
    assert false <= 0.15


def steady(seed: int, rows: int = 900, channels: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((rows, channels))


def test_a_shift_is_found_soon_named_and_cleared() -> None:
    y = steady(1)
    y[500:650, 2] += 3.0
    (event,) = detect(y, 300).events
    assert 500 <= event.first <= 506
    assert event.suspects[0] == 2
    assert 650 <= event.last <= 685
    assert event.ended == "returned"


def test_a_slow_leak_of_a_steady_channel_is_found() -> None:
    y = steady(2)
    y[500:, 1] += np.minimum(np.arange(400) / 100.0, 3.0)
    event = detect(y, 300).events[0]
    assert 500 < event.first <= 700
    assert event.suspects[0] == 1


def test_what_comes_as_slowly_as_a_level_walks_is_found_against_an_older_one() -> None:
    rng = np.random.default_rng(21)
    y = steady(21, 1000)
    y[:, 1] += np.cumsum(0.03 * rng.standard_normal(1000))
    assert detect(y, 400).events == ()
    y[600:, 1] -= np.minimum(np.arange(400) / 20.0, 6.0)
    event = detect(y, 400).events[0]
    assert 600 < event.first <= 720
    assert event.suspects[0] == 1
    blind = detect(y, 400, replace(FROZEN, creep_window=1000)).events
    assert not blind or blind[0].first > event.first


@pytest.mark.parametrize(("factor", "rows"), [(3.0, 40), (0.05, 80)])
def test_rough_and_stuck_channels_are_found(factor: float, rows: int) -> None:
    y = steady(3)
    y[500:600, 3] *= factor
    event = detect(y, 300).events[0]
    assert 500 < event.first <= 500 + rows
    assert event.suspects[0] == 3


def test_a_count_that_happened_to_jump_evenly_may_jump_as_others_do() -> None:
    """How much it does depends on where its level lies between two numbers."""
    y = steady(31, 900)
    y[:, 2] = 32.0 + np.arange(900) % 2
    y[600:650, 2] = np.where(np.arange(50) % 10 < 2, 31.0 + 3.0 * (np.arange(50) % 2), y[:50, 2])
    assert detect(y, 300).events == ()
    y[700:, 2] -= 2.0
    (event,) = detect(y, 300).events
    assert 700 <= event.first <= 710


def test_one_odd_row_is_no_alarm() -> None:
    y = steady(4)
    y[500, 0], y[700, 1] = 1e6, -1e6
    assert detect(y, 300).events == ()


@pytest.mark.parametrize("row", [299, 302, 500])
def test_a_row_whose_columns_are_swapped_is_no_alarm(row: int) -> None:
    y = steady(6, channels=8) + np.array([0.0, 200.0, 0.0, 30.0, 0.0, 0.0, -50.0, 0.0])
    swapped = y.copy()
    swapped[row] = y[row, [1, 0, 3, 2, 6, 5, 4, 7]]
    assert detect(swapped, 300).events == detect(y, 300).events == ()


def test_a_new_state_is_accepted_after_a_head_and_the_way_back_is_no_alarm() -> None:
    y = steady(5, 1400)
    y[500:1000, 0] += 4.0
    (event,) = detect(y, 300).events
    assert event.ended == "accepted"
    assert 500 + 300 - 5 <= event.last <= 500 + 300  # from the change on, not from the raise
    y[1000:1040, 0] += np.linspace(4.0, 0.0, 40)  # slowly
    assert detect(y, 300).events == (event,)


@pytest.mark.parametrize("beyond", [-4.0, 7.0])
def test_past_where_it_was_normal_is_an_alarm_as_any(beyond: float) -> None:
    y = steady(5, 1400)
    y[500:1000, 0] += 4.0
    y[1000:1100, 0] += beyond
    _, event = detect(y, 300).events
    assert 1000 <= event.first <= 1010
    assert event.suspects == (0,)


def test_an_alarm_recedes_when_most_of_the_change_is_gone() -> None:
    """What is left is a new normal, and on its way to the old one no alarm."""
    y = steady(10)
    y[500:650, 2] += 12.0
    left = np.linspace(1.5, 0.0, 200)
    y[650:850, 2] += left
    (event,) = detect(y, 300).events
    assert event.ended == "receded"
    assert 650 + FROZEN.clear_rows <= event.last <= 685
    y[720:760, 1] += 3.0
    _, other = detect(y, 300).events
    assert 720 <= other.first <= 730
    assert other.suspects[0] == 1


@pytest.mark.parametrize(("share", "ended"), [(0.1, "receded"), (0.3, "accepted")])
def test_how_much_may_be_left(share: float, ended: str) -> None:
    y = steady(12)
    y[500:600, 2] += 20.0
    y[600:, 2] += 20.0 * share
    assert detect(y, 300).events[0].ended == ended


def test_an_alarm_recedes_when_all_that_moved_has_come_back_and_not_when_some_has() -> None:
    y = steady(13)
    y[500:600, 1:3] += 10.0
    y[600:, 1] += 1.5
    back = detect(y, 300).events[0]
    assert back.ended == "receded"
    y[600:, 2] += 8.0
    assert detect(y, 300).events[0].ended == "accepted"


def test_surroundings_that_warm_on_are_no_fault() -> None:
    rng = np.random.default_rng(6)
    y = steady(6, 1100)
    walk = np.cumsum(0.05 + 0.03 * rng.standard_normal(1100))
    y[:, 3] = walk + 0.1 * rng.standard_normal(1100)  # warms in the head and ever after
    assert detect(y, 400).events == ()
    y[700:, 3] = y[700, 3] + 0.1 * rng.standard_normal(400)  # or stops to
    assert detect(y, 400).events == ()


def test_readings_that_are_missing_neither_raise_nor_clear() -> None:
    y = steady(7)
    y[450:500, 0] = np.nan
    y[:, 1] = np.where(np.arange(900) % 3 == 0, np.nan, y[:, 1])
    assert detect(y, 300).events == ()
    y[600:, 2] += 4.0
    y[640:, 2] = np.nan
    event = detect(y, 300).events[0]
    assert 600 <= event.first <= 605


def test_odd_channels_are_judged_without_a_word() -> None:
    y = steady(9, 500, 8)
    y[:, 1] = np.arange(500) * 3.6e6  # a counter
    y[:, 2] = np.arange(500) > 100  # a switch, once
    y[:, 3] = y[:, 0]  # a twin
    y[:, 4] = 1e9 + 1e-3 * y[:, 4]
    y[150:, 5] = np.nan  # a sensor that dies
    y[:80, 6] = np.nan  # one that comes late
    y[:, 7] = np.where(np.arange(500) % 97 == 0, 1.0, 0.0)  # a pulse now and then
    flags = detect(y, 200)
    assert np.isfinite(flags.score).all()
    assert np.isfinite(flags.share).all()
    assert flags.alarm[200:].mean() <= 0.1
    y[300:, 4] += 4e-3
    assert 300 <= detect(y, 200).events[-1].first <= 310


def test_what_a_head_says_nothing_about() -> None:
    head = steady(8, 100)
    head[:, 1] = 21.5
    head[:60, 2] = np.nan
    reasons = unfit(head)
    assert reasons[0] is None
    assert reasons[1] is not None
    assert "constant in the head at 21.5" in reasons[1]
    assert reasons[2] == "only 40 of 100 rows of the head have a reading"


def test_suspects_are_the_loudest() -> None:
    assert suspects(np.array([0.2, 5.0, 1.5, 0.9])) == (1, 2)
    assert suspects(np.array([0.2, 0.1])) == (0,)


def test_the_synthetic_episode_is_where_it_says() -> None:
    y, truth = episode("unbalanced", 0)
    assert y.shape == (ROWS, 8)
    assert np.flatnonzero(truth)[[0, -1]].tolist() == [BEGIN, END - 1]
