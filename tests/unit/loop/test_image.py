"""A reader of the process image sees one publish whole, or says that there was none."""

import math
import multiprocessing as mp
import os

from hypothesis import given
from hypothesis import strategies as st

from hil.loop.image import Cell, allot
from hil.loop.shared import SharedMemory
from twin.signals import Quality

values = st.lists(st.floats(allow_nan=False), min_size=3, max_size=3)
qualities = st.lists(st.sampled_from([int(q) for q in Quality]), min_size=3, max_size=3)


def test_nothing_published_is_not_zero():
    cell = Cell(memoryview(bytearray(Cell.size(2))), 2)
    t_ns, seen, quality = cell.read()
    assert t_ns == 0
    assert all(math.isnan(v) for v in seen)
    assert quality == (Quality.NOT_YET, Quality.NOT_YET)


@given(st.lists(st.tuples(st.integers(-(2**62), 2**62), values, qualities), min_size=1))
def test_reader_sees_the_last_publish(publishes):
    buffer = memoryview(bytearray(Cell.size(3)))
    writer, reader = Cell(buffer, 3), Cell(buffer, 3)
    for t_ns, seen, quality in publishes:
        writer.publish(t_ns, seen, quality)
        assert reader.read() == (t_ns, tuple(seen), tuple(quality))


@given(st.integers(0, Cell.size(2) - 1), st.integers(1, 255))
def test_a_writer_killed_half_way_leaves_the_value_before(at, flip):
    """Whatever byte of the slot being written is wrong, the older slot is still whole."""
    raw = bytearray(Cell.size(2))
    cell = Cell(memoryview(raw), 2)
    cell.publish(1, (1.0, 2.0), (0, 0))
    before = bytes(raw)
    cell.publish(2, (3.0, 4.0), (0, 0))
    count = raw[:8]
    raw[:8] = before[:8]  # the new count was never written, the new slot only in part
    changed = [i for i in range(8, len(raw)) if raw[i] != before[i]]
    raw[changed[at % len(changed)]] ^= flip
    assert count != before[:8]
    assert cell.read() == (1, (1.0, 2.0), (0, 0))


def test_cells_in_one_buffer_do_not_touch():
    a, b = allot(memoryview(bytearray(Cell.size(1) + Cell.size(4))), [1, 4])
    a.publish(1, [7.0], [0])
    b.publish(2, [1.0, 2.0, 3.0, 4.0], [0, 1, 2, 3])
    a.publish(3, [8.0], [0])
    assert a.read() == (3, (8.0,), (0,))
    assert b.read() == (2, (1.0, 2.0, 3.0, 4.0), (0, 1, 2, 3))


def _write(path: str, n: int, rounds: int) -> None:
    from pathlib import Path

    memory = SharedMemory(Path(path), Cell.size(n))
    cell = Cell(memory.buffer, n)
    for k in range(1, rounds + 1):
        cell.publish(k, [float(k)] * n, [k % 8] * n)


def test_another_process_never_gives_a_torn_value():
    n, rounds = 40, 20_000
    memory = SharedMemory.create(Cell.size(n))
    cell = Cell(memory.buffer, n)
    path = f"/proc/{os.getpid()}/fd/{memory.descriptor}"  # the writer is no heir of ours
    writer = mp.get_context("spawn").Process(target=_write, args=(path, n, rounds))
    writer.start()
    try:
        last = 0
        while last < rounds:
            t_ns, seen, quality = cell.read()
            assert t_ns >= last
            assert set(seen) == {float(t_ns)} or t_ns == 0
            assert t_ns == 0 or set(quality) == {t_ns % 8}
            last = t_ns
            if not writer.is_alive():
                assert cell.read()[0] == rounds
                break
    finally:
        writer.join(10)
        memory.unlink()
    assert writer.exitcode == 0
