"""Heat exchangers as conductances [W/K] that hold at any flow, zero included."""

import casadi as ca

from fmus.equations import SX

_TINY = 1e-6
"""Keeps 0/0 out of `counterflow` [W2/K2]; seen below a flow of about 1e-9 kg/s."""
_NTU_TURN = 3.0
_TINY_NTU = 1e-6


def counterflow(UA: SX, C_hot: SX, C_cold: SX) -> SX:
    """Conductance between the two *inlet* temperatures of a counterflow exchanger [W/K].

    Effectiveness-NTU (VDI Heat Atlas C1), written so that equal capacity flows and zero flow
    are ordinary points: with x = UA (1/C_hot - 1/C_cold) / 2,

        1/G = x coth(x) / UA + (1/C_hot + 1/C_cold) / 2

    `UA` [W/K], capacity flows `C_hot`, `C_cold` [W/K], all >= 0. Zero flow or zero UA give 0.
    """
    product = C_hot * C_cold
    x = UA * (C_cold - C_hot) / (2.0 * product + _TINY)
    z = ca.sqrt(x * x + 1e-8)  # x coth(x) is even and 1 + x^2/3 at 0: exact to 4e-9
    return UA * product / (product * z / ca.tanh(z) + 0.5 * UA * (C_hot + C_cold) + _TINY)


def series(UA_nominal: SX, film_a: SX, film_b: SX, share_a: float = 0.5) -> SX:
    """UA [W/K] of two films in series; `share_a` [-] of the nominal resistance sits in film a.

    `film_a`, `film_b`: film coefficients relative to nominal [-], > 0 (see `smooth.film`).
    """
    return UA_nominal / (share_a / film_a + (1.0 - share_a) / film_b)


def cell(UA: SX, C: SX) -> SX:
    """Conductance [W/K] from a mixed cell to its wall that gives plug flow's outlet.

    A mixed cell with UA leaves 1/(1 + NTU) of the inlet difference, plug flow exp(-NTU). With
    UA (exp(NTU) - 1)/NTU the cell leaves exp(-NTU) too, so three cells are the exact
    single-stream exchanger at steady state. Past NTU = 3 a cell (hardly any flow) the factor
    turns back to 1: standing water sees the plain UA. `UA` and capacity flow `C` [W/K], >= 0.
    """
    ntu = UA / ca.sqrt(C * C + 1.0) + _TINY_NTU
    ntu = ca.fmin(ntu, _NTU_TURN * _NTU_TURN / ntu)
    return UA * (ca.exp(ntu) - 1.0) / ntu


def stream(UA: SX, C: SX) -> SX:
    """Conductance [W/K] between a stream's inlet and a wall of one temperature.

    C (1 - exp(-UA/C)): effectiveness of a single stream. `UA` and capacity flow `C` [W/K];
    `C` > 0.
    """
    return C * (1.0 - ca.exp(-UA / C))
