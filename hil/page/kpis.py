"""Key figures of a span: from what was measured, with the share of the time that was.

What nobody measures and the twin reckons counts too, and is named.

The formulas are those of `twin.site.kpi`; here it is seen which signals give which energy. A figure
is taken over just those stretches in which everything it needs was measured.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hil.historian.envelope import Envelope
from hil.page.source import Source
from twin.site.kpi import account_energy, kpi
from twin.site.metered import Meter, meters
from twin.site.model import Accounts, Site

Floats = NDArray[np.float64]

MOST_STRETCHES = 2880
"""A span is cut into at most so many stretches [-]."""
_STRETCH_NS = 1_000_000_000
"""Stretches are at least so long, and a period [ns]."""


class _Figure(NamedTuple):
    symbol: str
    unit: str
    formula: str
    source: str
    accounts: tuple[str, ...]
    factors: tuple[str, ...] = ()


class _Metered(NamedTuple):
    by: Meter
    energy: Floats
    """In each stretch [J]; NaN where it was not measured."""


_CENTRE = ("it", "dc_auxiliary")
_DRIVING = ("hp_electric", "hp_auxiliary")
_ISO_ERF = "energy reuse factor, ISO/IEC 30134-6"
_FIGURES: Mapping[str, _Figure] = {
    "pue": _Figure(
        "PUE",
        "-",
        "(it + dc_auxiliary) / it",
        "power usage effectiveness, ISO/IEC 30134-2",
        _CENTRE,
    ),
    "erf": _Figure(
        "ERF", "-", "recovered / (it + dc_auxiliary)", _ISO_ERF, (*_CENTRE, "recovered")
    ),
    "erf_with_hp": _Figure(
        "ERF with heat pump",
        "-",
        "hp_heat / (it + dc_auxiliary + hp_electric + hp_auxiliary)",
        f"{_ISO_ERF}, metered behind the heat pump",
        (*_CENTRE, *_DRIVING, "hp_heat"),
    ),
    "ere": _Figure(
        "ERE",
        "-",
        "(it + dc_auxiliary − recovered) / it",
        "energy reuse effectiveness, The Green Grid, white paper 29",
        (*_CENTRE, "recovered"),
    ),
    "cop": _Figure(
        "COP",
        "-",
        "hp_heat / hp_electric",
        "coefficient of performance, pumps not included",
        ("hp_heat", "hp_electric"),
    ),
    "combined_cop": _Figure(
        "combined COP",
        "-",
        "(hp_heat + hp_cooling) / hp_electric",
        "heating and cooling over electricity",
        ("hp_heat", "hp_cooling", "hp_electric"),
    ),
    "scop": _Figure(
        "SCOP",
        "-",
        "hp_heat / (hp_electric + hp_auxiliary)",
        "SPF_H2 of Commission Decision 2013/114/EU over the span",
        ("hp_heat", *_DRIVING),
    ),
    "heat_recovered_MWh": _Figure(
        "heat recovered", "MWh", "recovered", "by definition", ("recovered",)
    ),
    "co2_avoided_t": _Figure(
        "CO₂ avoided",
        "t",
        "supplied · co2_replaced − (hp_electric + hp_auxiliary) · co2_electricity",
        "by definition, with the site's factors",
        ("hp_heat", "recovered", *_DRIVING),
        ("co2_replaced", "co2_electricity"),
    ),
    "heat_cost_EUR_per_MWh": _Figure(
        "cost of heat",
        "EUR/MWh",
        "((hp_electric + hp_auxiliary) · price_electricity + recovered · price_recovered)"
        " / supplied",
        "running cost, with the site's prices",
        ("hp_heat", "recovered", *_DRIVING),
        ("price_electricity",),
    ),
}


def key_figures(source: Source, t0_ns: int, t1_ns: int) -> list[dict[str, Any]]:
    """Key figures between two times [ns]; one that cannot be had says what it lacks."""
    site = source.site
    least_ns = max(source.period_ns, _STRETCH_NS)
    most = max(2, min(MOST_STRETCHES, (t1_ns - t0_ns) // least_ns))
    found, length_s = _metered(source, t0_ns, t1_ns, most)
    span_s = (t1_ns - t0_ns) / 1e9
    return [
        _told(site, name, figure, found, length_s / span_s) for name, figure in _FIGURES.items()
    ]


def _told(
    site: Site,
    name: str,
    figure: _Figure,
    metered: Mapping[str, _Metered],
    share: float,
) -> dict[str, Any]:
    """One figure; `share` of the span is in one stretch [-]."""
    needed = [n for account in figure.accounts for n in getattr(site.accounts, account)]
    missing = [n for n in dict.fromkeys(needed) if n not in metered]
    missing += [f"factors.{f}" for f in figure.factors if getattr(site.factors, f) is None]
    value, coverage = None, 0.0
    if needed and not missing:
        table = np.array([metered[n].energy for n in needed])
        whole = np.isfinite(table).all(axis=0)
        coverage = min(1.0, float(whole.sum()) * share)
        if whole.any():
            grown = {n: float(metered[n].energy[whole].sum()) for n in needed}
            value = kpi(_accounts(site.accounts, grown), site.factors)[name]
    known = {n: metered[n].by for n in needed if n in metered}
    return {
        "name": name,
        "symbol": figure.symbol,
        "value": value,
        "unit": figure.unit,
        "formula": figure.formula,
        "source": figure.source,
        "measured_by": {n: m.formula for n, m in known.items()},
        "reckoned": [n for n, m in known.items() if m.reckoned],
        "coverage": round(coverage, 4),
        "missing": missing,
    }


def _accounts(accounts: Accounts, grown: Mapping[str, float]) -> dict[str, float]:
    """Energy of each account [J]; those that a figure does not need are not asked for."""
    every = {n: 0.0 for _, meters in accounts for n in meters}
    return account_energy(accounts, {**every, **grown})


def _metered(
    source: Source, t0_ns: int, t1_ns: int, most: int
) -> tuple[dict[str, _Metered], float]:
    """Energy of each meter that can be had, in stretches, and how long one is [s].

    By the first way of which anything was recorded; by the best one if nothing was of any.
    """
    site, keys = source.site, source.keys()
    names = dict.fromkeys(n for _, meters in site.accounts for n in meters)
    ways = {name: found for name in names if (found := meters(site, name, keys))}
    read = list(dict.fromkeys(k for found in ways.values() for way in found for k in way.keys))
    if not read:
        return {}, 0.0
    drawn = source.series(read, t0_ns, t1_ns, most)
    length_s = _length_s(drawn, t1_ns - t0_ns, most)
    column = {key: drawn.mean[:, i] for i, key in enumerate(read)}
    best: dict[str, _Metered] = {}
    for name, found in ways.items():
        told = [_Metered(way, way.of([column[k] for k in way.keys], length_s)) for way in found]
        best[name] = next((one for one in told if np.isfinite(one.energy).any()), told[0])
    return best, length_s


def _length_s(drawn: Envelope, span_ns: int, most: int) -> float:
    """Length of a stretch [s]: stretches without a row are left out, so the shortest step."""
    steps = np.diff(drawn.t_ns)
    return float(steps.min() if len(steps) else span_ns / most) / 1e9
