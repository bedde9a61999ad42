"""What goes wrong around a gate, and must not keep a value from being put back."""

import json
import os
import threading

import pytest
from gate_plant import PLACE, Plant, silent

from hil.gate import LiveGate, NotPutBack, WriteFailed, WriteRefused
from hil.gate import files as gate_files
from hil.gate.audit import verify
from hil.gate.remarks import Remarks
from twin.errors import BadInput


@pytest.fixture
def plant(tmp_path):
    return Plant(tmp_path)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "gate"


def session(plant, folder, **options):
    options = {"patience_s": 2, "heartbeat_s": 1000} | options
    return LiveGate(folder, "hp1", clock=plant.clock, watched=False, **options)


def armed(gate, plant, *blocks):
    made = [plant.block(*names) for names in blocks]
    for block in made:
        gate.admit(plant.device, block, PLACE)
    gate.arm("hp1", "test", 3600)
    return made


def test_a_terminal_that_is_closed_does_not_keep_values_from_going_back(plant, folder):
    def closed(text):
        raise BrokenPipeError(text)

    with session(plant, folder, say=closed) as gate:
        (flow,) = armed(gate, plant, ["flow"])
        gate.write(plant.device, flow, [20.0])
    assert plant.values("flow") == [12.5]


def test_a_terminal_that_is_stopped_does_not_either():
    stopped, said = threading.Event(), []

    def say(text):
        stopped.wait()
        said.append(text)

    remarks = Remarks(say, patience_s=0.01)
    for text in ("one", "two", "three"):
        remarks(text)  # which comes back
    assert said == []
    stopped.set()
    last = Remarks(said.append)
    last("four")
    assert said[-1] == "four"


def test_a_defect_at_one_device_does_not_keep_the_others_from_being_put_back(plant, folder):
    def two():
        with session(plant, folder) as gate:
            flow, level = armed(gate, plant, ["flow"], ["level"])
            gate.write(plant.device, flow, [20.0])
            gate.write(plant.device, level, [50.0])
            plant.line.spoil = lambda request: 1 // 0 if request[2] == 7 else None

    with pytest.raises(NotPutBack, match="level = 40 %: ZeroDivisionError"):
        two()
    assert plant.values("flow") == [12.5]


def test_a_journal_that_cannot_be_taken_away_is_no_defect(plant, folder, monkeypatch):
    said = []

    def broken(folder):
        raise OSError(5, "input/output error")

    with session(plant, folder, say=said.append) as gate:
        (flow,) = armed(gate, plant, ["flow"])
        gate.write(plant.device, flow, [20.0])
        monkeypatch.setattr("hil.gate.journal.sync_folder", broken)
        gate.disarm()
    assert plant.values("flow") == [12.5]
    assert "journal.jsonl stays: input/output error" in said[-1]


def test_a_failed_write_does_not_forget_what_was_there_before_its_neighbours(plant, folder):
    with session(plant, folder, writes_per_s=1000) as gate:
        pump, both = armed(gate, plant, ["pump"], ["pump", "valve"])
        gate.write(plant.device, pump, [1.0])
        plant.clock.wait_until(10**9)
        gate.write(plant.device, both, [1.0, 0.0])
        plant.clock.wait_until(2 * 10**9)
        refusals = [b"\x8f\x04"]
        plant.line.spoil = lambda r: refusals.pop() if r[0] == 15 and refusals else None
        with pytest.raises(WriteFailed):
            gate.write(plant.device, pump, [0.0])
    assert plant.values("pump", "valve") == [0.0, 1.0]
    assert not (folder / "journal.jsonl").exists()


def test_bytes_that_are_no_text_are_kept_and_can_be_read(plant, folder):
    reason = os.fsdecode(b"step \xe4")
    with session(plant, folder) as gate:
        (flow,) = armed(gate, plant, ["flow"])
        gate.arm("hp1", reason, 60)
        gate.write(plant.device, flow, [20.0])
    assert plant.values("flow") == [12.5]
    verdict = verify(folder)
    assert not verdict.findings
    assert [r.fields["reason"] for r in verdict.records if "reason" in r.fields][-1] == reason


def test_an_endless_value_does_not_spoil_the_json_of_the_log(plant, folder):
    with session(plant, folder) as gate:
        (flow,) = armed(gate, plant, ["flow"])
        with pytest.raises(WriteRefused, match="inf"):
            gate.write(plant.device, flow, [float("inf")])

    def never(word):
        raise AssertionError(word)

    for line in (folder / "audit.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=never)


@pytest.mark.skipif(os.name != "posix", reason="folders and modes as Unix has them")
def test_the_folder_is_on_disk_before_anything_is_written_and_for_its_user_alone(
    plant, folder, monkeypatch
):
    synced = []
    real = gate_files.sync_folder
    monkeypatch.setattr(gate_files, "sync_folder", lambda path: (synced.append(path), real(path)))
    deep = folder / "a" / "b"
    with session(plant, deep):
        assert synced[:3] == [folder.parent, folder, folder / "a"]
        assert deep.stat().st_mode & 0o777 == 0o700
        assert {file.stat().st_mode & 0o777 for file in deep.iterdir()} == {0o600}


def test_a_head_that_the_disk_takes_in_pieces_is_whole(tmp_path, monkeypatch):
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, bytes(data)[:3]))
    gate_files.replace(tmp_path / "head", b"0123456789")
    assert (tmp_path / "head").read_bytes() == b"0123456789"


def test_leftovers_on_the_same_registers_go_back_in_order_over_several_starts(plant, folder):
    def leave_behind():
        with session(plant, folder) as gate:
            pump, both = armed(gate, plant, ["pump"], ["pump", "valve"])
            gate.write(plant.device, pump, [1.0])
            plant.clock.wait_until(2 * 10**9)
            gate.write(plant.device, both, [1.0, 0.0])
            plant.line.spoil = silent

    with pytest.raises(NotPutBack):
        leave_behind()
    plant.line.spoil = lambda r: b"\x8f\x04" if r[0] == 15 and r[4] == 2 else None
    with session(plant, folder) as gate, pytest.raises(NotPutBack):
        gate.recover(plant.open)
    plant.line.spoil = lambda request: None
    with session(plant, folder) as gate:
        gate.recover(plant.open)
    assert plant.values("pump", "valve") == [0.0, 1.0]


def test_the_lock_of_a_disk_that_has_none_is_not_another_process(plant, folder, monkeypatch):
    def without(fd):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(gate_files, "_lock", without)
    with pytest.raises(BadInput, match="No locks available"), session(plant, folder):
        pass
