"""What a browser must know of a site before it draws: parts, pipes, signals, units."""

import math
from collections.abc import Mapping
from typing import Any

from hil.page.source import Source
from twin.observers.hypotheses import band_alone_of
from twin.site.model import Signal, Site


def site_view(source: Source) -> dict[str, Any]:
    """The site behind `source`, for `/api/site`; values in SI, units of the site beside them."""
    site = source.site
    return {
        "site": site.site,
        "title": site.title,
        "kind": source.kind,
        "period_ms": source.period_ns // 1_000_000,
        "parts": [
            {
                "name": name,
                "title": name.replace("_", " "),
                "fmu": part.fmu,
                "structure": dict(part.structure),
                "watched": name in site.twin,
            }
            for name, part in site.plant.parts.items()
        ],
        "connections": [{"source": c.source, "target": c.target} for c in site.plant.connections],
        "signals": {name: _signal(site, name, signal) for name, signal in site.signals.items()},
        "commands": _commands(site),
        "watched": _watched(site),
        "controllers": [
            {"name": name, "type": c.type, "link": c.link, "unit": c.unit, "role": c.role}
            for name, c in site.controllers.items()
        ],
        "links": {name: link.transport for name, link in site.links.items()},
        "keys": dict(source.keys()),
    }


def _signal(site: Site, name: str, signal: Signal) -> dict[str, Any]:
    ends = None if signal.range is None else [_finite(end) for end in signal.range_si]
    return {
        "unit": signal.unit,
        "si_unit": signal.si_unit,
        "part": name.partition(".")[0],
        "range": ends,
        "of": site.variable(name),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _commands(site: Site) -> Mapping[str, Any]:
    return {
        command: {"controller": name, "point": point, "part": command.partition(".")[0]}
        for name, controller in site.controllers.items()
        for point, command in controller.commands.items()
    }


def _watched(site: Site) -> Mapping[str, Any]:
    return {
        f"{part}.{name}": {"band": band_alone_of(site, f"{part}.{name}")}
        for part, twin in site.twin.items()
        for name in twin.watch
    }
