"""Who tells people is one of the monitor's processes where somebody is to be told."""

import pytest

from hil.bench.layout import layout_of
from hil.monitor.crew_list import crew_list
from hil.monitor.options import Options
from hil.monitor.planning import plan
from twin.site import load_site


@pytest.mark.parametrize("told", [False, True])
def test_a_courier_where_there_is_a_tell_yaml(tmp_path, told):
    if told:
        (tmp_path / "tell.yaml").write_text("channels: {}\n", encoding="utf-8")
    site = load_site("mantsala")
    layout = layout_of(site)
    planned = plan(site, layout, ["hp_line=tcp://127.0.0.1:1"])
    found = crew_list(Options("mantsala", tmp_path, page=None), planned, layout, {}, {})
    couriers = [member for member in found if member.module == "hil.tell.worker"]
    assert [member.config["data"] for member in couriers] == [str(tmp_path)] * told
