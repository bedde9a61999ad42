"""SunSpec: find the models of a device, and lay a model's definition over its registers.

Definitions are the JSON files of the SunSpec alliance, or anything of their form.
Sources: SunSpec Device Information Model Specification V1.1 (types, "not implemented" values,
discovery at 40000, 50000 and 0, chain of id and length that ends with id 0xFFFF).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from twin.errors import BadInput
from twin.registers.point import Point

MARKER: Final = (0x5375, 0x6E53)
"""The characters "SunS", by which a SunSpec device is known."""
BASES: Final = (40000, 50000, 0)
"""Addresses at which the marker may be, in the order in which to look."""
END: Final = 0xFFFF
"""Id of the model that ends the chain."""


class Placed(NamedTuple):
    """A model in a device: `address` is that of its id, `length` counts what follows the length."""

    id: int
    address: int
    length: int


class Chain(NamedTuple):
    """The models behind the marker at `base`, in their order; `broken` is why it goes no further.

    It is empty when the chain is ended by its end model, as it should be.
    """

    base: int
    models: list[Placed]
    broken: str


Read = Callable[[int, int], Sequence[int] | None]
"""Gives so many holding registers from an address, or None where it cannot."""


def find_marker(read: Read) -> int | None:
    """The base at which a device has the marker of SunSpec; None where it has none."""
    for base in BASES:
        found = read(base, 2)
        if found is not None and tuple(found) == MARKER:
            return base
    return None


def discover(read: Read) -> Chain | None:
    """Models of a device; None when it has no marker at any base."""
    base = find_marker(read)
    if base is None:
        return None
    models: list[Placed] = []
    address = base + 2
    while address <= END - 1:
        head = read(address, 2)
        if head is None:
            return Chain(base, models, f"the head of a model cannot be read at {address}")
        model, length = head
        if model == END:
            return Chain(base, models, "")
        models.append(Placed(model, address, length))
        address += 2 + length
    return Chain(base, models, "it runs beyond the last address without its end model")


class _Type(NamedTuple):
    """How a SunSpec type lies in registers, and the raw number for "not implemented"."""

    type: str
    nan: float | None


_TYPES: Final[Mapping[str, _Type]] = {
    "int16": _Type("int16", -(2**15)),
    "uint16": _Type("uint16", 0xFFFF),
    "count": _Type("uint16", 0),
    "acc16": _Type("uint16", 0),
    "enum16": _Type("uint16", 0xFFFF),
    "bitfield16": _Type("uint16", 0xFFFF),
    "sunssf": _Type("int16", -(2**15)),
    "int32": _Type("int32", -(2**31)),
    "uint32": _Type("uint32", 0xFFFFFFFF),
    "acc32": _Type("uint32", 0),
    "enum32": _Type("uint32", 0xFFFFFFFF),
    "bitfield32": _Type("uint32", 0xFFFFFFFF),
    "ipaddr": _Type("uint32", 0),
    "int64": _Type("int64", -(2**63)),
    "uint64": _Type("uint64", 2**64 - 1),
    "acc64": _Type("uint64", 0),
    "bitfield64": _Type("uint64", 2**64 - 1),
    "eui48": _Type("uint64", 2**64 - 1),
    "float32": _Type("float32", None),
    "float64": _Type("float64", None),
}
_SIZES: Final = {"pad": 1, "ipv6addr": 8}
"""Registers of types that give no point."""
SUNSPEC_TYPES: Final = (*_TYPES, *_SIZES, "string")


class Remark(NamedTuple):
    """Something in a definition that no point says: JSON pointer, and a sentence."""

    pointer: str
    text: str


class Laid(NamedTuple):
    """A definition over registers: points, registers taken in all, what is not in the points.

    By name of a point: `units` are SunSpec's words for their units, `bits` what those of bit fields
    mean.
    """

    points: list[Point]
    registers: int
    remarks: list[Remark]
    units: dict[str, str]
    bits: dict[str, dict[int, str]]


class _Layer:
    """Walks a definition and counts registers; what is wrong is a BadInput with its pointer."""

    def __init__(
        self, file: str, address: int, length: int | None, counts: Mapping[str, int]
    ) -> None:
        self.file, self.at, self.counts = file, address, counts
        self.end = None if length is None else address + 2 + length
        self.lost = False
        """Whether a group was left out, so that addresses behind it are not known."""
        self.points: list[Point] = []
        self.remarks: list[Remark] = []
        self.units: dict[str, str] = {}
        self.bits: dict[str, dict[int, str]] = {}

    def group(self, group: object, pointer: str, prefix: str, scales: Mapping[str, str]) -> None:
        if not isinstance(group, Mapping):
            raise self.refuse(pointer, group, "must be an object")
        entries = [
            (f"{pointer}/points/{i}", entry)
            for i, entry in enumerate(self.items(group, pointer, "points"))
        ]
        for where, entry in entries:
            if not isinstance(entry, Mapping):
                raise self.refuse(where, entry, "must be an object")
        # a scale factor may stand behind what it scales, and above it in the tree
        own = {
            str(entry.get("name")): prefix + str(entry.get("name"))
            for _, entry in entries
            if entry.get("type") == "sunssf"
        }
        visible = {**scales, **own}
        for where, entry in entries:
            self.point(entry, where, prefix, visible)
        for i, inner in enumerate(self.items(group, pointer, "groups")):
            self.repeated(inner, f"{pointer}/groups/{i}", prefix, visible)

    def repeated(self, group: object, pointer: str, prefix: str, scales: Mapping[str, str]) -> None:
        if not isinstance(group, Mapping):
            raise self.refuse(pointer, group, "must be an object")
        name, count = self.name(group, pointer), group.get("count", 1)
        if self.lost:
            self.leave(pointer, "lies behind a group that was left out")
            return
        if isinstance(count, str):
            if count not in self.counts:
                self.leave(pointer, f"repeats {count!r} times, which only the device knows")
                return
            count = self.counts[count]
        elif count == 0:
            count = self.as_many_as_fit(group, pointer, scales)
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= END:
            raise self.refuse(f"{pointer}/count", count, "must be a count of groups")
        for i in range(count):
            if self.lost:
                return
            numbered = f"{prefix}{name}." if count == 1 else f"{prefix}{name}.{i + 1}."
            before = self.at
            self.group(group, pointer, numbered, scales)
            if self.at == before and count > 1 and not self.lost:
                raise self.refuse(pointer, name, "repeats and has no points")

    def leave(self, pointer: str, why: str) -> None:
        self.lost = True
        self.remarks.append(Remark(pointer, f"{why}: left out"))

    def as_many_as_fit(self, group: object, pointer: str, scales: Mapping[str, str]) -> int:
        """Count of a group that fills what the model's length leaves."""
        if self.end is None:
            why = "repeats to the end of the model, whose length only the device knows"
            self.leave(pointer, why)
            return 0
        probe = _Layer(self.file, 0, None, self.counts)
        probe.group(group, pointer, "", scales)
        return max(self.end - self.at, 0) // probe.at if probe.at else 0

    def point(
        self, entry: Mapping[str, Any], pointer: str, prefix: str, scales: Mapping[str, str]
    ) -> None:
        name, kind = self.name(entry, pointer), entry.get("type")
        if not isinstance(kind, str):
            raise self.refuse(f"{pointer}/type", kind, "must be a word")
        size = entry.get("size")
        if kind == "string":
            if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= 125:
                raise self.refuse(f"{pointer}/size", size, "a string has 1 to 125 registers")
            self.add(entry, pointer, prefix + name, _Type(f"string{2 * size}", None), scales)
        elif kind in _SIZES:
            if kind != "pad":
                self.remarks.append(Remark(pointer, f"{prefix}{name}: {kind} is no point here"))
            self.advance(_SIZES[kind], pointer)
        elif kind in _TYPES:
            self.add(entry, pointer, prefix + name, _TYPES[kind], scales)
        else:
            raise self.refuse(f"{pointer}/type", kind, f"must be {', '.join(SUNSPEC_TYPES)}")

    def add(
        self,
        entry: Mapping[str, Any],
        pointer: str,
        name: str,
        kind: _Type,
        scales: Mapping[str, str],
    ) -> None:
        scale, scale_ref = self.scale(entry, pointer, scales)
        symbols = self.symbols(entry, pointer)
        bits = str(entry.get("type")).startswith("bitfield")
        desc = " ".join(str(entry.get("label") or entry.get("desc") or "").split())
        if bits and symbols:
            self.bits[name] = symbols
            desc += "; bits " + ", ".join(f"{n} {word}" for n, word in symbols.items())
        if entry.get("access") == "RW":
            text = f"{name}: may be written, and says no limits: read only here"
            self.remarks.append(Remark(f"{pointer}/access", text))
        point = Point(
            name, "hr", self.at, kind.type,
            scale=scale, scale_ref=scale_ref, nan=kind.nan,
            enum={} if bits else symbols, desc=desc.strip("; "),
            tag="identity" if kind.type.startswith("string") else "status",
        )  # fmt: skip
        self.points.append(point)
        if isinstance(unit := entry.get("units"), str):
            self.units[name] = unit
        self.advance(point.registers, pointer)

    def scale(
        self, entry: Mapping[str, Any], pointer: str, scales: Mapping[str, str]
    ) -> tuple[float, str | None]:
        factor = entry.get("sf")
        if factor is None:
            return 1.0, None
        if isinstance(factor, int) and not isinstance(factor, bool) and -10 <= factor <= 10:
            return float(f"1e{factor}"), None
        if isinstance(factor, str) and factor in scales:
            return 1.0, scales[factor]
        raise self.refuse(
            f"{pointer}/sf", factor, "must be -10 to 10 or the name of a sunssf point"
        )

    def symbols(self, entry: Mapping[str, Any], pointer: str) -> dict[int, str]:
        found: dict[int, str] = {}
        for i, symbol in enumerate(self.items(entry, pointer, "symbols")):
            where = f"{pointer}/symbols/{i}"
            value = symbol.get("value") if isinstance(symbol, Mapping) else None
            if not isinstance(value, int) or isinstance(value, bool):
                raise self.refuse(where, symbol, "must have a name and a whole value")
            found[value] = self.name(symbol, where)
        return found

    def name(self, entry: object, pointer: str) -> str:
        name = entry.get("name") if isinstance(entry, Mapping) else None
        if not isinstance(name, str) or not name:
            raise self.refuse(f"{pointer}/name", name, "must be a name")
        return name

    def items(self, entry: Mapping[str, Any], pointer: str, key: str) -> list[Any]:
        found = entry.get(key, [])
        if not isinstance(found, list):
            raise self.refuse(f"{pointer}/{key}", found, "must be a list")
        return found

    def advance(self, registers: int, pointer: str) -> None:
        self.at += registers
        if self.at > END + 1:
            raise self.refuse(pointer, self.at, "lies behind the last address")

    def refuse(self, pointer: str, found: object, rule: str) -> BadInput:
        text = repr(found)
        shown = text if len(text) <= 60 else text[:57] + "..."
        return BadInput(f"{self.file}#{pointer} = {shown}: {rule}")


def lay(
    definition: object,
    address: int,
    *,
    file: str = "model",
    pointer: str = "",
    prefix: str = "",
    length: int | None = None,
    counts: Mapping[str, int] | None = None,
) -> Laid:
    """Points of a model whose id register is at `address`, from its SunSpec JSON `definition`.

    `length` is what the device says of the model; it decides how often a last group comes.
    `counts` are values of points by which other groups repeat. Names get `prefix`.

    Raises:
        BadInput: what the definition breaks, with its JSON pointer.
    """
    layer = _Layer(file, address, length, counts or {})
    if not isinstance(definition, Mapping) or "group" not in definition:
        raise layer.refuse(pointer, definition, "must be a SunSpec model with id and group")
    layer.group(definition["group"], f"{pointer}/group", prefix, {})
    return Laid(layer.points, layer.at - address, layer.remarks, layer.units, layer.bits)
