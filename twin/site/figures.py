"""Public figures of a site, and which figure of which run each is held against."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from twin.errors import BadInput
from twin.site.quantity import Amount, Quantity, Seconds, Whole, parse_quantity, si_unit
from twin.site.section import PartName, Ref, Section, Told

MEASURES = ("power", "energy", "share", "kpi", "mean", "p95")
"""What a figure may be held against; each figure names one of them."""


@dataclass(frozen=True, slots=True)
class Span:
    """What was published: one number (`low` = `high`) or a range, in `unit`."""

    low: float
    high: float
    unit: str

    def __str__(self) -> str:
        numbers = f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"
        return numbers if self.unit in ("-", "1") else f"{numbers} {self.unit}"


def parse_span(text: object) -> Span:
    """`3.6 MW`, `3.4 -` or `80 to 85 degC` as a Span; ValueError says what is wrong with it."""
    if isinstance(text, Span):
        return text
    first, to, rest = text.partition(" to ") if isinstance(text, str) else ("", "", "")
    if not to:
        amount = parse_quantity(text)
        return Span(amount.value, amount.value, amount.unit)
    high = parse_quantity(rest)
    low = parse_quantity(f"{first} {high.unit}")
    if not low.value < high.value:
        raise ValueError(f"must be LOWEST to HIGHEST, found {text!r}")
    return Span(low.value, high.value, high.unit)


def _allowed(amount: Quantity) -> Quantity:
    if amount.value <= 0:
        raise ValueError("must be > 0")
    return amount


class Figure(Told):
    """One public figure and the measure of a run that should come near it."""

    public: Annotated[Span, BeforeValidator(parse_span)]
    run: Literal["design", "year"]
    power: str | None = None
    """Account: its mean power."""
    energy: str | None = None
    """Account: its energy in a year."""
    share: tuple[str, str] | None = None
    """Two accounts: the energy of the first over that of the second."""
    kpi: str | None = None
    """Key figure without a unit."""
    mean: Ref | None = None
    """Signal: its mean."""
    p95: Ref | None = None
    """Signal: what 95 % of the readings do not exceed."""
    running: Ref | None = None
    """Command; `mean` and `p95` count only readings during which it is above 0.5."""
    within: Annotated[Amount, AfterValidator(_allowed)] = Quantity(10.0, "%")
    """How far off it may be: a share of the public number, or an amount in its unit."""
    explained: str = ""
    """Why it is off by more than that, where it is."""

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        named = [name for name in MEASURES if getattr(self, name) is not None]
        if len(named) != 1:
            raise ValueError(f"needs one of {', '.join(MEASURES)}; it has {len(named)}")
        if named == ["energy"] and self.run != "year":
            raise ValueError("'energy' is of a year: needs 'run: year'")
        if self.running is not None and named[0] not in ("mean", "p95"):
            raise ValueError(f"'running' belongs to mean or p95, not to {named[0]}")
        self._check_tolerance()
        return self

    def _check_tolerance(self) -> None:
        try:
            if si_unit(self.within.unit) != "-":
                self.within.difference_in(self.public.unit)
            elif si_unit(self.public.unit) == "K":
                raise ValueError("a temperature needs 'within' in K: a share of it means nothing")
        except BadInput as error:
            raise ValueError(f"within: {error}") from None

    @property
    def measure(self) -> str:
        """Which of MEASURES it is held against."""
        return next(name for name in MEASURES if getattr(self, name) is not None)

    @property
    def slack(self) -> tuple[float, float]:
        """How far below the lowest and above the highest published number is near enough."""
        if si_unit(self.within.unit) != "-":
            slack = self.within.difference_in(self.public.unit)
            return slack, slack
        share = self.within.to("-")
        return share * abs(self.public.low), share * abs(self.public.high)

    def near(self, simulated: float) -> bool:
        """Whether `simulated` [public.unit] is as near as `within` asks."""
        below, above = self.slack
        return self.public.low - below <= simulated <= self.public.high + above

    def ratio(self, simulated: float) -> float:
        """Simulated over the nearest published number [-]; 1 inside a published range."""
        nearest = min(max(simulated, self.public.low), self.public.high)
        return simulated / nearest if nearest else math.nan


class Design(Section):
    """A steady run: boundary values held until nothing changes, then an hour to measure."""

    boundary: Mapping[Ref, Amount] = {}
    """Plant input: value; what is not named stays at its first value."""
    settle: Seconds = 8 * 3600.0
    """Plant time before measuring begins [s]."""


class Year(Section):
    """Typical stretches of the weather of a year; together they stand for the whole."""

    weather: str
    """CSV file of a year, relative to the site's folder."""
    boundary: Mapping[Ref, Amount] = {}
    """Plant input: value for the whole year, in place of what feeds it otherwise."""
    samples: Annotated[Whole, Field(ge=4, le=365)] = 12
    length: Annotated[Seconds, Field(gt=0.0)] = 86_400.0
    """Of each stretch [s]."""


class Figures(Section):
    """Public figures as checks: `hukka site figures SITE` runs them."""

    design: Design | None = None
    year: Year | None = None
    checks: Mapping[PartName, Figure] = {}
