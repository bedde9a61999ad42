"""Whoever follows the stream knows the newest moment, whatever they missed."""

import json

from hypothesis import given
from hypothesis import strategies as st

from hil.page.stream import Frame, Told, _changed, event

MAPPINGS = ("measured", "quality", "commands", "predicted", "band", "standing", "reasons")
NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.one_of(st.none(), st.integers(0, 3))


@st.composite
def moments(draw):
    found = {name: draw(st.dictionaries(NAMES, VALUES, max_size=3)) for name in MAPPINGS}
    return {**found, "t_ms": draw(st.integers(0, 5)), "predicted_ms": draw(st.integers(0, 5))}


def merged(known, content):
    """What a browser does with the events of a frame."""
    for block in content.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if lines.get("event") != "now":
            continue
        news = json.loads(lines["data"])
        if news.pop("whole"):
            known = {name: {} for name in MAPPINGS}
        for name, value in news.items():
            known[name] = {**known[name], **value} if name in MAPPINGS else value
    return known


def same(known, moment):
    """Equal, where null and nothing are the same."""
    return all(
        {k: v for k, v in known[name].items() if v is not None}
        == {k: v for k, v in moment[name].items() if v is not None}
        if name in MAPPINGS
        else known[name] == moment[name]
        for name in moment
    )


@given(st.lists(st.tuples(moments(), st.booleans()), min_size=1, max_size=8))
def test_a_page_that_skips_frames_ends_at_the_same_moment(looks):
    known, seen, before = {}, -1, {}
    for look, (moment, reads) in enumerate([*looks[:-1], (looks[-1][0], True)], 1):
        frame = Frame(look, moment, _changed(before, moment, look))
        before = moment
        if reads:
            known, seen = merged(known, frame.after(seen)), look
            assert same(known, moment)


def test_a_list_is_told_once_to_each_page():
    alarms = Told(3, event("alarms", 0, b"[]"))
    frame = Frame(5, {}, b"", alarms, Told(), b"beat")
    assert alarms.content in frame.after(2)
    assert alarms.content not in frame.after(3)
    assert frame.after(4) == b"beat"
