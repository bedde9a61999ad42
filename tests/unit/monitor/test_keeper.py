"""What the keeper keeps: rows with their gaps, predictions, alarms; all on real files."""

from contextlib import closing
from pathlib import Path

import apsw
import numpy as np
import pytest

from hil.alarms import AlarmBook, AlarmReader
from hil.bench.layout import layout_of
from hil.historian.weeks import Keep, Weeks
from hil.loop.ring import RING_ROWS, Ring
from hil.monitor.keeper import NO_ROOM, Keeper
from hil.monitor.rows import MEASURED, TWIN, row_type, twin_type
from hil.monitor.stamps import Missing
from twin.clock import NS_PER_S as S
from twin.errors import BadInput
from twin.signals import Quality
from twin.site import load_site

BEGAN = 1_790_000_000 * S
FOREVER = (1 << 62) - 1


@pytest.fixture(scope="module")
def site():
    return load_site("mantsala")


class Rings:
    """The loop's and the twin's end."""

    def __init__(self, site, reckoned=()) -> None:
        self.layout = layout_of(site, reckoned=reckoned)
        self.measured, self.predicted = (
            Ring(memoryview(bytearray(Ring.size(dtype, RING_ROWS))), dtype, RING_ROWS)
            for dtype in (row_type(self.layout), twin_type(self.layout))
        )

    def put(self, t_s: float, missing: Missing = Missing.NOTHING, value: float = 300.0, bad=()):
        n = len(self.layout.signals) + len(self.layout.commands)
        quality = np.zeros(n, np.uint8)
        quality[list(bad)] = Quality.TIMEOUT
        row = (BEGAN + round(t_s * S), 0, int(missing), np.full(n, value), quality)
        assert self.measured.put(row)

    def predict(self, t_s: float, value: float) -> None:
        row = (BEGAN + round(t_s * S), np.full(len(self.layout.predicted), value))
        assert self.predicted.put(row)


@pytest.fixture
def rings(site) -> Rings:
    return Rings(site)


def keeping(folder: Path, site, rings: Rings) -> Keeper:
    return Keeper(folder, site, rings.layout, S, Keep(), rings.measured, rings.predicted)


def taken(keeper: Keeper) -> None:
    while keeper.take():
        pass


def kept(folder: Path, stream: str = MEASURED):
    with Weeks(folder / "weeks") as weeks:
        blocks = list(weeks.rows(stream, 0, FOREVER)) if stream in weeks.streams() else []
        gaps = [(g.from_ns, g.to_ns, g.why) for g in weeks.gaps(0, FOREVER)]
    return [int(t) - BEGAN for b in blocks for t in b.t_ns], blocks, gaps


def test_rows_leave_the_ring_only_when_they_are_on_disk(site, rings, tmp_path):
    with closing(keeping(tmp_path, site, rings)) as keeper:
        for t_s in range(5):
            rings.put(t_s, bad=[3])
            rings.predict(t_s, 20.0 if t_s else np.nan)
        taken(keeper)
        assert (rings.measured.taken, rings.predicted.taken) == (0, 0)
        assert kept(tmp_path)[0] == []
        keeper.commit()
        assert (rings.measured.taken, rings.predicted.taken) == (5, 5)
    times, blocks, gaps = kept(tmp_path)
    assert (times, gaps) == ([t * S for t in range(5)], [])
    assert np.isnan(blocks[0].values[:, 3]).all()
    assert (blocks[0].quality[:, 3] == Quality.TIMEOUT).all()
    predicted = kept(tmp_path, TWIN)[1][0]
    n = len(rings.layout.watched)
    assert predicted.quality[0].tolist() == [Quality.NO_VALUE] * n + [Quality.GOOD] * n
    assert predicted.values[1, 0] == 20.0
    assert predicted.values[1, n] == 0.8  # the band of T_supply


def test_a_folder_of_before_gets_what_is_reckoned_beside_what_it_has(site, rings, tmp_path):
    power = "heat_pump.P_auxiliary"
    for at, its_rings in ((0, rings), (5, Rings(site, [power]))):
        with closing(keeping(tmp_path, site, its_rings)) as keeper:
            its_rings.put(at)
            its_rings.predict(at, 12_345.6)
            taken(keeper)
    with Weeks(tmp_path / "weeks") as weeks:
        assert weeks.channels[f"{power}:predicted"].unit == "W"
        assert f"{power}:band" not in weeks.channels
        old, new = (weeks.at(TWIN, BEGAN + at * S, [f"{power}:predicted"]) for at in (0, 5))
        drawn = weeks.series([f"{power}:predicted"], BEGAN, BEGAN + 10 * S, 10)
    assert (np.isnan(old.values[0, 0]), old.quality[0, 0]) == (True, Quality.NOT_YET)
    assert (new.values[0, 0], new.quality[0, 0]) == (12_346.0, Quality.GOOD)
    assert np.nanmax(drawn.mean) == 12_346.0


def test_what_was_not_released_is_seen_again_and_kept_once(site, rings, tmp_path):
    for t_s in range(4):
        rings.put(t_s)
    first = keeping(tmp_path, site, rings)
    taken(first)
    first._writer.commit()  # killed between the disk and the ring
    first._writer.close()
    first._book.close()
    rings.put(4)
    with closing(keeping(tmp_path, site, rings)) as second:
        assert second.last_ns == BEGAN + 3 * S
        taken(second)
    assert kept(tmp_path)[0] == [t * S for t in range(5)]
    assert rings.measured.taken == 5


def test_what_is_in_the_ring_twice_is_kept_once(site, rings, tmp_path):
    """A twin that was restarted while nothing came to the disk follows all of that again."""
    for t_s in (*range(10), *range(3, 60), 58, 60):
        rings.predict(t_s, 20.0)
    with closing(keeping(tmp_path, site, rings)) as keeper:
        taken(keeper)
    assert kept(tmp_path, TWIN)[0] == [t * S for t in range(61)]
    assert rings.predicted.taken == rings.predicted.written


def test_every_hole_has_its_reason(site, rings, tmp_path):
    with closing(keeping(tmp_path, site, rings)):
        rings.put(0)
        rings.put(1)
        rings.put(60, Missing.ASLEEP)
        rings.put(61)
        rings.put(70)  # the loop has taken all of them; the ring was full
    with closing(keeping(tmp_path, site, rings)):
        rings.put(100, Missing.STOPPED)
    hole = [(1, 60, "the machine was asleep"), (61, 70, NO_ROOM)]
    hole.append((70, 100, "the monitor was not running"))
    assert kept(tmp_path)[2] == [(BEGAN + a * S, BEGAN + b * S, why) for a, b, why in hole]


def news(t_s: float, *events, standing="healthy", still=()):
    parts = ("cooling_loop", "heat_pump", "district_network")
    return {
        "t_ns": BEGAN + round(t_s * S),
        "generation": "1",
        "events": list(events),
        "off": [],
        "standing": dict.fromkeys(parts, standing),
        "reasons": {},
        "open": list(still),
    }


def event(number: int, cleared_s=None):
    return {
        "number": number, "part": "heat_pump", "fault": "heat_pump.condenser_fouling",
        "verdict": "fault", "size": 0.3, "low": 0.2, "high": 0.4, "unit": "-", "drift": False,
        "probability": 0.99, "since_s": BEGAN / S, "raised_s": BEGAN / S + 60,
        "cleared_s": cleared_s, "group": [], "evidence": [], "consequences": [],
        "window": "1 h", "check": "look",
    }  # fmt: skip


def test_news_told_twice_are_one_alarm_and_people_are_answered(site, rings, tmp_path):
    with closing(keeping(tmp_path, site, rings)) as keeper:
        assert keeper.asking() == 0
        keeper.news(news(60, event(1), still=[1]))
        keeper.news(news(60, event(1), still=[1]))
        assert keeper.asking() == 1
        order = {"number": 1, "action": "acknowledged", "who": "anna", "comment": "seen"}
        keeper.order(order, BEGAN + 70 * S)
        assert keeper.asking() == 0
        with pytest.raises(BadInput, match="no such alarm"):
            keeper.order({**order, "number": 9}, BEGAN + 71 * S)
        keeper.note({"who": "anna", "text": "filter changed", "t_ns": BEGAN + 80 * S})
        with pytest.raises(BadInput, match="must say who"):
            keeper.note({"who": " ", "text": "x", "t_ns": BEGAN})
        keeper.news(news(600, event(1, cleared_s=BEGAN / S + 600)))
    with AlarmReader(tmp_path / "desk.sqlite") as reader:
        actions = [line["action"] for line in reader.history(0, FOREVER)]
    assert actions == ["raised", "acknowledged", "note", "returned to normal"]


def test_a_lost_link_asks_after_its_delay_and_a_limit_is_held_against_rows(site, rings, tmp_path):
    (tmp_path / "alarms.yaml").write_text(
        "limits:\n  too_hot:\n    signal: cooling_loop.T_supply\n    above: 40 degC\n"
        "    deadband: 1 K\n    priority: high\n",
        "utf-8",
    )
    with closing(keeping(tmp_path, site, rings)) as keeper:
        for t_s in range(40):
            keeper.links(BEGAN + t_s * S, {"heat_pump": "no answer"})
        assert keeper.asking() == 1
        for t_s in range(10):
            rings.put(t_s, value=300.0)
        taken(keeper)
        assert keeper.asking() == 1
        for t_s in range(10, 400):
            rings.put(t_s, value=320.0)
        taken(keeper)
        assert keeper.asking() == 2


def test_one_folder_has_one_keeper(site, rings, tmp_path):
    with closing(keeping(tmp_path, site, rings)), pytest.raises(BadInput, match="writes here"):
        keeping(tmp_path, site, rings)


def test_a_journal_of_somebody_else_is_refused_in_words(site, rings, tmp_path):
    with closing(apsw.Connection(str(tmp_path / "desk.sqlite"))) as db:
        db.execute("CREATE TABLE recipes(name TEXT)")
    with pytest.raises(BadInput, match=r"desk\.sqlite: not a file of alarms"):
        keeping(tmp_path, site, rings)
    assert not (tmp_path / "weeks").exists() or keeping_is_possible(tmp_path, site, rings)


def damaged(how: str, content: bytes) -> bytes:
    """What a worn disk makes of a file."""
    match how:
        case "no database":
            return b"this is no database at all" * 100
        case "zeros":
            return bytes(len(content))
        case "nothing":
            return b""
        case "a hole":
            return content[: 3 * 4096] + bytes(9 * 4096) + content[12 * 4096 :]
        case _:  # the list of alarms is there, and one of them cannot be read
            return content.replace(b'"kind":"twin"', b'"kind"="twin"')


@pytest.mark.parametrize("how", ["no database", "zeros", "nothing", "a hole", "a word"])
def test_a_damaged_journal_is_set_aside_and_the_plant_is_recorded(site, rings, tmp_path, how):
    path, aside = tmp_path / "desk.sqlite", tmp_path / "desk.sqlite.broken"
    with closing(keeping(tmp_path, site, rings)) as keeper:
        rings.put(0)
        keeper.news(news(60, event(1), still=[1]))
    whole = path.read_bytes()
    path.write_bytes(damaged(how, whole))
    with closing(keeping(tmp_path, site, rings)) as keeper:
        assert str(path) in keeper.wrong
        assert "it is desk.sqlite.broken now, and alarms begin anew" in keeper.wrong
        rings.put(1)
        keeper.news(news(61, event(1), still=[1]))
        assert keeper.asking() == 1
    assert aside.read_bytes() == damaged(how, whole)
    assert kept(tmp_path)[0] == [0, S]
    with closing(keeping(tmp_path, site, rings)) as keeper:
        assert (keeper.wrong, keeper.asking()) == ("", 1)


def keeping_is_possible(folder: Path, site, rings: Rings) -> bool:
    """The refusal has left no lock behind."""
    (folder / "desk.sqlite").unlink()
    keeping(folder, site, rings).close()
    return True


def test_a_broken_week_is_set_aside_and_the_rest_is_kept(site, rings, tmp_path):
    with closing(keeping(tmp_path, site, rings)):
        rings.put(0)
    (path,) = (tmp_path / "weeks").glob("*.sqlite")
    path.write_bytes(b"a worn card" * 1000)
    with closing(keeping(tmp_path, site, rings)):
        rings.put(1)
    assert kept(tmp_path)[0] == [S]
    with Weeks(tmp_path / "weeks") as weeks:
        assert "set aside" in weeks.problems()[0]


def test_a_site_without_a_twin_is_kept_too(site, tmp_path):
    bare = site.model_copy(update={"twin": {}})
    bare._document = site.document
    rings = Rings(bare)
    with closing(keeping(tmp_path, bare, rings)):
        rings.put(0)
    assert kept(tmp_path)[0] == [0]


@pytest.mark.parametrize("how", ["deleted", "zeros", "nothing", "another"])
def test_a_journal_that_is_lost_while_it_is_used_begins_anew(site, rings, tmp_path, how):
    path = tmp_path / "desk.sqlite"
    with closing(keeping(tmp_path, site, rings)) as keeper:
        keeper.news(news(60, event(1), still=[1]))
        with closing(apsw.Connection(str(path))) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        keeper.commit()
        assert (keeper.wrong, keeper.trouble) == ("", "")
        match how:
            case "deleted":
                for file in tmp_path.glob("desk.sqlite*"):
                    file.unlink()
                said = "was taken away: alarms begin anew"
            case "another":
                path.rename(tmp_path / "away")
                AlarmBook(path).close()
                said = "is another file now"
            case _:
                path.write_bytes(damaged(how, path.read_bytes()))
                said = "it is desk.sqlite.broken now, and alarms begin anew"
        keeper.commit()
        assert keeper.wrong.startswith(f"{path}: ")
        assert said in keeper.wrong
        assert (keeper.asking(), keeper.trouble) == (0, "")
        keeper.news(news(61, event(1), still=[1]))
        assert keeper.asking() == 1
        with AlarmReader(path) as reader:
            assert [row.number for row in reader.rows()] == [1]
        keeper.commit()
    with closing(keeping(tmp_path, site, rings)) as keeper:
        assert (keeper.wrong, keeper.asking()) == ("", 1)


def test_nobody_is_answered_while_there_is_no_journal(site, rings, tmp_path):
    path = tmp_path / "desk.sqlite"
    with closing(keeping(tmp_path, site, rings)) as keeper:
        path.rename(tmp_path / "away")
        path.mkdir()
        with pytest.raises(BadInput, match=r"desk\.sqlite"):
            keeper.note({"who": "anna", "text": "pump 2 hums", "t_ns": BEGAN})
        rings.put(0)
        taken(keeper)
        keeper.news(news(60, event(1), still=[1]))
        keeper.commit()
        assert str(path) in keeper.trouble
        path.rmdir()
        keeper.note({"who": "anna", "text": "pump 2 hums", "t_ns": BEGAN})
        keeper.commit()
        assert (keeper.asking(), keeper.trouble) == (1, "")
    with AlarmReader(path) as reader:
        assert [line["comment"] for line in reader.history(0, FOREVER) if line["action"] == "note"]
    assert kept(tmp_path)[0] == [0]
