"""What was already wrong when commissioning began: it must not be learned as normal."""

from collections.abc import Mapping
from dataclasses import dataclass

from twin.diagnosis.hypothesis import Hypothesis
from twin.estimation.prior_fit import Prior, Quadratic, most_likely

LEAST = 0.5
"""Share of the catalogue's size from which a fault at commissioning is said [-]."""
CERTAIN = 50.0
"""Twice the log-likelihood ratio from which it is said [-]: a healthy plant's dry coolers gave 38
to a valve that hardly mattered, condenser fouling of 0.30 gave 85 (tuned on plant 1)."""
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
    """Twice the log-likelihood ratio against calibration alone [-]."""
    alike: tuple[str, ...]
    """Other faults that explain it about as well."""


def already_there(of: Quadratic, prior: Prior, faults: Mapping[int, Hypothesis]) -> Present | None:
    """The fault that would explain most, if it is material and nothing else can explain as much.

    Each fault is freed in turn, and everything that calibration may move moves with it: what a
    conductance within its tolerance, or an offset within its, can explain is no fault.

    Args:
        of: what a run said, about the parameters at which it was made.
        prior: of all parameters; that of a fault is pinned, or the tolerance of its sensor.
        faults: column -> fault that may be there.
    """
    without = most_likely(of, prior).cost
    found = []
    for column, h in faults.items():
        freed = most_likely(of, prior.freed(column, FREE * h.threshold))
        size, llr = float(freed.value[column]), without - freed.cost
        if llr >= CERTAIN and abs(size) >= LEAST * h.threshold:
            found.append((llr, h.name, size))
    if not found:
        return None
    llr, name, size = max(found)
    alike = tuple(n for other, n, _ in found if n != name and llr - other <= ALIKE)
    return Present(name, size, llr, alike)
