"""A scan of a line on line time: baud rate and parity are found by what characters become."""

import pytest

from hil.io.line_setting import LineSetting, likely_settings
from hil.io.scan_serial import SerialScan
from hil.links.address import parse_address
from hil.links.line.emulated import EmulatedLine
from hil.links.line_time import LineTime
from hil.links.rtu import RtuLink
from twin.clock import VirtualClock
from twin.registers import RegisterBank, load_map

TIMEOUT_S = 0.1
UNITS = (1, 2, 3, 40)
TURNAROUND_NS = 5_000_000


class Desk:
    """A line with units 3 and 40 at `setting`, and a scan whose adapter can be set to anything."""

    def __init__(self, folder, setting, address="rtu:x"):
        (folder / "map.csv").write_text("name,table,address,type,default\nT,hr,0,int16,71\n")
        bank = RegisterBank(load_map(folder / "map.csv"))
        self.line = EmulatedLine(VirtualClock(), *setting)
        self.line.serve("meters", {3: bank, 40: bank}, TURNAROUND_NS)
        settings = likely_settings(parse_address(address))
        self.scan = SerialScan(self.open_at, settings, UNITS, TIMEOUT_S)
        self.tried = []

    def open_at(self, setting):
        line = self.line
        return RtuLink(
            "scan", "its adapter", *setting, TIMEOUT_S, now_ns=line.now_ns,
            open_port=lambda: line.master_port(time=LineTime(*setting)),
        )  # fmt: skip

    def run(self):
        def tell(question):
            if question.setting not in self.tried:
                self.tried.append(question.setting)

        self.scan.run(tell)
        return self.scan


@pytest.mark.parametrize("parity", ["E", "N", "O"])
@pytest.mark.parametrize("baud", [2400, 9600, 19200, 115200])
def test_rate_and_parity_are_found_with_every_unit(tmp_path, baud, parity):
    true = LineSetting(baud, parity, 1)
    desk = Desk(tmp_path, true)
    found = desk.run()
    assert found.setting == true
    assert [f.unit for f in found.found] == [3, 40]
    assert {f.answers[0] for f in found.found} == {"hr 0 = 71"}
    assert desk.line.now_ns() / 1e9 <= found.longest_s


@pytest.mark.parametrize(
    ("known", "baud"), [("rtu:x?baud=9600", 9600), ("rtu:x?baud=14400", 14400)]
)
def test_at_a_rate_that_is_known_only_parities_are_tried(tmp_path, known, baud):
    desk = Desk(tmp_path, LineSetting(baud, "O", 1), known)
    assert desk.run().setting == LineSetting(baud, "O", 1)
    assert {(s.baud, s.parity) for s in desk.tried} == {(baud, p) for p in "NEO"}


def test_nobody_is_found_on_a_line_without_power(tmp_path):
    """A control: the same line, whose slaves have been taken off."""
    desk = Desk(tmp_path, LineSetting(9600, "E", 1))
    for port in desk.line.slaves.values():
        desk.line.leave(port)
    found = desk.run()
    assert (found.setting, found.found, found.hints) == (None, [], [])


def test_a_scan_of_a_noisy_line_believes_nothing_that_is_not_there(tmp_path):
    desk = Desk(tmp_path, LineSetting(9600, "N", 1))
    desk.line.noise = 0.02
    found = desk.run()
    assert {f.unit for f in found.found} <= {3, 40}
    assert found.setting in (None, LineSetting(9600, "N", 1))
