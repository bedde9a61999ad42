"""What waits while nobody can be reached, and what is committed while the courier looks."""

from contextlib import closing

from free_ports import free_port
from tell_desk import TellDesk
from tell_made import channels, hook, hook_server

from hil.alarms.lines import LISTED_NOW


def said(server):
    return [(data["what"], data["number"]) for _, _, data in server.got]


def test_repeats_do_not_pile_up_while_nobody_can_be_reached(tmp_path):
    port = free_port()
    told = channels(hook=hook(port, repeat="30 min"))
    with closing(TellDesk(tmp_path, told)) as desk:
        for number in (1, 2, 3, 4):
            desk.raised(number)
            desk.turn(400)
        waiting = {desk.turn(1800)["hook"].waiting for _ in range(3 * 48)}
        assert waiting == {4}
        with hook_server(port) as server:
            desk.turn(1000)
            assert said(server) == [("raised", number) for number in (1, 2, 3, 4)]
            for _ in range(5):
                desk.turn(600)
            again = [one for one in said(server) if one[0] == "again"]
            assert sorted(again[:4]) == [("again", number) for number in (1, 2, 3, 4)]
            assert {data["times"] for _, _, data in server.got[4:8]} == {2}


def test_a_flood_that_nobody_heard_of_is_not_repeated_either(tmp_path):
    port = free_port()
    with closing(TellDesk(tmp_path, channels(hook=hook(port, repeat="30 min")))) as desk:
        for number in range(1, 13):
            desk.raised(number)
        reports = [desk.turn(600)["hook"] for _ in range(100)]
        assert {report.waiting for report in reports[3:]} == {2}  # that it came, and is over


def test_a_turn_reads_no_more_than_it_says(tmp_path):
    port = free_port()
    with closing(TellDesk(tmp_path, channels(hook=hook(port, returned=False)))) as desk:
        for number in range(1, 31):
            desk.raised(number)
            desk.turn(300)
            desk.acknowledged(number)
        with hook_server(port) as server:
            report = desk.turn(1000)["hook"]
            assert (report.said, report.waiting) == (20, 10)
            assert desk.turn(2)["hook"].waiting == 0
        assert said(server) == [("raised", number) for number in range(1, 31)]


def test_what_returns_between_two_looks_of_the_courier_is_told(tmp_path):
    """The keeper commits after the courier read the journal, and before it read the list."""
    port = free_port()
    with (
        hook_server(port) as server,
        closing(TellDesk(tmp_path, channels(hook=hook(port)))) as desk,
    ):
        desk.raised(1)
        desk.turn(10)
        desk.acknowledged(1)
        desk.turn(2)

        def returns(cursor, sql, bindings):
            if sql.strip() == LISTED_NOW.strip():
                looking.exec_trace = None
                desk.over(1)
            return True

        looking = desk.courier._reader._db
        looking.exec_trace = returns
        desk.turn(2)
        assert looking.exec_trace is None
        desk.turn(2)
        assert said(server) == [("raised", 1), ("returned", 1)]
