"""FMUs that crash, hang, refuse or leave the numbers, and .fmu files that should not be opened."""

import shutil
import struct
import sys
import zipfile
from pathlib import Path

import pytest
from bench_processes import ROOT, Bench, hukka
from probe_site import build_probes, probe_site

from hil.bench.options import Options
from hil.bench.run import run_bench
from hil.historian import open_run
from twin.errors import PlantLost

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no signals there")

# as in tests/unit/plant/probe_fmu.py
DISCARD, ERROR, FATAL, NOT_A_NUMBER, SEGFAULT, TERMINATE, SET_FAILS, GET_FAILS, HANG = range(2, 11)


@pytest.fixture(scope="module")
def probes(tmp_path_factory) -> Path:
    return build_probes(tmp_path_factory.mktemp("probes"))


def trip(how, at_s):
    return ("--set", f"bad.trip_at={at_s}", "--set", f"bad.trip={how}")


TRIPS = [
    (2, DISCARD, "t = 3000 s: bad: fmi2DoStep answered fmi2Discard; its last message: tripped at"
     " 3000 s, on purpose"),
    (2, ERROR, "t = 3000 s: bad: fmi2DoStep answered fmi2Error; its last message: tripped at"
     " 3000 s, on purpose"),
    (2, FATAL, "t = 3000 s: bad: fmi2DoStep answered fmi2Fatal; its last message: tripped at"
     " 3000 s, on purpose"),
    (2, NOT_A_NUMBER, "t = 3000 s: bad.y: answered nan, which is not a finite number"),
    (2, SEGFAULT, "bad: its FMU crashed (SIGSEGV) at t = 3000 s"),
    (2, SET_FAILS, "t = 3000 s: bad: fmi2SetReal answered fmi2Error"),
    (3, TERMINATE, "t = 3000 s: bad: fmi3DoStep answered that the simulation must end"),
    (3, SEGFAULT, "bad: its FMU crashed (SIGSEGV) at t = 3000 s"),
]  # fmt: skip


@pytest.mark.parametrize(("fmi", "how", "message"), TRIPS, ids=[f"{t[0]}-{t[1]}" for t in TRIPS])
def test_a_bad_fmu_ends_the_run_and_is_named(tmp_path, probes, fmi, how, message):
    options = ("--pace", "max", "--duration", "24h", "--warmup", "10m", "--json", *trip(how, 3000))
    with Bench((probe_site(probes, fmi), *options), tmp_path / "run") as bench:
        assert bench.end() == 4
        began = "" if how == SEGFAULT else " (the run began at 600 s of plant time)"
        assert bench.error.splitlines()[-1] == f"hukka: {message}{began}"
        assert "Traceback" not in bench.error
        assert bench.status == "plant lost"
        run = open_run(bench.out)
        assert run.rows == bench.result["cycles"]
        assert 2390 <= run.rows <= 2401  # of run time: the plant's clock begins with the warm-up


@pytest.mark.parametrize("how", [ERROR, SEGFAULT])
def test_a_bad_fmu_in_the_warm_up_is_named(tmp_path, probes, how):
    options = ("--pace", "max", "--duration", "1h", "--warmup", "30m", "--json", *trip(how, 60))
    with Bench((probe_site(probes), *options), tmp_path / "run") as bench:
        assert bench.end() == 4
        last = bench.error.splitlines()[-1]
        assert "bad: " in last
        assert "t = 60 s" in last
        assert bench.status == "plant lost"
        assert open_run(bench.out).rows == 0


def test_an_fmu_that_refuses_to_begin_leaves_no_folder(tmp_path, probes):
    options = ("--pace", "max", "--duration", "1h", "--json", "--set", f"bad.trip={SET_FAILS}")
    with Bench((probe_site(probes), *options), tmp_path / "run") as bench:
        assert bench.end() == 4
        assert "bad: fmi2SetReal answered fmi2Error" in bench.error.splitlines()[-1]
        assert not bench.out.exists()


def test_a_hanging_fmu_is_given_up(tmp_path, probes):
    options = Options(
        site=str(probe_site(probes)), duration_ns=3600 * 10**9, cycle_ns=10**9, warmup_ns=0,
        pace="max", transport="loopback", faults=(), seed=1, data=None,
        settings=("bad.trip_at=100", f"bad.trip={HANG}"),
    )  # fmt: skip
    outcome = run_bench(options, tmp_path / "run", lambda _: None, hang_s=0.5)
    assert isinstance(outcome.error, PlantLost)
    assert str(outcome.error) == (
        "bad: its FMU has not come back from a step for 0.5 s, at t = 100 s"
    )
    assert open_run(tmp_path / "run").header.status == "plant lost"
    assert open_run(tmp_path / "run").rows == 100


def test_a_crash_of_the_twins_own_fmu_ends_the_watch(tmp_path, probes):
    """A parameter of the site reaches plant and twin; --set takes it back, for the plant alone."""
    site = probe_site(probes)
    text = site.read_text().replace(
        "bad: {fmu: probe2.fmu}",
        f"bad: {{fmu: probe2.fmu, parameters: {{trip_at: 100, trip: {SEGFAULT}}}}}",
    )
    own = probes / "crashing_twin.yaml"
    own.write_text(text)
    options = ("--pace", "max", "--duration", "1h", "--warmup", "0s", "--json")
    with Bench((own, *options, "--set", "bad.trip=0"), tmp_path / "run") as bench:
        assert bench.end() == 4
        assert bench.error.splitlines()[-1] == "hukka: watch was ended by signal 11 (SIGSEGV)"
        assert bench.status == "recording stopped"
        open_run(bench.out)


def truncated(source: Path, target: Path) -> None:
    target.write_bytes(source.read_bytes()[:-2000])


def climbing(source: Path, target: Path) -> None:
    shutil.copy(source, target)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("../../climbed.txt", "up")


def foreign(source: Path, target: Path) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name.replace("linux64", "win64").replace("x86_64-linux", "x86_64-windows")
                         .replace("darwin64", "win64"), old.read(name))  # fmt: skip


def misspelt(source: Path, target: Path) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            cut = 400 if name == "modelDescription.xml" else None
            new.writestr(name, old.read(name)[:cut])


def no_library(source: Path, target: Path) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            library = name.startswith("binaries/")
            new.writestr(name, struct.pack("<64x") if library else old.read(name))


def no_zip(_source: Path, target: Path) -> None:
    target.write_text("<html>404</html>")


HOSTILE = [
    (truncated, "is a damaged or cut-off zip archive"),
    (climbing, "member = '../../climbed.txt': must stay inside the archive's folder"),
    (foreign, "it has binaries for win64"),
    (misspelt, "modelDescription.xml"),
    (no_library, "cannot be loaded"),
    (no_zip, "is not a zip archive"),
]


@pytest.mark.parametrize("command", ["check", "bench"])
@pytest.mark.parametrize(("spoil", "message"), HOSTILE, ids=[h[0].__name__ for h in HOSTILE])
def test_a_hostile_fmu_is_refused(tmp_path, probes, command, spoil, message):
    inner = tmp_path / "one" / "two"
    inner.mkdir(parents=True)
    spoil(probes / "probe2.fmu", inner / "probe2.fmu")
    out = ("--out", tmp_path / "run", "--json") if command == "bench" else ()
    done = hukka(command, probe_site(inner), *out)
    assert done.returncode == 2
    assert message in done.stderr
    assert "probe2.fmu" in done.stderr
    said = done.stderr.splitlines()
    if command == "check":  # how they are shut in is said before they are looked at
        assert said.pop(0).startswith("hukka: FMUs: ")
    assert len(said) == 1
    assert done.stdout == ""
    assert not (tmp_path / "run").exists()
    assert not [*tmp_path.rglob("climbed.txt"), *ROOT.parent.glob("climbed.txt")]
