"""Options of the pytest plugin: transports, workers, what is refused, what costs nothing."""

import pytest
from plugin_desk import WARM, run

SUITE = """
def test_trip(bench):
    bench.force("heat_pump:T_condensing", "96 degC")
    bench.expect("heat_pump:high_condensing", equals=True, within="1 min")
    bench.release("heat_pump:T_condensing")
    bench.set("heat_pump:reset", True)
    bench.expect("heat_pump:high_condensing", equals=False, within="15 s")


def test_cold(bench):
    bench.force("heat_pump:T_source_in", "20 degC")
    bench.expect("heat_pump:u_run == 1", hold="1 min")  # is not so


def test_same(bench, link, clock, pytestconfig):
    bench.run(minutes=5)
    line = f"{link.transport} {bench.value('heat_pump:T_sink_out')} {clock.now_s}"
    with (pytestconfig.rootpath / "seen.txt").open("a") as file:
        file.write(line + "\\n")
"""
ONE = "def test_one(bench):\n    bench.run(seconds=1)\n"
STAY = """
import pytest

def test_not_back(bench):
    bench.set("heat_pump:T_sink_max", "80 degC")
    bench.run(minutes=5)

def test_next(bench):
    assert bench.value("heat_pump:T_sink_max") == 85.0
"""
LOADED = """
import sys

def pytest_sessionfinish():
    heavy = {"numpy", "numba", "fmpy", "pydantic", "twin", "matplotlib"}
    print("loaded:", sorted(heavy & sys.modules.keys()))
"""


def test_every_transport_says_the_same(tmp_path):
    ran = run(
        tmp_path, *WARM, "--hukka-transport", "loopback,tcp,rtu",
        "--hukka-line-fault", "heat_pump.drop=0.01@0s", "-n", "2", test_suite=SUITE,
    )  # fmt: skip
    verdicts = {"test_trip": "passed", "test_cold": "failed", "test_same": "passed"}
    assert ran.outcomes == {
        f"{name}[{transport}]": outcome
        for name, outcome in verdicts.items()
        for transport in ("loopback", "tcp", "rtu")
    }, ran.said
    assert ran.cases["test_trip[tcp]"].properties["hukka_transport"] == ["tcp"]
    seen = dict(line.split(" ", 1) for line in (tmp_path / "seen.txt").read_text().splitlines())
    assert seen["loopback"] == seen["tcp"]
    assert set(seen) == {"loopback", "tcp", "rtu"}


def test_what_is_not_put_back_is_an_error(tmp_path):
    ran = run(
        tmp_path, *WARM, "--hukka-transport", "rtu",
        "--hukka-line-fault", "heat_pump.drop=1@1m", test_suite=STAY,
    )  # fmt: skip
    assert ran.outcomes["test_not_back"] == "error", ran.said
    assert "not put back: " in ran.said
    assert "T_sink_max" in ran.cases["test_not_back"].text
    assert ran.outcomes["test_next"] == "passed"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--hukka-site", "mantzala"],
            "ERROR: site: unknown site 'mantzala', did you mean 'mantsala'?",
        ),
        (
            [*WARM, "--hukka-transport", "tpc"],
            "ERROR: --hukka-transport: unknown transport 'tpc', did you mean 'tcp'?",
        ),
        (
            [*WARM, "--hukka-transport", "tcp,tcp"],
            "ERROR: --hukka-transport = 'tcp,tcp': names tcp twice",
        ),
        (
            [*WARM, "--hukka-seed", "x"],
            "ERROR: --hukka-seed = 'x': must be a whole number, 0 or more",
        ),
        (
            [*WARM, "--hukka-cycle", "7s"],
            "ERROR: --hukka-warmup = '20m': must be a whole number of cycles of 7s",
        ),
        ([*WARM, "--hukka-cycle", "31s"], "ERROR: --hukka-cycle = '31s': must be at most 30 s"),
        (
            [*WARM, "--hukka-line-fault", "heat_pump.drop@0s"],
            "ERROR: --hukka-line-fault = 'heat_pump.drop@0s': breaks emulated lines; use"
            " --hukka-transport rtu",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_collected(options, said, tmp_path):
    ran = run(tmp_path, *options, test_suite=ONE)
    assert ran.code == 4
    assert said in ran.said.splitlines()
    assert "Traceback" not in ran.said
    assert not ran.cases


def test_an_unknown_controller_is_refused(tmp_path):
    text = (
        "import pytest\n\n@pytest.mark.hukka_controller('heat_pumb')\n"
        "def test_one(controller):\n    pass\n"
    )
    ran = run(tmp_path, *WARM, test_suite=text)
    assert ran.code != 0
    assert "unknown controller 'heat_pumb', did you mean 'heat_pump'?" in ran.said
    assert "Traceback" not in ran.said


def test_a_player_that_is_not_there_is_an_error_of_the_test(tmp_path):
    ran = run(tmp_path, *WARM, "--hukka-play", "nobody:make", test_suite=ONE)
    assert ran.outcomes == {"test_one": "error"}
    assert "--hukka-play = 'nobody:make': must be MODULE:FUNCTION; No module named" in ran.said


def test_without_a_site_a_test_says_what_it_needs(tmp_path):
    ran = run(tmp_path, test_suite=ONE)
    assert ran.outcomes == {"test_one": "error"}
    assert "no site to run on: pytest --hukka-site NAME" in ran.said


def test_without_a_site_nothing_is_loaded(tmp_path):
    ran = run(
        tmp_path, "-s", "-W", "error", test_suite="def test_one():\n    pass\n", conftest=LOADED
    )
    assert ran.outcomes == {"test_one": "passed"}
    assert "loaded: []" in ran.said


def test_the_ini_file_says_it_too(tmp_path):
    lines = ["[pytest]", "hukka_site = mantsala", "hukka_warmup = 20m", "hukka_seed = 3"]
    (tmp_path / "pytest.ini").write_text("\n".join(lines) + "\n")
    ran = run(tmp_path, "--hukka-seed", "4", test_suite=ONE)
    assert ran.cases["test_one"].properties["hukka_seed"] == ["4"]
