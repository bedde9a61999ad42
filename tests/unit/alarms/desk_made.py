"""What tests of alarms are made of: events as the twin tells them, limits, a clock of seconds."""

from hil.alarms import AlarmSettings, Order
from twin.diagnosis.isa import Action

S = 1_000_000_000
T0 = 1_764_000_000 * S
"""A day in November 2025 [ns since 1970]."""
HOT, SUPPLY = "supply_hot", "cooling_loop.T_supply"


def event(number=1, fault="fan_loss", *, generation=1, raised=0.0, cleared=None, **told):
    """An event of the twin, as `hil.replay.judging.plain` tells it; times in s after T0."""
    return {
        "number": number,
        "generation": generation,
        "state": "unacknowledged",
        "part": "cooling_loop",
        "fault": fault,
        "verdict": "fault",
        "size": 0.4,
        "low": 0.3,
        "high": 0.5,
        "unit": "-",
        "drift": False,
        "probability": 0.98,
        "since_s": T0 / S + raised - 600,
        "raised_s": T0 / S + raised,
        "cleared_s": None if cleared is None else T0 / S + cleared,
        "group": [],
        "evidence": [{"signal": "cooling_loop.T_return", "share": 0.9, "innovation": 2.0}],
        "consequences": [],
        "window": "1 h",
        "check": "fan status lines",
        "likely": [{"name": fault, "probability": 0.98}],
    } | told


def settings(**limit):
    """One limit: supply above 305 K by 0.5 K, 10 s to raise, 20 s to clear."""
    told = {
        "signal": SUPPLY,
        "above": "305 K",
        "deadband": "0.5 K",
        "delay_on": "10 s",
        "delay_off": "20 s",
        "priority": "medium",
    }
    return AlarmSettings.model_validate({"limits": {HOT: told | limit}})


def at(seconds):
    """ns since 1970."""
    return T0 + round(seconds * S)


def order(number, action=Action.ACKNOWLEDGE, comment="seen to", **told):
    return Order(number, action, "anna", comment, **told)


def actions(lines):
    """(number, what happened) of each line."""
    return [(line.after.number, line.action) for line in lines]


def feed(book, value, since, until, quality=0):
    """The same reading every second; the lines that came of it."""
    lines = []
    for k in range(since, until):
        lines += book.limits(at(k), {SUPPLY: value}, {SUPPLY: quality})
    return lines
