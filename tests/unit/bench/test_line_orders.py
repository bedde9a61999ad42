"""What `--line-fault` may order of the lines of a run."""

import shutil
from pathlib import Path

import pytest

from hil.bench.faulty_line import FaultyLine
from hil.bench.field import lines
from hil.bench.layout import layout_of
from hil.bench.line_orders import order_line_faults
from hil.bench.options import Options
from hil.bench.wire import wire
from hil.links.line.faults import KINDS
from twin.errors import BadInput
from twin.site import load_site

S = 10**9


@pytest.fixture(scope="module")
def order():
    """The lines that the texts break, in a run of five minutes."""
    site = load_site("mantsala")
    wiring = wire(site, layout_of(site))

    def once(*texts, pace="max", transport="loopback"):
        options = Options(
            "mantsala", 300 * S, S, 0, pace, transport, (), (), 7, None, line_faults=texts
        )
        found = [] if transport == "loopback" else lines(site, wiring, transport, Path("run"))
        return order_line_faults(options, site, wiring, found)

    return once


def test_without_an_order_no_line_is_emulated(order):
    assert order() == []


def test_an_order_names_line_controller_kind_size_and_time(order):
    (line,) = order("hp_line.late=0.25@10s", "hp_line.heat_pump.drop@1m..2m", "hp_line.unplug@3m")
    assert (line.endpoint.name, line.endpoint.baud, line.endpoint.parity) == ("hp_line", 19200, "E")
    assert line.names == {3: "heat_pump"}
    assert [(f.name, f.size, f.at_ns // S, f.until_ns) for f in line.faults] == [
        ("hp_line.late", 0.25, 10, None),
        ("hp_line.heat_pump.drop", 0.1, 60, 120 * S),
        ("hp_line.unplug", 1.0, 180, None),
    ]
    assert FaultyLine.of(line.plain()) == line


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_ordered_and_says_what_it_does(order, kind):
    (line,) = order(f"hp_line.{kind}@0s")
    assert KINDS[kind].meaning in line.faults[0].text


def test_lines_of_processes_are_named_by_their_controllers_where_each_has_its_own(order):
    found = order("network.noise@1s", "heat_pump.echo@1s", pace="real", transport="rtu")
    assert [(f.endpoint.name, f.endpoint.pty) for f in found] == [
        ("network", True), ("heat_pump", True)
    ]  # fmt: skip
    (site_line,) = order("hp_line.echo@1s", pace="real", transport="site")
    assert site_line.endpoint.path == "run/hp_line.pty"


REFUSED = [
    ("hp_lin.late@10s", "unknown serial line 'hp_lin', did you mean 'hp_line'?"),
    ("hp_line.lat@10s", "--line-fault hp_line: unknown line fault 'lat', did you mean 'late'?"),
    ("hp_line.heat_pmp.late@10s", "did you mean 'heat_pump'?"),
    ("hp_line.heat_pump.noise@10s", "must be hp_line.noise: it is the whole line's"),
    ("hp_line.late=2@10s", "= '2': must be a share of replies, above 0 and at most 1"),
    ("hp_line.late=much@10s", "must be a share of replies"),
    ("hp_line.unplug=1@10s", "unplug has no size"),
    ("hp_line.late", "must be LINK[.CONTROLLER].KIND[=SIZE]@TIME[..TIME], such as"),
    ("hp_line.late@tea", "'tea' is not a duration"),
    ("hp_line.late@2m..1m", "must end after it begins"),
    ("hp_line.late@5m", "begins after the end of the run, which is at 300 s"),
    ("site_lan.late@10s", "site_lan is no serial line in this run; serial lines of this run:"),
    (
        "hp_line.late@1m..3m hp_line.heat_pump.late@2m",
        "hp_line.heat_pump.late begins at 120 s while hp_line.late still holds",
    ),
]


@pytest.mark.parametrize(("texts", "message"), REFUSED, ids=[r[0] for r in REFUSED])
def test_a_wrong_order_is_refused_with_place_value_rule_and_nearest_word(order, texts, message):
    with pytest.raises(BadInput) as refusal:
        order(*texts.split())
    assert message in str(refusal.value)


def test_a_run_without_serial_lines_says_so(order):
    with pytest.raises(BadInput, match=r"heat_pump is no serial line in this run$"):
        order("heat_pump.late@10s", pace="real", transport="tcp")
    with pytest.raises(BadInput, match="this run has no emulated serial line"):
        order("hp.late@10s", pace="real", transport="tcp")


def test_a_real_controller_is_not_broken(order, tmp_path):
    folder = load_site("mantsala").document.path.parent
    for file in folder.glob("*.csv"):
        shutil.copy(file, tmp_path)
    text = (folder / "site.yaml").read_text()
    text = text.replace("type: heat_pump\n", "type: heat_pump\n    emulated: false\n")
    (tmp_path / "site.yaml").write_text(text.replace("device: pty", "device: /dev/ttyUSB0"))
    site = load_site(str(tmp_path / "site.yaml"))
    wiring = wire(site, layout_of(site))
    options = Options("x", S, S, 0, "real", "site", (), (), 1, None, ("hp_line.late@0s",))
    with pytest.raises(BadInput, match="hp_line leads to a real controller"):
        order_line_faults(options, site, wiring, lines(site, wiring, options.transport, tmp_path))
