"""By what a folder of a campaign knows that it is the same campaign."""

import pytest

from hil.campaign.campaign import Plan
from hil.campaign.folder import Folder
from hil.campaign.plant import PlantSpec
from hil.campaign.sources import code
from hil.campaign.work import campaign_site
from twin.errors import BadInput

SITE = campaign_site("mantsala")
PLAN = Plan("mantsala", (PlantSpec(name="north", seed=1),), "none", 30.0, 28.0, 1)
TRACE = "it_load_frontier_24h.csv"


@pytest.fixture
def measured(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / TRACE).write_text("time,P_cdu01_W\n0,1000\n60,2000\n")
    return folder


def test_runs_on_a_drawn_load_are_not_gone_on_with_on_a_measured_one(tmp_path, measured):
    Folder(tmp_path / "out", PLAN.identity(SITE, {}, None))
    Folder(tmp_path / "out", PLAN.identity(SITE, {}, None))
    with pytest.raises(BadInput, match=f"another campaign: outside: {TRACE} is null there"):
        Folder(tmp_path / "out", PLAN.identity(SITE, {}, measured))


def test_a_measured_load_that_has_changed_is_another(tmp_path, measured):
    before = PLAN.identity(SITE, {}, measured)
    assert PLAN.identity(SITE, {}, measured) == before
    trace = measured / TRACE
    trace.write_text(trace.read_text().replace("2000", "2001"))
    assert PLAN.identity(SITE, {}, measured) != before


def test_what_a_site_does_not_use_does_not_count(measured):
    before = PLAN.identity(SITE, {}, measured)
    (measured / "pipe.csv").write_text("time,T\n0,1\n")
    assert PLAN.identity(SITE, {}, measured) == before


def test_another_code_is_another_campaign(tmp_path, monkeypatch):
    identity = PLAN.identity(SITE, {}, None)
    assert identity["code"] == code()
    Folder(tmp_path / "out", identity)
    monkeypatch.setattr("hil.campaign.campaign.code", lambda: "0" * 64)
    with pytest.raises(BadInput, match="the code is another"):
        Folder(tmp_path / "out", PLAN.identity(SITE, {}, None))
