"""Registers: what a device keeps at which Modbus address, and the numbers in them."""

from twin.registers.bank import IllegalAddress, IllegalValue, RegisterBank, View
from twin.registers.block import Block, Exponents, plan_blocks, scale_of
from twin.registers.codec import BadValue, decode, decode_text, encode, encode_text, merge
from twin.registers.limits import BlockLimits, Breach, Limit
from twin.registers.point import Point, Table, Tag
from twin.registers.readings import all_readings, value_of, word_of
from twin.registers.register_map import Header, RegisterMap, load_map
from twin.registers.scales import read_along

__all__ = [
    "BadValue",
    "Block",
    "BlockLimits",
    "Breach",
    "Exponents",
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
    "all_readings",
    "decode",
    "decode_text",
    "encode",
    "encode_text",
    "load_map",
    "merge",
    "plan_blocks",
    "read_along",
    "scale_of",
    "value_of",
    "word_of",
]
