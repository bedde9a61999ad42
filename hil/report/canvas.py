"""What all pictures of a report have in common: colours, style, labels, the way to SVG."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from hil.report.svg import tidy

# Okabe and Ito: told apart by people with any kind of colour vision, and in grey print
MEASURED, PREDICTED, BAND = "#1f2933", "#0072b2", "#56b4e9"
TRUTH, FAULT, ALARM = "#009e73", "#7b3294", "#d55e00"

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
_TICKS = {
    "s": (1, 2, 5, 10, 15, 30),
    "min": (1, 2, 5, 10, 15, 30),
    "h": (1, 2, 3, 6, 12, 24),
    "d": (1, 2, 7, 14, 28),
}


@contextmanager
def style(**more: object) -> Iterator[None]:
    """Everything drawn within looks like a picture of a report; `more` are settings of its own."""
    with matplotlib.style.context(["default", {**_STYLE, **more}]):
        yield


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


def time_axis(axes: Axes, span_s: tuple[float, float], text: str, most: int = 9) -> None:
    """At most `most` + 1 ticks at round times of the axis, which is in `time_unit` of `span_s`."""
    factor, unit = time_unit(span_s)
    begin, end = span_s[0] * factor, span_s[1] * factor
    axes.set_xlabel(f"{text} [{unit}]")
    if end > begin:
        step = next((s for s in _TICKS[unit] if (end - begin) / s <= most), None)
        if step is not None:
            axes.xaxis.set_major_locator(MultipleLocator(step))
        axes.set_xlim(begin, end)


def label(axes: Axes, name: str, unit: str) -> None:
    """Name and unit beside the y axis, of all panels at the same place."""
    axes.set_ylabel(f"{name} [{unit or '-'}]")
    axes.yaxis.set_label_coords(-0.055, 0.5)


def svg_of(figure: Figure, prefix: str) -> str:
    """The picture as text whose ids begin with `prefix`."""
    FigureCanvasSVG(figure)
    text = StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return tidy(text.getvalue(), prefix)
