"""SunSpec devices: found, walked, and laid out from definitions in SunSpec's JSON form."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.errors import BadInput
from twin.registers import Block, decode_text
from twin.registers.sunspec import BASES, Chain, Placed, discover, lay


def device(base: int, models: list[tuple[int, int]], end: int = 0xFFFF) -> dict[int, int]:
    words = [0x5375, 0x6E53]
    for model, length in models:
        words += [model, length, *[0] * length]
    return dict(enumerate([*words, end, 0], base))


def reader(memory: dict[int, int]):
    def read(address: int, count: int) -> list[int] | None:
        found = [memory.get(a) for a in range(address, address + count)]
        return None if None in found else found

    return read


@given(
    st.sampled_from(BASES),
    st.lists(st.tuples(st.integers(1, 65000), st.integers(0, 300)), max_size=8),
)
def test_the_chain_is_walked_wherever_it_begins(base, models):
    found = discover(reader(device(base, models)))
    assert found is not None
    assert (found.base, found.broken) == (base, "")
    assert [(placed.id, placed.length) for placed in found.models] == models
    at = base + 2
    for placed in found.models:
        assert placed.address == at
        at += 2 + placed.length


def test_a_device_that_is_none_and_chains_that_break():
    assert discover(reader({40000: 1, 40001: 2})) is None
    memory = device(40000, [(1, 66), (103, 50)])
    del memory[40070]
    first = Placed(1, 40002, 66)
    assert discover(reader(memory)) == Chain(
        40000, [first], "the head of a model cannot be read at 40070"
    )
    endless = discover(lambda address, count: MARK if address == 40000 else [7, 60000])
    assert endless is not None
    assert len(endless.models) == 1
    assert endless.broken == "it runs beyond the last address without its end model"
    assert discover(reader(device(0, [(1, 66)]))) == Chain(0, [Placed(1, 2, 66)], "")


MARK = [0x5375, 0x6E53]


def entry(name: str, kind: str, **more: object) -> dict[str, object]:
    return {"name": name, "type": kind, **more}


HEAD = [entry("ID", "uint16"), entry("L", "uint16")]
METER = {
    "id": 64999,
    "group": {
        "name": "meter",
        "type": "group",
        "points": [
            *HEAD,
            entry("Mn", "string", size=4, label="Maker"),
            entry("W", "int16", sf="W_SF", units="W"),
            entry("W_SF", "sunssf"),
            entry("Pad", "pad"),
            entry("Wh", "acc32", sf=-1),
            entry(
                "St", "enum16", symbols=[{"name": "OFF", "value": 1}, {"name": "ON", "value": 4}]
            ),
            entry("Evt", "bitfield32", symbols=[{"name": "FAULT", "value": 3}]),
            entry("Set", "uint16", access="RW"),
        ],
        "groups": [
            {
                "name": "ph",
                "count": 0,
                "points": [entry("V", "uint16", sf="V_SF"), entry("V_SF", "sunssf")],
            }
        ],
    },
}


def test_a_model_over_its_registers():
    laid = lay(METER, 40070, length=4 + 1 + 1 + 1 + 2 + 1 + 2 + 1 + 2 * 2)
    by_name = {point.name: point for point in laid.points}
    assert [(p.name, p.address, p.type) for p in laid.points] == [
        ("ID", 40070, "uint16"), ("L", 40071, "uint16"), ("Mn", 40072, "string8"),
        ("W", 40076, "int16"), ("W_SF", 40077, "int16"), ("Wh", 40079, "uint32"),
        ("St", 40081, "uint16"), ("Evt", 40082, "uint32"), ("Set", 40084, "uint16"),
        ("ph.1.V", 40085, "uint16"), ("ph.1.V_SF", 40086, "int16"),
        ("ph.2.V", 40087, "uint16"), ("ph.2.V_SF", 40088, "int16"),
    ]  # fmt: skip
    assert laid.registers == 19
    assert by_name["W"].scale_ref == "W_SF"
    assert by_name["ph.2.V"].scale_ref == "ph.2.V_SF"
    assert by_name["Wh"].scale == 0.1
    assert by_name["St"].enum == {1: "OFF", 4: "ON"}
    assert by_name["Evt"].desc == "bits 3 FAULT"
    assert by_name["Set"].access == "r"
    assert laid.units == {"W": "W"}
    assert laid.bits == {"Evt": {3: "FAULT"}}
    assert [remark.pointer for remark in laid.remarks] == ["/group/points/9/access"]


def test_numbers_of_a_model_and_what_is_not_implemented():
    points = {point.name: point for point in lay(METER, 0, length=16).points}
    block = Block([points[name] for name in ("W", "W_SF", "Wh", "St", "Evt")])
    there = struct.pack(">hhHIHI", -250, 1, 0x8000, 123456, 4, 8)
    assert block.decode(there) == [-2500.0, 1.0, pytest.approx(12345.6), 4.0, 8.0]
    absent = struct.pack(">hhHIHI", -32768, -32768, 0x8000, 0, 0xFFFF, 0xFFFFFFFF)
    assert block.decode(absent) == [None] * 5
    assert decode_text(points["Mn"], b"Acme\0\0\0\0") == "Acme"


def curves(count: object) -> dict[str, object]:
    points = [entry("V", "uint16"), entry("A", "float32")]
    inner = {"name": "pt", "count": "NPt", "points": points}
    curve = {"name": "crv", "count": count, "points": [entry("Act", "uint16")], "groups": [inner]}
    after = {"name": "last", "points": [entry("X", "uint64")]}
    return {"id": 1, "group": {"name": "m", "points": HEAD, "groups": [curve, after]}}


def test_groups_that_the_device_counts():
    laid = lay(curves("NCrv"), 0, counts={"NCrv": 2, "NPt": 3})
    assert laid.registers == 2 + 2 * (1 + 3 * 3) + 4
    assert laid.points[-1].address == 22
    assert [p.name for p in laid.points[2:5]] == ["crv.1.Act", "crv.1.pt.1.V", "crv.1.pt.1.A"]


def test_what_lies_behind_an_unknown_count_is_left_out_and_said():
    laid = lay(curves(2), 0, counts={})
    assert [p.name for p in laid.points] == ["ID", "L", "crv.1.Act"]
    assert [(r.pointer, r.text[:12]) for r in laid.remarks] == [
        ("/group/groups/0/groups/0", "repeats 'NPt"),
        ("/group/groups/1", "lies behind "),
    ]


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([entry("a", "int15")], "#/group/points/0/type = 'int15'"),
        ([entry("a", "int16", sf="nope")], "#/group/points/0/sf = 'nope'"),
        ([entry("a", "string")], "#/group/points/0/size = None"),
        ([{"type": "int16"}], "#/group/points/0/name = None"),
        ([3], "#/group/points/0 = 3"),
        ({}, "#/group/points = {}"),
        ([entry("a", "enum16", symbols=[{"name": "x"}])], "#/group/points/0/symbols/0"),
    ],
)
def test_a_definition_that_breaks_the_form(points, message):
    with pytest.raises(BadInput) as caught:
        lay({"id": 1, "group": {"name": "g", "points": points}}, 0, file="m.json")
    assert str(caught.value).startswith(f"m.json{message}")


def test_groups_without_points_do_not_go_on_for_ever():
    empty = {"name": "e", "count": 65535, "groups": [{"name": "f", "count": 65535}]}
    with pytest.raises(BadInput, match="repeats and has no points"):
        lay({"id": 1, "group": {"name": "g", "groups": [empty]}}, 0)
