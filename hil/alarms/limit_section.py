"""A limit as an engineer writes it, with units, and whether the site has its signal."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from twin.alarms.limit import Limit
from twin.alarms.listed import Priority
from twin.errors import BadInput
from twin.site.document import Document
from twin.site.mistakes import Mistake, unknown_word, wrong
from twin.site.model import Site
from twin.site.quantity import Amount, Seconds, si_unit
from twin.site.section import Ref, Section


class LimitSection(Section):
    """When a signal asks for somebody. One of `above` and `below`."""

    signal: Ref
    above: Amount | None = None
    below: Amount | None = None
    deadband: Amount
    """How far back the value has to come, as a difference: more than it scatters."""
    delay_on: Annotated[Seconds, Field(ge=0)] = 60.0
    """How long it has to be beyond the limit [s]."""
    delay_off: Annotated[Seconds, Field(ge=0)] = 60.0
    """How long it has to be back [s]."""
    priority: Priority = "medium"
    latching: bool = False
    suppressed_when_off: bool = False
    """Whether it means nothing while its part is switched off."""
    text: str = ""
    """What is to be done, for whoever is told."""

    @model_validator(mode="after")
    def _has_one_side(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise ValueError("needs one of 'above' and 'below'")
        try:
            back = self.deadband.difference_in(si_unit(self._value.unit))
        except BadInput as error:
            raise ValueError(f"deadband: {error}") from None
        if back < 0:
            raise ValueError(f"deadband = {self.deadband}: must be ≥ 0")
        return self

    @property
    def _value(self) -> Amount:
        value = self.below if self.above is None else self.above
        assert value is not None
        return value

    def limit(self, name: str) -> Limit:
        """The limit in SI."""
        unit = si_unit(self._value.unit)
        side = "above" if self.above is not None else "below"
        said = f"{side} {self._value}"
        return Limit(
            name,
            self.signal,
            "above" if self.above is not None else "below",
            self._value.to(unit),
            self.deadband.difference_in(unit),
            round(self.delay_on * 1e9),
            round(self.delay_off * 1e9),
            self.priority,
            f"{said}; {self.text}" if self.text else said,
            self.latching,
            self.suppressed_when_off,
        )


def wrong_signals(
    limits: Mapping[str, LimitSection], document: Document, site: Site
) -> Iterator[Mistake]:
    """Limits of signals and commands that the site does not have, or of another unit."""
    for name, limit in limits.items():
        if limit.signal in site.commands:
            continue  # in SI, as the model has it
        signal = site.signals.get(limit.signal)
        if signal is None:
            known = [*site.signals, *site.commands]
            yield unknown_word(document, ("limits", name, "signal"), "signal", limit.signal, known)
            continue
        side = "below" if limit.above is None else "above"
        unit = si_unit(str(limit._value.unit))
        if unit != signal.si_unit:
            rule = f"{limit.signal} is measured in {signal.unit}"
            yield wrong(document, ("limits", name, side), rule)
