"""What a data folder is of: noted by the monitor, read by whoever comes later."""

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
    of_site.tell(tmp_path, site.name, "mantsala", 1_000_000_000)
    assert of_site.read(tmp_path) == of_site.OfSite(str(site.resolve()), "mantsala", 1_000_000_000)
    monkeypatch.chdir(tmp_path)
    channels = {"measured": [Channel("cooling_loop.T_supply:measured", "K", 0.01)]}
    with WeekWriter(tmp_path / "weeks", channels, ballast_bytes=0):
        pass
    source = open_source(tmp_path)
    assert (source.site.site, source.period_ns) == ("mantsala", 1_000_000_000)


def test_a_name_stays_a_name(tmp_path: Path):
    of_site.tell(tmp_path, "mantsala", "mantsala", 1)
    assert json.loads((tmp_path / of_site.NAME).read_text())["site"] == "mantsala"


def test_a_folder_is_of_one_site(tmp_path: Path):
    of_site.tell(tmp_path, "mantsala", "mantsala", 1)
    of_site.tell(tmp_path, "elsewhere/mantsala.yaml", "mantsala", 2)  # the file may move
    with pytest.raises(BadInput, match="has the data of site 'mantsala'"):
        of_site.tell(tmp_path, "helsinki", "helsinki", 1)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"site": "x", "name": "x", "period_ns": "?"}'])
def test_a_file_that_says_nothing_is_refused_with_its_name(tmp_path: Path, text: str):
    with pytest.raises(BadInput, match="no monitor has written here"):
        of_site.read(tmp_path)
    (tmp_path / of_site.NAME).write_text(text)
    with pytest.raises(BadInput, match=r"site\.json: does not say"):
        of_site.read(tmp_path)
