"""What is drawn of each part: its signals with prediction, residual and band, and its marks."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hil.historian import Column, Run
from hil.historian.decimate import envelope
from hil.report.numbers import words
from twin.signals import conversion
from twin.site.amounts import Scale, scale_for

POINTS = 1400  # two a pixel of the picture: the envelope is lossless to the eye

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Mark:
    """An instant worth seeing in every picture of a part."""

    t_s: float
    kind: Literal["fault", "alarm"]
    text: str


@dataclass(frozen=True)
class Curve:
    """One signal ready to draw; numbers in the shown unit, NaN where there is none."""

    name: str
    scale: Scale
    t_s: Numbers
    measured: Numbers
    predicted: Numbers
    band: Numbers
    residual: Numbers
    truth: Numbers | None
    stats: "Stats"


@dataclass(frozen=True)
class Stats:
    """The residual of a whole run, from every recorded row and not from the drawn points."""

    rows: int
    """Rows with both a measured and a predicted value."""
    missing: int
    """Rows without a measured value."""
    mean: float | None
    rms: float | None
    largest: float | None
    outside: float | None
    """Share of the rows outside the band [-]; None without a band."""


@dataclass(frozen=True)
class Part:
    """Everything the page shows of one part of the plant."""

    name: str
    title: str
    curves: tuple[Curve, ...]
    commands: tuple[Curve, ...]
    marks: tuple[Mark, ...]
    """Faults and alarms, of each kind only those that can be told apart in a picture."""
    marks_left_out: int
    span_s: tuple[float, float]
    """From the beginning of the run to its last row [s]: the time axis of every picture."""

    @property
    def has_truth(self) -> bool:
        """Whether any picture shows what the plant model says."""
        return any(curve.truth is not None for curve in self.curves)


def parts_of(run: Run) -> list[Part]:
    """The parts of a run in the order of its header, then of its columns."""
    titles = dict(run.header.parts)
    for column in run.columns:
        titles.setdefault(column.part, words(column.part))
    span_s = (0.0, (run.span_ns or (0, 0))[1] / 1e9)
    found = []
    for name, title in titles.items():
        curves, commands = _curves(run, name)
        if curves or commands:
            marks = [mark for mark in _marks(run, name) if mark.t_s <= span_s[1]]
            drawn = _apart(marks, (span_s[1] - span_s[0]) / 200)
            left_out = len(marks) - len(drawn)
            found.append(
                Part(name, title[:1].upper() + title[1:], curves, commands, drawn, left_out, span_s)
            )
    return found


def _marks(run: Run, part: str) -> list[Mark]:
    faults = [
        Mark(event.t_ns / 1e9, "fault", event.text)
        for event in run.events
        if event.kind == "fault" and event.part in (part, "")
    ]
    alarms = [
        Mark(a["raised_s"], "alarm", a.get("fault") or a.get("signal") or "alarm")
        for a in run.alarms
        if a["part"] == part
    ]
    return sorted([*faults, *alarms], key=lambda mark: (mark.t_s, mark.kind))


def _apart(marks: list[Mark], gap_s: float) -> tuple[Mark, ...]:
    """The marks without those that follow another of their kind in less than `gap_s` [s]."""
    kept: list[Mark] = []
    last: dict[str, float] = {}
    for mark in marks:
        if mark.kind not in last or mark.t_s - last[mark.kind] >= gap_s:
            kept.append(mark)
            last[mark.kind] = mark.t_s
    return tuple(kept)


def _curves(run: Run, part: str) -> tuple[tuple[Curve, ...], tuple[Curve, ...]]:
    """Signals with a prediction, and commands; one read of the file for both."""
    columns = {c.key: c for c in run.columns if c.part == part}
    predicted = [c for c in columns.values() if c.kind == "predicted"]
    commands = [c for c in columns.values() if c.kind == "command"]
    names = {c.name for c in predicted}
    beside = ("measured", "band", "truth")
    shown = [c for c in columns.values() if c.name in names and c.kind in beside]
    wanted = [*shown, *predicted, *commands]
    series = run.series([c.key for c in wanted])
    data = {c.key: series.values[:, i] for i, c in enumerate(wanted)}
    drawn = tuple(_watched(c, columns, series.t_ns, data) for c in predicted)
    return drawn, tuple(_command(c, series.t_ns, data[c.key]) for c in commands)


def _watched(
    predicted: Column,
    columns: dict[str, Column],
    t_ns: NDArray[np.int64],
    data: dict[str, Numbers],
) -> Curve:
    name = predicted.name
    measured_column = columns.get(f"{name}:measured", predicted)
    nothing = np.full(t_ns.size, np.nan)
    measured = data.get(f"{name}:measured", nothing)
    scale = scale_for(measured_column.unit, _largest(measured))
    factor, offset = _to(predicted.unit, measured_column.unit, scale)
    prediction = factor * data[predicted.key] + offset
    measured = scale.factor * measured + scale.offset
    band = nothing if predicted.band is None else np.full(t_ns.size, factor * predicted.band)
    if f"{name}:band" in data:
        band = factor * data[f"{name}:band"]
    residual = measured - prediction
    truth = None
    if (true_column := columns.get(f"{name}:truth")) is not None:
        true_factor, true_offset = _to(true_column.unit, measured_column.unit, scale)
        truth = true_factor * data[true_column.key] + true_offset
    stats = residual_stats(measured, residual, band)
    kept = [measured, prediction, band, residual, *([] if truth is None else [truth])]
    few_t, few = envelope(t_ns, np.column_stack(kept), POINTS)
    drawn_truth = None if truth is None else few[:, 4]
    return Curve(
        name, scale, few_t / 1e9, few[:, 0], few[:, 1], few[:, 2], few[:, 3], drawn_truth, stats
    )


def _command(column: Column, t_ns: NDArray[np.int64], values: Numbers) -> Curve:
    few_t, few = envelope(t_ns, values[:, None], POINTS)
    nothing = np.full(few_t.size, np.nan)
    scale = scale_for(column.unit, _largest(values))
    stats = residual_stats(values, nothing, nothing)
    shown = scale.factor * few[:, 0] + scale.offset
    return Curve(column.name, scale, few_t / 1e9, shown, nothing, nothing, nothing, None, stats)


def _to(unit: str, beside: str, scale: Scale) -> tuple[float, float]:
    """Factor and offset from `unit` to the shown unit of a signal recorded in `beside`."""
    factor, offset = (1.0, 0.0) if unit == beside else conversion(unit, beside)
    return scale.factor * factor, scale.factor * offset + scale.offset


def _largest(values: Numbers) -> float:
    known = np.abs(values[np.isfinite(values)])
    return float(known.max()) if known.size else 0.0


def residual_stats(measured: Numbers, residual: Numbers, band: Numbers) -> Stats:
    """Figures of a residual (n,) in its unit; rows where it is NaN do not count."""
    known = residual[np.isfinite(residual)]
    missing = int(np.isnan(measured).sum())
    if not known.size:
        return Stats(0, missing, None, None, None, None)
    banded = np.isfinite(residual) & np.isfinite(band)
    beyond = np.abs(residual[banded]) > band[banded]
    return Stats(
        known.size,
        missing,
        float(known.mean()),
        float(np.sqrt(np.square(known).mean())),
        float(known[np.argmax(np.abs(known))]),
        float(beyond.mean()) if beyond.size else None,
    )
