"""Right or wrong: one finished scenario against what was true in it."""

from dataclasses import dataclass

from hil.campaign.outcome import EventSeen, Outcome
from hil.campaign.scenario import Injected
from twin.estimation.step import STEP_S


@dataclass(frozen=True)
class Judged:
    """Answers to the questions of the score card; None where a question does not arise."""

    detected: bool
    delay_h: float | None
    """From the beginning of the (last) fault to the first event after it [h]."""
    observable_h: float | None = None
    """The same without the time in which its part was said not to be observable [h]."""
    top1: bool | None = None
    """The event names the right cause."""
    top1_at_once: bool | None = None
    """It did so as it was raised."""
    group: bool | None = None
    """The right cause is in its group."""
    covered: bool | None = None
    """The interval of the size holds the true one, where the right cause is named."""
    grown_si: float | None = None
    """How far a drift had come when the event was raised [SI]."""


def judged(outcome: Outcome) -> Judged:
    """Of a run with one fault: the first event that is raised after the fault began."""
    fault = outcome.scenario.faults[0]
    event = _first_after(outcome, fault.at_s)
    if event is None:
        return Judged(False, None)
    named = event.fault in fault.answers
    delay_h = (event.raised_s - fault.at_s) / 3600.0
    return Judged(
        True,
        delay_h,
        max(delay_h - outcome.dark_h, 0.0),
        named,
        event.first_fault in fault.answers,
        named or any(name in event.group for name in fault.answers),
        _covered(event, fault, outcome) if named else None,
        delay_h * abs(fault.size_si) if fault.drift else None,
    )


def listed(outcome: Outcome) -> Judged:
    """The same of any run: of a pair, `top1` is whether both are among the first three."""
    if outcome.scenario.kind != "double":
        return judged(outcome)
    begun_s = min(f.at_s for f in outcome.scenario.faults)
    event = _first_after(outcome, begun_s)
    if event is None:
        return Judged(False, None)
    delay_h = (event.raised_s - begun_s) / 3600.0
    return Judged(True, delay_h, top1=both_in_top_three(outcome))


def unknown_in_part(outcome: Outcome) -> bool:
    """Whether, after the fault began, something unknown was raised in the right part."""
    fault = outcome.scenario.faults[0]
    return any(
        e.fault is None and e.part == fault.part for e in outcome.events if e.raised_s >= fault.at_s
    )


def both_in_top_three(outcome: Outcome) -> bool:
    """Whether both causes are among the first three that the events name.

    First the causes of the events in the order of raising, then the others of their groups, one
    of each group in turn.
    """
    begun_s = min(f.at_s for f in outcome.scenario.faults)
    events = [e for e in outcome.events if e.raised_s >= begun_s]
    named = [e.fault for e in events if e.fault is not None]
    deepest = max((len(e.group) for e in events), default=0)
    named += [e.group[i] for i in range(deepest) for e in events if i < len(e.group)]
    top = list(dict.fromkeys(named))[:3]
    return all(any(a in top for a in f.answers) for f in outcome.scenario.faults)


def false_events(outcome: Outcome) -> list[EventSeen]:
    """Events before any fault: all of a quiet run, those of the lead of another."""
    begun_s = min((f.at_s for f in outcome.scenario.faults), default=float("inf"))
    return [e for e in outcome.events if e.raised_s < begun_s]


def _first_after(outcome: Outcome, at_s: float) -> EventSeen | None:
    return next((e for e in outcome.events if e.raised_s >= at_s), None)


def _covered(event: EventSeen, fault: Injected, outcome: Outcome) -> bool | None:
    """None of what has no size: a frozen reading, a bias that is in truth a wrong gain."""
    if not fault.sized:
        return None
    if fault.drift:
        last_s = STEP_S * outcome.steps if event.cleared_s is None else event.cleared_s
        size = fault.size_si * (last_s - fault.at_s) / 3600.0
    elif fault.name == event.fault and event.size == event.size:
        size = fault.size_si
    else:
        return None
    return event.low <= size <= event.high
