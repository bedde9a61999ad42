"""Values as procedures write them: `36 degC`, `T_sink_max - 3 K`, `2 * flow_time`, `RUNNING`."""

import math
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple

from twin.errors import BadInput
from twin.signals import conversion
from twin.site.quantity import si_unit

LOST: Final = "lost"
"""The value of a forced reading whose wire is broken."""
MEAN: Final = "mean"
"""Of weather or a load: its mean over the day from then on."""
MOST: Final = "most"
"""The most that it is in that day."""
OF_A_DAY: Final = (MEAN, MOST)
_NUMBER: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_NAME: Final = r"[A-Za-z_][\w]*(?:[:.][A-Za-z_][\w.\[\]]*)?"
_TERM: Final = re.compile(
    rf"\s*(?:(?P<factor>{_NUMBER})\s*\*\s*(?P<scaled>{_NAME})"
    rf"|(?P<number>{_NUMBER})(?:\s*(?P<unit>%|[A-Za-z][\w/.()]*|1/\w+|-(?=\s*$|\s+[+-]\s)))?"
    rf"|(?P<name>{_NAME}))\s*"
)
_SIGN: Final = re.compile(r"([+-])(?=\s)")


class Term(NamedTuple):
    """`factor` times the value of `name`, or times 1 `unit`; the first of a formula is absolute."""

    factor: float
    name: str | None
    unit: str | None


class Known(NamedTuple):
    """Value of a name and its SI unit; None where nobody can say it now."""

    value: float | None
    unit: str


@dataclass(frozen=True)
class Formula:
    """A sum of terms as it was written; `text` is what a report shows."""

    text: str
    terms: tuple[Term, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The points in it."""
        return tuple(term.name for term in self.terms if term.name is not None)

    @property
    def word(self) -> str | None:
        """The name that it is, if it is nothing else: a point, or a word of an enumeration."""
        (first, *rest) = self.terms
        return first.name if not rest and first.factor == 1.0 else None

    def check(self, unit: str, unit_of: Callable[[str], str]) -> None:
        """Whether it can be a value in SI `unit`; `unit_of` knows the names.

        Raises:
            BadInput: a name or a unit is unknown, or measures something else.
        """
        for first, term in self._placed():
            self._converted(term, unit, first, unit_of)

    def value(
        self, unit: str, known: Callable[[str], Known], *, level: bool = True
    ) -> float | None:
        """Its value in SI `unit`, as a difference unless `level`; None if a name has none now."""
        total = 0.0
        for first, term in self._placed():
            found = None if term.name is None else known(term.name)
            if found is not None and found.value is None:
                return None
            base = 1.0 if found is None or found.value is None else found.value
            a, b = self._converted(term, unit, first and level, lambda name: known(name).unit)
            total += a * term.factor * base + b
        return total

    def _placed(self) -> Iterator[tuple[bool, Term]]:
        return ((i == 0, term) for i, term in enumerate(self.terms))

    def _converted(
        self, term: Term, unit: str, first: bool, unit_of: Callable[[str], str]
    ) -> tuple[float, float]:
        """Factor and offset to SI `unit`: the first term is a level, the others are differences."""
        given = unit_of(term.name) if term.name is not None else term.unit
        if given is None:
            if unit not in ("-", "1"):
                raise BadInput(f"{self.text!r}: the number {term.factor:g} needs its unit ({unit})")
            given = unit
        try:
            factor, offset = conversion(given, unit)
        except BadInput as error:
            raise BadInput(f"{self.text!r}: {error}") from None
        return factor, offset if first else 0.0


def parse_formula(text: object) -> Formula:
    """A value as it is written in a procedure; ValueError says what is wrong with it."""
    if isinstance(text, Formula):
        return text
    if isinstance(text, bool):
        return Formula(str(text).lower(), (Term(float(text), None, "-"),))
    if isinstance(text, int | float):
        return Formula(str(text), (Term(_finite(text), None, None),))
    if not isinstance(text, str) or not text.strip():
        raise ValueError("must be a value: 36 degC, T_sink_max - 3 K, RUNNING, true")
    text = text.strip()
    terms, at, sign = [], 0, 1.0
    while True:
        match = _TERM.match(text, at)
        if match is None:
            raise ValueError(
                f"cannot be read from {text[at:].strip()!r} on; values are 36 degC, a - 3 K"
            )
        terms.append(_term(match, sign))
        at = match.end()
        if at == len(text):
            return Formula(text, tuple(terms))
        joint = _SIGN.match(text, at)
        if joint is None:
            raise ValueError(f"cannot be read from {text[at:]!r} on; write + or - with spaces")
        sign, at = (1.0 if joint[1] == "+" else -1.0), joint.end()


def _term(match: re.Match[str], sign: float) -> Term:
    if match["scaled"]:
        return Term(sign * _finite(match["factor"]), match["scaled"], None)
    if match["name"]:
        return Term(sign, match["name"], None)
    unit = match["unit"]
    if unit is not None:
        try:
            si_unit(unit)
        except BadInput as error:
            raise ValueError(str(error)) from None
    return Term(sign * _finite(match["number"]), None, unit)


def _finite(number: str | float) -> float:
    with suppress(OverflowError):  # a whole number may be larger than any float
        if math.isfinite(value := float(number)):
            return value
    raise ValueError("must be a finite number")
