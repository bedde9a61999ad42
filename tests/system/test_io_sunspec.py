"""`hukka io sunspec`: a served SunSpec device is found, walked, read and written down."""

import json
import signal

import pytest
from io_desk import Program, device, io
from sunspec_desk import MODELS, common, inverter, served_map

NUMBERS = {
    "inverter.A": 29.7, "inverter.PPVphAB": 400.0, "inverter.W": -2500.0, "inverter.Hz": 50.01,
    "inverter.WH": 1234567.0, "inverter.DCV": 650.0, "inverter.TmpCab": 41.5, "inverter.VA": None,
    "inverter.PF": None, "inverter.DCA": None, "inverter.EvtVnd4": None, "common.Mn": "Acme",
    "common.SN": "A-0815", "common.DA": 126.0, "mppt.N": 2.0, "mppt.module.1.DCA": 8.1,
    "mppt.module.2.DCA": 8.2, "mppt.module.2.IDStr": "string 2", "mppt.module.1.DCWH": None,
}  # fmt: skip


def values_of(said):
    return {v["name"]: v for m in json.loads(said.out)["models"] for v in m["values"]}


def test_a_served_device_says_what_it_is(tmp_path):
    (tmp_path / "inverter.csv").write_text(served_map())
    with Program("serve", tmp_path / "inverter.csv", "tcp://127.0.0.1:0") as program:
        link = "tcp://127.0.0.1:" + program.said.partition("127.0.0.1:")[2].partition(",")[0]
        scanned = json.loads(io("scan", link, "--units", "1-2", "--json").out)
        said = io("sunspec", link)
        told = io("sunspec", link, "--json")
        assert program.end(signal.SIGINT).code == 0
    assert [u["sunspec"] for u in scanned["units"]] == [40000]
    assert said.code == told.code == 0
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    for line in (
        "common: model 1 at 40002, 65 registers", "common.SN 'A-0815'", "inverter.W -2500 W",
        "inverter: model 103 at 40069, 50 registers", "inverter.St 4 MPPT",
        "inverter.Evt1 130 DC_OVER_VOLT|OVER_TEMP", "mppt: model 160 at 40121, 48 registers",
        "13 more that it does not have (--all)",
        "model 64999 at 40171, 3 registers: no definition of it here",
    ):  # fmt: skip
        assert line in lines
    assert "inverter.VA " not in said.out
    assert "github.com/sunspec/models" in said.err
    found = {name: v["value"] for name, v in values_of(told).items()}
    assert {name: found[name] for name in NUMBERS} == pytest.approx(NUMBERS)
    assert values_of(told)["inverter.Evt1"]["meaning"] == "DC_OVER_VOLT|OVER_TEMP"
    assert [(m["id"], m["address"]) for m in json.loads(told.out)["models"]] == [
        (1, 40002), (103, 40069), (160, 40121), (64999, 40171),
    ]  # fmt: skip


@pytest.mark.parametrize("rtu", [False, True], ids=["tcp", "rtu"])
@pytest.mark.parametrize("base", [50000, 0])
def test_the_map_that_is_written_reads_the_same(tmp_path, base, rtu):
    with device(tmp_path, text=served_map(base), rtu=rtu) as (link, _):
        out = tmp_path / "written.csv"
        said = io("sunspec", link, "--out", out, "--json")
        assert said.code == 0
        assert json.loads(said.out)["base"] == base
        assert io("sunspec", link, "--out", out).code == 2
        nowhere = io("sunspec", link, "--out", tmp_path / "no" / "map.csv")
        assert (nowhere.code, nowhere.out) == (2, ""), "refused before anybody is asked"
        again = io("read", link, "--map", out, "--json")
    read = {v["name"]: v["value"] for v in json.loads(again.out)["values"]}
    assert {name: read[name] for name in NUMBERS} == pytest.approx(NUMBERS)
    assert read == {name: v["value"] for name, v in values_of(said).items()}


def test_models_that_are_not_known_here_come_from_a_folder(tmp_path):
    points = [{"name": n, "type": "uint16"} for n in ("ID", "L", "N")]
    each = {"name": "cell", "count": "N", "points": [{"name": "V", "type": "uint16", "sf": -1}]}
    definition = {"id": 64999, "group": {"name": "pack", "points": points, "groups": [each]}}
    (tmp_path / "json").mkdir()
    (tmp_path / "json" / "model_64999.json").write_text(json.dumps(definition))
    models = [(1, common()), (64999, bytes.fromhex("0002 0010 0020"))]
    many = [(64999, bytes.fromhex("fffe 0010 0020"))]
    with device(tmp_path, text=served_map(models=models)) as (link, _):
        said = io("sunspec", link, "--models", tmp_path, "--json")
        assert io("sunspec", link, "--models", tmp_path / "json" / "none").code == 2
    found = {name: v["value"] for name, v in values_of(said).items()}
    assert (found["pack.N"], found["pack.cell.1.V"], found["pack.cell.2.V"]) == (2, 1.6, 3.2)
    with device(tmp_path, text=served_map(models=many)) as (link, _):
        said = io("sunspec", link, "--models", tmp_path)
    assert said.code == 0  # 65534 groups in three registers: only those that are there
    assert "pack.cell.2.V" in said.out
    assert "pack.cell.3.V" not in said.out


def test_two_models_of_a_kind_have_names_of_their_own(tmp_path):
    with device(tmp_path, text=served_map(models=[(103, inverter()), (103, inverter())])) as (
        link, _,
    ):  # fmt: skip
        found = values_of(io("sunspec", link, "--json"))
    assert found["inverter.W"]["value"] == found["inverter_2.W"]["value"] == -2500.0


def test_a_chain_that_does_not_end_is_shown_as_far_as_it_goes(tmp_path):
    with device(tmp_path, text=served_map(models=MODELS[:2], end=())) as (link, _):
        said = io("sunspec", link)
    assert said.code == 3
    assert "inverter.W" in said.out
    assert "the head of a model cannot be read at 40121" in said.err


def test_what_is_no_sunspec_device_and_who_is_silent(tmp_path):
    with device(tmp_path, rtu=True) as (link, _):
        said = io("sunspec", link)
        assert (said.code, said.out) == (3, "")
        assert 'no "SunS" at 40000, 50000 and 0' in said.err
        silent = io("sunspec", link, "--unit", "9")
    assert (silent.code, silent.out) == (4, "")
    assert "nothing was read" in silent.err
