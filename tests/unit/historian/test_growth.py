"""When a file had which length, whatever happened to it and to the clock."""

from hypothesis import given
from hypothesis import strategies as st

from hil.historian.growth import Growth, GrowthFile


def grow(path, steps):
    """Lines of `path` with the times [ns] at which each was there."""
    ends = []
    with path.open("ab") as file, GrowthFile(path, iter(t for _, t in steps).__next__) as growth:
        for line, _ in steps:
            file.write(line)
            file.flush()
            ends.append(file.tell())
            growth.grown(ends[-1])
    return ends


LINE = st.integers(0, 30).map(lambda n: b"x" * n + b"\n")
STEPS = st.lists(st.tuples(LINE, st.integers(1, 1000)), min_size=1, max_size=12)


@given(STEPS, st.integers(0, 1001))
def test_a_past_moment_is_the_last_one_that_the_clock_called_so(tmp_path_factory, steps, t_ns):
    path = tmp_path_factory.mktemp("growth") / "record"
    ends = grow(path, steps)
    growth = Growth(path)
    assert [growth.reached_ns(end) for end in ends] == [t for _, t in steps]
    known = [i + 1 for i, (_, at) in enumerate(steps) if at <= t_ns]
    assert growth.lines_at(ends, t_ns) == max(known, default=0)
    assert growth.changed_ns(t_ns) == max((at for _, at in steps if at <= t_ns), default=0)
    assert growth.changed_ns() == path.stat().st_mtime_ns


def test_lines_whose_time_was_lost_count_from_the_last_change_on(tmp_path):
    path = tmp_path / "record"
    ends = grow(path, [(b"a\n", 100)])
    with path.open("ab") as file:
        file.write(b"b\n")
    growth = Growth(path)
    changed_ns = growth.changed_ns()
    assert growth.reached_ns(ends[0] + 2) is None
    assert [growth.lines_at([2, 4], t) for t in (99, 100, changed_ns - 1, changed_ns)] == [
        0, 1, 1, 2,
    ]  # fmt: skip
    # a later line covers it
    with GrowthFile(path, lambda: 300) as file:
        file.grown(6)
    assert Growth(path).reached_ns(4) == 300


def test_a_file_of_which_nothing_is_known(tmp_path):
    growth = Growth(tmp_path / "none")
    assert (growth.changed_ns(), growth.reached_ns(1), growth.lines_at([], 10**20)) == (0, None, 0)
    path = tmp_path / "record"
    path.write_bytes(b"a\n")
    growth = Growth(path)
    assert growth.lines_at([2], growth.changed_ns() - 1) == 0
    assert growth.lines_at([2], growth.changed_ns()) == 1


def test_a_torn_line_costs_itself_alone(tmp_path):
    path = tmp_path / "record"
    grow(path, [(b"a\n", 100), (b"b\n", 200)])
    with (tmp_path / "record.when").open("ab") as when:
        when.write(b"6 30")
    with GrowthFile(path, lambda: 400) as file:
        file.grown(8)
    growth = Growth(path)
    assert [growth.reached_ns(n) for n in (2, 4, 6, 8)] == [100, 200, 400, 400]
