"""The inner loops of the bank as machine code. Importing this file imports numba (0.5 s)."""

from math import erfc, log, sqrt

import numpy as np

from twin.compiled import compiled


@compiled
def log_phi(x):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Log of the standard normal distribution function at x [-]."""
    if x > -5.0:
        return log(0.5 * erfc(-x / sqrt(2.0)))
    # asymptotic series; at -5 its relative error is below 1e-4
    i = 1.0 / (x * x)
    return (
        -0.5 * x * x
        - log(-x)
        - 0.9189385332046727
        + log(1.0 - i * (1.0 - 3.0 * i * (1.0 - 5.0 * i * (1.0 - 7.0 * i))))
    )


@compiled
def score(b, a, threshold, low, high, log_odds, seen, size, llr, odds):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Fill size, llr and odds [rows, k] from projections b [rows, k] and information a [k]."""
    rows, k = b.shape
    for j in range(k):
        t2 = threshold[j] * threshold[j]
        if not a[j] * t2 > seen * seen:
            size[:, j] = 0.0
            llr[:, j] = 0.0
            odds[:, j] = -np.inf
            continue
        precision = a[j] + 1.0 / t2
        occam = log_odds[j] - 0.5 * log(a[j] * t2 + 1.0)
        sign = 1.0 if low[j] >= 0.0 else (-1.0 if high[j] <= 0.0 else 0.0)
        for i in range(rows):
            s = min(max(b[i, j] / a[j], low[j]), high[j])
            size[i, j] = s
            llr[i, j] = s * (2.0 * b[i, j] - s * a[j])
            o = occam + 0.5 * b[i, j] * b[i, j] / precision
            if sign != 0.0:
                o += log(2.0) + log_phi(sign * b[i, j] / sqrt(precision))
            odds[i, j] = o


@compiled
def whiten(covariance, columns):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """L^-1 columns with covariance = L L'; both are overwritten, L in the lower half."""
    n, k = columns.shape
    for i in range(n):
        for j in range(i + 1):
            total = covariance[i, j]
            for p in range(j):
                total -= covariance[i, p] * covariance[j, p]
            if i == j:
                covariance[i, i] = sqrt(total)
            else:
                covariance[i, j] = total / covariance[j, j]
        for p in range(i):
            factor = covariance[i, p]
            for c in range(k):
                columns[i, c] -= factor * columns[p, c]
        for c in range(k):
            columns[i, c] /= covariance[i, i]


@compiled
def with_leverage(healthy, lever, strange, inverse, usual, x, signals, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Fill out [n, n]: healthy + lever * sqrt(h_i h_j), of some signals, and strange * g^2 of each.

    h is by how much x' inverse x is more than usual, g the last column of x.
    """
    n, f = len(signals), x.shape[1]
    h = np.empty(n)
    for i in range(n):
        total = 0.0
        row = x[signals[i]]
        for p in range(f):
            part = 0.0
            for q in range(f):
                part += inverse[signals[i], p, q] * row[q]
            total += row[p] * part
        h[i] = sqrt(max(total - usual[signals[i]], 0.0))
    for i in range(n):
        for j in range(n):
            a, b = signals[i], signals[j]
            out[i, j] = healthy[a, b] + lever[a, b] * h[i] * h[j]
        out[i, i] += strange[signals[i]] * x[signals[i], f - 1] ** 2


@compiled
def push(block, sums, panes, means, clock, pane_blocks):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Add one block [m, c] of every usable signal; close panes that are full.

    Args:
        block: float64[m, c] values of the block, then usable bool[m] and its end [ns].
        sums: float64[m, c], of the open pane.
        panes: float64[m, P, c], ring of means.
        means: float64[m, c], mean of the ring.
        clock: int64[m] count, next, filled, last_ns, and int64[m, P] ends.
        pane_blocks: blocks of a pane.

    Returns:
        How many signals closed a pane.
    """
    values, usable, t_ns = block
    count, following, filled, last_ns, ends = clock
    m, n_panes, c = panes.shape
    closed = 0
    for i in range(m):
        if not usable[i]:
            continue
        last_ns[i] = t_ns
        count[i] += 1
        for q in range(c):
            sums[i, q] += values[i, q]
        if count[i] < pane_blocks:
            continue
        closed += 1
        slot = following[i]
        for q in range(c):
            panes[i, slot, q] = sums[i, q] / pane_blocks
            sums[i, q] = 0.0
            means[i, q] = 0.0
        ends[i, slot] = t_ns
        count[i] = 0
        following[i] = (slot + 1) % n_panes
        filled[i] = min(filled[i] + 1, n_panes)
        for p in range(n_panes):
            for q in range(c):
                means[i, q] += panes[i, p, q]
        for q in range(c):
            means[i, q] /= n_panes
    return closed


@compiled
def profile(panes, following, weights, out):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Fill out [m, c] with the sum over panes, oldest first, times weights [P]."""
    m, n_panes, c = panes.shape
    for i in range(m):
        out[i, :] = 0.0
        for p in range(n_panes):
            slot = (following[i] + p) % n_panes
            for q in range(c):
                out[i, q] += weights[p] * panes[i, slot, q]
