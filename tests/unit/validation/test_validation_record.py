"""Measured runs as files: what is read, and what is refused with its place."""

from pathlib import Path

import numpy as np
import pytest

from hil.validation.record import read_record
from twin.errors import BadInput

GOOD = "time_s,mass_flow_kg_per_s,T_in_degC,T_out_degC\n0,1,20,20\n2.5,1,30,20\n7,1.2,40,25\n"


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "run.csv"
    path.write_text(text, "utf-8")
    return path


def test_a_plain_run(tmp_path: Path) -> None:
    record = read_record(write(tmp_path, GOOD))
    assert record.name == "run"
    assert record.time.tolist() == [0.0, 2.5, 7.0]
    assert record.mass_flow is not None
    assert record.mass_flow.tolist() == [1.0, 1.0, 1.2]
    assert record.volume_flow is None
    assert record.T_ambient is None
    assert record.notes == ()


def test_order_case_units_comments_and_decimal_commas(tmp_path: Path) -> None:
    text = (
        "\ufeff# a rig\nT_WATER_OUT_K;time_min;Volume_flow_m3_per_h;T_inlet_degC;t_amb_degC\n"
        "293,15;0;3,6;20,5;18\n\n# a pause\n294,15;0,5;7,2;21,5;18,5\n"
    )
    record = read_record(write(tmp_path, text))
    assert record.time.tolist() == [0.0, 30.0]
    assert record.T_out == pytest.approx([20.0, 21.0])
    assert record.T_in.tolist() == [20.5, 21.5]
    assert record.volume_flow == pytest.approx([1e-3, 2e-3])
    assert record.T_ambient is not None
    assert record.T_ambient.tolist() == [18.0, 18.5]


def test_zero_in_the_wall_column_is_not_recorded(tmp_path: Path) -> None:
    rows = GOOD.splitlines()
    walls = ("T_wall_out_degC", "0", "19.5", "0")
    text = "\n".join(f"{row},{wall}" for row, wall in zip(rows, walls, strict=True))
    wall = read_record(write(tmp_path, text)).T_wall_out
    assert wall is not None
    assert np.isnan(wall[[0, 2]]).all()
    assert wall[1] == 19.5


def test_an_outlet_that_was_not_recorded_is_left_out_of_the_score(tmp_path: Path) -> None:
    record = read_record(write(tmp_path, GOOD.replace("2.5,1,30,20", "2.5,1,30,")))
    assert np.isnan(record.T_out).tolist() == [False, True, False]


def test_rows_of_one_time_count_once(tmp_path: Path) -> None:
    record = read_record(write(tmp_path, GOOD.replace("7,1.2", "2.5,1.1,31,21\n7,1.2")))
    assert record.time.tolist() == [0.0, 2.5, 7.0]
    assert record.T_in.tolist() == [20.0, 31.0, 40.0]
    assert "1 rows" in record.notes[0]


def test_columns_nobody_knows_are_named(tmp_path: Path) -> None:
    text = GOOD.replace("T_out_degC", "T_out_degC,weather").replace("\n", ",3\n")
    text = text.replace("weather,3", "weather")
    assert read_record(write(tmp_path, text)).notes == ("column weather is not used",)


BAD = {
    "no such column": (GOOD.replace("T_in_degC", "T_inn_degC"), "no column for T_in.*did you mean"),
    "no flow": (GOOD.replace("mass_flow_kg_per_s", "x"), "no column for flow"),
    "unit": (GOOD.replace("kg_per_s", "kg_per_sec"), "unknown unit 'kg_per_sec', did you mean"),
    "number": (GOOD.replace("2.5,1,30", "2.5,1,warm"), r"run.csv:3 T_in_degC = 'warm'"),
    "infinite": (GOOD.replace("2.5,1,30", "2.5,1,inf"), r"run.csv:3 T_in_degC = 'inf'"),
    "empty inlet": (GOOD.replace("2.5,1,30", "2.5,1,"), r"run.csv:3 T_in_degC: is empty"),
    "back in time": (GOOD.replace("7,1.2", "1,1.2"), r"run.csv:4 time = 1.0: is before 2.5"),
    "cells": (GOOD.replace("2.5,1,30,20", "2.5,1,30"), r"run.csv:3: 3 cells, the header has 4"),
    "kelvins as degrees": (GOOD.replace(",30,", ",303,"), r"run.csv:3 T_in_degC = 303"),
    "one row": ("\n".join(GOOD.splitlines()[:2]), "at least two rows"),
    "twice": (GOOD.replace("T_out_degC", "T_inlet_degC"), "are both T_in"),
    "no outlet": (GOOD.replace("0,1,20,20", "0,1,20,"), "outlet must be recorded"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    text, message = BAD[name]
    with pytest.raises(BadInput, match=message):
        read_record(write(tmp_path, text))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.csv: cannot be read"):
        read_record(tmp_path / "none.csv")


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_bytes(b"\xff\xfe\x00\x01" * 20)
    with pytest.raises(BadInput, match="not a text file"):
        read_record(path)
