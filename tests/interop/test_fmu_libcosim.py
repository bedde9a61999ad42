"""libcosim, the co-simulation master of the Open Simulation Platform, runs our FMI 2.0 files.

Its reader (FMI Library) logs an error about a start value that `time` lacks; FMI 2.0.4, 2.2.7 says
that an independent variable must not have one.
"""

import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("libcosimpy")
sys.path.insert(0, str(Path(__file__).parent.parent / "unit" / "fmus"))

from export_models import built, session
from fmpy import read_model_description
from libcosimpy.CosimExecution import CosimExecution
from libcosimpy.CosimLogging import CosimLogLevel, log_output_level
from libcosimpy.CosimManipulator import CosimManipulator
from libcosimpy.CosimObserver import CosimObserver
from libcosimpy.CosimSlave import CosimLocalSlave

from fmus.export.models import MODELS, build_named
from fmus.export.session import Session

pytestmark = pytest.mark.interop
STEPS = 1500


def _references(description, causality):
    reals = [v for v in description.modelVariables if v.type == "Real"]
    return [v.valueReference for v in reals if v.causality == causality]


def _inputs(description, k):
    """Every input somewhere else at every step, inside its range."""
    found = []
    for i, v in enumerate(v for v in description.modelVariables if v.causality == "input"):
        start = float(v.start)
        value = start * (1.0 + 0.02 * ((k // 7 + 3 * i) % 5 - 2))
        low = float(v.min) if v.min is not None else value
        high = float(v.max) if v.max is not None else value
        found.append(min(max(value, low), high))
    return found


def _through_libcosim(path, description, steps):
    log_output_level(CosimLogLevel.FATAL)
    execution = CosimExecution.from_step_size(1_000_000_000)
    slave = execution.add_local_slave(CosimLocalSlave(str(path), "model"))
    hands, eyes = CosimManipulator.create_override(), CosimObserver.create_last_value()
    assert execution.add_manipulator(hands)
    assert execution.add_observer(eyes)
    inputs = _references(description, "input")
    outputs = _references(description, "output")
    rows = []
    for k in range(steps):
        hands.slave_real_values(slave, inputs, _inputs(description, k))
        assert execution.step()
        rows.append(eyes.last_real_values(slave, outputs))
    assert execution.status().current_time == steps * 1_000_000_000
    return rows


def _through_fmpy(run, steps):
    inputs = _references(run.description, "input")
    outputs = _references(run.description, "output")
    rows = []
    for k in range(steps):
        run.set(inputs, _inputs(run.description, k))
        run.step(float(k), 1.0)
        rows.append(run.get(outputs))
    return rows


@pytest.mark.parametrize("name", ["Thermostat", "Driven"])
def test_small_models_give_the_same_bits(name):
    run = session(name, "2.0")
    expected = _through_fmpy(run, STEPS)
    assert _through_libcosim(built(name, "2.0"), run.description, STEPS) == expected
    assert expected[0] != expected[-1]


@pytest.mark.parametrize("name", MODELS)
def test_the_plants_models_give_the_same_bits(name, tmp_path):
    path = build_named(name, fmi=("2.0",))[0]
    description = read_model_description(str(path), validate=False)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    expected = _through_fmpy(Session(tmp_path, description, "CoSimulation"), 300)
    assert _through_libcosim(path, description, 300) == expected
    assert expected[0] != expected[-1]
