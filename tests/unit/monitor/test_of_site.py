"""What a data folder is of: noted by the monitor, read by whoever comes later."""

import dataclasses
import json
from pathlib import Path

import pytest

from hil.historian.weeks import Channel, WeekWriter
from hil.monitor import of_site
from hil.page.opened import open_source
from twin.errors import BadInput
from twin.site import load_site


def test_a_folder_opens_by_what_the_monitor_noted_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    site = load_site("mantsala").document.path
    monkeypatch.chdir(site.parent)
    of_site.tell(tmp_path, of_site.OfSite(site.name, "mantsala", 1_000_000_000))
    assert of_site.read(tmp_path) == of_site.OfSite(str(site.resolve()), "mantsala", 1_000_000_000)
    monkeypatch.chdir(tmp_path)
    channels = {"measured": [Channel("cooling_loop.T_supply:measured", "K", 0.01)]}
    with WeekWriter(tmp_path / "weeks", channels, ballast_bytes=0):
        pass
    source = open_source(tmp_path)
    assert (source.site.site, source.period_ns) == ("mantsala", 1_000_000_000)


def test_a_name_stays_a_name(tmp_path: Path):
    of_site.tell(tmp_path, of_site.OfSite("mantsala", "mantsala", 1))
    assert json.loads((tmp_path / of_site.NAME).read_text())["site"] == "mantsala"


def test_what_a_monitor_was_told_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "plant.learned").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    told = of_site.OfSite(
        "mantsala", "mantsala", 1, ("hp_line=tcp://10.0.0.7",), ("a.T=6degC",), None,
        "plant.learned", "gone.yaml",
    )  # fmt: skip
    of_site.tell(tmp_path, told)
    learned = str(tmp_path / "plant.learned")
    assert of_site.read(tmp_path) == dataclasses.replace(told, learned=learned)


def test_who_has_noted_no_page_had_the_usual_one(tmp_path: Path):
    file = tmp_path / of_site.NAME
    file.write_text('{"site": "mantsala", "name": "mantsala", "period_ns": 1}')
    assert of_site.read(tmp_path).page == "127.0.0.1:8470"


def test_a_folder_is_of_one_site(tmp_path: Path):
    of_site.tell(tmp_path, of_site.OfSite("mantsala", "mantsala", 1))
    moved = of_site.OfSite("elsewhere/mantsala.yaml", "mantsala", 2)
    of_site.tell(tmp_path, moved)
    with pytest.raises(BadInput, match="has the data of site 'mantsala'"):
        of_site.tell(tmp_path, of_site.OfSite("helsinki", "helsinki", 1))


def test_a_broken_file_is_written_anew_where_nobody_can_mend_it(tmp_path: Path):
    of = of_site.OfSite("mantsala", "mantsala", 1)
    assert of_site.tell(tmp_path, of, unattended=True) == ""
    (tmp_path / of_site.NAME).write_bytes(b"")
    with pytest.raises(BadInput, match=r"site\.json: does not say"):
        of_site.tell(tmp_path, of)
    wrong = of_site.tell(tmp_path, of, unattended=True)
    assert wrong.startswith(f"{tmp_path / of_site.NAME}: does not say of which site the data are")
    assert wrong.endswith(": it is written anew")
    assert of_site.read(tmp_path) == of
    with pytest.raises(BadInput, match="has the data of site 'mantsala'"):
        of_site.tell(tmp_path, of_site.OfSite("helsinki", "helsinki", 1), unattended=True)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"site": "x", "name": "x", "period_ns": "?"}'])
def test_a_file_that_says_nothing_is_refused_with_its_name(tmp_path: Path, text: str):
    with pytest.raises(BadInput, match="no monitor has written here"):
        of_site.read(tmp_path)
    (tmp_path / of_site.NAME).write_text(text)
    with pytest.raises(BadInput, match=r"site\.json: does not say"):
        of_site.read(tmp_path)
