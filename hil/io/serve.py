"""A map that becomes a device: its registers in memory, and what masters do to them told."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from twin.errors import BadInput, refuse, unknown
from twin.registers import (
    BadValue,
    IllegalAddress,
    IllegalValue,
    Point,
    RegisterBank,
    RegisterMap,
    Table,
)
from twin.signals import outside

Tell = Callable[[str], None]


def bank_of(register_map: RegisterMap, settings: Sequence[str]) -> RegisterBank:
    """The memory of a device at its defaults, with each `NAME=VALUE` of `settings` set.

    Raises:
        BadInput: no such point, no number, or a value that its limits or registers refuse.
    """
    bank = RegisterBank(register_map)
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals:
            raise refuse("--set", text, "must be NAME=VALUE")
        if name not in register_map.points:
            raise unknown("--set", "point", name, register_map.points)
        _set(bank, register_map.points[name], value)
    return bank


def _set(bank: RegisterBank, point: Point, text: str) -> None:
    place = f"--set {point.name}"
    try:
        if point.is_text:
            bank.set_text(point.name, text)
            return
        bank.set(point.name, _number(place, point, text))
    except BadValue as error:
        raise BadInput(f"{place}: {error}") from None


def _number(place: str, point: Point, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise refuse(place, text, "must be a number") from None
    if rule := outside(value, point.min, point.max, point.unit):
        raise refuse(place, value, rule)
    return value


def identity_of(register_map: RegisterMap) -> Mapping[int, bytes]:
    """What the device says of itself to function 43: vendor, product, revision."""
    header = register_map.header
    words = (header.vendor or "hukka", Path(register_map.file).stem, header.revision or "-")
    return {key: word.encode("utf-8")[:200] for key, word in enumerate(words)}


class ToldMemory:
    """A bank that tells each request of `who`: its registers, of writes also points and values."""

    def __init__(self, who: str, bank: RegisterBank, tell: Tell) -> None:
        self._who = who
        self._bank = bank
        self._tell = tell

    def read_registers(self, table: Table, address: int, count: int, /) -> bytes:
        """Registers of `hr` or `ir`, big-endian."""
        with self._told("reads", table, address, count):
            return self._bank.read_registers(table, address, count)

    def write_registers(self, address: int, payload: bytes, /) -> None:
        """Put big-endian registers into `hr`."""
        with self._told("writes", "hr", address, len(payload) // 2):
            self._bank.write_registers(address, payload)

    def read_bits(self, table: Table, address: int, count: int, /) -> bytes:
        """Bits of `co` or `di`, eight to a byte, lowest address in bit 0."""
        with self._told("reads", table, address, count):
            return self._bank.read_bits(table, address, count)

    def write_bits(self, address: int, count: int, payload: bytes, /) -> None:
        """Put packed bits into `co`."""
        with self._told("writes", "co", address, count):
            self._bank.write_bits(address, count, payload)

    def _told(self, verb: str, table: Table, address: int, count: int) -> "_Told":
        return _Told(self, verb, table, address, count)

    def tell(self, verb: str, place: str, names: str) -> None:
        """Pass one line on."""
        self._tell(f"{self._who}: {verb} {place}{names}")

    def values(self, table: Table, address: int, count: int) -> str:
        """Points that lie there with what they hold now, for a line about a write."""
        touched = [
            point
            for point in self._bank.map.points.values()
            if point.table == table and point.address < address + count and point.end > address
        ]
        return ", ".join(f"{p.name} = {self._held(p)}" for p in touched)

    def _held(self, point: Point) -> str:
        if point.is_text:
            return repr(self._bank.get_text(point.name))
        value = self._bank.get(point.name)
        word = "no value" if value is None else f"{value:g}"
        return word if point.unit == "-" else f"{word} {point.unit}"


class _Told:
    """Tells a request when it is over, with how it ended."""

    def __init__(
        self, memory: ToldMemory, verb: str, table: Table, address: int, count: int
    ) -> None:
        self._memory = memory
        self._verb = verb
        self._span = (table, address, count)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        table, address, count = self._span
        last = address + count - 1
        place = f"{table} {address}" if count == 1 else f"{table} {address}..{last}"
        ending = ""
        if isinstance(error, IllegalAddress | IllegalValue):
            ending = f": refused, exception {error.modbus_code}: {error}"
        elif self._verb == "writes":
            ending = f": {self._memory.values(table, address, count)}"
        self._memory.tell(self._verb, place, ending)
