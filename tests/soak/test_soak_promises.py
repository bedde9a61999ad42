"""The judge of a soak sees what it is there to see: each promise, broken by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
from neighbour_desk import T0_NS, Desk
from soak_promises import _page, _spared, ends, grown
from soak_record import Record
from soak_watch import Sample

from hil.cli.monitor import _say

NS = 1_000_000_000


@pytest.fixture
def desk(tmp_path):
    with Desk(tmp_path, "") as made:
        made.record(60, 0)
        yield made


def record_of(desk: Desk) -> Record:
    desk.writer.commit()
    return Record(desk.data)


def ears_of(rows: dict) -> SimpleNamespace:
    return SimpleNamespace(rows=rows, lost=[])


def test_a_whole_record_has_nothing_against_it(desk):
    assert record_of(desk).stamps() == []
    assert record_of(desk).files() == []
    until_ns = T0_NS + 59 * NS
    for stream, rows in desk.written.items():
        assert record_of(desk).heard_rows(ears_of({stream: rows}), stream, until_ns) == []


def test_a_hole_that_nobody_tells_of(desk):
    desk.record(60, 70)
    assert record_of(desk).stamps() == ["a hole of 11 s is not told"]
    desk.writer.gap(T0_NS + 59 * NS, T0_NS + 70 * NS, "the monitor was not running")
    assert record_of(desk).stamps() == []


def test_a_hole_that_is_none(desk):
    desk.writer.gap(T0_NS + 10 * NS, T0_NS + 12 * NS, "the clock was set forward")
    assert record_of(desk).stamps() == ["a hole of 2 s is told that is none"]


def test_a_stamp_that_is_on_no_whole_second(desk):
    stream, columns = "measured", 2
    values = np.zeros((1, columns))
    t_ns = np.array([T0_NS + 60 * NS + 1])
    desk.writer.append(stream, t_ns, values, np.zeros((1, columns), np.uint8))
    assert "stamps are not on whole seconds" in record_of(desk).stamps()


def test_a_file_that_is_broken(desk):
    (week,) = (desk.data / "weeks").glob("*.sqlite")
    desk.writer.close()
    torn = bytearray(week.read_bytes())
    torn[4096:8192] = b"\xff" * 4096
    week.write_bytes(torn)
    (desk.data / "desk.sqlite").write_text("not a data base, but long enough to be read as one" * 9)
    wrong = " ".join(Record(desk.data).files())
    assert week.name in wrong
    assert "desk.sqlite: " in wrong


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (lambda rows: rows[:10] + rows[11:], ["measured: 1 rows lost"]),
        (lambda rows: [*rows[:10], rows[9], *rows[10:]], ["measured: 1 rows twice"]),
        (lambda rows: [(1, rows[0][1]), *rows], ["measured: 1 rows not recorded"]),
        (
            lambda rows: [*rows[:-1], (rows[-1][0], [0.0, 0.0])],
            ["measured: values at the broker are not those of the record"],
        ),
        (lambda _: [], ["measured: 60 rows lost"]),
    ],
)
def test_rows_that_the_broker_did_not_hear_once(desk, change, wrong):
    ears = ears_of({"measured": change(desk.written["measured"])})
    assert record_of(desk).heard_rows(ears, "measured", T0_NS + 59 * NS) == wrong


def test_who_ended_as_a_monitor_says_it(capsys):
    _say("link hp_line ended: link hp_line was killed (SIGKILL); again in 0.5 s")
    _say("link hp_line is back")
    _say("loop ended: said nothing for 18 s; again in 0.5 s")
    said = capsys.readouterr().err.splitlines()
    assert [name for name, _ in ends(said)] == ["link hp_line", "loop"]


@pytest.mark.parametrize(
    ("a_look", "wrong"),
    [
        (lambda k: Sample(100_000_000 + 10_000 * k, 20), []),
        (lambda k: Sample(100_000_000, 20 + k // 20), []),
        (lambda k: Sample(100_000_000 + 500_000 * k, 20), ["twin grew by 37.5 MB"]),
        (lambda k: Sample(100_000_000, 20 + k), ["twin has 107 files open, had 32"]),
    ],
)
def test_a_process_that_grows(a_look, wrong):
    found = grown({"twin": [a_look(k) for k in range(100)]})
    assert found == wrong


@pytest.mark.parametrize(
    ("answered", "wrong"),
    [
        ([True] * 9, []),
        ([True, False, False, True, True], []),
        ([True, True, False], ["it does not answer at the end"]),
        ([False] * 6 + [True] * 2, ["it did not answer in the first half"]),
    ],
)
def test_a_page_that_does_not_answer(answered, wrong):
    assert _page(answered) == wrong


def test_a_process_that_nobody_ended():
    def soak(ended: list[str]) -> SimpleNamespace:
        samples = {name: [] for name in ("loop", "page", "supervisor", "twin")}
        return SimpleNamespace(
            watch=SimpleNamespace(samples=samples), faults=SimpleNamespace(ended=ended)
        )

    assert _spared(soak(["loop", "twin", "page"])) == []
    assert _spared(soak(["loop", "loop", "page"])) == ["nobody ended twin"]
    assert _spared(soak(["loop", "page"])) == []  # the turn had not come to everybody
