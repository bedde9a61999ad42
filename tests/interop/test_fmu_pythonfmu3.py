"""FMUs that PythonFMU3 made, in a network of ours: Co-Simulation, Model Exchange, arrays.

They say that they need their tool (an interpreter), so such a network steps in plain Python.
"""

import math
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from twin.plant import Network, Running, open_fmu

builder = pytest.importorskip("pythonfmu3.builder")
pytestmark = pytest.mark.interop
S = 1_000_000_000
ROOT = Path(__file__).resolve().parents[2]

HEAD = """
import numpy as np
from pythonfmu3 import (Boolean, Dimension, Float64, Fmi3Causality, Fmi3Slave, Fmi3SlaveBase,
    Fmi3Variability, Int32, ModelExchange, String)

INPUT, OUTPUT, PARAMETER = Fmi3Causality.input, Fmi3Causality.output, Fmi3Causality.parameter
ALWAYS, STEPS, FIXED = Fmi3Variability.continuous, Fmi3Variability.discrete, Fmi3Variability.fixed
TIME = dict(causality=Fmi3Causality.independent, variability=ALWAYS)
"""
DECAY = HEAD + textwrap.dedent("""
    class Decay(Fmi3SlaveBase, ModelExchange):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.time, self.k, self.x, self.u, self.derx = 0.0, 0.5, 1.0, 0.0, 0.0
            local = Fmi3Causality.local
            for v in (
                Float64("time", **TIME),
                Float64("x", causality=OUTPUT, start=1, variability=ALWAYS),
                Float64("derx", causality=local, variability=ALWAYS, derivative=1),
                Float64("k", causality=PARAMETER, variability=FIXED),
                Float64("u", causality=INPUT, variability=ALWAYS),
            ):
                self.register_variable(v)

        def get_continuous_state_derivatives(self):
            self.derx = self.k * (self.u - self.x)
            return [self.derx]
    """)
ROWS = HEAD + textwrap.dedent("""
    class Rows(Fmi3Slave):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.time, self.on, self.count, self.label = 0.0, False, 0, "none"
            self.u, self.y, self.length = np.zeros(3), np.zeros(3), 0
            three = [Dimension(start="3")]
            for v in (
                Float64("time", **TIME),
                # PythonFMU3 0.3.4 sets arrays in a way that newer numpy has given up
                Float64("u", causality=INPUT, variability=ALWAYS, dimensions=three,
                        setter=self.take),
                Float64("y", causality=OUTPUT, variability=ALWAYS, dimensions=three),
                Boolean("on", causality=INPUT, variability=STEPS),
                Int32("count", causality=OUTPUT, variability=STEPS),
                String("label", causality=PARAMETER, variability=FIXED),
                Int32("length", causality=OUTPUT, variability=STEPS),
            ):
                self.register_variable(v)

        def take(self, values):
            self.u = np.array(values)

        def do_step(self, current_time, step_size):
            self.y = np.cumsum(self.u) if self.on else np.zeros(3)
            self.count += int(self.on)
            self.length = len(self.label)
            return True
    """)


@pytest.fixture(scope="module")
def fmus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("python fmus")
    found = {}
    for name, text in {"Decay": DECAY, "Rows": ROWS}.items():
        source = folder / f"{name.lower()}.py"
        source.write_text(text)
        found[name] = builder.FmuBuilder.build_FMU(source, folder)
    return found


def run(fmus: dict[str, Path], solver: str) -> np.ndarray:
    """Decay feeds one element of Rows, whose third output and Boolean come back."""
    with (
        open_fmu(fmus["Decay"], running=Running(solver=solver)) as decay,
        open_fmu(fmus["Rows"]) as rows,
        Network(
            {"decay": decay, "rows": rows},
            [("decay.x", "rows.u[2]")],
            ["decay.u", "rows.u[1]", "rows.u[3]", "rows.on"],
            ["decay.x", "rows.y[1]", "rows.y[2]", "rows.y[3]", "rows.count", "rows.length"],
            parameters={"rows.label": "seven77"},
        ) as network,
    ):
        network.initialize(np.array([3.0, 1.0, 2.0, 1.0]))
        inputs = np.tile([3.0, 1.0, 2.0, 1.0], (20, 1))
        inputs[10:, 3] = 0.4  # not above one half: off
        return network.run(inputs, S // 4)


@pytest.mark.parametrize("solver", ["cvode", "fixed"])
def test_a_network_of_both_interfaces(fmus, solver):
    found = run(fmus, solver)
    assert run(fmus, solver).tobytes() == found.tobytes()
    x = [3.0 - 2.0 * math.exp(-0.5 * 0.25 * k) for k in range(21)]
    np.testing.assert_allclose(found[:, 0], x[1:], rtol=1e-6)
    for k in range(10):
        np.testing.assert_allclose(found[k, 1:4], [1.0, 1.0 + x[k], 3.0 + x[k]], rtol=1e-6)
    assert found[10:, 1:4].tolist() == [[0.0] * 3] * 10
    assert found[:, 4].tolist() == [*range(1, 11), *[10.0] * 10]
    assert set(found[:, 5]) == {7.0}


ENDS = """
import sys, numpy as np
from twin.plant import Network, open_fmu
for _ in range(6):
    with open_fmu(sys.argv[1]) as file, Network(
        {"r": file}, [], [f"r.u[{i}]" for i in (1, 2, 3)] + ["r.on"], ["r.y[1]", "r.count"]
    ) as network:
        network.initialize(np.ones(4))
        network.run(np.ones((50, 4)), 10**9)
"""


def test_a_process_that_ran_them_ends_well(fmus):
    done = subprocess.run(
        [sys.executable, "-c", ENDS, fmus["Rows"]],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
