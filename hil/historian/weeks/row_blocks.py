"""Rows out of one week: the next ones after a time, or the last one before it."""

from collections.abc import Sequence

import apsw
import numpy as np

from hil.historian.weeks.channel import MISSING, Rows
from hil.historian.weeks.ints import Damaged
from hil.historian.weeks.week_view import (
    Block,
    Layout,
    Newest,
    blocks_between,
    chunk_of,
    newest_before,
    newest_between,
    times_of,
)


def next_rows(
    db: apsw.Connection,
    layout: Layout,
    stream: str,
    keys: tuple[str, ...],
    cursor_ns: int,
    t1_ns: int,
    most: int,
) -> Rows:
    """The first rows of `cursor_ns < t < t1_ns` [ns since 1970], of one block or one generation.

    A block whose times are damaged is passed over.
    """
    generations = layout.of_stream(stream)
    if not generations:
        return none(keys)
    for block in blocks_between(db, generations, cursor_ns + 1, t1_ns):
        try:
            rows = _of_block(db, layout, block, keys)
        except Damaged:
            continue
        inside = slice(*np.searchsorted(rows.t_ns, [cursor_ns + 1, min(t1_ns, (1 << 63) - 1)]))
        rows = cut(rows, inside)
        if len(rows):
            return cut(rows, slice(0, most))
    for generation in generations:
        newest = newest_between(db, generation, cursor_ns + 1, t1_ns, most)
        if len(newest.t_ns):
            return _of_newest(layout, generation, newest, keys)
    return none(keys)


def row_before(
    db: apsw.Connection, layout: Layout, stream: str, keys: tuple[str, ...], t_ns: int
) -> Rows:
    """The last row at or before `t_ns` [ns since 1970], or none."""
    generations = layout.of_stream(stream)
    for generation in reversed(generations):
        newest = newest_before(db, generation, t_ns)
        if len(newest.t_ns):
            return _of_newest(layout, generation, newest, keys)
    blocks = blocks_between(db, generations, -(1 << 62), t_ns + 1) if generations else []
    for block in reversed(blocks):
        try:
            rows = _of_block(db, layout, block, keys)
        except Damaged:
            continue
        last = int(np.searchsorted(rows.t_ns, t_ns, side="right"))
        if last:
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


def _of_block(db: apsw.Connection, layout: Layout, block: Block, keys: tuple[str, ...]) -> Rows:
    columns = layout.column[block.generation]
    t_ns = times_of(db, block)
    values = np.full((len(keys), block.rows), np.nan)
    quality = np.full((len(keys), block.rows), MISSING, np.uint8)
    for j, key in enumerate(keys):
        if key in columns:
            try:
                values[j], quality[j] = chunk_of(db, block, columns[key][0])
            except Damaged:
                continue
    return Rows(keys, t_ns, np.ascontiguousarray(values.T), np.ascontiguousarray(quality.T))


def _of_newest(layout: Layout, generation: int, newest: Newest, keys: tuple[str, ...]) -> Rows:
    columns = layout.column[generation]
    shape = (len(newest.t_ns), len(keys))
    values, quality = np.full(shape, np.nan), np.full(shape, MISSING, np.uint8)
    there = [(j, columns[key][1]) for j, key in enumerate(keys) if key in columns]
    to, of = [j for j, _ in there], [i for _, i in there]
    values[:, to], quality[:, to] = newest.values[:, of], newest.quality[:, of]
    return Rows(keys, newest.t_ns, values, quality)
