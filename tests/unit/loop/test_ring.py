"""Rows come out as they went in, whatever the pace of the two sides."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hil.loop.ring import Ring, row_type

DTYPE = row_type(2, 1, 1)


def ring(capacity: int) -> Ring:
    return Ring(memoryview(bytearray(Ring.size(DTYPE, capacity))), DTYPE, capacity)


def row(t: int) -> tuple[object, ...]:
    return t, 0, [t, -t], [0.5], [1.0], [0, 0], [0]


@given(st.lists(st.integers(-6, 6).filter(bool), max_size=60), st.integers(1, 8))
def test_order_and_count_are_kept(moves, capacity):
    """Positive moves write as many rows, negative ones read up to as many."""
    r, written, read = ring(capacity), 0, 0
    for move in moves:
        for _ in range(max(move, 0)):
            if not r.put(row(written)):
                assert written - read == capacity
                break
            written += 1
        if move < 0:
            rows = r.take(-move)
            assert rows["t_ns"].tolist() == list(range(read, read + len(rows)))
            assert rows["measured"][:, 1].tolist() == [-float(t) for t in rows["t_ns"]]
            assert len(rows) > 0 or written == read
            read += len(rows)


def test_rows_taken_stay_when_the_ring_moves_on():
    r = ring(2)
    for t in range(2):
        r.put(row(t))
    rows = r.take(2)
    for t in range(2, 4):
        r.put(row(t))
    assert rows["t_ns"].tolist() == [0, 1]


def test_drops_and_the_end_are_seen_by_the_reader():
    buffer = memoryview(bytearray(Ring.size(DTYPE, 1)))
    writer, reader = Ring(buffer, DTYPE, 1), Ring(buffer, DTYPE, 1)
    assert (reader.dropped, reader.closed) == (0, False)
    writer.drop()
    writer.close()
    assert (reader.dropped, reader.closed) == (1, True)
    assert np.asarray(reader.take(5)).size == 0
