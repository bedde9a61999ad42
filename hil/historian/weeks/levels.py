"""One week's share of some series, from samples, minutes or hours."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from hil.historian.weeks.grid import Points, samples
from hil.historian.weeks.iso_week import HOUR_NS, MINUTE_NS
from hil.historian.weeks.minute_marks import MinuteMarks
from hil.historian.weeks.rollup import Squeezed, Stretches, decode_minutes
from hil.historian.weeks.week_view import Block, WeekView

Found = dict[str, list[Points]]


def points_of(
    week: WeekView, stream: str, keys: Sequence[str], t0_ns: int, t1_ns: int, level_ns: int
) -> Found:
    """Points of each key for `t0_ns <= t < t1_ns` [ns since 1970], in order of their times.

    Args:
        week: a file in one snapshot.
        stream: whose channels the keys are.
        keys: of this stream.
        t0_ns: first time.
        t1_ns: time before which they end.
        level_ns: stretches to read, 1 for samples [ns]. What is not sealed has none of hours.
    """
    found: Found = {key: [] for key in keys}
    generations = week.layout.of_stream(stream)
    if not generations:
        return found
    blocks = week.blocks(generations, t0_ns, t1_ns)
    if level_ns >= HOUR_NS and week.has_hours:
        _from_hours(week, blocks, found)
    elif level_ns >= MINUTE_NS:
        _from_minutes(week, blocks, found)
    else:
        _from_samples(week, blocks, found)
    for generation in generations:
        _from_newest(week, generation, t0_ns, t1_ns, level_ns, found)
    return found


def step_ns(week: WeekView, stream: str, t0_ns: int, t1_ns: int) -> int:
    """Usual time between two rows of a stream, near some times [ns]; 0 if it has none."""
    generations = week.layout.of_stream(stream)
    if not generations:
        return 0
    blocks = week.blocks(generations, t0_ns, t1_ns)
    marks = week.marks(blocks[-1]) if blocks else None
    if marks is not None and marks.step_ns:
        return marks.step_ns
    times = week.newest(generations[-1], t0_ns, t1_ns, 100).t_ns
    return int(np.median(np.diff(times))) if len(times) > 1 else 0


def _from_samples(week: WeekView, blocks: Sequence[Block], found: Found) -> None:
    for block in blocks:
        there = _there(week, block.generation, found)
        t_ns = week.times(block) if there else None
        if t_ns is None:
            continue
        for key, channel in there.items():
            chunk = week.chunk(block, channel)
            if chunk is not None:
                found[key].append(samples(t_ns, chunk[0]))


def _from_minutes(week: WeekView, blocks: Sequence[Block], found: Found) -> None:
    squeezed: dict[str, list[tuple[MinuteMarks, Squeezed]]] = {key: [] for key in found}
    for block in blocks:
        there = _there(week, block.generation, found)
        marks = week.marks(block) if there else None
        if marks is None:
            continue
        for key, channel in there.items():
            minutes = week.minutes(block, channel, len(marks.starts_ns))
            if minutes is not None:
                squeezed[key].append((marks, minutes))
    for key, parts in squeezed.items():
        for _, run in groupby(parts, key=lambda part: part[1].form):
            marked, minutes_of_run = zip(*run, strict=True)
            starts_ns = np.concatenate([m.starts_ns for m in marked])
            per_minute = np.concatenate([m.per_minute for m in marked])
            found[key].append(Points(starts_ns, decode_minutes(minutes_of_run, per_minute)))


def _from_hours(week: WeekView, blocks: Sequence[Block], found: Found) -> None:
    if not blocks:
        return
    hour_ns = np.array(sorted((block.number, block.hour_ns) for block in blocks), np.int64)
    for key, points in found.items():
        hours = np.concatenate([week.hours(c) for c in week.layout.ids(key)] or [np.empty((0, 5))])
        at = np.searchsorted(hour_ns[:, 0], hours[:, 0])
        there = hour_ns[np.minimum(at, len(blocks) - 1), 0] == hours[:, 0]
        t_ns, of = hour_ns[at[there], 1], hours[there, 1:]
        if len(t_ns):
            order = np.argsort(t_ns, kind="stable")
            points.append(Points(t_ns[order], Stretches(*of[order].T)))


def _from_newest(
    week: WeekView, generation: int, t0_ns: int, t1_ns: int, level_ns: int, found: Found
) -> None:
    columns = week.layout.column[generation]
    there = [key for key in found if key in columns]
    if not there:
        return
    wanted = [columns[key][1] for key in there]
    if level_ns >= MINUTE_NS and week.has_open_minutes:
        starts_ns, minutes, end_ns = week.open_minutes(generation, t0_ns, t1_ns, wanted)
        for key, of in zip(there, minutes, strict=True):
            found[key].append(Points(starts_ns, of))
        t0_ns = max(t0_ns, end_ns)
    t_ns, numbers = week.newest_numbers(generation, t0_ns, t1_ns, wanted)
    for key, values in zip(there, numbers, strict=True):
        if len(t_ns):
            found[key].append(samples(t_ns, values))


def _there(week: WeekView, generation: int, found: Found) -> dict[str, int]:
    """Keys that a generation has, with their channels."""
    columns = week.layout.column[generation]
    return {key: columns[key][0] for key in found if key in columns}
