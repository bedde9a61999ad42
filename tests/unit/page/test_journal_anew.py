"""A journal that was damaged is set aside while a page shows it, and another takes its place."""

from hil.alarms import AlarmBook
from hil.historian.weeks.files import set_aside
from hil.page.desk_source import DeskSource
from twin.site import load_site

S = 1_000_000_000
T0 = 1_764_000_000 * S


def lost(book, name):
    """A controller that is lost for long enough to be an alarm."""
    book.links(T0, {name: "no answer"})
    book.links(T0 + 40 * S, {name: "no answer"})


def test_the_page_shows_the_journal_that_is_there(tmp_path):
    path = tmp_path / "desk.sqlite"
    source = DeskSource(load_site("mantsala"), S, tmp_path)
    assert source.alarms() == []
    with AlarmBook(path) as book:
        lost(book, "network")
    assert [alarm.part for alarm in source.alarms()] == ["network"]
    set_aside(path)
    assert [alarm.part for alarm in source.alarms()] == ["network"]  # until there is another
    with AlarmBook(path) as book:
        lost(book, "heat_pump")  # as many lines as the other had
    assert [alarm.part for alarm in source.alarms()] == ["heat_pump"]
    assert [line["part"] for line in source.history(0, T0 + 100 * S)] == ["heat_pump"]
