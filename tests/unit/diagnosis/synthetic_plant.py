"""A plant for the diagnosis alone: innovations with a truth that no model of the bank describes.

Twelve signals of three parts, 26 faults, eight nuisances. The truth differs from what the bank is
told: a bias that bends with the operating point (products and saturations that the regression has
no features for), mismatch coloured over 2 h, 1 d and 10 d and mixed between signals, signatures
that are wrong by some 10 % an entry, faults that arrive through a lag and grow more than in
proportion, trips of the heat pump, seasons that commissioning has not seen.
"""

from dataclasses import dataclass

import numpy as np

from twin.diagnosis.blocks import Block
from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.learned import Plant
from twin.diagnosis.settings import BLOCK_NS, DAY_BLOCKS

PARTS = ("cooling_loop", "heat_pump", "network")
PART_OF = (0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2)
UNITS = ("K", "K", "K", "kg/s", "K", "K", "K", "kg/s", "W", "K", "K", "kg/s")
BIAS = {"K": 2.0, "kg/s": 3.0, "W": 2e5}
"""Full size of a sensor's bias, as in the catalogue."""
M = 12
FULL = 8.0
"""A full bias in standard deviations of the mismatch of a day."""


def bank(seed: int = 1) -> tuple[Plant, np.ndarray, np.ndarray]:
    """Plant, signatures at the mean operating point [m, k], and how they grow with load [k]."""
    random = np.random.default_rng(seed)
    si = np.array([BIAS[u] for u in UNITS])
    hypotheses, columns, growth = [], [], []

    def add(name, part, kind, unit, threshold, low, high, column, grows):
        hypotheses.append(Hypothesis(name, PARTS[part], kind, unit, threshold, low, high, "look"))
        columns.append(column)
        growth.append(grows)

    for i in range(M):
        column = np.zeros(M)
        column[i] = 1.0
        if i in (3, 4, 7, 9):  # a reading that the next part's model is driven by
            column[(i + 1) % M] -= 0.5 * si[(i + 1) % M] / si[i]
            column[(i + 2) % M] += 0.3 * si[(i + 2) % M] / si[i]
        size = si[i]
        add(f"s{i}.bias", PART_OF[i], "sensor", UNITS[i], size, -50 * size, 50 * size, column, 0.0)
    for n in range(14):
        part = n % 3
        own = [i for i in range(M) if PART_OF[i] == part]
        column = np.zeros(M)
        hit = random.choice(own, size=min(3, len(own)), replace=False)
        reach = si[hit] * random.uniform(0.3, 0.8, len(hit))
        column[hit] = reach * random.choice([-1, 1], len(hit))
        kind = ("process", "process", "actuator")[n % 3 if n < 9 else 0]
        add(f"{PARTS[part]}.f{n}", part, kind, "-", 0.3, 0.0, 1.0, column / 0.3, 0.8)
    for n in range(8):
        part = n % 3
        own = [i for i in range(M) if PART_OF[i] == part]
        if n < 3:  # tolerance of the very thing that can break
            column, grows, width = columns[12 + n].copy(), 0.8, 0.06
        else:
            column, grows, width = np.zeros(M), 1.5, 0.1
            hit = random.choice(own, size=2, replace=False)
            column[hit] = si[hit] * random.uniform(0.3, 0.8, 2) * random.choice([-1, 1], 2)
        add(f"nuisance{n}", part, "nuisance", "-", width, -3 * width, 3 * width, column, grows)
    names = tuple(f"s{i}" for i in range(M))
    plant = Plant(names, tuple(PARTS[p] for p in PART_OF), tuple(hypotheses), ("",) * 4)
    return plant, np.stack(columns, axis=1), np.array(growth)


@dataclass(frozen=True)
class Fault:
    """Something that is wrong from block `begin` on; a column of its own if it is in no bank."""

    hypothesis: int | None
    size: float
    begin: int
    column: np.ndarray | None = None
    ramp_blocks: int = 0


class Truth:
    """A drawn plant over `days`; the first block ends BLOCK_NS after `begin_ns`."""

    def __init__(self, seed: int, days: float, kind: str = "full", bank_seed: int = 1) -> None:
        random = np.random.default_rng([seed, 77])
        self.plant, self.S, self.growth = bank(bank_seed)
        self.n = int(days * DAY_BLOCKS)
        self.si = np.array([BIAS[u] for u in UNITS])
        scale = self.si / FULL if kind == "full" else 0.0 * self.si
        self.operating = self._operate(random)
        self.usable = self._trips(random) if kind == "full" else np.ones((self.n, M), bool)
        self.noise = self.si / FULL * 0.4 * random.normal(size=(self.n, M))
        self.mismatch = scale * (self._bias(random) + self._coloured(random))
        self.wrong = random.normal(1.0, 0.1, self.S.shape)
        self.bend = random.uniform(0.0, 0.3)

    def _ou(self, random, tau, m):
        keep = np.exp(-1.0 / tau)
        x = random.normal(size=(self.n, m))
        x[1:] *= np.sqrt(1.0 - keep**2)
        from scipy.signal import lfilter

        return lfilter([1.0], [1.0, -keep], x, axis=0)

    def _operate(self, random):
        day = (np.arange(self.n) + 1) / DAY_BLOCKS + random.uniform(0.0, 365.0)
        weekend = (day.astype(int) % 7 >= 5) * 1.0
        load = 0.8 + 0.08 * np.sin(2 * np.pi * (day - 0.35)) - 0.06 * weekend
        load += 0.03 * self._ou(random, 24, 1)[:, 0]
        ambient = -np.cos(2 * np.pi * (day - 20) / 365.0) + 0.3 * np.sin(2 * np.pi * day)
        ambient += 0.4 * self._ou(random, 4 * DAY_BLOCKS, 1)[:, 0]
        back = -0.3 * ambient + 0.3 * self._ou(random, 36, 1)[:, 0]
        flow = load * (1.0 + 0.05 * self._ou(random, 72, 1)[:, 0])
        return np.stack([load, ambient, back, flow], axis=1)

    def _trips(self, random):
        usable = np.ones((self.n, M), bool)
        t = 0.0
        while True:
            t += random.exponential(2.5 * DAY_BLOCKS)
            if t >= self.n:
                return usable
            end = int(t + random.uniform(6, 24) + 6)  # half an hour to settle
            usable[int(t) : end, 4:9] = False
            if random.random() < 0.3:
                usable[int(t) : end, 9:] = False

    def _bias(self, random):
        load, ambient, back, _ = self.operating.T
        shapes = np.stack(
            [
                np.ones(self.n),
                (load - 0.8) / 0.08,
                ambient,
                back,
                np.tanh((load - 0.85) / 0.03),
                ambient * (load - 0.8) / 0.08,
                np.tanh(2 * ambient) * back,
            ],
            axis=1,
        )
        weights = (
            random.normal(size=(7, M)) * np.array([1.5, 0.6, 0.8, 0.5, 0.3, 0.25, 0.25])[:, None]
        )
        return shapes @ weights

    def _coloured(self, random):
        out = np.zeros((self.n, M))
        for tau, size in ((24, 0.6), (DAY_BLOCKS, 0.6), (10 * DAY_BLOCKS, 0.4)):
            mix = 0.7 * np.eye(M) + 0.3 * random.normal(size=(M, M)) / np.sqrt(3.0)
            out += size * self._ou(random, tau, M) @ mix.T
        return out

    def signature(self, block: int) -> np.ndarray:
        """What the bank is told, [m, k], at this block's load."""
        return self.S * (1.0 + self.growth * (self.operating[block, 0] - 0.8) / 0.8)

    def effect(self, fault: Fault, block: int) -> np.ndarray:
        """What the fault does to the innovations, [m]."""
        age = block - fault.begin
        if age < 0:
            return np.zeros(M)
        size = fault.size * (min(1.0, age / fault.ramp_blocks) if fault.ramp_blocks else 1.0)
        sensor = fault.hypothesis is not None and fault.hypothesis < M
        settled = 1.0 - np.exp(-(age + 1) / (2.0 if sensor else 6.0))  # 10 and 30 min
        if fault.column is not None:
            return size * settled * fault.column
        j = fault.hypothesis
        h = self.plant.hypotheses[j]
        if h.kind == "sensor":
            return size * settled * self.signature(block)[:, j]
        bent = 1.0 + self.bend * (abs(size) / h.threshold - 0.5)
        return size * bent * settled * self.signature(block)[:, j] * self.wrong[:, j]

    def block(self, i: int, faults: tuple[Fault, ...] = ()) -> Block:
        r = self.mismatch[i] + self.noise[i]
        for fault in faults:
            r = r + self.effect(fault, i)
        usable = self.usable[i]
        return Block(
            (i + 1) * BLOCK_NS,
            np.where(usable, r, 0.0),
            np.where(usable, (0.4 * self.si / FULL) ** 2, 0.0),
            np.where(usable[:, None], self.signature(i), 0.0),
            usable,
            self.operating[i],
        )
