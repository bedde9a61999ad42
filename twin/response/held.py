"""What models of a step test share: an input that holds its values, and errors of a fit."""

from typing import Final, NamedTuple

import numpy as np

from twin.response.trace import Floats

MOST_CHANGES: Final = 500
"""Changes of the input up to which it is a test, not a controller at work [-] (assumed)."""

_SIGMAS: Final = 3.0
"""Standard deviations of what is left that a response exceeds [-]."""
_SINGULAR: Final = 1e8
"""Condition of a fit from which it does not depend on some parameter [-] (assumed)."""

_SAMPLES: Final = 20
"""Samples from which a test is one, half of them after the first change [-] (assumed)."""
_GOOD: Final = 0.97
"""R² from which a model is not called bad [-] (assumed)."""


class Held(NamedTuple):
    """When an input changes [s], by how much [SI], and the interval in which it was seen to [s]."""

    at: Floats
    by: Floats
    seen_s: float


def held(t: Floats, u: Floats) -> Held:
    """Changes of `u` [SI], which holds from one time [s] to the next."""
    i = np.flatnonzero(np.diff(u))
    seen_s = float(np.median(t[i + 1] - t[i])) if len(i) else 0.0
    return Held(t[i + 1], u[i + 1] - u[i], seen_s)


def refused(changes: Held, t: Floats) -> str:
    """Why these are no test over times [s], empty if they are."""
    if len(t) < _SAMPLES:
        return f"only {len(t)} samples"
    if len(changes.at) == 0:
        return "the input does not change"
    if np.count_nonzero(t > changes.at[0]) < 0.5 * _SAMPLES:
        return "ends as soon as the input has changed"
    if len(changes.at) > MOST_CHANGES:
        return f"the input changes {len(changes.at)} times: no step test"
    return ""


def drowned(moves: float, residual: float) -> str:
    """Why a response that `moves` so far [SI] is none beside `residual` [SI]; empty if it is."""
    if moves > _SIGMAS * residual:
        return ""
    return f"a response of {moves:.3g} does not stand out of what else moves, {residual:.3g}"


def root_mean_square(left: Floats) -> float:
    """Of what is left of a fit [SI]."""
    return float(np.sqrt(np.mean(left * left)))


def seen_late(error: float, changes: Held) -> float:
    """Standard error of a dead time [s] with the interval in which a change was seen to."""
    return float(np.hypot(error, changes.seen_s / np.sqrt(12.0)))


def linear(columns: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Coefficients of `columns` that fit `y` best, and what is left of it [SI]."""
    scale = np.maximum(np.sqrt(np.sum(columns * columns, axis=0)), 1e-300)
    found = np.linalg.lstsq(columns / scale, y, rcond=None)[0] / scale
    return found, y - columns @ found


def standard_errors(slopes: Floats, left: Floats) -> tuple[float | None, ...]:
    """Standard error of each parameter, from `slopes` of the fit over it and what is `left` [SI].

    As of least squares, with fewer independent samples where what is left has a memory r from
    sample to sample: (1 - r) / (1 + r) of them (Bayley, Hammersley: The "effective" number of
    independent observations in an autocorrelated time series, 1946). None where the fit does not
    depend on the parameter.
    """
    many = int(slopes.shape[1])
    size = np.sqrt(np.sum(slopes * slopes, axis=0))
    free = len(left) - many
    if free < 1 or not np.all(size > 0.0):
        return (None,) * many
    directions = slopes / size
    if float(np.linalg.cond(directions)) > _SINGULAR:
        return (None,) * many
    energy = float(left @ left)
    memory = float(left[1:] @ left[:-1]) / energy if energy > 0.0 else 0.0
    memory = min(max(memory, 0.0), 1.0 - 2.0 / len(left))
    variance = energy / free * (1.0 + memory) / (1.0 - memory)
    covariance = np.linalg.inv(directions.T @ directions) * variance
    return tuple(float(e) for e in np.sqrt(np.diagonal(covariance)) / size)


def explained(y: Floats, left: Floats) -> float | None:
    """Share of the variance that a fit explains, R² [-]; None of a value that does not move."""
    about = y - np.mean(y)
    energy = float(about @ about)
    return 1.0 - float(left @ left) / energy if energy > 0.0 else None


def misses(r2: float | None, residual: float, noise: float | None) -> str:
    """A sentence where a fit leaves much more [SI] than `noise` [SI], and of variance [-]."""
    if r2 is None or noise is None or r2 >= _GOOD or residual <= _SIGMAS * noise:
        return ""
    return f"fits badly, R2 {r2:.3g}: another kind of process, or something else moved it"
