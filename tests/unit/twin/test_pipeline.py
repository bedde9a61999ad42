"""The twin on a plant small enough to check by hand: a first-order part behind another."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from twin.pipeline import PartInputs, Twin, Watched

TAU_S = 60.0
SECOND = 1_000_000_000
# signals: 0 inlet of a, 1 outlet of a = inlet of b, 2 outlet of b; one command, a's switch
PARTS = (PartInputs("a", (0,), (0,), switch=0, settle_ns=600 * SECOND), PartInputs("b", (1,), ()))
WATCHED = (Watched("a.T", "a", 1, 0.5, 0.0), Watched("b.T", "b", 2, 0.5, 5.0))


class FirstOrder:
    """Both parts: outlet follows inlet with TAU_S. Inputs: inlet a, command a, inlet b."""

    def initialize(self, inputs):
        self.x = inputs[[0, 2]].copy()

    def run(self, inputs, dt_ns):
        dt_s = dt_ns / 1e9
        out = np.empty((len(inputs), 2))
        for k, u in enumerate(inputs):
            self.x = self.x + dt_s / (TAU_S + dt_s) * (u[[0, 2]] - self.x)
            out[k] = self.x
        return out


def plant(n: int, bias=(0.0, 0.0, 0.0), from_row: int = 0, offset_a: float = 0.0):
    """Measured rows of the true plant; `bias` on sensors and `offset_a` on a's physics."""
    inlet = 20.0 + 5.0 * ((np.arange(n) // 900) % 2)
    model = FirstOrder()
    model.initialize(np.array([inlet[0], 1.0, inlet[0]]))
    rows, a, b = [], inlet[0], inlet[0]
    before = (inlet[0], inlet[0])
    for k in range(n):
        a, b = model.run(np.array([[before[0], 1.0, before[1]]]), SECOND)[0]
        a_true = a + (offset_a if k >= from_row else 0.0)
        rows.append((inlet[k], a_true, b))
        before = (inlet[k], a_true)
    lagged, seen = np.array(rows), rows[0][2]
    for k in range(n):
        seen = seen + 1.0 / 6.0 * (lagged[k, 2] - seen)
        lagged[k, 2] = seen
    lagged[from_row:] += np.array(bias)
    return lagged


def follow(measured, good=None, commands=None, cuts=()):
    n = len(measured)
    twin = Twin(PARTS, WATCHED, (FirstOrder(), FirstOrder()), 3, 1, SECOND)
    t = np.arange(1, n + 1) * SECOND
    good = np.ones((n, 3), bool) if good is None else good
    commands = np.ones((n, 1)) if commands is None else commands
    edges = [0, *sorted(cuts), n]
    done = [
        twin.follow(t[i:j], measured[i:j], good[i:j], commands[i:j], np.ones((j - i, 1), bool))
        for i, j in pairwise(edges)
    ]
    return np.vstack([d.predicted for d in done]), [a for d in done for a in d.alarms]


def test_a_healthy_plant_is_predicted_and_quiet():
    measured = plant(7200)
    predicted, alarms = follow(measured)
    assert np.abs(predicted - measured[:, [1, 2]]).max() < 1e-9
    assert alarms == []


def test_a_fault_in_a_alarms_on_a_alone():
    _, alarms = follow(plant(5400, from_row=1800, offset_a=2.0))
    assert [a.part for a in alarms] == ["a"]
    assert 1800 < alarms[0].raised_ns / SECOND < 1800 + 120


def test_a_biased_sensor_between_the_parts_blames_its_own_part():
    """It is b's boundary too; b's residual is explained by a's sensor and stays withheld."""
    _, alarms = follow(plant(5400, bias=(0, 2.0, 0), from_row=1800))
    assert [a.part for a in alarms] == ["a"]


def test_a_wrong_reading_hides_no_fault_of_its_neighbour():
    """What the wrong inlet of b cannot explain is b's, however long the inlet stays wrong."""
    measured = plant(7200, bias=(0, 2.0, 0), from_row=1800)
    measured[3600:, 2] -= 3.0
    _, alarms = follow(measured)
    assert [a.part for a in alarms] == ["a", "b"]
    assert 3600 < alarms[1].raised_ns / SECOND < 3700


def test_two_faults_that_feed_each_other_are_two_alarms():
    parts = (PartInputs("a", (1,), ()), PartInputs("b", (0,), ()))
    watched = (Watched("a.T", "a", 0, 0.5, 0.0), Watched("b.T", "b", 1, 0.5, 0.0))

    class Both(FirstOrder):
        def initialize(self, inputs):
            self.x = inputs.copy()

        def run(self, inputs, dt_ns):
            out = np.empty((len(inputs), 2))
            for k, u in enumerate(inputs):
                self.x = self.x + (dt_ns / SECOND) / (TAU_S + dt_ns / SECOND) * (0.5 * u - self.x)
                out[k] = self.x
            return out

    twin = Twin(parts, watched, (Both(), Both()), 2, 0, SECOND)
    n = 3600
    measured = np.zeros((n, 2))
    measured[1800:] = [3.0, 3.0]  # each alone would be at half of the other's
    rows = np.arange(1, n + 1) * SECOND
    empty = np.empty((n, 0))
    alarms = twin.follow(rows, measured, np.ones((n, 2), bool), empty, empty.astype(bool)).alarms
    assert sorted(a.part for a in alarms) == ["a", "b"]


def test_missing_rows_leave_the_parts_unobservable_until_the_models_have_caught_up():
    measured = plant(5400)
    t = np.arange(1, 5401) * SECOND
    keep = np.r_[0:2000, 2900:5400]  # the inlet has stepped meanwhile
    twin = Twin(PARTS, WATCHED, (FirstOrder(), FirstOrder()), 3, 1, SECOND)
    ones = np.ones((len(keep), 3), bool)
    commands = np.ones((len(keep), 1))
    followed = twin.follow(t[keep], measured[keep], ones, commands, commands.astype(bool))
    assert followed.alarms == []
    assert set(twin.standing().values()) == {"watched"}


def test_a_lost_boundary_is_not_observable_and_not_an_alarm():
    measured = plant(3600, bias=(0, 0, 5.0), from_row=1800)
    good = np.ones((3600, 3), bool)
    good[1700:, 1] = False
    _, alarms = follow(measured, good)
    # nothing is said of b, whose input is gone; that the sensor itself is gone is a's alarm
    assert [(a.part, a.signal) for a in alarms] == [("a", "a.T")]


def test_a_sensor_without_a_good_reading_is_an_alarm_after_five_minutes():
    measured, good = plant(3600), np.ones((3600, 3), bool)
    good[1700:, 2] = False
    _, alarms = follow(measured, good)
    assert [(a.part, a.signal) for a in alarms] == [("b", "b.T")]
    assert 1700 + 300 <= alarms[0].raised_ns / SECOND <= 1700 + 310


def test_commands_that_nobody_could_read_make_a_part_not_observable():
    measured = plant(3600, from_row=1900, offset_a=2.0)
    t = np.arange(1, 3601) * SECOND
    read = np.ones((3600, 1), bool)
    read[1800:] = False
    twin = Twin(PARTS, WATCHED, (FirstOrder(), FirstOrder()), 3, 1, SECOND)
    good = np.ones((3600, 3), bool)
    followed = twin.follow(t, measured, good, np.ones((3600, 1)), read)
    assert followed.alarms == []
    assert twin.standing() == {"a": "not observable", "b": "watched"}


NAMED = (replace(PARTS[0], names=("a.T_in", "a.on")), replace(PARTS[1], names=("a.T",)))


@pytest.mark.parametrize(
    ("until", "lose", "said"),
    [
        (5, None, dict.fromkeys("ab", "nothing was read yet")),
        (600, None, dict.fromkeys("ab", "it has just begun, or rows were missing: 11 min left")),
        (1300, None, {}),
        (3600, 0, {"a": "a.T_in has not been read for 30 min"}),
        (3600, 2, {"b": "none of its watched signals has a good reading"}),
        (2000, 3, {"a": "settling after a.on was switched: 7 min left"}),
        (3600, 3, {}),
    ],
)
def test_a_part_that_is_not_observable_says_why(until, lose, said):
    """From 1800 s on a signal is lost (0 to 2), or a is switched off (3)."""
    good, commands = np.ones((until, 3), bool), np.ones((until, 1))
    if lose == 3:
        commands[1800:] = 0.0
    elif lose is not None:
        good[1800:, lose] = False
    twin = Twin(NAMED, WATCHED, (FirstOrder(), FirstOrder()), 3, 1, SECOND)
    t = np.arange(1, until + 1) * SECOND
    twin.follow(t, plant(until), good, commands, np.ones((until, 1), bool))
    assert twin.reasons() == said


def test_what_was_never_read_is_named():
    good = np.ones((1300, 3), bool)
    good[:, 0] = False
    twin = Twin(NAMED, WATCHED, (FirstOrder(), FirstOrder()), 3, 1, SECOND)
    rows = (np.arange(1, 1301) * SECOND, plant(1300), good, np.ones((1300, 1)))
    twin.follow(*rows, np.ones((1300, 1), bool))
    waits = "nothing is predicted before a.T_in has been read"  # models begin together
    assert twin.reasons() == {"a": "a.T_in was never read", "b": waits}


class Guessing(FirstOrder):
    """Both parts, and how many ranges of its validity the model of a has left: inlets above 24."""

    def run(self, inputs, dt_ns):
        return np.column_stack([super().run(inputs, dt_ns), 2.0 * (inputs[:, 0] > 24.0)])


GUESSING = (PartInputs("a", (0,), (0,), switch=0, settle_ns=600 * SECOND, counts=True), PARTS[1])


def follow_guessing(measured, cuts=()):
    n = len(measured)
    twin = Twin(GUESSING, WATCHED, (Guessing(), Guessing()), 3, 1, SECOND)
    t, ones = np.arange(1, n + 1) * SECOND, np.ones((n, 3))
    alarms, standings = [], []
    for i, j in pairwise([0, *sorted(cuts), n]):
        followed = twin.follow(
            t[i:j], measured[i:j], ones[i:j] > 0, ones[i:j, :1], ones[i:j, :1] > 0
        )
        assert followed.predicted.shape == (j - i, 2)
        alarms += followed.alarms
        standings.append((twin.standing()["a"], twin.reasons().get("a"), twin.standing()["b"]))
    return alarms, standings


def test_a_prediction_of_a_model_outside_its_validity_is_not_judged():
    """The inlet is at 25, outside, from 900 to 1800, 2700 to 3600 and from 4500 on."""
    measured = plant(5400)
    measured[2760:3500, 1] += 5.0
    _, alarms = follow(measured)
    assert [a.part for a in alarms] == ["a"]  # of a model that is valid there
    alarms, standings = follow_guessing(measured, cuts=(2600, 3300, 3700))
    assert alarms == []
    outside = ("not observable", "outside the validity of its model")
    assert [s[:2] for s in standings] == [("watched", None), outside, ("watched", None), outside]
    assert "not observable" not in [s[2] for s in standings]  # b's model is valid throughout


def test_a_fault_that_outlasts_the_time_outside_is_still_found():
    measured = plant(5400)
    measured[3000:, 1] += 5.0
    alarms, _ = follow_guessing(measured)
    assert [a.part for a in alarms] == ["a"]
    assert 3600 < alarms[0].raised_ns / SECOND < 3700


def test_a_part_that_was_just_switched_is_given_time():
    measured = plant(1800, from_row=1000, offset_a=2.0)
    commands = np.ones((1800, 1))
    commands[:995] = 0.0
    _, alarms = follow(measured, commands=commands)
    assert [a.part for a in alarms] == ["a"]
    assert alarms[0].raised_ns / SECOND >= 995 + 600


def test_a_twin_that_has_just_begun_judges_nothing():
    """It starts in a state of its own choice, and here a's sensor is wrong from the first row."""
    _, alarms = follow(plant(1190, bias=(0, 3.0, 0)))
    assert alarms == []
    _, alarms = follow(plant(1300, bias=(0, 3.0, 0)))
    assert [a.part for a in alarms] == ["a"]


def test_nothing_is_predicted_before_the_boundary_was_read():
    measured, good = plant(60), np.ones((60, 3), bool)
    good[:20, 0] = False
    predicted, _ = follow(measured, good, cuts=(5, 15))
    assert np.isnan(predicted[:20]).all()
    assert np.isfinite(predicted[21:]).all()


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(1, 1499), max_size=8))
@example({2, 3})  # blocks before everything has been read once
def test_blocks_may_be_cut_anywhere(cuts):
    rng = np.random.default_rng(1)
    measured = plant(1500) + 0.1 * rng.standard_normal((1500, 3))
    good = rng.random((1500, 3)) > 0.1
    measured[1300:, 2] += 2.0  # for an alarm of b, whose mean residual is compared too
    good[:3, 0] = False  # the first predictions must wait
    commands = np.repeat([1.0, 0.0, 1.0], 500)[:, None]
    whole, raised = follow(measured, good, commands)
    pieces, raised_in_pieces = follow(measured, good, commands, cuts)
    np.testing.assert_array_equal(whole, pieces)
    assert [alarm.part for alarm in raised] == ["b"]
    assert raised == raised_in_pieces


@pytest.mark.parametrize("size", [0.6, 1.0, 3.0])
def test_delay_falls_with_size(size):
    _, alarms = follow(plant(9000, from_row=1800, offset_a=size))
    assert [a.part for a in alarms] == ["a"]
    limit = {0.6: 7200, 1.0: 600, 3.0: 60}[size]
    assert alarms[0].raised_ns / SECOND - 1800 < limit


class Reckoning(Guessing):
    """It gives each part's inlet, tenfold, as well: what nobody measures."""

    def run(self, inputs, dt_ns):
        return np.column_stack([super().run(inputs, dt_ns), 10.0 * inputs[:, [0, 2]]])


def follow_reckoning(measured, good, cuts=()):
    n = len(measured)
    predictors = (Reckoning(), Guessing())
    twin = Twin(GUESSING, WATCHED, predictors, 3, 1, SECOND, ("a.P_pump", "b.P_pump"))
    t, commands = np.arange(1, n + 1) * SECOND, np.ones((n, 1))
    done = [
        twin.follow(t[i:j], measured[i:j], good[i:j], commands[i:j], commands[i:j] > 0)
        for i, j in pairwise([0, *cuts, n])
    ]
    return np.vstack([d.predicted for d in done]), [a for d in done for a in d.alarms]


def test_what_is_reckoned_is_told_and_changes_nothing_that_is_judged():
    measured = plant(3000, from_row=1900, offset_a=2.0)
    good = np.ones((3000, 3), bool)
    twin = Twin(GUESSING, WATCHED, (Guessing(), Guessing()), 3, 1, SECOND)
    t, commands = np.arange(1, 3001) * SECOND, np.ones((3000, 1))
    alone = twin.follow(t, measured, good, commands, commands > 0)
    told, alarms = follow_reckoning(measured, good)
    np.testing.assert_array_equal(told[:, :2], alone.predicted)
    assert alarms == alone.alarms
    assert [a.part for a in alarms] == ["a"]
    np.testing.assert_array_equal(told[1:, 3], 10.0 * measured[:-1, 1])
    in_pieces, _ = follow_reckoning(measured, good, cuts=(1, 850, 1700))
    np.testing.assert_array_equal(in_pieces, told)


def test_nothing_is_reckoned_from_old_readings_or_outside_the_validity_of_a_model():
    """The inlet is at 25, outside, from 900 to 1800; b's is not read from 2000 on."""
    measured, good = plant(2400), np.ones((2400, 3), bool)
    good[2000:, 1] = False
    told, _ = follow_reckoning(measured, good)
    unknown = np.isnan(told[:, 2:])
    assert np.flatnonzero(unknown[:, 0]).tolist() == list(range(901, 1801))
    assert np.flatnonzero(unknown[:, 1]).tolist() == list(range(2061, 2400))  # its last is old
