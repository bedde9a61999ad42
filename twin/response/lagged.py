"""A first-order lag of a held input, compiled.

`scipy.signal.lfilter` says the same, and its package takes a second to import.
"""

import numpy as np

from twin.compiled import compiled
from twin.response.trace import Floats


def _lagged(u: Floats, keep: float) -> Floats:
    follows = np.empty_like(u)
    value = 0.0
    for i in range(len(u)):
        follows[i] = value
        value = keep * value + (1.0 - keep) * u[i]
    return follows


_compiled = compiled(_lagged)


def lagged(u: Floats, keep: float) -> Floats:
    """What follows `u` with a lag, from 0 on: float64[n] in the units of `u`.

    The input of an interval acts on the sample at its end. `keep` [-] of a difference is left after
    an interval.
    """
    follows: Floats = _compiled(u, keep)
    return follows
