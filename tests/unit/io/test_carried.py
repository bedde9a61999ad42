"""What an overheard exchange carried, also where request and data do not agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.io.carried import Decoder, carried
from hil.io.listener import Listener
from hil.io.pairing import Exchange
from hil.links import pdu
from hil.links.line_time import LineTime
from hil.links.rtu_frame import seal
from twin.registers import load_map

S = 1_000_000_000
MAP = "name,table,address,type\n" + "".join(f"r{a},hr,{a},uint16\n" for a in range(100, 110))


def overheard(*messages):
    """Exchanges of frames of unit 3 that follow one another on a line."""
    listener, heard = Listener(LineTime(9600, "N", 1), S), []
    for k, message in enumerate(messages, start=1):
        heard += listener.feed(seal(3, message), k * S // 10)
    heard += listener.feed(b"", 10 * S)
    return [found for found in heard + listener.finish() if isinstance(found, Exchange)]


MISFITS = {
    "10 registers, 2 bytes": ("10 0064 000a 02 1234", ("writes", "hr", 100, 10)),
    "1 register, 4 bytes": ("10 0064 0001 04 1234 5678", ("writes", "hr", 100, 1)),
    "20 coils, 1 byte": ("0f 0064 0014 01 ff", ("writes", "co", 100, 20)),
    "3 coils, 2 bytes": ("0f 0064 0003 02 ff ff", ("writes", "co", 100, 3)),
}


@pytest.mark.parametrize(("frame", "part"), MISFITS.values(), ids=MISFITS)
def test_a_write_whose_count_does_not_fit_its_bytes_carries_nobody_knows_what(
    tmp_path, frame, part
):
    (exchange,) = overheard(bytes.fromhex(frame))
    (found,) = carried(exchange)
    assert (found.verb, found.table, found.address, found.size, found.words) == (*part, None)
    (tmp_path / "map.csv").write_text(MAP)
    assert Decoder(load_map(tmp_path / "map.csv")).values(3, found) == {}


def test_a_write_that_fits_carries_its_words():
    (exchange,) = overheard(pdu.write_registers_request(100, b"\x12\x34\x56\x78"))
    (found,) = carried(exchange)
    assert found.words == {("hr", 100): 0x1234, ("hr", 101): 0x5678}
    (exchange,) = overheard(bytes.fromhex("0f 0007 0009 02 05 01"))
    (found,) = carried(exchange)
    assert found.words == {("co", 7 + k): int(k in (0, 2, 8)) for k in range(9)}


WRITE = st.builds(
    lambda function, place, data: bytes((function, *place, len(data))) + data,
    st.sampled_from([15, 16]),
    st.binary(min_size=4, max_size=4),
    st.binary(max_size=246),
)
BOTH = st.builds(
    lambda place, data: bytes((23, *place, len(data))) + data,
    st.binary(min_size=8, max_size=8),
    st.binary(max_size=240),
)
READ = st.builds(
    lambda function, place: bytes((function, *place)),
    st.integers(1, 4),
    st.binary(min_size=4, max_size=4),
)
REPLY = st.builds(
    lambda function, data: bytes((function, len(data))) + data,
    st.sampled_from([1, 2, 3, 4, 23]),
    st.binary(max_size=250),
)


@given(st.lists(WRITE | BOTH | READ | REPLY, max_size=4))
def test_of_any_frames_every_word_has_its_place_or_is_not_known(messages):
    for exchange in overheard(*messages):
        for part in carried(exchange):
            places = range(part.address, part.address + part.size)
            assert part.words is None or list(part.words) == [(part.table, at) for at in places]
