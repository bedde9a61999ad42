"""What a name is at a site, and which blocks a procedure has there."""

import pytest
from commissioning_samples import FULL, SMALL, book_of

from hil.commissioning.load import load_procedures
from hil.commissioning.verdict import Verdict
from twin.errors import BadInput

# (name, where the heat pump is under test: kind, SI unit, column of the run, unit that is shown)
REFS = [
    ("T_sink_out", "signal", "K", "heat_pump.T_sink_out", "degC"),
    ("T_source_in", "signal", "K", "cooling_loop.T_source", "degC"),  # another part's sensor
    ("heat_pump.T_sink_out", "signal", "K", "heat_pump.T_sink_out", "degC"),
    ("cooling_loop:T_supply", "signal", "K", "cooling_loop.T_supply", "degC"),
    ("u_compressor", "command", "-", "heat_pump.u_compressor", "%"),
    ("heat_pump.u_compressor", "command", "-", "heat_pump.u_compressor", ""),
    ("network:u_pump", "command", "-", "district_network.u_pump", "%"),
    ("T_sink_max", "register", "K", None, "degC"),
    ("dT_source", "register", "K", None, "K"),
    ("no_flow", "register", "-", None, "-"),
    ("P_running", "register", "W", None, "kW"),
    ("design.T_sink_max", "configured", "K", None, "degC"),
    ("network:T_supply_max", "configured", "K", None, "degC"),  # it is a client, and serves nothing
]


@pytest.mark.parametrize(
    ("name", "kind", "unit", "column", "shown"), REFS, ids=[r[0] for r in REFS]
)
def test_a_name_is_a_point(book, name, kind, unit, column, shown):
    ref = book.find(name, "heat_pump")
    assert (ref.name, ref.kind, ref.unit, ref.shown) == (name, kind, unit, shown)
    columns = {"signal": book.layout.signals, "command": book.layout.commands}.get(kind)
    assert (columns[ref.column] if columns else None) == column


def test_a_type_stands_for_the_first_controller_of_it():
    book = book_of("helsinki")
    pumps = book.controllers_of("heat_pump")
    assert len(pumps) > 1
    assert book.find("heat_pump:T_sink_out", None).controller == pumps[0]
    assert book.find(f"{pumps[1]}:T_sink_out", None).controller == pumps[1]
    assert book.find("T_sink_out", pumps[1]) != book.find("T_sink_out", pumps[0])


def test_weather_and_loads_have_the_unit_of_the_plants_input(book):
    assert book.boundary_unit(book.boundary("cooling_loop.P_it")) == "W"
    with pytest.raises(BadInput, match=r"unknown input 'heat_pump\.T_sink_out'"):
        book.boundary("heat_pump.T_sink_out")


def test_a_block_is_there_for_every_controller_and_every_row(tmp_path):
    file = tmp_path / "own.yaml"
    file.write_text(FULL)
    book = book_of("kajaani")
    one = [b.key for b in load_procedures([file], book)]
    assert one == ["own.full@heat_pump/first[1]", "own.full@heat_pump/first[2]"]
    file.write_text(SMALL)
    pumps = book_of("helsinki").controllers_of("heat_pump")
    several = [b.key for b in load_procedures([file], book_of("helsinki"))]
    assert several == [f"own.trial@{pump}/first" for pump in pumps]


def test_a_mistake_at_the_second_controller_is_found(tmp_path, monkeypatch):
    book = book_of("helsinki")
    first, second, _ = book.controllers_of("heat_pump")
    find = book.find

    def without_a_sensor(name, under_test):
        if (name, under_test) == ("T_outdoor", second):
            return find("T_sink_max", second)
        return find(name, under_test)

    monkeypatch.setattr(book, "find", without_a_sensor)
    file = tmp_path / "own.yaml"
    file.write_text(SMALL.replace("wait: 1 s", "force: {T_outdoor: 5 degC}"))
    with pytest.raises(BadInput, match=r"own\.yaml:7 .*force\.T_outdoor: .*is not read by a senso"):
        load_procedures([file], book)
    assert find("T_outdoor", first).kind == "signal"


def test_a_block_touches_what_it_mentions(load):
    block = load(FULL)[0]
    assert list(block.refs) == [
        "state", "T_sink_max", "enable", "T_outdoor", "cooling_loop:T_supply", "u_compressor",
        "T_sink_sp", "heat_pump.T_sink_out", "u_source_pump", "u_run", "T_sink_out",
    ]  # fmt: skip
    assert block.trace == "traces/own.full~heat_pump~first[1].csv"
    assert block.requirement == "OWN-01"


NETWORK = SMALL.replace("of: heat_pump", "of: network")


@pytest.mark.parametrize(
    ("step", "skip"),
    [
        ("set: {T_supply_max: 80 degC}", "network serves no register 'T_supply_max' here"),
        ("expect: {point: state, equals: RUNNING}", "network does not show 'state' here"),
        ("expect: {point: u_pump, above: 10 %}", ""),
        ("force: {T_supply: 80 degC}", ""),
    ],
)
def test_what_a_client_does_not_serve_is_left_out_with_its_reason(load, step, skip):
    (block,) = load(NETWORK.replace("wait: 1 s", step))
    assert block.skip == skip
    record = block.record(Verdict.SKIPPED, block.skip)
    assert (record.key, record.trace, record.lasted_s) == ("own.trial@network/first", "", 0.0)
