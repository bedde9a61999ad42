"""The memory of a device, from its master's side and from its own."""

import struct

import pytest

from twin.errors import BadInput
from twin.registers import (
    BadValue,
    Header,
    IllegalAddress,
    IllegalValue,
    Point,
    RegisterBank,
    RegisterMap,
)

POINTS = [
    Point("beat", "hr", 0, "uint16", access="rw", tag="heartbeat"),
    Point("T", "hr", 1, "int16", scale=0.01, unit="degC", access="rw", min=-50, max=150,
          nan=-32768, tag="sensor"),
    Point("m", "hr", 2, "float32", "CDAB", access="rw", min=0, max=100, tag="sensor"),
    Point("fixed", "hr", 4, "uint16", default=7.0),
    Point("sp", "hr", 10, "int16", scale=0.1, access="rw", min=0, max=90, tag="setting",
          default=40.0, nv=True),
    Point("note", "hr", 11, "string4", access="rw", default="abcd"),
    Point("u", "ir", 0, "uint16", scale=0.01, tag="command"),
    Point("alarm", "ir", 1, "bool", bit=2),
    Point("ready", "ir", 1, "bool", bit=0),
    Point("enable", "co", 0, "bool", access="rw", tag="setting", default=1.0),
    Point("sealed", "co", 1, "bool"),
    Point("trip", "di", 3, "bool"),
    Point("W", "ir", 5, "int16", scale_ref="W_SF", default=120.0),
    Point("W_SF", "ir", 6, "int16", default=1.0),
]  # fmt: skip


@pytest.fixture
def bank() -> RegisterBank:
    ordered = [*POINTS[:-2], POINTS[-1], POINTS[-2]]
    return RegisterBank(RegisterMap("m.csv", Header(), {p.name: p for p in ordered}))


def test_points_start_at_default_or_no_value_or_zero(bank):
    assert (bank.get("sp"), bank.get("fixed"), bank.get("beat")) == (40.0, 7.0, 0.0)
    assert bank.get("T") is None
    assert bank.get("m") is None
    assert bank.get_text("note") == "abcd"
    assert bank.get("W") == 120.0
    assert bank.read_registers("ir", 5, 2) == struct.pack(">hh", 12, 1)


def test_a_master_reads_what_the_device_set(bank):
    bank.set("T", -12.34)
    bank.set("m", 1.5)
    assert bank.read_registers("hr", 1, 3) == struct.pack(">hHH", -1234, 0, 0x3FC0)
    bank.set("u", 55.5)
    bank.set("alarm", 1.0)
    bank.set("ready", 1.0)
    assert bank.read_registers("ir", 0, 2) == struct.pack(">HH", 5550, 5)
    bank.set("alarm", 0.0)
    assert bank.read_registers("ir", 1, 1) == b"\0\1"


def test_the_device_sees_what_a_master_wrote(bank):
    bank.write_registers(0, struct.pack(">HhHH", 9, 2500, 0, 0x4120))
    assert (bank.get("beat"), bank.get("T"), bank.get("m")) == (9.0, 25.0, 10.0)
    bank.write_bits(0, 1, b"\0")
    assert bank.get("enable") == 0.0
    assert bank.read_bits("co", 0, 2) == b"\0"
    bank.set("trip", 1.0)
    assert bank.read_bits("di", 3, 1) == b"\1"
    bank.write_registers(11, b"xy\0\0")
    assert bank.get_text("note") == "xy"


@pytest.mark.parametrize(
    ("table", "address", "count"),
    [("hr", 4, 2), ("hr", 5, 1), ("hr", 13, 1), ("hr", 65535, 2), ("ir", 2, 1), ("hr", -1, 1)],
)
def test_an_address_that_is_not_there_cannot_be_read(bank, table, address, count):
    with pytest.raises(IllegalAddress):
        bank.read_registers(table, address, count)


def test_bits_that_are_not_there(bank):
    for table, address, count in [("di", 0, 1), ("di", 3, 2), ("co", 2, 1)]:
        with pytest.raises(IllegalAddress):
            bank.read_bits(table, address, count)
    with pytest.raises(IllegalAddress, match="sealed is read-only"):
        bank.write_bits(0, 2, b"\3")
    assert bank.get("sealed") == 0.0


@pytest.mark.parametrize("address", [4, 5, 9])
def test_an_address_that_is_not_there_or_not_writable_cannot_be_written(bank, address):
    with pytest.raises(IllegalAddress):
        bank.write_registers(address, b"\0\1")


def test_a_write_beyond_the_limits_leaves_everything_as_it_was(bank):
    bank.write_registers(0, struct.pack(">HhHH", 1, 100, 0, 0x4120))
    before = bank.read_registers("hr", 0, 4), bank.writes, bank.settings_version
    for payload in (
        struct.pack(">HhHH", 2, 20000, 0, 0x4120),
        struct.pack(">HhHH", 2, 100, 0, 0x4300),
    ):
        with pytest.raises(IllegalValue, match="must be"):
            bank.write_registers(0, payload)
    with pytest.raises(IllegalValue, match=r"sp = 90\.1"):
        bank.write_registers(10, struct.pack(">h", 901))
    assert (bank.read_registers("hr", 0, 4), bank.writes, bank.settings_version) == before


def test_a_write_that_cuts_a_wide_point_is_judged_by_what_results(bank):
    bank.set("m", 10.0)
    bank.write_registers(3, b"\x41\xa0")  # upper word: 20.0
    assert bank.get("m") == 20.0
    with pytest.raises(IllegalValue):
        bank.write_registers(3, b"\x43\x00")  # 128.0
    assert bank.get("m") == 20.0


def test_no_value_may_be_written_where_there_is_a_word_for_it(bank):
    bank.write_registers(1, b"\x80\x00")
    assert bank.get("T") is None
    bank.write_registers(2, struct.pack(">HH", 0, 0x7FC0))
    assert bank.get("m") is None


def test_counters_of_writes_and_settings(bank):
    writes, version = bank.writes, bank.settings_version
    bank.write_registers(0, b"\0\1")
    assert (bank.writes, bank.settings_version) == (writes + 1, version)
    bank.write_registers(10, b"\0\1")
    assert (bank.writes, bank.settings_version) == (writes + 2, version + 1)
    bank.set("sp", 50.0)
    assert (bank.writes, bank.settings_version) == (writes + 2, version + 2)
    bank.set("u", 1.0)
    assert bank.settings_version == version + 2


def test_a_view_reads_and_writes_neighbours_at_once(bank):
    view = bank.view(("T", "m"), {"T": (1.0, 273.15)})
    view.write([300.0, 2.0])
    assert bank.get("T") == pytest.approx(26.85)
    assert view.read() == [pytest.approx(300.0), 2.0]
    with pytest.raises(BadValue, match="T = "):
        view.write([1000.0, 3.0])
    assert bank.get("m") == 2.0


@pytest.mark.parametrize("names", [("m", "T"), ("T", "fixed"), ("T", "u"), ("enable",)])
def test_a_view_over_what_does_not_lie_together_is_refused(bank, names):
    with pytest.raises(BadInput, match="neighbouring registers"):
        bank.view(names)


def test_an_unknown_name_is_refused_with_the_nearest(bank):
    with pytest.raises(BadInput, match="did you mean 'enable'"):
        bank.get("enabel")
