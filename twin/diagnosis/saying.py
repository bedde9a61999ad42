"""A cause as it is said to people: with its date, its evidence and what to look at."""

from twin.diagnosis.bank import Bank
from twin.diagnosis.evidence import shares, since
from twin.diagnosis.findings import Cause, Finding
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.settings import Settings
from twin.diagnosis.verdict import Likely, Standing, Verdict


def verdict_of(
    best: Finding, cause: Cause, plant: Plant, learned: Learned, bank: Bank, settings: Settings
) -> Verdict:
    """One cause of a finding; `bank` has just taken the block that it was found with."""
    fit, names = best.fit, plant.hypotheses
    j = cause.hypothesis
    column = None if j is None else j + (len(names) if cause.drift else 0)
    return Verdict(
        standing=Standing.UNKNOWN if j is None else Standing.FAULT,
        part=cause.part,
        fault=None if j is None else names[j].name,
        drift=cause.drift,
        unit="-" if j is None else names[j].unit,
        size=cause.size,
        low=cause.low,
        high=cause.high,
        probability=cause.probability,
        since_ns=since(fit, bank, settings.base(fit.window), column),
        group=tuple(names[i].name for i in cause.group),
        evidence=tuple(shares(fit, plant, learned, column, cause.size, cause.part)),
        window=settings.windows[fit.window].name,
        check="" if j is None else names[j].check,
        likely=tuple(Likely(names[i].name, p) for i, p in cause.likely),
    )
