"""Models of the synthetic plant that can be run again with a fault in them."""

import numpy as np
from synthetic_plant import Fault, M, Truth

from twin.diagnosis.refine import Shift
from twin.diagnosis.settings import BLOCK_NS


class BentModels:
    """They know how faults bend (`Truth.bend`), not by how much their signatures are wrong."""

    def __init__(self, truth: Truth, bend: float) -> None:
        self.truth, self.bend = truth, bend
        self.runs: list[tuple[str, float, int]] = []

    def shift(self, name: str, size: float, onset_ns: int, end_ns: int) -> Shift:
        self.runs.append((name, size, end_ns))
        truth = self.truth
        j = [h.name for h in truth.plant.hypotheses].index(name)
        kept = truth.wrong, truth.bend
        truth.wrong, truth.bend = np.ones_like(truth.wrong), self.bend
        fault = Fault(j, size, onset_ns // BLOCK_NS)
        blocks = range(onset_ns // BLOCK_NS - 12, end_ns // BLOCK_NS)
        shift = np.array([truth.effect(fault, i) for i in blocks])
        truth.wrong, truth.bend = kept
        usable = truth.usable[blocks.start : blocks.stop]
        ends = (np.array(blocks) + 1) * BLOCK_NS
        return Shift(ends, np.where(usable, shift.reshape(-1, M), np.nan), onset_ns)
