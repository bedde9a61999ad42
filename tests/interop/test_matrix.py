"""Every peer at every function, over TCP and RTU, both ways: what matrix.py prints, as tests."""

import pytest
from interop_cases import COLUMNS, Case, Step, Tables
from interop_judge import Wired, verdicts
from interop_notes import note_on
from interop_peers import ALL
from interop_talk import ROLES
from matrix import rows

pytestmark = pytest.mark.interop
ROWS = [pytest.param(*row, id="-".join((row[0].name, *row[1:]))) for row in rows()]


@pytest.mark.parametrize(("peer", "role", "transport"), ROWS)
def test_every_request_of_a_row(peer, role, transport, tmp_path):
    if reason := peer.missing():
        pytest.skip(reason)
    found = list(ROLES[role](peer, transport, tmp_path))
    broadcasts = {"unit 0"} if transport == "rtu" else set()
    assert {verdict.column for verdict in found} == {*COLUMNS} - {"unit 0"} | broadcasts
    wrong = [verdict for verdict in found if verdict.wrong]
    assert [verdict for verdict in wrong if not note_on(peer.name, role, transport, verdict)] == []
    # what every peer has must have been asked, whatever it lacks
    asked = {verdict.column for verdict in found if not verdict.lacks}
    assert asked >= {"1", "2", "3", "4", "5", "6", "15", "16", "ex 2", "ex 3", "unit"}


def test_all_peers_that_the_matrix_is_about():
    names = {"libmodbus", "mbpoll", "pymodbus", "minimalmodbus", "umodbus", "modbus-serial"}
    assert {peer.name for peer in ALL} == names
    assert len(ROWS) == 19


READ, WRITE = Step(3, (0, 2)), Step(16, (0, 7, 8))
HEARD = [("master", b"\x01\x03"), ("server", b"\x01\x03")]


@pytest.mark.parametrize(
    ("step", "says", "heard", "wrong"),
    [
        (READ, "values 7 8", HEARD, ""),
        (READ, "values 7 9", HEARD, "values 7 9 instead of values 7 8"),
        (READ, "exception 2", HEARD, "exception 2 instead of values 7 8"),
        (READ, "values 7 8", [("master", b"\x01\x04")], "asked with functions [4]"),
        (READ, "values 7 8", [("server", b"\x01\x03")], "asked with functions []"),
        (WRITE, "done", [("master", b"\x01\x10")], "register 1 is 9 instead of 8"),
    ],
)
def test_the_judge_sees_what_is_wrong(step, says, heard, wrong):
    tables, spoken = Tables(1), []
    tables.hr[:2] = [7, 8] if step is READ else [0, 0]
    right = tables.perform(step)
    there = list(tables.hr)
    if step is WRITE:
        there[1] = 9

    def ask(_):
        spoken.extend(heard)
        return says

    wired = Wired(ask, lambda: (list(tables.co), there), spoken, 1)
    (verdict,) = verdicts(iter([Case("3", step, (right,))]), tables, wired)
    assert (verdict.wrong, verdict.lacks) == (wrong, False)
