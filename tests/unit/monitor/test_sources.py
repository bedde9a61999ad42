"""Who is asked for what, where, and what nobody knows."""

import json
from pathlib import Path

import pytest

from hil.bench.layout import layout_of
from hil.monitor.planning import plan
from hil.monitor.sources import Line
from twin.errors import BadInput
from twin.site import load_site

ROOT = Path(__file__).parents[3]
HP = "hp_line=tcp://10.0.0.5:1502"
NETWORK = "network=7@tcp://10.0.0.9"
SOIL = "district_network.T_soil=6degC"


@pytest.fixture(scope="module")
def site():
    return load_site("mantsala")


def planned(site, at=(HP,), assumed=()):
    return plan(site, layout_of(site), at, assumed)


def test_a_server_is_asked_for_sensors_and_commands(site):
    found = planned(site)
    assert [line.name for line in found.lines] == ["site_lan", "hp_line"]
    (loop,), (pump,) = (line.sources for line in found.lines)
    layout = layout_of(site)
    names = [*layout.signals, *layout.commands]
    assert {names[c] for c in loop.columns} == {
        *site.controllers["cooling_loop"].sensors.values(),
        *site.controllers["cooling_loop"].commands.values(),
    }
    assert (loop.unit, pump.unit) == (1, 3)
    assert str(found.lines[1].address) == "tcp://10.0.0.5:1502"


def test_what_a_client_alone_has_nobody_can_be_asked_for(site):
    unread = planned(site).unread
    assert "district_network.T_supply" in unread
    assert "district_network.u_pump" in unread
    assert "district_network.T_soil" in unread
    assert "district_network.T_return" not in unread  # the heat pump has it too


def test_a_client_is_read_where_its_remote_io_is(site):
    found = planned(site, at=(HP, NETWORK), assumed=(SOIL,))
    assert found.unread == ()
    (network,) = found.lines[2].sources
    assert (network.unit, str(found.lines[2].address)) == (7, "tcp://10.0.0.9:502")
    assert network.map.endswith("network_io.csv") or "network_io" in network.map
    (value,) = found.assumed.values()
    assert value == pytest.approx(279.15)
    column = layout_of(site).signal("district_network.T_return")
    assert sum(column in source.columns for source in found.sources) == 2


def test_a_site_file_can_say_it_for_good(site, tmp_path):
    text = site.document.path.read_text("utf-8").replace("device: pty", "device: /dev/ttyUSB0")
    told = "    served_by: {link: dh_lan, unit: 5}\n"
    before = "    role: client"
    text = text.replace(before, told + before)
    for path in site.folder.glob("*.csv"):
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "site.yaml").write_text(text, "utf-8")
    made = load_site(str(tmp_path / "site.yaml"))
    found = plan(made, layout_of(made))
    assert found.unread == ("district_network.T_soil",)
    assert [(line.name, line.sources[0].unit) for line in found.lines][2] == ("dh_lan", 5)
    (tmp_path / "site.yaml").write_text(text.replace("link: dh_lan, unit", "link: dh_lam, unit"))
    with pytest.raises(BadInput, match=r"unknown link 'dh_lam', did you mean 'dh_lan'"):
        load_site(str(tmp_path / "site.yaml"))


def test_a_server_has_no_remote_io(site, tmp_path):
    text = site.document.path.read_text("utf-8")
    told = "    link: site_lan\n"
    text = text.replace(told, told + "    served_by: {link: dh_lan}\n")
    for path in site.folder.glob("*.csv"):
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "site.yaml").write_text(text, "utf-8")
    with pytest.raises(BadInput, match="serves its own registers"):
        load_site(str(tmp_path / "site.yaml"))


def test_a_line_crosses_to_its_process_as_json(site):
    for line in planned(site, at=(HP, NETWORK)).lines:
        assert Line.of(json.loads(json.dumps(line.plain()))) == line


@pytest.mark.parametrize(
    ("at", "assumed", "said"),
    [
        ((), (), r"hp_line.*--at hp_line=ADDRESS"),
        (("hp_lin=tcp://h",), (), r"unknown link or client controller 'hp_lin', did you mean"),
        (("cooling_loop=tcp://h",), (), r"unknown link or client controller 'cooling_loop'"),
        (("hp_line",), (), r"must be NAME=ADDRESS"),
        ((HP, "network=300@tcp://h"), (), r"the unit must be 1 to 247"),
        ((HP, "network=tcpp://h"), (), r"unknown kind of link 'tcpp'"),
        ((HP,), ("district_network.T_soi=6degC",), r"did you mean 'district_network.T_soil'"),
        ((HP,), ("district_network.T_soil=6 kW",), r"cannot become"),
        ((HP,), ("district_network.T_soil=warm",), r"must be a number|not a number"),
        ((HP,), ("district_network.T_soil",), r"must be SIGNAL=VALUE"),
        ((HP,), ("cooling_loop.T_supply=20degC",), r"is read from a controller"),
    ],
)
def test_what_cannot_be_is_refused_in_words(site, at, assumed, said):
    with pytest.raises(BadInput, match=said):
        planned(site, at, assumed)
