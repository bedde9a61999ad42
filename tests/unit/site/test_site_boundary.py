import csv
import os
from pathlib import Path

import numpy as np
import pytest

from twin.errors import BadInput
from twin.site.boundary import Boundary, series
from twin.site.it_load import TRACE_FILE, it_load
from twin.site.load import load_site
from twin.site.table import read_table

S = 1_000_000_000


def test_a_day_of_an_input_is_its_values_of_every_minute(plain):
    boundary = Boundary(plain, None, 60_000_000_000)
    for name, column in zip(boundary.names, boundary.block(90, 1440).T, strict=True):
        assert boundary.day(name, 90 * 60_000_000_000) == pytest.approx(column)
        assert boundary.unit(name) == boundary.units[boundary.names.index(name)]


def test_a_cycle_gets_the_value_of_its_instant(plain):
    boundary = Boundary(plain, None, S)
    assert boundary.names == ("loop.P_it", "loop.T_outdoor", "pump.T_sink_in")
    assert boundary.units == ("W", "K", "K")
    block = boundary.block(1800, 1801)
    assert block.shape == (1801, 3)
    # weather: -8 at 0 h, -2 at 1 h; the constant: 45 degC
    assert block[0, 1:] == pytest.approx([268.15, 318.15])
    assert block[-1, 1] == pytest.approx(271.15)


def test_straight_lines_are_those_of_numpy():
    rng = np.random.default_rng(1)
    times = np.cumsum(np.r_[0, rng.integers(1, 40, 300)]) * S
    values = rng.normal(size=301)
    t = rng.integers(0, times[-1], 5000)
    assert series(times, values).at(t) == pytest.approx(np.interp(t, times, values), abs=1e-12)


def test_a_repeated_series_has_no_jump_at_the_wrap():
    times = np.arange(0, 97) * (900 * S)
    values = np.linspace(0.0, 10.0, 97)  # ends 10 above where it began
    day = series(times, values)
    t = np.arange(0, 3 * 86400, 60) * S
    assert np.abs(np.diff(day.at(t))).max() < 10.0 * 1.6 / 60  # spread over the hour of blending
    assert day.at(np.array([times[-1] - 1, times[-1]])) == pytest.approx([10.0, 10.0], abs=1e-9)


def test_later_passes_repeat_the_file_once_blended():
    times = np.arange(0, 97) * (900 * S)
    values = np.sin(np.arange(97) / 7.0)
    day = series(times, values)
    t = np.arange(3600, 86400, 111) * S
    assert (day.at(t) == day.at(t + 5 * 86400 * S)).all()


def test_blocks_are_the_same_however_the_run_is_cut(plain):
    boundary = Boundary(plain, None, S // 10)
    whole = boundary.block(0, 200_000)
    parts = np.concatenate([boundary.block(k, 12_500) for k in range(0, 200_000, 12_500)])
    assert (whole == parts).all()


def test_years_ahead_cost_no_more_memory(plain):
    late = Boundary(plain, None, S).block(10 * 365 * 86400, 10)
    assert np.isfinite(late).all()


def test_without_the_trace_a_synthetic_load_is_used_and_said(plain, tmp_path):
    boundary = Boundary(plain, tmp_path, S)
    assert any("synthetic profile" in note and TRACE_FILE in note for note in boundary.notes)
    load = boundary.block(0, 86400)[:, 0]
    assert load.max() == pytest.approx(5e6)
    assert 0.5e6 < load.min() < 1.5e6
    assert 2.5e6 < load.mean() < 3.5e6
    again = Boundary(plain, None, S).block(0, 86400)[:, 0]
    assert (load == again).all()


def test_the_trace_in_the_data_folder_is_summed_and_scaled(plain, tmp_path):
    (tmp_path / TRACE_FILE).write_text("time_s,P_a_W,P_b_W,T_w_degC\n0,1,2,5\n10,3,3,6\n20,2,2,7\n")
    boundary = Boundary(plain, tmp_path, S)
    assert "measured trace" in boundary.notes[0]
    assert boundary.block(0, 21)[[0, 5, 10, 20], 0] == pytest.approx(
        [2.5e6, 3.75e6, 5e6, 4e6 / 1.2]
    )


def test_the_measured_trace_against_an_independent_reading():
    data = Path(os.environ.get("HUKKA_DATA", "../shared/data"))
    if not (data / TRACE_FILE).is_file():
        pytest.skip(f"{TRACE_FILE} is not in HUKKA_DATA")
    with (data / TRACE_FILE).open() as file:
        rows = list(csv.DictReader(file))
    power = [sum(float(v) for k, v in row.items() if k.startswith("P_")) for row in rows]
    oracle = np.array(power) * (5.0e6 / max(power))
    block = Boundary(load_site("mantsala"), data, 15 * S).block(0, len(rows))
    assert block[:, 0] == pytest.approx(oracle, rel=1e-12)


ONE_EACH = "loop.P_it: {source: it_load, scale_to_max: 5.0 MW, cdu: 2}"
ALL = "loop.P_it: {source: it_load, scale_to_max: 5.0 MW}"


def test_one_unit_of_the_trace_keeps_its_part_of_the_scaled_total(write_site, plain_text, tmp_path):
    (tmp_path / TRACE_FILE).write_text("time_s,P_a_W,P_b_W,T_w_degC\n0,1,2,5\n10,3,3,6\n20,2,2,7\n")
    site = load_site(write_site(plain_text.replace(ALL, ONE_EACH)))
    boundary = Boundary(site, tmp_path, S)
    assert boundary.notes[0] == (
        f"IT load: measured trace {TRACE_FILE}, 2 units one by one, their total scaled to at"
        " most 5 MW, repeated every 0.00555556 h"
    )
    # the total is 3, 6, 4 and its largest value 5 MW: 1 W of the file is 5/6 MW
    assert boundary.block(0, 21)[[0, 10, 20], 0] == pytest.approx([2 * 5e6 / 6, 2.5e6, 2 * 5e6 / 6])


def test_the_synthetic_units_are_unlike_and_add_up_to_the_total():
    load = it_load(None)
    assert len(load.units) == 25
    assert sum(load.units) == pytest.approx(load.total, rel=1e-12)
    share = np.array([unit / load.total for unit in load.units])
    assert 0.6 / 25 < share.min() < 0.85 / 25
    assert 1.15 / 25 < share.max() < 1.6 / 25
    assert np.abs(np.corrcoef(share) - np.eye(25)).max() < 0.7


def test_a_unit_that_the_trace_does_not_have_is_refused_with_its_line(write_site, plain_text):
    site = load_site(write_site(plain_text.replace(ALL, ONE_EACH.replace("2}", "26}"))))
    message = r"site.yaml:12 boundary.loop.P_it.cdu = 26: synthetic profile .* has 25 units"
    with pytest.raises(BadInput, match=message):
        Boundary(site, None, S)


def test_every_unit_of_the_measured_trace_against_an_independent_reading(write_site, plain_text):
    data = Path(os.environ.get("HUKKA_DATA", "../shared/data"))
    if not (data / TRACE_FILE).is_file():
        pytest.skip(f"{TRACE_FILE} is not in HUKKA_DATA")
    with (data / TRACE_FILE).open() as file:
        rows = list(csv.DictReader(file))
    names = [k for k in rows[0] if k.startswith("P_")]
    total = max(sum(float(row[k]) for k in names) for row in rows)
    for number in (1, 14, 25):
        text = plain_text.replace(ALL, ONE_EACH.replace("2}", f"{number}}}"))
        block = Boundary(load_site(write_site(text)), data, 15 * S).block(0, len(rows))
        oracle = [float(row[names[number - 1]]) * 5e6 / total for row in rows]
        assert block[:, 0] == pytest.approx(oracle, rel=1e-12)


BROKEN = [
    ("", r"first column must be time_s"),
    ("t,P_a_W\n0,1\n", r":1 = 't,P_a_W': first column must be time_s"),
    ("time_s,P_a\n0,1\n1,2\n", r":1 P_a: must end in its unit"),
    ("time_s,P_a_W,P_a_W\n0,1,1\n1,2,2\n", r":1 P_a_W: needs a name of its own"),
    ("time_s,P_a_W\n0,1\n", r"at least two rows"),
    ("time_s,P_a_W\n0,1\n1,2,3\n", r":3: 3 values, the header names 2"),
    ("time_s,P_a_W\n0,1\n1,x\n", r":3: could not convert string to float: 'x'"),
    ("time_s,P_a_W\n0,1\n1,nan\n", r":3: every value must be a finite number"),
    ("time_s,P_a_W\n5,1\n6,2\n", r":2 time_s = 5\.0: must begin at 0"),
    ("time_s,P_a_W\n0,1\n2,2\n2,3\n", r":4 time_s = 2\.0: must rise"),
    ('time_s,P_a_W\n0,1\n1,"2\n2,3\n', r":3: could not convert string to float: '22,3'"),
    ('time_s,P_a_W\n0,1\n1,"2\n' + "2,3\n" * 50_000, r":3: field larger than .*: is a quote"),
    ("time_s,T_a_degC\n0,1\n2,2\n", r":1: no column in W"),
    ("time_s,P_a_W\n0,0\n2,0\n", r"nowhere above 0 W"),
]


@pytest.mark.parametrize(("text", "message"), BROKEN, ids=[m for _, m in BROKEN])
def test_a_broken_trace_is_refused_with_its_line(plain, tmp_path, text, message):
    (tmp_path / TRACE_FILE).write_text(text)
    with pytest.raises(BadInput, match=message):
        Boundary(plain, tmp_path, S)


def test_a_table_reads_into_si(tmp_path):
    (tmp_path / "t.csv").write_text("time_s,T_a_degC,P_kW\n0,20,1\n60,21,2\n\n")
    table = read_table(tmp_path / "t.csv")
    assert table.units == {"T_a": "K", "P": "W"}
    assert table.columns["T_a"] == pytest.approx([293.15, 294.15])
    assert table.columns["P"] == pytest.approx([1000.0, 2000.0])
