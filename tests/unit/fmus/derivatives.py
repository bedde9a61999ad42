"""An FMU's own derivatives against central differences of what it calculates, and its adjoint."""

from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

import fmpy
import numpy as np
from numpy.typing import NDArray

from fmus.export.session import Interface, Session

Column = NDArray[np.float64]
REACH = {"K": 2.0, "J": 1e6, "W": 1e5, "kg/s": 0.2, "s": 10.0, "1": 0.05}
"""How far states and inputs are moved, by unit."""


def opened(path: Path, interface: Interface) -> Session:
    """An instance of the FMU at `path`, which is unpacked beside it."""
    folder = path.parent / path.stem
    if not folder.exists():
        with ZipFile(path) as archive:
            archive.extractall(folder)
    about = fmpy.read_model_description(str(path), validate=False)
    return Session(folder, about, interface)


class Point:
    """A Model Exchange instance (FMI 3.0) as a function of states and inputs."""

    def __init__(self, path: Path) -> None:
        self.run = opened(path, "ModelExchange")
        about = self.run.description
        real = [v for v in about.modelVariables if v.type == "Float64"]
        self.states = [d.variable.derivative for d in about.derivatives]
        self.inputs = [v for v in real if v.causality == "input"]
        outputs = [v for v in real if v.causality == "output" and v.name != "out_of_range"]
        of = [d.variable for d in about.derivatives] + outputs
        self.unknowns = [v.valueReference for v in of]
        self.known = [*self.states, *self.inputs]
        self.knowns = [v.valueReference for v in self.known]
        self.reach = np.array([REACH[v.unit] for v in self.known])

    def values(self, at: Column) -> Column:
        """Derivatives and outputs at states and inputs `at`."""
        n = len(self.states)
        self.run.set_states(at[:n].tolist())
        self.run.set(self.knowns[n:], at[n:].tolist())
        return np.array(self.run.get(self.unknowns))

    def forward(self, direction: Column) -> Column:
        """What a move by `direction` does here, by the FMU's own derivative."""
        return np.array(self.run.directional(self.unknowns, self.knowns, direction.tolist()))

    def adjoint(self, weights: Column) -> Column:
        """Gradient of the weighted sum of the unknowns here."""
        found = self.run.fmu.getAdjointDerivative(
            self.unknowns, self.knowns, weights.tolist(), nSensitivity=len(self.knowns)
        )
        return np.array(found)

    def quotient(self, at: Column, direction: Column, h: float) -> Column:
        """Central differences over `h` and twice `h` [-], extrapolated: error of order h^4."""
        far, near = [
            (self.values(at + k * direction) - self.values(at - k * direction)) / (2 * k)
            for k in (2 * h, h)
        ]
        return (4.0 * near - far) / 3.0

    def errors(
        self, at: Column, direction: Column, rng: np.random.Generator, lengths: Sequence[float]
    ) -> tuple[Column, float]:
        """Of every unknown's derivative and of the adjoint's product, relative [-].

        The best of several `lengths` [-] counts for each unknown: where a limit begins within
        one of them the quotient is wrong, but a wrong derivative agrees with none.
        """
        quotients = [self.quotient(at, direction, h) for h in lengths]
        here = self.values(at)
        exact = self.forward(direction)
        flips = rng.choice([-1.0, 1.0], (12, len(direction)))
        size = np.max(np.abs([exact, *(self.forward(f * direction) for f in flips)]), axis=0)
        size += 1e-9 * np.abs(here) + 1e-12
        error = np.min([np.abs(exact - q) / size for q in quotients], axis=0)
        weights = rng.uniform(-1.0, 1.0, len(size)) / size
        product = self.adjoint(weights) @ direction
        return error, abs(product - weights @ exact) / np.sum(np.abs(weights * exact))
