"""What was already wrong when commissioning began: it must not be learned as normal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from twin.diagnosis.hypothesis import Hypothesis
from twin.estimation.prior_fit import Prior, Settled, most_likely

LEAST = 0.5
"""Share of the catalogue's size from which a fault at commissioning is said [-]."""
CERTAIN = 40.0
"""Twice the log-likelihood ratio from which it is said [-]: faults that calibration cannot take
over gave 44 and more (tuned on drawn plants, see decision 0027)."""
LIKELIER = 30.0
"""By so much more likely the means of days must be with it, their variance an unknown too [-]: such
faults gave 40 and more, healthy plants at most 21, a valve that hardly matters 0 with an LLR of
37 (tuned likewise)."""
FREE = 10.0
"""Before the data, the size of a fault has this multiple of the catalogue's size as its standard
deviation [-]: no knowledge."""
ALIKE = 6.0
"""Faults that explain the data worse by no more than this are said to look alike [-]: twice the log
odds of 20 to 1."""


@dataclass(frozen=True)
class Present:
    """A fault that explains the commissioning's data better than any calibration within priors."""

    fault: str
    size: float
    """In the unit of its hypothesis."""
    llr: float
    """Twice the log-likelihood ratio against calibration alone, by the variance it leaves [-]."""
    alike: tuple[str, ...]
    """Other faults that explain it about as well."""


def already_there(
    settled: Callable[[Prior], Settled], prior: Prior, faults: Mapping[int, Hypothesis]
) -> Present | None:
    """The fault that would explain most, if it is material and nothing else can explain as much.

    Each fault is freed in turn, and everything that calibration may move moves with it: what a
    conductance within its tolerance, or an offset within its, can explain is no fault. How certain
    it is is judged by how much days vary once it has explained its share: by what is left without
    it, a large fault would hide in the very variance that it makes. Which of several it is is not,
    as each has a variance of its own: it is the one with which the run is likeliest.

    Args:
        settled: what a run says with a prior.
        prior: of all parameters; that of a fault is pinned, or the tolerance of its sensor.
        faults: column -> fault that may be there.
    """
    without, found = settled(prior).unlikely, []
    for column, h in faults.items():
        freed = settled(prior.freed(column, FREE * h.threshold))
        size = float(freed.estimate.value[column])
        llr = most_likely(freed.of, prior).cost - freed.estimate.cost
        gain = without - freed.unlikely
        if llr >= CERTAIN and gain >= LIKELIER and abs(size) >= LEAST * h.threshold:
            found.append((gain, h.name, size, llr))
    if not found:
        return None
    most, name, size, llr = max(found)
    alike = tuple(n for other, n, *_ in found if n != name and most - other <= ALIKE)
    return Present(name, size, llr, alike)
