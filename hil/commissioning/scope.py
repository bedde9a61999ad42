"""What a name in a procedure is worth now: a row's entry, a parameter, a point of the plant."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hil.commissioning.formula import MEAN, OF_A_DAY, Formula, Known
from hil.commissioning.points import PointBook, Ref
from hil.commissioning.registers import Registers
from hil.commissioning.rig import Rig
from twin.errors import BadInput, HukkaError, did_you_mean
from twin.signals import conversion
from twin.site.quantity import si_unit


@dataclass(frozen=True)
class Names:
    """Points and formulas that have a name where controller `under_test` is tested."""

    book: PointBook
    under_test: str | None
    formulas: Mapping[str, Formula] = field(default_factory=dict)
    """Parameters, above them the row of a block's table, above that what its steps note."""

    def ref(self, name: str) -> Ref:
        """The point called `name`; BadInput where there is none."""
        return self.book.find(name, self.under_test)

    def unit(self, name: str, words: tuple[str, ...] = ()) -> str:
        """SI unit of what `name` is worth; BadInput where nothing is called so.

        `words` may stand there as well.
        """
        if name in self.formulas:
            return self.unit_of(self.formulas[name])
        try:
            return self.ref(name).unit
        except BadInput:
            if "did you mean" in (near := did_you_mean(name, {*self.formulas, *words})):
                raise BadInput(f"{name!r} is no point and no given name{near}") from None
            raise

    def unit_of(self, formula: Formula) -> str:
        """SI unit of a formula by its first term."""
        first = formula.terms[0]
        if first.name is not None:
            return self.unit(first.name)
        return "-" if first.unit is None else si_unit(first.unit)


class NoValue(HukkaError):
    """A formula has no value now, and what asks for it cannot wait."""


class Scope:
    """Values of names on a rig."""

    def __init__(self, names: Names, rig: Rig, registers: Registers) -> None:
        self.names, self._rig, self._registers = names, rig, registers
        self._noted: dict[str, Known] = {}

    def value(self, ref: Ref) -> float | None:
        """A point now [SI]."""
        match ref.kind:
            case "signal":
                return self._rig.signal(ref.column)
            case "command":
                return self._rig.command(ref.column)
            case "register":
                return self._registers.read(ref)
            case "configured":
                return self._configured(ref)

    def known(self, name: str) -> Known:
        """What a name in a formula is worth."""
        if name in self._noted:
            return self._noted[name]
        if name in self.names.formulas:
            formula, unit = self.names.formulas[name], self.names.unit(name)
            return Known(formula.value(unit, self.known), unit)
        ref = self.names.ref(name)
        return Known(self.value(ref), ref.unit)

    def steered(self, name: str, formula: Formula) -> float | None:
        """What weather or load `name` is to be [SI], where `MEAN` and `MOST` are of its own day."""
        boundary = self._rig.boundary
        unit = boundary.unit(name)

        def known(word: str) -> Known:
            if word in OF_A_DAY:
                day = boundary.day(name, self._rig.t_ns)
                return Known(float(day.mean() if word == MEAN else day.max()), unit)
            return self.known(word)

        return formula.value(unit, known)

    def note(self, name: str, formula: Formula) -> Known:
        """Keep what a formula is worth now under a name."""
        unit = self.names.unit_of(formula)
        self._noted[name] = Known(formula.value(unit, self.known), unit)
        return self._noted[name]

    def of(self, formula: Formula, ref: Ref) -> float | None:
        """A formula as a value of point `ref` [SI]: a word of its enumeration, or a number."""
        word = formula.word or formula.text
        is_word = word[:1].isalpha() and word not in self.names.formulas
        number = ref.word(word) if is_word else None
        return formula.value(ref.unit, self.known) if number is None else number

    def seconds(self, formula: Formula) -> float:
        """A formula as a time [s].

        Raises:
            NoValue: it has none now.
        """
        value = formula.value("s", self.known)
        if value is None:
            raise NoValue(f"{formula.text} has no value now")
        if value < 0.0:
            raise NoValue(f"{formula.text} is {value:g} s here: no time")
        return value

    def _configured(self, ref: Ref) -> float | None:
        value = self.names.book.configured(ref)
        if value is None or ref.point is None:
            return None
        factor, offset = conversion(ref.point.unit, ref.unit)
        return factor * value + offset
