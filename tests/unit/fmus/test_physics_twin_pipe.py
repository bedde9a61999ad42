"""Loss of two pipes in the ground against the temperature field around them, found numerically."""

import numpy as np
import pytest

from fmus.equations import SX
from fmus.physics.twin_pipe import Laying, pair_loss

SURFACE = 0.0685


def _field(r_steel: float, r: float, k: float, k_soil: float, depth: float, C: float,
           T: tuple[float, float], order: int = 12) -> list[float]:  # fmt: skip
    """Loss of both pipes [W/m] against soil of 0, by least squares over multipoles.

    Soil: sources and multipoles of both pipes with images above the surface, which is at 0.
    Insulation: the harmonics of a ring whose inside has the pipe's temperature.
    """
    centres = [complex(-0.5 * C, -depth), complex(0.5 * C, -depth)]
    angles = 2.0 * np.pi * np.arange(8 * order) / (8 * order)
    n_unknown = 2 * (1 + 2 * order)

    def basis(z: np.ndarray) -> np.ndarray:
        """Temperature of every unknown source at points z (complex)."""
        columns = []
        for c in centres:
            a, b = z - c, np.conj(z) - c  # b: distance of the image
            columns.append(np.log(np.abs(b)) - np.log(np.abs(a)))
            for n in range(1, order + 1):
                difference = (r / a) ** n - (r / b) ** n
                columns += [difference.real, difference.imag]
        return np.stack(columns, axis=1)

    rows, right = [], []
    for pipe, c in enumerate(centres):
        direction = np.exp(1j * angles)
        h = 1e-6 * r
        at = basis(c + r * direction)
        flux = k_soil * (basis(c + (r + h) * direction) - basis(c + (r - h) * direction)) / (2 * h)
        for n in range(order + 1):
            # in the ring a harmonic leaves with flux = -k * slope * temperature
            ratio = (r / r_steel) ** (2 * n)
            slope = 1.0 / (r * np.log(r / r_steel)) if n == 0 else n / r * (ratio + 1) / (ratio - 1)
            for wave in (np.cos(n * angles), np.sin(n * angles)):
                if n == 0 and wave[1] == 0.0:
                    continue
                rows.append(wave @ (flux - k * slope * at))
                right.append(-k * slope * T[pipe] * wave.sum() if n == 0 else 0.0)
    assert len(rows) == n_unknown
    found = np.linalg.solve(np.array(rows), np.array(right))
    return [2.0 * np.pi * k_soil * found[i * (1 + 2 * order)] for i in range(2)]


def _loss(g: Laying, T: float, T_other: float) -> float:
    u = pair_loss(g)
    return float(u.own * (T - u.taken * T_other))


@pytest.mark.parametrize(
    ("d_steel", "insulation", "gap", "close"),
    [(0.2191, 0.068, 0.15, 0.01), (0.0603, 0.032, 0.15, 0.003), (1.016, 0.1, 0.2, 0.03)],
)
@pytest.mark.parametrize("T", [(80.0, 45.0), (80.0, 80.0), (80.0, 0.0)])
def test_both_losses_are_those_of_the_field(
    d_steel: float, insulation: float, gap: float, close: float, T: tuple[float, float]
) -> None:
    g = Laying(*[SX(v) for v in (d_steel, insulation, 0.027, 0.8, gap, 1.5)])
    r_steel, r = d_steel / 2, d_steel / 2 + insulation
    depth = 0.8 + r + SURFACE * 1.5
    expected = _field(r_steel, r, 0.027, 1.5, depth, 2 * r + gap, T)
    scale = max(abs(v) for v in expected)
    assert _loss(g, T[0], T[1]) == pytest.approx(expected[0], abs=close * scale)
    assert _loss(g, T[1], T[0]) == pytest.approx(expected[1], abs=close * scale)


def test_the_warmer_pipe_heats_the_colder_one() -> None:
    g = Laying(*[SX(v) for v in (0.2191, 0.068, 0.027, 0.8, 0.15, 1.5)])
    assert _loss(g, 0.0, 80.0) < 0.0
    assert _loss(g, 45.0, 80.0) < _loss(g, 45.0, 0.0)
