"""Poll classes on a line: nobody is late where there is capacity, and lateness is counted."""

import itertools
from collections import Counter

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hil.links.poll import RETRY_NS, PollClass, Schedule

S = 1_000_000_000


def run(schedule, costs, from_ns, until_ns, fails=lambda _i, _t: False):
    """A line that does one read at a time: (began, class) of each, and when it first idled."""
    now, log, idle = from_ns, [], None
    while now < until_ns:
        i = schedule.first(now)
        if i is None:
            idle = now if idle is None else idle
            now = schedule.next_ns()
            continue
        log.append((now, i))
        now += costs[i]
        schedule.done(i, now, good=not fails(i, now))
    return log, now, idle


def never_late(tasks):
    """Whether non-preemptive earliest deadline first keeps every deadline, whatever the phases.

    Theorem of Jeffay, Stanat and Martel, On Non-Preemptive Scheduling of Periodic and Sporadic
    Tasks, 1991. `tasks` are (cost, period) by rising period.
    """
    if sum(c / t for c, t in tasks) > 1:
        return False
    for i, (c, t) in enumerate(tasks[1:], 1):
        for length in range(tasks[0][1] + 1, t):
            if length < c + sum((length - 1) // tj * cj for cj, tj in tasks[:i]):
                return False
    return True


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 8), st.integers(4, 60)), min_size=1, max_size=6))
def test_no_class_is_late_where_the_line_has_capacity(tasks):
    tasks = sorted(tasks, key=lambda task: task[1])
    assume(never_late(tasks) and sum(c / t for c, t in tasks) < 0.95)
    schedule = Schedule([PollClass(f"u{i}", t) for i, (_, t) in enumerate(tasks)])
    costs = [c for c, _ in tasks]
    # the first reading of everything comes at once; after that burst the theorem holds
    _, now, _ = run(schedule, costs, 0, 2 * tasks[-1][1])
    while schedule.first(now) is not None:
        _, now, _ = run(schedule, costs, now, now + 1)
    before = [(c.late, c.missed) for c in schedule.classes]
    until = now + 40 * tasks[-1][1]
    log, _, _ = run(schedule, costs, now, until)
    assert [(c.late, c.missed) for c in schedule.classes] == before
    done = Counter(i for _, i in log)
    for i, (_, period) in enumerate(tasks):
        assert abs(done[i] - (until - now) / period) <= 2


def test_a_slow_class_of_many_reads_does_not_delay_a_fast_one():
    # 10 units of 50 ms each every 10 s, and one fast class of 20 ms every 0.1 s
    classes = [PollClass(f"slow{i}", 10 * S) for i in range(10)] + [PollClass("fast", S // 10)]
    schedule = Schedule(classes)
    log, _, _ = run(schedule, [S // 20] * 10 + [S // 50], 0, 60 * S)
    assert (classes[-1].late, classes[-1].missed) == (0, 0)
    assert abs(classes[-1].done - 600) <= 1
    assert all(5 <= c.done <= 7 and not c.late for c in classes[:-1])
    # spread: after the first burst no two slow reads within half a second
    slow = [t for t, i in log if i < 10 and t > 10 * S]
    assert min(b - a for a, b in itertools.pairwise(slow)) > S // 2


def test_without_capacity_it_says_who_is_late_and_by_how_much():
    classes = [PollClass("fast", S), PollClass("slow", 4 * S)]
    schedule = Schedule(classes)
    run(schedule, [3 * S // 4, 2 * S], 0, 100 * S)  # 125 % of the line
    fast, slow = classes
    assert fast.late > 0
    assert fast.worst_late_ns > S // 2
    # every period of a class is either read or counted as missed
    for c in classes:
        assert abs(c.done + c.missed - 100 * S / c.period_ns) <= 2
    assert "late by up to" in str(fast)
    assert fast.late + fast.missed + slow.late + slow.missed >= 100 // 5


def test_the_first_reading_of_a_slow_class_does_not_wait_for_its_phase():
    classes = [PollClass("slow", 600 * S), PollClass("fast", S)]
    log, _, _ = run(Schedule(classes, 7 * S), [S // 10] * 2, 7 * S, 8 * S)
    assert log[:2] == [(7 * S, 1), (7 * S + S // 10, 0)]


def test_no_two_readings_are_further_apart_than_the_period_asks():
    classes = [PollClass("a", 3 * S), PollClass("b", 3 * S), PollClass("c", S)]
    log, _, _ = run(Schedule(classes), [S // 100] * 3, 0, 300 * S)
    for i, c in enumerate(classes):
        times = [t for t, j in log if j == i]
        apart = [b - a for a, b in itertools.pairwise(times)]
        assert max(apart) <= c.period_ns + 2 * S // 100
        assert len(times) <= 300 * S // c.period_ns + 2


def test_a_failed_reading_is_tried_again_before_its_period_is_over():
    classes = [PollClass("slow", 60 * S)]
    schedule = Schedule(classes)
    log, _, _ = run(schedule, [S // 10], 0, 59 * S, fails=lambda _i, t: t < 3 * S)
    times = [t for t, _ in log]
    assert times[:4] == [k * (RETRY_NS + S // 10) for k in range(4)]
    assert len(times) <= 5
    assert classes[0].late == 0


def test_time_alone_decides():
    def once():
        schedule = Schedule([PollClass("a", 700), PollClass("b", 1100), PollClass("c", 9000)])
        return run(schedule, [100, 250, 400], 0, 10**6)[0]

    assert once() == once()
