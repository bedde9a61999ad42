"""What a twin said of measured data as one HTML file: every event with the evidence for it.

It needs no network, and the same data give the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hil.replay.evidence import MOST_EVENTS, Evidence
from hil.replay.replay import Replayed
from hil.report import replay_words as say
from hil.report.evidence_picture import event_picture, period_picture
from hil.report.numbers import words
from hil.report.performance_picture import FEWEST, performance_picture
from hil.report.summary import Table
from hil.report.templates import resource, template
from hil.report.when import When
from hil.trend.report import Report
from twin.diagnosis.learned import Plant
from twin.diagnosis.verdict import Event
from twin.site.model import Site

NAME = "replay.html"


@dataclass(frozen=True)
class Section:
    """An event: what is said of it, its pictures (SVG text), and what else it might be."""

    anchor: str
    title: str
    open: bool
    facts: tuple[tuple[str, str], ...]
    likely: tuple[say.Bar, ...]
    evidence: Table
    pictures: tuple[tuple[str, str], ...]
    without: str
    """Why there is no picture, if there is none."""
    has_effect: bool


def html(
    site: Site, plant: Plant, data: Report, when: When, found: Replayed, evidence: Evidence
) -> str:
    """The page as text."""
    return template("replay.html.j2").render(
        title=site.title,
        data=data,
        style=resource("report.css") + resource("replay.css"),
        tiles=say.tiles(plant, found, evidence),
        events=say.event_table(found, when),
        standing=say.standing_table(plant, found, evidence),
        findings=say.finding_table(data),
        period=_period(plant, when, found, evidence),
        performance=say.performance_table(site, found),
        weeks=_weeks(site, plant, when, found),
        sections=[_section(site, plant, when, found, evidence, e) for e in found.events],
        journal=say.journal_table(found, when),
        identity=say.identity_table(site, data, found),
    )


def _section(
    site: Site, plant: Plant, when: When, found: Replayed, evidence: Evidence, event: Event
) -> Section:
    anchor = f"e{event.number}"
    shown = evidence.shown.get(event.number)
    pictures = []
    close = [] if shown is None else [c for c in shown.close if len(c.to_ns)]
    for i, curves in enumerate(close):
        whole = None if shown is None or not shown.whole else shown.whole[i]
        svg = event_picture(curves, whole, event, found.last_ns, when, f"{anchor}c{i}")
        pictures.append((curves.name, svg))
    without = f"Only the first {MOST_EVENTS} events are drawn." if shown is None else ""
    return Section(
        anchor,
        say.title_of(event),
        event.cleared_ns is None,
        say.facts(site, event, when, found.states[event.number]),
        say.bars(plant, event.verdict),
        say.evidence_table(plant, event.verdict),
        tuple(pictures),
        "" if pictures else without or "No signal was told as evidence.",
        any(c.judged for c in close) and event.verdict.size == event.verdict.size,
    )


def _period(
    plant: Plant, when: When, found: Replayed, evidence: Evidence
) -> Sequence[tuple[str, str]]:
    """A picture of each part, of which there is anything to see."""
    pictures = []
    period = evidence.period
    for i, part in enumerate(plant.parts):
        own = [
            c for c, of in zip(period, plant.part_of, strict=True) if of == part and len(c.to_ns)
        ]
        if own:
            events = [e for e in found.events if e.verdict.part == part]
            pictures.append((words(part), period_picture(own, events, when, f"p{i}")))
    return pictures


def _weeks(site: Site, plant: Plant, when: When, found: Replayed) -> Sequence[tuple[str, str]]:
    """A picture of each part's figures, where there are weeks enough to draw."""
    pictures = []
    for i, part in enumerate(plant.parts):
        figures = {
            name: (site.performance[name].unit, weeks)
            for name, weeks in found.performance.items()
            if len(weeks) >= FEWEST and name.startswith(f"{part}.")
        }
        if figures:
            pictures.append((words(part), performance_picture(figures, when, f"w{i}")))
    return pictures
