"""`hukka io watch --device`: several units of one line, each polled as its map wants it."""

import json
import signal

import pytest
from io_desk import MAP, Program, device, io

SLOW = """\
name,table,address,type,scale,unit,poll,default
serial,hr,20,uint16,1,-,600,4711
T_flow,hr,12,int16,0.1,degC,0.2,71.5
"""


def looks(said):
    return [
        {v["name"]: (v["value"], v["quality"]) for v in json.loads(line)["values"]}
        for line in said.out.splitlines()
    ]


@pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu"])
def test_units_of_a_line_are_watched_together_and_a_silent_one_stops_nobody(tmp_path, rtu):
    other = tmp_path / "other.csv"
    other.write_text("name,table,address,type,scale,unit\nT_flow,hr,12,int16,0.1,degC\n")
    with device(tmp_path, rtu=rtu, units=(3, 7)) as (link, _):
        units = ("3=" + str(tmp_path / "map.csv"), f"7={other}", f"9={other}")
        words = [word for unit in units for word in ("--device", unit)]
        said = io("watch", link, *words, "--every", "500ms", "--count", "3", "--json")
    assert said.code == 3  # unit 9 was not read
    last = looks(said)[-1]
    assert len(looks(said)) == 3
    assert last["3/power"][0] == pytest.approx(31.4)
    assert last["3/T_broken"] == (None, "NO_VALUE") or last["3/T_broken"][1] == "GOOD"
    assert last["7/T_flow"] == (71.5, "GOOD")
    assert last["9/T_flow"][0] is None
    assert last["9/T_flow"][1] == "TIMEOUT"  # of a gateway: its exception 11
    if rtu:
        assert "hukka: line: " in said.err
        assert "without an answer" in said.err


def test_a_point_is_read_as_often_as_its_map_says(tmp_path):
    (tmp_path / "slow.csv").write_text(SLOW)
    with Program("serve", tmp_path / "slow.csv", f"pty:{tmp_path / 'line'}", "-v") as program:
        link = f"rtu:{tmp_path / 'line'}"
        words = ("--device", f"1={tmp_path / 'slow.csv'}", "--count", "2", "--json")
        said = io("watch", link, *words)
        served = program.end(signal.SIGINT).out.splitlines()
    assert said.code == 0
    assert looks(said)[-1] == {"1/serial": (4711.0, "GOOD"), "1/T_flow": (71.5, "GOOD")}
    assert sum(line.endswith("reads hr 20") for line in served) == 1
    # every 0.2 s for 2 s; a loaded machine may miss some
    assert 5 <= sum(line.endswith("reads hr 12") for line in served) <= 11


def test_lines_outside_a_terminal_name_unit_and_point(tmp_path):
    with device(tmp_path) as (link, _):
        said = io("watch", link, "--device", f"1={tmp_path / 'map.csv'}", "--count", "1")
    assert said.code == 0
    assert any("1/T_limit" in line and " 80 degC" in line for line in said.out.splitlines())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--device", "MAP"), "must be UNIT=MAP, such as 3=heat_pump.csv"),
        (("--device", "300=MAP"), "must be UNIT=MAP"),
        (("--device", "1=MAP", "--device", "1=MAP"), "unit 1 is there already"),
        (("--device", "1=MAP", "hr:1"), "--device goes without ranges"),
        (("--device", "1=nothing.csv"), "nothing.csv"),
    ],
)
def test_what_is_no_device_is_refused(tmp_path, words, message):
    file = tmp_path / "map.csv"
    file.write_text(MAP)
    said = io("watch", "tcp://127.0.0.1:9", *(word.replace("MAP", str(file)) for word in words))
    assert (said.code, said.out) == (2, "")
    assert message in said.err
