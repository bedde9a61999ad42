"""The picture of one signal: measured over predicted with its band, the residual below."""

from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from hil.report.parts import Curve, Mark, Part
from hil.report.svg import tidy

# Okabe and Ito: told apart by people with any kind of colour vision, and in grey print
MEASURED, PREDICTED, BAND = "#1f2933", "#0072b2", "#56b4e9"
TRUTH, FAULT, ALARM = "#009e73", "#7b3294", "#d55e00"
_COMMANDS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "hukka",
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#9aa5b1",
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": "#e4e7eb",
    "grid.linewidth": 0.7,
    "xtick.color": "#52606d",
    "ytick.color": "#52606d",
    "axes.labelcolor": "#52606d",
    "axes.formatter.useoffset": False,
    "axes.xmargin": 0.0,
    "lines.linewidth": 1.0,
}
_MARKS = {"fault": (FAULT, "--", "F"), "alarm": (ALARM, "-", "A")}
_WIDTH_IN = 9.2
_LEFT, _RIGHT = 0.075, 0.99  # the same for every picture, so that their time axes line up
_TICKS = {
    "s": (1, 2, 5, 10, 15, 30),
    "min": (1, 2, 5, 10, 15, 30),
    "h": (1, 2, 3, 6, 12, 24),
    "d": (1, 2, 7, 14, 28),
}


def signal_picture(part: Part, curve: Curve, prefix: str) -> str:
    """SVG of measured, predicted and band above the residual; ids begin with `prefix`."""
    with matplotlib.style.context(["default", _STYLE]):
        figure = Figure(figsize=(_WIDTH_IN, 3.2))
        panels = figure.subplots(2, 1, sharex=True, height_ratios=(1.9, 1.0))
        figure.subplots_adjust(_LEFT, 0.14, _RIGHT, 0.94, hspace=0.14)
        factor, _ = time_unit(part.span_s)
        _values(panels[0], curve, factor)
        _residual(panels[1], curve, factor)
        _draw_marks(panels, part.marks, factor)
        _letters(panels[0], part.marks, factor)
        _time_axis(panels[1], part.span_s)
        return _svg(figure, prefix)


def command_picture(part: Part, prefix: str) -> str:
    """SVG of all commands of a part in one panel."""
    with matplotlib.style.context(["default", _STYLE]):
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
        _label(axes, "command", "")
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
        return _svg(figure, prefix)


def time_unit(span_s: tuple[float, float]) -> tuple[float, str]:
    """Factor from seconds, and name, of the unit that gives the time axis readable numbers."""
    length = span_s[1] - span_s[0]
    if length >= 4 * 86_400.0:
        return 1 / 86_400.0, "d"
    if length >= 3 * 3600.0:
        return 1 / 3600.0, "h"
    if length >= 180.0:
        return 1 / 60.0, "min"
    return 1.0, "s"


def _values(axes: Axes, curve: Curve, factor: float) -> None:
    t = curve.t_s * factor
    if np.isfinite(curve.band).any():
        low, high = curve.predicted - curve.band, curve.predicted + curve.band
        axes.fill_between(t, low, high, color=BAND, alpha=0.28, linewidth=0)
    if curve.truth is not None:
        axes.plot(t, curve.truth, color=TRUTH, linestyle=":")
    axes.plot(t, curve.measured, color=MEASURED, linewidth=0.7)
    axes.plot(t, curve.predicted, color=PREDICTED, linewidth=1.2)
    _label(axes, curve.name.split(".")[-1], curve.scale.symbol)


def _residual(axes: Axes, curve: Curve, factor: float) -> None:
    t = curve.t_s * factor
    if np.isfinite(curve.band).any():
        axes.fill_between(t, -curve.band, curve.band, color=BAND, alpha=0.28, linewidth=0)
    axes.axhline(0.0, color="#9aa5b1", linewidth=0.8)
    axes.plot(t, curve.residual, color=MEASURED, linewidth=0.7)
    _label(axes, "residual", curve.scale.difference_symbol)


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
    factor, unit = time_unit(span_s)
    begin, end = span_s[0] * factor, span_s[1] * factor
    axes.set_xlabel(f"time since the run began [{unit}]")
    if end > begin:
        step = next((s for s in _TICKS[unit] if (end - begin) / s <= 9), None)
        if step is not None:
            axes.xaxis.set_major_locator(MultipleLocator(step))
        axes.set_xlim(begin, end)


def _label(axes: Axes, name: str, unit: str) -> None:
    axes.set_ylabel(f"{name} [{unit or '-'}]")
    axes.yaxis.set_label_coords(-0.055, 0.5)


def _svg(figure: Figure, prefix: str) -> str:
    FigureCanvasSVG(figure)
    text = StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return tidy(text.getvalue(), prefix)
