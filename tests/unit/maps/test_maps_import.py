"""What importers make of files of every format, and the words in which they refuse."""
# ruff: noqa: E501  # tables are easier to read in long lines

import json
from pathlib import Path

import pytest
from maps_samples import CSV, SAMPLES, XLSX, workbook

from hil.maps.read import Options, format_of, import_bytes, import_map
from hil.maps.write import csv_of
from twin.errors import BadInput
from twin.registers import Point, load_map


def points(data: bytes, file: str = "f", **options: object) -> dict[str, Point]:
    imported, _ = import_bytes(file, data, Options(**options))  # type: ignore[arg-type]
    return {point.name: point for point in imported.points}


def remarks(data: bytes, **options: object) -> str:
    imported, _ = import_bytes("f", data, Options(**options))  # type: ignore[arg-type]
    return "\n".join(map(str, imported.remarks))


def refusal(data: bytes, file: str = "f", **options: object) -> str:
    with pytest.raises(BadInput) as caught:
        import_bytes(file, data, Options(**options))  # type: ignore[arg-type]
    return str(caught.value)


def brief(found: dict[str, Point]) -> list[tuple[object, ...]]:
    return [(p.name, p.table, p.address, p.type, p.order) for p in found.values()]


@pytest.mark.parametrize("name", SAMPLES)
def test_formats_are_known_by_what_they_hold(name):
    assert format_of("f", SAMPLES[name]) == name.removesuffix("_old")


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_written_is_a_map_with_the_same_points(name, tmp_path: Path):
    imported, found = import_bytes("f", SAMPLES[name])
    path = tmp_path / "map.csv"
    path.write_text(csv_of(f"f ({found})", imported), encoding="utf-8")
    again = load_map(path).points
    assert list(again) == [point.name for point in imported.points]


def test_a_makers_list():
    found = points(CSV)
    assert brief(found) == [
        ("Supply_temp", "hr", 0, "int16", "ABCD"),
        ("Flow", "hr", 1, "float32", "ABCD"),
        ("Setpoint", "hr", 9, "uint16", "ABCD"),
        ("Speed", "hr", 10, "uint16", "ABCD"),
        ("Alarm", "hr", 11, "bool", "ABCD"),
        ("Mode", "ir", 4, "uint16", "ABCD"),
        ("Run", "co", 0, "bool", "ABCD"),
    ]
    supply, setpoint = found["Supply_temp"], found["Setpoint"]
    assert (supply.scale, supply.unit, supply.desc) == (0.1, "degC", "Supply temp: outlet")
    assert (setpoint.access, setpoint.min, setpoint.max) == ("rw", 10.0, 60.0)
    assert (found["Speed"].access, found["Run"].access) == ("r", "rw")
    assert found["Mode"].enum == {0: "off", 1: "on"}
    assert found["Alarm"].bit == 3
    told = remarks(CSV)
    assert "f:2: column 'Modbus adress' is taken as address" in told
    assert "f:6: Speed: may be written and has no min and max: access r until it has" in told
    assert "40001 is hr 0; else say --numbers plain" in told


def test_a_spreadsheet():
    found = points(XLSX, "m.xlsx")
    assert brief(found) == [
        ("Power", "hr", 0, "int32", "ABCD"),
        ("Maker", "hr", 2, "string8", "ABCD"),
        ("Temp", "ir", 0, "int16", "ABCD"),
    ]
    assert "no such sheet, did you mean 'Registers'" in refusal(XLSX, sheet="Register")


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ("Name,Address,Type\na,40001,int15", {}, "f:2 a.type = 'int15': unknown type, did you mean 'int16'"),
        ("Name,Address,Type\na,70001,int16", {"fill": {"table": "hr"}}, "f:2 a.address = '70001': must be 0 to 65535"),
        ("Name,Address,Type\na,12,int16", {}, "f:2 a.table = '': which table it lies in is not said: --fill table=hr"),
        ("Name,Address,Table\na,12,hr", {}, "f:2 a.type = '': what type it is, is not said: --fill type=uint16"),
        ("Name,Address,Table,Type\na,40001,ir,int16", {}, "f:2 a.table = 'ir': the number says hr"),
        ("Name,Address,Type,Size\na,40001,int32,1", {}, "f:2 a.type = 'int32': int32 takes 2 registers and 1 are"),
        ("Name,Address,Type\na,40001,bool", {}, "f:2 a.bit = '': which bit of the register"),
        ("Name,Address,Type,Scale\na,40001,int16,x10", {}, "f:2 a.scale = 'x10': must be a number such as"),
        ("Name,Address,Type,Access\na,40001,int16,RX", {}, "f:2 a.access = 'RX': unknown access"),
        ("Name,Address,Type\na,here,int16", {}, "f:2 a.address = 'here': must be an address"),
        ("Name,Address,Type\na,40001,int32\nb,40002,int16", {}, "f:3 b.address = 1: overlaps a of f:2"),
        ("Name,Address,Type\na,40001,int16", {"columns": {"unit": "Einheitt"}}, "f:1: --columns unit=Einheitt: no such column"),
        ("Name,Address,Type\na,40001,int16", {"columns": {"unti": "x"}}, "--columns unti: unknown column, did you mean 'unit'"),
        ("Name,Address,Type\na,40001,int16", {"fill": {"unti": "x"}}, "--fill unti: unknown column, did you mean 'unit'"),
        ("Name,Colour\na,b", {}, "f: no row names an address"),
        ("just words", {}, "f: none of xlsx, csv"),
    ],
)  # fmt: skip
def test_a_mistake_has_its_place_value_and_rule(rows, options, message):
    assert message in refusal(rows.encode(), **options)


def test_rows_with_mistakes_are_left_out_when_that_is_asked_for():
    rows = b"Name,Address,Type\na,40001,int16\nb,40001,int16\nc,40003,int15\nd,40004,int16\n"
    assert list(points(rows, skip=True)) == ["a", "d"]
    told = remarks(rows, skip=True)
    assert "f: left out: f:3 b.address = 0: overlaps a of f:2" in told
    assert "f: left out: f:4 c.type = 'int15'" in told


def test_columns_can_be_told_and_empty_cells_filled():
    rows = b"A;B;C;D\nT;0x10;S32;x\nP;0x14;;y\n"
    options = {
        "format": "csv",
        "columns": {"name": "A", "address": "B", "type": "3"},
        "fill": {"table": "ir", "type": "uint16", "order": "CDAB"},
        "base": 1,
    }
    assert brief(points(rows, **options)) == [
        ("T", "ir", 15, "int32", "CDAB"),
        ("P", "ir", 19, "uint16", "CDAB"),
    ]


def test_what_a_column_is_taken_for_is_said_and_can_be_denied():
    rows = b"Name,Address,Type,Size,Factor\na,40001,float32,4,10\n"
    assert "float32 takes 2 registers and 4 are given" in refusal(rows)
    told = remarks(rows, columns={"count": "-"})
    assert "f:1: columns: name is 'Name', address is 'Address', type is 'Type'" in told
    assert "f:1: column 'Size' is not used; if it is count, say --columns" in told
    assert "f:2: a scale above 1 multiplies the raw number" in told


def test_a_gain_is_asked_for_since_it_multiplies_or_divides():
    rows = b"Name,Address,Type,Gain,Range,Read/Write\na,40001,int16,10,'[-100, 100]',RW\n".replace(
        b"'", b'"'
    )
    assert (
        "f:1 = 'Gain': multiplies or divides: say --columns scale=Gain or divisor=Gain"
        in refusal(rows)
    )
    found = points(rows, columns={"divisor": "Gain"})["a"]
    assert (found.scale, found.min, found.max, found.access) == (0.1, -100, 100, "rw")
    assert points(rows, columns={"scale": "Gain"})["a"].scale == 10
    assert points(rows, columns={"scale": "-"})["a"].scale == 1


@pytest.mark.parametrize(
    ("cell", "table", "address"),
    [
        ("40001", "hr", 0), ("400001", "hr", 0), ("465536", "hr", 65535), ("30010", "ir", 9),
        ("10001", "di", 0), ("00017", "co", 16), ("4x0001", "hr", 0), ("3:00002", "ir", 1),
        ("0x0001", "co", 0),
    ],
)  # fmt: skip
def test_numbers_that_say_their_table(cell, table, address):
    kind = "bool" if table in ("co", "di") else "int16"
    rows = f"Name,Address,Type\nfirst,4x9000,int16\na,{cell},{kind}\n".encode()
    found = points(rows, notation="modicon")["a"]
    assert (found.table, found.address) == (table, address)


def test_names_are_made_ours_and_kept_apart():
    rows = "Name,Address,Type\n1. Ölpumpe %,40001,int16\n1. Ölpumpe %,40002,int16\n".encode()
    assert list(points(rows)) == ["p_1._lpumpe", "p_1._lpumpe_2"]
    assert "comes again" in remarks(rows)
    assert points(rows)["p_1._lpumpe"].desc == "1. Ölpumpe %"


def test_a_unit_that_nobody_knows_is_kept_as_text():
    rows = b"Name,Address,Type,Unit\na,40001,int16,degF\n"
    assert (points(rows)["a"].unit, points(rows)["a"].desc) == ("-", "[degF]")
    assert "unit 'degF' is kept in desc only" in remarks(rows)


def test_telegraf_by_request():
    found = points(SAMPLES["telegraf"])
    assert brief(found) == [
        ("voltage", "hr", 0, "int16", "CDAB"),
        ("current", "hr", 1, "float32", "CDAB"),
        ("high", "hr", 5, "uint8", "CDAB"),
        ("run", "co", 7, "bool", "ABCD"),
    ]
    assert (found["voltage"].scale, found["high"].part) == (0.1, (8, 8))


def test_telegraf_by_register_where_float32_is_an_integer():
    assert brief(points(SAMPLES["telegraf_old"])) == [
        ("run", "co", 0, "bool", "ABCD"),
        ("stop", "di", 4, "bool", "ABCD"),
        ("factor", "hr", 8, "int16", "ABCD"),
        ("energy", "hr", 5, "uint32", "CDAB"),
        ("power", "hr", 2, "float32", "DCBA"),
        ("level", "ir", 0, "int16", "DCBA"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b'"INT16"', b'"INT17"', "f#/inputs/modbus/0/request/0/fields/0/type = 'INT17': unknown word, did you mean 'INT16'"),
        (b'"CDAB"', b'"CDBA"', "f#/inputs/modbus/0/request/0/byte_order = 'CDBA'"),
        (b"address=1", b'address="x"', "f#/inputs/modbus/0/request/0/fields/1/address = 'x': must be a whole"),
        (b'"FLOAT32"', b'"FLOAT16"', "16-bit floats are not read here"),
        (b"scale=0.1", b"scale=", "f: not TOML: "),
        (b"slave_id = 3\n    register", b"slave_id = 4\n    register", "pick one by --device: 'plc/3', 'plc/4'"),
    ],
)  # fmt: skip
def test_mistakes_in_telegraf(old, new, message):
    assert message in refusal(SAMPLES["telegraf"].replace(old, new))


def test_one_of_several_devices():
    data = SAMPLES["telegraf"].replace(b"slave_id = 3\n    register", b"slave_id = 4\n    register")
    assert list(points(data, device="plc/4")) == ["run"]
    assert "did you mean 'plc/4'" in refusal(data, device="plc/44")


def test_home_assistant():
    found = points(SAMPLES["homeassistant"])
    assert brief(found) == [
        ("Outdoor_air", "ir", 100, "int16", "ABCD"),
        ("Energy", "hr", 110, "uint32", "CDAB"),
        ("Energy_1", "hr", 112, "uint32", "CDAB"),
        ("Energy_2", "hr", 114, "uint32", "CDAB"),
        ("Running", "di", 5, "bool", "ABCD"),
        ("Pump", "co", 13, "bool", "ABCD"),
        ("Fan", "hr", 20, "uint16", "ABCD"),
        ("Hall", "hr", 30, "int16", "ABCD"),
        ("Hall_target", "hr", 31, "int16", "ABCD"),
        ("Hall_mode", "hr", 40, "uint16", "ABCD"),
    ]
    air, target = found["Outdoor_air"], found["Hall_target"]
    assert (air.scale, air.offset, air.unit, air.poll, air.nan) == (
        0.1,
        -40.0,
        "degC",
        15.0,
        -32768,
    )
    assert (target.access, target.min, target.max, target.scale) == ("rw", 15.0, 30.0, 0.1)
    assert (found["Pump"].access, found["Fan"].access) == ("rw", "r")
    assert found["Hall_mode"].enum == {0: "auto", 1: "cool"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"data_type: int16", b"data_type: int17", "f:11#/modbus/0/sensors/0/data_type = 'int17': unknown word, did you mean 'int16'"),
        (b"swap: word", b"swap: words", "f:21#/modbus/0/sensors/1/swap = 'words': unknown word, did you mean 'word'"),
        (b"address: 100", b"address: [100]", "f:9#/modbus/0/sensors/0/address = [100]: must be a whole number"),
        (b"data_type: uint32", b"data_type: custom", "f:17#/modbus/0/sensors/1/structure = None: only big-endian numbers"),
        (b"data_type: uint32", b"data_type: int\n        count: 2", "f:21#/modbus/0/sensors/1/count = 2: int takes 1 registers: name the type"),
        (b"    port: 502", b"   port: 502", "f:5: not YAML"),
    ],
)  # fmt: skip
def test_mistakes_in_home_assistant(old, new, message):
    assert message in refusal(SAMPLES["homeassistant"].replace(old, new))


def test_an_anchor_that_comes_again_is_yaml_too():
    data = SAMPLES["homeassistant"].replace(b"address: 100", b"address: &a 100")
    again = data.replace(b"data_type: int16", b"data_type: &a int16")
    assert again.count(b"&a ") > 1
    assert brief(points(again)) == brief(points(SAMPLES["homeassistant"]))


def test_sunspec():
    found = points(SAMPLES["sunspec"], address=40069, length=11)
    assert brief(found)[2:] == [
        ("Mn", "hr", 40071, "string8", "ABCD"),
        ("W", "hr", 40075, "int16", "ABCD"),
        ("W_SF", "hr", 40076, "int16", "ABCD"),
        ("Hz", "hr", 40077, "uint16", "ABCD"),
        ("St", "hr", 40078, "uint16", "ABCD"),
        ("ph.1.V", "hr", 40079, "uint16", "ABCD"),
        ("ph.2.V", "hr", 40080, "uint16", "ABCD"),
        ("ph.3.V", "hr", 40081, "uint16", "ABCD"),
    ]
    assert (found["W"].scale_ref, found["W"].unit, found["W"].nan) == ("W_SF", "W", -32768)
    assert (found["Hz"].scale, found["Hz"].unit, found["Hz"].access) == (0.01, "Hz", "r")
    told = remarks(SAMPLES["sunspec"])
    assert "repeats to the end of the model" in told
    assert "begin at 40002" in told
    broken = SAMPLES["sunspec"].replace(b'"enum16"', b'"enum17"')
    assert "f#/group/points/6/type = 'enum17': must be" in refusal(broken)


def test_models_one_behind_another():
    two = (
        b"["
        + SAMPLES["sunspec"]
        + b","
        + SAMPLES["sunspec"].replace(b'"meter"', b'"second"')
        + b"]"
    )
    found = points(two, address=2, length=9)
    assert found["second.ID"].address == found["meter.St"].address + 1
    assert found["second.W"].scale_ref == "second.W_SF"


def test_things_of_the_web():
    found = points(SAMPLES["wot"])
    assert brief(found) == [
        ("limit", "di", 2, "bool", "ABCD"),  # the binding counts from 1 unless it says otherwise
        ("power", "hr", 10, "float32", "CDAB"),
    ]
    power = found["power"]
    assert (power.unit, power.access, power.min, power.max, power.poll) == ("kW", "rw", 0, 50, 0.5)
    assert power.desc == "Wanted power"
    told = remarks(SAMPLES["wot"])
    assert "elsewhere: has no Modbus form: left out" in told
    assert "f#/properties/limit: addresses count from 1, as the binding has it" in told
    forced = points(SAMPLES["wot"], base=0)
    assert (forced["limit"].address, forced["power"].address) == (3, 10)
    zero = SAMPLES["wot"].replace(b'"href": "3"', b'"href": "0"')
    assert "counts from 1 unless" in refusal(zero)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"xsd:float", b"xsd:flaot", "f#/properties/power/forms/0/modv:type = 'xsd:flaot': unknown word, did you mean 'xsd:float'"),
        (b'"10?quantity=2"', b'"ten"', "f#/properties/power/forms/0/href = 'ten': must be modbus+tcp://"),
        (b'"HoldingRegister"', b'"Holding"', "forms/0/modv:entity = 'Holding': unknown word, did you mean 'HoldingRegister'"),
        (b'"modv:type": "xsd:float", ', b'"contentType": "application/octet-stream;length=6", ', "what type the registers are is not said"),
        (b'"properties": {', b'"properties": {,', "f:1: not JSON: "),
    ],
)  # fmt: skip
def test_mistakes_in_things(old, new, message):
    assert message in refusal(SAMPLES["wot"].replace(old, new))


def test_a_map_of_our_own_needs_no_import():
    text = b"#! base: 1\nname,table,address,type\na,hr,1,int16\n"
    assert "f: is a register map already" in refusal(text)


def test_files_that_are_not_there_or_claim_too_much(tmp_path):
    with pytest.raises(BadInput, match="No such file"):
        import_map(tmp_path / "none.csv")
    assert "not a spreadsheet" in refusal(XLSX[:200])
    assert "not a spreadsheet" in refusal(b"PK\x03\x04 and then nothing")
    assert "not text" in refusal(b"\0\1\2", format="csv")
    assert "unknown format 'cvs', did you mean 'csv'" in refusal(b"a,b", format="cvs")
    wide = workbook({"S": [["Name", "Address", "Type"], *[["x", None, None]] * 3]})
    assert "has no points" in refusal(wide)


# forms that files of other tools really have, beside what their documentation says


def thing(base, **forms):
    kinds = {"level": "number", "count": "integer", "label": "string", "on": "boolean"}
    properties = {
        name: {"type": kinds[name], "forms": [{"op": "readproperty", **form}]}
        for name, form in forms.items()
    }
    return json.dumps({"title": "t", "base": base, "properties": properties}).encode()


@pytest.mark.parametrize(
    "base", ["modbus+tcp://192.0.2.7:502/4", "modbus+rtu://ttyUSB1/9600/8/E/1/4"]
)
def test_a_unit_at_the_end_of_a_things_base_is_kept(base):
    words = {"modv:entity": "holdingRegister", "modv:type": "xsd:float"}
    file = thing(base, level={"href": "9?quantity=2", **words})
    assert brief(points(file)) == [("level", "hr", 8, "float32", "ABCD")]
    two = thing(base, level={"href": "9?quantity=2", **words}, on={
        "href": "modbus+tcp://192.0.2.7:502/5/1", "modv:entity": "Coil",
    })  # fmt: skip
    assert "pick one by --device: '4', '5'" in refusal(two)


def test_a_thing_that_says_its_registers_in_older_terms_and_types_by_length_only():
    octets = "application/octet-stream;length={};signed={};byteSeq={}"
    file = thing(
        "",
        level={"href": "modbus://192.0.2.7:60000", "contentType": octets.format(4, "true", "X"),
               "modbus:function": 4, "modbus:range": [20, 2], "modbus:unitID": 1},
        count={"href": "modbus+tcp://192.0.2.7:60000/1", "modbus:entity": "HoldingRegister",
               "contentType": octets.format(8, "false", "LITTLE_ENDIAN_BYTE_SWAP"),
               "modbus:address": 30},
        label={"href": "modbus+tcp://192.0.2.7:60000/1/40?quantity=6",
               "modbus:entity": "HoldingRegister"},
        on={"href": "modbus+tcp://192.0.2.7:60000/1", "modbus:function": "readCoil",
            "modbus:address": 3},
    )  # fmt: skip
    assert brief(points(file)) == [
        ("level", "ir", 19, "float32", "ABCD"),
        ("count", "hr", 29, "uint64", "CDAB"),
        ("label", "hr", 39, "string12", "ABCD"),
        ("on", "co", 2, "bool", "ABCD"),
    ]
    assert "level: is taken for float32, by its type and length" in remarks(file)


def test_telegraf_of_other_versions():
    file = b"""
[[inputs.modbus]]
  name = "plc"
  holding_registers = [
    { name = "pf", byte_order = "AB", data_type = "FLOAT32", scale="0.01", address = [8]},
    { name = "bad", byte_order = "AB", data_type = "INT16", scale="much", address = [9]},
  ]
  [[inputs.modbus.request]]
    byte_order = "LSW-BE"
    register = "input"
    fields = [ { address=2, name="force", type="INT32", output="FLOAT64" } ]
"""
    message = "f#/inputs/modbus/0/holding_registers/1/scale = 'much': must be a number"
    assert refusal(file) == message
    found = points(file.replace(b'"much"', b'"2"'))
    assert brief(found) == [
        ("pf", "hr", 8, "uint16", "ABCD"),
        ("bad", "hr", 9, "int16", "ABCD"),
        ("force", "ir", 2, "int32", "CDAB"),
    ]
    assert (found["pf"].scale, found["bad"].scale) == (0.01, 2.0)
    assert "a float is FLOAT32-IEEE" in remarks(file.replace(b'"much"', b'"2"'))


HOUSE = b"""
- name: house
  host: !secret house
  sensors:
    - {name: Slot, address: 100, data_type: custom, structure: ">2Hf", count: 4, scan_interval: 60}
  climates:
    - name: Room
      address: 59
      scale: 0.1
      target_temp_register: 58
      target_temp_scale: 1
      min_temp: 5
      max_temp: 30
      hvac_mode_register: {address: 53, values: {state_auto: 0, state_off: [1, 2]}}
      fan_mode_register: {address: [54], values: {state_fan_low: 1}}
"""


def test_home_assistant_with_structures_of_several_numbers_and_modes_of_a_fan():
    found = points(HOUSE)
    assert brief(found) == [
        ("Slot_0", "hr", 100, "uint16", "ABCD"),
        ("Slot_1", "hr", 101, "uint16", "ABCD"),
        ("Slot_2", "hr", 102, "float32", "ABCD"),
        ("Room", "hr", 59, "int16", "ABCD"),
        ("Room_target", "hr", 58, "int16", "ABCD"),
        ("Room_mode", "hr", 53, "uint16", "ABCD"),
        ("Room_fan", "hr", 54, "uint16", "ABCD"),
    ]
    assert (found["Room"].scale, found["Room_target"].scale) == (0.1, 1.0)
    assert found["Room_mode"].enum == {0: "state_auto", 1: "state_off", 2: "state_off"}
    assert "count = 5: its structure takes 4 registers" in refusal(
        HOUSE.replace(b"count: 4", b"count: 5")
    )
    assert "only big-endian numbers" in refusal(HOUSE.replace(b">2Hf", b"<2Hf"))
