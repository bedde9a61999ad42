"""Commissioning of the twin: what its innovations look like while the plant is healthy."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hil.replay.watching import Watching
from hil.trend.trend import Trend
from twin.diagnosis.blocks import Blocks
from twin.diagnosis.learned import Commissioning, Learned
from twin.diagnosis.learned_file import to_bytes
from twin.diagnosis.settings import Settings
from twin.errors import BadInput


@dataclass(frozen=True)
class Fitted:
    """What was learned, and how far the models were off, by watched signal."""

    learned: Learned
    data: bytes
    """The file of it."""
    signals: tuple[str, ...]
    raw: tuple[float, ...]
    """RMS of the innovations of five minutes, SI."""
    left: tuple[float, ...]
    """The same after what the operating point explains is taken off, SI."""


def fit(watching: Watching, trend: Trend) -> Fitted:
    """Follow the data and learn from what the models did not expect.

    Raises:
        BadInput: there is too little of it, or a watched signal has hardly a usable value.
    """
    settings = Settings()
    plant = watching.plant
    blocks = Blocks(len(plant.signals), len(plant.hypotheses), plant.q, settings.block_share)
    commissioning = Commissioning(plant, settings)
    total, count = np.zeros(len(plant.signals)), np.zeros(len(plant.signals))
    for step in watching.steps(trend):
        for block in blocks.take(step):
            commissioning.take(block)
            total += np.where(block.usable, block.innovation**2, 0.0)
            count += block.usable
    try:
        learned = commissioning.learn()
    except ValueError as error:
        raise BadInput(f"{trend.file}: {error}") from error
    return Fitted(
        learned,
        to_bytes(learned, plant, settings, watching.site_hash),
        plant.signals,
        tuple(np.sqrt(total / np.maximum(count, 1.0)).tolist()),
        tuple(learned.scale.tolist()),
    )


def save(data: bytes, path: Path) -> None:
    """Put the file in place whole or not at all.

    Raises:
        BadInput: it cannot be written there.
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise BadInput(f"{path}: {error.strerror or error}") from None
