"""Files that begin anew: a journal that was set aside, and those that were caught in the making."""

from contextlib import closing

import apsw
import pytest
from free_ports import free_port
from tell_desk import TellDesk, event
from tell_made import channels, hook, hook_server

from hil.alarms import AlarmBook
from hil.alarms.schema import Damaged
from hil.historian.weeks.files import set_aside
from hil.tell.courier import Courier
from hil.tell.outbox import Outbox
from twin.errors import BadInput


def causes(server):
    return [data["cause"] for _, _, data in server.got]


@pytest.mark.parametrize("alive", [True, False], ids=["the courier lives on", "it begins anew too"])
def test_a_journal_that_begins_anew_is_heard(tmp_path, alive):
    port = free_port()
    told = channels(hook=hook(port, returned=False))
    path = tmp_path / "desk.sqlite"
    with hook_server(port) as server, closing(TellDesk(tmp_path, told)) as desk:
        raised_and_told(desk, range(1, 6))
        desk.book.close()
        if not alive:
            desk.courier.close()
        set_aside(path)
        desk.book = AlarmBook(path)
        if not alive:
            desk.courier = Courier(path, tmp_path / "tell.sqlite", told, "mantsala", tmp_path)
        desk.turn(2)
        desk.raised(7)  # whose number and line are those of one that was told
        desk.turn(2)
        desk.turn(2)
        assert causes(server) == [f"heat_pump.fault{n}" for n in (1, 2, 3, 4, 5, 7)]


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize(("name", "opened"), [("desk.sqlite", AlarmBook), ("tell.sqlite", Outbox)])
def test_a_file_that_was_caught_in_the_making_is_made(tmp_path, name, opened, exclusive):
    path = tmp_path / name
    with closing(apsw.Connection(str(path))) as db:
        if exclusive:
            db.pragma("locking_mode", "exclusive")
        db.pragma("journal_mode", "wal")
    assert path.stat().st_size > 0
    opened(path).close()
    opened(path).close()


@pytest.mark.parametrize("opened", [AlarmBook, Outbox])
def test_a_file_of_somebody_else_is_left_alone(tmp_path, opened):
    path = tmp_path / "some.sqlite"
    with closing(apsw.Connection(str(path))) as db:
        db.execute("CREATE TABLE recipes(name TEXT)")
    before = path.read_bytes()
    with pytest.raises(BadInput, match="not a file of"):
        opened(path)
    assert path.read_bytes() == before


def raised_and_told(desk, numbers):
    for number in numbers:
        desk.raised(number)
        desk.turn(400)


def test_what_the_new_journal_has_at_once_is_told(tmp_path):
    port = free_port()
    path = tmp_path / "desk.sqlite"
    with hook_server(port) as server:
        with closing(TellDesk(tmp_path, channels(hook=hook(port)))) as desk:
            raised_and_told(desk, (1, 2))
            desk.book.close()
            set_aside(path)
            desk.book = AlarmBook(path)
            desk.book.twin([event(9, desk.now)], [], desk.now)
            desk.turn(2)
        assert causes(server)[2:] == ["heat_pump.fault9"]


@pytest.mark.parametrize("alive", [True, False], ids=["the courier lives on", "it begins anew too"])
def test_a_new_journal_that_is_as_long_as_the_old_one_is_heard(tmp_path, alive):
    port = free_port()
    told = channels(hook=hook(port))
    path = tmp_path / "desk.sqlite"
    with hook_server(port) as server, closing(TellDesk(tmp_path, told)) as desk:
        raised_and_told(desk, (1, 2))
        desk.book.close()
        if not alive:
            desk.courier.close()
        set_aside(path)
        desk.book = AlarmBook(path)
        for number in (7, 8, 9):  # before the courier looks again
            desk.raised(number)
        if not alive:
            desk.courier = Courier(path, tmp_path / "tell.sqlite", told, "mantsala", tmp_path)
        for _ in range(3):
            desk.turn(2)
        assert causes(server) == [f"heat_pump.fault{n}" for n in (1, 2, 7, 8, 9)]


def cut(content):
    return content[: len(content) // 2]


def zeros(content):
    return bytes(len(content))


def a_word(content):
    assert b'"cursor":' in content
    return content.replace(b'"cursor":', b'"cursor"=')


def nothing(content):
    return b""


@pytest.mark.parametrize("damage", [cut, zeros, a_word, nothing])
def test_a_damaged_outbox_is_set_aside_and_people_are_told(tmp_path, damage):
    port = free_port()
    told = channels(hook=hook(port))
    path = tmp_path / "tell.sqlite"
    with hook_server(port) as server, closing(TellDesk(tmp_path, told)) as desk:
        raised_and_told(desk, (1, 2))
        desk.acknowledged(1)
        desk.turn(2)
        assert desk.courier.wrong == ""
        desk.courier.close()
        path.write_bytes(damage(path.read_bytes()))
        desk.courier = Courier(tmp_path / "desk.sqlite", path, told, "mantsala", tmp_path)
        assert str(path) in desk.courier.wrong
        assert "it is tell.sqlite.broken now, and what stands is told anew" in desk.courier.wrong
        desk.turn(2)
        desk.raised(3)
        desk.turn(2)
        # what somebody has acknowledged asks for nobody
        assert causes(server) == [f"heat_pump.fault{n}" for n in (1, 2, 2, 3)]
        desk.courier.check()
        desk.courier.close()
        desk.courier = Courier(tmp_path / "desk.sqlite", path, told, "mantsala", tmp_path)
        assert desk.courier.wrong == ""


def test_an_outbox_that_is_damaged_while_it_is_used_is_known(tmp_path):
    told = channels(hook=hook(free_port(), after="1 h"))
    path = tmp_path / "tell.sqlite"
    with closing(TellDesk(tmp_path, told)) as desk:
        desk.turn()
        desk.courier.check()
        desk.courier._outbox._db.execute("UPDATE channels SET memory = '{}'")
        with pytest.raises(Damaged, match=r"tell\.sqlite: "):
            desk.courier.check()
        assert path.exists()
