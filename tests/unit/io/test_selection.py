"""What is to be read: ranges, points of maps, and how many requests that takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.io.selection import of_map, of_ranges, parse_range, spans
from twin.errors import BadInput
from twin.registers import Point

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


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["hr", "ir"]),
            st.integers(0, 400),
            st.sampled_from(["int16", "int64"]),
        ),
        min_size=1, max_size=40,
    ),
    st.integers(4, 125), st.integers(0, 20),
)  # fmt: skip
def test_spans_cover_every_point_once_and_keep_the_limits(places, max_read, max_gap):
    points = [Point(f"p{i}", t, a, kind) for i, (t, a, kind) in enumerate(places)]
    found = spans(points, max_read, max_gap)
    assert sorted(p.name for s in found for p in s.points) == sorted(p.name for p in points)
    for span in found:
        assert span.count <= max_read
        for point in span.points:
            assert span.table == point.table
            assert span.address <= point.address
            assert point.end <= span.address + span.count
        ends = [span.address]
        for point in span.points:
            assert point.address - max(ends) <= max_gap
            ends.append(point.end)


def test_ranges_that_touch_are_one_request():
    selection = of_ranges(["hr:0:3", "hr:3:2:float32"])
    (span,) = spans(selection.points, 125, 0)
    assert (span.address, span.count) == (0, 7)
