"""The courier with servers that go away for an hour: nobody is told twice, nothing is lost."""

import email
import email.policy
import json
import re
import subprocess
import sys

import pytest
from free_ports import free_port
from mqtt_desk import broker, bus, listener
from tell_made import channels, hook, hook_server, mail, mail_server

from hil.alarms import AlarmBook, Order
from hil.tell.courier import Courier, try_all
from hil.tell.outbox import LONGEST_WAIT_NS, Outbox, wait_ns
from hil.tell.sending import NotSent
from twin.diagnosis.isa import Action
from twin.errors import BadInput

S = 1_000_000_000
T0 = 1_764_000_000 * S


def event(number, raised, cleared=None, **told):
    return {
        "generation": 1,
        "number": number,
        "part": "heat_pump",
        "fault": "heat_pump.condenser_fouling",
        "size": 0.31,
        "low": 0.24,
        "high": 0.38,
        "unit": "-",
        "group": ["heat_pump.undercharge"],
        "check": "clean the bundle",
        "raised_s": T0 / S + raised,
        "since_s": T0 / S + raised - 600,
        "cleared_s": None if cleared is None else T0 / S + cleared,
        "evidence": [{"signal": "heat_pump.T_sink_out", "share": 0.9, "innovation": 1.0}],
    } | told


class Desk:
    """A book, and its courier by a clock of our own."""

    def __init__(self, folder, settings):
        self.folder, self.settings, self.now = folder, settings, T0
        self.book = AlarmBook(folder / "desk.sqlite")
        self.courier = None
        self.begin()

    def begin(self):
        self.courier = Courier(
            self.folder / "desk.sqlite",
            self.folder / "tell.sqlite",
            self.settings,
            "mantsala",
            self.folder,
        )

    def again(self):
        self.courier.close()
        self.begin()

    def turn(self, after_s=0):
        self.now += after_s * S
        return self.courier.turn(self.now)

    def raised(self, number, **told):
        seconds = (self.now - T0) / S
        told = {"fault": f"heat_pump.fault{number}"} | told
        self.book.twin([event(number, seconds, **told)], [], self.now)

    def close(self):
        self.courier.close()
        self.book.close()


@pytest.fixture
def desk(tmp_path):
    made = []

    def make(**told):
        made.append(Desk(tmp_path, channels(**told)))
        made[-1].turn()
        return made[-1]

    yield make
    for one in made:
        one.close()


def numbers(box):
    """Alarms of the mails that came, in order."""
    return [int(n) for raw in box.mails for n in re.findall(r"alarm\?number=3D(\d+)", raw)]


def test_a_mail_server_that_is_away_for_an_hour(desk):
    port = free_port()
    plant = desk(duty=mail(port))
    for k in range(1, 61):  # an alarm every minute, of which each is seen to before the next comes
        plant.raised(k)
        (report,) = plant.turn(30)
        plant.book.order(Order(k, Action.ACKNOWLEDGE, "anna"), plant.now)
        plant.now += 30 * S
        assert report.said == 0
        if k % 7 == 0:
            plant.again()
    told = plant.turn()[0].waiting
    assert 5 < told < 30  # a flood it was, after ten
    assert str(port) in plant.turn()[0].trouble
    with mail_server(port) as box:
        for _ in range(60):
            plant.turn(30)
        assert plant.turn()[0].waiting == 0
        assert plant.turn()[0].trouble == ""
        ids = [email.message_from_string(raw)["Message-ID"] for raw in box.mails]
        assert len(ids) == len(set(ids)) == told + 1  # and one that says that it is over


def test_a_few_alarms_of_an_hour_without_a_server_come_each_once_and_in_order(desk):
    port = free_port()
    plant = desk(duty=mail(port))
    for k in range(1, 8):
        plant.raised(k)
        plant.turn(500)
    with mail_server(port) as box:
        for _ in range(100):
            plant.turn(10)
            plant.again()
        assert numbers(box) == list(range(1, 8))


def test_a_broker_that_is_away_for_an_hour(desk, tmp_path):
    port = free_port()
    plant = desk(bus=bus(port))
    for k in range(1, 7):
        plant.raised(k)
        plant.turn(600)
    assert plant.turn()[0].waiting == 6
    anyone = "allow_anonymous true"
    with broker(tmp_path, port, anyone), listener(port, "a/b") as (got, arrived):
        for _ in range(30):
            plant.turn(60)
            plant.again()
        for _ in range(6):
            assert arrived.acquire(timeout=10)
        assert [data["number"] for data in got] == list(range(1, 7))
        assert len({data["key"] for data in got}) == 6
        assert not arrived.acquire(blocking=False)


@pytest.mark.parametrize("set_back_s", [5, 3600, 86_400])
def test_a_clock_that_is_set_back_makes_no_wait_longer(desk, set_back_s):
    port = free_port()
    plant = desk(hook=hook(port))
    plant.raised(1)
    assert plant.turn(6)[0].waiting == 1  # tried again in 10 s
    with hook_server(port) as server:
        (report,) = plant.turn(-set_back_s)
        assert (report.said, report.waiting) == (1, 0)
        assert len(server.got) == 1


def test_one_that_was_refused_is_tried_again_though_the_clock_was_set_back(desk):
    port = free_port()
    plant = desk(hook=hook(port))
    with hook_server(port) as server:
        server.status = 400
        plant.raised(1)
        assert plant.turn(1)[0].waiting == 1
        server.status = 200
        assert plant.turn(30)[0].said == 0
        assert plant.turn(-86_400)[0].said == 1
        assert [data["number"] for _, _, data in server.got][-1] == 1


def test_a_turn_that_is_killed_before_it_remembers_is_told_apart_by_its_key(desk):
    port = free_port()
    plant = desk(hook=hook(port))
    with hook_server(port) as server:
        server.forgets = True
        plant.raised(1)
        plant.turn(1)
        assert plant.turn(5)[0].waiting == 1  # nobody said that it was taken
        server.forgets = False
        plant.turn(60)
        keys = [headers["Idempotency-Key"] for headers, _, _ in server.got]
        assert len(keys) >= 2
        assert len(set(keys)) == 1
        assert plant.turn()[0].waiting == 0


def test_channels_do_not_wait_for_each_other(desk):
    here, away = free_port(), free_port()
    plant = desk(hook=hook(here), duty=mail(away))
    with hook_server(here) as server:
        for k in range(1, 6):
            plant.raised(k)
            plant.turn(60)
        assert [data["number"] for _, _, data in server.got] == [1, 2, 3, 4, 5]
    assert {r.channel: r.waiting for r in plant.turn()} == {"hook": 0, "duty": 5}


def test_one_that_is_refused_lets_others_pass_and_is_tried_again(desk):
    port = free_port()
    plant = desk(hook=hook(port))
    with hook_server(port) as server:
        server.status = 400
        plant.raised(1)
        assert "400" in plant.turn(1)[0].trouble
        server.status = 200
        plant.raised(2)
        plant.turn(1)
        assert [data["number"] for _, _, data in server.got] == [2]
        assert "400" in plant.turn(60)[0].trouble
        plant.turn(3600)
        assert [data["number"] for _, _, data in server.got] == [2, 1]
        assert plant.turn()[0].trouble == ""


def test_a_new_channel_tells_what_stands_and_not_what_was(desk, tmp_path):
    port = free_port()
    with AlarmBook(tmp_path / "desk.sqlite") as book:
        for k, over in ((1, True), (2, False)):
            book.twin([event(k, k, fault=f"heat_pump.x{k}")], [], T0)
            if over:
                book.order(Order(k, Action.ACKNOWLEDGE, "anna"), T0)
                book.twin([event(k, k, 5, fault=f"heat_pump.x{k}")], [], T0)
    with mail_server(port) as box:
        desk(duty=mail(port)).turn(5)
        assert numbers(box) == [2]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            [
                "medium: heat_pump: condenser fouled",
                "Since: 2025-11-24 15:50 (raised 2025-11-24 16:00)",
                "Size: 31 % (24 … 38); cannot be told from heat_pump: refrigerant lost",
                "Shown by: heat_pump.T_sink_out",
                "Check: clean the bundle",
                "Open: https://desk.example.org/#/alarm?number=1",
            ],
        ),
        (
            "fi",
            [
                "keskitaso: heat_pump: lauhdutin likaantunut",
                "Alkaen: 2025-11-24 15:50 (hälytys 2025-11-24 16:00)",
                "Suuruus: 31 % (24 … 38); ei erotu näistä: heat_pump: kylmäainetta puuttuu",
                "Tarkista: clean the bundle",
            ],
        ),
    ],
)
def test_a_message_says_what_where_since_when_how_large_and_what_to_do(desk, language, words):
    port = free_port()
    plant = desk(duty=mail(port, language=language))
    with mail_server(port) as box:
        plant.raised(1, fault="heat_pump.condenser_fouling")
        plant.turn(1)
    got = email.message_from_string(box.mails[0], policy=email.policy.default)
    assert got["Subject"] == f"[mantsala] {words[0]}"
    text = got.get_content()
    for word in words:
        assert word in text
    assert len(text) < 500


def test_a_flood_is_one_mail_that_names_the_most_urgent(desk):
    port = free_port()
    plant = desk(duty=mail(port))
    with mail_server(port) as box:
        for k in range(1, 31):
            plant.raised(k, fault="heat_pump.boiler_trip" if k == 30 else f"heat_pump.x{k}")
        plant.turn(1)
        assert len(box.mails) == 1
        text = email.message_from_string(box.mails[0], policy=email.policy.default).get_content()
        assert "alarm flood: 30 alarms within 10 min" in text
        assert text.index("HIGH: heat_pump: boiler tripped") < text.index("- medium: ")
        assert "and 22 more" in text


def test_waits_double_up_to_a_quarter_of_an_hour():
    waits = [wait_ns(tries) / S for tries in range(1, 12)]
    assert waits[:4] == [10, 20, 40, 80]
    assert waits[-1] == LONGEST_WAIT_NS / S == 900
    assert wait_ns(10_000) == LONGEST_WAIT_NS


def test_a_test_goes_over_every_channel_and_says_what_came_of_it(tmp_path):
    here, away = free_port(), free_port()
    settings = channels(hook=hook(here), duty=mail(away))
    with hook_server(here) as server:
        found = try_all(settings, "mantsala", tmp_path, "test", T0)
    assert found["hook"] == (True, "200 OK ok")
    assert found["duty"][0] is False
    assert str(away) in found["duty"][1]
    assert server.got[0][2]["what"] == "test"


def test_a_file_that_is_no_outbox_is_refused(tmp_path):
    path = tmp_path / "tell.sqlite"
    AlarmBook(path).close()
    with pytest.raises(BadInput, match="not a file of messages"):
        Outbox(path)
    assert issubclass(NotSent, Exception)


def test_there_is_one_courier(tmp_path):
    path = tmp_path / "tell.sqlite"
    with Outbox(path), pytest.raises(BadInput, match="another courier has it"):
        Outbox(path)
    Outbox(path).close()


def test_the_courier_as_a_process(tmp_path):
    port, away = free_port(), free_port()
    told = {
        name: {"kind": "webhook", "url": f"http://127.0.0.1:{where}/"}
        for name, where in (("hook", port), ("away", away))
    }
    (tmp_path / "tell.yaml").write_text(json.dumps({"channels": told}), "utf-8")
    config = json.dumps({"site": "mantsala", "data": str(tmp_path)})

    def beat_with(**wanted):
        for line in process.stdout:
            heard = json.loads(line)
            channels = {row["channel"]: row for row in heard["channels"]}
            if wanted.items() <= channels.get("hook", {}).items():
                return heard, channels
        raise AssertionError(f"no beat with {wanted}")

    with (
        hook_server(port) as server,
        AlarmBook(tmp_path / "desk.sqlite") as book,
        subprocess.Popen(
            [sys.executable, "-m", "hil.tell.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        process.stdin.write(config + "\n")
        process.stdin.flush()
        ready = {"event": "ready", "channels": ["hook", "away"], "wrong": ""}
        assert json.loads(process.stdout.readline()) == ready
        first = json.loads(process.stdout.readline())
        assert first == {"event": "beat", "trouble": "", "channels": []}  # it lives
        assert beat_with(waiting=0)[0]["trouble"] == ""
        book.twin([event(1, 0)], [], T0)
        assert beat_with(said=1)[1]["hook"] == {
            "channel": "hook", "said": 1, "waiting": 0, "trouble": "",
        }  # fmt: skip
        trouble = beat_with(said=0)[0]["trouble"]
        assert trouble.startswith("away: ")
        assert trouble.endswith("; 1 waiting")
        process.stdin.write('{"stop": true}\n')
        process.stdin.flush()
        process.stdout.read()
        assert process.wait(10) == 0
    assert [data["number"] for _, _, data in server.got] == [1]
