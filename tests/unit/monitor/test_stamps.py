"""Stamps of rows on clocks that are set, that sleep and that leap, in virtual time."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.monitor.stamps import Missing, Stamp, Stamps
from twin.clock import NS_PER_S, Instant

S = NS_PER_S
BEGAN = 1_790_000_000 * S + 123_456_789


@dataclass
class Machine:
    """Three clocks that somebody turns."""

    mono_ns: int = 5 * S
    utc_ns: int = BEGAN
    boot_ns: int = 9 * S
    rows: list[Stamp] = field(default_factory=list)

    def now(self) -> Instant:
        return Instant(self.mono_ns, self.utc_ns, self.boot_ns)

    def pass_ns(self, ns: int) -> None:
        self.mono_ns += ns
        self.utc_ns += ns
        self.boot_ns += ns

    def sleep(self, ns: int) -> None:
        self.utc_ns += ns
        self.boot_ns += ns

    def run(self, stamps: Stamps, rows: int, late_ns: int = 50_000) -> list[Stamp]:
        """So many rows, each begun a little late; those alone."""
        before = len(self.rows)
        for _ in range(rows):
            self.pass_ns(max(0, stamps.deadline_ns - self.mono_ns) + late_ns)
            self.rows.append(stamps.take(self.now()))
        return self.rows[before:]


def begun(period_ns=S, after_ns=None):
    machine = Machine()
    return machine, Stamps(period_ns, machine.now(), after_ns)


def test_rows_stand_on_whole_periods_of_utc():
    machine, stamps = begun()
    rows = machine.run(stamps, 100)
    assert [r.t_ns for r in rows] == [(BEGAN // S + 1 + k) * S for k in range(100)]
    assert all(r == Stamp(r.t_ns, 50_000, Missing.NOTHING, 0) for r in rows)
    assert stamps.offset_ns == 0
    assert machine.utc_ns - rows[-1].t_ns == 50_000


@pytest.mark.parametrize("step_s", [1, 2, 3600, 86_400])
def test_a_clock_set_forward_leaves_a_gap_of_that_length(step_s):
    machine, stamps = begun()
    before = machine.run(stamps, 10)[-1]
    machine.utc_ns += step_s * S
    after, *rest = machine.run(stamps, 10)
    assert after.missing is Missing.FORWARD
    assert after.missed == step_s
    assert after.t_ns - before.t_ns == (step_s + 1) * S
    assert all(r.missing is Missing.NOTHING for r in rest)
    assert stamps.offset_ns == 0


def test_a_machine_that_slept_leaves_a_gap_with_that_reason():
    machine, stamps = begun()
    before = machine.run(stamps, 10)[-1]
    machine.sleep(600 * S)
    after = machine.run(stamps, 1)[0]
    assert (after.missing, after.missed) == (Missing.ASLEEP, 600)
    assert after.t_ns == before.t_ns + 601 * S


def test_a_loop_that_is_late_by_periods_says_so_and_goes_on_with_now():
    machine, stamps = begun()
    before = machine.run(stamps, 10)[-1]
    machine.pass_ns(5 * S)
    late = machine.run(stamps, 1)[0]
    assert (late.missing, late.missed) == (Missing.LATE, 4)
    assert late.t_ns == before.t_ns + 5 * S
    assert late.late_ns == 4 * S + 100_000
    assert machine.run(stamps, 1)[0].late_ns == 50_000


@pytest.mark.parametrize("step_s", [0.3, 1, 3.7])
def test_a_clock_set_back_is_caught_up_one_percent_at_a_time(step_s):
    machine, stamps = begun()
    before = machine.run(stamps, 10)[-1]
    machine.utc_ns -= round(step_s * S)
    began_ns = machine.mono_ns
    rows = machine.run(stamps, 1)
    assert stamps.offset_ns == round(step_s * S) - S // 100
    while stamps.offset_ns:
        rows += machine.run(stamps, 1)
    assert [r.t_ns for r in rows] == [before.t_ns + (k + 1) * S for k in range(len(rows))]
    assert all(r.missing is Missing.NOTHING for r in rows)
    assert len(rows) == pytest.approx(100 * step_s, abs=1)
    # that took longer than rows say, by the step
    assert machine.mono_ns - began_ns == pytest.approx(len(rows) * S + step_s * S, abs=S // 50)
    machine.run(stamps, 1)
    assert 0 <= machine.utc_ns - machine.rows[-1].t_ns < S // 50


def test_a_leap_second_and_one_that_is_smeared_lose_no_row():
    machine, stamps = begun()
    machine.run(stamps, 10)
    machine.utc_ns -= S  # 23:59:59 twice
    machine.run(stamps, 200)
    for _ in range(20_000):  # spread over hours, 50 ppm
        machine.utc_ns -= 50_000
        machine.run(stamps, 1)
    steps = {b.t_ns - a.t_ns for a, b in zip(machine.rows, machine.rows[1:], strict=False)}
    assert steps == {S}
    assert abs(stamps.offset_ns) <= 50_000


def test_a_time_server_that_steers_is_followed():
    machine, stamps = begun()
    machine.utc_ns += 400_000_000
    machine.run(stamps, 60)
    assert stamps.offset_ns == 0
    assert all(r.missing is Missing.NOTHING for r in machine.rows)


def test_it_goes_on_behind_the_last_row_of_before():
    after_ns = (BEGAN // S + 30) * S
    machine, stamps = begun(after_ns=after_ns)  # the clock was set back while nothing ran
    first = machine.run(stamps, 1)[0]
    assert first.t_ns == after_ns + S
    assert 29 * S < stamps.offset_ns < 31 * S
    machine, stamps = begun(after_ns=BEGAN - 3600 * S)
    assert machine.run(stamps, 1)[0].t_ns == (BEGAN // S + 1) * S


turns = st.lists(
    st.tuples(
        st.sampled_from(["forward", "back", "sleep", "late", "run"]),
        st.integers(0, 20 * S),
    ),
    max_size=30,
)


@given(turns, st.sampled_from([S // 10, S, 10 * S]))
@settings(max_examples=200, deadline=None)
def test_whatever_happens_stamps_rise_and_nothing_is_missing_unsaid(turns, period_ns):
    machine, stamps = begun(period_ns)
    for what, ns in turns:
        match what:
            case "forward":
                machine.utc_ns += ns
            case "back":
                machine.utc_ns -= ns
            case "sleep":
                machine.sleep(ns)
            case "late":
                machine.pass_ns(ns)
        machine.run(stamps, 3)
    for before, after in zip(machine.rows, machine.rows[1:], strict=False):
        assert after.t_ns % period_ns == 0
        assert after.t_ns - before.t_ns == (1 + after.missed) * period_ns
        assert (after.missing is Missing.NOTHING) == (after.missed == 0)
