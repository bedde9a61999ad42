"""What every controller program is made of: its words, its points and its step.

Inside a program temperatures are degC, powers kW, pressures kPa, times s and commands
fractions, whatever its registers carry.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, Generic, NamedTuple, TypeVar, cast

INSIDE: Final[Mapping[str, str]] = {
    "%": "-",
    "K": "K",
    "W": "kW",
    "MW": "kW",
    "Pa": "kPa",
    "bar": "kPa",
    "min": "s",
    "h": "s",
}
"""Unit inside a program, by the unit of the register; every other unit stays."""


class State(IntEnum):
    """Where a controller is in its sequence; the number is what its `state` register holds."""

    STOPPED = 0
    """Not enabled, with a heartbeat or without."""
    WAITING = 1
    """Enabled, but not permitted yet (minimum off time, source too cold...)."""
    STARTING = 2
    """Pumps run, flow is not proven yet."""
    MINIMUM = 3
    """The machine runs, held at its minimum."""
    RUNNING = 4
    """Loops in charge."""
    LIMITED = 5
    """A limiter or a protection has taken an output over."""
    STOPPING = 6
    """The machine is off, pumps run on."""
    TRIPPED = 7
    """Off until somebody resets it."""
    FAILSAFE = 8
    """A sensor that is needed says nothing credible."""
    COMM_LOST = 9
    """The heartbeat stopped: outputs are at their safe values."""


class Orders(NamedTuple):
    """What the world outside wants, apart from settings."""

    enable: bool
    reset: bool
    """True in the one scan that follows a reset."""
    manual: bool
    """Outputs by hand, where the program has that."""
    lost: bool
    """The heartbeat has not changed for longer than the watchdog time."""


class Result(NamedTuple):
    """What a step puts out, in the order of the program's `outputs` and `alarms`."""

    outputs: tuple[float, ...]
    alarms: tuple[bool, ...]


M = TypeVar("M")
X = TypeVar("X")
S = TypeVar("S")


@dataclass(frozen=True)
class Program(Generic[M, X, S]):
    """The logic of one type of controller, without registers.

    `sensors` and `settings` are NamedTuple classes whose fields are the names of points; a
    sensor is None where it has no credible value, which is one outside its `plausible` range.
    """

    sensors: type[X]
    settings: type[S]
    outputs: tuple[str, ...]
    alarms: tuple[str, ...]
    plausible: Mapping[str, tuple[float, float]]
    begin: Callable[[], M]
    step: Callable[[M, X, S, Orders, float], tuple[M, Result]]
    trip: Callable[[M], M] | None = None
    """What is remembered once a protection outside the program has tripped, until a reset."""
    setpoints: Mapping[str, str] = field(default_factory=dict)
    """Output that is moved to hold something: the setting that says at which value."""


def rebuild(like: M, data: object) -> M:
    """`data` as JSON gives it back, in the types of `like`: (named) tuples, states, numbers."""
    if isinstance(like, tuple) and isinstance(data, list):
        parts = [rebuild(a, b) for a, b in zip(like, data, strict=True)]
        return cast("M", getattr(like, "_make", tuple)(parts))
    return type(like)(data)  # type: ignore[call-arg]  # bool, int, float and enums take a number
