"""The identifiability of a site as plain data and as a paragraph of advice."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from hil.replay.identifiability import Report, Sensor
from hil.replay.watching import Watching
from hil.replay.why_unseen import why_unseen
from twin.diagnosis.identifiability import Judged
from twin.site.faults import by_name
from twin.site.model import Site

SHOWN = 5
"""So many of the sensors that could be added are listed [-]."""


def plain(site: Site, watching: Watching, report: Report) -> dict[str, Any]:
    """All of it for `--json`; sizes in the unit of the catalogue, sensors in SI."""
    doubt, names = report.doubt, [h.name for h in report.hypotheses]
    faults = []
    for j, (h, (best, at)) in enumerate(zip(report.hypotheses, report.best, strict=True)):
        known = by_name(site).get(h.name)
        per_si = 1.0 if known is None else 1.0 / known.si_per_unit
        where = {
            period.name: _period(names, judged[j])
            | {"why": why_unseen(site, watching, period, h, judged[j], doubt.threshold)}
            for period, judged in zip(report.periods, report.judged, strict=True)
        }
        faults.append(
            {
                "fault": h.name,
                "part": h.part,
                "kind": h.kind,
                "unit": h.unit if known is None else known.unit,
                "full": h.threshold * per_si,
                "smallest": _number(best.smallest * per_si),
                "deviation": _number(best.deviation * per_si) if best.shows else None,
                **_period(names, best),
                "period": report.periods[at].name,
                "periods": where,
            }
        )
    return {
        "site": site.site,
        "window": doubt.window.name,
        "uncertainty": "learned" if doubt.learned else "bands",
        "threshold": doubt.threshold,
        "periods": [p.name for p in report.periods],
        "faults": faults,
        "seen": counts(report),
        "sensors": [_sensor(names, s) for s in report.sensors[:SHOWN] if helps(s)],
    }


def counts(report: Report) -> dict[str, int]:
    """Faults seen at half their size, at full size only, not at all; and seen but not alone."""
    judged = [j for j, _ in report.best]
    seen = {key: sum(j.seen == key for j in judged) for key in ("half", "full", "no")}
    return seen | {"in_group": sum(j.seen != "no" and bool(j.group) for j in judged)}


def helps(sensor: Sensor) -> bool:
    """Whether a sensor gains anything."""
    return sensor.gain.score > 0 or sensor.split > 0


def advice(site: Site, report: Report) -> str:
    """What to do before alarms are enabled."""
    n, of = counts(report), len(report.hypotheses)
    said = [
        f"Of {of} faults {n['half']} are seen at half their size already, {n['full']} at full size"
        f" only and {n['no']} not at all; {n['in_group']} of those seen look like another."
    ]
    names = [h.name for h in report.hypotheses]
    useful = [s for s in report.sensors if helps(s)]
    if useful:
        said.append(_best(names, useful[0]))
        if useful[0].installed:
            said += [_best(names, s) for s in useful[1:] if not s.installed][:1]
    else:
        said.append("No single further sensor at an output of the models would change that.")
    if not report.doubt.learned:
        said.append(
            "The uncertainty is half of each band of the site file, changing within an hour"
            f" (assumed); `hukka twin fit {site.site} DATA` finds out what it is, and with its file"
            " (--learned) this report says what the diagnosis will do."
        )
    return " ".join(said)


def _best(names: list[str], sensor: Sensor) -> str:
    gained = sensor.gain
    what = [
        f"{verb} {', '.join(names[j] for j in which)}"
        for verb, which in (("makes visible", gained.visible), ("sets apart", gained.separable))
        if which
    ]
    if not what:
        what = [f"tells {sensor.split} pairs apart that look alike"]
    if gained.lost:
        what.append(f"but can be mistaken for {', '.join(names[j] for j in gained.lost)}")
    if sensor.installed:
        return f"{sensor.name} is read already; under `twin: watch:` it {', '.join(what)}."
    return f"The sensor that would help most is {sensor.name}: it {', '.join(what)}."


def _period(names: list[str], judged: Judged) -> dict[str, Any]:
    group = [names[i] if i < len(names) else "the new sensor" for i in judged.group]
    return {"seen": judged.seen, "shift": _number(judged.shift), "group": group}


def _sensor(names: list[str], sensor: Sensor) -> dict[str, Any]:
    lists: Mapping[str, tuple[int, ...]] = {
        "visible": sensor.gain.visible,
        "separable": sensor.gain.separable,
        "lost": sensor.gain.lost,
    }
    return {
        "sensor": sensor.name,
        "unit": sensor.unit,
        "deviation": sensor.deviation,
        "installed": sensor.installed,
        "gain": sensor.gain.score,
        "pairs_split": sensor.split,
        **{key: [names[j] for j in which] for key, which in lists.items()},
    }


def _number(value: float) -> float | None:
    return value if isfinite(value) else None
