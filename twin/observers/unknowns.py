"""All that may explain why a site's observers are surprised by a plant that is healthy, or is not.

Parameters of the models within their priors, sensors that are off within their tolerance, models
that are wrong by something constant, and faults. One column each, in this order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.blocks import Block
from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.learned import Plant
from twin.estimation.prior_fit import Prior, Seen
from twin.observers.calibration import Parameter
from twin.observers.part_model import model_error
from twin.site.model import Site

Floats = NDArray[np.float64]

DAY_NS = 86_400_000_000_000
OFFSET_K = 0.15
"""Standard deviation of what a temperature sensor is off by [K] (assumed)."""
GAIN = 0.015
"""The same of any other sensor, as a share of what it reads [-] (assumed)."""
CONSTANT = 0.5
"""Share of a model's error that stays the same for weeks [-] (assumed)."""
FROM_DAY_TO_DAY = 0.5
"""Share of it that changes from day to day [-] (assumed)."""


@dataclass(frozen=True)
class Unknowns:
    """The columns of a calibration."""

    parameters: tuple[Parameter, ...]
    plant: Plant
    """Of the run: the site's hypotheses, then the parameters as hypotheses."""
    prior: Prior
    """Parameters count as shares of their design value less 1, everything else in SI."""
    faults: Mapping[int, Hypothesis]
    """Column -> fault: sensors' biases and process faults, of the parts that have parameters: the
    mismatch of others would be a fault."""
    assumed: Floats
    """float64[m], variance of a day's mean innovation before anything was seen [SI^2]."""

    def seen(self, blocks: Sequence[Block]) -> Seen:
        """What a run's blocks say of each column."""
        usable = np.array([b.usable for b in blocks])
        signature = np.array([b.signature for b in blocks])
        known = len(self.plant.hypotheses) - len(self.parameters)
        design = np.array([p.design for p in self.parameters])
        n, m = usable.shape
        constant = np.broadcast_to(np.eye(m), (n, m, m)) * usable[:, :, None]
        columns = [
            signature[:, :, known:] * design,
            signature[:, :, _biases(self.plant.hypotheses[:known])],
            constant,
            signature[:, :, _process(self.plant.hypotheses[:known])],
        ]
        day = np.array([(b.t_ns - 1) // DAY_NS for b in blocks])
        innovation = np.array([b.innovation for b in blocks])
        return Seen(innovation, usable, np.concatenate(columns, axis=2), day)


def unknowns_of(
    site: Site, plant: Plant, parameters: tuple[Parameter, ...], reads: Mapping[str, float]
) -> Unknowns:
    """The columns for a run whose hypotheses are `plant`'s; `reads` is what signals read [SI]."""
    error = np.array([model_error(site, name) for name in plant.signals])
    own = plant.hypotheses[: len(plant.hypotheses) - len(parameters)]
    biases, process = [own[j] for j in _biases(own)], [own[j] for j in _process(own)]
    rows = [(p.sigma, p.low - 1.0, p.high - 1.0) for p in parameters]
    rows += [(_tolerance(h, reads[h.name.removesuffix(".bias")]), h.low, h.high) for h in biases]
    rows += [(CONSTANT * e, -np.inf, np.inf) for e in error]
    free = len(rows)
    rows += [(0.0, h.low, h.high) for h in process]
    sigma, low, high = np.array(rows).T
    prior = Prior(np.zeros(len(rows)), sigma, low, high)
    columns = {len(parameters) + i: h for i, h in enumerate(biases)}
    columns |= {free + i: h for i, h in enumerate(process)}
    parts = {p.part for p in parameters}
    faults = {column: h for column, h in columns.items() if h.part in parts}
    return Unknowns(parameters, plant, prior, faults, (FROM_DAY_TO_DAY * error) ** 2)


def _biases(hypotheses: Sequence[Hypothesis]) -> list[int]:
    return [j for j, h in enumerate(hypotheses) if h.name.endswith(".bias")]


def _process(hypotheses: Sequence[Hypothesis]) -> list[int]:
    return [j for j, h in enumerate(hypotheses) if h.kind == "process"]


def _tolerance(bias: Hypothesis, reads: float) -> float:
    return OFFSET_K if bias.unit == "K" else GAIN * abs(reads)
