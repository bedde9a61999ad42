"""Scans in memory: what is asked, in which order, and what counts as found."""

import pytest

from hil.io.line_setting import LineSetting, likely_settings, same_rate_first
from hil.io.probe import Found, Hint, probe
from hil.io.scan_network import NetworkScan
from hil.io.scan_serial import SerialScan
from hil.links import pdu
from hil.links.address import parse_address
from hil.links.link import LinkFault
from hil.links.server import answer
from twin.registers import RegisterBank, load_map
from twin.signals import Quality


@pytest.fixture
def bank(tmp_path):
    (tmp_path / "map.csv").write_text("name,table,address,type,default\nT,ir,0,int16,7\n")
    return RegisterBank(load_map(tmp_path / "map.csv"))


class Line:
    """A serial line of `units` at `setting`: silence at wrong rates, garbage at wrong parities."""

    def __init__(self, setting, units, identity=None):
        self.setting, self.units, self.identity = setting, units, identity
        self.asked = []
        self.opened = []
        self.closed = 0

    def open_at(self, setting):
        self.opened.append(setting)
        return Opened(self, setting)


class Opened:
    name = "line"

    def __init__(self, line, setting):
        self.line, self.setting = line, setting

    def transact(self, unit, request):
        self.line.asked.append((self.setting, unit, request))
        memory = self.line.units.get(unit)
        if callable(memory):
            return memory(request)
        if memory is None or self.setting.baud != self.line.setting.baud:
            raise LinkFault(Quality.TIMEOUT, "silence")
        if self.setting.parity != self.line.setting.parity:
            raise LinkFault(Quality.GARBLED, "c1 f3 is no answer")
        return answer({unit: memory}, unit, request, self.line.identity)

    def close(self):
        self.line.closed += 1


def scan_of(line, settings=None, units=range(1, 248)):
    return SerialScan(
        line.open_at, settings or likely_settings(parse_address("rtu:x")), list(units), 0.1
    )


READS_ONLY = {1, 2, 3, 4, 43}


def test_a_line_is_found_and_all_its_units(bank):
    identity = {0: b"Acme", 1: b"HP-9", 2: b"1.2", 4: b"Pump\x07"}
    line = Line(LineSetting(9600, "E", 1), {1: bank, 99: bank}, identity)
    scan = scan_of(line)
    scan.run(lambda t: None)
    assert scan.setting == LineSetting(9600, "E", 1)
    assert [f.unit for f in scan.found] == [1, 99]
    assert scan.found[0].answers == ("hr 0: exception 2", "ir 0 = 7")
    assert scan.found[0].identity == {
        "vendor": "Acme", "product_code": "HP-9", "revision": "1.2", "product": "Pump?",
    }  # fmt: skip
    assert {request[0] for _, _, request in line.asked} <= READS_ONLY
    assert line.closed == len(line.opened)


def test_garbage_at_a_rate_brings_its_other_parities_next(bank):
    line = Line(LineSetting(2400, "O", 1), {1: bank})
    scan = scan_of(line)
    scan.run(lambda t: None)
    tried = list(dict.fromkeys(line.opened))
    first = next(i for i, s in enumerate(tried) if s.baud == 2400)
    assert [s.baud for s in tried[first:]] == [2400] * 3
    assert scan.setting == line.setting
    assert {str(setting) for setting, _ in scan.hints} == {"2400 8N1", "2400 8E1"}


def test_no_more_questions_are_asked_than_were_said(bank):
    for setting in ((1200, "O", 1), (19200, "E", 1)):
        line, told = Line(LineSetting(*setting), {3: bank}), []
        scan = scan_of(line)
        scan.run(told.append)
        assert len(told) <= scan.questions
        assert [t.done for t in told] == sorted(t.done for t in told)
        assert told[-1].done == scan.questions - 1


def test_a_scan_that_is_stopped_has_what_was_found(bank):
    class Enough(BaseException):
        pass

    def tell(tried):
        if tried.unit == 100:
            raise Enough

    line = Line(LineSetting(19200, "E", 1), {1: bank, 50: bank, 150: bank})
    scan = scan_of(line)
    with pytest.raises(Enough):
        scan.run(tell)
    assert [f.unit for f in scan.found] == [1, 50]
    assert line.closed == len(line.opened)


def test_one_answer_alone_is_no_find():
    first = [b"\x03\x02\x00\x01"]

    def once(request):
        if first:
            return first.pop()
        raise LinkFault(Quality.TIMEOUT, "silence")

    hint = probe(Line(LineSetting(9600, "N", 1), {1: once}).open_at(LineSetting(9600, "N", 1)), 1)
    assert hint == Hint(1, "answered once (hr 0 = 1) and to no other question")


def test_a_device_that_always_promises_more_does_not_hold_the_scan():
    def endless(request):
        if request[0] == 43:
            return bytes((43, 14, request[2], 0x81, 0xFF, request[3] + 1, 1, request[3], 1)) + b"x"
        return (
            pdu.read_request("hr", 0, 1)[:1] + b"\x02\x00\x01" if request[0] == 3 else b"\x84\x01"
        )

    found = probe(Line(None, {1: endless}).open_at(LineSetting(9600, "N", 1)), 1)
    assert isinstance(found, Found)
    assert len(found.identity) <= 16


def test_what_the_address_says_is_not_tried():
    def tried(text):
        return [str(s) for s in likely_settings(parse_address(text))]

    assert len(tried("rtu:x")) == len(set(tried("rtu:x"))) == 24
    assert tried("rtu:x")[0] == "19200 8E1"
    assert tried("rtu:x?baud=14400") == ["14400 8E1", "14400 8N1", "14400 8O1"]
    assert tried("rtu:x?baud=9600&parity=N&stop=2") == ["9600 8N2"]
    assert {s[-3:] for s in tried("rtu:x?parity=O")} == {"8O1"}


def test_settings_of_one_rate_keep_their_order():
    settings = likely_settings(parse_address("rtu:x"))
    found = same_rate_first(settings, 9600)
    assert [str(s) for s in found[:3]] == ["9600 8N1", "9600 8E1", "9600 8O1"]
    assert sorted(found) == sorted(settings)


def test_a_port_that_is_gone_ends_a_scan_even_after_it_was_open(bank):
    def pulled(request):
        raise LinkFault(Quality.LINK_DOWN, "the port is gone")

    line = Line(LineSetting(19200, "E", 1), {1: bank, 3: pulled})
    scan = scan_of(line)
    with pytest.raises(LinkFault, match="the port is gone"):
        scan.run(lambda t: None)
    assert [f.unit for f in scan.found] == [1]
    assert line.closed == len(line.opened)


class Gateway:
    """Modbus TCP with `units` behind it; others get exception 11."""

    name = "gateway"

    def __init__(self, units, everybody=False):
        self.units, self.everybody, self.asked = units, everybody, []

    def transact(self, unit, request):
        self.asked.append(unit)
        memory = next(iter(self.units.values())) if self.everybody else self.units.get(unit)
        return bytes((request[0] | 0x80, 11)) if memory is None else answer({1: memory}, 1, request)

    def close(self):
        pass


def test_units_behind_a_gateway_are_found_and_its_own_excuses_are_not(bank):
    scan = NetworkScan(Gateway({3: bank, 247: bank}), [255, *range(1, 248)], 0.1)
    scan.run(lambda done, unit: None)
    assert [f.unit for f in scan.found] == [3, 247]
    assert not scan.ignores_units


def test_a_device_that_answers_for_everybody_is_one_device(bank):
    gateway = Gateway({1: bank}, everybody=True)
    scan = NetworkScan(gateway, [255, *range(1, 248)], 0.1)
    scan.run(lambda done, unit: None)
    assert scan.ignores_units
    assert len(scan.found) == 1
    assert len(set(gateway.asked)) == 3
