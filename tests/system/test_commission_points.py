"""`hukka commission points`: shipped controllers pass, broken ones fail at the right row."""

import csv

import points_mutants as mutants
import pytest
from commission_desk import commission
from small_disks import small_disk

from firmware_sim import make_controller
from hil.commissioning.checkout.form import forms_of
from hil.commissioning.checkout.row import Checked
from hil.commissioning.checkout.run import Checkout, check_points
from hil.commissioning.reach import Reach
from hil.commissioning.rig import RigOptions
from twin.site import load_site

SHORT = RigOptions(warmup_ns=600 * 10**9)
FEW = ("--controller", "heat_pump", "--warmup", "5m", "--cycle", "1s")


def checked(controllers, play=make_controller, site="mantsala", **more):
    """Rows by controller and point."""
    found = load_site(site)
    forms = forms_of(found, controllers)
    reach = Reach(found, play=play, **more)
    rows = check_points(Checkout(found, forms, SHORT, reach))
    return {row.key: row for row in rows}


def failing(rows):
    return {point for (_, point), row in rows.items() if row.verdict is Checked.FAIL}


@pytest.mark.parametrize("site", ["mantsala", "kajaani", "espoo", "hamina", "helsinki"])
def test_shipped_controllers_pass(site):
    rows = checked([], site=site)
    assert failing(rows) == set()
    for (controller, _), row in rows.items():
        assert row.verdict is not None
        assert row.verdict is Checked.PASS or row.why, row
        if row.kind == "command":
            assert row.direction, row
        if row.kind == "reading" and load_site(site).controllers[controller].role == "server":
            assert row.verdict is Checked.PASS
            assert row.raw


def test_directions_come_from_the_plant():
    rows = checked(["cooling_loop", "network"])
    for key in (("cooling_loop", "u_pump"), ("cooling_loop", "u_fan"), ("network", "u_pump")):
        assert rows[key].direction.startswith("pass: "), rows[key]
        assert "it is brought back" in rows[key].direction
    assert "lowers it" in rows["cooling_loop", "u_pump"].direction
    assert "raises it" in rows["network", "u_pump"].direction
    assert rows["network", "u_boiler"].direction == "not checked: nothing is held by it"


def test_a_client_says_what_it_does_not_show():
    rows = checked(["network"])
    assert rows["network", "dp_sp"].verdict is Checked.NOT
    assert "a client shows no registers" in rows["network", "dp_sp"].why
    reading = rows["network", "dp_consumer"]
    assert "u_pump answers it" in reading.why
    # word order of the remote I/O, by the IEEE standard and not by our codec
    low, high = (int(word, 16) for word in reading.raw.split())
    assert mutants.float_of((high, low)) == pytest.approx(reading.reference, rel=1e-6)


INPUTS = {
    "swapped, other limits": (
        "heat_pump", mutants.swapped("T_sink_in", "T_sink_out"), {"T_sink_in", "T_sink_out"},
    ),
    "swapped, same limits": (
        "heat_pump", mutants.swapped("m_source", "m_sink"), {"m_source", "m_sink"},
    ),
    "wrong sign": ("heat_pump", mutants.scaled("T_source_in", -1.0), {"T_source_in"}),
    "wrong scale": ("heat_pump", mutants.scaled("T_condensing", 0.1), {"T_condensing"}),
    "scale by 0.1 %": ("heat_pump", mutants.scaled("T_condensing", 1.001), {"T_condensing"}),
    "offset": ("heat_pump", mutants.scaled("T_evaporating", 1.0, 0.1), {"T_evaporating"}),
    "word order": (
        "heat_pump", mutants.reordered("heat_pump", "P_electric", "ABCD"), {"P_electric"},
    ),
    "word order of a float": (
        "heat_pump", mutants.reordered("heat_pump", "m_source", "DCBA"), {"m_source"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", INPUTS)
def test_a_mistake_of_an_input_fails_at_its_row(name):
    of, change, rows = INPUTS[name]
    found = checked([of], mutants.player(of, mutants.reads(change)))
    assert failing(found) == rows


def test_readings_from_the_next_register_fail_all():
    play = mutants.player("heat_pump", mutants.reads(mutants.shifted))
    rows = checked(["heat_pump"], play)
    readings = {p for (_, p), row in rows.items() if row.kind == "reading"}
    assert failing(rows) == readings


@pytest.mark.parametrize("pair", [("u_valve", "u_fan"), ("u_valve", "u_pump")])
def test_swapped_outputs_fail_both(pair):
    change = mutants.shows(mutants.swapped(*pair))
    rows = checked(["cooling_loop"], mutants.player("cooling_loop", change))
    assert failing(rows) == set(pair)
    assert "moves instead" in rows["cooling_loop", pair[0]].why


def turned(name):
    """More becomes less."""

    def change(values):
        values[name] = 1.0 - values[name]

    return change


def test_an_actuator_that_turns_the_wrong_way_fails():
    play = mutants.player("network", mutants.shows(turned("u_pump")))
    rows = checked(["network"], play)
    assert failing(rows) == {"u_pump"}
    assert "wrong way round" in rows["network", "u_pump"].why


def test_registers_one_further_are_seen_in_every_table():
    rows = checked(["heat_pump"], mutants.moved("heat_pump", "hr", 1))
    readings = {p for (_, p), row in rows.items() if row.kind == "reading"}
    assert readings < failing(rows)
    assert {"u_run", "scans"} <= failing(
        checked(["heat_pump"], mutants.moved("heat_pump", "ir", 1))
    )
    rows = checked(["heat_pump"], mutants.moved("heat_pump", "di", 1))
    assert {"high_condensing", "sensor_fault"} <= failing(rows)


def test_a_setting_that_is_not_the_design_fails():
    play = mutants.player("heat_pump", mutants.held("T_condensing_trip", 99.0))
    rows = checked(["heat_pump"], play)
    assert failing(rows) == {"T_condensing_trip"}
    row = rows["heat_pump", "T_condensing_trip"]
    assert (row.kind, row.scaled, row.deviation) == ("limit", 99.0, pytest.approx(4.0))


@pytest.mark.parametrize("transport", ["tcp", "rtu"])
def test_verdicts_are_the_same_over_sockets_and_lines(transport):
    here, there = checked(["heat_pump"]), checked(["heat_pump"], transport=transport)
    assert {k: r.verdict for k, r in here.items()} == {k: r.verdict for k, r in there.items()}


def test_the_command_and_its_sheet(tmp_path):
    out = tmp_path / "points.csv"
    code, said, told = commission("points", "mantsala", *FEW, "--out", out, "--json")
    assert code == 0, told
    assert said == {"points": 68, "passed": 59, "failed": 0, "not_checked": 9, "out": str(out)}
    assert "heat_pump:T_sink_in" in told
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 68
    assert rows[0]["raw"] == f"{round(float(rows[0]['scaled']) * 100):04X}"


def test_what_a_person_read_can_fail_a_point(tmp_path):
    sheet = tmp_path / "back.csv"
    sheet.write_text("controller,point,reference_reading,checked_by\nheat_pump,T_sink_in,-20,NN\n")
    code, said, told = commission("points", "mantsala", *FEW, "--sheet", sheet, "--json")
    assert (code, said["failed"]) == (3, 1)
    assert "failed: heat_pump:T_sink_in" in told


def test_a_blank_sheet_touches_nothing(tmp_path):
    out = tmp_path / "blank.xlsx"
    code, said, _ = commission("points", "mantsala", "--blank", "--out", out, "--json")
    assert (code, said["points"], said["not_checked"]) == (0, 158, 158)
    assert out.stat().st_size > 5000


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--controller", "heat_pmp"), "did you mean 'heat_pump'?"),
        (("--blank",), "--blank goes with --out"),
        (("--tolerance", "0.5"), "must be a number with its unit"),
        (("--tolerance", "-1 K"), "must be 0 or more"),
        (("--tolerance", "1 K", "--tolerance", "2 degC"), "for temperature"),
        (("--out", "a.ods"), "must end in"),
        (("--sheet", "none.csv"), "cannot be read"),
        (("--warmup", "x"), "--warmup"),
    ],
)
def test_bad_words_are_refused_before_anything_moves(words, message, tmp_path):
    code, said, told = commission("points", "mantsala", *words, "--json", cwd=tmp_path)
    assert (code, said) == (2, None)
    assert message in told
    assert "Traceback" not in told


def test_a_sheet_that_cannot_be_written_is_refused_before_anything_moves(tmp_path):
    (tmp_path / "there.csv").mkdir()
    code, said, told = commission("points", "mantsala", *FEW, "--out", "there.csv", cwd=tmp_path)
    assert (code, said) == (2, None)
    assert told.splitlines() == ["hukka: there.csv: cannot be written: Is a directory"]


def test_what_was_checked_is_told_where_there_is_no_room_for_the_sheet(tmp_path):
    with small_disk(tmp_path, "4k") as disk:
        out = disk / "points.csv"
        out.write_text("older")
        words = ("points", "mantsala", "--blank", "--out", out, "--json")
        code, summary, said = commission(*words)
        assert (code, summary["out"], summary["points"] > 0) == (4, None, True)
        said_last = "points.csv: cannot be written: No space left on device"
        assert said.splitlines()[-1].endswith(said_last)
        assert [path.name for path in disk.iterdir()] == ["points.csv"]
        assert out.read_text() == "older"


def test_an_older_sheet_gives_way_as_a_whole(tmp_path):
    out = tmp_path / "points.csv"
    out.write_text("older")
    with out.open() as kept:
        assert commission("points", "mantsala", "--blank", "--out", out, "--json")[0] == 0
        assert kept.read() == "older"
    assert out.read_bytes().startswith(b"\xef\xbb\xbfcontroller,point,")
    assert list(tmp_path.iterdir()) == [out]
