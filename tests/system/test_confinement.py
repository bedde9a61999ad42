"""A hostile FMU: what it tries works where nothing holds it, and fails where it is shut in."""

import json
import os
import re
import socket
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "unit" / "plant"))

from bench_processes import hukka
from probe_fmu import SOURCES, build_fmu

from fmus.export.check import check_fmu
from twin.confine.landlock import landlock_version
from twin.site import list_sites

SITE = """\
site: hostile
title: An FMU that means harm
plant:
  parts:
    lag: {fmu: probe2.fmu}
  connections: []
boundary:
  lag.u: {source: constant, value: 300 K}
signals:
  lag.y: {unit: K}
twin:
  lag:
    boundary: {u: lag.y}
    watch: {y: {band: 10000 K}}
"""
ITS_OWN = {"writes its scratch", "starts a thread", "signals itself"}
SHORT = ("--pace", "max", "--warmup", "0s", "--duration", "1s", "--cycle", "100ms")

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or landlock_version() < 4,
    reason="this kernel has no Landlock, or one that leaves the network open",
)


@pytest.fixture
def site(tmp_path, monkeypatch):
    """The site, with a folder and a port beside it that are none of the FMU's business."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (outside / "removed").touch()
    folder = tmp_path / "site"
    folder.mkdir()
    build_fmu("probe", 2, folder, also=[SOURCES / "hostile.c"])
    (folder / "site.yaml").write_text(SITE)
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("HOSTILE_FOLDER", str(outside))
        monkeypatch.setenv("HOSTILE_PORT", str(server.getsockname()[1]))
        scratch = tmp_path / "scratch"  # it tries nothing where it has none
        scratch.mkdir()
        monkeypatch.setenv("TMPDIR", str(scratch))
        yield folder


def tried(log: str) -> dict[str, str]:
    """What the FMU wrote when it was loaded, the first time."""
    found: dict[str, str] = {}
    for name, how in re.findall(r"hostile: (.*) (ok|refused)$", log, re.MULTILINE):
        found.setdefault(name, how)
    return found


def run(site: Path, *options: str) -> tuple[str, dict[str, dict[str, str]]]:
    out = site.parent / "run"
    ran = hukka("bench", site / "site.yaml", *SHORT, *options, "--out", out)
    assert ran.returncode == 0, ran.stderr
    logs = {p: (out / "log" / f"{p}.log").read_text() for p in ("loop", "watch")}
    return ran.stdout + ran.stderr, {name: tried(log) for name, log in logs.items()}


def test_every_attack_works_where_nothing_holds_it(site):
    said, told = run(site, "--unconfined", "it asks a licence server")
    assert "loop: not confined: it asks a licence server" in said
    assert "watch: not confined: it asks a licence server" in said
    assert {len(found) for found in told.values()} == {16}
    # what is there once only, the first of both processes has removed
    for name in told["loop"]:
        assert "ok" in {found[name] for found in told.values()}, name
    assert (site.parent / "outside" / "made").exists()
    assert not (site.parent / "outside" / "removed").exists()


def test_every_attack_is_refused_and_its_own_work_goes_on(site):
    said, told = run(site)
    assert re.search(r"loop: confined: files by Landlock \d+, no TCP; no sockets, programs", said)
    assert "watch: confined: files by Landlock" in said
    for found in told.values():
        assert len(found) == 16
        assert {name for name, how in found.items() if how == "ok"} == ITS_OWN
    outside = site.parent / "outside"
    assert {p.name: p.read_text() for p in outside.iterdir()} == {"secret": "secret", "removed": ""}
    assert (outside / "secret").stat().st_mode & 0o777 == 0o644 & ~_umask()


def _umask() -> int:
    mask = os.umask(0o22)
    os.umask(mask)
    return mask


@pytest.mark.parametrize("unconfined", [False, True])
def test_a_check_shuts_it_in_too(site, unconfined):
    found = check_fmu(site / "probe2.fmu", unconfined=unconfined)
    assert [str(f) for f in found if not f.is_note] == []
    outside = site.parent / "outside"
    assert (outside / "made").exists() is unconfined
    assert (outside / "removed").exists() is not unconfined


def outside_of(site: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in (site.parent / "outside").iterdir()}


PROCEDURE = """\
procedure: looks
title: The plant is looked at
blocks:
  - block: look
    steps:
      - wait: 2 s
"""
UNTOUCHED = {"secret": "secret", "removed": ""}
ON_ITS_COPY = ITS_OWN | {"forks"}
"""Where it stands in a process that is copied for each block, and signals are kept by Landlock."""


@pytest.mark.parametrize(
    ("words", "its_own"),
    [
        (("check", "SITE"), ITS_OWN),
        (("doctor", "SITE"), ITS_OWN),
        (("twin", "identifiability", "SITE", "--data", "DATA"), ITS_OWN),
        (("commission", "SITE", "PROCEDURE", "--warmup", "1s", "--no-pdf"), ON_ITS_COPY),
    ],
)
def test_every_command_shuts_it_in(site, words, its_own):
    """Whatever else comes of it: this FMU is no plant that any of them can judge."""
    procedure = site / "looks.yaml"
    procedure.write_text(PROCEDURE)
    data = site.parent / "data.csv"
    rows = "".join(f"{10 * k},{300 + k % 7}\n" for k in range(1000))
    data.write_text(f"time [s],lag.y [K]\n{rows}")
    here = {"SITE": site / "site.yaml", "PROCEDURE": procedure, "DATA": data}
    out = ("--out", site.parent / "run") if words[0] == "commission" else ()
    ran = hukka(*(here.get(word, word) for word in words), *out)
    assert ran.returncode in (0, 2, 3), ran.stderr
    found = tried(ran.stderr)
    assert len(found) == 16, ran.stderr
    assert {name for name, how in found.items() if how == "ok"} == its_own
    assert outside_of(site) == UNTOUCHED
    assert "refused" not in ran.stdout
    if words[0] != "doctor":
        assert "FMUs: confined: files by Landlock" in ran.stderr
        let_go = hukka(*(here.get(w, w) for w in words), "--unconfined", "to see it work",
                       *(("--out", site.parent / "free") if out else ()))  # fmt: skip
        assert "FMUs: not confined: to see it work" in let_go.stderr
        assert (site.parent / "outside" / "made").exists()


def test_no_reason_is_no_reason(site):
    refused = hukka("bench", site / "site.yaml", *SHORT, "--unconfined", " ")
    assert refused.returncode == 2
    assert "--unconfined = ' ': must say why" in refused.stderr


@pytest.mark.parametrize(
    "name",
    [s if s == "mantsala" else pytest.param(s, marks=pytest.mark.slow) for s in list_sites()],
)
def test_a_site_runs_the_same_bytes_shut_in(tmp_path, name):
    traces = set()
    for number, options in enumerate(([], ["--unconfined", "to compare"])):
        run = ("--pace", "max", "--warmup", "1m", "--duration", "1m", "--json")
        ran = hukka("bench", name, *run, *options, "--out", tmp_path / str(number))
        assert ran.returncode == 0, ran.stderr
        traces.add(json.loads(ran.stdout.splitlines()[-1])["trace_sha256"])
    assert len(traces) == 1
