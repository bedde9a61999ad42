"""Maps to other formats and back: the same points, or a remark that says why not."""
# tables are easier to read in long lines

import json
import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hil.maps.read import import_bytes
from hil.maps.to_telegraf import to_telegraf
from hil.maps.to_wot import to_wot
from twin.registers import Header, Point, RegisterMap, load_map
from twin.registers.point import KINDS

MAPS = sorted((Path(__file__).resolve().parents[3] / "firmware_sim" / "maps").glob("*.csv"))
LIMITS = {"access": "rw", "min": 0.0, "max": 5.0}


@st.composite
def points(draw: st.DrawFn, address: int) -> Point:
    kind = draw(st.sampled_from(["coil", "input", "bit", "field", "byte", "text", *KINDS]))
    name = f"p{address}"
    desc = draw(st.sampled_from(["", 'Said "so", here', "Öl | x"]))
    order = draw(st.sampled_from(["ABCD", "CDAB", "BADC", "DCBA"]))
    one = draw(st.sampled_from(["ABCD", "BADC"]))
    poll = draw(st.sampled_from([None, 0.5, 10.0]))
    table = draw(st.sampled_from(["hr", "ir"]))
    match kind:
        case "coil":
            return Point(
                name, "co", address, "bool", access="rw", tag="setting", default=1.0, desc=desc
            )
        case "input":
            return Point(name, "di", address, "bool", desc=desc, poll=poll)
        case "bit":
            return Point(name, table, address, "bool", one, bit=draw(st.integers(0, 15)), desc=desc)
        case "field":
            return Point(
                name, table, address, "int16", one, bit=4, bits=draw(st.integers(2, 12)), nan=-1.0
            )
        case "byte":
            high = draw(st.booleans())
            return Point(name, table, address, "uint8", bit=8 * high, bits=8, poll=poll)
        case "text":
            return Point(
                name, table, address, f"string{2 * draw(st.integers(1, 2))}", one, tag="identity"
            )
    parts = {"bit": 0, "bits": 8} if kind in ("int8", "uint8") else {}
    more = draw(
        st.sampled_from(
            [
                {},
                LIMITS,
                {"scale": 0.1},
                {"scale": -2.5, "offset": 3.0},
                {"nv": True},
                {"unit": "degC"},
            ]
        )
    )
    if more is LIMITS:
        table = "hr"
    nan = draw(st.sampled_from([{}, {"nan": 100.0}, {"nan": 100.0, "nan_also": (99.0,)}]))
    enum = draw(st.sampled_from([{}, {0: "OFF", 1: "very ON"}]))
    return Point(
        name, table, address, kind, order, poll=poll, desc=desc, enum=enum, **parts, **more, **nan
    )


MAPS_OF_POINTS = (
    st.integers(1, 8)
    .flatmap(lambda n: st.tuples(*(points(8 * i) for i in range(n))))
    .map(lambda found: RegisterMap("map.csv", Header(), {p.name: p for p in found}))
)


def again(text: str) -> dict[str, Point]:
    imported, _ = import_bytes("f", text.encode())
    return {point.name: replace(point, line=0) for point in imported.points}


def scaled(register_map: RegisterMap) -> RegisterMap:
    """The same with a point whose scale the device gives."""
    more = [
        Point("W", "hr", 900, "int16", scale_ref="W_SF"),
        Point("W_SF", "hr", 901, "int16", nan=-(2**15)),
    ]
    return replace(register_map, points={**register_map.points, **{p.name: p for p in more}})


QUICK = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


@QUICK
@given(MAPS_OF_POINTS.map(scaled))
def test_a_thing_of_the_web_holds_everything(register_map):
    text, _ = to_wot(register_map)
    assert again(text) == register_map.points


@pytest.mark.parametrize("path", MAPS, ids=lambda p: p.stem)
def test_our_own_maps_as_things_of_the_web(path):
    found = load_map(path)
    text, _ = to_wot(found)
    assert again(text) == {p.name: replace(p, line=0) for p in found.points.values()}


def where(point: Point) -> tuple[object, ...]:
    """What Telegraf can hold of a point: where its number is and how to read it."""
    one = point.registers == 1 or point.is_text
    swapped = point.order in ("BADC", "DCBA")
    order = ("BADC" if swapped else "ABCD") if one else point.order
    bits = False if point.table in ("co", "di") else order
    return (
        point.name,
        point.table,
        point.address,
        point.type,
        bits,
        point.part,
        point.scale,
        point.end,
    )


@QUICK
@given(MAPS_OF_POINTS.map(scaled))
def test_telegraf_holds_numbers_and_says_what_it_leaves_out(register_map):
    text, remarks = to_telegraf(register_map)
    left_out = {r.text.partition(":")[0] for r in remarks if r.text.endswith("left out")}
    kept = [p for p in register_map.points.values() if p.name not in left_out]
    assert "W" in left_out
    assert sorted(map(where, again(text).values())) == sorted(map(where, kept))
    for point in register_map.points.values():
        field = not point.is_text and not point.is_bit and point.part is not None
        unfit = point.offset != 0 or point.scale_ref or point.type in ("bcd16", "bcd32")
        assert (point.name in left_out) == bool(unfit or (field and point.type == "int16"))
    lost = {r.text.split(" ")[0] for r in remarks if "carried over" in r.text}
    plain = Point("x", "hr", 0, "int16")
    told = ("unit", "access", "poll", "min", "max", "nan", "enum", "nv", "tag", "default", "desc")
    for name in told:
        assert (name in lost) == any(getattr(p, name) != getattr(plain, name) for p in kept)


def test_what_is_written_is_what_the_tools_read():
    """Against the forms of the formats, read by nobody of ours."""
    register_map = RegisterMap(
        "acme.csv",
        Header(),
        {
            "T": Point("T", "ir", 3, "int16", scale=0.1),
            "P": Point("P", "hr", 5, "float32", "CDAB", access="rw", min=0, max=5, unit="kW"),
            "model": Point("model", "hr", 10, "string8"),
            "hi": Point("hi", "hr", 20, "uint8", bit=8, bits=8),
            "alarm": Point("alarm", "hr", 21, "bool", bit=4),
        },
    )
    plugin = tomllib.loads(to_telegraf(register_map)[0])["inputs"]["modbus"][0]
    assert plugin["configuration_type"] == "metric"
    by_order = {metric["byte_order"]: metric["fields"] for metric in plugin["metric"]}
    assert by_order == {
        "ABCD": [
            {"register": "input", "address": 3, "name": "T", "type": "INT16", "scale": 0.1},
            {"register": "holding", "address": 10, "name": "model", "type": "STRING", "length": 4},
            {"register": "holding", "address": 20, "name": "hi", "type": "UINT8H"},
            {"register": "holding", "address": 21, "name": "alarm", "type": "BIT", "bit": 4},
        ],
        "CDAB": [{"register": "holding", "address": 5, "name": "P", "type": "FLOAT32"}],
    }
    thing = json.loads(to_wot(register_map)[0])
    assert {"title", "security", "securityDefinitions", "@context"} <= set(thing)
    power = thing["properties"]["P"]
    assert (power["type"], power["unit"], power["minimum"], power["maximum"]) == (
        "number",
        "kW",
        0,
        5,
    )
    assert power["forms"] == [
        {
            "href": "modbus+tcp://localhost:502/1/5?quantity=2",
            "op": ["readproperty", "writeproperty"],
            "contentType": "application/octet-stream",
            "modv:entity": "HoldingRegister",
            "modv:zeroBasedAddressing": True,
            "modv:type": "xsd:float",
            "modv:mostSignificantByte": True,
            "modv:mostSignificantWord": False,
        }
    ]
    assert {key for key in power if key.startswith("hukka:")} == set()


def test_every_field_of_a_point_is_thought_of():
    """A new column must be in an export's list of what it holds or loses."""
    known = {
        "name", "table", "address", "type", "order", "bit", "scale", "scale_ref", "offset", "unit",
        "access", "poll", "min", "max", "ramp", "nan", "enum", "nv", "tag", "default", "desc",
        "line", "bits", "nan_also",
    }  # fmt: skip
    assert {field.name for field in fields(Point)} == known
