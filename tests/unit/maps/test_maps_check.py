"""Doubts about maps that load, and their silence about sound ones."""
# ruff: noqa: E501  # tables are easier to read in long lines

from pathlib import Path

import pytest

from hil.maps.check import check_map
from twin.registers import load_map

MAPS = sorted((Path(__file__).resolve().parents[3] / "firmware_sim" / "maps").glob("*.csv"))
HEAD = "name,table,address,type,order,scale,unit,access,min,max,nan,enum,tag\n"


def doubts(tmp_path: Path, rows: str, signals: dict[str, str] | None = None) -> list[str]:
    path = tmp_path / "m.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    return [str(found) for found in check_map(load_map(path), signals)]


@pytest.mark.parametrize("path", MAPS, ids=lambda p: p.stem)
def test_our_own_maps_are_sound(path):
    assert check_map(load_map(path)) == []


@pytest.mark.parametrize(
    ("row", "doubt"),
    [
        ("T_in,hr,0,int16,,0.1,kW", "T_in.unit = 'kW': a power, and names that begin with T_ are a temperature"),
        ("a.p_in,hr,0,int16,,0.1,degC", "a.p_in.unit = 'degC': a temperature, and names that begin with p_ are a pressure"),
        ("T_in,ir,0,uint16,,0.1,degC", "T_in.type = 'uint16': carries 0 to 6553.5 degC and nothing below 0 degC"),
        ("a,hr,0,int16,,10,kW,rw,0,5", "a.scale = '10': limits 5 apart are closer than one step"),
        ("a,hr,0,int16,,0.1,kW,rw,0,50,100|-5", "a.nan = '100': means 10 kW too, which lies within min and max"),
        ("a,hr,0,int16,,,,,,,,0=OFF|1=off", "a.enum = 'off': is the word of two numbers"),
        ("a,hr,0,int16,,,,,,,,0=A|99999=B", "a.enum = '99999=B': does not fit int16"),
    ],
)  # fmt: skip
def test_a_doubt_and_its_place(tmp_path, row, doubt):
    (found,) = doubts(tmp_path, row + "\n")
    assert found.startswith(f"m.csv:2 {doubt}")


@pytest.mark.parametrize(
    "row",
    [
        "T_in,hr,0,int16,,0.1,degC",
        "T_set,hr,0,uint16,,0.1,degC,rw,20,60",
        "T_in,ir,0,uint16,,0.1,K",
        "a,hr,0,int16,,0.1,kW,rw,0,50,0x8000|501",
        "mode,hr,0,int16,,,,,,,,0=OFF|1=ON",
    ],
)
def test_no_doubt(tmp_path, row):
    assert doubts(tmp_path, row + "\n") == []


def test_the_one_number_with_another_byte_order(tmp_path):
    rows = [f"a{i},hr,{2 * i},float32,CDAB\n" for i in range(5)]
    assert doubts(tmp_path, "".join(rows)) == []
    rows[2] = rows[2].replace("CDAB", "ABCD")
    assert doubts(tmp_path, "".join(rows)) == [
        "m.csv:4 a2.order = 'ABCD': the other wide numbers of the map are CDAB"
    ]


def test_units_of_a_sites_signals(tmp_path):
    row = "T_in,hr,0,int16,,0.1,degC\n"
    assert doubts(tmp_path, row, {"T_in": "K"}) == []
    (found,) = doubts(tmp_path, row, {"T_in": "kg/s"})
    assert "its signal: unit 'kg/s' (mass flow) cannot become 'degC'" in found


def test_an_exponent_is_no_quantity_whatever_its_name_begins_with(tmp_path):
    file = tmp_path / "m.csv"
    rows = "V_SF,hr,0,int16,,-\nU,hr,1,uint16,V_SF,V\n"
    file.write_text("name,table,address,type,scale_ref,unit\n" + rows)
    assert check_map(load_map(file)) == []
    file.write_text(file.read_text().replace(",V_SF,V", ",,V"))
    assert [d.point for d in check_map(load_map(file))] == ["V_SF"]
