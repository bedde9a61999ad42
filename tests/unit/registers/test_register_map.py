"""Register maps from CSV: what they say, and every mistake with its line."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twin.errors import BadInput
from twin.registers import RegisterMap, load_map
from twin.registers.map_row import COLUMNS

GOOD = """\
#! vendor: Acme
#! source: manual p. 12: table 3
#! revision: B
#! base: 1
#! max_read: 60
#! max_gap: 4
#! timeout: 0.25
# a remark, with commas, and a line of its own
name,table,address,type,order,bit,scale,scale_ref,offset,unit,access,poll,min,max,ramp,nan,enum,nv,tag,default,desc

T,hr,1,int16,,,0.01,,,degC,rw,1,-50,150,,0x8000,,,sensor,,"Supply, CDU"
P,hr,2,int32,CDAB,,,,,kW,r,,,,,-1,,,status,,
m,ir,1,float32,DCBA,,,,,kg/s,r,,,,,nan,,,status,,
W,ir,3,uint16,,,,W_SF,,W,r,,,,,65535,,,status,,
W_SF,ir,4,int16,,,,,,,r,,,,,,,,status,,
mode,ir,5,uint16,,,,,,,r,,,,,,0=OFF|1=ON|0x10=MAD,,status,,
low,ir,6,bool,,0,,,,,r,,,,,,,,status,,
high,ir,6,bool,,15,,,,,r,,,,,,,,status,,
sp,hr,10,uint16,,,0.1,,-10,degC,rw,,0,90,0.5,,,yes,setting,40,
model,ir,20,string9,BADC,,,,,,r,,,,,,,,identity,Acme 1,
go,co,1,bool,,,,,,,rw,,,,,,,,setting,1,
"""


def load(tmp_path: Path, text: str) -> RegisterMap:
    path = tmp_path / "acme.csv"
    path.write_text(text, encoding="utf-8")
    return load_map(path)


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(BadInput) as caught:
        load(tmp_path, text)
    return str(caught.value)


def test_everything_a_good_map_says(tmp_path):
    found = load(tmp_path, GOOD)
    header = found.header
    assert (header.vendor, header.revision, header.base) == ("Acme", "B", 1)
    assert header.source == "manual p. 12: table 3"
    assert (header.max_read, header.max_gap, header.timeout) == (60, 4, 0.25)
    T = found.point("T")
    assert (T.table, T.address, T.type, T.order) == ("hr", 0, "int16", "ABCD")
    assert (T.scale, T.offset, T.unit, T.access, T.poll) == (0.01, 0.0, "degC", "rw", 1.0)
    assert (T.min, T.max, T.ramp, T.nan, T.tag) == (-50.0, 150.0, None, -32768, "sensor")
    assert (T.desc, T.line, T.nv, T.default) == ("Supply, CDU", 11, False, None)
    assert (found.point("P").order, found.point("P").nan) == ("CDAB", -1)
    assert found.point("m").nan is None
    assert found.point("mode").enum == {0: "OFF", 1: "ON", 16: "MAD"}
    sp = found.point("sp")
    assert (sp.nv, sp.default, sp.ramp, sp.offset) == (True, 40.0, 0.5, -10.0)
    assert (found.point("model").registers, found.point("model").default) == (5, "Acme 1")
    assert [p.name for p in found.tagged("setting")] == ["sp", "go"]
    assert [p.name for p in found.tagged("setting", "co")] == ["go"]
    assert list(found.points)[:3] == ["T", "P", "m"]


@pytest.mark.parametrize("poll", ["0", "-1", "-0.0", "1e-400"])
def test_a_period_that_is_none_is_refused_at_load(tmp_path, poll):
    rows = f"name,table,address,type,poll\na,hr,0,int16,0.5\nb,hr,1,int16,{poll}\n"
    assert f"acme.csv:3 b.poll = '{poll}': must be > 0 s" in refusal(tmp_path, rows)


@pytest.mark.parametrize("ramp", ["0", "-1", "-0.0", "1e-400"])
def test_a_ramp_on_which_nothing_is_reached_is_refused_at_load(tmp_path, ramp):
    rows = "name,table,address,type,access,min,max,ramp\na,hr,0,int16,rw,0,9,0.5\n"
    rows += f"b,hr,1,int16,rw,0,9,{ramp}\n"
    assert f"acme.csv:3 b.ramp = '{ramp}': must be > 0" in refusal(tmp_path, rows)


def test_fields_bytes_digits_and_sentinels(tmp_path):
    rows = """\
name,table,address,type,bit,nan,enum
a,hr,0,uint16,4-7,0xF,1=ON
b,hr,0,int16,8-11,0x8,
c,hr,0,bool,0,,
hi,hr,1,int8,8-15,0x80,
lo,hr,1,uint8,,0xFF|0xFE,
d,hr,2,bcd32,,9999|8888,
f,hr,4,float32,,0x7F7FFFFF|-9999|nan|0x7FC00000,
n,hr,6,int16,,0x8000|0xFFFF|-2,
"""
    points = load(tmp_path, rows).points
    assert {n: (p.part, p.nan, p.nan_also) for n, p in points.items()} == {
        "a": ((4, 4), 15, ()),
        "b": ((8, 4), -8, ()),
        "c": ((0, 1), None, ()),
        "hi": ((8, 8), -128, ()),
        "lo": ((0, 8), 255, (254,)),
        "d": (None, 9999, (8888,)),
        "f": (None, 3.4028234663852886e38, (-9999.0,)),
        "n": (None, -32768, (-1, -2)),
    }
    assert points["a"].kind.high == 15
    assert points["b"].kind.low == -8


ROW = "name,table,address,type,order,bit,scale,offset,unit,access,min,max,nan,enum,nv,tag,default\n"


@pytest.mark.parametrize(
    ("row", "place", "rule"),
    [
        ("a,hrr,0,int16", "a.table = 'hrr'", "did you mean 'hr'"),
        ("a,hr,0,int15", "a.type = 'int15'", "did you mean 'int16'"),
        ("a,hr,0,string0", "a.type = 'string0'", "unknown type"),
        ("a,hr,0,string999", "a.type = 'string999'", "at most 250"),
        ("a,hr,0,int32,CDBA", "a.order = 'CDBA'", "did you mean"),
        ("a,hr,0,string4,CDAB", "a.order = 'CDAB'", "unknown order"),
        ("a,hr,0,int16,,,,,degF", "a.unit = 'degF'", "did you mean 'degC'"),
        ("a,hr,0,int16,,,,,,,,,,,,sensr", "a.tag = 'sensr'", "did you mean 'sensor'"),
        ("a,hr,0,int16,,,,,,wr", "a.access = 'wr'", "did you mean"),
        ("a,hr,0,int16,,,,,,,,,,,maybe", "a.nv = 'maybe'", "unknown nv"),
        ("a,hr,40001,int16,,,x", "a.scale = 'x'", "must be a number"),
        ("a,hr,0,int16,,,0", "a.scale = '0'", "must not be 0"),
        ("a,hr,0,int16,,,1e999", "a.scale = '1e999'", "must be a number"),
        ("a,hr,-1,int16", "a.address = '-1'", "must be 0 to 65535"),
        ("a,hr,65535,int32", "a.address = '65535'", "end behind the table"),
        ("a,hr,,int16", "a.address = ''", "whole number"),
        ("a,hr,1.5,int16", "a.address = '1.5'", "whole number"),
        ("1a,hr,0,int16", "1a.name = '1a'", "begin with a letter"),
        (",hr,0,int16", "(no name).name = ''", "begin with a letter"),
        ("a,hr,0,int16,,,,,,rw", "a.min = ''", "needs min and max"),
        ("a,hr,0,int16,,,,,,rw,0", "a.max = ''", "needs min and max"),
        ("a,ir,0,int16,,,,,,rw,0,1", "a.access = 'rw'", "cannot write the table ir"),
        ("a,di,0,bool,,,,,,w", "a.access = 'w'", "cannot write the table di"),
        ("a,hr,0,int16,,,0.01,,,rw,-400,100", "a.min = '-400'", "does not fit int16 x 0.01"),
        ("a,hr,0,uint16,,,,,,rw,-1,100", "a.min = '-1'", "does not fit uint16"),
        ("a,hr,0,int16,,,,100,,rw,0,32868", "a.max = '32868'", "does not fit int16"),
        ("a,hr,0,int16,,,,,,rw,5,4", "a.min = '5'", "must not be above max"),
        ("a,hr,0,int16,,,,,,rw,0,4,,,,,5", "a.default = '5'", "must lie in min to max"),
        ("a,hr,0,int16,,,,,,,,,,,,,99999", "a.default = '99999'", "does not fit"),
        ("a,hr,0,int16,,,,,,,,,99999", "a.nan = '99999'", "outside int16"),
        ("a,hr,0,int16,,,,,,,,,nan", "a.nan = 'nan'", "whole number"),
        ("a,hr,0,bool,,1,,,,,,,7", "a.nan = '7'", "no sentinel"),
        ("a,hr,0,int16,,,,,,,,,,0=OFF|on", "a.enum = '0=OFF|on'", "NUMBER=WORD"),
        ("a,co,0,int16", "a.type = 'int16'", "are bool"),
        ("a,co,0,bool,,3", "a.bit = '3'", "only registers have bits"),
        ("a,co,0,bool,,,,,,,,,,,,,2", "a.default = '2'", "0 or 1"),
        ("a,hr,0,bool", "a.bit = ''", "needs its bit"),
        ("a,hr,0,bool,,16", "a.bit = '16'", "0 to 15"),
        ("a,hr,0,int16,,3", "a.bit = '3'", "only a bool"),
        ("a,hr,0,int32,,4-7", "a.bit = '4-7'", "int16 or uint16 a range"),
        ("a,hr,0,bool,,4-7", "a.bit = '4-7'", "a bool is one bit"),
        ("a,hr,0,uint16,,7-4", "a.bit = '7-4'", "from a lower to a higher bit"),
        ("a,hr,0,uint16,,9-16", "a.bit = '9-16'", "0 to 15"),
        ("a,hr,0,uint16,,low", "a.bit = 'low'", "such as 4-7"),
        ("a,hr,0,uint8,,4-11", "a.bit = '4-11'", "0-7, the low byte"),
        ("a,hr,0,uint16,,4-7,,,,rw,0,16", "a.max = '16'", "does not fit uint16"),
        ("a,hr,0,bcd16,,,,,,rw,0,10000", "a.max = '10000'", "does not fit bcd16"),
        ("a,hr,0,int16,,,,,,,,,0x8000|x", "a.nan = '0x8000|x'", "'x' must be a whole number"),
        ("a,hr,0,float32,,,,,,,,,0x1FFFFFFFF", "a.nan = '0x1FFFFFFFF'", "outside float32"),
    ],
)
def test_a_mistake_in_a_row(tmp_path, row, place, rule):
    message = refusal(tmp_path, ROW + row + "\n")
    assert message.startswith(f"acme.csv:2 {place}: ")
    assert rule in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("a,hr,0,int16\na,hr,1,int16", "acme.csv:3 a.name = 'a': also the name of line 2"),
        ("a,hr,0,int32\nb,hr,1,int16", "acme.csv:3 b.address = 1: overlaps a of line 2"),
        ("a,hr,5,int16\nb,hr,4,float32", "acme.csv:3 b.address = 4: overlaps a of line 2"),
        ("a,hr,5,bool,,1\nb,hr,5,bool,,1", "acme.csv:3 b.address = 5: overlaps a of line 2"),
        ("a,hr,5,uint16,,1-4\nb,hr,5,bool,,4", "acme.csv:3 b.address = 5: overlaps a of line 2"),
        ("a,hr,5,bool,,1\nb,hr,5,int16", "acme.csv:3 b.address = 5: overlaps a of line 2"),
        ("a,co,5,bool\nb,co,5,bool", "acme.csv:3 b.address = 5: overlaps a of line 2"),
    ],
)
def test_a_mistake_of_two_rows(tmp_path, rows, message):
    assert refusal(tmp_path, ROW + rows + "\n") == message


def test_tables_and_bits_of_one_register_do_not_overlap(tmp_path):
    rows = "a,hr,5,int16\nb,ir,5,int16\nc,co,5,bool\nd,ir,6,bool,,0\ne,ir,6,bool,,1\n"
    assert len(load(tmp_path, ROW + rows).points) == 5


@pytest.mark.parametrize(
    ("scale_ref", "rule"),
    [("W_SFF", "no such point, did you mean 'W_SF'"), ("f", "must be an integer point")],
)
def test_a_scale_from_nowhere(tmp_path, scale_ref, rule):
    text = (
        f"name,table,address,type,scale_ref\nW,hr,0,int16,{scale_ref}\n"
        "W_SF,hr,1,int16,\nf,hr,2,float32,\n"
    )
    assert rule in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        (
            "name,table,address,type,scael",
            "acme.csv:1: unknown column 'scael', did you mean 'scale'",
        ),
        ("name,table,address", "acme.csv:1: column 'type' is missing"),
        ("name,table,address,type,unit,unit", "acme.csv:1: column 'unit' comes twice"),
    ],
)
def test_a_mistake_in_the_columns(tmp_path, columns, rule):
    assert rule in refusal(tmp_path, columns + "\na,hr,0,int16\n")


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("#! vendr: x", "acme.csv:1 vendr = 'x': unknown header line, did you mean 'vendor'"),
        ("#! base: 2", "acme.csv:1 base = '2': must be a number, 0 to 1"),
        ("#! max_read: 126", "must be a number, 1 to 125"),
        ("#! max_gap: few", "must be a number, 0 to 125"),
        ("#! timeout: 0", "must be a number, 0.001 to 60.0"),
    ],
)
def test_a_mistake_in_the_header(tmp_path, line, rule):
    assert rule in refusal(tmp_path, f"{line}\n{ROW}a,hr,0,int16\n")


def test_all_mistakes_come_at_once_with_their_lines(tmp_path):
    text = f"#! bse: 0\n# remark\n{ROW}a,hx,0,int16\n\n# another\nb,hr,0,int17,,,,,degX\nb,hr,0\n"
    lines = refusal(tmp_path, text).splitlines()
    assert [line.split(" ")[0] for line in lines] == [
        "acme.csv:1", "acme.csv:4", "acme.csv:7", "acme.csv:7", "acme.csv:8",
    ]  # fmt: skip


def test_too_many_cells(tmp_path):
    assert "acme.csv:2 a: 5 cells" in refusal(tmp_path, "name,table,address,type\na,hr,0,int16,x\n")


@pytest.mark.parametrize("text", ["", "# nothing\n", ROW])
def test_an_empty_map(tmp_path, text):
    assert refusal(tmp_path, text) == "acme.csv: has no points"


def test_a_file_that_is_not_there_or_not_text(tmp_path):
    with pytest.raises(BadInput, match="not a readable map"):
        load_map(tmp_path / "none.csv")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="not a readable map"):
        load_map(tmp_path / "b.csv")


CELLS = st.one_of(
    st.sampled_from(["", "hr", "ir", "co", "0", "1", "65535", "int16", "float64", "bool", "string3",
                     "nan", "0x8000", "1e308", "-1e-320", "rw", "DCBA", "degC", "0=A", '"', "#",
                     "٣"]),
    st.text(max_size=6),
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELLS, max_size=len(COLUMNS) + 1), max_size=4), st.booleans())
def test_whatever_the_file_holds_it_is_a_map_or_a_refusal(tmp_path, rows, with_columns):
    lines = [",".join(COLUMNS)] * with_columns + [",".join(row) for row in rows]
    path = tmp_path / "fuzz.csv"
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    refused, points = "", {}
    try:
        points = load_map(path).points
    except BadInput as error:
        refused = str(error)
    assert bool(points) != ("fuzz.csv" in refused)
