"""Devices that obey when the gate has looked already, and signals in the middle of a question."""

import os
import signal

import pytest
from gate_plant import PLACE, Plant, silent

from hil.gate import LiveGate, WriteFailed, WriteRefused
from hil.gate.interrupt import Interrupted
from hil.links.server import answer
from twin.clock import NS_PER_S


class Late(Plant):
    """A plant that obeys `after_s` after a write has come, in the order of writes.

    `replies` makes of a write what is answered at once.
    """

    def __init__(self, folder, after_s, replies=lambda request: request[:5]):
        super().__init__(folder)
        self._due = []
        self._after_ns, self._replies = round(after_s * NS_PER_S), replies
        self.line.spoil = self._spoil

    def settled(self, name):
        """What the device holds when nothing is under way any more."""
        self.clock.wait_until(self.clock.now_ns() + 60 * NS_PER_S)
        self.device.read(self.block(name))
        return self.bank.get(name)

    def _spoil(self, request):
        now_ns = self.clock.now_ns()
        while self._due and self._due[0][0] <= now_ns:
            answer({1: self.bank}, 1, self._due.pop(0)[1])
        if request[0] != 16:
            return None
        self._due.append((now_ns + self._after_ns, request))
        return self._replies(request)


def begun(plant, folder):
    """A gate of the plant, and its point."""
    return LiveGate(folder / "gate", "p", clock=plant.clock, watched=False), plant.block("level")


def armed(gate, plant, block):
    gate.admit(plant.device, block, PLACE)
    gate.arm("p", "point test", 600)


@pytest.mark.parametrize(
    ("after_s", "replies"),
    [
        (2.0, lambda request: request[:5]),  # confirms, and a gateway shows it later
        (5.0, lambda request: b"\x90\x05"),  # "acknowledge": it needs longer for it
        (0.3, silent),  # its answer is lost
    ],
)
def test_a_write_that_shows_late_does_not_stay(tmp_path, after_s, replies):
    plant = Late(tmp_path, after_s, replies)
    gate, block = begun(plant, tmp_path)
    with gate:
        armed(gate, plant, block)
        with pytest.raises(WriteFailed) as failure:
            gate.write(plant.device, block, [70.0], expect=[40.0])
        plant._replies = lambda request: request[:5]
    assert failure.value.before == [40.0]
    assert plant.settled("level") == 40.0


def test_a_slow_device_is_not_believed_to_have_held_the_try_before(tmp_path):
    plant = Late(tmp_path, 1.5)
    gate, block = begun(plant, tmp_path)
    with gate:
        armed(gate, plant, block)
        with pytest.raises(WriteFailed) as failure:
            gate.ramp_to(plant.device, block, [70.0])
        gate.pause(1.0)
        with pytest.raises(WriteRefused, match="level is 70 %, expected 40 %"):
            gate.ramp_to(plant.device, block, [70.0], expect=failure.value.before)
    assert plant.settled("level") == 40.0


def killed(plant, folder):
    """What a session leaves behind that is killed with its write on its way: the journal."""
    gate, block = begun(plant, folder)
    with gate:
        armed(gate, plant, block)
        gate.write(plant.device, block, [70.0])
        journal = (folder / "gate" / "journal.jsonl").read_bytes()
    (folder / "gate" / "journal.jsonl").write_bytes(journal)


def test_at_the_next_start_a_write_under_way_is_overtaken(tmp_path):
    """The value of before is shown still, and goes there all the same."""
    plant = Plant(tmp_path)
    killed(plant, tmp_path)
    plant.line.close()
    gate, _ = begun(plant, tmp_path)
    with gate:
        gate.recover(plant.open)
    assert plant.line.writes() == ["1000070001020028"]


def test_who_takes_no_more_writes_has_to_show_the_value_of_before_for_a_while(tmp_path):
    plant = Plant(tmp_path)
    killed(plant, tmp_path)
    plant.line.spoil = lambda request: b"\x90\x04" if request[0] == 16 else None
    began_ns = plant.clock.now_ns()
    gate, _ = begun(plant, tmp_path)
    with gate:
        gate.recover(plant.open)
        assert gate.leftovers == []
    assert plant.clock.now_ns() - began_ns >= 10 * NS_PER_S


def test_a_signal_in_the_middle_of_a_question_waits_for_its_answer(tmp_path):
    plant = Plant(tmp_path)
    gate, block = begun(plant, tmp_path)
    answered = []

    def interrupted(request):
        if request[0] == 3 and not answered:
            os.kill(os.getpid(), signal.SIGINT)
            answered.append(request)

    with gate:
        armed(gate, plant, block)
        plant.line.spoil = interrupted
        with pytest.raises(Interrupted):
            gate.read(plant.device, block)
    assert answered
