"""What a line allows, against sums by hand; figures of a unit that sometimes fails."""

import pytest

from hil.io.figures import Figures, line_limit_ns, request_of, transaction_ns
from hil.links import pdu
from hil.links.address import parse_address
from hil.links.line_time import LineTime
from hil.links.link import LinkFault
from twin.errors import BadInput
from twin.signals import Quality

SUMS = [
    # baud, parity, range, characters of request and reply, bits a character, silence [ms]
    (19200, "E", "hr:0:1", 8 + 7, 11, 3.5 * 11 / 19.2),
    (9600, "N", "ir:5:10", 8 + 25, 10, 3.5 * 10 / 9.6),
    (115200, "E", "hr:0:125", 8 + 255, 11, 1.75),
    (19200, "O", "co:0:17", 8 + 8, 11, 3.5 * 11 / 19.2),
    (9600, "N", "hr:0:2:float32", 8 + 13, 10, 3.5 * 10 / 9.6),
]


@pytest.mark.parametrize(("baud", "parity", "text", "characters", "bits", "gap_ms"), SUMS)
def test_a_transaction_takes_its_characters_and_two_silences(
    baud, parity, text, characters, bits, gap_ms
):
    found_ns = transaction_ns(LineTime(baud, parity, 1), request_of(text))
    assert found_ns / 1e6 == pytest.approx(characters * bits * 1e3 / baud + 2 * gap_ms, rel=1e-6)


def test_only_a_line_with_a_baud_rate_has_a_limit():
    request = pdu.read_request("hr", 0, 1)
    assert line_limit_ns(parse_address("tcp://plc"), request) is None
    serial = line_limit_ns(parse_address("rtu:/dev/ttyUSB9?baud=9600"), request)
    assert serial == transaction_ns(LineTime(9600, "E", 1), request)


@pytest.mark.parametrize("text", ["hr:0:126", "hr:0:63:float32", "ir:0:32:int64"])
def test_what_does_not_fit_one_read_is_refused(text):
    with pytest.raises(BadInput, match="must be at most 125 in one read"):
        request_of(text)


class Moody:
    """Answers, is silent, refuses, garbles: in turns."""

    name = "moody"

    def __init__(self):
        self._turn = 0

    def transact(self, unit, request):
        self._turn += 1
        match self._turn % 4:
            case 1:
                return b"\x03\x02\x00\x07"
            case 2:
                raise LinkFault(Quality.TIMEOUT, "silence")
            case 3:
                return b"\x83\x0b"
        return b"\x03\x04\x00\x07\x00\x00"

    def close(self):
        pass


def test_failures_are_counted_by_their_kind_and_are_not_fast_answers():
    figures = Figures(Moody(), 1, pdu.read_request("hr", 0, 1))
    seen = []

    class Enough(Exception):
        pass

    def tell(now):
        seen.append(sum(now.counts.values()))
        if seen[-1] == 40:
            raise Enough

    with pytest.raises(Enough):
        figures.run(10**12, tell)
    assert figures.counts == {"GOOD": 10, "TIMEOUT": 20, "GARBLED": 10}
    assert figures.latency.count == 10
    assert figures.per_second == pytest.approx(10e9 / figures.elapsed_ns)
    assert "answer 03 04" in figures.last_error
