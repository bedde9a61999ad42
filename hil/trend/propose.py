"""A first map of a data file, by names, units and the look of its times; for people to edit."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hil.trend.guess_time import TimeGuess, guess_time
from hil.trend.mapping import GOOD, Map
from hil.trend.match import Match, match
from hil.trend.piece import Source
from twin.errors import BadInput
from twin.site.model import Site
from twin.trend.finding import Finding, Weight
from twin.trend.units import file_units

_POINT_WORDS = ("point", "tag", "name", "signal", "variable", "sensor", "object", "trend", "id")
_VALUE_WORDS = ("value", "wert", "arvo", "val", "reading")
_QUALITY_WORDS = ("quality", "status", "qualität", "good")


@dataclass(frozen=True)
class Proposal:
    """What was found out; `as_map` and `as_text` say the same."""

    site: Site
    file: str
    what: str
    names: tuple[str, ...]
    """Columns, or points of a long file."""
    units: tuple[str | None, ...]
    time: dict[str, str]
    long: dict[str, str] | None
    quality: str | None
    matches: dict[str, Match]
    assumed: frozenset[str] = frozenset()
    """Columns that may be constant: a monitor was told their value, and asked nobody."""
    guesses: tuple[Finding, ...] = ()
    """What was taken for granted where no map says it."""

    def as_map(self) -> Map:
        """The map with what is sure.

        Raises:
            BadInput: no column could be matched.
        """
        columns = {
            name: self._column(name, unit)
            for name, unit in zip(self.names, self.units, strict=True)
            if self._sure(name)
        }
        if not columns:
            raise BadInput(
                f"{self.file}: no column has the name of a signal or command of"
                f" {self.site.site}; write a map (hukka trend map) and give it with --map"
            )
        said: dict[str, Any] = {"site": self.site.site, "time": self.time, "columns": columns}
        if self.long is not None:
            said["long"] = self.long
        if self.quality is not None:
            said["quality"] = {"column": self.quality}
        return Map.model_validate(said)

    def as_text(self) -> str:
        """The map as YAML, with remarks on what to look at."""
        lines = [
            f"# Map of {self.file} ({self.what}) for the site {self.site.site}.",
            "# Matched by names and units: read it, correct it, then run hukka trend check --map.",
            *(f"# {f.text}" + (f": {f.mend}." if f.mend else ".") for f in self.guesses),
            "",
            f"site: {self.site.site}",
            "time:",
            *(f"  {key}: {_quoted(value)}" for key, value in self.time.items()),
        ]
        if self.long is not None:
            lines += ["long:", *(f"  {k}: {_quoted(v)}" for k, v in self.long.items())]
        if self.quality is not None:
            lines += ["quality:", f"  column: {_quoted(self.quality)}"]
        lines.append("columns:")
        for name, unit in zip(self.names, self.units, strict=True):
            lines += self._lines(name, unit)
        missing = [t for t in self._targets() if t not in self._taken()]
        if missing:
            lines += ["", "# Of the site, and in no column above; a known constant may stand here:"]
            lines += ["# constants:", *(f"#   {target}: " for target in missing)]
        return "\n".join(lines) + "\n"

    def _lines(self, name: str, unit: str | None) -> list[str]:
        found = self.matches.get(name)
        if self._sure(name) and found is not None:
            column = self._column(name, unit)
            body = ", ".join(f"{k}: {_quoted(v)}" for k, v in column.items())
            sure = "" if found.score == 1.0 else f"  # by {found.score:.0%} of the words"
            return [f"  {_quoted(name)}: {{{body}}}{sure}"]
        why = "no signal or command has a name like it"
        if found is not None:
            why = f"{found.target} or {found.second}?"
        unit_said = "" if unit is None else f", in {unit}"
        return [f"  {_quoted(name)}: {{ignore: true}}  # {why}{unit_said}"]

    def _sure(self, name: str) -> bool:
        return name in self.matches and self.matches[name].second is None

    def _column(self, name: str, unit: str | None) -> dict[str, Any]:
        target = self.matches[name].target
        kind = "signal" if target in self.site.signals else "command"
        said: dict[str, Any] = {kind: target}
        if unit in file_units():
            said["unit"] = unit
        if name in self.assumed:
            said["accept"] = ["constant"]
        return said

    def _targets(self) -> list[str]:
        return [*self.site.signals, *self.site.commands]

    def _taken(self) -> set[str]:
        return {m.target for m in self.matches.values() if m.second is None}


def propose(site: Site, source: Source, file: str) -> Proposal:
    """What the columns of a source seem to be.

    Raises:
        BadInput: no column of it is a time.
    """
    if source.what == "run folder":
        return _of_record(site, source, file, "seconds")
    if source.what == "data folder":
        return _of_record(site, source, file, "epoch_s")
    sample, last = _sample(source)
    if not sample:
        raise BadInput(f"{file}: no row of values below the names of the columns")
    time = guess_time(source.names, sample, last)
    if time is None:
        raise BadInput(f"{file}: no column reads as times; write a map with time.column and format")
    of_time = {time.column} if time.clock is None else {time.column, time.clock}
    said = {"column": source.names[time.column], "format": time.format, "zone": "UTC"}
    if time.clock is not None:
        said["clock"] = source.names[time.clock]
    guesses = _guessed_times(said, time)
    folded = [n.casefold() for n in source.names]
    value = _with_word(folded, _VALUE_WORDS, of_time)
    point = _with_word(folded, _POINT_WORDS, of_time)
    is_long = value is not None and point is not None and len(source.names) <= 8 and point != value
    quality, more = _quality(source.names, sample, of_time, is_long)
    guesses += more
    quality_name = None if quality is None else source.names[quality]
    if is_long and value is not None and point is not None:
        names = tuple(dict.fromkeys(_points(source, point)))
        units: tuple[str | None, ...] = tuple(_unit(p) for p in names)
        long: dict[str, str] | None = {"point": source.names[point], "value": source.names[value]}
    else:
        kept = [i for i in range(len(source.names)) if i not in (*of_time, quality)]
        names = tuple(source.names[i] for i in kept)
        units, long = tuple(source.units[i] for i in kept), None
    return Proposal(
        site, file, source.what, names, units, said, long, quality_name,
        match(site, names, units), guesses=tuple(guesses),
    )  # fmt: skip


def _guessed_times(said: Mapping[str, str], time: TimeGuess) -> list[Finding]:
    """What the times were taken for, and what else they could be."""
    where = " and ".join(repr(said[key]) for key in ("column", "clock") if key in said)
    read = f"the times in {where} are read as {time.format}"
    guesses = []
    if not time.zoned and time.format not in ("epoch_s", "epoch_ms", "seconds"):
        text = f"{read}, in {said['zone']}"
        mend = "say in time.zone where the clock stands"
        guesses.append(Finding("times", Weight.OPEN, (), text, mend))
    if time.others:
        text = f"{read}, and could be read as {' or '.join(time.others[:3])}"
        guesses.append(Finding("times", Weight.LOOK, (), text, "say time.format"))
    return guesses


def _quality(
    names: Sequence[str], sample: Sequence[Sequence[str]], of_time: set[int], is_long: bool
) -> tuple[int | None, list[Finding]]:
    """The column that says whether the values of a row may be believed, and what to look at.

    In a file of many points `pump status` is one of them: a quality mostly says that all is well.
    """
    said: list[Finding] = []
    for i, name in enumerate(names):
        if _with_word([name.casefold()], _QUALITY_WORDS, set()) is None or i in of_time:
            continue
        words = Counter(row[i].strip().casefold() for row in sample if i < len(row))
        fine = sum(words[w] for w in GOOD)
        shown = ", ".join(repr(w) for w, _ in words.most_common(3))
        if is_long or (2 * fine > words.total() and fine > words[""]):
            text = f"{name!r} is taken to say whether a row may be believed; it says {shown}"
            return i, [
                *said,
                Finding(
                    "words", Weight.OPEN, (), text, "quality of another column, if it does not"
                ),
            ]
        text = f"{name!r} is not taken to say whether a row may be believed; it says {shown}"
        said.append(
            Finding("words", Weight.OPEN, (), text, f"quality: {{column: {name!r}}}, if it does")
        )
    return None, said


def _of_record(site: Site, source: Source, file: str, time: str) -> Proposal:
    known = {*site.signals, *site.commands}
    found = {n: n.rpartition(":")[0] for n in source.names[1:]}
    matches = {n: Match(t, 1.0, None) for n, t in found.items() if t in known}
    assumed: frozenset[str] = frozenset()
    if source.what == "data folder":
        read = {signal for c in site.controllers.values() for signal in c.sensors.values()}
        assumed = frozenset(n for n, t in found.items() if t in site.signals and t not in read)
    return Proposal(
        site, file, source.what, source.names[1:], source.units[1:],
        {"column": source.names[0], "format": time, "zone": "UTC"}, None, None, matches,
        assumed,
    )  # fmt: skip


def _sample(source: Source) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """The first rows of a source as text, and its last one where that is known."""
    from hil.trend.csv_source import CsvSource
    from hil.trend.parquet_source import ParquetSource

    if isinstance(source, CsvSource):
        return source.head.sample, source.head.last
    if isinstance(source, ParquetSource):
        return source.sample(), ()
    return (), ()


def _points(source: Source, column: int) -> list[str]:
    """All points of a long file, in the order of their first row."""
    from hil.trend.piece import Lost

    seen: dict[str, None] = {}
    for piece in source.pieces(Lost()):
        _, words = piece.texts(column)
        seen.update(dict.fromkeys(w for w in words if w))
        if len(seen) > 10_000:
            raise BadInput("more than 10000 points: is it the right column?")
    return list(seen)


def _with_word(names: list[str], words: tuple[str, ...], but: set[int]) -> int | None:
    for i, name in enumerate(names):
        parts = name.replace("_", " ").replace("-", " ").split()
        if i not in but and any(word in parts or name == word for word in words):
            return i
    return None


def _unit(name: str) -> str | None:
    from hil.trend.words import name_and_unit

    return name_and_unit(name)[1]


def _quoted(value: object) -> str:
    """A YAML scalar; JSON's strings are YAML's."""
    import json

    if isinstance(value, list):
        return f"[{', '.join(map(_quoted, value))}]"
    text = str(value)
    plain = text.replace("_", "").replace(".", "").replace("/", "").isalnum() and text[0].isalpha()
    if plain and text.casefold() not in (
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
        "null",
        "y",
        "n",
    ):
        return text
    return json.dumps(text, ensure_ascii=False)
