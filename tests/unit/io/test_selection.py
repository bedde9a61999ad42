"""What is to be read: ranges, and points of maps."""

import pytest

from hil.io.selection import of_map, parse_range
from twin.errors import BadInput

BAD = [
    ("hr", "range = 'hr': must be TABLE:ADDRESS"),
    ("hr:1:2:int16:ABCD:6", "must be TABLE:ADDRESS"),
    ("hx:1", "unknown table 'hx'"),
    ("hr:x", "address = 'x': must be a whole number, 0 to 65535"),
    ("hr:70000", "address = 70000: must be 0 to 65535"),
    ("hr:1:0", "count = 0: must be 1 to 2000"),
    ("hr:1:1:flot32", "unknown type 'flot32', did you mean 'float32'?"),
    ("co:1:1:int16", "unknown type 'int16'; known: bool"),
    ("hr:1:1:int32:ABDC", "unknown order 'ABDC'"),
    ("hr:65535:1:int32", "leaves the addresses 0 to 65535"),
]


@pytest.mark.parametrize(("text", "message"), BAD, ids=[b[0] for b in BAD])
def test_what_is_no_range_is_refused(text, message):
    with pytest.raises(BadInput) as refusal:
        parse_range(text)
    assert message in str(refusal.value)


def test_a_range_is_its_values():
    assert [(p.name, p.type) for p in parse_range("co:7:2")] == [("co:7", "bool"), ("co:8", "bool")]
    found = parse_range("ir:0x10:2:float64:CDAB")
    assert [(p.address, p.type, p.order) for p in found] == [
        (16, "float64", "CDAB"), (20, "float64", "CDAB"),
    ]  # fmt: skip


def test_a_scale_is_read_along_with_its_value(tmp_path):
    file = tmp_path / "map.csv"
    file.write_text(
        "name,table,address,type,scale_ref,access,min,max\n"
        "W,hr,0,int16,W_SF,r,,\nW_SF,hr,9,int16,,r,,\nsecret,hr,20,int16,,w,0,1\n"
    )
    assert [p.name for p in of_map(file, ["W"]).points] == ["W", "W_SF"]
    assert [p.name for p in of_map(file).points] == [
        "W",
        "W_SF",
    ]  # what only is written is not read
    with pytest.raises(BadInput, match="did you mean 'W_SF'"):
        of_map(file, ["W_FS"])
