"""The tables of a report, as text that is ready to print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hil.historian import Alarm, Run
from hil.links.counters import in_words
from hil.report.numbers import alike, clock, span, words
from hil.report.parts import Part
from twin.site.amounts import MISSING, scale_for, significant

_STATUS = {
    "done": "✓ done",
    "running": "◌ no end recorded",
    "interrupted": "◌ interrupted",
    "failed": "✗ judgement failed",
    "plant lost": "✗ plant lost",
    "link lost": "✗ link lost",
    "recording stopped": "✗ recording stopped",
}
_KPI = {
    "pue": ("PUE", ""),
    "erf": ("ERF", ""),
    "erf_with_hp": ("ERF with heat pump", ""),
    "ere": ("ERE", ""),
    "ere_with_hp": ("ERE with heat pump", ""),
    "cop": ("COP", ""),
    "combined_cop": ("combined COP", ""),
    "scop": ("COP with pumps", ""),
    "heat_recovered_MWh": ("heat recovered", "MWh"),
    "co2_avoided_t": ("CO2 avoided", "t"),
    "heat_cost_EUR_per_MWh": ("cost of heat", "EUR/MWh"),
}
_ALWAYS = ("pue", "erf", "cop")
"""Figures that every site has; of the others only what could be calculated is shown."""
_NOTE = {"running": "still running, or killed", "interrupted": "ended before its time"}


@dataclass(frozen=True, slots=True)
class Tile:
    """One large number at the top."""

    label: str
    value: str
    note: str = ""
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a head; columns from `numeric_from` on are numbers but those in `texts`.

    Cells of the columns in `whole` are never broken into lines; the rows in `bad` stand out.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric_from: int = 1
    empty: str = "none"
    whole: tuple[int, ...] = (0,)
    bad: tuple[int, ...] = ()
    texts: tuple[int, ...] = ()


def tiles(run: Run, alarms: Sequence[Alarm]) -> list[Tile]:
    """Outcome, alarms and the figures of merit that the run printed."""
    result = run.header.result or {}
    status = run.header.status
    found = [
        Tile("outcome", _STATUS[status], _NOTE.get(status, ""), _STATUS[status][0] == "✗"),
        Tile("alarms", str(len(alarms)), _first_alarm(alarms), bool(alarms)),
    ]
    for name, value in _mapping(result, "kpi").items():
        if value is not None or name in _ALWAYS:
            label, unit = _KPI.get(name, (words(name), ""))
            digits = 4 if name == "pue" else 3  # of a PUE what is above 1 counts
            found.append(Tile(label, f"{significant(value, digits)} {unit}".rstrip()))
    balance = _mapping(result, "energy").get("balance_error")
    if isinstance(balance, int | float):
        found.append(Tile("energy balance", f"{100 * balance:.2g} %", "error"))
    if "overruns" in result:
        late = _mapping(result, "lateness_us").get("p99")
        note = f"of {significant(result.get('cycles'))} cycles"
        if late is not None:
            note += f", p99 {significant(late, 3)} µs late"
        found.append(Tile("overruns", significant(result["overruns"]), note))
    return found


def notes(run: Run) -> list[str]:
    """What ended the run early, if anything did, and what else its reader should know."""
    reason = run.header.reason
    return [*([f"ended early: {reason}"] if reason else []), *run.header.notes]


def identity(run: Run) -> Table:
    """What ran, on what, and how to know it again."""
    header = run.header
    covered = run.span_ns
    rows = [
        ("site", header.site),
        ("seed", str(header.seed)),
        ("started", header.started),
        ("ended", header.ended or "not recorded"),
        # the first row is that of the end of the first cycle
        ("recorded", span(None if covered is None else covered[1] / 1e9)),
        ("rows", significant(run.rows)),
        ("run folder", run.folder.resolve().name),
        *((words(name), _text(value)) for name, value in header.options.items()),
        ("trace SHA-256", header.trace_sha256 or "not recorded: the run has no end"),
    ]
    return Table("Run", (), tuple(rows), numeric_from=9)


def provenance(run: Run) -> Table:
    """Versions of the software and hashes of the files that were used."""
    header = run.header
    rows = [*header.software.items(), *header.hashes.items()]
    return Table("Software and files", (), tuple(rows), numeric_from=9)


def energy(run: Run) -> Table:
    """Energy over the run, from the meters of the plant."""
    rows = []
    for name, value in _mapping(run.header.result or {}, "energy").items():
        if name == "balance_error":
            rows.append(("balance error", f"{100 * value:.3g} %" if _number(value) else MISSING))
        else:
            label, _, unit = name.rpartition("_")
            rows.append((words(label or unit), f"{significant(value)} {unit if label else ''}"))
    return Table("Energy", ("meter", "over the run"), tuple(rows), empty="not recorded")


def links(run: Run) -> Table:
    """Health of each link."""
    rows = [
        (
            name,
            significant(link.get("transactions")),
            significant(link.get("errors")),
            significant(link.get("p50_us"), 3),
            significant(link.get("p99_us"), 3),
            in_words(_mapping(link, "counters")),
        )
        for name, link in _mapping(run.header.result or {}, "links").items()
        if isinstance(link, Mapping)
    ]
    head = ("link", "transactions", "errors", "p50 [µs]", "p99 [µs]", "counted")
    return Table("Links", head, tuple(rows), empty="not recorded", texts=(5,))


def lateness(run: Run) -> Table:
    """How late the cycles began, from every one of them."""
    late = run.lateness()
    head = ("how late a cycle began", "[µs]")
    if not late.size:
        return Table("Lateness", head, (), empty="not recorded")
    quantiles = np.quantile(late, (0.5, 0.99, 0.999, 1.0), method="higher")
    names = ("median", "p99", "p99.9", "latest")
    rows = [(n, significant(int(q))) for n, q in zip(names, quantiles, strict=True)]
    rows.append(("cycles counted", significant(late.size)))
    return Table("Lateness", head, tuple(rows))


def alarm_table(run: Run, alarms: Sequence[Alarm]) -> Table:
    """Every alarm, and how long after its fault it came."""
    units = {column.name: column.unit for column in run.columns if column.kind == "measured"}
    rows = tuple(
        (
            words(alarm["part"]),
            words(alarm.get("fault") or MISSING),
            clock(alarm["raised_s"]),
            clock(alarm.get("cleared_s")),
            clock(alarm.get("injected_s")),
            span(alarm.get("delay_s")),
            *_deviation(alarm, units),
            alarm.get("text") or alarm.get("signal") or "",
        )
        for alarm in alarms
    )
    head = ("part", "injected fault", "raised", "cleared", "injected", "delay")
    return Table(
        "Alarms",
        (*head, "residual", "band", "what it says"),
        rows,
        99,
        "none",
        (0, 1, 2, 3, 4, 5, 6, 7),
    )


def _deviation(alarm: Alarm, units: Mapping[str, str]) -> tuple[str, str]:
    """Residual and band of an alarm in the unit that its signal is shown in."""
    scale = scale_for(units.get(alarm.get("signal") or "", "-"), abs(alarm.get("residual") or 0.0))
    shown = []
    for value in (alarm.get("residual"), alarm.get("band")):
        text = significant(None if value is None else scale.factor * value, 3)
        shown.append(text if value is None else f"{text} {scale.difference_symbol}".rstrip())
    return shown[0], shown[1]


def fault_table(run: Run) -> Table:
    """What was broken on purpose; faults are ordered before the run begins."""
    end_ns = (run.span_ns or (0, 0))[1]
    rows = tuple(
        (
            clock(event.t_ns / 1e9),
            words(event.part) or MISSING,
            event.text,
            "injected" if event.t_ns <= end_ns else "not reached",
        )
        for event in run.events
        if event.kind == "fault"
    )
    return Table("Injected faults", ("at", "part", "fault", "state"), rows, 99)


def validity_table(run: Run) -> Table:
    """When a part's model was used outside the ranges in which it is valid."""
    rows = tuple(
        (
            words(str(span.get("part") or "")) or MISSING,
            clock(span.get("from_s")),
            clock(span.get("to_s")),
            significant(span.get("most")),
            "; ".join(map(str, span.get("ranges") or ())) or "the model does not say which",
        )
        for span in (run.header.result or {}).get("out_of_range") or ()
    )
    head = ("part", "from", "to", "ranges left", "which")
    return Table("Outside the validity of the models", head, rows, 99, "never", (0, 1, 2, 3))


def other_events(run: Run) -> Table:
    """Everything else that happened."""
    rows = tuple(
        (clock(event.t_ns / 1e9), event.kind, words(event.part) or MISSING, event.text)
        for event in run.events
        if event.kind != "fault"
    )
    return Table("Events", ("at", "about", "part", "what happened"), rows, 99)


def residual_table(parts: Sequence[Part]) -> Table:
    """Measured less predicted of every watched signal, from every recorded row."""
    rows = []
    for part in parts:
        for curve in part.curves:
            stats, unit = curve.stats, curve.scale.difference_symbol or "-"
            outside = MISSING if stats.outside is None else f"{100 * stats.outside:.2g} %"
            shown = alike((stats.mean, stats.rms, stats.largest))
            rows.append((curve.name, unit, *shown, outside, significant(stats.missing)))
    head = ("signal", "unit", "mean", "rms", "largest", "outside band", "rows missing")
    return Table("Residuals", head, tuple(rows), 2, "nothing was predicted")


def _first_alarm(alarms: Sequence[Alarm]) -> str:
    if not alarms:
        return ""
    first = alarms[0]
    return f"first: {words(first['part'])} at {clock(first['raised_s'])}"


def _mapping(result: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = result.get(name)
    return value if isinstance(value, Mapping) else {}


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: object) -> str:
    match value:
        case Mapping():
            return ", ".join(f"{name} = {_text(item)}" for name, item in value.items()) or MISSING
        case list() | tuple():
            return ", ".join(_text(item) for item in value) or MISSING
        case None | "":
            return MISSING
        case bool():
            return "yes" if value else "no"
        case _:
            return str(value)
