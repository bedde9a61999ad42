"""What a procedure file may say. Every key is declared; what it means is in the reference."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from hil.commissioning.formula import Formula, parse_formula
from twin.site.quantity import Number
from twin.site.section import Section

_VALUE_SCHEMA = {"type": ["string", "number", "boolean"], "description": "36 degC, T_max - 3 K"}
Value = Annotated[Formula, BeforeValidator(parse_formula), WithJsonSchema(_VALUE_SCHEMA)]
"""A value or a time as `hil.commissioning.formula` reads it."""

PointName = Annotated[str, Field(min_length=1)]
"""A point of the controller under test, `CONTROLLER:POINT`, or PART.VARIABLE of the site."""

Values = Annotated[Mapping[PointName, Value], Field(min_length=1)]

LONGEST_S = 86_400.0
"""A block must be over by then [s]: the write gate stays open no longer."""
_NOW = parse_formula("0 s")
COMPARISONS = ("equals", "band", "near", "above", "below")


class Part(Section):
    """A part of a procedure."""

    model_config = ConfigDict(arbitrary_types_allowed=True)


class Condition(Part):
    """A point and what it should be: one of equals, band, near (with tolerance), above, below."""

    point: PointName
    equals: Value | None = None
    band: tuple[Value, Value] | None = None
    near: Value | None = None
    tolerance: Value | None = None
    above: Value | None = None
    below: Value | None = None

    @model_validator(mode="after")
    def _has_one_comparison(self) -> "Condition":
        said = [name for name in COMPARISONS if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError(f"needs one of {', '.join(COMPARISONS)}; found {_words(said)}")
        if (self.near is None) != (self.tolerance is None):
            raise ValueError("'near' and 'tolerance' come together")
        return self

    def formulas(self) -> tuple[Formula, ...]:
        """Its values, the tolerance apart."""
        ends = self.band or ()
        return tuple(f for f in (self.equals, self.near, self.above, self.below, *ends) if f)

    def __str__(self) -> str:
        if self.equals is not None:
            return f"{self.point} is {self.equals.text}"
        if self.near is not None and self.tolerance is not None:
            return f"{self.point} is {self.near.text} ± {self.tolerance.text}"
        if self.band is not None:
            return f"{self.point} is {self.band[0].text} to {self.band[1].text}"
        word, end = ("above", self.above) if self.above is not None else ("below", self.below)
        assert end is not None
        return f"{self.point} is {word} {end.text}"


class Expect(Condition):
    """The condition is met within `within`, and from then on for `hold`."""

    within: Value = _NOW
    hold: Value = _NOW


class InOrder(Condition):
    """One of a sequence; it must not be met before `after` has passed since the one before it."""

    after: Value = _NOW


class Sequence(Part):
    """Conditions that come true one after the other, all of them within `within`."""

    order: Annotated[tuple[InOrder, ...], Field(min_length=2)]
    within: Value


class Funnel(Part):
    """A point follows a reference trace within a tolerance of time and value."""

    point: PointName
    trace: Annotated[tuple[tuple[Value, Value], ...], Field(min_length=2)]
    """Times since the step began, and values."""
    tolerance: Value
    time_tolerance: Value = _NOW


class Manual(Part):
    """Somebody does or reads something on site."""

    prompt: Annotated[str, Field(min_length=1)]
    value: str | None = None
    """Unit of the value that is read; without one, the answer is whether it was done."""
    band: tuple[Value, Value] | None = None
    instrument: Annotated[bool, Field(strict=True)] = False
    """Whether the value is read from an instrument that needs a certificate."""


class ExpectAlarm(Part):
    """The twin finds a part at fault within a time."""

    part: str
    within: Value


class ExpectNoAlarm(Part):
    """The twin finds nothing for a time; of one part, or of any."""

    part: str | None = None
    hold: Value


class StepTest(Part):
    """A setting is moved, and the loop that holds a reading at it is judged by its answer.

    Where `setting` is the reading itself, the reading is shifted the other way instead: to the
    controller the same, of whatever cannot be written.
    """

    setting: PointName
    by: Value
    measured: PointName
    lasts: Value
    command: PointName | None = None
    """What the loop moves; with it, a tuning is proposed."""
    gain: PointName | None = None
    """Setting that is the gain of the controller, in its own unit."""
    integral: PointName | None = None
    """Setting that is its integral time."""
    rise: Value | None = None
    """Longest time from 10 to 90 % of the step."""
    overshoot: Annotated[Number, Field(ge=0)] | None = None
    """Largest overshoot as a share of the step [-]."""
    settles: Value | None = None
    """Longest time until it stays within 5 % of the step."""
    deviation: Value | None = None
    """Largest lasting deviation from the set point."""
    oscillation: Annotated[Number, Field(ge=0)] | None = None
    """Largest oscillation index [-]: above 1 it hunts."""

    @model_validator(mode="after")
    def _judges_something(self) -> "StepTest":
        limits = (self.rise, self.overshoot, self.settles, self.deviation, self.oscillation)
        if all(limit is None for limit in limits):
            raise ValueError("needs one of rise, overshoot, settles, deviation, oscillation")
        if (self.gain or self.integral) and self.command is None:
            raise ValueError("'gain' and 'integral' need the 'command' that the loop moves")
        return self


class Hunting(Part):
    """A reading and its command at rest must not swing to and fro."""

    measured: PointName | None = None
    command: PointName | None = None
    lasts: Value
    index: Annotated[Number, Field(gt=0)] = 1.0
    """Largest oscillation index [-]."""
    amplitude: Value | None = None
    """Swings of the reading up to this size do not matter, nor what the command does then."""

    @model_validator(mode="after")
    def _has_a_point(self) -> "Hunting":
        if not self.points:
            raise ValueError("needs measured, command, or both")
        if self.amplitude is not None and self.measured is None:
            raise ValueError("'amplitude' is that of measured")
        return self

    @property
    def points(self) -> tuple[str, ...]:
        """What is looked at."""
        return tuple(filter(None, (self.measured, self.command)))


class Sticking(Part):
    """An actuator must follow its command: it neither sticks nor stands."""

    command: PointName
    measured: PointName
    lasts: Value
    position: PointName | None = None
    """Its own position, where that is read."""
    band: Annotated[Number, Field(gt=0)] = 0.01
    """Largest dead band and jump of the position, as a share of its range [-]."""


class Step(Part):
    """One thing to do or to expect."""

    name: str = ""
    requirement: str = ""
    set: Values | None = None
    force: Values | None = None
    """Readings that the controller gets instead of the sensors'; `lost` is a broken wire."""
    shift: Values | None = None
    """What is added to readings from now on; what was added before stays."""
    release: Annotated[tuple[PointName, ...], Field(min_length=1)] | None = None
    boundary: Values | None = None
    """Weather or load (PART.INPUT of the plant)."""
    over: Value | None = None
    """Time in which `force` or `boundary` goes there evenly."""
    fault: str | None = None
    """NAME or NAME=SIZE of the catalogue."""
    heartbeat: Literal["stop", "go"] | None = None
    power: Literal["off", "on"] | None = None
    wait: Value | None = None
    note: Values | None = None
    """Names for what is so now, in later formulas of the block."""
    expect: Expect | None = None
    sequence: Sequence | None = None
    funnel: Funnel | None = None
    manual: Manual | None = None
    expect_alarm: ExpectAlarm | None = None
    expect_no_alarm: ExpectNoAlarm | None = None
    at_work: PointName | None = None
    """A command; where it stands at its limit, its loop is not at work: the block is skipped."""
    step_test: StepTest | None = None
    oscillation: Hunting | None = None
    stiction: Sticking | None = None

    @model_validator(mode="after")
    def _does_one_thing(self) -> "Step":
        said = [name for name in ACTIONS if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError(f"needs one of {', '.join(ACTIONS)}; found {_words(said)}")
        if self.over is not None and said[0] not in ("force", "boundary"):
            raise ValueError("'over' goes with force or boundary")
        return self

    @property
    def action(self) -> str:
        """Which of `ACTIONS` it is."""
        return next(name for name in ACTIONS if getattr(self, name) is not None)


ACTIONS = tuple(n for n in Step.model_fields if n not in ("name", "requirement", "over"))


class Block(Part):
    """Steps that begin with the plant in normal operation and leave it so."""

    block: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    requirement: str = ""
    for_each: Annotated[tuple[Mapping[str, Value], ...], Field(min_length=1)] | None = None
    """The block once for each row; its keys are names in the formulas of the steps."""
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]


class Procedure(Part):
    """A procedure file."""

    procedure: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$")]
    title: Annotated[str, Field(min_length=1)]
    of: str | None = None
    """Type of the controller under test; None: none in particular."""
    requirements: tuple[str, ...] = ()
    source: str = ""
    """Where the requirement comes from."""
    parameters: Mapping[str, Value] = {}
    prerequisites: tuple[Expect, ...] = ()
    blocks: Annotated[tuple[Block, ...], Field(min_length=1)]


def _words(said: list[str]) -> str:
    return ", ".join(said) or "none"


def schema() -> dict[str, Any]:
    """JSON Schema of a procedure file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Procedure.model_json_schema(),
    }
