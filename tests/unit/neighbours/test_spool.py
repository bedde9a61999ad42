"""Every row is in one confirmed message, whatever is lost, killed or appended meanwhile."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.historian.weeks import Channel, Weeks, WeekWriter
from hil.neighbours.cursors import Cursors
from hil.neighbours.spool import Spool, newest_values
from twin.clock import NS_PER_S

T0_NS = 1_796_000_000 * NS_PER_S
STREAMS = {"measured": [Channel("a.x:measured", "K", 0.01)]}

steps = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.integers(1, 40)),
        st.sampled_from([("confirm", 0), ("lose", 0), ("restart", 0)]),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(steps, st.integers(1, 17))
def test_every_row_once(todo, most_rows):
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        writer = stack.enter_context(WeekWriter(folder / "weeks", STREAMS, ballast_bytes=0))
        weeks = stack.enter_context(Weeks(folder / "weeks"))
        box = stack.enter_context(Cursors(folder / "cursors.sqlite"))

        def spool():
            return Spool(weeks, box, "it", most_rows=most_rows, from_beginning=False)

        now, count, taken, numbers = spool(), 0, [], []
        for what, n in [*todo, ("restart", 0)]:
            message = now.next_message("measured") if count else None
            match what:
                case "record":
                    t_ns = T0_NS + (count + np.arange(n)) * NS_PER_S
                    values = np.arange(count, count + n, dtype=float)[:, None]
                    writer.append("measured", t_ns, values, np.zeros((n, 1), np.uint8))
                    writer.commit()
                    count += n
                case "confirm" if message is not None:
                    assert len(message.rows) <= most_rows
                    assert message.after_ns == (taken[-1] if taken else 0)
                    taken += message.rows.t_ns.tolist()
                    numbers.append(message.number)
                    now.confirmed(message)
                case "lose" if message is not None:
                    again = now.next_message("measured")
                    assert again.plain() == message.plain()
                case "restart":
                    now = spool()
        while count and (message := now.next_message("measured")) is not None:
            taken += message.rows.t_ns.tolist()
            numbers.append(message.number)
            now.confirmed(message)
        assert taken == [T0_NS + i * NS_PER_S for i in range(count)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert now.behind_ns() == 0


def test_behind_and_newest(tmp_path):
    with ExitStack() as stack:
        writer = stack.enter_context(WeekWriter(tmp_path / "weeks", STREAMS, ballast_bytes=0))
        weeks = stack.enter_context(Weeks(tmp_path / "weeks"))
        box = stack.enter_context(Cursors(tmp_path / "cursors.sqlite"))
        t_ns = T0_NS + np.arange(10) * NS_PER_S
        quality = np.zeros((10, 1), np.uint8)
        values = np.full((10, 1), 300.5)
        values[-1], quality[-1] = np.nan, 7
        writer.append("measured", t_ns, values, quality)
        writer.commit()
        spool = Spool(weeks, box, "it", most_rows=4, from_beginning=True)
        assert spool.behind_ns() == 9 * NS_PER_S
        first = spool.next_message("measured")
        assert not first.is_newest
        assert newest_values(first)["a.x:measured"]["value"] == 300.5
        spool.confirmed(first)
        assert spool.behind_ns() == 6 * NS_PER_S
        last = Spool(weeks, box, "other", most_rows=100, from_beginning=True)
        message = last.next_message("measured")
        assert message.is_newest
        assert newest_values(message) == {
            "a.x:measured": {
                "t": "2026-11-30T00:53:29.000Z",
                "value": None,
                "unit": "K",
                "quality": "link_down",
            }
        }


def test_a_cursor_that_cannot_be_written_stays(tmp_path):
    """Somebody else holds the file: the message is not counted as told, and comes again."""
    with ExitStack() as stack:
        writer = stack.enter_context(WeekWriter(tmp_path / "weeks", STREAMS, ballast_bytes=0))
        weeks = stack.enter_context(Weeks(tmp_path / "weeks"))
        box = stack.enter_context(Cursors(tmp_path / "cursors.sqlite", busy_ms=1))
        spool = Spool(weeks, box, "it", most_rows=4, from_beginning=True)
        writer.append("measured", np.array([T0_NS]), np.ones((1, 1)), np.zeros((1, 1), np.uint8))
        writer.commit()
        message = spool.next_message("measured")
        other = apsw.Connection(str(tmp_path / "cursors.sqlite"))
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OSError, match=r"cursors\.sqlite: cannot be written"):
            spool.confirmed(message)
        other.execute("COMMIT")
        other.close()
        assert spool.next_message("measured").plain() == message.plain()
        spool.confirmed(message)
        assert spool.next_message("measured") is None
