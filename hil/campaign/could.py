"""What the diagnosis itself says could be seen of a fault of a run, hour by hour.

Computed from signatures, covariances and thresholds of the hour: what innovations say has no part
in it, so a fault that is found and one that is not are listed alike.
"""

import numpy as np

from hil.campaign.scenario import Injected, Scenario
from twin.diagnosis.blocks import Block
from twin.diagnosis.learned import Plant
from twin.diagnosis.room import Way
from twin.diagnosis.today import HOUR_NS, Today


class Could:
    """Follows the faults of a scenario, each as if it were alone.

    What has no signature (a reading that stands still, a link, what the bank lacks) is not asked.
    """

    def __init__(self, plant: Plant, scenario: Scenario) -> None:
        self._share = scenario.share
        self._of = [_Of(plant, fault) for fault in scenario.faults]

    def take(self, block: Block, today: Today) -> None:
        """Ask once an hour, after the diagnosis has taken the block."""
        for of in self._of:
            of.take(block, today, self._share)

    @property
    def hidden(self) -> bool:
        """Whether of one fault not even the full size could be seen, from beginning to end."""
        return any(of.known and not of.full_h for of in self._of)

    @property
    def hours(self) -> float | None:
        """For how long the size that is there could be seen [h]; None if that was never asked.

        Of two faults the shorter time.
        """
        return min((of.there_h for of in self._of if of.known), default=None)


class _Of:
    """One fault."""

    def __init__(self, plant: Plant, fault: Injected) -> None:
        self._fault, self._begun_ns = fault, round(fault.at_s * 1e9)
        names = [h.name for h in plant.hypotheses]
        bias = fault.name.removesuffix("scale") + "bias"
        self._gain = fault.name.endswith(".scale")
        answer = bias if self._gain else fault.answer
        self._column = names.index(answer) if answer in names else None
        self._channel = _channel(plant, fault.name) if self._gain else None
        self._readings: list[float] = []
        self._most = 0.0
        self.full_h = self.there_h = 0.0
        self.known = False

    def take(self, block: Block, today: Today, share: float) -> None:
        if self._column is None or block.t_ns <= self._begun_ns:
            return
        self._read(block)
        if block.t_ns % HOUR_NS:
            return
        size = self._size(block.t_ns)
        if size is None:
            return
        self.known = True
        way: Way = 1 if self._fault.size_si > 0.0 else -1
        told = today.smallest(block.t_ns, self._begun_ns, grown=self._fault.drift, way=way)
        needs = told[self._column]
        self.full_h += size / share >= needs
        self.there_h += size >= needs

    def _read(self, block: Block) -> None:
        """How far a reading is from the zero of its scale, which a wrong gain is a share of."""
        if self._channel is None or block.readings is None:
            return
        i, zero = self._channel
        mean = float(block.readings.mean[i])
        if np.isfinite(mean):
            self._readings.append(abs(mean - zero))

    def _size(self, t_ns: int) -> float | None:
        """What is there by now, as the bank sizes it [SI]."""
        fault = self._fault
        if fault.drift:
            return abs(fault.size_si) * (t_ns - self._begun_ns) / 3.6e12
        if not self._gain:
            return abs(fault.size_si)
        if self._readings:
            self._most = max(self._most, float(np.mean(self._readings)))
            self._readings = []
        return abs(fault.size) * self._most if self._most else None


def _channel(plant: Plant, name: str) -> tuple[int, float] | None:
    """Number and zero of the reading whose gain is wrong."""
    signal = name.removesuffix(".scale")
    return next(((i, c.zero) for i, c in enumerate(plant.channels) if c.name == signal), None)
