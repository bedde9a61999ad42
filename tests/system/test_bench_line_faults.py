"""`hukka bench --line-fault`: what breaks, what stays whole, what is written down and refused."""

import json
import sys

import pytest
from bench_processes import hukka

from hil.historian import open_run

VIRTUAL = ("--pace", "max", "--duration", "5m", "--warmup", "2m", "--json")


def bench(out, *options):
    done = hukka("bench", "mantsala", *options, "--out", out)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def broken(*faults):
    return [word for fault in faults for word in ("--line-fault", fault)]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return bench(tmp_path_factory.mktemp("runs") / "plain", *VIRTUAL)[0]


def test_an_emulated_line_without_mishaps_changes_nothing_but_the_time_it_takes(plain, tmp_path):
    """An echo does no harm: the same bytes as by loopback, on line time."""
    result, _ = bench(tmp_path / "run", *VIRTUAL, *broken("hp_line.echo@0s"))
    assert result["trace_sha256"] == plain["trace_sha256"]
    assert plain["links"]["heat_pump"]["p50_us"] == 0.0
    # 50 registers at 19200 baud take tens of milliseconds
    assert 10_000 < result["links"]["heat_pump"]["p50_us"] < 100_000
    assert result["links"]["heat_pump"]["errors"] == 0


SICK = broken("hp_line.late=0.1@10s", "hp_line.heat_pump.drop=0.2@2m..3m", "hp_line.noise@4m")


def test_a_sick_line_costs_readings_of_its_controller_only_and_is_written_down(plain, tmp_path):
    result, said = bench(tmp_path / "run", *VIRTUAL, *SICK)
    links = result["links"]
    assert links["heat_pump"]["errors"] > 20
    assert links["heat_pump"]["transactions"] > 0.6 * plain["links"]["heat_pump"]["transactions"]
    assert links["cooling_loop"]["errors"] == links["network"]["errors"] == 0
    counts = links["heat_pump"]["counters"]
    assert counts["late"] > 5
    assert counts["garbled"] > 0
    assert counts["timeouts"] + counts["garbled"] <= links["heat_pump"]["errors"]
    assert "counters" not in links["cooling_loop"]
    assert open_run(tmp_path / "run").header.result["links"]["heat_pump"]["counters"] == counts
    assert "hukka: 10 s: hp_line.late = 0.1 of replies: reply comes after the" in said
    run = open_run(tmp_path / "run")
    events = [(e.t_ns // 10**9, e.kind, e.text.partition(":")[0]) for e in run.events]
    assert events == [
        (10, "link", "hp_line.late = 0.1 of replies"),
        (120, "link", "hp_line.heat_pump.drop = 0.2 of replies"),
        (180, "link", "hp_line.heat_pump.drop is over"),
        (240, "link", "hp_line.noise = 0.01 of characters"),
    ]
    assert run.header.options["line_faults"] == SICK[1::2]
    again, _ = bench(tmp_path / "again", *VIRTUAL, *SICK)
    assert again["trace_sha256"] == result["trace_sha256"]
    assert again["trace_sha256"] != plain["trace_sha256"]


def test_a_pulled_adapter_stops_the_heat_pump_by_its_watchdog(tmp_path):
    """10 s without a heartbeat are the watchdog's; back in its socket the line works at once."""
    options = broken("hp_line.unplug@60s..90s")
    result, _ = bench(tmp_path / "run", *VIRTUAL, *options)
    link = result["links"]["heat_pump"]
    assert 50 < link["errors"] < 70  # 30 s, a write and a read a second
    run = open_run(tmp_path / "run")
    command = run.series(["heat_pump.u_run:command"]).values[:, 0]
    assert command[:60].min() == 1.0
    assert command[91] == 0.0  # stopped meanwhile, which the bench hears when it is back
    assert [e.text for e in run.events if "over" in e.text] == ["hp_line.unplug is over"]


def test_a_wrong_line_fault_is_refused_before_anything_is_written(tmp_path):
    out = tmp_path / "run"
    done = hukka("bench", "mantsala", *VIRTUAL, *broken("hp_line.lat@10s"), "--out", out)
    assert done.returncode == 2
    message = "--line-fault hp_line: unknown line fault 'lat', did you mean 'late'?"
    assert done.stderr == f"hukka: {message}\n"
    assert not out.exists()


@pytest.mark.realtime
@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_in_real_time_both_kinds_of_controller_live_on_lines_that_fail(tmp_path):
    """The heat pump serves on its line, the network controller asks on its own."""
    options = ("--transport", "rtu", "--cycle", "200ms", "--duration", "8s", "--warmup", "2m")
    faults = broken("heat_pump.drop=0.3@1s", "heat_pump.unplug@4s..5s", "network.stuck@2s..5s")
    result, said = bench(tmp_path / "run", *options, "--json", *faults)
    links = result["links"]
    assert links["heat_pump"]["errors"] > 5
    assert links["network"]["errors"] > 3  # periods without fresh commands
    assert links["cooling_loop"]["errors"] == 0
    assert links["heat_pump"]["transactions"] > 2 * links["heat_pump"]["errors"]
    assert "hukka: 4 s: heat_pump.unplug: the master's adapter is pulled" in said
    assert not list((tmp_path / "run").glob("*.pty"))


def test_a_line_that_is_slower_than_the_cycle_is_said_to_be_late(tmp_path):
    """A write (20 ms) and a read (33 ms) of the heat pump do not fit into a cycle of 40 ms."""
    options = ("--pace", "max", "--cycle", "40ms", "--duration", "3s", "--warmup", "20s")
    result, _ = bench(tmp_path / "run", *options, "--json", *broken("hp_line.echo@0s"))
    slow, quick = result["links"]["heat_pump"], result["links"]["network"]
    cycles = quick["transactions"] // 2
    assert slow["late"] == slow["missed"] == cycles // 2
    assert not {"late", "missed"} & set(quick)
