"""The journal: whole entries or a refusal that shows what can be read; points as they are."""

import pytest
from gate_plant import PLACE, Plant
from hypothesis import given
from hypothesis import strategies as st

from hil.gate.journal import Entry, Journal
from twin.errors import BadInput
from twin.registers import Block, Point


@pytest.fixture
def entries(tmp_path):
    plant = Plant(tmp_path)
    flow = Entry("hp1", PLACE, 1, plant.block("flow"), bytes.fromhex("41480000"), reason="test")
    bits = Entry("hp1", PLACE, 1, plant.block("on", "boost"), b"\0\x08")
    kick = Entry("hp2", "rtu:///dev/ttyUSB0?baud=9600", 7, plant.block("kick"), b"\0\1", False)
    return [flow, bits, kick]


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path)


def written(journal, entries):
    numbers = [journal.hold(entry) for entry in entries]
    journal.close()
    return numbers


def test_entries_come_back_whole_without_those_that_are_done(tmp_path, journal, entries):
    first, second, third = written(journal, entries)
    journal.done(second)
    journal.close()
    found = Journal(tmp_path).read()
    assert list(found) == [first, third]
    assert [str(found[n]) for n in found] == [
        "hp1 (tcp://127.0.0.1:502, unit 1, hr 1): flow = 12.5 kg/s",
        "hp2 (rtu:///dev/ttyUSB0?baud=9600, unit 7, hr 3): kick = 1",
    ]
    assert (found[third].readable, found[first].before) == (False, entries[0].before)


def test_a_journal_goes_on_behind_what_was_left(tmp_path, journal, entries):
    written(journal, entries[:2])
    again = Journal(tmp_path)
    assert list(again.read()) == [1, 2]
    again.done(1)
    again.close()
    assert list(Journal(tmp_path).read()) == [2]


def test_half_a_line_is_a_write_that_never_went_out(tmp_path, journal, entries):
    written(journal, entries)
    content = journal.path.read_bytes()
    for cut in (1, 40, 200):
        journal.path.write_bytes(content[:-cut])
        again = Journal(tmp_path)
        assert list(again.read()) == [1, 2]
        assert again.hold(entries[2]) == 3
        again.close()
        assert list(Journal(tmp_path).read()) == [1, 2, 3]


@given(st.data())
def test_a_damaged_journal_is_refused_and_shows_what_it_still_knows(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damaged")
    plant = Plant(folder)
    journal = Journal(folder)
    flow = Entry("hp1", PLACE, 1, plant.block("flow"), bytes.fromhex("41480000"))
    written(journal, [flow] * 3)
    content = bytearray(journal.path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 2).filter(lambda i: content[i] != 10))
    content[at] ^= data.draw(st.sampled_from([1, 2, 4, 64, 128]))
    journal.path.write_bytes(content)
    with pytest.raises(BadInput, match=r"damaged(.|\n)*left as it is(.|\n)*by hand") as refusal:
        Journal(folder).read()
    # the line that was hit is not believed; both others are shown (one, if it became two lines)
    assert str(refusal.value).count("flow = 12.5 kg/s") == 2
    assert journal.path.read_bytes() == content


def test_what_is_not_of_this_version_is_refused(tmp_path, journal, entries):
    journal._append({"event": "hold", "device": "hp1", "points": [{"colour": "red"}]})
    journal.close()
    with pytest.raises(BadInput, match="not of this version"):
        Journal(tmp_path).read()


@pytest.mark.parametrize(
    "point",
    [
        Point("a", "hr", 3, "int32", "CDAB", scale=0.01, offset=-273.15, unit="degC", access="rw"),
        Point("b", "co", 9, "bool", access="w", tag="command"),
        Point("c", "hr", 65535, "uint16", bit=15, min=0, max=1, ramp=0.5, nan=None),
        Point("d", "hr", 0, "float64", "DCBA", enum={0: "off"}, desc="text", line=7, default=1.5),
    ],
)
def test_a_point_keeps_all_that_its_registers_mean(tmp_path, journal, point):
    payload = bytes(Block([point]).size)
    journal.hold(Entry("hp1", PLACE, 1, Block([point]), payload))
    journal.close()
    (found,) = Journal(tmp_path).read()[1].block.points
    for name in Point.__dataclass_fields__:
        if name not in ("enum", "desc", "line", "poll"):
            assert getattr(found, name) == getattr(point, name)
