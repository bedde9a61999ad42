"""Equal branches in parallel behind one pump: flows in closed form, because all is quadratic."""

from dataclasses import dataclass

import casadi as ca

from fmus.equations import SX

EQUAL_PERCENTAGE = 3.912023005428146
"""ln 50: an equal-percentage valve of rangeability 50 [-]."""
_FULL = 49.0


@dataclass(frozen=True, eq=False)
class Circuit:
    """Shares [-] of the pressures at nominal flow and full speed.

    `droop`: of the pump's shut-off head, lost inside the pump; `mains`: of the head that is
    left, lost in what all branches share; `authority`: of a branch's drop, across its open valve.
    """

    droop: SX
    mains: SX
    authority: SX


@dataclass(frozen=True, eq=False)
class Flows:
    """Relative to nominal at full speed [-]: of each branch, together, and the pump's head."""

    branch: SX
    total: SX
    head: SX


def opening(x: SX) -> SX:
    """Relative conductance [-] of an equal-percentage valve that shuts tight, at position `x`."""
    return (ca.exp(EQUAL_PERCENTAGE * x) - 1.0) / _FULL


def parallel(x: SX, circuit: Circuit) -> Flows:
    """Flows of the pump at *full* speed with branch valves at positions `x` [-], a column.

    Everything scales with the speed n: flows by n, heads by n² (affinity laws), because pump,
    mains and branches are all quadratic. A branch of nominal flow 1/N has the relative
    conductance

        k = φ / sqrt(φ² (1 - a) + a),   φ = opening(x), a = authority

    and with K the mean of k, d = droop, s = mains the total flow relative to nominal is

        r = K / sqrt(K² (d + (1 - d) s) + (1 - d) (1 - s))

    which is 1 with all valves open and 0, with a finite slope, with all shut. Branch i takes
    the share k_i / sum(k), written without that quotient.
    """
    n, a = x.numel(), circuit.authority
    phi = opening(x)
    k = phi / ca.sqrt(phi * phi * (1.0 - a) + a)
    K = ca.sum1(k) / n
    d, s = circuit.droop, circuit.mains
    flow_per_k = 1.0 / ca.sqrt(K * K * (d + (1.0 - d) * s) + (1.0 - d) * (1.0 - s))
    total = K * flow_per_k
    head = (1.0 - d * total * total) / (1.0 - d)
    return Flows(k * flow_per_k / n, total, head)
