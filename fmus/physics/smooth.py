"""Functions that stay finite, with finite slopes, where the textbook formula does not."""

import casadi as ca

from fmus.equations import SX


def fraction(value: SX) -> SX:
    """`value` limited to 0..1 [-]; what a command means when it leaves its range."""
    return ca.fmin(ca.fmax(value, 0.0), 1.0)


def at_least(value: SX, floor: float, softness: float) -> SX:
    """Smooth maximum of `value` and `floor`; off by `softness`/2 at the corner, same unit."""
    above = value - floor
    return floor + 0.5 * (above + ca.sqrt(above * above + softness * softness))


def largest(values: SX, softness: float) -> SX:
    """Smooth maximum of a column, in its unit; exact for one value.

    Pairs in a tree: of n values that are all equal it is `softness`/2 too high for each of the
    log2(n) levels, and nothing where one stands out by much more than `softness`.
    """
    left = [values[i] for i in range(values.numel())]
    while len(left) > 1:
        pairs = [_larger(a, b, softness) for a, b in zip(left[::2], left[1::2], strict=False)]
        left = pairs + (left[-1:] if len(left) % 2 else [])
    return left[0]


def _larger(a: SX, b: SX, softness: float) -> SX:
    return 0.5 * (a + b + ca.sqrt((a - b) * (a - b) + softness * softness))


def film(flow_ratio: SX, exponent: float, still: float = 0.02) -> SX:
    """Film coefficient relative to nominal [-] at a flow relative to nominal [-].

    `ratio**exponent` (0.8 for turbulent flow in a tube, Dittus and Boelter). Below `still`
    [-] it flattens out with zero slope: what natural convection leaves at standstill.
    """
    return ca.power(flow_ratio * flow_ratio + still * still, 0.5 * exponent)
