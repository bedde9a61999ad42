"""Modbus RTU for real, on ptys: a scripted slave that misbehaves, and our own server.

The measured failings of a well-known library on such lines are the list of these tests: a
late reply that answered the next request, replies of the wrong function, length or unit
that were taken, a write sent four times, a neighbour that lost its replies.
"""

import os
from itertools import accumulate, pairwise
from struct import pack

import pytest
import serial
from hypothesis import given, settings
from hypothesis import strategies as st
from links_lines import MS, ScriptedSlave, registers_of, served, small_bank

from hil.bench.endpoint import Endpoint, open_server
from hil.links import pdu
from hil.links.device import Device
from hil.links.kept_port import KeptPort
from hil.links.line_time import LineTime
from hil.links.link import LinkFault
from hil.links.pty_line import PtyPort
from hil.links.rtu import RtuLink
from hil.links.rtu_frame import seal
from hil.links.rtu_server import RtuServer
from hil.links.serial_port import SerialPort, open_serial
from twin.clock import monotonic_ns
from twin.errors import BadInput, LinkLost
from twin.registers import plan_blocks
from twin.signals import Quality

BAUD = 115200
READ = pdu.read_request("hr", 0, 2)
RIGHT = registers_of(1, READ)
LIE = b"\x03\x04\xde\xad\xbe\xef"


@pytest.fixture
def link_to():
    links = []

    def make(path, timeout_s=0.08, baud=BAUD):
        links.append(RtuLink("line", str(path), baud=baud, timeout_s=timeout_s))
        return links[-1]

    yield make
    for link in links:
        link.close()


def fault_of(link, unit=1, request=READ):
    with pytest.raises(LinkFault) as fault:
        link.transact(unit, request)
    return fault.value


def prompt(unit, request):
    return [(0, seal(unit, registers_of(unit, request)))]


def test_a_prompt_slave_is_read(tmp_path, link_to):
    with ScriptedSlave(tmp_path, prompt) as slave:
        link = link_to(slave.path)
        for address in range(5):
            request = pdu.read_request("ir", address, 125)
            assert link.transact(17, request) == registers_of(17, request)


@pytest.mark.realtime
def test_a_late_reply_never_answers_the_next_request(tmp_path, link_to):
    turn = iter(range(10**6))

    def react(unit, request):  # every third reply comes after the time-out
        return [(220 if next(turn) % 3 == 0 else 0, seal(unit, registers_of(unit, request)))]

    with ScriptedSlave(tmp_path, react) as slave:
        link = link_to(slave.path, timeout_s=0.15)
        good = 0
        for address in range(24):  # same function, same length: only patience can tell them apart
            request = pdu.read_request("hr", address, 2)
            try:
                reply = link.transact(1, request)
            except LinkFault:
                continue
            assert reply == registers_of(1, request)
            good += 1
        assert good >= 12
        assert link.late >= 5


@pytest.mark.realtime
def test_a_late_reply_does_not_spoil_the_neighbour(tmp_path, link_to):
    def react(unit, request):
        return [(100 if unit == 1 else 0, seal(unit, registers_of(unit, request)))]

    with ScriptedSlave(tmp_path, react) as slave:
        link = link_to(slave.path, timeout_s=0.07)
        for _ in range(4):
            assert fault_of(link, 1).quality is Quality.TIMEOUT
            assert link.transact(2, READ) == registers_of(2, READ)


@pytest.mark.parametrize(
    ("lie", "misfits", "foreign"),
    [
        (seal(1, b"\x04\x04\xde\xad\xbe\xef"), 1, 0),  # another function
        (seal(1, b"\x03\x02\xde\xad"), 1, 0),  # another length
        (seal(1, b"\x03\x06\xde\xad\xbe\xef\0\0"), 1, 0),
        (seal(1, b"\x84\x02"), 1, 0),  # an exception of another function
        (seal(2, LIE), 0, 1),  # another unit
        (seal(1, LIE)[:-1] + b"\0", 0, 0),  # a wrong CRC
        (seal(1, LIE)[:-2], 0, 0),  # cut off
    ],
)
def test_what_does_not_fit_the_request_is_never_its_answer(
    tmp_path, link_to, lie, misfits, foreign
):
    with ScriptedSlave(tmp_path, lambda unit, request: [(0, lie)]) as slave:
        link = link_to(slave.path)
        fault = fault_of(link)
        expected = Quality.TIMEOUT if foreign else Quality.GARBLED
        assert fault.quality is expected
        assert (link.misfits, link.foreign) == (misfits, foreign)


@pytest.mark.parametrize(
    "before",
    [
        seal(2, LIE),
        seal(1, b"\x03\x02\xde\xad"),
        b"\x00",
        b"\xff\xff",
        b"\x01\x03",
        b"\x01\x03\x04",
    ],
)
def test_the_true_answer_behind_a_stranger_or_noise_is_taken(tmp_path, link_to, before):
    def react(unit, request):
        return [(0, before), (5, seal(unit, registers_of(unit, request)))]

    with ScriptedSlave(tmp_path, react) as slave:
        assert link_to(slave.path).transact(1, READ) == RIGHT


def test_a_reply_in_single_bytes_is_put_together(tmp_path, link_to):
    def react(unit, request):
        frame = seal(unit, registers_of(unit, request))
        return [(2 * i, frame[i : i + 1]) for i in range(len(frame))]

    with ScriptedSlave(tmp_path, react) as slave:
        assert link_to(slave.path).transact(1, READ) == RIGHT


def test_an_exception_is_handed_over(tmp_path, link_to):
    with ScriptedSlave(tmp_path, lambda unit, _: [(0, seal(unit, b"\x83\x06"))]) as slave:
        assert link_to(slave.path).transact(1, READ) == b"\x83\x06"


@pytest.mark.parametrize(
    "write",
    [
        pdu.write_registers_request(0, b"\0\1\0\2"),
        pdu.write_coils_request(0, 3, b"\5"),
    ],
)
def test_an_unanswered_write_is_sent_exactly_once(tmp_path, link_to, write):
    def react(unit, request):
        return [] if request == write else prompt(unit, request)

    with ScriptedSlave(tmp_path, react) as slave:
        link = link_to(slave.path)
        assert fault_of(link, request=write).quality is Quality.TIMEOUT
        assert link.transact(1, READ) == RIGHT
        assert slave.heard == [(1, write), (1, READ)]


@pytest.mark.realtime
def test_a_neighbour_is_served_while_another_is_silent(tmp_path, link_to):
    def react(unit, request):
        return [] if unit == 1 else prompt(unit, request)

    bank = small_bank(tmp_path)
    block = plan_blocks([bank.map.points["T_supply"]], 125, 0)[0]
    with ScriptedSlave(tmp_path, react) as slave:
        link = link_to(slave.path, timeout_s=0.2)
        silent, healthy = Device("silent", link, 1), Device("healthy", link, 2)
        end = monotonic_ns() + 5000 * MS
        while monotonic_ns() < end:
            assert silent.read(block)[:2] == (None, Quality.TIMEOUT)
            assert healthy.read(block).values == [20.0]
        asked = [unit for unit, _ in slave.heard]
        assert asked.count(1) <= 8  # 3 tolerated, then pauses of 0.25, 0.5, 1 and 2 s
        assert asked.count(2) > 100
        assert silent.skipped > 100


@pytest.mark.parametrize("echo", [False, True])
@pytest.mark.parametrize(
    "request_",
    [
        pdu.write_register_request(3, b"\0\1"),
        pdu.write_coil_request(3, True),
        pdu.read_request("co", 0x0300, 20),  # its reply may be the bytes of the request
        pdu.read_request("hr", 0, 2),
        pdu.write_registers_request(0, b"\0\1"),
    ],
)
def test_an_echo_is_neither_an_answer_nor_in_the_way(tmp_path, link_to, echo, request_):
    alive = True

    def react(unit, request):
        if not alive:
            return []
        if request[0] in (1, 3) and request != request_:
            return prompt(unit, request)
        reply = {3: RIGHT, 16: request[:5]}.get(request[0], request)
        return [(3, seal(unit, reply))]

    with ScriptedSlave(tmp_path, react, echo=echo) as slave:
        link = link_to(slave.path)
        for _ in range(2):
            pdu.check_reply(request_, link.transact(1, request_))
        alive = False
        assert fault_of(link, request=request_).quality is Quality.TIMEOUT
        assert [request for _, request in slave.heard].count(request_) == 3


def test_before_the_echo_is_known_a_silent_slave_gets_no_ambiguous_write(tmp_path, link_to):
    write = pdu.write_register_request(3, b"\0\1")
    with ScriptedSlave(tmp_path, lambda *_: [], echo=True) as slave:
        assert fault_of(link_to(slave.path), request=write).quality is Quality.TIMEOUT
        assert slave.heard[0] == (1, pdu.read_request("hr", 0, 1))


def test_what_is_known_of_the_echo_goes_with_the_port(tmp_path, link_to):
    write = pdu.write_register_request(3, b"\0\1")
    probe = pdu.read_request("hr", 0, 1)

    def react(unit, request):
        return prompt(unit, request) if request == probe else [(0, seal(unit, request))]

    with ScriptedSlave(tmp_path, react) as slave:
        link = link_to(slave.path)
        for _ in range(2):
            link.transact(1, write)
            link.transact(1, write)
            link.close()
        assert [request for _, request in slave.heard] == [probe, write, write] * 2


@pytest.mark.realtime
def test_a_line_that_babbles_is_garbled_and_not_for_ever(tmp_path, link_to):
    def react(unit, request):
        return [(i, b"\x55" * 7) for i in range(1000)]

    with ScriptedSlave(tmp_path, react) as slave:
        link = link_to(slave.path, timeout_s=0.05)
        start = monotonic_ns()
        assert fault_of(link).quality is Quality.GARBLED
        assert fault_of(link).quality is Quality.GARBLED
        assert monotonic_ns() - start < 900 * MS


def test_between_frames_the_line_is_quiet_for_three_and_a_half_characters(tmp_path, link_to):
    times = []

    def react(unit, request):
        times.append(monotonic_ns())
        return prompt(unit, request)

    with ScriptedSlave(tmp_path, react) as slave:
        link = link_to(slave.path, baud=9600)
        for _ in range(10):
            link.transact(1, READ)
    gaps = [b - a for a, b in pairwise(times)]
    assert min(gaps) >= 3.5 * 11 / 9600 * 1e9  # 4.01 ms, counted from the reply that came between


@settings(max_examples=50, deadline=None)
@given(noise=st.binary(max_size=300))
def test_random_bytes_from_the_line_never_become_a_value(tmp_path_factory, noise):
    folder = tmp_path_factory.mktemp("line")
    with ScriptedSlave(folder, lambda *_: [(0, noise)] if noise else []) as slave:
        link = RtuLink("line", slave.path, BAUD, timeout_s=0.01)
        assert fault_of(link).quality in (Quality.TIMEOUT, Quality.GARBLED)
        link.close()


# a port that comes and goes


@pytest.mark.realtime
def test_a_missing_port_is_down_at_once_and_says_why(tmp_path, link_to):
    link = link_to(tmp_path / "nothing")
    fault = fault_of(link)
    assert fault.quality is Quality.LINK_DOWN
    assert f"line: cannot open {tmp_path}/nothing" in str(fault)
    start = monotonic_ns()
    for _ in range(100):
        assert fault_of(link).quality is Quality.LINK_DOWN
    assert monotonic_ns() - start < 400 * MS


@pytest.mark.realtime
def test_a_port_pulled_and_put_back_works_again_within_three_seconds(tmp_path, link_to):
    path = tmp_path / "hp_line"
    link = link_to(path)
    with served(RtuServer("hp", {1: small_bank(tmp_path)}, PtyPort(path))):
        assert link.transact(1, READ) == b"\x03\x04" + pack(">hh", 3025, -150)
    assert not path.exists()
    fault = fault_of(link)
    assert fault.quality is Quality.LINK_DOWN
    assert "hp_line is gone" in str(fault)
    with served(RtuServer("hp", {1: small_bank(tmp_path, T_supply=99)}, PtyPort(path))):
        give_up = monotonic_ns() + 3000 * MS
        while True:
            try:
                reply = link.transact(1, READ)
                break
            except LinkFault:
                assert monotonic_ns() < give_up
        assert reply == b"\x03\x04" + pack(">hh", 9900, -150)


def test_a_port_has_one_owner(tmp_path, link_to):
    port = PtyPort(tmp_path / "line")
    first = open_serial(str(port.path), BAUD, "E", 1)
    fault = fault_of(link_to(port.path))
    assert fault.quality is Quality.LINK_DOWN
    first.close()
    port.close()


@pytest.mark.parametrize("unit", [0, 248, -1])
def test_units_that_no_line_has_are_refused(tmp_path, link_to, unit):
    with pytest.raises(BadInput, match="must be 1 to 247"):
        link_to(tmp_path / "line").transact(unit, READ)


def test_the_portable_port_reads_and_writes_as_the_other(tmp_path):
    far = PtyPort(tmp_path / "line")
    near = SerialPort(serial.Serial(str(far.path), 19200, timeout=0))
    near.write(b"question")
    assert far.read(monotonic_ns() + 1000 * MS) == b"question"
    far.write(b"answer")
    heard = b""
    while len(heard) < 6:
        heard += near.read(monotonic_ns() + 1000 * MS)
    assert heard == b"answer"
    assert near.read(monotonic_ns() + 10 * MS) == b""
    near.close()
    far.close()


# the server


@pytest.fixture
def line(tmp_path):
    """A served line with units 1 and 3, and its device opened as bytes."""
    banks = {1: small_bank(tmp_path), 3: small_bank(tmp_path, T_supply=33)}
    server = RtuServer("hp", banks, PtyPort(tmp_path / "line"))
    with served(server):
        raw = open_serial(str(tmp_path / "line"), BAUD, "N", 1)
        yield server, raw
        raw.close()


def hear(raw, size, within_ms=1000):
    data, end = b"", monotonic_ns() + within_ms * MS
    while len(data) < size and (chunk := raw.read(end)):
        data += chunk
    return data


HEAR_1 = seal(1, b"\x03\x04" + pack(">hh", 3025, -150))
HEAR_3 = seal(3, b"\x03\x04" + pack(">hh", 3300, -150))


def test_units_of_the_line_are_served_and_others_get_silence(line):
    server, raw = line
    for unit, expected in ((2, b""), (1, HEAR_1), (3, HEAR_3)):
        raw.write(seal(unit, READ))
        assert hear(raw, 9, 1000 if expected else 50) == expected
    assert server.requests == 2


def test_replies_of_other_units_pass_by(line):
    server, raw = line
    traffic = seal(2, READ) + seal(2, registers_of(2, READ)) + seal(2, b"\x83\x02")
    raw.write(traffic + seal(2, pdu.write_register_request(0, b"\0\1")) * 2 + seal(1, READ))
    assert hear(raw, 9) == HEAR_1
    assert (server.requests, server.noise) == (1, 0)


def test_requests_in_pieces_and_in_a_row_are_served(line):
    _, raw = line
    for byte in seal(1, READ):
        raw.write(bytes((byte,)))
    assert hear(raw, 9) == HEAR_1
    raw.write(seal(1, READ) + seal(3, READ))
    assert hear(raw, 18) == HEAR_1 + HEAR_3


@pytest.mark.parametrize(
    "noise", [b"\x00", b"\xff" * 9, b"\x01\x03", b"\x01\x10\0\0\0\x7b\xf6", b"\x41\x41\x41", HEAR_1]
)
def test_after_noise_the_next_request_is_still_served(line, noise):
    _, raw = line
    raw.write(noise + seal(1, READ))
    assert hear(raw, 9) == HEAR_1


def test_a_request_with_a_wrong_crc_gets_silence(line):
    _, raw = line
    raw.write(seal(1, READ)[:-1] + b"\0")
    assert hear(raw, 9, 100) == b""


def test_an_unknown_function_gets_exception_1(line):
    _, raw = line
    raw.write(seal(1, b"\x63\0\0"))
    assert hear(raw, 5) == seal(1, b"\xe3\x01")


def test_a_broadcast_is_written_everywhere_and_answered_nowhere(line):
    server, raw = line
    raw.write(seal(0, pdu.write_register_request(0, pack(">h", 777))) + seal(1, READ))
    assert hear(raw, 9) == seal(1, b"\x03\x04" + pack(">hh", 777, -150))
    raw.write(seal(3, READ))
    assert hear(raw, 9) == seal(3, b"\x03\x04" + pack(">hh", 777, -150))
    assert server.writes == 2


def test_a_master_that_never_listens_does_not_block_the_server(line):
    server, raw = line
    many = pdu.read_request("hr", 0, 5)
    for served_before in range(0, 8000, 8):
        raw.write(seal(1, many) * 8)
        end = monotonic_ns() + 5000 * MS
        while server.requests < served_before + 8 and monotonic_ns() < end:
            os.sched_yield()
    assert server.requests == 8000
    raw.read(0)


@settings(max_examples=40, deadline=None)
@given(chunks=st.lists(st.binary(max_size=260), max_size=4))
def test_random_bytes_do_not_hurt_the_server(tmp_path_factory, chunks):
    folder = tmp_path_factory.mktemp("line")
    server = RtuServer("hp", {1: small_bank(folder)}, PtyPort(folder / "line"))
    with served(server):
        raw = open_serial(str(folder / "line"), BAUD, "N", 1)
        for chunk in chunks:
            raw.write(chunk)
        raw.write(seal(1, READ))
        assert hear(raw, 9).endswith(HEAR_1)
        raw.close()


def test_a_line_is_raw_before_anybody_set_it_up(tmp_path):
    port = PtyPort(tmp_path / "line")
    device = os.open(port.path, os.O_RDWR | os.O_NOCTTY)
    every = bytes(range(256))
    port.write(every)
    assert os.read(device, 1000) == every
    os.write(device, every)
    assert port.read(monotonic_ns() + 1000 * MS) == every
    assert port.read(monotonic_ns() + 20 * MS) == b""  # and nothing is echoed
    os.close(device)
    port.close()


def test_the_path_of_a_line_is_replaced_and_cleaned_up(tmp_path):
    path = tmp_path / "deep" / "line"
    first = PtyPort(path)
    second = PtyPort(path)  # the one before was killed, say
    assert path.readlink() == second.device
    first.close()
    assert path.readlink() == second.device
    second.close()
    assert not path.is_symlink()


def test_a_file_in_the_place_of_a_line_is_kept(tmp_path):
    (tmp_path / "line").write_text("notes")
    with pytest.raises(BadInput, match="exists and is not the link of a serial line"):
        PtyPort(tmp_path / "line")
    assert (tmp_path / "line").read_text() == "notes"


def test_a_server_whose_port_goes_says_so(tmp_path):
    far = PtyPort(tmp_path / "line")
    near = open_serial(str(far.path), BAUD, "N", 1)
    far.close()
    with pytest.raises(LinkLost, match="hp: port is gone"):
        RtuServer("hp", {1: small_bank(tmp_path)}, near).poll(monotonic_ns() + 1000 * MS)
    near.close()


def asked(master, within_ns):
    """What answers a read that is asked from the far end of a pty until somebody does."""
    end_ns = monotonic_ns() + within_ns
    while monotonic_ns() < end_ns:
        master.write(seal(1, READ))
        stream = b""
        while chunk := master.read(monotonic_ns() + 100 * MS):
            stream += chunk
        if stream:
            return stream
    return b""


@pytest.mark.realtime
def test_a_server_goes_on_within_three_seconds_when_its_adapter_is_put_back(tmp_path):
    """The shape of a real adapter: the device goes, and later there is one at the same path."""
    path, told = tmp_path / "line", []
    right = seal(1, b"\x03\x04" + pack(">hh", 3025, -150))
    endpoint = Endpoint("hp", "rtu", path=str(path), baud=BAUD, parity="N")
    far = PtyPort(path)
    with served(open_server(endpoint, {1: small_bank(tmp_path)})):
        assert asked(far, 3000 * MS) == right
        far.close()
        far = PtyPort(path)
        assert asked(far, 3000 * MS) == right
    far.close()
    port = PtyPort(path)
    kept = KeptPort(lambda: open_serial(str(path), BAUD, "N", 1), told.append)
    port.close()
    assert kept.read(monotonic_ns() + 10 * MS) == b""
    kept.write(b"into nothing")
    assert [what.split(":")[0] for what in told] == ["it is gone"]
    kept.close()


class EchoingPort:
    """A two-wire adapter that hears itself: what the server sends comes back to it first."""

    def __init__(self):
        self.sent = []
        self._heard = b""

    def hear(self, data):
        self._heard += data

    def read(self, deadline_ns):
        heard, self._heard = self._heard, b""
        return heard

    def write(self, data):
        self.sent.append(data)
        assert len(self.sent) < 50, "it answers itself"
        self._heard += data

    def close(self):
        pass


def test_a_server_does_not_answer_its_own_echo(tmp_path):
    port = EchoingPort()
    server = RtuServer("hp", {1: small_bank(tmp_path)}, port, line=LineTime(BAUD, "N", 1))
    write = seal(1, pdu.write_register_request(1, pack(">h", 800)))
    read = seal(1, pdu.read_request("hr", 1, 1))
    answer_to_read = seal(1, b"\x03\x02" + pack(">h", 800))
    for request in (write, read, write, write, read):
        port.hear(request)
        for _ in range(3):
            server.poll(0)
    assert port.sent == [write, answer_to_read, write, write, answer_to_read]
    assert (server.requests, server.writes, server.noise) == (5, 3, 0)


def test_a_server_without_an_echo_answers_a_write_that_comes_twice(tmp_path):
    port = EchoingPort()
    server = RtuServer("hp", {1: small_bank(tmp_path)}, port, line=LineTime(BAUD, "N", 1))
    write = seal(1, pdu.write_register_request(1, pack(">h", 800)))
    read = seal(1, pdu.read_request("hr", 1, 1))
    for request in (read, write, write, write):
        port.hear(request)
        server.poll(0)
        port.read(0)  # nothing of it comes back
    assert len(port.sent) == 4


class TimedPort:
    """A line on a time of its own, on which `after` [ns] say when each next byte comes."""

    def __init__(self, data, after):
        self.now_ns = 0
        self.sent = []
        self._due = list(zip(accumulate(after), (bytes((b,)) for b in data), strict=True))

    def read(self, deadline_ns):
        if self._due and self._due[0][0] <= deadline_ns:
            at_ns, byte = self._due.pop(0)
            self.now_ns = max(self.now_ns, at_ns)
            return byte
        self.now_ns = max(self.now_ns, deadline_ns)
        return b""

    def write(self, data):
        self.sent.append((self.now_ns, data))


@pytest.mark.parametrize("baud", [1200, 9600, 19200, 115200])
def test_a_server_keeps_the_silence_between_question_and_answer(tmp_path, baud):
    line = LineTime(baud, "E", 1)
    request = seal(1, READ)
    port = TimedPort(request + b"\xff", [line.char_ns] * 9)  # an adapter's click as it lets go
    server = RtuServer("hp", {1: small_bank(tmp_path)}, port, now_ns=lambda: port.now_ns, line=line)
    server.poll(100 * line.char_ns)
    ((sent_ns, _),) = port.sent
    assert sent_ns - 9 * line.char_ns == line.gap_ns


def test_a_server_does_not_talk_into_a_line_that_is_never_quiet(tmp_path):
    line = LineTime(9600, "E", 1)
    port = TimedPort(seal(1, READ) + bytes(100), [line.char_ns] * 108)
    server = RtuServer("hp", {1: small_bank(tmp_path)}, port, now_ns=lambda: port.now_ns, line=line)
    server.poll(300 * line.char_ns)
    assert (port.sent, server.requests, server.unquiet) == ([], 1, 1)
