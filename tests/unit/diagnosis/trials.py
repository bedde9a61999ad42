"""Runs of the diagnosis on drawn plants: what the score card is counted from."""

import copy
from dataclasses import dataclass

import numpy as np
from synthetic_plant import Fault, M, Truth

from twin.diagnosis.commissioning import Commissioning
from twin.diagnosis.diagnosis import Diagnosis
from twin.diagnosis.settings import BLOCK_NS, DAY_BLOCKS, Settings

COMMISSIONING = 28 * DAY_BLOCKS


def commissioned(truth: Truth, settings: Settings | None = None) -> Diagnosis:
    gathered = Commissioning(truth.plant, settings)
    for i in range(COMMISSIONING):
        gathered.take(truth.block(i))
    return Diagnosis(truth.plant, gathered.learn(), settings)


@dataclass(frozen=True)
class Quiet:
    years: float
    events: list
    alarm_blocks: int


def healthy(diagnosis: Diagnosis, truth: Truth, begin: int, end: int) -> Quiet:
    events, alarm = [], 0
    for i in range(begin, end):
        known = {e.number for e in diagnosis.events}
        news = diagnosis.take_block(truth.block(i))
        events += [e for e in news if e.cleared_ns is None and e.number not in known]
        alarm += bool(diagnosis.events)
    return Quiet((end - begin) / DAY_BLOCKS / 365, events, alarm)


@dataclass(frozen=True)
class Trial:
    faults: tuple
    delay_h: float
    """Until the first event, NaN if none."""
    first: object
    last: object
    """Verdicts as raised, and as they are at the end."""
    all_last: tuple


def trial(ready: Diagnosis, truth: Truth, faults: tuple[Fault, ...], blocks: int) -> Trial:
    diagnosis = copy.deepcopy(ready)
    begin = min(f.begin for f in faults)
    delay, first = np.nan, None
    for i in range(begin, min(begin + blocks, truth.n)):
        diagnosis.take_block(truth.block(i, faults))
        if first is None and diagnosis.events:
            first = diagnosis.events[0]
            delay = (i + 1 - begin) * BLOCK_NS / 3.6e12
    verdicts = tuple(e.verdict for e in diagnosis.events)
    return Trial(
        faults, delay, first and first.verdict, verdicts[0] if verdicts else None, verdicts
    )


def listed(truth: Truth, begin: int, share: float) -> list[Fault]:
    """One of each fault of the bank; sensors read too high or too low in turn."""
    found = []
    for j, h in enumerate(truth.plant.hypotheses):
        if h.kind != "nuisance":
            sign = -1.0 if h.low < 0.0 and j % 2 else 1.0
            found.append(Fault(j, sign * share * h.threshold, begin))
    return found


def unlisted(truth: Truth, begin: int, n: int, seed: int) -> list[tuple[Fault, int]]:
    """Directions over the signals of a part, none parallel to a listed fault; (fault, part)."""
    random = np.random.default_rng([seed, 5])
    S = truth.S / truth.si[:, None]
    S = S / np.linalg.norm(S, axis=0)
    parts = [truth.plant.parts.index(p) for p in truth.plant.part_of]
    found = []
    while len(found) < n:
        part = len(found) % 3
        own = np.array(parts) == part
        column = np.where(own, random.normal(size=M), 0.0)
        column /= np.linalg.norm(column)
        if np.max(np.abs(column @ S)) < 0.85:
            found.append((Fault(None, 1.0, begin, column * truth.si), part))
    return found
