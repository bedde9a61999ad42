"""The gate before a live plant: what it asks for, what it refuses, and that values come back."""

import json
import math
from datetime import timedelta

import pytest
from gate_plant import PLACE, START, Plant, silent

import twin.clock
from hil.gate import (
    LiveGate,
    NotPutBack,
    Order,
    WriteFailed,
    WriteRefused,
    default_folder,
    write_once,
)
from hil.gate.audit import verify
from hil.links.address import parse_address
from twin.clock import NS_PER_S, BootClock, utc_now
from twin.errors import BadInput


@pytest.fixture
def plant(tmp_path):
    return Plant(tmp_path)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "gate"


@pytest.fixture
def said():
    return []


@pytest.fixture
def gate(plant, folder, said):
    gate = LiveGate(
        folder, "hp1", clock=plant.clock, watched=False, heartbeat_s=1000, say=said.append
    )
    with gate:
        yield gate
        plant.line.spoil = lambda request: None
    verdict = verify(folder)
    assert (verdict.findings, verdict.torn) == ([], False)
    assert not (folder / "journal.jsonl").exists()


def armed(gate, plant, *names, place=PLACE, **options):
    block = plant.block(*names)
    gate.admit(plant.device, block, place, **options)
    gate.arm("hp1", "point test", 3600)
    return block


def leave_behind(plant, folder, place=PLACE):
    """A session whose device goes away before its end."""
    with LiveGate(folder, "hp1", clock=plant.clock, watched=False) as gate:
        gate.write(plant.device, armed(gate, plant, "flow", place=place), [20.0])
        plant.line.spoil = silent


def events(folder):
    lines = (folder / "audit.jsonl").read_text().splitlines()
    return [json.loads(line)["event"] for line in lines]


def wait(plant, seconds):
    plant.clock.wait_until(plant.clock.now_ns() + round(seconds * NS_PER_S))


def test_a_write_is_looked_at_before_and_after_and_comes_back(gate, plant, folder):
    block = armed(gate, plant, "flow")
    written = gate.write(plant.device, block, [20.0], expect=[12.5])
    assert written == ([12.5], [20.0], "")
    assert plant.values("flow") == [20.0]
    # read, write, read: functions 3, 16, 3, whatever came before
    assert [request[0] for request in plant.line.sent] == [3, 16, 3]
    assert (folder / "journal.jsonl").exists()
    gate.disarm()
    assert plant.values("flow") == [12.5]
    assert events(folder) == ["armed", "write", "confirmed", "put back", "disarmed"]


@pytest.mark.parametrize("phrase", ["", "hp2", "HP1", "yes"])
def test_another_phrase_does_not_arm_and_says_what_would(gate, plant, phrase, folder):
    with pytest.raises(WriteRefused, match="type 'hp1' to arm"):
        gate.arm(phrase, "point test", 60)
    assert not gate.armed
    assert events(folder) == ["refused"]


@pytest.mark.parametrize(
    ("reason", "ttl", "rule"),
    [(" ", 60, "say why"), ("test", 0, "ttl"), ("test", math.nan, "ttl"), ("test", 1e6, "ttl")],
)
def test_arming_takes_a_reason_and_a_time_to_live_within_a_day(gate, reason, ttl, rule):
    with pytest.raises(BadInput, match=rule):
        gate.arm("hp1", reason, ttl)
    assert not gate.armed


def refused(gate, plant, block, values, why, **options):
    before = (len(plant.line.writes()), plant.bank.save())
    with pytest.raises(WriteRefused, match=why):
        gate.write(plant.device, block, values, **options)
    assert (len(plant.line.writes()), plant.bank.save()) == before


def test_locked_and_not_admitted_are_refused_and_logged(gate, plant, folder):
    block = plant.block("flow")
    refused(gate, plant, block, [1.0], "not on the allow-list")
    gate.admit(plant.device, block, PLACE)
    refused(gate, plant, block, [1.0], "the gate is locked")
    gate.arm("hp1", "test", 10)
    refused(gate, plant, block, [100.5], "flow = 100.5 kg/s: must be 0 to 100")
    assert events(folder) == ["refused", "refused", "armed", "refused"]


def test_a_value_that_is_not_the_expected_one_is_refused(gate, plant):
    block = armed(gate, plant, "flow")
    refused(gate, plant, block, [20.0], "flow is 12.5 kg/s, expected 12 kg/s", expect=[12.0])
    gate.write(plant.device, block, [20.0], expect=[12.0], tolerance=0.5)


def test_floats_and_rounded_integers_are_expected_as_the_register_carries_them(gate, plant):
    plant.bank.set("flow", 0.1)
    plant.bank.set("T_set", 50.1)
    block = armed(gate, plant, "T_set", "flow")
    gate.write(plant.device, block, [50.4, 0.3], expect=[50.1, 0.1])


def test_writes_to_a_point_keep_their_distance(gate, plant):
    block = armed(gate, plant, "flow")
    gate.write(plant.device, block, [20.0])
    wait(plant, 0.5)
    refused(gate, plant, block, [21.0], "flow: written too often, wait 0.50 s")
    wait(plant, 0.5)
    gate.write(plant.device, block, [21.0])
    gate.disarm()
    assert plant.values("flow") == [12.5]  # the first value before, not the latest


def test_a_jump_beyond_the_ramp_is_refused_and_gone_in_steps_on_request(gate, plant):
    block = armed(gate, plant, "T_set")
    refused(gate, plant, block, [52.0], r"its ramp of 0\.5 degC/s allows; in steps it takes 4 s")
    started_ns = plant.clock.now_ns()
    seen = watch_writes(plant, "T_set")
    assert gate.ramp_to(plant.device, block, [52.0]).after == [52.0]
    assert seen() == [50.5, 51.0, 51.5, 52.0]
    assert plant.clock.now_ns() - started_ns >= 3 * NS_PER_S
    started_ns = plant.clock.now_ns()
    gate.disarm()
    assert seen()[4:] == [51.5, 51.0, 50.5, 50.0]
    assert plant.clock.now_ns() - started_ns == 3 * NS_PER_S  # four steps, three waits


def test_a_register_whose_step_is_larger_than_its_ramp_moves_as_seldom_as_that_needs(gate, plant):
    block = armed(gate, plant, "P_set")  # 1 kW a step, 0.25 kW/s
    started_ns = plant.clock.now_ns()
    gate.ramp_to(plant.device, block, [103.0])
    assert plant.clock.now_ns() - started_ns >= 8 * NS_PER_S
    wait(plant, 3.9)
    refused(gate, plant, block, [104.0], "ramp")
    wait(plant, 0.1)
    gate.write(plant.device, block, [104.0])


def test_a_register_without_a_value_is_not_written_because_none_could_come_back(gate, plant):
    plant.bank.set("P_set", None)
    block = armed(gate, plant, "P_set")
    refused(gate, plant, block, [100.0], "P_set has no value that could be put back")


def test_points_that_cannot_be_read_need_a_safe_value(gate, plant):
    block = plant.block("kick")
    with pytest.raises(BadInput, match="kick cannot be read: a safe value is needed"):
        gate.admit(plant.device, block, PLACE)
    with pytest.raises(BadInput, match=r"safe value: .*kick = 11 -: must be 0 to 10"):
        gate.admit(plant.device, block, PLACE, safe=[11])
    with pytest.raises(BadInput, match="the value before can be read"):
        gate.admit(plant.device, plant.block("flow"), PLACE, safe=[0.0])
    gate.admit(plant.device, block, PLACE, safe=[1])
    gate.arm("hp1", "test", 60)
    refused(gate, plant, block, [3], "cannot be read cannot be expected", expect=[0])
    assert gate.write(plant.device, block, [3]) == (None, None, "")
    assert plant.values("kick") == [3.0]
    gate.disarm()
    assert plant.values("kick") == [1.0]
    assert {request[0] for request in plant.line.sent} == {16}


def test_single_bits_leave_their_neighbours_alone(gate, plant):
    block = armed(gate, plant, "on")
    gate.write(plant.device, block, [1.0], expect=[0.0])
    plant.bank.set("boost", 0.0)  # somebody else
    gate.disarm()
    assert plant.values("on", "boost") == [0.0, 0.0]
    assert plant.line.writes() == ["160005fffe0001", "160005fffe0000"]


@pytest.mark.parametrize(
    ("names", "values", "single", "pdus"),
    [
        (["level"], [41.0], True, ["0600070029", "0600070028"]),
        (["level"], [41.0], False, ["10000700010200" + "29", "10000700010200" + "28"]),
        (["pump"], [1.0], True, ["050000ff00", "0500000000"]),
        (["pump", "valve"], [1.0, 0.0], False, ["0f000000020101", "0f000000020102"]),
    ],
)
def test_all_functions_go_one_way(gate, plant, names, values, single, pdus):
    block = armed(gate, plant, *names, single=single)
    gate.write(plant.device, block, values)
    assert plant.values(*names) == values
    gate.disarm()
    assert plant.line.writes() == pdus


def test_a_device_that_clips_is_a_failure_and_gets_its_value_back(gate, plant, folder):
    block = armed(gate, plant, "flow")

    def clip(request):
        if request[0] == 16 and plant.values("flow") == [12.5]:
            plant.bank.set("flow", 15.0)
            return request[:5]
        return None

    plant.line.spoil = clip
    with pytest.raises(WriteFailed, match=r"flow is 15 kg/s, not 20 kg/s; .*were put back"):
        gate.write(plant.device, block, [20.0])
    assert plant.values("flow") == [12.5]
    assert events(folder) == ["armed", "write", "failed", "put back"]


def test_a_device_may_take_a_moment_to_show_what_was_written(gate, plant):
    block = armed(gate, plant, "flow")
    late = []

    def slow(request):
        if request[0] == 16:
            late.append(request)
            return request[:5]
        if late and plant.clock.now_ns() >= 0.3 * NS_PER_S:
            plant.bank.set("flow", 20.0)
        return None

    plant.line.spoil = slow
    assert gate.write(plant.device, block, [20.0]).after == [20.0]
    plant.line.spoil = lambda request: None


def test_an_unanswered_write_is_a_failure_whether_it_arrived_or_not(gate, plant):
    block = armed(gate, plant, "flow")

    def lose_the_answer(request):
        if request[0] == 16 and plant.values("flow") == [12.5]:
            plant.bank.set("flow", 20.0)
            silent(request)

    plant.line.spoil = lose_the_answer
    with pytest.raises(WriteFailed, match="nobody answered"):
        gate.write(plant.device, block, [20.0])
    assert plant.values("flow") == [12.5]
    assert len(plant.line.writes()) == 2  # sent once, put back once


def test_an_unknown_value_before_is_refused(gate, plant):
    block = armed(gate, plant, "flow")
    plant.line.spoil = silent
    with pytest.raises(WriteRefused, match="the value before is not known"):
        gate.write(plant.device, block, [20.0])
    assert plant.line.writes() == []


def test_other_writes_stay_when_one_fails(gate, plant):
    flow, level = armed(gate, plant, "flow"), plant.block("level")
    gate.admit(plant.device, level, PLACE)
    gate.write(plant.device, flow, [20.0])
    plant.line.spoil = lambda request: b"\x90\x04" if request[:3] == b"\x10\0\7" else None
    with pytest.raises(WriteFailed, match="exception 4"):
        gate.write(plant.device, level, [50.0])
    assert plant.values("flow", "level") == [20.0, 40.0]


def test_the_time_to_live_puts_everything_back(gate, plant, said):
    block = armed(gate, plant, "flow", "kick", safe=[1.0, 1.0])
    gate.arm("hp1", "short", 5)
    gate.write(plant.device, block, [20.0, 2.0])
    assert gate.hold() == "the time to live is over"
    assert plant.clock.now_ns() == 5 * NS_PER_S
    assert plant.values("flow", "kick") == [1.0, 1.0]
    refused(gate, plant, block, [1.0, 1.0], "the gate is locked: the time to live is over")
    assert "the gate locks: the time to live is over" in said


def test_a_heartbeat_that_stops_puts_everything_back(plant, folder):
    with LiveGate(folder, "hp1", clock=plant.clock, watched=False, heartbeat_s=2) as gate:
        block = armed(gate, plant, "flow")
        gate.write(plant.device, block, [20.0])
        for _ in range(10):
            wait(plant, 1.9)
            gate.feed()
            gate.look()
        assert plant.values("flow") == [20.0]
        wait(plant, 2)
        gate.look()
        assert plant.values("flow") == [12.5]
        assert gate.ended == "no heartbeat for 2 s"


def test_an_exception_puts_everything_back(plant, folder):
    def break_down():
        with LiveGate(folder, "hp1", clock=plant.clock, watched=False) as gate:
            gate.write(plant.device, armed(gate, plant, "flow"), [20.0])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_down()
    assert plant.values("flow") == [12.5]


@pytest.mark.parametrize("odd", ["80000000", "00000001"])  # -0, and the smallest there is
def test_the_very_registers_come_back(gate, plant, odd):
    plant.bank.write_registers(1, bytes.fromhex(odd))
    block = armed(gate, plant, "flow")
    gate.write(plant.device, block, [20.0])
    gate.disarm()
    assert plant.bank.read_registers("hr", 1, 2).hex() == odd


def test_leftovers_can_be_given_up_on_purpose(plant, folder):
    with pytest.raises(NotPutBack):
        leave_behind(plant, folder)
    with LiveGate(folder, "hp1", clock=plant.clock, watched=False) as gate:
        with pytest.raises(WriteRefused, match="type 'hp1'"):
            gate.give_up("yes", "the controller was replaced")
        with pytest.raises(BadInput, match="say why"):
            gate.give_up("hp1", " ")
        assert len(gate.leftovers) == 1
        gate.give_up("hp1", "the controller was replaced")
        assert gate.leftovers == []
    assert not (folder / "journal.jsonl").exists()
    assert events(folder)[-3:] == ["refused", "refused", "given up"]


def test_a_device_that_is_gone_keeps_its_journal_and_gets_its_value_at_the_next_start(
    plant, folder, said
):
    with pytest.raises(NotPutBack, match=r"kept in .*journal.*\n.*hp1 .*flow = 12\.5 kg/s"):
        leave_behind(plant, folder)
    plant.line.spoil = lambda request: None
    with LiveGate(folder, "hp1", clock=plant.clock, watched=False, say=said.append) as gate:
        assert [str(entry) for entry in gate.leftovers] == [
            "hp1 (tcp://127.0.0.1:502, unit 1, hr 1): flow = 12.5 kg/s"
        ]
        with pytest.raises(WriteRefused, match="left behind first:\n  hp1"):
            gate.arm("hp1", "test", 60)
        gate.recover(plant.open)
        assert plant.values("flow") == [12.5]
        gate.arm("hp1", "test", 60)
    assert said[0].startswith("left by an earlier session (point test, ")
    assert verify(folder).findings == []


@pytest.mark.parametrize("place", ["rtu:line", "tls://plc?ca=ca.pem&cert=c.pem&key=k.pem"])
def test_leftovers_of_a_relative_path_are_found_from_elsewhere(plant, folder, monkeypatch, place):
    home, elsewhere = folder.parent / "home", folder.parent / "elsewhere"
    for each in (home, elsewhere):
        each.mkdir()
    monkeypatch.chdir(home)
    meant = parse_address(place)
    with pytest.raises(NotPutBack):
        leave_behind(plant, folder, place)
    monkeypatch.chdir(elsewhere)
    plant.line.spoil = lambda request: None
    wait(plant, 10)
    asked = []
    with LiveGate(folder, "hp1", clock=plant.clock, watched=False) as gate:
        gate.recover(lambda entry: asked.append(parse_address(entry.address)) or plant.device)
    (found,) = asked
    for key in ("path", "ca", "certificate", "key"):
        path = getattr(meant, key)
        assert getattr(found, key) == (str(home / path) if path else "")


def test_leftovers_without_a_way_to_their_device_stay(plant, folder):
    with pytest.raises(NotPutBack):
        leave_behind(plant, folder)

    def nowhere(entry):
        raise BadInput(f"no adapter at {entry.address}")

    for _ in range(2):
        with LiveGate(folder, "hp1", clock=plant.clock, watched=False) as gate:
            with pytest.raises(NotPutBack, match="no adapter at tcp"):
                gate.recover(nowhere)
            assert len(gate.leftovers) == 1


def test_one_gate_at_a_time(gate, folder):
    with pytest.raises(BadInput, match=r"process \d+ has armed this gate"), LiveGate(folder, "x"):
        pass


def test_every_value_of_the_start_is_back(gate, plant):
    gate.arm("hp1", "test", 60)
    for names in (["flow"], ["level"], ["pump", "valve"], ["on"]):
        block = plant.block(*names)
        gate.admit(plant.device, block, PLACE)
        gate.write(plant.device, block, [1.0] * len(names))
    gate.disarm()
    assert plant.values(*START) == list(START.values())


def watch_writes(plant, name):
    """A function that gives the value of a point in every write since."""
    requests = []
    plant.line.spoil = requests.append
    scale = plant.map.point(name).scale
    return lambda: [round(scale * int.from_bytes(r[6:8], "big"), 9) for r in requests if r[0] == 16]


def order(plant, **options):
    given = {"values": [20.0], "reason": "point test", "ttl_s": 30.0, **options}
    return Order(plant.device, plant.block("flow"), PLACE, **given)


def test_one_call_does_it_all(plant, folder):
    told = []
    gate = LiveGate(folder, "hp1", clock=plant.clock, watched=False)

    def tell(written):
        told.append((written, plant.values("flow"), plant.clock.now_ns()))

    written = write_once(gate, order(plant, expect=[12.5]), "hp1", plant.open, tell)
    assert told == [(written, [20.0], 0)]
    assert written == ([12.5], [20.0], "")
    assert plant.clock.now_ns() == 30 * NS_PER_S
    assert plant.values("flow") == [12.5]


def test_one_call_goes_by_ramps_and_holds_as_long_as_it_is_told(plant, folder):
    wanted = Order(
        plant.device, plant.block("T_set"), PLACE, [51.0], "test", 60.0, expect=[50.0],
        in_steps=True,
    )  # fmt: skip
    gate = LiveGate(folder, "hp1", clock=plant.clock, watched=False)
    written = write_once(gate, wanted, "hp1", plant.open, hold_s=7.0)
    assert written == ([50.0], [51.0], "")
    assert plant.clock.now_ns() == (1 + 7 + 1) * NS_PER_S
    assert plant.values("T_set") == [50.0]


def test_one_call_with_another_phrase_sends_nothing(plant, folder):
    gate = LiveGate(folder, "hp1", clock=plant.clock, watched=False)
    with pytest.raises(WriteRefused, match="type 'hp1'"):
        write_once(gate, order(plant), "hp2", plant.open)
    assert plant.line.sent == []


def test_one_call_puts_back_what_is_left_before_anything_else(plant, folder):
    with pytest.raises(NotPutBack):
        leave_behind(plant, folder)
    plant.line.spoil = lambda request: None
    assert plant.values("flow") == [20.0]
    plant.device = plant.open()  # the old one has given the unit up for a while
    gate = LiveGate(folder, "hp1", clock=plant.clock, watched=False)
    write_once(gate, order(plant, expect=[12.5]), "hp1", plant.open)
    assert plant.values("flow") == [12.5]


@pytest.mark.parametrize("years", [-20, 20])
def test_setting_the_wall_clock_moves_no_deadline(gate, plant, monkeypatch, years):
    block = armed(gate, plant, "flow")
    gate.write(plant.device, block, [20.0])
    jumped = utc_now() + timedelta(days=365 * years)
    monkeypatch.setattr("hil.gate.audit.utc_now", lambda: jumped)
    monkeypatch.setattr("hil.gate.journal.utc_now", lambda: jumped)
    wait(plant, 3599)
    gate.feed()
    gate.look()
    assert gate.armed
    assert plant.values("flow") == [20.0]
    wait(plant, 1)
    gate.look()
    assert not gate.armed
    assert plant.values("flow") == [12.5]


def test_time_in_which_the_machine_sleeps_counts(monkeypatch):
    clock = BootClock()
    real, slept = twin.clock._boot_ns, 0
    monkeypatch.setattr(twin.clock, "_boot_ns", lambda: real() + slept)
    before = clock.now_ns()
    slept = 3600 * NS_PER_S
    assert clock.now_ns() - before >= 3600 * NS_PER_S
    assert clock.wait_until(before) >= 3600 * NS_PER_S


def test_the_folder_is_where_the_user_says_or_where_state_belongs(monkeypatch, tmp_path):
    monkeypatch.setenv("HUKKA_GATE", str(tmp_path / "a"))
    assert default_folder() == tmp_path / "a"
    monkeypatch.delenv("HUKKA_GATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "hukka" / "gate"


def test_a_folder_that_cannot_be_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="file"), LiveGate(tmp_path / "file" / "gate", "hp1"):
        pass


def test_a_damaged_journal_locks_the_gate_and_lets_the_next_one_in(plant, folder):
    with pytest.raises(NotPutBack):
        leave_behind(plant, folder)
    journal = folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"12.5", b"99.5"))
    for _ in range(2):
        with (
            pytest.raises(BadInput, match=r"damaged: journal\.jsonl:1 changed"),
            LiveGate(folder, "hp1", clock=plant.clock, watched=False),
        ):
            pass
    assert events(folder)[-2:] == ["journal damaged"] * 2
    assert journal.exists()
