"""`desk.sqlite`: what a call returned is on the disk, strange files are refused, old ones read."""

import shutil
from dataclasses import replace
from pathlib import Path

import apsw
import pytest
from desk_made import SUPPLY, T0, at, event, feed, order, settings

from hil.alarms import AlarmBook, AlarmReader
from hil.alarms.schema import VERSION
from hil.historian.weeks.moments import parse_moment
from twin.diagnosis.isa import Action
from twin.errors import BadInput

HERE = Path(__file__).parent
USUAL = apsw.vfs_names()[0]


class Watched(apsw.VFS):
    """The file system of SQLite, which notes what is written and what is made to last."""

    def __init__(self):
        self.seen = []
        super().__init__("watched", USUAL, makedefault=True)

    def xOpen(self, name, flags):
        return File(self.seen, name, flags)


class File(apsw.VFSFile):
    def __init__(self, seen, name, flags):
        self.seen = seen
        self.what = "wal" if flags[0] & apsw.SQLITE_OPEN_WAL else "other"
        super().__init__(USUAL, name, flags)

    def xWrite(self, data, offset):
        self.seen.append(("write", self.what))
        super().xWrite(data, offset)

    def xSync(self, flags):
        self.seen.append(("sync", self.what))
        super().xSync(flags)


@pytest.fixture
def disk():
    watched = Watched()
    yield watched.seen
    apsw.set_default_vfs(USUAL)
    watched.unregister()


def test_what_a_call_returned_has_reached_the_disk(tmp_path, disk):
    with AlarmBook(tmp_path / "desk.sqlite", settings()) as book:
        feed(book, 306.0, 0, 10)
        calls = [
            lambda: book.limits(at(10), {SUPPLY: 306.0}, {SUPPLY: 0}),
            lambda: book.order(order(1), at(11)),
            lambda: book.order(order(1, Action.SHELVE, until_ns=at(99)), at(12)),
            lambda: book.twin([event()], [], at(13)),
            lambda: book.note("anna", "cleaned the strainer", at(14)),
            lambda: book.tick(at(99)),
        ]
        for call in calls:
            disk.clear()
            call()
            assert ("write", "wal") in disk
            assert disk[-1] == ("sync", "wal")
        disk.clear()
        book.tick(at(200))
        book.limits(at(201), {SUPPLY: 306.0}, {SUPPLY: 0})
        assert disk == []  # nothing happened, nothing is written


def test_what_a_full_disk_did_not_take_has_not_happened(tmp_path):
    path = tmp_path / "desk.sqlite"
    with AlarmBook(path) as book:
        book.twin([event()], [], T0)
        before, pages = book.board, book._db.pragma("page_count")
        book._db.pragma("max_page_count", pages)
        with pytest.raises(apsw.FullError):  # noqa: PT012 - until the last page is full
            for k in range(1000):
                before = book.board
                book.twin([event(2 + k, f"f{k}", raised=k)], [], at(k))
        assert book.board == before
        book._db.pragma("max_page_count", 1_000_000)
        (line,) = book.order(order(1), at(2000))
        assert line.after.alarm.acknowledged
        live = book.board
    with AlarmBook(path) as again:
        assert again.board == live


def test_readers_see_it_at_once_and_never_write(tmp_path):
    path = tmp_path / "desk.sqlite"
    with AlarmBook(path, settings()) as book, AlarmReader(path) as reader:
        feed(book, 306.0, 0, 11)
        assert [row.number for row in reader.rows()] == [1]
        cursor = reader.last_cursor()
        book.order(order(1), at(11))
        ((_, line),) = reader.after(cursor)
        assert (line.action, line.who) == (Action.ACKNOWLEDGE, "anna")
        with pytest.raises(apsw.ReadOnlyError):
            reader._db.execute("DELETE FROM journal")


def test_what_could_be_said_of_parts_is_known_of_every_moment(tmp_path):
    """Kept where it changes, over restarts, with the reason of then."""
    path, why = tmp_path / "desk.sqlite", {"pump": "it has started 3 min ago"}
    with AlarmBook(path) as book:
        book.twin([], [], at(5), standing={"pump": "not observable", "hp": "healthy"}, reasons=why)
        book.twin([], [], at(6), standing={"pump": "not observable", "hp": "healthy"})
    with AlarmBook(path) as book, AlarmReader(path) as reader:
        book.twin([], [], at(8), standing={"pump": "not observable", "hp": "healthy"})
        book.twin([], [], at(9), standing={"pump": "healthy", "hp": "unknown"})
        book.limits(at(10), {}, {})
        assert reader.standing(at(4)) == {}
        then = {"pump": ("not observable", why["pump"]), "hp": ("healthy", "")}
        assert reader.standing(at(5)) == reader.standing(at(8)) == then
        assert reader.standing(at(11)) == {"pump": ("healthy", ""), "hp": ("unknown", "")}
        assert len(list(reader._db.execute("SELECT * FROM standing"))) == 4


def test_a_folder_of_an_older_hukka_is_read_as_it_is(tmp_path):
    path = Path(shutil.copy(HERE / "desk_v1.sqlite", tmp_path / "desk.sqlite"))
    with AlarmReader(path) as reader:
        assert len(reader.rows(at(200))) == 3
        assert reader.standing(at(200)) == {}
        AlarmBook(path).close()
        assert reader.standing(at(200)) == {}


def test_notes_of_people_are_in_the_history(tmp_path):
    path = tmp_path / "desk.sqlite"
    with AlarmBook(path) as book, AlarmReader(path) as reader:
        book.note("anna", "cleaned the strainer", at(5))
        book.twin([event()], [], at(6))
        told = reader.history(T0, at(10))
        assert [entry["action"] for entry in told] == ["note", "raised"]
        assert told[0]["comment"] == "cleaned the strainer"
        assert reader.history(at(7), at(10)) == []
        for who, text in (("", "x"), ("anna", " "), ("anna", "x" * 4001)):
            with pytest.raises(BadInput, match=r"^note\."):
                book.note(who, text, at(6))


def test_the_list_of_a_past_moment(tmp_path):
    path = tmp_path / "desk.sqlite"
    with AlarmBook(path, settings()) as book, AlarmReader(path) as reader:
        feed(book, 306.0, 0, 11)
        book.order(order(1), at(20))
        feed(book, 300.0, 30, 60)
        assert reader.rows() == []
        assert reader.rows(at(9)) == []
        (row,) = reader.rows(at(15))
        assert (row.state, row.annunciated) == ("unacknowledged", True)
        (row,) = reader.rows(at(25))
        assert (row.state, row.acknowledged_by, row.comment) == ("acknowledged", "anna", "seen to")


def test_rows_say_what_chatters_and_what_is_stale(tmp_path):
    path = tmp_path / "desk.sqlite"
    quick = settings(delay_on="0 s", delay_off="0 s")
    with AlarmBook(path, quick) as book, AlarmReader(path) as reader:
        for k in range(0, 180, 60):
            assert not any(row.chattering for row in reader.rows(at(k)))
            feed(book, 306.0, k, k + 1)
            feed(book, 300.0 if k < 120 else 306.0, k + 30, k + 31)
        assert [row.chattering for row in reader.rows(at(121))] == [True]
        assert [row.chattering for row in reader.rows(at(800))] == [False]
        assert [row.stale for row in reader.rows(at(120 + 86400))] == [False]
        assert [row.stale for row in reader.rows(at(121 + 86400))] == [True]
        assert reader.rates(T0 - 1, at(3600)).value("chattering_slowly") == 1


def test_rates_count_when_an_alarm_begins_to_ask(tmp_path):
    path = tmp_path / "desk.sqlite"
    with AlarmBook(path) as book, AlarmReader(path) as reader:
        lines = book.twin([event()], [], at(0))
        lines += book.twin([event(fault="pump_wear")], [], at(1))
        lines += book.twin([event(fault="pump_wear", cleared=2)], [], at(2))
        lines += book.order(order(1, Action.SHELVE, until_ns=at(100)), at(3))
        lines += book.tick(at(100))
        lines += book.order(order(1), at(101))
        assert [(line.action, line.asks) for line in lines] == [
            (Action.RAISE, True),
            (Action.RENAME, False),
            (Action.CLEAR, False),
            (Action.SHELVE, False),
            (Action.EXPIRE, True),
            (Action.ACKNOWLEDGE, False),
        ]
        assert reader.rates(T0 - 1, at(200)).count == 2


@pytest.mark.parametrize(("then", "shown"), [("0001-01-01", 0), ("9999-12-31", 1)])
def test_the_list_of_a_time_that_nobody_can_store(tmp_path, then, shown):
    path = tmp_path / "desk.sqlite"
    with AlarmBook(path) as book, AlarmReader(path) as reader:
        book.twin([event()], [], T0)
        t_ns = parse_moment(then, "--at")
        assert len(reader.rows(t_ns)) == shown
        assert not reader.flood(t_ns)
        assert reader.rates(parse_moment("0001-01-01", "--from"), t_ns).count == shown


def test_a_flood_is_said_while_it_lasts(tmp_path):
    path = tmp_path / "desk.sqlite"
    with AlarmBook(path) as book, AlarmReader(path) as reader:
        for k in range(9):
            book.twin([event(k, f"f{k}", raised=k)], [], at(k))
        assert not reader.flood(at(9))
        book.twin([event(9, "f9", raised=9)], [], at(9))
        assert reader.flood(at(9))
        assert reader.flood(at(604))
        assert not reader.flood(at(606))


@pytest.mark.parametrize("content", [b"not a database" * 100, b"\0" * 4096])
def test_a_file_that_is_not_ours_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "desk.sqlite"
    path.write_bytes(content)
    for opened in (AlarmBook, AlarmReader):
        with pytest.raises(BadInput, match=r"desk\.sqlite"):
            opened(path)
    assert path.read_bytes() == content


def test_a_damaged_file_is_refused(tmp_path):
    path = tmp_path / "desk.sqlite"
    with AlarmBook(path) as book:
        for k in range(50):
            book.twin([event(k, f"f{k}", raised=k)], [], at(k))
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"desk\.sqlite: .*malformed"):
        AlarmBook(path)


def test_a_file_of_somebody_else_is_refused(tmp_path):
    path = tmp_path / "desk.sqlite"
    other = apsw.Connection(str(path))
    other.execute("CREATE TABLE x(y)")
    other.close()
    for opened in (AlarmBook, AlarmReader):
        with pytest.raises(BadInput, match="not a file of alarms"):
            opened(path)


def test_a_file_of_a_newer_hukka_is_refused(tmp_path):
    path = tmp_path / "desk.sqlite"
    AlarmBook(path).close()
    newer = apsw.Connection(str(path))
    newer.pragma("user_version", VERSION + 1)
    newer.close()
    with pytest.raises(BadInput, match=f"version {VERSION + 1}, this hukka knows up to {VERSION}"):
        AlarmBook(path)
    with pytest.raises(BadInput, match=f"version {VERSION + 1}, this hukka reads up to {VERSION}"):
        AlarmReader(path)


def test_no_file_is_no_alarms_yet(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        AlarmReader(tmp_path / "desk.sqlite")
    with pytest.raises(BadInput, match="cannot be opened"):
        AlarmBook(tmp_path / "no" / "desk.sqlite")


@pytest.mark.parametrize("old", sorted(HERE.glob("desk_v*.sqlite")), ids=lambda p: p.stem)
def test_files_of_every_older_version_are_taken_up(tmp_path, old):
    path = Path(shutil.copy(old, tmp_path / "desk.sqlite"))
    with AlarmBook(path, settings()) as book, AlarmReader(path) as reader:
        states = {row.number: (row.cause, row.state) for row in reader.rows(at(200))}
        assert states == {
            1: ("supply_hot", "unacknowledged"),
            2: ("fan_loss", "acknowledged"),
            3: ("T_supply.bias", "shelved"),
        }
        assert reader.evidence(2)["check"] == "fan status lines"
        assert [e["who"] for e in reader.history(T0, at(200)) if e["action"] == "note"] == ["anna"]
        assert book.twin([event(9, "pump_wear", raised=300)], [], at(300))[0].after.number == 4
        told = (at(100), {"notes": ["a note"]}) if old.stem >= "desk_v3" else None
        assert reader.health(at(200)) == told


def test_a_reader_of_an_older_file_knows_no_health(tmp_path):
    path = shutil.copy(HERE / "desk_v2.sqlite", tmp_path / "desk.sqlite")
    with AlarmReader(Path(path)) as reader:
        assert reader.health(at(200)) is None


def test_health_is_that_of_then_and_what_is_very_old_goes(tmp_path):
    path = tmp_path / "desk.sqlite"
    with AlarmBook(path) as book, AlarmReader(path) as reader:
        for seconds in (10, 20):
            book.health(at(seconds), {"notes": [f"at {seconds} s"]})
        assert reader.health(at(9)) is None
        assert reader.health(at(10)) == (at(10), {"notes": ["at 10 s"]})
        assert reader.health(at(19.9)) == (at(10), {"notes": ["at 10 s"]})
        assert reader.health(at(1000)) == (at(20), {"notes": ["at 20 s"]})
        days_400 = 400 * 86_400
        book.health(at(days_400 + 15), {"notes": []})
        assert reader.health(at(19)) is None
        assert reader.health(at(30)) == (at(20), {"notes": ["at 20 s"]})


def test_there_is_a_file_of_every_version():
    assert len(list(HERE.glob("desk_v*.sqlite"))) == VERSION


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"number": 99}, "there is no such alarm on the list"),
        ({"action": Action.CLEAR}, "happens by itself only"),
        ({"who": " "}, "must say who does it"),
        ({"comment": "x" * 501}, "at most 500 characters"),
        ({"action": Action.REMOVE, "comment": ""}, "must say why nobody shall be asked"),
        ({"action": Action.SHELVE, "until_ns": at(100_000)}, "must be in 0 to 24 h"),
        ({"action": Action.SHELVE}, "must be in 0 to 24 h"),
        ({"action": Action.RESET}, "the fault is still there"),
        ({"action": Action.UNSHELVE}, "it is not shelved"),
        ({"action": Action.RESTORE}, "it is not out of service"),
    ],
)
def test_orders_that_make_no_sense_are_refused(tmp_path, wrong, words):
    with AlarmBook(tmp_path / "desk.sqlite") as book:
        book.twin([event()], [], T0)
        before = book.board
        with pytest.raises(BadInput, match=words):
            book.order(replace(order(1), **wrong), at(1))
        assert book.board == before


def test_who_comes_second_to_acknowledge_changes_nothing(tmp_path):
    with AlarmBook(tmp_path / "desk.sqlite") as book:
        book.twin([event()], [], T0)
        assert len(book.order(order(1), at(1))) == 1
        assert book.order(order(1), at(2)) == []


def test_the_journal_never_goes_back_in_time(tmp_path):
    with AlarmBook(tmp_path / "desk.sqlite") as book:
        book.twin([event()], [], at(100))
        (line,) = book.order(order(1), at(50))
        assert line.t_ns == at(100)
