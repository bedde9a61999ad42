"""Registers: what a device keeps at which Modbus address, and the numbers in them."""

from twin.registers.bank import IllegalAddress, IllegalValue, RegisterBank, View
from twin.registers.block import Block, plan_blocks
from twin.registers.codec import BadValue, decode, encode
from twin.registers.limits import BlockLimits, Breach, Limit
from twin.registers.point import Point, Table, Tag
from twin.registers.register_map import Header, RegisterMap, load_map

__all__ = [
    "BadValue",
    "Block",
    "BlockLimits",
    "Breach",
    "Header",
    "IllegalAddress",
    "IllegalValue",
    "Limit",
    "Point",
    "RegisterBank",
    "RegisterMap",
    "Table",
    "Tag",
    "View",
    "decode",
    "encode",
    "load_map",
    "plan_blocks",
]
