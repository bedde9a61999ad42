"""What a child process does: commission the twin on a plant, or judge a run. Data in, data out."""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from hil.bench.direct.plant_rows import Span, plant_rows
from hil.campaign.could import Could
from hil.campaign.dark import Dark
from hil.campaign.outcome import EventSeen, Outcome
from hil.campaign.plain import PlainStatistics
from hil.campaign.plant import PlantSpec, variant_of
from hil.campaign.scenario import Scenario
from hil.campaign.seen import margins
from hil.replay.calibrate import calibrated
from hil.replay.fit import learn
from hil.replay.watching import Watching
from twin.diagnosis.blocks import Block, Blocks
from twin.diagnosis.channel import Channel
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.learned_file import from_bytes, parameters_in
from twin.diagnosis.settings import BLOCK_NS, Settings
from twin.diagnosis.verdict import Event
from twin.diagnosis.watch import Watch
from twin.errors import BadInput
from twin.estimation.step import Step
from twin.observers.calibration import with_values
from twin.observers.gaps import Rows
from twin.site import FaultEvent, Site, load_site
from twin.site.faults import by_name

DAY_NS = 86_400_000_000_000
PERIOD_NS = 10_000_000_000
_NEVER: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True)
class Place:
    """Where a worker finds site, data and true FMUs; the same paths on every machine."""

    site: str
    data: str | None
    fmus: dict[str, str]


@dataclass(frozen=True)
class Commissioned:
    """What a plant's healthy weeks taught the twin."""

    learned: bytes
    margins: dict[str, float | None]
    days: float

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        return {**asdict(self), "learned": b64encode(self.learned).decode()}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """Back from JSON types."""
        return cls(b64decode(plain["learned"]), plain["margins"], plain["days"])


def campaign_site(name: str) -> Site:
    """The site with the weather of a year, where it has one."""
    site = load_site(name)
    year = site.year_weather
    return site if year is None else site.model_copy(update={"weather": year})


def commission(place: Place, plant: dict[str, Any], days: float, seed: int) -> Any:  # noqa: ANN401 - JSON
    """Run the healthy plant for `days` [d] from the beginning of its weather, and learn.

    A `Commissioned` as JSON types.

    Raises:
        BadInput: too few days, or a signal that was hardly ever usable.
    """
    spec, site = PlantSpec.model_validate(plant), campaign_site(place.site)
    scenario = Scenario(spec.name, "quiet", 1.0, (), 0.0, days, seed)
    calibration = calibrated(site, PERIOD_NS, _rows(site, place, spec, scenario))
    with Watching(with_values(site, calibration.as_it_was), PERIOD_NS) as watching:
        try:
            fitted = learn(watching, _steps(watching, site, place, spec, scenario), calibration)
        except ValueError as error:
            raise BadInput(f"commissioning of {spec.name}: {error}") from None
        seen = margins(watching.plant, fitted.learned, Settings(), site, fitted.commissioning.moved)
        return Commissioned(fitted.data, seen, fitted.learned.days).plain()


def judge(
    place: Place,
    plant: dict[str, Any],
    plain: dict[str, Any],
    learned: bytes,
    lived: list[float] | None = None,
    later: Mapping[str, float] = _NEVER,
) -> str:
    """Run a scenario and say what the diagnosis made of it: the line of an `Outcome`.

    The watch begins with what it has `lived` through since commissioning. Of the runs that come
    `later` [d, in weather and load] the outcome says what theirs will begin with.
    """
    spec, site, settings = PlantSpec.model_validate(plant), campaign_site(place.site), Settings()
    scenario = Scenario.of(plain)
    place_of = f"{spec.name}.learned"
    as_learned = with_values(site, parameters_in(learned, place_of))
    with Watching(as_learned, PERIOD_NS) as watching:
        twin = watching.plant
        known = from_bytes(learned, twin, settings, watching.site_hash, place_of)
        statistics = PlainStatistics(site, twin.signals, known)
        if scenario.faults:
            statistics.since_ns = round(max(f.at_s for f in scenario.faults) * 1e9)
        blocks = Blocks(len(twin.signals), len(twin.hypotheses), twin.q, settings.block_share)
        bank, less, kept = without(twin, known, scenario)
        observer = watching.observer
        diagnosis = Watch(bank, less, settings, observer.what_if(), observer.distrust)
        # of a fault that the bank lacks, one is asked that has it
        listed = diagnosis if scenario.kind != "unknown" else Watch(twin, known, settings)
        for watch in {diagnosis, listed}:
            if lived is not None:
                watch.take_up(np.array(lived))
        begins = {key: (at_d - scenario.begin_d) * DAY_NS for key, at_d in later.items()}
        known_then: dict[str, list[float]] = {}
        news: list[Event] = []
        steps = open_steps = 0
        at_end = False
        could = Could(twin, scenario)
        begun_ns = min((f.at_s for f in scenario.faults), default=0.0) * 1e9
        dark = Dark({f.part for f in scenario.faults} & set(bank.parts), begun_ns)
        for step in _steps(watching, site, place, spec, scenario):
            done = blocks.take(step)
            for block in done:
                statistics.take(block)
                at_end = at_end or frozen_at_end(twin.channels, scenario, block)
            new = diagnosis.take(replace(step, signature=step.signature[:, kept]))
            news += new
            for block in done:
                if listed is not diagnosis:
                    listed.take_block(block)
                could.take(block, listed.diagnosis.today)
            steps += 1
            open_steps += bool(diagnosis.events)
            dark.take(step.t_ns, new, diagnosis.standing)
            for key in [k for k, at_ns in begins.items() if at_ns <= step.t_ns]:
                del begins[key]
                known_then[key] = diagnosis.lived().tolist()
        standing = {part: diagnosis.standing(part).value for part in bank.parts}
        return Outcome(
            scenario=scenario,
            role=spec.role,
            steps=steps,
            open_steps=open_steps,
            events=_events([*news, *diagnosis.events]),
            standing=standing,
            restarts=sum(watching.observer.restarts.values()),
            plain_days=statistics.days,
            plain_records=statistics.records,
            lived=known_then,
            at_end=at_end,
            blind=dark.throughout,
            dark_h=dark.hours,
            hidden=could.hidden,
            could_h=could.hours,
        ).line()


def frozen_at_end(channels: Sequence[Channel], scenario: Scenario, block: Block) -> bool:
    """Whether, in a block after it began, a frozen command stands at an end of its range."""
    frozen = {
        f.name.removesuffix(".frozen")
        for f in scenario.faults
        if f.at_s * 1e9 < block.t_ns - BLOCK_NS
    }
    if block.readings is None:
        return False
    low, high = block.readings.low, block.readings.high
    return any(
        c.name in frozen and low[i] == high[i] and low[i] in (c.low, c.high)
        for i, c in enumerate(channels)
    )


def without(plant: Plant, learned: Learned, scenario: Scenario) -> tuple[Plant, Learned, list[int]]:
    """The bank for a scenario, and the columns that it keeps.

    Of kind `unknown` it lacks the right answer, and the same thing of another unit.
    """
    lacking = scenario.faults if scenario.kind == "unknown" else ()
    named = [any(fault.says(h.name) for fault in lacking) for h in plant.hypotheses]
    kept = [j for j, gone in enumerate(named) if not gone]
    hypotheses = tuple(plant.hypotheses[j] for j in kept)
    less = replace(learned, signature=learned.signature[:, kept])
    return replace(plant, hypotheses=hypotheses), less, kept


def _steps(
    watching: Watching, site: Site, place: Place, spec: PlantSpec, scenario: Scenario
) -> Iterator[Step]:
    for rows in _rows(site, place, spec, scenario):
        yield from watching.observer.each(*rows)


def _rows(site: Site, place: Place, spec: PlantSpec, scenario: Scenario) -> Iterator[Rows]:
    """Rows of a scenario after its warm-up."""
    faults = [_event(site, f.name, f.size, f.at_s) for f in scenario.faults]
    variant = variant_of(
        site,
        spec,
        {part: Path(path) for part, path in place.fmus.items()},
        scenario.seed,
        scenario.days,
        {f.name for f in scenario.faults},
    )
    span = Span(
        round(scenario.days * 8640.0) * PERIOD_NS,
        PERIOD_NS,
        begin_ns=round(scenario.begin_d * DAY_NS),
    )
    data = None if place.data is None else Path(place.data)
    for rows in plant_rows(site, variant, span, scenario.seed, faults, data):
        real = rows.t_ns > 0
        if real.any():
            yield Rows.like(rows).of(real)


def _event(site: Site, name: str, size: float, at_s: float) -> FaultEvent:
    at_ns = round(at_s * 1e9)
    return FaultEvent(by_name(site)[name], size, at_ns, at_ns)


def _events(news: list[Event]) -> tuple[EventSeen, ...]:
    """Of each event its first and its last state, in the order of raising."""
    last = {event.number: event for event in news}
    return tuple(
        EventSeen(
            part=e.verdict.part,
            fault=e.verdict.fault,
            first_fault=e.first.fault,
            first_part=e.first.part,
            drift=e.verdict.drift,
            size=e.verdict.size,
            low=e.verdict.low,
            high=e.verdict.high,
            group=e.verdict.group,
            first_group=e.first.group,
            window=e.first.window,
            raised_s=e.raised_ns / 1e9,
            cleared_s=None if e.cleared_ns is None else e.cleared_ns / 1e9,
        )
        for _, e in sorted(last.items())
    )
