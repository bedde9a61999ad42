"""The memory of a device: four tables in which only the addresses of its map exist."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from twin.errors import BadInput, HukkaError
from twin.registers.block import Block, plan_blocks, scale_of
from twin.registers.codec import decode, decode_text, encode, encode_text, merge
from twin.registers.limits import BlockLimits, Limit
from twin.registers.point import BIT_TABLES, TABLES, Point
from twin.registers.register_map import RegisterMap


class IllegalAddress(HukkaError):
    """Somebody asked for an address that the device does not have (Modbus exception 2)."""

    modbus_code: Final = 2


class IllegalValue(HukkaError):
    """Somebody wrote a value beyond the limits of its point (Modbus exception 3)."""

    modbus_code: Final = 3


@dataclass(frozen=True, slots=True)
class _Write:
    """What a master's write to one range of holding registers touches, worked out once.

    `limits` are those of the numbers among it; `exactly` says that it is them and nothing else.
    """

    limits: BlockLimits | None
    exactly: bool
    touches_settings: bool


class _Table:
    """Registers (2 bytes an address) or bits (1 byte an address), and which addresses exist."""

    def __init__(self, width: int, points: Sequence[Point]) -> None:
        size = max((point.end for point in points), default=0)
        self.data = bytearray(width * size)
        self.missing = bytearray(b"\1" * size)
        for point in points:
            self.missing[point.address : point.end] = bytes(point.registers)

    def require(self, table: str, address: int, count: int) -> None:
        end = address + count
        if address < 0 or end > len(self.missing) or self.missing.find(1, address, end) >= 0:
            raise IllegalAddress(f"{table} {address} to {end - 1}: not all of them exist")


class RegisterBank:
    """The tables of one device, as its master sees them and as the device itself does.

    A master reads and writes raw addresses and is held to the map; the device gets and sets
    points by name. `writes` counts what masters wrote; `settings_version` changes with every
    write, of either side, that may have changed a setting. Points start at their default,
    else at "no value", else at 0.
    """

    def __init__(self, register_map: RegisterMap) -> None:
        self.map = register_map
        self.writes = 0
        self.settings_version = 0
        points = register_map.points.values()
        self._tables: dict[str, _Table] = {
            table: _Table(
                1 if table in BIT_TABLES else 2, [point for point in points if point.table == table]
            )
            for table in TABLES
        }
        self._write_plans: dict[tuple[int, int], _Write] = {}
        for point in sorted(points, key=lambda point: point.scale_ref is not None):
            self._start(point)

    # what a master does

    def read_registers(self, table: str, address: int, count: int) -> bytes:
        """`count` registers of `hr` or `ir`, big-endian; IllegalAddress where one is missing."""
        memory = self._tables[table]
        memory.require(table, address, count)
        return bytes(memory.data[2 * address : 2 * (address + count)])

    def write_registers(self, address: int, payload: bytes) -> None:
        """Write holding registers; all or nothing.

        Raises:
            IllegalAddress: an address does not exist or is read-only.
            IllegalValue: a point would leave its limits, or lose a value it cannot miss.
        """
        count = len(payload) // 2
        plan = self._write_plans.get((address, count))
        if plan is None:
            plan = self._write_plans[address, count] = self._plan_write(address, count)
        data = self._tables["hr"].data
        if plan.limits is not None:
            block = plan.limits.block
            numbers = payload if plan.exactly else self._afterwards(block, address, payload)
            if (breach := plan.limits.breach(numbers)) is not None:
                raise IllegalValue(
                    f"{breach.point.name} = {breach.value}: "
                    f"must be {breach.limit.low:g} to {breach.limit.high:g}"
                )
        data[2 * address : 2 * (address + count)] = payload
        self.writes += 1
        self.settings_version += plan.touches_settings

    def read_bits(self, table: str, address: int, count: int) -> bytes:
        """`count` coils or discrete inputs, packed from the lowest bit up as in the PDU."""
        memory = self._tables[table]
        memory.require(table, address, count)
        word = 0
        for i, bit in enumerate(memory.data[address : address + count]):
            word |= bit << i
        return word.to_bytes((count + 7) // 8, "little")

    def write_bits(self, address: int, count: int, payload: bytes) -> None:
        """Write `count` coils from packed bits; IllegalAddress where one is missing or fixed."""
        memory = self._tables["co"]
        memory.require("co", address, count)
        self._refuse_fixed("co", address, count)
        word = int.from_bytes(payload, "little")
        memory.data[address : address + count] = bytes(word >> i & 1 for i in range(count))
        self.writes += 1
        self.settings_version += 1

    # what the device does

    def get(self, name: str) -> float | None:
        """Value of a point [its unit], None where it holds its sentinel."""
        point = self.map.point(name)
        data = self._tables[point.table].data
        if point.table in BIT_TABLES:
            return float(data[point.address])
        words = data[2 * point.address : 2 * point.end]
        scale = self._scale(point)
        return decode(point, struct.unpack(f">{point.registers}H", words), scale)

    def set(self, name: str, value: float | None) -> None:
        """Set a point [its unit]; None is its sentinel. BadValue where it does not fit."""
        point = self.map.point(name)
        registers = encode(point, value, self._scale(point))
        data = self._tables[point.table].data
        if point.table in BIT_TABLES:
            data[point.address] = registers[0]
        else:
            held = struct.unpack_from(f">{point.registers}H", data, 2 * point.address)
            registers = merge(point, registers, held)
            struct.pack_into(f">{len(registers)}H", data, 2 * point.address, *registers)
        self.settings_version += _is_setting(point)

    def get_text(self, name: str) -> str:
        """Characters of a string point."""
        point = self.map.point(name)
        data = self._tables[point.table].data
        return decode_text(point, bytes(data[2 * point.address : 2 * point.end]))

    def set_text(self, name: str, text: str) -> None:
        """Fill a string point; BadValue where it is too long or not ASCII."""
        point = self.map.point(name)
        payload = encode_text(point, text)
        self._tables[point.table].data[2 * point.address : 2 * point.end] = payload

    def view(
        self,
        names: Sequence[str],
        conversions: Mapping[str, tuple[float, float]] | None = None,
    ) -> "View":
        """Fast access to neighbouring registers; `names` in the order of their addresses.

        Raises:
            BadInput: the points do not lie side by side, in this order, in one register table.
        """
        points = [self.map.point(name) for name in names]
        blocks = plan_blocks(points, 65536, 0, conversions)
        if len(blocks) != 1 or blocks[0].names != tuple(names) or blocks[0].table in BIT_TABLES:
            found = "; ".join(map(repr, blocks))
            raise BadInput(
                f"{self.map.file}: {', '.join(names)} must be neighbouring registers: {found}"
            )
        return self.view_of(blocks[0])

    def view_of(self, block: Block) -> "View":
        """Fast access to a block of registers, in the block's units."""
        return View(block, self._tables[block.table].data)

    def save(self) -> dict[str, bytes]:
        """The contents of all tables."""
        return {name: bytes(table.data) for name, table in self._tables.items()}

    def load(self, tables: Mapping[str, bytes]) -> None:
        """Take contents that `save` gave; BadInput, and nothing taken, if from another map."""
        sizes = {name: len(data) for name, data in tables.items()}
        if sizes != {name: len(table.data) for name, table in self._tables.items()}:
            raise BadInput(f"{self.map.file}: the contents are those of another map")
        for name, data in tables.items():
            self._tables[name].data[:] = data  # in place: views look at this memory
        self.settings_version += 1

    def _start(self, point: Point) -> None:
        if point.is_text:
            self.set_text(point.name, str(point.default or ""))
        elif point.default is not None:
            self.set(point.name, float(point.default))
        elif point.can_miss:
            self.set(point.name, None)

    def _scale(self, point: Point) -> float | None:
        if point.scale_ref is None:
            return None
        return scale_of(self.get(point.scale_ref))

    def _refuse_fixed(self, table: str, address: int, count: int) -> list[Point]:
        touched = [
            point
            for point in self.map.points.values()
            if point.table == table and point.address < address + count and point.end > address
        ]
        for point in touched:
            if not point.writable:
                raise IllegalAddress(f"{table} {address}: {point.name} is read-only")
        return touched

    def _plan_write(self, address: int, count: int) -> _Write:
        self._tables["hr"].require("hr", address, count)
        touched = self._refuse_fixed("hr", address, count)
        numbers = [p for p in touched if not (p.is_text or p.scale_ref)]
        limits, exactly = None, False
        for block in plan_blocks(numbers, 65536, 65536):  # one, or none in a write of text
            limits = BlockLimits(block, [_limit(point) for point in block.points])
            exactly = (block.address, block.count) == (address, count)
        return _Write(limits, exactly, any(_is_setting(point) for point in touched))

    def _afterwards(self, block: Block, address: int, payload: bytes) -> bytes:
        """What `block` would hold: a write may cut a wide point, or carry text too."""
        first, last = 2 * block.address, 2 * (block.address + block.count)
        start, stop = 2 * address, 2 * address + len(payload)
        whole = bytearray(self._tables["hr"].data[min(first, start) : max(last, stop)])
        begin = start - min(first, start)
        whole[begin : begin + len(payload)] = payload
        return bytes(whole[first - min(first, start) :][: last - first])


class View:
    """Neighbouring points of a bank, read and written by the device in one step."""

    __slots__ = ("_data", "_slice", "block", "names")

    def __init__(self, block: Block, data: bytearray) -> None:
        self.block = block
        self.names = block.names
        self._data = data
        self._slice = slice(2 * block.address, 2 * (block.address + block.count))

    def read(self) -> Sequence[float | None]:
        """Values in the order of `names`, None where there is no value."""
        return self.block.decode(self._data[self._slice])

    def write(self, values: Sequence[float]) -> None:
        """Set all of them; BadValue where one does not fit, and then none is set."""
        self._data[self._slice] = self.block.encode(values)


def _is_setting(point: Point) -> bool:
    return point.tag == "setting"


def _limit(point: Point) -> Limit:
    low = float("-inf") if point.min is None else point.min
    high = float("inf") if point.max is None else point.max
    # a sensor may be out of order, a setting always has a value
    may_miss = point.tag == "sensor" and point.can_miss
    return Limit(low, high, may_miss)
