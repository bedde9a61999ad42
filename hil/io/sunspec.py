"""A SunSpec device walked from its marker on: its models, laid over its registers and read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from hil.io.ask import Answer, ask
from hil.io.read import Row, read_once
from hil.io.selection import Selection
from hil.links import pdu
from hil.links.cost import LinkCost
from hil.links.link import Link
from hil.maps.draft import Findings
from hil.maps.finish import Imported, finish
from hil.maps.write import cells_of
from twin.errors import BadInput
from twin.registers import Point
from twin.registers.sunspec import Chain, Laid, Placed, discover, find_marker, lay
from twin.signals import Quality

Definitions = Callable[[int], tuple[str, object] | None]
"""Gives file and definition of a model by its id; None where nobody knows it."""
_SILENT: Final = (Quality.TIMEOUT, Quality.LINK_DOWN)


class Registers:
    """Holding registers of a unit as SunSpec's rules want them read; after a silence, none."""

    def __init__(self, link: Link, unit: int) -> None:
        self.silence: Answer | None = None
        self._link = link
        self._unit = unit

    def read(self, address: int, count: int) -> Sequence[int] | None:
        """So many registers, or None where the device gives none."""
        if self.silence is not None:
            return None
        answer = ask(self._link, self._unit, pdu.read_request("hr", address, count))
        if answer.quality in _SILENT:
            self.silence = answer
        if answer.quality is not Quality.GOOD or answer.reply is None:
            return None
        data = answer.reply[2:]
        return [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]


def marker_at(link: Link, unit: int) -> int | None:
    """Address of the marker by which a SunSpec device is known; None where there is none."""
    return find_marker(Registers(link, unit).read)


@dataclass(frozen=True)
class Model:
    """A model of a device: `name` of its group (empty: nobody knows it), its points by address."""

    placed: Placed
    name: str
    points: tuple[Point, ...]

    @property
    def title(self) -> str:
        """A line about it."""
        at = f"model {self.placed.id} at {self.placed.address}, {self.placed.length} registers"
        return f"{self.name}: {at}" if self.name else f"{at}: no definition of it here"


@dataclass(frozen=True)
class Device:
    """A SunSpec device: where its models are, and what is in them.

    `imported` has all points together, `bits` the words of bit fields by the name of a point.
    """

    chain: Chain
    models: tuple[Model, ...]
    imported: Imported | None
    bits: Mapping[str, Mapping[int, str]]


class _Part(NamedTuple):
    placed: Placed
    name: str
    laid: Laid


@dataclass
class _Walk:
    link: Link
    unit: int
    cost: LinkCost
    definitions: Definitions
    findings: Findings
    names: dict[str, int] = field(default_factory=dict)

    def part(self, placed: Placed) -> _Part | None:
        found = self.definitions(placed.id)
        if found is None:
            return None
        file, definition = found
        name = self._unique(definition, placed)
        try:
            laid = self._laid(placed, file, definition, f"{name}.")
        except (BadInput, RecursionError) as error:
            why = str(error) if isinstance(error, BadInput) else "nested too deeply"
            self.findings.remark(f"model {placed.id}", f"its definition does not fit: {why}")
            return None
        least = max((p.end for p in laid.points), default=placed.address) - placed.address
        if not least <= placed.length + 2 <= laid.registers:  # many leave the pad at the end away
            self.findings.remark(
                f"model {placed.id}",
                f"has {placed.length} registers, its definition {laid.registers - 2}",
            )
        for remark in laid.remarks:
            self.findings.remark(f"{file}#{remark.pointer}", remark.text)
        return _Part(placed, name, laid)

    def _unique(self, definition: object, placed: Placed) -> str:
        group = definition.get("group") if isinstance(definition, dict) else None
        name = group.get("name") if isinstance(group, dict) else None
        word = name if isinstance(name, str) and name else f"model_{placed.id}"
        count = self.names[word] = self.names.get(word, 0) + 1
        return word if count == 1 else f"{word}_{count}"

    def _laid(self, placed: Placed, file: str, definition: object, prefix: str) -> Laid:
        """Lay the model out, asking the device how often its groups repeat."""
        counts: dict[str, int] = {}
        words = set(_counted_by(definition))
        while True:
            laid = lay(
                definition, placed.address, file=file, prefix=prefix, length=placed.length,
                counts=counts,
            )  # fmt: skip
            asked = {p.name.rpartition(".")[2]: p for p in laid.points}
            wanted = [asked[word] for word in words - counts.keys() if word in asked]
            if not wanted:
                return laid
            for row in read_once(self.link, self.unit, Selection(tuple(wanted)), self.cost):
                # what cannot be right would fill the memory: a group has a register at least
                count = int(row.value) if isinstance(row.value, float) else 0
                counts[row.point.name.rpartition(".")[2]] = min(count, placed.length)


def walk(
    link: Link, unit: int, cost: LinkCost, registers: Registers, definitions: Definitions
) -> Device | None:
    """The models of a device; None where it has no marker."""
    chain = discover(registers.read)
    if chain is None:
        return None
    findings = Findings("SunSpec")
    work = _Walk(link, unit, cost, definitions, findings)
    parts = {placed: part for placed in chain.models if (part := work.part(placed)) is not None}
    bits: dict[str, Mapping[int, str]] = {}
    for part in parts.values():
        end = part.placed.address + 2 + part.placed.length
        for point in part.laid.points:
            if point.end <= end:
                unit_word = part.laid.units.get(point.name)
                place = f"model {part.placed.id}"
                findings.add(place, {**cells_of(point), "unit": unit_word})
        bits |= part.laid.bits
    imported = finish(findings, skip=True) if findings.drafts else None
    points = imported.points if imported else []
    models = [
        Model(placed, parts[placed].name if placed in parts else "", _inside(points, placed))
        for placed in chain.models
    ]
    return Device(chain, tuple(models), imported, bits)


def read_device(link: Link, unit: int, cost: LinkCost, device: Device) -> dict[str, Row]:
    """A row for every point of a device, by name."""
    points = device.imported.points if device.imported else ()
    rows = read_once(link, unit, Selection(tuple(points)), cost) if points else ()
    return {row.point.name: row for row in rows}


def bits_in_words(value: float, words: Mapping[int, str]) -> str:
    """The names of the bits that are set in a bit field, by their number where they have none."""
    number = int(value)
    return "|".join(words.get(i, str(i)) for i in range(number.bit_length()) if number >> i & 1)


def _inside(points: Sequence[Point], placed: Placed) -> tuple[Point, ...]:
    end = placed.address + 2 + placed.length
    return tuple(p for p in points if placed.address <= p.address and p.end <= end)


def _counted_by(entry: Any) -> Iterator[str]:  # noqa: ANN401, JSON of others
    """Names of points by which groups of a definition repeat."""
    if isinstance(entry, dict):
        for key in ("group", "groups"):
            yield from _counted_by(entry.get(key))
        if isinstance(entry.get("count"), str):
            yield entry["count"]
    elif isinstance(entry, list):
        for inner in entry:
            yield from _counted_by(inner)
