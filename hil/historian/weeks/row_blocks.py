"""Rows out of one week: the next ones after a time, or the last one before it."""

from collections.abc import Sequence

import numpy as np

from hil.historian.weeks.channel import MISSING, Rows
from hil.historian.weeks.newest import Newest
from hil.historian.weeks.week_view import Block, WeekView


def next_rows(
    week: WeekView, stream: str, keys: tuple[str, ...], cursor_ns: int, t1_ns: int, most: int
) -> Rows:
    """The first rows of `cursor_ns < t < t1_ns` [ns since 1970], of one block or one generation.

    A block whose times are damaged is passed over.
    """
    generations = week.layout.of_stream(stream)
    if not generations:
        return none(keys)
    for block in week.blocks(generations, cursor_ns + 1, t1_ns):
        rows = _of_block(week, block, keys)
        if rows is None:
            continue
        begin, end = np.searchsorted(rows.t_ns, [cursor_ns + 1, t1_ns])
        if begin < end:
            return cut(rows, slice(begin, min(end, begin + most)))
    for generation in generations:
        newest = week.newest(generation, cursor_ns + 1, t1_ns, most)
        if len(newest.t_ns):
            return _of_newest(week, generation, newest, keys)
    return none(keys)


def row_before(week: WeekView, stream: str, keys: tuple[str, ...], t_ns: int) -> Rows:
    """The last row at or before `t_ns` [ns since 1970], or none."""
    generations = week.layout.of_stream(stream)
    for generation in reversed(generations):
        newest = week.newest_before(generation, t_ns)
        if len(newest.t_ns):
            return _of_newest(week, generation, newest, keys)
    blocks = week.blocks(generations, -(1 << 62), t_ns + 1) if generations else []
    for block in reversed(blocks):
        rows = _of_block(week, block, keys)
        if rows is not None:
            last = int(np.searchsorted(rows.t_ns, t_ns, side="right"))
            return cut(rows, slice(last - 1, last))
    return none(keys)


def none(keys: Sequence[str]) -> Rows:
    """No rows."""
    shape = (0, len(keys))
    return Rows(tuple(keys), np.empty(0, np.int64), np.empty(shape), np.empty(shape, np.uint8))


def cut(rows: Rows, part: slice) -> Rows:
    """Some of the rows."""
    return Rows(rows.keys, rows.t_ns[part], rows.values[part], rows.quality[part])


def stacked(blocks: Sequence[Rows]) -> Rows:
    """Blocks of the same keys as one."""
    return Rows(
        blocks[0].keys,
        np.concatenate([b.t_ns for b in blocks]),
        np.concatenate([b.values for b in blocks]),
        np.concatenate([b.quality for b in blocks]),
    )


def _of_block(week: WeekView, block: Block, keys: tuple[str, ...]) -> Rows | None:
    columns = week.layout.column[block.generation]
    t_ns = week.times(block)
    if t_ns is None:
        return None
    values = np.full((len(keys), block.rows), np.nan)
    quality = np.full((len(keys), block.rows), MISSING, np.uint8)
    for j, key in enumerate(keys):
        chunk = week.chunk(block, columns[key][0]) if key in columns else None
        if chunk is not None:
            values[j], quality[j] = chunk
    return Rows(keys, t_ns, np.ascontiguousarray(values.T), np.ascontiguousarray(quality.T))


def _of_newest(week: WeekView, generation: int, newest: Newest, keys: tuple[str, ...]) -> Rows:
    columns = week.layout.column[generation]
    shape = (len(newest.t_ns), len(keys))
    values, quality = np.full(shape, np.nan), np.full(shape, MISSING, np.uint8)
    there = [(j, columns[key][1]) for j, key in enumerate(keys) if key in columns]
    to, of = [j for j, _ in there], [i for _, i in there]
    values[:, to], quality[:, to] = newest.values[:, of], newest.quality[:, of]
    return Rows(keys, newest.t_ns, values, quality)
