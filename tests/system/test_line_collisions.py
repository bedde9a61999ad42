"""Several talkers at any times, against intervals: what is alone is heard, what overlaps is not."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hil.links.line import EmulatedLine, LinePort
from twin.clock import VirtualClock

BAUD, BITS = 9600, 10
CHAR_NS = BITS * 10**9 / BAUD

SENDING = st.tuples(
    st.integers(0, 2),  # who
    st.integers(0, 30_000_000),  # when [ns]
    st.binary(min_size=1, max_size=6),
)


class Ear(LinePort):
    """A listener that writes down what ended when."""

    def __init__(self, line):
        super().__init__(line, "ear")
        self.log = []

    def hear(self, heard, ended_ns, parity_wrong):
        for i, byte in enumerate(heard):
            self.log.append((ended_ns - (len(heard) - 1 - i) * CHAR_NS, byte))


def characters(sendings):
    """Start, end, byte and talker of each; a talker finishes one thing before the next."""
    free, found = {}, []
    for who, when_ns, data in sendings:
        start = max(when_ns, free.get(who, 0))
        for i, byte in enumerate(data):
            found.append((start + i * CHAR_NS, start + (i + 1) * CHAR_NS, byte, who))
        free[who] = start + len(data) * CHAR_NS
    return found


@given(st.lists(SENDING, min_size=1, max_size=8))
def test_what_is_alone_is_heard_and_what_overlaps_becomes_fewer(sendings):
    line = EmulatedLine(VirtualClock(), BAUD, "N", 1)
    ear = Ear(line)
    talkers = [line.master_port(f"talker {i}") for i in range(3)]
    for who, when_ns, data in sendings:
        line.send(talkers[who], data, when_ns)
    line.run(200_000_000)

    found = characters(sendings)
    slack = 20  # each run of characters is rounded up to whole ns
    touched = [
        c for c in found
        if any(o[3] != c[3] and o[0] < c[1] - slack and o[1] > c[0] + slack for o in found)
    ]  # fmt: skip
    doubtful = [
        c for c in found
        if any(o[3] != c[3] and o[0] < c[1] + slack and o[1] > c[0] - slack for o in found)
    ]  # fmt: skip
    alone = [c for c in found if c not in doubtful]
    for _, end, byte, _ in alone:
        assert any(abs(t - end) <= slack and b == byte for t, b in ear.log)
    garbage = len(ear.log) - len(alone)
    assert line.characters == len(found)
    assert garbage <= len(doubtful)
    if touched:
        assert 1 <= garbage < len(doubtful)
    # receivers need a whole character for one: no two end closer together
    ends = sorted(t for t, _ in ear.log)
    assert all(b - a >= CHAR_NS - slack for a, b in pairwise(ends))
