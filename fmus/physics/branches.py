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


def opening(x: SX) -> SX:
    """Relative conductance [-] of an equal-percentage valve that shuts tight, at position `x`."""
    return (ca.exp(EQUAL_PERCENTAGE * x) - 1.0) / _FULL


def conductance(x: SX, circuit: Circuit) -> SX:
    """Flow of each branch [-] at its nominal pressure drop, its valve at `x`, open = 1.

    k = φ / sqrt(φ² (1 - a) + a) with φ = opening(x) and the valve authority a.
    """
    phi, a = opening(x), circuit.authority
    return phi / ca.sqrt(phi * phi * (1.0 - a) + a)


def pull(k: SX, circuit: Circuit) -> SX:
    """Root [-] of the pressure over the branches at full speed, of nominal; column `k` is open.

    Branch i of N takes k_i/N times this; with the speed n it all grows like n (affinity laws),
    because pump, mains and branches are all quadratic. With K the mean of k, d = droop and
    s = mains, it is 1 / sqrt(K² (d + (1 - d) s) + (1 - d) (1 - s)): 1 with all valves open,
    finite with all shut.
    """
    K, d, s = ca.sum1(k) / k.numel(), circuit.droop, circuit.mains
    return 1.0 / ca.sqrt(K * K * (d + (1.0 - d) * s) + (1.0 - d) * (1.0 - s))


def head(n: SX, m: SX, circuit: Circuit) -> SX:
    """Head of the pump [-] of nominal, at speed `n` and flow `m`, both of nominal [-]."""
    return (n * n - circuit.droop * m * m) / (1.0 - circuit.droop)
