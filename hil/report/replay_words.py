"""The words and tables of a replay's report."""

from dataclasses import dataclass

from hil.replay.evidence import Evidence
from hil.replay.replay import Replayed
from hil.report.numbers import span, words
from hil.report.summary import Table, Tile
from hil.report.when import When
from hil.trend.report import Report
from twin.diagnosis.isa import State
from twin.diagnosis.learned import Plant
from twin.diagnosis.settings import Settings
from twin.diagnosis.verdict import Event, Verdict
from twin.diagnosis.watch import WINDOW
from twin.estimation.step import STEP_S
from twin.site.amounts import MISSING, scale_for, significant
from twin.site.faults import by_name
from twin.site.model import Site

_UNKNOWN = "something that no known fault explains"
_MOST_REASONS = 3
"""Reasons why a part was not judged that are told, the longest first [-]."""


@dataclass(frozen=True)
class Bar:
    """A hypothesis with its probability [-], and what it is to the verdict."""

    name: str
    probability: float
    note: str

    @property
    def percent(self) -> str:
        """As text."""
        return percent(self.probability)


def percent(share: float) -> str:
    """A share [-] as text; not 100 % of what is not all, nor 0 % of what is something."""
    if 0.0 < share < 0.01:
        return "< 1 %"
    if 0.99 < share < 1.0:
        return "> 99 %"
    return f"{100 * share:.0f} %"


def title_of(event: Event) -> str:
    """`heat pump: condenser fouling`."""
    verdict = event.verdict
    name = verdict.fault or _UNKNOWN
    return f"{words(verdict.part)}: {words(name.removeprefix(f'{verdict.part}.'))}"


def size_of(verdict: Verdict) -> str:
    """Size with its 90 % interval; a dash of what has none."""
    if verdict.size != verdict.size:
        return MISSING
    scale = scale_for(verdict.unit, abs(verdict.size))
    low, size, high = (
        significant(value * scale.factor, 3) for value in (verdict.low, verdict.size, verdict.high)
    )
    unit = f" {scale.difference_symbol}" if scale.difference_symbol else ""
    return f"{size}{unit} ({low} to {high})"


def tiles(plant: Plant, found: Replayed, evidence: Evidence) -> list[Tile]:
    """Events, period, and how long each part could be judged."""
    still = sum(e.cleared_ns is None for e in found.events)
    note = f"{still} open at the end" if found.events else "nothing found"
    seconds = (found.last_ns - found.first_ns) / 1e9 + STEP_S
    time = span(360.0 * round(seconds / 360.0)) if found.steps else MISSING
    steps = f"{significant(found.steps)} looks of {STEP_S:.0f} s"
    return [
        Tile("events", str(len(found.events)), note, bool(found.events)),
        Tile("period", time, steps),
        *(_judged_tile(part, evidence) for part in plant.parts),
    ]


def _judged_tile(part: str, evidence: Evidence) -> Tile:
    share = evidence.judged[part] / max(evidence.steps, 1)
    return Tile(words(part), percent(share), "of the time judged", share < 0.5)


def event_table(found: Replayed, when: When) -> Table:
    """One row a cause."""
    rows = tuple(
        (
            str(event.number),
            event.verdict.fault or f"{event.verdict.part}: {_UNKNOWN}",
            size_of(event.verdict),
            percent(event.verdict.probability) if _sure(event.verdict) else MISSING,
            when.text(event.verdict.since_ns),
            when.text(event.raised_ns),
            when.text(event.cleared_ns) if event.cleared_ns is not None else "open",
        )
        for event in found.events
    )
    head = ("event", "fault", "size (90 %)", "probability", "since", "raised", "cleared")
    empty = (
        "Nothing found: while a part was judged, nothing stood out from what commissioning learned."
        " What was not judged is told below; silence about it is not health."
    )
    return Table("Events", head, rows, 99, empty, (0, 4, 5, 6))


def standing_table(plant: Plant, found: Replayed, evidence: Evidence) -> Table:
    """What can be said of each part at the end, and for how long it was judged."""
    rows = tuple(
        (
            words(part),
            found.standing.get(part, MISSING),
            found.reasons.get(part, MISSING),
            span(STEP_S * evidence.judged[part]),
            _not_judged(part, evidence),
            *([str(found.restarts.get(part, 0))] if found.restarts else []),
        )
        for part in plant.parts
    )
    failed = ("model failed",) if found.restarts else ()
    head = ("part", "at the end", "why", "judged for", "not judged for", *failed)
    return Table("What can be said of each part", head, rows, 99, "nothing is watched", (0, 1, 3))


def _not_judged(part: str, evidence: Evidence) -> str:
    own = [(steps, why) for (of, why), steps in evidence.reasons.items() if of == part]
    own.sort(key=lambda reason: (-reason[0], reason[1]))
    told = [f"{span(STEP_S * steps)}: {why}" for steps, why in own[:_MOST_REASONS]]
    if len(own) > _MOST_REASONS:
        left = sum(steps for steps, _ in own[_MOST_REASONS:])
        told.append(f"{span(STEP_S * left)}: other reasons")
    return "; ".join(told) or MISSING


def finding_table(data: Report) -> Table:
    """What is odd in the data themselves."""
    rows = tuple(
        (
            f.weight.value,
            f.kind,
            ", ".join(f.columns),
            f.text + (f" ({f.since})" if f.since else ""),
        )
        for f in data.findings
    )
    head = ("weight", "kind", "column", "what")
    return Table("Quality of the data", head, rows, 99, "nothing found", (0, 1))


def facts(site: Site, event: Event, when: When, state: State) -> tuple[tuple[str, str], ...]:
    """The verdict, line by line."""
    v = event.verdict
    known = by_name(site).get(v.fault or "")
    fault = v.fault or _UNKNOWN
    size = size_of(v) + (" at the end, growing" if v.drift else "")
    first = event.first.fault or _UNKNOWN
    named = "" if first == fault else f" as {first}"
    after = span((event.raised_ns - v.since_ns) / 1e9)
    raised = f"{when.text(event.raised_ns)}, after {after}"
    over = (
        "open at the end of the data" if event.cleared_ns is None else when.text(event.cleared_ns)
    )
    told = (
        ("fault", fault if known is None else f"{fault}: {known.meaning}"),
        ("part", words(v.part)),
        ("size, 90 % interval", size),
        ("probability", percent(v.probability) if _sure(v) else "not said of what is unknown"),
        ("since", when.text(v.since_ns)),
        (
            "raised",
            f"{raised}, by {_seen_in(event.first.window)}{named}",
        ),
        ("verdict from", _seen_in(v.window)),
        ("cleared", f"{over}; alarm {state.value}"),
        ("cannot be told from", ", ".join(v.group) or "nothing else that is listed"),
        ("explains too", ", ".join(event.consequences)),
        ("check on site", v.check),
    )
    return tuple((name, text) for name, text in told if text not in ("", MISSING))


def _seen_in(window: str) -> str:
    known = {w.name: w.against for w in Settings().windows}
    if window not in known:
        return "the readings themselves"
    against = known[window]
    length = window.removesuffix(" step")
    return f"the last {length}" + (f" against the last {against}" if against else "")


def bars(plant: Plant, verdict: Verdict) -> tuple[Bar, ...]:
    """Hypotheses by their odds, and what is left for all others."""
    kinds = {h.name: h.kind for h in plant.hypotheses}
    found = [
        Bar(likely.name, likely.probability, _note(likely.name, kinds[likely.name], verdict))
        for likely in verdict.likely
    ]
    rest = 1.0 - sum(bar.probability for bar in found)
    if found and rest >= 1e-3:
        found.append(Bar("all others, or nothing", rest, ""))
    return tuple(found)


def _note(name: str, kind: str, verdict: Verdict) -> str:
    if name == verdict.fault:
        return "named"
    if kind == "nuisance":
        return "within tolerance: no fault"
    return "cannot be told from it" if name in verdict.group else "ruled out"


def evidence_table(plant: Plant, verdict: Verdict) -> Table:
    """Signals that show it; a sign has one that speaks by itself."""
    units = {channel.name: channel.unit for channel in plant.channels}
    rows = []
    for share in verdict.evidence:
        scale = scale_for(units.get(share.signal, "-"), abs(share.innovation))
        residual = f"{significant(share.innovation * scale.factor, 3)} {scale.difference_symbol}"
        by_itself = verdict.window == WINDOW
        rows.append(
            (share.signal, percent(share.share), MISSING if by_itself else residual.strip())
        )
    head = ("signal", "share", "residual")
    return Table("Shown by", head, tuple(rows), 1, "no signal alone")


def performance_table(site: Site, found: Replayed) -> Table:
    """Figures of machines and exchangers: the first week, the newest, and what was expected."""
    rows = []
    for name, weeks in found.performance.items():
        if weeks:
            last, unit = weeks[-1], site.performance[name].unit
            numbers = (weeks[0].value, last.value, last.expected)
            share = percent(last.value / last.expected) if last.expected > 0.0 else MISSING
            cells = [significant(n, 3) for n in numbers]
            hours = sum(week.hours for week in weeks)
            rows.append((name, unit, *cells, share, str(hours)))
    head = ("figure", "unit", "first week", "last week", "expected", "of expected", "steady hours")
    empty = "The site asks for no figure (`performance` of its file), or no hour was steady."
    return Table("Machines and exchangers", head, tuple(rows), 2, empty)


def journal_table(found: Replayed, when: When) -> Table:
    """What alarms did (ISA-18.2)."""
    rows = tuple(
        (
            when.text(entry.t_ns),
            str(entry.number),
            entry.fault or f"{words(entry.part)}: unknown fault",
            entry.action.value,
            entry.state.value,
        )
        for entry in found.journal
    )
    head = ("at", "event", "fault", "what happened", "state")
    return Table("Journal of alarms", head, rows, 99, "nothing happened", (0, 1))


def identity_table(site: Site, data: Report, found: Replayed) -> Table:
    """What was judged, and by what."""
    lost = sum(data.lost.values())
    rows = (
        ("site", site.site),
        ("data", f"{data.data} ({data.what})"),
        ("first and last row", f"{data.first} to {data.last}"),
        ("rows", f"{significant(data.rows)} used, {significant(lost)} not"),
        ("columns used", str(len(data.columns))),
        ("commissioning", f"{significant(found.days, 3)} d of healthy operation"),
    )
    return Table("What was judged", (), rows, numeric_from=9)


def _sure(verdict: Verdict) -> bool:
    return verdict.probability == verdict.probability
