"""Commissioning of the twin: what its innovations look like while the plant is healthy."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from hil.replay.calibrate import calibrated
from hil.replay.watching import Watching
from hil.trend.trend import Trend
from twin.diagnosis.blocks import Blocks
from twin.diagnosis.commissioning import LEAST_DAYS, Commissioning
from twin.diagnosis.learned import Learned
from twin.diagnosis.learned_file import to_bytes
from twin.diagnosis.settings import Settings
from twin.errors import BadInput
from twin.estimation.step import Step
from twin.observers.calibrate import Calibration
from twin.observers.calibration import with_values
from twin.site.model import Site

DAY_NS = 86_400_000_000_000


@dataclass(frozen=True)
class Fitted:
    """What was learned, and how far the models were off, by watched signal."""

    learned: Learned
    calibration: Calibration
    data: bytes
    """The file of both."""
    signals: tuple[str, ...]
    raw: tuple[float, ...]
    """RMS of the innovations of five minutes, with calibrated parameters, SI."""
    left: tuple[float, ...]
    """The same after what the operating point explains is taken off, SI."""
    commissioning: Commissioning
    """What it was learned from."""


def fit(site: Site, trend: Trend) -> Fitted:
    """Calibrate the models on the data, then learn from what they still do not expect.

    What was wrong already is not learned: the models that are learned from have that fault, and
    readings that are off are set right.

    Raises:
        BadInput: there is too little of it, or a watched signal has hardly a usable value.
    """
    days = trend.span_ns / DAY_NS
    if days < LEAST_DAYS:  # before calibration, which takes minutes
        raise BadInput(
            f"{trend.file}: at most {days:.1f} usable days, at least {LEAST_DAYS} are needed"
        )
    calibration = calibrated(site, trend.period_ns, trend.blocks())
    as_it_was = with_values(site, calibration.as_it_was)
    with Watching(as_it_was, trend.period_ns) as watching:
        try:
            return learn(watching, watching.steps(trend), calibration)
        except ValueError as error:
            absent = f" (not in the data: {', '.join(trend.absent)})" if trend.absent else ""
            raise BadInput(f"{trend.file}: {error}{absent}") from error


def learn(watching: Watching, steps: Iterable[Step], calibration: Calibration) -> Fitted:
    """Learn from the Steps of models that are as `calibration` found the plant.

    Raises:
        ValueError: there is too little of it, or a watched signal has hardly a usable value.
    """
    settings, plant = Settings(), watching.plant
    names = [h.name for h in plant.hypotheses]
    blocks = Blocks(len(plant.signals), len(names), plant.q, settings.block_share)
    commissioning = Commissioning(plant, settings)
    total, count = np.zeros(len(plant.signals)), np.zeros(len(plant.signals))
    for step in steps:
        for block in blocks.take(step):
            healthy = calibration.healthy(block, names)
            commissioning.take(healthy)
            total += np.where(block.usable, healthy.innovation**2, 0.0)
            count += block.usable
    learned = commissioning.learn()
    return Fitted(
        learned,
        calibration,
        to_bytes(learned, plant, settings, watching.site_hash, calibration.values),
        plant.signals,
        tuple(np.sqrt(total / np.maximum(count, 1.0)).tolist()),
        tuple(learned.scale.tolist()),
        commissioning,
    )
