"""The picture of a block: what was measured, what was expected, what was done meanwhile."""

import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hil.report.canvas import MEASURED, PREDICTED, style, svg_of, time_axis, time_unit
from hil.report.commission_data import Block, Step
from hil.report.commission_trace import Curve, Numbers

MOST_PANELS = 6
EXPECTED, STIMULUS, FAILED = "#00694c", "#7b3294", "#b3261e"
_BAND = "#009e73"
_STIMULI = frozenset(
    {"set", "force", "shift", "release", "boundary", "fault", "heartbeat", "power", "step_test"}
)
_OF_LOOPS = frozenset({"step_test", "oscillation", "stiction"})
_BEFORE_S = 600.0
"""Time before a step test that is shown [s]: level and noise are judged from so much."""
_OF_A_LOOP, _SPOKEN, _UNSPOKEN = 2, 3, 4
_WIDTH_IN, _LEFT, _RIGHT = 9.2, 0.082, 0.985
_PANEL_IN, _GAP_IN, _TOP_IN, _BOTTOM_IN = 1.0, 0.28, 0.42, 0.46
_LEVEL_IN, _MOST_LEVELS = 0.17, 10
_LETTERS = 135
"""Letters of a label that fit the width of a picture [-]."""
_NARROWEST = 0.004
"""Width at which a moment is still seen, as a share of the axis [-]."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What was done at a moment [s], and the letters there is room for [-]."""

    t_s: float
    text: str


def panels_of(block: Block, curves: Iterable[Curve]) -> tuple[list[Curve], list[str]]:
    """The points that are judged, forced or written, and the names of those left out.

    What a step failed on comes first, then what is judged, then what is spoken of: first by tests
    of loops, which name a command that nothing else does. Where a step test is drawn, only those
    move.
    """
    bad = {step.point for step in block.steps if step.verdict not in ("pass", "skipped")}
    judged = {step.point for step in block.steps}
    said = " ".join((*(step.text for step in block.steps), block.why))
    of_loops = " ".join(step.text for step in block.steps if step.action in _OF_LOOPS)

    def rank(curve: Curve) -> int:
        name = re.compile(rf"(?<![\w.:]){re.escape(curve.name)}(?![\w:])")
        where = (curve.name in bad, curve.name in judged, name.search(of_loops), name.search(said))
        return next((i for i, is_there in enumerate(where) if is_there), _UNSPOKEN)

    every = list(curves)
    most = _OF_A_LOOP if begin_of(block) > 0.0 else _SPOKEN
    own = [c for c in every if rank(c) <= most] or every
    kept = {c.name for c in sorted(own, key=rank)[:MOST_PANELS]}
    return [c for c in own if c.name in kept], [c.name for c in own if c.name not in kept]


def block_picture(block: Block, panels: Sequence[Curve], prefix: str) -> str:
    """SVG of a block with a panel for each of `panels`; ids begin with `prefix`."""
    heights = [_height(curve, block) for curve in panels]
    height = _TOP_IN + sum(heights) + _GAP_IN * (len(panels) - 1) + _BOTTOM_IN
    last_s = max((float(c.t_s[-1]) for c in panels), default=0.0)
    begin_s = begin_of(block)
    span_s = (begin_s, max(block.lasted_s, last_s, begin_s + 1e-3))
    panels = [_from(begin_s, curve) for curve in panels]
    with style(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # the browser has other fonts
        figure = Figure(figsize=(_WIDTH_IN, height))
        below, all_axes = height - _TOP_IN, []
        for curve, own in zip(panels, heights, strict=True):
            below -= own
            place = (_LEFT, below / height, _RIGHT - _LEFT, own / height)
            axes = figure.add_axes(place)
            all_axes.append(axes)
            _panel(axes, curve, block, span_s)
            axes.tick_params(labelbottom=False)
            below -= _GAP_IN
        factor, _ = time_unit(span_s)
        _stages(all_axes, stages_of(block, span_s), factor)
        _failures(all_axes, panels, block, factor)
        all_axes[-1].tick_params(labelbottom=True)
        time_axis(all_axes[-1], span_s, "time since the block began")
        return svg_of(figure, prefix)


def begin_of(block: Block) -> float:
    """From when on a block is drawn [s].

    What is done before a step test to bring the loop to its work is larger than the step, and would
    hide it; where something is judged before it, all is drawn.
    """
    for step in block.steps:
        if step.action == "step_test":
            return max(step.begin_s - _BEFORE_S, 0.0)
        if step.point is not None or step.verdict not in ("pass", "skipped"):
            return 0.0
    return 0.0


def _from(begin_s: float, curve: Curve) -> Curve:
    """What is seen of a curve from `begin_s` [s] on, all of it where nothing is.

    Without the twin's: it predicts what the sensor reads, not what a test adds to that.
    """
    seen = curve.t_s >= begin_s
    if begin_s == 0.0 or not seen.any():
        return curve
    none = curve.predicted[:0]
    return replace(
        curve, t_s=curve.t_s[seen], values=curve.values[seen], predicted_t_s=none, predicted=none
    )


def stages_of(block: Block, span_s: tuple[float, float]) -> list[Stage]:
    """When something was done, with as much text as there is room for over `span_s` [s]."""
    groups: list[tuple[float, list[Step]]] = []
    length_s = span_s[1] - span_s[0]
    for step in block.steps:
        if step.action not in _STIMULI or step.begin_s < span_s[0]:
            continue
        near = bool(groups) and (step.begin_s - groups[-1][0]) / length_s * _LETTERS < 5
        if near:
            groups[-1][1].append(step)
        else:
            groups.append((step.begin_s, [step]))
    ends = [t for t, _ in groups[1:]] + [span_s[1]] * bool(groups)
    return [
        Stage(t, _short(several, int((end - t) / length_s * _LETTERS) - 1))
        for (t, several), end in zip(groups, ends, strict=True)
    ]


def _short(steps: Sequence[Step], room: int) -> str:
    numbers = ", ".join(str(step.number) for step in steps)
    whole = "; ".join(f"{step.number} {step.text}" for step in steps)
    if len(whole) <= room:
        return whole
    if len(numbers) + 12 <= room:
        return f"{whole[: room - 1]}…"
    return numbers if len(numbers) <= max(room, 4) else f"{steps[0].number}…"


def _panel(axes: Axes, curve: Curve, block: Block, span_s: tuple[float, float]) -> None:
    factor, _ = time_unit(span_s)
    axes.set_xlim(span_s[0] * factor, span_s[1] * factor)
    steps = [step for step in block.steps if step.point == curve.name]
    levels = levels_of(curve, block)
    axes.set_ylim(*_limits(curve, steps, levels))
    for step in steps:
        ends = [
            None if end is None else _place(curve, end, levels) for end in (step.low, step.high)
        ]
        _band(axes, ends, 0.3 if levels else 0.0, (step.begin_s * factor, step.end_s * factor))
    marker = "o" if curve.rows <= 3 else ""
    drawn = "steps-post" if curve.is_state else "default"
    axes.plot(
        curve.t_s * factor, _places(curve, levels), color=MEASURED, linewidth=1.1, drawstyle=drawn,
        marker=marker, markersize=3.5, clip_on=not marker, zorder=3,
    )  # fmt: skip
    if curve.predicted.size:
        axes.plot(
            curve.predicted_t_s * factor, curve.predicted, color=PREDICTED, linestyle=(0, (5, 2.5)),
            linewidth=1.2, zorder=2.5,
        )  # fmt: skip
    if not np.isfinite(curve.values).any():
        axes.text(
            0.995, 0.96, "no value", transform=axes.transAxes, ha="right", va="top", color=MEASURED
        )
    _names(axes, curve, levels)
    unit = "" if curve.is_state else f" [{curve.scale.symbol or '-'}]"
    axes.set_title(f"{curve.name}{unit}", loc="left", fontsize=8.5, pad=3.0, color=MEASURED)


def levels_of(curve: Curve, block: Block) -> list[int]:
    """What an enumeration takes or should take, lowest first; empty of any other point.

    In a picture they stand at equal distances, whatever their numbers are.
    """
    if not curve.is_state:
        return []
    seen = curve.values[np.isfinite(curve.values)].tolist()
    own = [step for step in block.steps if step.point == curve.name]
    ends = [end for step in own for end in (step.low, step.high) if end is not None]
    levels = sorted({round(value) for value in (*seen, *ends)})
    return levels if len(levels) <= _MOST_LEVELS else []


def _height(curve: Curve, block: Block) -> float:
    """Of its panel [in]."""
    levels = len(levels_of(curve, block))
    return _LEVEL_IN * max(levels + 0.6, 2.0) if levels else _PANEL_IN


def _place(curve: Curve, value: float, levels: Sequence[int]) -> float:
    """Where an expected value [SI] stands on the axis."""
    return float(np.searchsorted(levels, round(value))) if levels else curve.shown(value)


def _places(curve: Curve, levels: Sequence[int]) -> Numbers:
    if not levels:
        return curve.values
    places = np.searchsorted(levels, np.nan_to_num(curve.values)).astype(float)
    places[np.isnan(curve.values)] = np.nan
    return places


def _limits(curve: Curve, steps: Sequence[Step], levels: Sequence[int]) -> tuple[float, float]:
    """Of the axis: all that is seen, and the ends of what is expected, with some air."""
    if levels:
        return -0.8, max(len(levels) - 0.2, 1.2)
    ends = [curve.shown(e) for s in steps for e in (s.low, s.high) if e is not None]
    every = np.concatenate([curve.values, curve.predicted, np.array(ends, dtype=float)])
    known = every[np.isfinite(every)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    least = {"°C": 1.0, "%": 2.0}.get(curve.scale.symbol, 1e-3 * max(abs(low), abs(high), 1e-3))
    air = max(0.1 * (high - low), least / 2)
    return low - air, high + air


def _band(
    axes: Axes, ends: Sequence[float | None], least: float, times: tuple[float, float]
) -> None:
    """What a step expects of its point, over its time; at least `least` high."""
    if ends[0] is None and ends[1] is None:
        return
    bottom, top = axes.get_ylim()
    least = least or 0.035 * (top - bottom)
    low, high = (e if e is not None else edge for e, edge in zip(ends, (bottom, top), strict=True))
    if high - low < least:
        low, high = (low + high - least) / 2, (low + high + least) / 2
    left, right = axes.get_xlim()
    narrow = _NARROWEST * (right - left)
    begin, end = times
    if end - begin < narrow:
        begin = max((begin + end - narrow) / 2, left)
        end = begin + narrow
    axes.fill_between([begin, end], low, high, color=_BAND, alpha=0.2, linewidth=0, zorder=1)
    for edge, known in zip((low, high), ends, strict=True):
        if known is not None:
            axes.plot([begin, end], [edge, edge], color=EXPECTED, linewidth=0.7, zorder=1.5)


def _names(axes: Axes, curve: Curve, levels: Sequence[int]) -> None:
    """Few numbers at the axis; those of an enumeration by their words, as far as known."""
    if not levels:
        axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=curve.is_state))
        return
    names = [curve.words.get(n, str(n)) for n in levels]
    axes.set_yticks(range(len(levels)), [n if len(n) < 11 else f"{n[:10]}…" for n in names])
    axes.tick_params(axis="y", labelsize=7.5)


def _stages(all_axes: Sequence[Axes], stages: Iterable[Stage], factor: float) -> None:
    for stage in stages:
        for axes in all_axes:
            axes.axvline(stage.t_s * factor, color=STIMULUS, linestyle="--", linewidth=1.0)
        all_axes[0].annotate(
            stage.text,
            (stage.t_s * factor, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(1.5, 15.0),  # above the name of the panel
            textcoords="offset points",
            ha="left",
            va="bottom",
            color=STIMULUS,
            fontsize=7.5,
        )


def _failures(
    all_axes: Sequence[Axes], panels: Sequence[Curve], block: Block, factor: float
) -> None:
    """A red line and a cross where a step did not pass, on its point or on all."""
    for step in block.steps:
        if step.verdict not in ("fail", "inconclusive"):
            continue
        own = [(a, c) for a, c in zip(all_axes, panels, strict=True) if c.name == step.point]
        for axes, curve in own or list(zip(all_axes, panels, strict=True)):
            t = step.end_s * factor
            axes.axvline(t, color=FAILED, linewidth=1.6)
            before = np.flatnonzero(curve.t_s <= step.end_s)
            at = _places(curve, levels_of(curve, block))[before[-1]] if before.size else np.nan
            if np.isfinite(at):
                axes.plot(
                    [t], [at], marker="X", markersize=8, color=FAILED, clip_on=False, zorder=5
                )
            right = t > sum(axes.get_xlim()) / 2
            axes.annotate(
                f"✗ step {step.number}: {step.verdict}",
                (t, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(-5 if right else 5, -3),
                textcoords="offset points",
                ha="right" if right else "left",
                va="top",
                color=FAILED,
                weight="bold",
            )
