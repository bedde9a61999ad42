"""Understanding a line that others use, in virtual time: every byte has its own instant."""

from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.io.carried import Decoder, carried
from hil.io.listener import Listener
from hil.io.pairing import Exchange
from hil.io.wiretap import Heard, Noise
from hil.links import pdu
from hil.links.line_time import LineTime
from hil.links.rtu_frame import seal
from twin.registers import load_map

MS = 1_000_000
LINE = LineTime(19200, "E", 1)
READ = pdu.read_request("hr", 0, 2)
REPLY = b"\x03\x04" + pack(">HH", 3025, 65386)


class Wire:
    """Sends frames with real durations, in pieces of any size, and keeps what was understood."""

    def __init__(self, pieces=lambda: 3, timeout_ms=300):
        self.now_ns = 5_000 * MS
        self.listener = Listener(LINE, timeout_ms * MS)
        self.heard = []
        self._pieces = pieces

    def send(self, data, after_ms=3.0):
        self.now_ns += round(after_ms * MS)
        while data:
            size = self._pieces()
            piece, data = data[:size], data[size:]
            self.now_ns += LINE.duration_ns(len(piece))
            self.heard += self.listener.feed(piece, self.now_ns)
        return self

    def wait(self, ms):
        self.now_ns += round(ms * MS)
        self.heard += self.listener.feed(b"", self.now_ns)
        return self

    def end(self):
        self.heard += self.listener.finish()
        return self

    @property
    def exchanges(self):
        return [h for h in self.heard if isinstance(h, Exchange)]

    @property
    def noises(self):
        return [h for h in self.heard if isinstance(h, Noise)]


def test_a_request_and_its_reply_are_one_exchange():
    wire = Wire().send(seal(7, READ)).send(seal(7, REPLY), after_ms=12)
    (found,) = wire.exchanges
    assert (found.ending, found.unit, found.request, found.reply) == ("answered", 7, READ, REPLY)
    assert found.took_ns == pytest.approx(12 * MS, abs=2)
    assert wire.noises == []


WRITES = [
    pdu.write_register_request(5, b"\x01\x02"),
    pdu.write_coil_request(3, True),
    pdu.mask_write_request(4, 0xF2, 0x25),
]


@pytest.mark.parametrize("request_", WRITES, ids=["6", "5", "22"])
def test_a_reply_that_equals_its_request_is_the_reply(request_):
    wire = Wire().send(seal(1, request_)).send(seal(1, request_)).send(seal(1, request_))
    wire.send(seal(1, request_)).wait(1000)
    assert [e.ending for e in wire.exchanges] == ["answered", "answered"]


def test_silence_refusal_broadcast_and_another_unit_between():
    wire = Wire()
    wire.send(seal(1, READ)).send(seal(2, READ), after_ms=200).send(seal(2, b"\x83\x02"))
    wire.send(seal(0, WRITES[0]), after_ms=20).send(seal(1, READ), after_ms=20)
    wire.send(seal(1, REPLY), after_ms=5)
    assert [(e.ending, e.unit, e.code) for e in wire.exchanges] == [
        ("unanswered", 1, 0), ("refused", 2, 2), ("broadcast", 0, 0), ("answered", 1, 0),
    ]  # fmt: skip


def test_a_reply_after_the_next_request_is_late_and_takes_nobodys_place():
    wire = Wire().send(seal(1, READ)).send(seal(2, READ), after_ms=200)
    wire.send(seal(1, REPLY), after_ms=5).send(seal(2, REPLY), after_ms=5)
    assert [(e.ending, e.unit) for e in wire.exchanges] == [
        ("unanswered", 1), ("late", 1), ("answered", 2),
    ]  # fmt: skip
    late = wire.exchanges[1]
    assert late.took_ns > 200 * MS


def test_a_reply_after_the_time_out_is_late():
    wire = Wire(timeout_ms=100).send(seal(1, READ)).wait(101).send(seal(1, REPLY))
    assert [e.ending for e in wire.exchanges] == ["unanswered", "late"]
    assert wire.listener.traffic.units[1].requests == 1


def test_a_reply_that_nobody_asked_for_is_an_orphan():
    wire = Wire().send(seal(9, REPLY))
    assert [(e.ending, e.unit) for e in wire.exchanges] == [("orphan", 9)]


def test_a_wrong_checksum_is_named_and_the_next_exchange_is_whole():
    bad = seal(3, REPLY)[:-1] + b"\x00"
    wire = Wire().send(seal(3, READ)).send(bad, after_ms=5)
    wire.send(seal(3, READ), after_ms=30).send(seal(3, REPLY), after_ms=5).end()
    (noise,) = wire.noises
    assert noise.data == bad
    assert noise.looks_like == "reply of unit 3, function 3, wrong checksum"
    assert [e.ending for e in wire.exchanges] == ["unanswered", "answered"]
    assert wire.listener.traffic.wrong_sums == 1


def test_a_bad_reply_right_before_the_next_request_does_not_swallow_it():
    wire = Wire().send(seal(3, READ)).send(b"\x03\x03\xf0" + bytes(9), after_ms=5)
    for _ in range(3):  # a quick master: never 20 ms of silence
        wire.send(seal(3, READ), after_ms=4).send(seal(3, REPLY), after_ms=4)
    assert [e.ending for e in wire.exchanges] == ["unanswered", *["answered"] * 3]


def test_functions_that_only_their_makers_know_are_frames_too():
    wire = Wire(pieces=lambda: 64)
    wire.send(seal(4, b"\x64\x01\x02\x03")).send(seal(4, b"\x64\xaa"), after_ms=5)
    wire.send(seal(4, READ), after_ms=5).send(seal(4, REPLY), after_ms=5)
    assert [(e.ending, e.request[0]) for e in wire.exchanges] == [
        ("answered", 100),
        ("answered", 3),
    ]


@pytest.mark.parametrize(("silence_ms", "short"), [(0.7, 1), (1.2, 1), (2.1, 0), (5.0, 0)])
def test_silences_below_3_5_characters_are_counted(silence_ms, short):
    # 3.5 characters are 2.0 ms at 19200 8E1, and one character of 0.57 ms is forgiven
    wire = Wire(pieces=lambda: 1).send(seal(1, READ)).send(seal(1, REPLY), after_ms=silence_ms)
    assert wire.listener.traffic.short_gaps == short


def test_what_came_in_one_lump_has_no_silence_to_judge():
    wire = Wire(pieces=lambda: 64).send(seal(1, READ) + seal(1, REPLY))
    assert wire.listener.traffic.short_gaps == 0
    assert [e.ending for e in wire.exchanges] == ["answered"]


def test_the_load_of_a_line_is_the_time_with_characters_on_it():
    wire = Wire().send(seal(1, READ)).send(seal(1, REPLY), after_ms=20)
    characters = (8 + 9) * 11 / 19200
    assert wire.listener.traffic.load == pytest.approx(characters / (characters + 0.020), rel=1e-3)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_the_pieces_every_exchange_is_heard_once(data):
    wire = Wire(pieces=lambda: data.draw(st.integers(1, 12)))
    question = st.tuples(st.integers(1, 247), st.integers(0, 900), st.integers(1, 20))
    asked = data.draw(st.lists(question, max_size=6))
    for unit, address, count in asked:
        body = data.draw(st.binary(min_size=2 * count, max_size=2 * count))
        wire.send(seal(unit, pdu.read_request("ir", address, count)))
        wire.send(seal(unit, bytes((4, 2 * count)) + body))
    assert [(e.ending, e.unit) for e in wire.exchanges] == [("answered", u) for u, _, _ in asked]
    assert wire.noises == []


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=40), st.integers(0, 40)), max_size=12))
def test_any_bytes_are_frames_or_noise_and_none_is_lost(pieces):
    wire = Wire(pieces=lambda: 7)
    for data, after_ms in pieces:
        wire.send(data, after_ms)
    wire.end()
    frames = [seal(h.unit, h.message) for h in wire.heard if isinstance(h, Heard)]
    noise = [h.data for h in wire.noises]
    assert sum(map(len, frames)) + sum(map(len, noise)) == sum(len(data) for data, _ in pieces)


MAP = """\
name,table,address,type,scale,scale_ref,unit,access,min,max
T_supply,hr,0,int16,0.01,,degC,rw,-40,120
T_return,hr,1,int16,0.01,,degC,rw,-40,120
power,hr,4,int16,,power_sf,W,r,,
power_sf,hr,9,int16,,,-,r,,
enable,co,0,bool,,,-,rw,,
"""


def test_a_map_gives_names_and_values_to_what_passes_by(tmp_path):
    (tmp_path / "map.csv").write_text(MAP)
    decoder = Decoder(load_map(tmp_path / "map.csv"))

    def values(request, reply):
        wire = Wire().send(seal(1, request)).send(seal(1, reply))
        (exchange,) = wire.exchanges
        return [decoder.values(1, part) for part in carried(exchange)]

    assert values(READ, REPLY) == [{"T_supply": 30.25, "T_return": -1.5}]
    power = pdu.read_request("hr", 4, 1), b"\x03\x02" + pack(">h", 1234)
    assert values(*power) == [{}]  # its scale did not pass by yet
    assert values(pdu.read_request("hr", 9, 1), b"\x03\x02" + pack(">h", 1)) == [{"power_sf": 1.0}]
    assert values(*power) == [{"power": 12340.0}]
    write = pdu.write_register_request(1, pack(">h", 4550))
    assert values(write, write) == [{"T_return": 45.5}]
    coil = pdu.write_coil_request(0, True)
    assert values(coil, coil) == [{"enable": 1.0}]
    many = pdu.write_registers_request(0, pack(">hh", 100, 200))
    assert values(many, many[:5]) == [{"T_supply": 1.0, "T_return": 2.0}]
    both = pdu.exchange_request(0, 2, 1, pack(">h", 300))
    reply = bytes((23,)) + REPLY[1:]
    assert values(both, reply) == [{"T_return": 3.0}, {"T_supply": 30.25, "T_return": -1.5}]
    assert values(READ, b"\x83\x02") == [{}]
