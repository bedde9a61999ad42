"""The map of a data file: which column is which signal or command of a site, in which unit."""

from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from hil.trend.stamp_format import NUMERIC, parse_format
from hil.trend.words import unit_of
from twin.errors import BadInput, did_you_mean
from twin.site.document import Document, read_document
from twin.site.mistakes import Mistake, raise_all, unknown_word, validated, wrong
from twin.site.model import Site
from twin.site.quantity import Amount, Number, Seconds
from twin.site.section import PartName, Ref, Section
from twin.trend.finding import KINDS
from twin.trend.units import file_units, scale_of
from twin.trend.zone import zone_of

GOOD = ("ok", "{ok}", "good", "192", "")
"""Words by which a quality usually says yes."""
LONGEST_S = 10 * 365 * 86_400.0
"""No `reorder` or `hold` is longer [s]: ten years."""
DENSITY = 990.0
"""Of water where a volume flow becomes a mass flow [kg/m3]: 45 degC, assumed."""


def _zone(text: str) -> str:
    zone_of(text)
    return text


def _format(text: str) -> str:
    parse_format(text)
    return text


def _unit(text: str) -> str:
    if text not in file_units():
        near = unit_of(text)
        rule = did_you_mean(text, file_units()) if near is None else f", did you mean {near!r}?"
        raise ValueError(f"unknown unit {text!r}{rule}")
    return text


def _nonzero(number: float) -> float:
    if number == 0:
        raise ValueError("must not be 0")
    return number


Flag = Annotated[bool, Field(strict=True)]


class Time(Section):
    """Where the time of a row stands and what it means."""

    column: str
    clock: str | None = None
    """Column of the time of day, where `column` has the date alone."""
    format: Annotated[str, AfterValidator(_format)] = "iso"
    """`iso`, `epoch_s`, `epoch_ms`, `excel`, `seconds`, or like `%d.%m.%Y %H:%M`; of two columns
    that of both with a blank between."""
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    """Of times that do not say their offset: `Europe/Helsinki`, `UTC`, `+02:00`."""
    reorder: Annotated[Seconds, Field(ge=0, le=LONGEST_S)] = 600.0
    """So much later than a newer row a row may come [s]."""

    @model_validator(mode="after")
    def _is_text_in_two(self) -> Self:
        if self.clock is not None and self.format in NUMERIC:
            raise ValueError(f"a date and a clock are not read as {self.format}: iso, or a format")
        return self

    @property
    def tz(self) -> tzinfo:
        """The zone."""
        return zone_of(self.zone)


class Quality(Section):
    """A column that says whether the value of a row may be believed."""

    column: str
    good: Annotated[tuple[str, ...], Field(min_length=1)] = GOOD
    """Words that mean yes, in any case."""


class Long(Section):
    """A file of one value a row."""

    point: str
    """Column that says whose value it is; `columns` are then its words."""
    value: str


class Column(Section):
    """What one column of the file is."""

    signal: Ref | None = None
    command: Ref | None = None
    ignore: Flag = False
    """Whether it is left out."""
    unit: Annotated[str, AfterValidator(_unit)] | None = None
    """In the file; None: that of the site file."""
    scale: Annotated[Number, AfterValidator(_nonzero)] = 1.0
    """Factor on the numbers of the file [-], before the unit; -1 turns the sign."""
    offset: Number = 0.0
    """Added after `scale` [unit]."""
    density: Annotated[Number, Field(gt=0)] = DENSITY
    """Of a volume flow [kg/m3]."""
    hold: Annotated[Seconds, Field(gt=0, le=LONGEST_S)] | None = None
    """Age beyond which a value is no longer believed [s]; None: 2.5 times the usual step."""
    words: Mapping[str, Number] = {}
    """Words in the file: numbers that they mean."""
    quality: Quality | None = None
    """Of this column alone; None: the file's own, if it has one."""
    accept: tuple[Literal[KINDS], ...] = ()  # type: ignore[valid-type]  # a constant tuple
    """Kinds of findings that are known and wanted."""

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if (self.signal is not None) + (self.command is not None) + self.ignore != 1:
            raise ValueError("needs one of 'signal', 'command' and 'ignore: true'")
        return self

    @property
    def target(self) -> str | None:
        """The signal or command, if it is one."""
        return self.signal or self.command


class Map(Section):
    """A whole map."""

    site: PartName
    """Name of the site that it is for."""
    time: Time
    separator: Literal[",", ";", "tab"] | None = None
    """Between cells of a CSV file; None: as the file looks."""
    decimal: Literal[".", ","] | None = None
    encoding: Literal["utf-8", "cp1252", "latin-1", "utf-16"] | None = None
    quality: Quality | None = None
    """Of all values of a row."""
    long: Long | None = None
    """None: a column a point."""
    accept: tuple[Literal[KINDS], ...] = ()  # type: ignore[valid-type]  # a constant tuple
    """Kinds of findings about the file as a whole that are known and wanted."""
    columns: Annotated[Mapping[str, Column], Field(min_length=1)]
    """Column of the file, or point of a long one, by its name or by `#` and its number from 1."""
    constants: Mapping[Ref, Amount] = {}
    """Signal or command that is not in the file: its value, if it is known."""


def load_map(path: Path, site: Site) -> Map:
    """The map in a YAML file, held against the site.

    Raises:
        BadInput: everything that is wrong in it, a line each.
    """
    document = read_document(path)
    found = validated(document, Map)
    raise_all(_mistakes(found, document, site))
    return found


def si_of(site: Site, target: str) -> str:
    """SI unit of a signal; commands have none [-]."""
    return site.signals[target].si_unit if target in site.signals else "-"


def unit_of_target(site: Site, target: str) -> str:
    """Unit in which a column is read whose map does not say one."""
    return site.signals[target].unit if target in site.signals else "-"


def _mistakes(found: Map, document: Document, site: Site) -> list[Mistake]:
    mistakes: list[Mistake] = []
    if found.site != site.site:
        mistakes.append(wrong(document, ("site",), f"must be {site.site!r}, the site asked for"))
    commands = site.commands
    taken: dict[str, str] = {}
    for name, column in found.columns.items():
        key = ("columns", name)
        if column.signal is not None and column.signal not in site.signals:
            mistakes.append(
                unknown_word(document, (*key, "signal"), "signal", column.signal, site.signals)
            )
        elif column.command is not None and column.command not in commands:
            mistakes.append(
                unknown_word(document, (*key, "command"), "command", column.command, commands)
            )
        elif (target := column.target) is not None:
            kind = "signal" if column.signal is not None else "command"
            if target in taken:
                rule = f"{target} is column {taken[target]!r} already"
                mistakes.append(wrong(document, (*key, kind), rule))
            taken.setdefault(target, name)
            try:
                scale_of(column.unit or unit_of_target(site, target), si_of(site, target), 1.0)
            except BadInput as error:
                mistakes.append(wrong(document, (*key, "unit"), str(error)))
    for name, amount in found.constants.items():
        key = ("constants", name)
        if name not in site.signals and name not in commands:
            mistakes.append(
                unknown_word(document, key, "signal or command", name, [*site.signals, *commands])
            )
            continue
        if name in taken:
            mistakes.append(wrong(document, key, f"is column {taken[name]!r} already"))
        try:
            amount.to(si_of(site, name))
        except BadInput as error:
            mistakes.append(wrong(document, key, str(error)))
    return mistakes
