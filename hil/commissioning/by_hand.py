"""Steps that somebody does: something on site, a reading from an instrument, a power switch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import isfinite, nan

from hil.commissioning.instruments import Instrument
from hil.commissioning.judging import Found, spoken
from hil.commissioning.operator import Nobody, Operator
from hil.commissioning.procedure import Manual
from hil.commissioning.scope import Scope
from hil.commissioning.verdict import Verdict
from twin.clock import utc_now
from twin.errors import did_you_mean
from twin.signals import conversion
from twin.site.quantity import si_unit

Meanwhile = Callable[[], None] | None
_LEFT = Found(Verdict.SKIPPED, "left out by hand")


@dataclass(frozen=True)
class Hands:
    """Who is on site, and with which instruments."""

    operator: Operator = field(default_factory=Nobody)
    instruments: Mapping[str, Instrument] = field(default_factory=dict)

    @property
    def somebody(self) -> bool:
        """Whether anybody is there to be asked."""
        return not isinstance(self.operator, Nobody)

    def do(self, manual: Manual, scope: Scope, meanwhile: Meanwhile) -> Found:
        """A manual step; `meanwhile` lets the plant go on until it is answered."""
        if not self.somebody:
            return Found(Verdict.SKIPPED, "needs somebody on site")
        if manual.value is None:
            return self._done(manual.prompt, meanwhile)
        return self._read(manual, manual.value, scope, meanwhile)

    def switch(self, what: str, meanwhile: Meanwhile) -> Found:
        """Have something switched; not done is inconclusive, because what follows depends on it."""
        found = self._done(what, meanwhile)
        if found.verdict is Verdict.PASS:
            return found
        return Found(Verdict.INCONCLUSIVE, f"{what}: {found.why}")

    def _done(self, prompt: str, meanwhile: Meanwhile) -> Found:
        question = f"{prompt}. Done? [y, n WHY, Enter to leave it out]"
        while True:
            answer = self.operator.ask(question, meanwhile)
            if not answer:
                return _LEFT
            word, _, why = answer.partition(" ")
            if word.lower() in ("y", "yes"):
                return Found(Verdict.PASS, "done", {"by": self.operator.name})
            if word.lower() in ("n", "no"):
                reason = f"not done: {why}" if why else "not done"
                return Found(Verdict.FAIL, reason, {"by": self.operator.name})
            question = f"{answer!r}: y, n WHY, or Enter to leave it out:"

    def _read(self, manual: Manual, unit: str, scope: Scope, meanwhile: Meanwhile) -> Found:
        value = self._number(f"{manual.prompt} [{unit}, Enter to leave it out]:", unit, meanwhile)
        if value is None:
            return _LEFT
        figures: dict[str, float | str | None] = {f"value [{unit}]": value}
        figures["by"] = self.operator.name
        if manual.instrument:
            used = self._instrument(meanwhile)
            if used is None:
                return Found(Verdict.INCONCLUSIVE, "no instrument was named", figures)
            figures["instrument"] = used.id
            if not used.holds(_today()):
                why = f"the certificate of {used.id} ended on {used.expires}"
                return Found(Verdict.INCONCLUSIVE, why, figures)
        return _judged(manual, value, unit, scope, figures)

    def _number(self, question: str, unit: str, meanwhile: Meanwhile) -> float | None:
        while answer := self.operator.ask(question, meanwhile):
            number = answer.removesuffix(unit).strip().replace(",", ".")
            try:
                value = float(number)
            except ValueError:
                value = nan
            if isfinite(value):
                return value
            question = f"{answer!r} is not a number [{unit}]:"
        return None

    def _instrument(self, meanwhile: Meanwhile) -> Instrument | None:
        known = ", ".join(self.instruments) or "none known, give --instruments FILE"
        question = f"Instrument [{known}]:"
        while answer := self.operator.ask(question, meanwhile):
            if answer in self.instruments:
                return self.instruments[answer]
            question = f"unknown {answer!r}{did_you_mean(answer, self.instruments)} [{known}]:"
        return None


def _judged(
    manual: Manual,
    value: float,
    unit: str,
    scope: Scope,
    figures: dict[str, float | str | None],
) -> Found:
    read = f"{value:g} {unit}".removesuffix(" -")
    if manual.band is None:
        return Found(Verdict.PASS, read, figures)
    si = si_unit(unit)
    factor, offset = conversion(unit, si)
    low, high = (end.value(si, scope.known) for end in manual.band)
    if low is None or high is None:
        return Found(Verdict.INCONCLUSIVE, f"{read}; its band has no value now", figures)
    inside = low <= factor * value + offset <= high
    band = f"{spoken(low, si, unit)} to {spoken(high, si, unit)}"
    verdict = Verdict.PASS if inside else Verdict.FAIL
    return Found(verdict, f"{read}, {'in' if inside else 'outside'} {band}", figures)


def _today() -> date:
    return utc_now().date()
