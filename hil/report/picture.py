"""The picture of one signal: measured over predicted with its band, the residual below."""

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hil.report.canvas import (
    ALARM,
    BAND,
    FAULT,
    MEASURED,
    PREDICTED,
    TRUTH,
    label,
    style,
    svg_of,
    time_axis,
    time_unit,
)
from hil.report.parts import Curve, Mark, Part

_COMMANDS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")

_MARKS = {"fault": (FAULT, "--", "F"), "alarm": (ALARM, "-", "A")}
_WIDTH_IN = 9.2
_LEFT, _RIGHT = 0.075, 0.99  # the same for every picture, so that their time axes line up


def signal_picture(part: Part, curve: Curve, prefix: str) -> str:
    """SVG of measured, predicted and band above the residual; ids begin with `prefix`."""
    with style():
        figure = Figure(figsize=(_WIDTH_IN, 3.2))
        panels = figure.subplots(2, 1, sharex=True, height_ratios=(1.9, 1.0))
        figure.subplots_adjust(_LEFT, 0.14, _RIGHT, 0.94, hspace=0.14)
        factor, _ = time_unit(part.span_s)
        _values(panels[0], curve, factor)
        _residual(panels[1], curve, factor)
        _draw_marks(panels, part.marks, factor)
        _letters(panels[0], part.marks, factor)
        _time_axis(panels[1], part.span_s)
        return svg_of(figure, prefix)


def command_picture(part: Part, prefix: str) -> str:
    """SVG of all commands of a part in one panel."""
    with style():
        figure = Figure(figsize=(_WIDTH_IN, 1.7))
        axes = figure.subplots()
        figure.subplots_adjust(_LEFT, 0.26, _RIGHT, 0.84)
        factor, _ = time_unit(part.span_s)
        for i, curve in enumerate(part.commands):
            axes.step(
                curve.t_s * factor,
                curve.measured,
                where="post",
                color=_COMMANDS[i % len(_COMMANDS)],
                linestyle=("-", "--", "-.")[i // len(_COMMANDS) % 3],
                label=curve.name.split(".")[-1],
            )
        label(axes, "command", "")
        axes.margins(y=0.1)
        _draw_marks([axes], part.marks, factor)
        axes.legend(
            loc="lower right",
            bbox_to_anchor=(1.0, 1.0),
            ncols=8,
            frameon=False,
            handlelength=1.6,
            borderaxespad=0.1,
        )
        _time_axis(axes, part.span_s)
        return svg_of(figure, prefix)


def _values(axes: Axes, curve: Curve, factor: float) -> None:
    t = curve.t_s * factor
    if np.isfinite(curve.band).any():
        low, high = curve.predicted - curve.band, curve.predicted + curve.band
        axes.fill_between(t, low, high, color=BAND, alpha=0.28, linewidth=0)
    if curve.truth is not None:
        axes.plot(t, curve.truth, color=TRUTH, linestyle=":")
    axes.plot(t, curve.measured, color=MEASURED, linewidth=0.7)
    axes.plot(t, curve.predicted, color=PREDICTED, linewidth=1.2)
    label(axes, curve.name.split(".")[-1], curve.scale.symbol)


def _residual(axes: Axes, curve: Curve, factor: float) -> None:
    t = curve.t_s * factor
    if np.isfinite(curve.band).any():
        axes.fill_between(t, -curve.band, curve.band, color=BAND, alpha=0.28, linewidth=0)
    axes.axhline(0.0, color="#9aa5b1", linewidth=0.8)
    axes.plot(t, curve.residual, color=MEASURED, linewidth=0.7)
    label(axes, "residual", curve.scale.difference_symbol)


def _draw_marks(panels: Iterable[Axes], marks: Sequence[Mark], factor: float) -> None:
    for axes in panels:
        for mark in marks:
            colour, style, _ = _MARKS[mark.kind]
            axes.axvline(mark.t_s * factor, color=colour, linestyle=style, linewidth=1.3)


def _letters(axes: Axes, marks: Sequence[Mark], factor: float) -> None:
    """F and A above the picture, on either side of their lines, so that neighbours stay apart."""
    for mark in marks:
        colour, _, letter = _MARKS[mark.kind]
        axes.annotate(
            letter,
            (mark.t_s * factor, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(-1 if mark.kind == "fault" else 1, 1.5),
            textcoords="offset points",
            ha="right" if mark.kind == "fault" else "left",
            va="bottom",
            color=colour,
            weight="bold",
        )


def _time_axis(axes: Axes, span_s: tuple[float, float]) -> None:
    time_axis(axes, span_s, "time since the run began")
