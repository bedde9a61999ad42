# ruff: noqa: E501  a row of the table is a line
"""A bench whose plant is Model Exchange and every type of variable, beside a part as always."""

import math
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "unit" / "plant"))

from bench_processes import BUILDER, hukka
from probe_fmu import build_fmu

from fmus.export.check import check_fmu, info

WIDTHS = ["Float32", *[f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)]]
ELEMENTS = [f"u[{i},{j}]" for i in (1, 2) for j in (1, 2, 3)]
SITE = """\
site: foreign
title: A ball, every type, and a lag
plant:
  parts:
    ball: {{fmu: ball{fmi}.fmu, interface: model_exchange, {solver}, parameters: {{e: 0.8}}}}
    types:
      fmu: types3.fmu
      parameters: {{season: holiday, label: Mäntsälä, mask: [true, true], gains: [1, 2, 3]}}
    lag: {{fmu: probe2.fmu}}
  connections:
    - lag.y -> types.u[2,3]
    - ball.ticks -> types.in_Int8
    - types.off -> ball.kick
boundary:
  lag.u: {{source: constant, value: 300 K}}
  ball.drag: {{source: constant, value: 0 1/s}}
  types.on: {{source: constant, value: 1 -}}
{boundary}
signals:
  ball.height: {{unit: m}}
  ball.bounces: {{unit: "-"}}
  lag.y: {{unit: K}}
  "types.y[2,3]": {{unit: K}}
  types.out_Int8: {{unit: "-"}}
  types.season_now: {{unit: "-"}}
  types.all_on: {{unit: "-"}}
twin:
  lag:
    boundary: {{u: lag.y}}
    watch: {{y: {{band: 10000 K}}}}
"""
SIGNALS = re.findall(r'^  "?([a-z]+\.[^":]+)"?: \{\{unit', SITE, re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    found = tmp_path_factory.mktemp("foreign")
    subprocess.run([sys.executable, BUILDER, found, "all"], check=True)
    return found


def site(folder, fmi, solver):
    names = [f"in_{kind}" for kind in WIDTHS if kind != "Int8"]
    names += [name for name in ELEMENTS if name != "u[2,3]"]
    lines = [f'  "types.{name}": {{source: constant, value: 2 -}}' for name in names]
    path = folder / f"foreign{fmi}.yaml"
    path.write_text(SITE.format(fmi=fmi, solver=solver, boundary="\n".join(lines)))
    return path


def closed_form(t, e):
    """Height [m] and bounces of a ball dropped from 1 m at `t` [s]."""
    first = math.sqrt(2.0 / 9.81)
    if t < first:
        return 1.0 - 9.81 / 2.0 * t * t, 0
    t, v, bounces = t - first, e * 9.81 * first, 1
    while t > 2.0 * v / 9.81:
        t, v, bounces = t - 2.0 * v / 9.81, e * v, bounces + 1
    return v * t - 9.81 / 2.0 * t * t, bounces


@pytest.mark.parametrize(
    ("fmi", "solver"), [(2, "solver: fixed, step: 10 ms"), (3, "solver: cvode, tolerance: 1.0e-9")]
)
def test_a_run(tmp_path, folder, fmi, solver):
    path = site(folder, fmi, solver)
    checked = hukka("check", path)
    assert checked.returncode == 0, checked.stderr
    assert "3 FMUs, 7 signals" in checked.stdout
    out = tmp_path / "run"
    options = ("--pace", "max", "--warmup", "0s", "--duration", "2s", "--cycle", "100ms")
    ran = hukka("bench", path, *options, "--out", out)
    assert ran.returncode == 0, ran.stderr
    names = ", ".join(f'"{name}:measured"' for name in SIGNALS)
    with closing(sqlite3.connect(out / "run.sqlite")) as database:
        rows = database.execute(f"SELECT t_s, {names} FROM named ORDER BY t_s").fetchall()
    t, *values = np.array(rows, float).T
    columns = dict(zip(SIGNALS, values, strict=True))
    assert t[-1] == 2.0
    expected = np.array([closed_form(at, 0.8) for at in t])
    np.testing.assert_allclose(columns["ball.height"], expected[:, 0], atol=1e-6)
    np.testing.assert_array_equal(columns["ball.bounces"], expected[:, 1])
    # a Jacobi network: what another part answers arrives one step of 0.1 s later
    before = np.rint(t * 10.0) - 1.0
    lag = 300.0 - 299.0 * 0.99**before  # dy/dt = 0.1 (300 - y), explicit steps, y(0) = 1
    np.testing.assert_allclose(columns["types.y[2,3]"], 3.0 * lag, rtol=1e-12)
    np.testing.assert_array_equal(columns["types.out_Int8"], np.floor(before / 2.5) + 1.0)
    assert set(columns["types.season_now"]) == {7.0}
    assert set(columns["types.all_on"]) == {1.0}


@pytest.mark.parametrize(
    ("found", "instead", "message"),
    [
        ("season: holiday", "season: holyday", "parameters.season = 'holyday': must be one of winter, summer, holiday, did you mean 'holiday'?"),
        ("mask: [true, true]", "mask: [true]", "parameters.mask: must be a list of 2 values, found 1"),
        ("gains: [1, 2, 3]", "'gains[4]': 1", "unknown parameter 'gains[4]', did you mean 'gains[3]'?"),
        ("model_exchange", "co_simulation", "site.yaml:5 plant.parts.ball: "),
        ("types.u[2,3]", "types.u", "types.u is no single number: name an element of an array"),
        ("ball.ticks -> types.in_Int8", "types.label -> types.in_Int8", "types.label is no output"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path, folder, found, instead, message):
    text = site(folder, 2, "solver: fixed").read_text()
    assert found in text
    path = folder / "site.yaml"
    path.write_text(text.replace(found, instead, 1))
    checked = hukka("check", path)
    assert checked.returncode == 2
    assert message in checked.stderr
    assert "Traceback" not in checked.stderr


@pytest.mark.parametrize("name", ["ball2", "ball3", "types2", "types3"])
def test_foreign_fmus_have_notes_and_no_findings(folder, name):
    found = check_fmu(folder / f"{name}.fmu")
    assert [str(f) for f in found if not f.is_note] == []
    texts = [str(f) for f in found]
    if name == "types3":
        assert "note: types: columns: a structural parameter keeps its start value" in texts
        assert "note: types: blob: Binary input cannot be connected" in texts
    if name.startswith("ball"):
        assert "note: derivatives: no directional derivatives" in texts


@pytest.mark.parametrize("fmi", [2, 3])
def test_a_model_exchange_fmu_that_leaves_the_numbers_is_found(tmp_path, fmi):
    path = build_fmu("ball", fmi, tmp_path, define="BAD_AT_FIRST=5.0")
    assert info(path)["interfaces"] == ["modelExchange"]
    texts = [str(f) for f in check_fmu(path) if not f.is_note]
    assert len(texts) == 1
    assert texts[0].startswith("model exchange: t = 5 s: der(v): answered nan")
