"""What is gathered around events, and the page of it, on a plant whose every number is known."""

import pickle
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from synthetic_plant import BIAS, PART_OF, PARTS, UNITS, Fault, M, Truth
from trials import COMMISSIONING

from hil.replay.evidence import AFTER_NS, BEFORE_NS, CLOSE, PERIOD, WHOLE, Evidence
from hil.replay.replay import Replayed
from hil.report.evidence_picture import effect_of
from hil.report.replay_page import html
from hil.report.when import When
from hil.trend.report import Report
from twin.diagnosis.channel import Channel
from twin.diagnosis.diagnosis import Diagnosis
from twin.diagnosis.isa import State
from twin.diagnosis.performance import WEEK_NS, Week
from twin.diagnosis.refine import Shift
from twin.diagnosis.settings import BLOCK_NS
from twin.diagnosis.verdict import Event, Share, Standing, Verdict
from twin.estimation.step import STEP_S, Readings, Step
from twin.site import load_site
from twin.trend.finding import Finding, Weight

BEGIN = COMMISSIONING + 600
CHANNELS = tuple(
    Channel(f"s{i}", PARTS[p], False, i, 0.0, 1e9, 0.1, BIAS[u], (), (), u)
    for i, (p, u) in enumerate(zip(PART_OF, UNITS, strict=True))
)
DAY_NS = 288 * BLOCK_NS
MODEL = 60.0
"""What the model says every signal reads [SI]."""


class Straight:
    """Models in which every fault does twice what its signature says."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self.asked: list[str] = []

    def shift(self, name: str, size: float, onset_ns: int, end_ns: int) -> Shift:
        self.asked.append(name)
        j = [h.name for h in self._truth.plant.hypotheses].index(name)
        ends = np.arange(onset_ns // BLOCK_NS + 1, end_ns // BLOCK_NS + 1)
        effect = [2.0 * size * self._truth.signature(int(i) - 1)[:, j] for i in ends]
        return Shift(ends * BLOCK_NS, np.array(effect).reshape(-1, M), onset_ns)


def follow(diagnosis: Diagnosis, truth: Truth, faults: tuple[Fault, ...], begin: int, end: int):
    """Evidence, and the events as they are known at the end."""
    plant = replace(diagnosis.plant, channels=CHANNELS)
    evidence = Evidence(plant, diagnosis.bank.healthy, Straight(truth))
    events: dict[int, Event] = {}
    for i in range(begin, end):
        block = truth.block(i, tuple(f for f in faults if f.begin <= i))
        read = MODEL + block.innovation
        spread, nothing = np.full(M, 0.5), np.zeros(M)
        readings = Readings(
            *(read - spread, read + spread, read, nothing, nothing),
            *(np.full(M, MODEL - 0.1), np.full(M, MODEL + 0.1), np.ones(M)),
        )
        news = diagnosis.take_block(block)
        events |= {e.number: e for e in [*diagnosis.events, *news]}
        evidence.take_block(replace(block, readings=readings), events)
    evidence.finish(events)
    return evidence, events


def page(
    evidence: Evidence,
    events: dict[int, Event],
    diagnosis: Diagnosis,
    blocks: int,
    performance: dict[str, tuple[Week, ...]] | None = None,
) -> str:
    site = load_site("mantsala")
    found = Replayed(
        steps=3 * blocks,
        first_ns=BEGIN * BLOCK_NS,
        last_ns=(BEGIN + blocks) * BLOCK_NS,
        events=list(events.values()),
        states=dict.fromkeys(events, State.UNACKNOWLEDGED),
        standing={p: diagnosis.standing(p).value for p in PARTS},
        reasons={p: diagnosis.doubt(p) for p in PARTS if diagnosis.doubt(p)},
        performance=performance or {},
        days=28.0,
    )
    odd = Finding("stuck", Weight.LOOK, ("T 1",), "the same for 7 h <b>", "", "12:00 to 19:00")
    data = Report("mantsala", "data.csv", "CSV", "1", "2", 100, {"no time": 3}, (), (odd,))
    plant = replace(diagnosis.plant, channels=CHANNELS)
    return html(site, plant, data, When(0, site_zone(), relative=True), found, evidence)


def site_zone():
    from zoneinfo import ZoneInfo

    return ZoneInfo("UTC")


class Text(HTMLParser):
    """All text of a page, and headings by level."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.heads: list[str] = []
        self.hosts: list[str] = []
        self._head = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._head = tag == "h2"
        self.hosts += [v for n, v in attrs if n in ("src", "href", "xlink:href") and v]

    def handle_data(self, data: str) -> None:
        self.said.append(data)
        if self._head and data.strip():
            self.heads.append(data)


def test_curves_are_what_went_in(running: Diagnosis, truth: Truth) -> None:
    j = 5
    size = truth.plant.hypotheses[j].threshold
    evidence, events = follow(running, truth, (Fault(j, size, BEGIN + 90),), BEGIN, BEGIN + 150)
    (event,) = events.values()
    shown = evidence.shown[event.number]
    assert [c.name for c in shown.close] == [s.signal for s in event.verdict.evidence[:4]]
    assert shown.whole == ()
    curves = shown.close[0]
    assert curves.from_ns[0] <= event.verdict.since_ns - BEFORE_NS + BLOCK_NS
    assert curves.to_ns[-1] == (BEGIN + 150) * BLOCK_NS
    i = int(curves.name[1:])
    fit = truth.usable[BEGIN : BEGIN + 150, i]
    at = (curves.to_ns // BLOCK_NS - 1 - BEGIN).astype(int)
    read = np.array([truth.block(int(n) + BEGIN, (Fault(j, size, BEGIN + 90),)).innovation[i]
                     for n in at])  # fmt: skip
    assert np.isfinite(curves.residual).tolist() == fit[at].tolist()
    assert curves.high[fit[at]] == pytest.approx(MODEL + 0.5 + read[fit[at]])
    # what was expected is the model's with what was learned: the two add up to the reading
    expected = curves.model_high - 0.1
    assert (expected + curves.residual)[fit[at]] == pytest.approx(MODEL + read[fit[at]])
    signature = [truth.signature(int(n) + BEGIN)[i, j] for n in at]
    assert curves.effect[fit[at]] == pytest.approx(np.array(signature)[fit[at]], rel=1e-5)
    quiet = curves.to_ns <= event.verdict.since_ns
    assert np.nanmean(np.abs(curves.residual[quiet]) < 2.0 * curves.band[quiet]) > 0.7
    given = effect_of(curves, event.verdict, event.verdict.size, 0)
    late = curves.from_ns > event.verdict.since_ns + 12 * BLOCK_NS
    assert np.nanmean(given[late]) == pytest.approx(np.nanmean(curves.residual[late]), rel=0.3)
    assert not given[curves.to_ns <= event.verdict.since_ns].any()


def test_the_models_say_how_a_process_fault_bends(running: Diagnosis, truth: Truth) -> None:
    names = [h.name for h in truth.plant.hypotheses]
    j = names.index("heat_pump.f1")
    fault = Fault(j, truth.plant.hypotheses[j].threshold, BEGIN + 90)
    evidence, events = follow(running, truth, (fault,), BEGIN, BEGIN + 150)
    event = next(e for e in events.values() if e.verdict.part == "heat_pump")
    named = names.index(event.verdict.fault or "")
    assert truth.plant.hypotheses[named].kind != "sensor"
    curves = evidence.shown[event.number].close[0]
    straight = [
        truth.signature(int(n) - 1)[int(curves.name[1:]), named] for n in curves.to_ns // BLOCK_NS
    ]
    seen = np.isfinite(curves.effect) & (np.array(straight) != 0.0)
    assert curves.effect[seen] / np.array(straight)[seen] == pytest.approx(2.0, rel=0.05)


def test_an_event_that_goes_on_or_ends(running: Diagnosis, truth: Truth) -> None:
    fault = Fault(1, truth.plant.hypotheses[1].threshold, BEGIN + 90)
    evidence, events = follow(running, truth, (fault,), BEGIN, BEGIN + 800)
    event = next(iter(events.values()))
    shown = evidence.shown[event.number]
    assert 0 < len(shown.close[0].to_ns) <= CLOSE
    assert 0 < len(shown.whole[0].to_ns) <= WHOLE
    assert shown.whole[0].to_ns[-1] == (BEGIN + 800) * BLOCK_NS
    assert shown.close[0].to_ns[-1] <= event.raised_ns + DAY_NS // 2
    assert len(evidence.period[0].to_ns) <= PERIOD
    # extremes outlive joining: those of the whole are in the close look too
    inside = shown.whole[0].to_ns <= shown.close[0].to_ns[-1]
    assert np.nanmax(shown.whole[0].high[inside]) in shown.close[0].high


def test_a_repaired_fault_ends_in_its_picture(running: Diagnosis, truth: Truth) -> None:
    fault = Fault(1, truth.plant.hypotheses[1].threshold, BEGIN)
    events: dict[int, Event] = {}
    plant = replace(running.plant, channels=CHANNELS)
    evidence = Evidence(plant, running.bank.healthy, Straight(truth))
    for i in range(BEGIN - 50, BEGIN + 400):
        block = truth.block(i, (fault,) if BEGIN <= i < BEGIN + 72 else ())
        if i < BEGIN:
            evidence.take_block(block, {})
            continue
        news = running.take_block(block)
        events |= {e.number: e for e in [*running.events, *news]}
        evidence.take_block(block, events)
    (event,) = events.values()
    assert event.cleared_ns is not None
    shown = evidence.shown[event.number]  # without `finish`: it was closed when it was over
    last_ns = (shown.whole or shown.close)[0].to_ns[-1]
    assert last_ns == event.cleared_ns + AFTER_NS


def test_the_page_tells_and_draws(running: Diagnosis, truth: Truth, tmp_path: Path) -> None:
    j = 13
    fault = Fault(j, truth.plant.hypotheses[j].threshold, BEGIN + 90)
    evidence, events = follow(running, truth, (fault,), BEGIN, BEGIN + 150)
    text = page(evidence, events, running, 150)
    event = next(iter(events.values()))
    said = Text(text)
    assert f"Event {event.number} · " in "".join(said.heads)
    everything = "\n".join(said.said)
    assert event.verdict.fault in everything
    for other in event.verdict.group:
        assert other in everything
    for likely in event.verdict.likely:
        assert likely.name in everything
    assert sum(x.probability for x in event.verdict.likely) <= 1.0 + 1e-9
    assert event.verdict.likely[0].probability >= event.verdict.probability - 1e-9
    assert "the same for 7 h <b> (12:00 to 19:00)" in everything
    assert "<b> (12:00" not in text
    # a line of the residual, of the expected reading and of the fault's effect, of many points
    for colour in ("#1f2933", "#0072b2", "#7b3294"):
        paths = re.findall(rf'<path d="([^"]*)"[^>]*style="[^"]*stroke: {colour}', text)
        assert max(path.count("L") for path in paths) > 20, colour
    assert not [u for u in said.hosts if not u.startswith("#")]
    assert "http:" not in re.sub(r'xmlns(:xlink)?="[^"]*"', "", text)
    assert text == page(evidence, events, running, 150)


def test_a_quiet_page_says_what_silence_means(running: Diagnosis, truth: Truth) -> None:
    evidence, events = follow(running, truth, (), BEGIN, BEGIN + 40)
    assert events == {}
    lost = truth.block(BEGIN + 40)
    for i in range(40, 46):
        running.take_block(replace(lost, t_ns=(BEGIN + i + 1) * BLOCK_NS, usable=np.arange(M) < 4))
    assert running.standing("heat_pump") is Standing.NOT_OBSERVABLE
    text = page(evidence, events, running, 46)
    said = Text(text)
    assert not any("Event " in head for head in said.heads)
    assert "silence about it is not health" in text
    assert "not observable" in said.said


def test_what_is_undecided_says_why(fresh: Diagnosis, truth: Truth) -> None:
    fresh.take_block(truth.block(COMMISSIONING))
    assert fresh.standing("cooling_loop") is Standing.UNDECIDED
    assert "less than an hour" in fresh.doubt("cooling_loop")


class Nothing:
    """Models that cannot be run again."""

    def shift(self, name: str, size: float, onset_ns: int, end_ns: int) -> None:
        return None


def test_memory_does_not_grow_with_the_data(running: Diagnosis, truth: Truth) -> None:
    """What is kept after 45 days, with an event that goes on, is kept after 60 too, and no more."""
    plant = replace(running.plant, channels=CHANNELS)
    evidence = Evidence(plant, running.bank.healthy, Nothing())
    block = truth.block(BEGIN)
    share = Share("s1", 1.0, 2.0)
    verdict = Verdict(
        *(Standing.FAULT, "cooling_loop", "s1.bias", False, "K", 2.0, 1.5, 2.5, 0.9),
        *(2 * DAY_NS, (), (share,), "1 h", "look"),
    )
    known = {1: Event(1, verdict, 2 * DAY_NS + 3 * BLOCK_NS, verdict)}
    sizes = []
    for i in range(60 * 288):
        evidence.take_block(replace(block, t_ns=(i + 1) * BLOCK_NS), known if i > 700 else {})
        if (i + 1) % (15 * 288) == 0:
            sizes.append(len(pickle.dumps(evidence)))
    assert sizes[3] <= 1.02 * sizes[2]
    assert sizes[2] < 12e6


def test_what_was_judged_is_told_in_true_time(running: Diagnosis, truth: Truth) -> None:
    plant = replace(running.plant, channels=CHANNELS)
    evidence = Evidence(plant, running.bank.healthy, Straight(truth))
    nothing, signatures = np.zeros(M), np.zeros((M, len(plant.hypotheses)))
    readings = Readings(*[nothing] * 7, np.ones(M))
    for number in range(1, 289):
        of_part = np.array(PART_OF) == (0 if number > 108 else 1)
        at_ns = round(number * STEP_S * 1e9)
        operating = np.zeros(plant.q)
        look = Step(at_ns, nothing, nothing, signatures, of_part, operating, readings)
        evidence.take(look, {}, {"network": "it rests"})
    told = Text(page(evidence, {}, running, 96)).said
    # 108 looks of 100 s are three hours, 180 are five, and all of them eight
    assert [t for t in told if t in ("5 h", "3 h")] == ["5 h", "3 h"]
    assert "8 h: it rests" in told


def test_weeks_are_told_and_drawn_beside_what_was_expected(
    running: Diagnosis, truth: Truth
) -> None:
    evidence, _ = follow(running, truth, (), BEGIN, BEGIN + 2)
    weeks = (Week(0, 160, 3.6e5, 3.6e5), Week(WEEK_NS, 150, 2.7e5, 3.4e5))
    alone = {"heat_pump.COP": (Week(0, 160, 4.2, float("nan")),)}
    shown = page(evidence, {}, running, 96, {"heat_pump.UA_condenser": weeks} | alone)
    told = Text(shown).said
    at = told.index("heat_pump.UA_condenser")
    cells = [t for t in told[at:] if t.strip()][:7]
    assert cells[1:] == ["W/K", "360 000", "270 000", "340 000", "79 %", "310"]
    assert "UA condenser [W/K]" in shown
    alone_only = page(evidence, {}, running, 96, alone)
    assert "COP [-]" not in alone_only  # one week is no curve
    assert "nan" not in " ".join(Text(alone_only).said)  # and of nobody's model no share
    assert "no hour was steady" in page(evidence, {}, running, 96)
