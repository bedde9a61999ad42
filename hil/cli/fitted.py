"""What `hukka twin fit` prints: parameters as fitted, what is left, what was wrong already."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hil.replay.fit import Fitted
    from twin.observers.calibrate import Fit


def plain(fitted: "Fitted", path: Path) -> dict[str, Any]:
    """The result for JSON; values are in the unit that stands beside them, else SI."""
    calibration = fitted.calibration
    design = calibration.design or fitted.raw
    signals = zip(fitted.signals, design, fitted.raw, fitted.left, strict=True)
    return {
        "learned": str(path),
        "days": fitted.learned.days,
        "parameters": {f.parameter.name: _plain_fit(f) for f in calibration.fits},
        "present": [
            {"fault": p.fault, "size": p.size, "llr": p.llr, "alike": list(p.alike)}
            for p in calibration.present
        ],
        "signals": {n: {"design": d, "rms": r, "left": left} for n, d, r, left in signals},
    }


def tell(found: Mapping[str, Any]) -> None:
    """The same as tables, and in plain words what was wrong already."""
    from rich.table import Table

    from hil.dashboard.console import Console

    console = Console(highlight=False)
    if found["parameters"]:
        table = Table("parameter", "unit", "design", "fitted", "90 % interval", "")
        for name, fit in found["parameters"].items():
            table.add_row(*_line(name, fit))
        console.print(table)
    table = Table("signal", "off by (RMS, SI)", "calibrated", "left after learning")
    for name, of in found["signals"].items():
        table.add_row(name, *(f"{of[key]:.3g}" for key in ("design", "rms", "left")))
    console.print(table)
    say = Console(highlight=False, soft_wrap=True).print
    for p in found["present"]:
        alike = f" (or {', '.join(p['alike'])})" if p["alike"] else ""
        say(
            f"already there: {p['fault']}{alike}, size {p['size']:.3g}: no calibration explains it."
            " It was not learned as normal; replay will raise it.",
            markup=False,
        )
    say(f"{found['learned']}: learned from {found['days']:.1f} days", markup=False)


def _line(name: str, fit: Mapping[str, Any]) -> tuple[str, ...]:
    bound = "at its bound" if fit["at_bound"] else ""
    worse = "" if fit["better"] else "its part predicts no better with it, stays as designed"
    known = ", ".join(filter(None, (bound, worse)))
    known = known if fit["identifiable"] else "not identifiable, stays as designed"
    interval = f"{fit['low']:.4g} to {fit['high']:.4g}"
    return name, fit["unit"], f"{fit['design']:.4g}", f"{fit['fitted']:.4g}", interval, known


def _plain_fit(f: "Fit") -> dict[str, Any]:
    return {
        "unit": f.parameter.unit,
        "design": f.parameter.design,
        "fitted": f.value,
        "low": f.low,
        "high": f.high,
        "identifiable": f.identifiable,
        "at_bound": f.at_bound,
        "better": f.better,
        "told": f.told,
    }
