"""Public figures of a site held against runs of its virtual bench."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hil.bench.direct.loop import Rows
from hil.bench.layout import Layout
from hil.bench.rehearsal import Rehearsal
from twin.clock import NS_PER_S
from twin.signals import conversion
from twin.site import Boundary, Site
from twin.site.figures import Design, Figure, Year
from twin.site.kpi import account_energy, balance_error, kpi
from twin.site.model import Constant, Weather
from twin.site.quantity import si_unit
from twin.site.refs import part_of

DESIGN_CYCLE_S, YEAR_CYCLE_S = 1, 10
"""Cycle of each kind of run [s]."""
MEASURED_S = 3600
"""A design run is measured for so long, after it has settled [s]."""
WARM_UP_S = 6 * 3600
"""Before each stretch of a year the plant runs for so long from rest [s]."""
YEAR_S = 365 * 86_400


@dataclass
class Observed:
    """What a run came to: how far each meter moved [J], and readings cycle by cycle."""

    layout: Layout
    seconds: float = 0.0
    growth: dict[str, float] = field(default_factory=dict)
    measured: list[NDArray[np.float64]] = field(default_factory=list)
    commands: list[NDArray[np.float64]] = field(default_factory=list)
    outside: set[str] = field(default_factory=set)
    """Parts that left a range of their validity."""

    def add(self, several: Iterable[Rows], skipped: int, seconds: float) -> None:
        """Take a stretch [`seconds` long]: all rows but the first `skipped`, 1 or more."""
        measured, commands, truth = (
            np.concatenate(kind)
            for kind in zip(*((r.measured, r.commands, r.truth) for r in several), strict=True)
        )
        growth = (truth[-1] - truth[skipped - 1]).tolist()
        for i, name in enumerate(self.layout.truth):
            if name not in self.layout.validity:
                self.growth[name] = self.growth.get(name, 0.0) + growth[i]
            elif truth[skipped:, i].any():
                self.outside.add(part_of(name))
        self.measured.append(measured[skipped:])
        self.commands.append(commands[skipped:])
        self.seconds += seconds

    def readings(self, signal: str, running: str | None) -> NDArray[np.float64]:
        """Readings of `signal` [SI], of the time during which the command `running` was on."""
        column = self.layout.signal(signal)
        values = np.concatenate([block[:, column] for block in self.measured])
        if running is None:
            return values
        at = self.layout.command(running)
        return values[np.concatenate([block[:, at] for block in self.commands]) > 0.5]


@dataclass(frozen=True)
class Verdict:
    """A figure, what the run gave for it in the public unit, and whether that is near enough."""

    name: str
    figure: Figure
    simulated: float

    @property
    def word(self) -> str:
        """`near`, `explained` or `off`."""
        if self.figure.near(self.simulated):
            return "near"
        return "explained" if self.figure.explained else "off"

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        f, finite = self.figure, math.isfinite(self.simulated)
        ratio = f.ratio(self.simulated)
        return {
            "public": [f.public.low, f.public.high],
            "unit": f.public.unit,
            "simulated": self.simulated if finite else None,
            "ratio": ratio if math.isfinite(ratio) else None,
            "within": str(f.within),
            "run": f.run,
            "assumed": f.assumed,
            "verdict": self.word,
            "explained": f.explained,
        }


@dataclass(frozen=True)
class Checked:
    """All figures of a site; of each run its books, as shares [-], and who left validity."""

    verdicts: tuple[Verdict, ...]
    runs: Mapping[str, Mapping[str, Any]]

    @property
    def off(self) -> tuple[str, ...]:
        """Figures that are neither near nor explained."""
        return tuple(v.name for v in self.verdicts if v.word == "off")


def check_site_figures(site: Site, data: Path | None, tell: Callable[[str], None]) -> Checked:
    """Run what the figures of `site` ask for; `tell` gets a sentence before each run."""
    wanted = {figure.run for figure in site.figures.checks.values()}
    runs: dict[str, Observed] = {}
    if "design" in wanted and site.figures.design is not None:
        tell("design: boundary values held until the plant is steady")
        runs["design"] = run_design(site, site.figures.design, data)
    if "year" in wanted and (year := site.figures.year) is not None:
        tell(f"year: {year.samples} stretches of {year.length / 86_400:g} days of {year.weather}")
        runs["year"] = run_year(site, year, data)
    verdicts = [
        Verdict(name, figure, simulated(site, figure, runs[figure.run]))
        for name, figure in site.figures.checks.items()
    ]
    return Checked(tuple(verdicts), {name: _sound(site, run) for name, run in runs.items()})


def run_design(site: Site, design: Design, data: Path | None) -> Observed:
    """An hour of the steady plant."""
    period_ns = DESIGN_CYCLE_S * NS_PER_S
    boundary = Boundary(site, data, period_ns)
    held = dict(zip(boundary.names, boundary.block(0, 1)[0].tolist(), strict=True))
    held |= {name: amount.to(si_unit(amount.unit)) for name, amount in design.boundary.items()}
    settle = round(design.settle / DESIGN_CYCLE_S)
    with Rehearsal(site, _Held(list(held.values())), boundary.names, period_ns) as rehearsal:
        return _observe(rehearsal, [0], settle, MEASURED_S // DESIGN_CYCLE_S, DESIGN_CYCLE_S)


def run_year(site: Site, year: Year, data: Path | None) -> Observed:
    """One stretch of each equal part of the year: the one most like the part's mean."""
    period_ns = YEAR_CYCLE_S * NS_PER_S
    held = {name: Constant(source="constant", value=v) for name, v in year.boundary.items()}
    feeds = {**site.boundary, **held}
    of_year = site.model_copy(update={"weather": year.weather, "boundary": feeds})
    boundary = Boundary(of_year, data, period_ns)
    warm_up, cycles = WARM_UP_S // YEAR_CYCLE_S, round(year.length / YEAR_CYCLE_S)
    hours = Boundary(of_year, data, 3600 * NS_PER_S).block(0, YEAR_S // 3600)
    weather = [i for i, feed in enumerate(feeds.values()) if isinstance(feed, Weather)]
    days = typical_days(hours[:, weather], year.samples, year.length / 86_400)
    firsts = [day * 86_400 // YEAR_CYCLE_S - warm_up for day in days]
    with Rehearsal(of_year, boundary, boundary.names, period_ns) as rehearsal:
        return _observe(rehearsal, firsts, warm_up, cycles, YEAR_CYCLE_S)


def typical_days(hours: NDArray[np.float64], parts: int, length_days: float) -> list[int]:
    """First day of a stretch of each of equal `parts` of a year [-].

    `hours` are hourly values, shape (hours, columns). Of all whole days at which a stretch of
    `length_days` may begin that one is taken whose means are nearest to the part's, columns
    scaled by how much they vary over the year.
    """
    spread = hours.std(axis=0)
    scaled = hours[:, spread > 0.0] / spread[spread > 0.0]
    days, long = len(hours) // 24, max(1, math.ceil(length_days))
    found = []
    for i in range(parts):
        begin, end = max(1, i * days // parts), (i + 1) * days // parts
        mean = scaled[begin * 24 : end * 24].mean(axis=0)
        starts = range(begin, max(begin + 1, end - long + 1))
        means = [scaled[d * 24 : (d + long) * 24].mean(axis=0) for d in starts]
        found.append(starts[int(np.argmin([abs(m - mean).sum() for m in means]))])
    return found


def _observe(
    rehearsal: Rehearsal, firsts: list[int], skipped: int, cycles: int, cycle_s: int
) -> Observed:
    """Runs that begin at boundary instants `firsts`; the first `skipped` cycles do not count."""
    seen = Observed(rehearsal.layout)
    for first in firsts:
        seen.add(rehearsal.run(first, skipped + cycles), skipped, cycles * cycle_s)
    return seen


def simulated(site: Site, figure: Figure, seen: Observed) -> float:
    """The figure's measure [public.unit]; NaN when there is nothing to take it from."""
    energy = account_energy(site.accounts, seen.growth)
    unit = figure.public.unit
    match figure.measure:
        case "power":
            value, si = energy[str(figure.power)] / seen.seconds, "W"
        case "energy":
            value, si = energy[str(figure.energy)] * YEAR_S / seen.seconds, "J"
        case "share":
            part, whole = figure.share or ("", "")
            value, si = energy[part] / energy[whole] if energy[whole] else math.nan, "-"
        case "kpi":
            found = kpi(energy, site.factors)[str(figure.kpi)]
            value, si = math.nan if found is None else found, "-"
        case measure:
            signal = str(getattr(figure, measure))
            value = _of_readings(measure, seen.readings(signal, figure.running))
            si = si_unit(site.signals[signal].unit)
    factor, offset = conversion(si, unit)
    return factor * value + offset


def _of_readings(measure: str, values: NDArray[np.float64]) -> float:
    if not len(values):
        return math.nan
    return float(values.mean() if measure == "mean" else np.quantile(values, 0.95))


def _sound(site: Site, seen: Observed) -> dict[str, Any]:
    """What says whether a run means anything: first law, steadiness, validity."""
    energy = account_energy(site.accounts, seen.growth)
    came_in = energy["balance_in"]
    return {
        "balance_error": balance_error(energy),
        "stored_share": energy["stored"] / came_in if came_in else None,
        "outside_validity": sorted(seen.outside),
    }


class _Held:
    """Boundary values that stand still."""

    def __init__(self, values: list[float]) -> None:
        self._values = np.array(values)

    def block(self, k0: int, n: int) -> NDArray[np.float64]:
        """The same values `n` times."""
        return np.tile(self._values, (n, 1))
