"""Outcomes made by hand."""

from hil.campaign.outcome import EventSeen, Outcome
from hil.campaign.scenario import Injected, Scenario

DAY_S = 86400.0


def fault(name="part.fouling", at_s=DAY_S, size=0.3, answer=None, drift=False, **more):
    part = name.partition(".")[0]
    return Injected(name, part, size, size, at_s, answer or name, drift, **more)


def event(raised_s, name="part.fouling", part="part", low=0.2, high=0.4, group=(), **more):
    told = {"first_fault": name, "cleared_s": None, "drift": False, "size": 0.3} | more
    return EventSeen(
        part=part,
        fault=name,
        first_part=part,
        low=low,
        high=high,
        group=group or ((name,) if name else ()),
        first_group=(),
        window="1 h",
        raised_s=raised_s,
        **told,
    )


def outcome(kind="single", faults=(), events=(), plant="plant_7", share=1.0, days=3.0, **more):
    scenario = Scenario(plant, kind, share, tuple(faults), 28.0, days, 5)
    steps = round(days * 864)  # Steps of 100 s
    return Outcome(
        scenario,
        more.pop("role", "reporting"),
        steps,
        more.pop("open_steps", 0),
        tuple(events),
        **more,
    )
