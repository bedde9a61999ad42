import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from hil.dashboard.live import LiveDashboard, progress_line
from hil.dashboard.tables import signals
from hil.dashboard.terminal import render, screen_lines
from hil.dashboard.view import (
    AlarmRow,
    FaultRow,
    Lateness,
    LinkRow,
    PartView,
    Pipe,
    SignalRow,
    Station,
    Value,
    View,
)
from twin.signals import Quality


def signal(name: str, residual: float = 0.0, unit: str = "°C", **more: object) -> SignalRow:
    return SignalRow(name, unit, 88.07 + residual, 88.07, residual, 0.9, **more)


QUIET = View(
    title="Mäntsälä: data centre to district heat",
    t_s=3723.0,
    duration_s=7200.0,
    pace="real",
    cycle_s=0.1,
    cycles=37230,
    overruns=0,
    lateness=Lateness(97.0, 245.0, 1203.0),
    stations=(
        Station("servers", None, (Value("IT", 3.02, "MW"),)),
        Station("cooling loop", "cooling_loop", (Value("pump", 0.7, ""),)),
        Station("heat pump", "heat_pump", (Value("COP", 3.32, ""), Value("heat", None, "MW"))),
        Station("network", "district_network", (Value("flow", 28.4, "kg/s"),)),
    ),
    pipes=(Pipe(39.8, 30.1), Pipe(36.9, 29.9), Pipe(84.7, None)),
    parts=(
        PartView(
            "cooling_loop", "Cooling loop", tuple(signal(f"cooling_loop.T{i}") for i in "1234")
        ),
        PartView(
            "heat_pump",
            "Heat pump",
            (signal("heat_pump.T_sink_out", 0.3), signal("heat_pump.T_condensing", 0.12)),
        ),
        PartView(
            "district_network",
            "District network",
            tuple(signal(f"district_network.T{i}") for i in range(8)),
        ),
    ),
    links=(
        LinkRow("site_lan", "tcp", "up", 172801, 0, 212.0, 640.0),
        LinkRow("hp_line", "rtu 19200", "degraded", 86400, 3, 31200.0, None),
    ),
    faults=(FaultRow("heat_pump.condenser_fouling = 0.3", "heat_pump", 5400.0),),
    messages=("IT load is synthetic",),
)
ALARM = AlarmRow("heat_pump", "condenser_fouling", 5831.0, None, "2.1 K above its prediction")
_cooling, _pump, _network = QUIET.parts
LOUD = replace(
    QUIET,
    t_s=6000.0,
    parts=(
        _cooling,
        replace(
            _pump,
            alarmed=True,
            signals=(_pump.signals[0], signal("heat_pump.T_condensing", 2.13)),
        ),
        _network,
    ),
    alarms=(ALARM,),
)
NOISY = replace(
    QUIET, links=(*QUIET.links[:1], replace(QUIET.links[1], trouble="3 late replies dropped"))
)
SIZES = [(100, 32), (80, 24), (60, 20), (140, 45)]


def picture(view: View, width: int, height: int) -> list[str]:
    console = Console(width=width, height=height, file=io.StringIO(), record=True)
    console.print(render(view))
    return console.export_text().rstrip("\n").split("\n")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_key_values_are_seen_at_every_size(width: int, height: int) -> None:
    lines = picture(LOUD, width, height)
    text = "\n".join(lines)
    assert len(lines) <= height
    assert all(cell_len(line) == width for line in lines)
    for seen in ("01:40:00 of 02:00:00", "83 %", "▲ 1 alarm", "90.20", "88.07", "+2.13"):
        assert seen in text
    condensing = next(line for line in lines if "T_conde" in line and "+2.13" in line)
    assert condensing.startswith("▲")
    assert "▲ 01:37:11  heat pump: condenser fouling" in text
    assert "◆ 01:30:00  fault injected: heat_pump.condenser_fouling" in text


@pytest.mark.parametrize(("width", "height"), [(100, 32), (80, 24), (140, 45)])
def test_the_schematic_shows_flows_and_the_faulted_part(width: int, height: int) -> None:
    text = "\n".join(picture(LOUD, width, height))
    for seen in ("39.8°", "30.1°", "84.7°", "▲ heat pump", "═", "3.02 MW", "28.4 kg/s"):
        assert seen in text
    assert "═" not in "\n".join(picture(QUIET, width, height))


@pytest.mark.parametrize(("width", "height"), [(100, 32), (80, 24)])
def test_health_of_links_and_cycles(width: int, height: int) -> None:
    text = "\n".join(picture(QUIET, width, height))
    for seen in ("✓ quiet", "cycle 100 ms", "0 overruns of 37230", "p99 245 µs", "latest 1203 µs"):
        assert seen in text
    for seen in ("✓ site_lan", "! hp_line", "3 errors", "p99 640 µs", "p99 --"):
        assert seen in text


def test_a_bad_reading_is_named_and_is_no_number() -> None:
    lost = SignalRow("heat_pump.T_sink_out", "°C", None, 84.5, None, 0.8, Quality.TIMEOUT)
    view = replace(QUIET, parts=(replace(_pump, signals=(lost,)),))
    row = next(line for line in picture(view, 100, 32) if "T_sink_out" in line)
    assert row.startswith("×")
    assert row.split()[3:6] == ["timeout", "84.50", "--"]


def test_where_room_is_short_the_signals_out_of_their_band_stay() -> None:
    text = "\n".join(picture(LOUD, 60, 16))
    assert "T_condensing" in text
    assert "more, nearer to zero" in text


@pytest.mark.parametrize(("height", "room"), [(5, 2), (12, 9), (21, 19), (30, 19)])
def test_the_table_uses_the_room_it_has(height: int, room: int) -> None:
    part = replace(_pump, signals=tuple(signal(f"T{i}", i / 100) for i in range(19)))
    lines = [line.plain for line in signals((part,), 60, height)]
    assert len(lines) == min(height, 21)
    shown = [line.split()[0] for line in lines if "°C" in line]
    assert shown == [f"T{i}" for i in range(19)][-room:]


def test_a_cleared_alarm_is_over() -> None:
    view = replace(LOUD, alarms=(replace(ALARM, cleared_s=5900.0),))
    text = "\n".join(picture(view, 100, 32))
    assert "✓ 01:37:11  heat pump: condenser fouling (over at 01:38:20)" in text
    assert "✓ quiet" in text


def test_a_fault_to_come_is_not_injected_yet() -> None:
    text = "\n".join(picture(QUIET, 100, 32))
    assert "01:30:00  fault to come: heat_pump.condenser_fouling" in text


def test_square_brackets_and_wide_letters_do_no_harm() -> None:
    view = replace(LOUD, title="[red]電[/]気" * 30, messages=("[bold]x[/nonsense]",))
    lines = picture(view, 80, 24)
    assert all(cell_len(line) == 80 for line in lines)
    assert lines[0].startswith("[red]電[/]気")


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 200),
    st.integers(1, 60),
    st.floats() | st.none(),
    st.sampled_from([QUIET, LOUD]),
)
def test_never_wider_or_higher_than_the_terminal(
    width: int, height: int, number: float | None, view: View
) -> None:
    odd = SignalRow("x.a_very_long_name_of_a_signal", "MW", number, number, number, number)
    part = PartView("x", "X", (odd,))
    stations = (*view.stations, Station("x", "x", (Value("a long label", number, "furlongs"),)))
    seen = replace(view, parts=(*view.parts, part), stations=stations)
    lines = screen_lines(seen, width, height)
    assert len(lines) <= height
    assert {cell_len(line.plain) for line in lines} == {width}


def test_an_empty_view_is_drawn() -> None:
    empty = replace(
        QUIET,
        duration_s=None,
        stations=(),
        pipes=(),
        parts=(),
        links=(),
        faults=(),
        messages=(),
        lateness=Lateness(None, None, None),
    )
    assert "01:02:03 since the start" in "\n".join(picture(empty, 80, 24))
    assert "residual --" in progress_line(empty)


def test_plain_lines_every_five_seconds_and_each_alarm_once() -> None:
    file, now = io.StringIO(), [0]
    with LiveDashboard(Console(file=file, width=100), now_ns=lambda: now[0]) as board:
        for second in range(12):
            now[0] = second * 10**9
            board.update(replace(LOUD if second >= 7 else QUIET, t_s=float(second)))
    lines = file.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == [
        "00:00:00/02:00:00",
        "00:00:05/02:00:00",
        "01:37:11",
        "00:00:10/02:00:00",
        "00:00:11/02:00:00",
    ]
    assert lines[2] == "01:37:11  ALARM heat_pump: condenser_fouling  2.1 K above its prediction"
    assert "heat_pump.T_condensing +2.13 K (band 0.90)" in lines[3]
    assert "3 link errors  1 alarm" in lines[3]
    assert "\x1b" not in file.getvalue()


def test_a_terminal_gets_four_pictures_a_second_and_the_last_one_stays() -> None:
    file, now = io.StringIO(), [0]
    console = Console(file=file, width=80, height=24, force_terminal=True)
    with LiveDashboard(console, now_ns=lambda: now[0]) as board:
        for tenth in range(10):
            now[0] = tenth * 10**8
            board.update(replace(QUIET, t_s=float(tenth)))
    text = file.getvalue()
    on_screen, _, after = text.partition("\x1b[?1049l")
    drawn = [second for second in range(10) if f"00:00:0{second} of" in on_screen]
    assert drawn == [0, 3, 6, 9]
    assert "00:00:09 of" in after


def test_what_a_line_counted_stands_below_it():
    assert not any("late replies" in text for text in picture(QUIET, 140, 45))
    lines = picture(NOISY, 140, 45)
    at = next(i for i, text in enumerate(lines) if "3 late replies dropped" in text)
    assert "hp_line" in lines[at - 2]
