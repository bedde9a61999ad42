"""A question that a signal ends: its late reply is not the answer to the next one."""

import pytest
from links_bank import small_bank

from hil.links.pdu import read_request
from hil.links.rtu import RtuLink
from hil.links.rtu_frame import seal
from hil.links.server import answer

TURNAROUND_NS = 150_000_000


class SlowSlave:
    """A port whose slave answers `TURNAROUND_NS` [ns] after each request; a signal comes once."""

    def __init__(self, bank):
        self.now_ns = 0
        self.signal_ns = None
        self._bank, self._due = bank, []

    def write(self, frame):
        reply = seal(1, answer({1: self._bank}, 1, frame[1:-2]))
        self._due.append((self.now_ns + TURNAROUND_NS, reply))

    def read(self, until_ns):
        next_ns = self._due[0][0] if self._due else until_ns + 1
        if self.signal_ns is not None and self.signal_ns < min(next_ns, until_ns):
            self.now_ns, self.signal_ns = self.signal_ns, None
            raise KeyboardInterrupt
        if next_ns > until_ns:
            self.now_ns = max(self.now_ns, until_ns)
            return b""
        self.now_ns = max(self.now_ns, next_ns)
        return self._due.pop(0)[1]

    def close(self):
        self._due.clear()


def test_the_reply_to_a_question_that_was_given_up_is_swallowed(tmp_path):
    bank = small_bank(tmp_path)
    port = SlowSlave(bank)
    link = RtuLink("line", "", 9600, "N", open_port=lambda: port, now_ns=lambda: port.now_ns)
    first, second = read_request("hr", 0, 1), read_request("hr", 1, 1)
    expected = [answer({1: bank}, 1, request) for request in (first, second)]
    assert expected[0] != expected[1]
    assert link.transact(1, first) == expected[0]
    port.signal_ns = port.now_ns + TURNAROUND_NS // 3
    with pytest.raises(KeyboardInterrupt):
        link.transact(1, first)
    assert link.transact(1, second) == expected[1]
    assert link.late == 1
