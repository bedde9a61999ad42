"""A picture of what machines and exchangers did, week by week, beside what was expected."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from hil.report.canvas import MEASURED, PREDICTED, style, svg_of
from hil.report.when import When
from twin.diagnosis.performance import WEEK_NS, Week
from twin.site.amounts import scale_for

FEWEST = 2
"""A picture has so many weeks at least [-]."""
_WIDTH_IN, _PANEL_IN, _BETWEEN_IN, _BELOW_IN, _TOP_IN = 5.2, 0.8, 0.28, 0.42, 0.24
_LEFT, _RIGHT = 0.15, 0.965
_FONT = {"font.size": 9.0}


def performance_picture(
    figures: Mapping[str, tuple[str, Sequence[Week]]], when: When, prefix: str
) -> str:
    """SVG of figures, name: (unit, weeks), below each other over the same time."""
    begins = [w.from_ns for _, weeks in figures.values() for w in weeks]
    span, rows = (min(begins), max(begins) + WEEK_NS), len(figures)
    height = _TOP_IN + rows * _PANEL_IN + (rows - 1) * _BETWEEN_IN + _BELOW_IN
    with style(**_FONT):
        figure = Figure(figsize=(_WIDTH_IN, height))
        for i, (name, (unit, weeks)) in enumerate(figures.items()):
            below = height - _TOP_IN - _PANEL_IN - i * (_PANEL_IN + _BETWEEN_IN)
            axes = figure.add_axes((_LEFT, below / height, _RIGHT - _LEFT, _PANEL_IN / height))
            x = [when.place(w.from_ns + WEEK_NS / 2, span) for w in weeks]
            axes.plot(x, [w.expected for w in weeks], color=PREDICTED, linewidth=1.3)
            axes.plot(x, [w.value for w in weeks], color=MEASURED, linewidth=1.0, marker=".")
            short = name.partition(".")[2].replace("_", " ")
            title = f"{short} [{scale_for(unit).symbol or '-'}]"
            axes.set_title(title, loc="left", fontsize=8.5, pad=2.5)
            when.axis(axes, span)
            axes.yaxis.set_major_locator(MaxNLocator(nbins=3))
            if i < rows - 1:
                axes.tick_params(labelbottom=False)
                axes.set_xlabel("")
                axes.xaxis.get_offset_text().set_visible(False)
        return svg_of(figure, prefix)
