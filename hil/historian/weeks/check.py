"""`hukka data check`: whether all that is there is whole, and what is missing."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import apsw
import numpy as np
from numpy.typing import NDArray

from hil.historian.weeks import schema
from hil.historian.weeks.channel import Gap
from hil.historian.weeks.files import WeekFile, set_aside_files, used_bytes, week_files
from hil.historian.weeks.iso_week import HOUR_NS, MINUTE_NS
from hil.historian.weeks.layout import layout_of
from hil.historian.weeks.newest import Newest
from hil.historian.weeks.pool import Pool
from hil.historian.weeks.rollup import FINE, Stretches, decode_minutes, minutes_of, rolled
from hil.historian.weeks.week_view import Block, WeekView, broken_pages
from twin.errors import BadInput

_SILENT_STEPS: Final = 10
"""Steps of a stream without a row that count as a gap, whether it was recorded or not [-]."""
_FOREVER: Final = 1 << 62


@dataclass
class WeekReport:
    """One file."""

    name: str
    used_bytes: int
    rows: dict[str, int] = field(default_factory=dict)
    """Stream -> rows [-]."""
    first_ns: int | None = None
    last_ns: int | None = None
    gaps: list[Gap] = field(default_factory=list)
    """Recorded ones, and silences that nobody recorded."""
    findings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class FolderReport:
    """All of them."""

    weeks: list[WeekReport]
    set_aside: list[str]
    used_bytes: int

    @property
    def findings(self) -> list[str]:
        """What is wrong, each with its file."""
        return [f"{w.name}: {text}" for w in self.weeks for text in w.findings] + [
            f"{name}: broken, and set aside" for name in self.set_aside
        ]

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        return {**asdict(self), "good": not self.findings}


def check(folder: Path, told: Callable[[WeekReport], None] | None = None) -> FolderReport:
    """Read everything in `folder`, also beside its writer; each week is `told` as it is done.

    Raises:
        BadInput: there is no week in it.
    """
    files, aside = week_files(folder), [path.name for path in set_aside_files(folder)]
    if not files and not aside:
        raise BadInput(f"{folder}: no weeks in it")
    reports = []
    for file in files:
        reports.append(_week(file))
        if told is not None:
            told(reports[-1])
    return FolderReport(reports, aside, used_bytes(folder))


def _week(file: WeekFile) -> WeekReport:
    report = WeekReport(file.path.name, file.used_bytes())
    pool = Pool()
    try:
        with pool.snapshot(file) as db:
            if schema.version_of(db, file.path) == 0:  # it begins just now
                return report
            report.findings += broken_pages(db)
            week = WeekView(db, layout_of(db), report.findings.append)
            report.first_ns, report.last_ns = week.span_ns() or (None, None)
            report.gaps += [Gap(*gap) for gap in week.gaps(-_FOREVER, _FOREVER)]
            for stream in dict.fromkeys(name for name, _ in week.layout.generations.values()):
                _stream(week, stream, report)
    except (BadInput, apsw.Error) as error:
        report.findings.append(f"cannot be read: {error}")
    finally:
        pool.keep_only([])
    report.gaps.sort(key=lambda gap: gap.from_ns)
    return report


def _stream(week: WeekView, stream: str, report: WeekReport) -> None:
    generations = week.layout.of_stream(stream)
    blocks = week.blocks(generations, -_FOREVER, _FOREVER)
    times = [t for block in blocks if (t := _block(week, block, report)) is not None]
    for generation in generations:
        newest = week.newest(generation, -_FOREVER, _FOREVER)
        width = len(week.layout.generations[generation][1])
        if len(newest.t_ns) and newest.values.shape[1] != width:
            report.findings.append(f"{stream}: newest rows have not {width} numbers")
        elif week.has_open_minutes:
            _open_minutes(week, generation, newest, report)
        times.append(newest.t_ns)
    t_ns = np.concatenate(times) if times else np.empty(0, np.int64)
    report.rows[stream] = len(t_ns)
    steps = np.diff(t_ns)
    if np.any(steps <= 0):
        report.findings.append(f"{stream}: times do not rise")
    if len(steps) == 0:
        return
    for at in np.flatnonzero(steps > _SILENT_STEPS * np.median(steps)):
        silence = Gap(int(t_ns[at]), int(t_ns[at + 1]), f"{stream}: silent, nobody said why")
        if not any(g.from_ns < silence.to_ns and g.to_ns > silence.from_ns for g in report.gaps):
            report.gaps.append(silence)


def _open_minutes(week: WeekView, generation: int, newest: Newest, report: WeekReport) -> None:
    for column, key in enumerate(week.layout.column[generation]):
        starts_ns, (theirs,), end_ns = week.open_minutes(generation, -_FOREVER, _FOREVER, [column])
        t_ns = newest.t_ns[newest.t_ns < end_ns]
        begins = minutes_of(t_ns)[0] if len(t_ns) else np.empty(0, np.intp)
        minutes_ns = t_ns[begins] // MINUTE_NS * MINUTE_NS
        agree = np.array_equal(minutes_ns, starts_ns) and (
            not len(t_ns) or _agree(rolled(newest.values[: len(t_ns), column], begins), theirs, 0.0)
        )
        if not agree:
            report.findings.append(f"{key}: open minutes are not those of its rows")


def _block(week: WeekView, block: Block, report: WeekReport) -> NDArray[np.int64] | None:
    t_ns = week.times(block)
    if t_ns is None:
        return None
    hour = t_ns // HOUR_NS * HOUR_NS
    if np.any(hour != block.hour_ns) or (t_ns[0], t_ns[-1]) != (block.first_ns, block.last_ns):
        report.findings.append(f"block {block.number}: its times are not those of its hour")
    begins, per_minute = minutes_of(t_ns)
    for channel in week.layout.generations[block.generation][1]:
        chunk = week.chunk(block, channel)
        minutes = week.minutes(block, channel, len(per_minute))
        form = week.form(block, channel)
        if chunk is None or minutes is None or form is None:
            continue
        theirs = decode_minutes([minutes], per_minute)
        if not _agree(rolled(chunk[0], begins), theirs, 1.0 / form.per_unit):
            known = week.layout.channels[channel][1]
            report.findings.append(f"block {block.number}, {known.key}: roll-ups do not agree")
    return t_ns


def _agree(ours: Stretches, theirs: Stretches, step: float) -> bool:
    """Whether roll-ups are those of the samples; means are kept to a part of a step."""
    has = ours.count > 0
    return bool(
        np.array_equal(ours.count, theirs.count)
        and np.allclose(ours.low[has], theirs.low[has], rtol=1e-9, atol=0.0)
        and np.allclose(ours.high[has], theirs.high[has], rtol=1e-9, atol=0.0)
        and np.allclose(ours.mean[has], theirs.mean[has], rtol=1e-9, atol=step / FINE)
    )
