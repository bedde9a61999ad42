"""What the observer of a part is told: sensors from the site file, the rest from the FMU."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.hypothesis import Hypothesis
from twin.estimation.physics import Disturbance, PartModel
from twin.observers.hypotheses import band_of, causes
from twin.plant.fmu import FmuFile
from twin.site.model import Site

Matrix = NDArray[np.float64]

WALK = {"K": 0.1 / 60.0, "-": 0.005 / 60.0}
"""By unit of a state, how far it may stray by itself [unit/sqrt(s)]: 0.1 K or 0.005 in an hour
(assumed)."""
SPREAD = {"K": 5.0, "-": 0.1}
"""By unit of a state, how uncertain it is at the start (assumed)."""
ERROR_SHARE = 0.5
"""What a model is wrong by, as a share of the signal's band [-] (assumed)."""


@dataclass(frozen=True)
class Told:
    """Names behind the columns of a part's model."""

    part: str
    boundary: tuple[str, ...]
    """Inputs of the FMU that are fed with readings."""
    orders: tuple[str, ...]
    """Inputs of the FMU that are commands."""
    parameters: tuple[str, ...]
    """Those by which the model is differentiated: faults, then disturbances."""
    watched: tuple[str, ...]
    """Outputs of the FMU that sensors read too."""
    carried: tuple[str, ...] = ()
    """Outputs whose signatures are wanted, though nothing reads them and nothing is corrected."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """All outputs of the FMU that are asked for, in the order in which they come."""
        return (*self.watched, *self.carried)

    @property
    def inputs(self) -> tuple[str, ...]:
        """All inputs of the FMU, in the order in which they are fed."""
        return (*self.boundary, *self.orders)


def told_of(
    site: Site,
    part: str,
    commands: Sequence[str],
    several: Sequence[Hypothesis],
    carried: Sequence[str] = (),
) -> Told:
    """Names of a part's model; `commands` are those of the site, PART.INPUT."""
    twin = site.twin[part]
    own = [c.partition(".")[2] for c in commands if c.startswith(f"{part}.")]
    inputs = {*twin.boundary, *own}
    faults = [h.name.partition(".")[2] for h in several if h.part == part and h.kind == "process"]
    wandering = [d for d in twin.disturbances if d not in inputs]
    parameters = tuple(dict.fromkeys([*faults, *wandering]))
    watched = tuple(twin.watch)
    return Told(part, tuple(twin.boundary), tuple(own), parameters, watched, tuple(carried))


def part_model(
    site: Site,
    told: Told,
    file: FmuFile,
    states: Sequence[str],
    several: tuple[Hypothesis, ...],
    rows: int,
    behind_s: float,
) -> PartModel:
    """The model's numbers, for samples that are means of `rows` rows and so lag `behind_s` [s]."""
    twin = site.twin[told.part]
    watched = [f"{told.part}.{name}" for name in told.watched]
    known = [*told.inputs, *told.parameters]
    read = [_noise(site, signal) for signal in twin.boundary.values()]
    none = np.zeros(len(told.carried))  # no sensor, so neither lag nor noise nor band
    return PartModel(
        lag_s=np.array([*(site.signals[w].lag for w in watched), *none]) + behind_s,
        noise=np.array([*(_noise(site, w) for w in watched), *none]) / sqrt(rows),
        error=np.array([*(model_error(site, w) for w in watched), *none]),
        input_noise=np.array([*read, *(0.0 for _ in told.orders)]) / sqrt(rows),
        walk=_by_unit(file, states, WALK),
        spread=_by_unit(file, states, SPREAD),
        disturbances=tuple(
            Disturbance(known.index(name), d.sigma.difference_in(_unit(file, name)), d.time)
            for name, d in twin.disturbances.items()
        ),
        causes=causes(site, told.part, several, known),
        sizes=tuple(_tried(h) for h in several),
    )


def _tried(h: Hypothesis) -> float:
    """Half of the size that matters; an actuator falls short of its command."""
    return -0.5 * h.threshold if h.kind == "actuator" else 0.5 * h.threshold


def _noise(site: Site, signal: str) -> float:
    """Standard deviation of one reading, the register's resolution included [SI]."""
    told = site.signals[signal]
    return sqrt(told.noise_si**2 + (told.resolution_si or 0.0) ** 2 / 12.0)


def model_error(site: Site, name: str) -> float:
    """What the model of a watched signal PART.NAME is wrong by, standard deviation [SI]."""
    return ERROR_SHARE * band_of(site, name)


def _unit(file: FmuFile, name: str) -> str:
    unit = file.variables[name].unit
    return "-" if unit in (None, "1") else str(unit)


def _by_unit(file: FmuFile, states: Sequence[str], table: Mapping[str, float]) -> Matrix:
    return np.array([table.get(_unit(file, name), 0.0) for name in states])
