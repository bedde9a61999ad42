"""Pictures of a replay: a signal that shows an event, and what is left of all signals of a part."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from hil.replay.curves import Curves
from hil.report.canvas import ALARM, BAND, FAULT, MEASURED, PREDICTED, label, style, svg_of
from hil.report.when import When
from twin.diagnosis.verdict import Event, Verdict
from twin.site.amounts import Scale, scale_for

Floats = NDArray[np.float64]
Span = tuple[int, int]

_WIDTH_IN = 5.2  # two beside each other on a laptop, one on a telephone, and no letter too small
_LEFT, _RIGHT = 0.15, 0.965
_TOP_IN = 0.2
_VALUES_IN = 1.15, 0.95, 0.8
_GAPS_IN = 0.16, 0.58, 0.42
"""Of the panels of an event: their heights, and what is below each."""
_CLEARED = "#52606d"
_FONT = {"font.size": 9.0}
_SIGMAS = 2.0
"""Half width of the band of a healthy plant in standard deviations [-]."""


@dataclass(frozen=True)
class Line:
    """A vertical line with a letter above it, to the left or to the right."""

    t_ns: int
    letter: str
    colour: str
    dashes: str
    left: bool


def lines_of(event: Event) -> tuple[Line, ...]:
    """Onset, raising and clearing of an event."""
    lines = [
        Line(event.verdict.since_ns, "S", FAULT, "--", True),
        Line(event.raised_ns, "R", ALARM, "-", False),
    ]
    if event.cleared_ns is not None:
        lines.append(Line(event.cleared_ns, "C", _CLEARED, "-.", True))
    return tuple(lines)


def event_picture(
    close: Curves, whole: Curves | None, event: Event, end_ns: int, when: When, prefix: str
) -> str:
    """SVG of a signal around an event; what is left of it too, in close and as a `whole`.

    `end_ns` is the end of the data: until then a drift that is not over has grown.
    """
    panels = 1 + close.judged + (whole is not None and whole.judged)
    with style(**_FONT):
        figure, all_axes = _panels(_VALUES_IN[:panels], _GAPS_IN[:panels])
        _values(all_axes[0], close, scale_for(close.unit, _largest(close.high)), when)
        _finish(all_axes[0], close, event, when, letters=True)
        if close.judged:
            _without_times(all_axes[0])
        scale = scale_for(close.unit, _largest(close.residual))
        for axes, curves in zip(all_axes[1:], (close, whole), strict=False):
            if curves is not None:
                _residual(axes, curves, scale, when)
                _effect(axes, curves, event, end_ns, scale, when)
                label(axes, "residual", scale.difference_symbol)
                _finish(axes, curves, event, when, letters=curves is whole)
        _place_labels(all_axes)
        return svg_of(figure, prefix)


def period_picture(
    several: Sequence[Curves], events: Iterable[Event], when: When, prefix: str
) -> str:
    """SVG of what is left of each signal over all the data, with the events of their part."""
    with style(**_FONT):
        rows = len(several)
        figure, all_axes = _panels((0.52,) * rows, (*(0.26,) * (rows - 1), _GAPS_IN[-1]))
        shown = list(events)
        for axes, curves in zip(all_axes, several, strict=True):
            scale = scale_for(curves.unit, _largest(curves.residual))
            _residual(axes, curves, scale, when)
            span = span_of(curves)
            for event in shown:
                _period_of(axes, event, span, when, axes is all_axes[0])
            axes.set_title(
                f"{_short(curves.name)} [{scale.difference_symbol or '-'}]",
                loc="left",
                fontsize=8.5,
                pad=2.5,
            )
            when.axis(axes, span)
            axes.yaxis.set_major_locator(MaxNLocator(nbins=3))
            if axes is not all_axes[-1]:
                _without_times(axes)
        return svg_of(figure, prefix)


def span_of(curves: Curves) -> Span:
    """From the first cell's begin to the last one's end [ns]."""
    return int(curves.from_ns[0]), int(curves.to_ns[-1])


def effect_of(curves: Curves, verdict: Verdict, size: float, end_ns: int) -> Floats:
    """Residual that the fault gives with a size, cell by cell [SI]; a drift has it at `end_ns`."""
    middle = (curves.from_ns + curves.to_ns) / 2
    grown = (curves.to_ns > verdict.since_ns).astype(float)
    if verdict.drift:
        lasting = max(end_ns - verdict.since_ns, 1)
        grown = np.clip((middle - verdict.since_ns) / lasting, 0.0, 1.0)
    of_size = np.full(len(grown), size)
    if (verdict.fault or "").endswith(".scale"):
        read = (curves.low + curves.high) / 2.0 - curves.zero
        of_size = size * read / (1.0 + size)  # the size is a share of the true value
    result: Floats = curves.effect * of_size * grown
    return result


def _panels(
    heights_in: Sequence[float], gaps_in: Sequence[float]
) -> tuple[Figure, tuple[Axes, ...]]:
    """A figure of panels below each other, with a gap of its own below each."""
    height = _TOP_IN + sum(heights_in) + sum(gaps_in)
    figure = Figure(figsize=(_WIDTH_IN, height))
    below, all_axes = height - _TOP_IN, []
    for own, gap in zip(heights_in, gaps_in, strict=True):
        below -= own
        place = (_LEFT, below / height, _RIGHT - _LEFT, own / height)
        all_axes.append(figure.add_axes(place))
        below -= gap
    return figure, tuple(all_axes)


def _without_times(axes: Axes) -> None:
    """The panel below has the same ones."""
    axes.tick_params(labelbottom=False)
    axes.set_xlabel("")
    axes.xaxis.get_offset_text().set_visible(False)


def _values(axes: Axes, curves: Curves, scale: Scale, when: When) -> None:
    x, low, high, model_low, model_high = _joined(
        curves, when, curves.low, curves.high, curves.model_low, curves.model_high
    )
    shown = [v * scale.factor + scale.offset for v in (low, high, model_low, model_high)]
    axes.fill_between(x, shown[0], shown[1], color=MEASURED, alpha=0.35, linewidth=0)
    axes.plot(x, (shown[0] + shown[1]) / 2.0, color=MEASURED, linewidth=0.8)
    axes.fill_between(x, shown[2], shown[3], color=PREDICTED, alpha=0.25, linewidth=0)
    axes.plot(x, (shown[2] + shown[3]) / 2.0, color=PREDICTED, linewidth=1.3)
    label(axes, "reading", scale.symbol)


def _residual(axes: Axes, curves: Curves, scale: Scale, when: When) -> None:
    x, mean, low, high, band = _joined(
        curves, when, curves.residual, curves.residual_low, curves.residual_high, curves.band
    )
    wide = _SIGMAS * band * scale.factor
    axes.fill_between(x, -wide, wide, color=BAND, alpha=0.28, linewidth=0)
    axes.axhline(0.0, color="#9aa5b1", linewidth=0.8)
    spread = low * scale.factor, high * scale.factor
    axes.fill_between(x, *spread, color=MEASURED, alpha=0.35, linewidth=0)
    axes.plot(x, mean * scale.factor, color=MEASURED, linewidth=0.9)


def _effect(
    axes: Axes, curves: Curves, event: Event, end_ns: int, scale: Scale, when: When
) -> None:
    """What the named fault gives with the size that it has, and with the ends of its interval."""
    verdict = event.verdict
    if not np.isfinite([verdict.size, verdict.low, verdict.high]).all():
        return
    end_ns = event.cleared_ns or end_ns
    given = [effect_of(curves, verdict, s, end_ns) for s in (verdict.low, verdict.high)]
    x, low, high, most_likely = _joined(
        curves, when, *given, effect_of(curves, verdict, verdict.size, end_ns)
    )
    axes.fill_between(
        x, low * scale.factor, high * scale.factor, color=FAULT, alpha=0.15, linewidth=0
    )
    axes.plot(x, most_likely * scale.factor, color=FAULT, linewidth=1.3, linestyle="--")


def _joined(curves: Curves, when: When, *columns: Floats) -> tuple[Floats, ...]:
    """Middle of each cell on the axis, and columns beside it; NaN where there are no data."""
    span = span_of(curves)
    middle = [when.place(t, span) for t in ((curves.from_ns + curves.to_ns) / 2).tolist()]
    holes = np.flatnonzero(curves.from_ns[1:] > curves.to_ns[:-1]) + 1
    places = [when.place(t, span) for t in curves.to_ns[holes - 1].tolist()]
    x = np.insert(np.array(middle), holes, places)
    return (x, *(np.insert(column, holes, np.nan) for column in columns))


def _finish(axes: Axes, curves: Curves, event: Event, when: When, *, letters: bool) -> None:
    span = span_of(curves)
    for line in lines_of(event):
        if not span[0] <= line.t_ns <= span[1]:
            continue
        x = when.place(line.t_ns, span)
        axes.axvline(x, color=line.colour, linestyle=line.dashes, linewidth=1.2)
        if letters:
            axes.annotate(
                line.letter,
                (x, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(-1.5 if line.left else 1.5, 1.0),
                textcoords="offset points",
                ha="right" if line.left else "left",
                va="bottom",
                color=line.colour,
                weight="bold",
            )
    when.axis(axes, span)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4))


def _period_of(axes: Axes, event: Event, span: Span, when: When, named: bool) -> None:
    begin, end = event.verdict.since_ns, event.cleared_ns or span[1]
    left, right = (when.place(min(max(t, span[0]), span[1]), span) for t in (begin, end))
    axes.axvspan(left, right, color=FAULT, alpha=0.12, linewidth=0)
    axes.axvline(left, color=FAULT, linestyle="--", linewidth=1.0)
    if named:
        axes.annotate(
            str(event.number),
            (left, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(3, -1),
            textcoords="offset points",
            ha="left",
            va="top",
            color=FAULT,
            weight="bold",
        )


def _place_labels(all_axes: Iterable[Axes]) -> None:
    for axes in all_axes:
        axes.yaxis.set_label_coords(-0.142, 0.5)


def _short(name: str) -> str:
    """Without its part."""
    return name.partition(".")[2] or name


def _largest(values: Floats) -> float:
    known = np.abs(values[np.isfinite(values)])
    return float(known.max()) if known.size else 0.0
