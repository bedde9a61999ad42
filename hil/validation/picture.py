"""One picture a case: what was measured, what was predicted, and the difference."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from hil.validation.case import Case
from twin.errors import BadInput


def draw(case: Case, folder: Path) -> Path:
    """Write `FOLDER/CASE.png` and return its path.

    Raises:
        BadInput: the folder or the file cannot be written.
    """
    curves = case.curves
    line = "-" if curves.joined else "none"
    point = "none" if curves.joined else "x"
    with mpl.rc_context({"font.size": 9}):
        figure = Figure(figsize=(8.0, 5.5), layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        for name, values in curves.others.items():
            plus = "none" if curves.joined else "+"
            above.plot(curves.x, values, ls=line, marker=plus, color="0.65", lw=1, label=name)
        above.plot(
            curves.x, curves.measured, ls=line, marker=".", ms=3, color="k", label="measured"
        )
        red = {"ls": line, "marker": point, "color": "tab:red"}
        above.plot(curves.x, curves.predicted, **red, label="predicted")
        above.set_ylabel(curves.y_label)
        above.set_title(f"{case.name}: {case.figure} {case.value:.3f}")
        above.legend()
        difference = np.asarray(curves.predicted) - np.asarray(curves.measured)
        below.plot(curves.x, difference, **red)
        below.axhline(0.0, color="k", lw=0.5)
        below.set_ylabel("difference")
        below.set_xlabel(curves.x_label)
        path = folder / f"{case.name}.png"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            figure.savefig(path, dpi=120)
        except OSError as error:
            raise BadInput(f"{path}: cannot be written: {error.strerror}") from error
    return path
