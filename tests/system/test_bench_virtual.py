"""`hukka bench --pace max`: the object of `--json`, determinism, alarms, record and refusals."""

import json
import math

import pytest
from bench_processes import ROOT, hukka

from hil.historian import open_run

SHORT = ("--pace", "max", "--duration", "10m", "--warmup", "10m", "--json")


class Virtual:
    """A finished run, its object and its record."""

    def __init__(self, folder, *options):
        done = hukka("bench", "mantsala", *options, "--out", folder)
        assert done.returncode == 0, done.stderr
        self.folder = folder
        self.messages = done.stderr
        self.lines = done.stdout.splitlines()
        self.result = json.loads(self.lines[-1])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Runs the bench, once for every set of options."""
    folder = tmp_path_factory.mktemp("runs")
    done: dict[tuple[str, ...], Virtual] = {}

    def once(*options: str) -> Virtual:
        if options not in done:
            done[options] = Virtual(folder / str(len(done)), *options)
        return done[options]

    return once


@pytest.fixture
def short(run):
    return run(*SHORT)


def test_json_has_the_keys_that_are_promised_and_no_others(short):
    result = short.result
    assert len(short.lines) == 1
    assert list(result) == [
        "site", "duration_s", "cycles", "overruns", "lateness_us", "links", "alarms", "energy",
        "kpi", "trace_sha256",
    ]  # fmt: skip
    assert set(result["lateness_us"]) == {"p50", "p99", "p999", "max"}
    assert set(result["links"]) == {"cooling_loop", "heat_pump", "network"}
    for link in result["links"].values():
        assert set(link) == {"transactions", "errors", "p50_us", "p99_us"}
    assert set(result["energy"]) == {
        "it_kWh", "recovered_kWh", "delivered_kWh", "electric_kWh", "balance_error",
    }  # fmt: skip
    assert set(result["kpi"]) == {
        "pue", "erf", "erf_with_hp", "ere", "ere_with_hp", "cop", "combined_cop", "scop",
        "heat_recovered_MWh", "co2_avoided_t", "heat_cost_EUR_per_MWh",
    }  # fmt: skip


def test_json_says_what_was_run(short):
    result = short.result
    assert (result["site"], result["duration_s"], result["cycles"]) == ("mantsala", 600.0, 600)
    assert result["overruns"] == 0
    for link in result["links"].values():
        assert link["transactions"] >= 2 * 600
        assert link["errors"] == 0
    assert 1.0 < result["kpi"]["pue"] < 1.5
    assert 0.0 < result["kpi"]["erf"] < 1.0
    assert 2.0 < result["kpi"]["scop"] < result["kpi"]["cop"] < 6.0
    assert result["kpi"]["combined_cop"] == pytest.approx(2 * result["kpi"]["cop"] - 1, abs=0.1)
    assert result["kpi"]["co2_avoided_t"] > 0.0
    assert len(bytes.fromhex(result["trace_sha256"])) == 32
    assert "hukka: IT load: " in short.messages  # measured or synthetic, the run says so


def test_the_record_holds_what_json_says(short):
    run = open_run(short.folder)
    assert run.header.status == "done"
    assert run.header.trace_sha256 == short.result["trace_sha256"]
    assert {key: run.header.result[key] for key in ("cycles", "energy", "kpi")} == {
        key: short.result[key] for key in ("cycles", "energy", "kpi")
    }
    assert run.rows == 600
    assert run.span_ns == (10**9, 600 * 10**9)
    assert run.lateness().tolist() == [0] * 600
    assert set(run.header.hashes) >= {"HeatPump.fmu", "site.yaml", "heat_pump.csv"}
    kinds = {(c.name, c.kind) for c in run.columns}
    assert {("heat_pump.T_sink_out", "measured"), ("heat_pump.T_sink_out", "predicted")} <= kinds
    assert ("heat_pump.u_run", "command") in kinds
    series = run.series(["heat_pump.T_sink_out:measured", "heat_pump.T_sink_out:predicted"])
    measured, predicted = series.values[-1]
    assert 330.0 < measured < 365.0
    assert abs(measured - predicted) < 1.0


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(run, short, tmp_path):
    again = Virtual(tmp_path / "again", *SHORT)
    other = run(*SHORT, "--seed", "2")
    assert again.result == short.result
    assert other.result["trace_sha256"] != short.result["trace_sha256"]
    name = "heat_pump.T_sink_out:measured"
    of_run, of_other = (open_run(r.folder).series([name]).values for r in (short, other))
    assert 0.0 < abs(of_run - of_other).max() < 2.0  # noise, not another plant


def test_set_changes_the_plant_and_is_recorded(run, short):
    own = run(*SHORT, "--set", "heat_pump.condenser_fouling=0.5")
    assert own.result["kpi"]["cop"] < short.result["kpi"]["cop"] - 0.02
    assert open_run(own.folder).header.options["settings"] == ["heat_pump.condenser_fouling=0.5"]


LONG = ("--pace", "max", "--duration", "80m", "--json")
FAULTS = [
    "heat_pump.condenser_fouling=0.3",
    "cooling_loop.valve_stuck",
    "district_network.bypass=0.1",
    "heat_pump.T_sink_out.bias=2",
]


def test_the_healthy_plant_is_quiet_and_its_energy_adds_up(run):
    result = run(*LONG).result
    assert result["alarms"] == []
    assert result["energy"]["balance_error"] <= 1e-3
    assert open_run(run(*LONG).folder).alarms == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_alarms_on_its_part_and_only_there(run, fault):
    done = run(*LONG, "--fault", f"{fault}@20m")
    part, name = fault.partition(".")[0], fault.partition("=")[0]
    alarms = done.result["alarms"]
    assert {alarm["part"] for alarm in alarms} == {part}
    assert set(alarms[0]) == {"part", "fault", "raised_s", "injected_s", "delay_s"}
    assert (alarms[0]["fault"], alarms[0]["injected_s"]) == (name, 1200.0)
    assert 0.0 < alarms[0]["delay_s"] == alarms[0]["raised_s"] - 1200.0 <= 3600.0
    assert done.result["energy"]["balance_error"] <= 1e-3
    recorded = open_run(done.folder)
    assert [a["raised_s"] for a in recorded.alarms] == [a["raised_s"] for a in alarms]
    assert [(e.t_ns, e.kind, e.part) for e in recorded.events if e.kind == "fault"] == [
        (1200 * 10**9, "fault", part)
    ]


def test_a_run_without_warm_up_begins_with_the_plant_at_rest(tmp_path):
    folder = tmp_path / "cold"
    result = Virtual(folder, "--pace", "max", "--duration", "30s", "--warmup", "0s", "--json")
    assert result.result["cycles"] == 30
    assert math.isfinite(result.result["energy"]["balance_error"])
    assert open_run(folder).rows == 30


def test_a_run_without_a_warm_up_counts_its_first_cycle(tmp_path):
    options = ("--pace", "max", "--warmup", "0s", "--cycle", "30s", "--json")
    one = Virtual(tmp_path / "one", *options, "--duration", "30s").result["energy"]
    two = Virtual(tmp_path / "two", *options, "--duration", "1m").result["energy"]
    assert one["it_kWh"] > 30
    assert two["it_kWh"] == pytest.approx(2 * one["it_kWh"], rel=0.1)


REFUSED = [
    # options, what is said; place, value, rule
    (("--pace", "max", "--transport", "tcp"), "--transport = 'tcp': with --pace max only loopback"),
    (("--duration", "0s"), "--duration = '0s': must be above 0"),
    (("--duration", "1.5s"), "--duration = '1.5s': must be a whole number of cycles of 1s"),
    (("--duration", "soon"), "--duration = 'soon': must be a duration such as 24h, 90s or 1h30m"),
    (("--duration", "1.2.3s"), "--duration = '1.2.3s': must be a duration"),
    (("--duration", "9" * 400 + "s"), "must be at most 10 years"),
    (("--duration", "-5s"), "--duration = '-5s': must be a duration"),
    (("--cycle", "0.1ms"), "--cycle = '0.1ms': must be at least 1 ms"),
    (("--cycle", "0s"), "--cycle = '0s': must be at least 1 ms"),
    (("--cycle", "7ms"), "must be a whole number of cycles of 7ms"),
    (("--warmup", "100ms"), "--warmup = '100ms': must be a whole number of cycles of 1s"),
    (("--fault", "heat_pump.condensr_fouling@1h"), "did you mean 'heat_pump.condenser_fouling'?"),
    (("--fault", "heat_pump.condenser_fouling=0.3"), "must be NAME[=SIZE]@TIME"),
    (("--fault", "heat_pump.condenser_fouling=7@1h"), "must be 0 to 1"),
    (("--fault", "heat_pump.condenser_fouling=x@1h"), "= 'x': must be a finite number"),
    (("--fault", "heat_pump.condenser_fouling@tea"), "'tea' is not a duration"),
    (("--set", "heat_pump"), "--set = 'heat_pump': must be PART.PARAMETER=VALUE"),
    (("--set", "heat_pmp.eta=1"), "--set: unknown part 'heat_pmp', did you mean 'heat_pump'?"),
    (("--set", "heat_pump.condenser_fouling=nan"), "= 'nan': must be a finite number"),
    (("--set", "heat_pump.condenser_foulin=1"), "did you mean 'condenser_fouling'?"),
    (("--set", "heat_pump.T_sink_out=1"), "T_sink_out"),
    (("--seed", "-1"), "--seed"),
    (("--seed", "one"), "--seed"),
    (("--pace", "fast"), "--pace"),
    (("--transport", "ip"), "--transport"),
    (("--duraton", "1h"), "--duration"),
]


@pytest.mark.parametrize(
    ("options", "message"), REFUSED, ids=[" ".join(r[0])[:40] for r in REFUSED]
)
def test_a_wrong_option_is_refused_before_anything_is_written(tmp_path, options, message):
    out = tmp_path / "run"
    done = hukka("bench", "mantsala", "--pace", "max", "--json", "--out", out, *options)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not out.exists()


@pytest.mark.parametrize("site", ["mantsla", "sites/nowhere/site.yaml", "README.md"])
def test_a_site_that_is_none_is_refused(tmp_path, site):
    for command in (("check", site), ("bench", site, "--json", "--out", tmp_path / "run")):
        done = hukka(*command)
        assert done.returncode == 2
        assert site.rpartition("/")[2] in done.stderr
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()
    assert "did you mean 'mantsala'?" in hukka("check", "mantsla").stderr


def test_a_site_with_mistakes_is_refused_with_all_its_lines(tmp_path):
    text = (ROOT / "sites/mantsala/site.yaml").read_text()
    wrong = text.replace("noise: 0.03", "noise: -1", 1).replace("unit: 3\n", "unit: 300\n")
    (tmp_path / "site.yaml").write_text(wrong)
    for command in (("check",), ("bench", "--json", "--out", tmp_path / "run")):
        done = hukka(command[0], tmp_path / "site.yaml", *command[1:])
        assert done.returncode == 2
        assert "noise = -1: must be" in done.stderr
        assert "controllers.heat_pump.unit = 300: must be" in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_folder_that_cannot_hold_the_run_is_refused(short, tmp_path):
    (tmp_path / "file").write_text("")
    for out, message in [
        (short.folder, "already holds a run; choose another --out"),
        (tmp_path / "file", "cannot record a run there: Not a directory"),
        (tmp_path / "file" / "below", "cannot record a run there: Not a directory"),
    ]:
        done = hukka("bench", "mantsala", *SHORT, "--out", out)
        assert done.returncode == 2
        assert done.stderr == f"hukka: {out}: {message}\n"
    assert open_run(short.folder).rows == 600
