"""Cases as a table for people and as JSON for programs."""

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from hil.validation.case import Case


def show(cases: Sequence[Case], console: Console) -> None:
    """Print one row a case, and below it what was assumed."""
    table = Table("case", box=None)
    for column in ("figure", "largest error", "best other tool", "ratio"):
        table.add_column(column, justify="right")
    for case in cases:
        rival = case.rival
        table.add_row(
            case.name,
            f"{_spelled(case.figure)} {case.value:.3f}",
            _largest(case),
            "" if rival is None else f"{rival.figure:.3f} {rival.name}",
            "" if case.ratio is None else f"{case.ratio:.2f}",
        )
    console.print(table)
    for case in cases:
        for note in case.notes:
            console.print(f"{case.name}: {note}", highlight=False, soft_wrap=True)


def as_json(cases: Sequence[Case]) -> dict[str, dict[str, float | str | None]]:
    """Metrics of each case by name, and what other tools reach; not a number is None."""
    return {
        case.name: {
            **{k: v if math.isfinite(v) else None for k, v in case.metrics.items()},
            "best_other": None if case.rival is None else case.rival.figure,
            "best_other_tool": None if case.rival is None else case.rival.name,
            "ratio": case.ratio,
        }
        for case in cases
    }


def _largest(case: Case) -> str:
    """The first metric that is a largest error, with its unit."""
    for name, value in case.metrics.items():
        stem, _, unit = name.rpartition("_")
        if stem.split("_")[-1] == "max":
            return f"{value:.2f} {_unit(unit)}"
    return ""


def _unit(ending: str) -> str:
    return "%" if ending == "percent" else ending


def _spelled(figure: str) -> str:
    """`rmse_K` as people write it: `RMSE [K]`."""
    name, _, unit = figure.rpartition("_")
    return f"{name.upper()} [{_unit(unit)}]"
