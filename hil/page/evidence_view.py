"""All that speaks for an alarm on one page: what was told of it, and the plant as it was then."""

from collections.abc import Mapping
from typing import Any

from hil.page import plain
from hil.page.source import Moment, Source
from twin.site.model import Site

_BEFORE_NS = 1_800_000_000_000
"""What is drawn begins so long before the cause, or a third of its time if that is more [ns]."""
_CURVES = ("measured", "predicted", "band")


def evidence_view(source: Source, number: int) -> dict[str, Any] | None:
    """Evidence of an alarm for `/api/alarms/NUMBER/evidence`; None where there is no such alarm."""
    told = source.evidence(number)
    if told is None:
        return None
    raised_ns, since_ns, cleared_ns = _times(source, number, told)
    last = source.span_ns()
    end_ns = cleared_ns or (last[1] if last else raised_ns)
    before_ns = max(_BEFORE_NS, (end_ns - since_ns) // 3)
    found = source.at(raised_ns)
    part = str(told["part"])
    signals = [str(share["signal"]) for share in told.get("evidence") or ()]
    signals += [name for name in told.get("signals") or () if name not in signals]
    of_part = _watched(source.site, part)
    keys = source.keys()
    shown = signals or of_part
    return {
        **plain.timed(told),
        "raised_ms": plain.ms(raised_ns),
        "since_ms": plain.ms(since_ns),
        "cleared_ms": None if cleared_ns is None else plain.ms(cleared_ns),
        "draw": {
            "keys": [k for n in shown for c in _CURVES if (k := f"{n}:{c}") in keys],
            "from_ms": plain.ms(since_ns - before_ns),
            "to_ms": plain.ms(end_ns + before_ns // 3),
        },
        "residuals": [] if found is None else _residuals(found, [*shown, *of_part]),
        "inputs": _inputs(source.site, part, found),
        "links": _links(source, [*shown, *of_part]),
    }


def _times(source: Source, number: int, told: Mapping[str, Any]) -> tuple[int, int, int | None]:
    """When it was raised, when its cause began, when it was over [ns]."""
    row = next((row for row in source.alarms() if row.number == number), None)
    if row is not None:
        return row.raised_ns, row.since_ns, row.cleared_ns
    last = source.span_ns()
    raised_ns = _ns(told.get("raised_s")) or (last[1] if last else 0)
    since_ns = _ns(told.get("since_s"))
    return raised_ns, raised_ns if since_ns is None else since_ns, _ns(told.get("cleared_s"))


def _ns(t_s: float | None) -> int | None:
    return None if t_s is None else round(t_s * 1e9)


def _watched(site: Site, part: str) -> list[str]:
    twin = site.twin.get(part)
    return [] if twin is None else [f"{part}.{name}" for name in twin.watch]


def _residuals(seen: Moment, names: list[str]) -> list[dict[str, Any]]:
    """Measured against predicted, as it was when the alarm was raised [SI]."""
    rows = []
    for name in dict.fromkeys(names):
        measured, predicted = seen.measured.get(name), seen.predicted.get(name)
        known = measured is not None and predicted is not None
        rows.append(
            {
                "signal": name,
                "measured": plain.number(measured),
                "predicted": plain.number(predicted),
                "residual": plain.number(measured - predicted) if known else None,  # type: ignore[operator]
                "band": plain.number(seen.band.get(name)),
                "quality": seen.quality.get(name),
            }
        )
    return rows


def _inputs(site: Site, part: str, seen: Moment | None) -> list[dict[str, Any]]:
    """What the model of the part was fed with when the alarm was raised [SI]."""
    twin = site.twin.get(part)
    fed = {} if twin is None else {f"{part}.{name}": ref for name, ref in twin.boundary.items()}
    rows = [
        {
            "input": name,
            "signal": signal,
            "value": None if seen is None else plain.number(seen.measured.get(signal)),
            "quality": None if seen is None else seen.quality.get(signal),
        }
        for name, signal in fed.items()
    ]
    rows += [
        {
            "input": name,
            "signal": None,
            "value": None if seen is None else plain.number(seen.commands.get(name)),
            "quality": None,
        }
        for name in site.commands
        if name.startswith(f"{part}.")
    ]
    return rows


def _links(source: Source, names: list[str]) -> list[dict[str, Any]]:
    """Controllers that carry these signals, as they are now."""
    wanted = {
        name
        for name, controller in source.site.controllers.items()
        if not set(names).isdisjoint(controller.sensors.values())
    }
    return [
        {"name": r.name, "link": r.link, "up": r.up, "errors": r.errors, "last_error": r.last_error}
        for r in source.health().links
        if r.name in wanted
    ]
