"""Cost of one Step of the diagnosis: m = 20 signals, k = 60 hypotheses, a healthy plant.

Prints CPU time (not wall time: the machine may be shared) of a Step through blocks and bank, and
what a site-year of minutes costs.
"""

import time

import numpy as np

from twin.diagnosis.blocks import Block
from twin.diagnosis.commissioning import Commissioning
from twin.diagnosis.diagnosis import Diagnosis
from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.learned import Plant
from twin.diagnosis.settings import BLOCK_NS, DAY_BLOCKS
from twin.estimation.step import Step

M, K, Q, DAYS = 20, 60, 8, 4
MINUTE_NS = 60_000_000_000
YEAR_STEPS = 525_600


def main() -> None:
    random = np.random.default_rng(1)
    signature = random.normal(size=(M, K)) * (random.random((M, K)) < 0.2)
    bank = tuple(
        Hypothesis(f"h{j}", "abcd"[j % 4], "process", "-", 5.0, 0.0, 50.0, "") for j in range(K)
    )
    plant = Plant(
        tuple(f"s{i}" for i in range(M)),
        tuple("abcd"[i % 4] for i in range(M)),
        bank,
        tuple("abcd"[i % 4] for i in range(Q)),
    )
    usable, variance = np.ones(M, bool), np.ones(M)
    gathered = Commissioning(plant)
    for i in range(28 * DAY_BLOCKS):
        gathered.take(
            Block(
                (i + 1) * BLOCK_NS,
                random.normal(size=M),
                variance,
                signature,
                usable,
                random.normal(size=Q),
            )
        )
    begin = time.process_time()
    diagnosis = Diagnosis(plant, gathered.learn())
    print(f"learning of 28 days: {time.process_time() - begin:.1f} s CPU")
    t_ns = 28 * DAY_BLOCKS * BLOCK_NS
    costs = []
    for _ in range(DAYS):
        noise = random.normal(size=(1440, M)) * 5**0.5
        operating = random.normal(size=(1440, Q))
        begin = time.process_time()
        for r, x in zip(noise, operating, strict=True):
            t_ns += MINUTE_NS
            diagnosis.take(Step(t_ns, r, variance, signature, usable, x))
        costs.append((time.process_time() - begin) / 1440.0)
    per = min(costs)
    print(f"one Step, m = {M}, k = {K}: {per * 1e6:.0f} us CPU; events: {len(diagnosis.events)}")
    print(f"a site-year: {per * YEAR_STEPS:.0f} s CPU")


if __name__ == "__main__":
    main()
