"""Whatever happens in whichever order: when the device can be reached again, all is as it was."""

import contextlib

from gate_plant import PLACE, START, Plant, silent
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.gate import LiveGate
from hil.gate.audit import verify
from twin.clock import NS_PER_S
from twin.errors import HukkaError

BLOCKS = {
    "flow": (("flow",), st.floats(-5, 105)),
    "T_set": (("T_set",), st.floats(45, 55)),
    "coils": (("pump", "valve"), st.sampled_from([0.0, 1.0, 2.0])),
    "bit": (("on",), st.sampled_from([0.0, 1.0])),
    "level": (("level",), st.floats(-1, 101)),
}


def actions():
    written = [
        st.tuples(st.just("write"), st.just(name), st.lists(values, min_size=n, max_size=n))
        for name, (names, values) in BLOCKS.items()
        for n in [len(names)]
    ]
    plain = ["arm", "disarm", "wait", "lose", "find", "crash", "mute", "short", "feed"]
    return st.lists(st.one_of(*written, st.tuples(st.sampled_from(plain))), max_size=25)


class Story:
    """A session, and those after it, of which each may crash."""

    def __init__(self, folder):
        self.plant = Plant(folder)
        self.folder = folder / "gate"
        self.blocks = {name: self.plant.block(*names) for name, (names, _) in BLOCKS.items()}
        self.start()

    def start(self):
        self.device = self.plant.open()
        self.gate = LiveGate(
            self.folder, "hp1", clock=self.plant.clock, watched=False, patience_s=2,
            heartbeat_s=30,
        )  # fmt: skip
        self.gate.__enter__()
        for block in self.blocks.values():
            self.gate.admit(self.device, block, PLACE)
        self.attempt(lambda: self.gate.recover(lambda entry: self.device))

    def attempt(self, action):
        with contextlib.suppress(HukkaError):
            action()

    def act(self, kind, *what):
        line, gate = self.plant.line, self.gate
        match kind:
            case "write":
                name, values = what
                write = gate.ramp_to if name == "T_set" else gate.write
                self.attempt(lambda: write(self.device, self.blocks[name], values))
            case "arm":
                self.attempt(lambda: gate.arm("hp1", "story", 100))
            case "disarm":
                self.attempt(gate.disarm)
            case "wait":
                self.plant.clock.wait_until(self.plant.clock.now_ns() + 11 * NS_PER_S)
                gate.look()
            case "feed":
                gate.feed()
            case "lose":
                line.spoil = silent
            case "mute":  # it does what it is told, and says nothing
                line.spoil = lambda request: self.do_and(silent, request)
            case "short":  # it confirms, and does nothing
                line.spoil = lambda r: r[:5] if r[0] in (15, 16) else None
            case "find":
                line.spoil = lambda request: None
            case "crash":
                self.crash()

    def do_and(self, then, request):
        line = self.plant.line
        line.spoil = lambda r: None
        line.transact(1, request)
        line.spoil = lambda r: self.do_and(then, r)
        then(request)

    def crash(self):
        """What `kill -9` leaves: files and device as they are, and nobody who cares."""
        gate = self.gate
        gate._signals.give_back()
        gate._ledger.close()
        gate._lock.close()
        self.start()

    def end(self):
        self.plant.line.spoil = lambda request: None
        self.crash()
        assert self.gate.leftovers == []
        self.gate.__exit__(None, None, None)


@settings(max_examples=60, deadline=None)
@given(actions())
def test_in_the_end_everything_is_back(tmp_path_factory, story):
    told = Story(tmp_path_factory.mktemp("story"))
    for action in [("arm",), *story]:
        told.act(*action)
        differs = told.plant.values(*START) != list(START.values())
        assert not differs or (told.folder / "journal.jsonl").exists()
    told.end()
    assert told.plant.values(*START) == list(START.values())
    assert not (told.folder / "journal.jsonl").exists()
    verdict = verify(told.folder)
    assert (verdict.findings, verdict.torn) == ([], False)
