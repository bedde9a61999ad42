"""Water and films against CoolProp and figures worked out by hand."""

import casadi as ca
import numpy as np
import pytest

from fmus.physics.film import (
    WATER,
    between_knots,
    dispersion,
    film_at_knots,
    nusselt,
    turbulent_share,
)
from fmus.physics.material import INSULATION, WALLS
from fmus.physics.water import density
from fmus.plug import FILM_KNOTS_K

coolprop = pytest.importorskip("CoolProp.CoolProp")


def at(expression: object, symbol: ca.SX, value: float) -> float:
    return float(ca.Function("f", [symbol], [expression])(value))


@pytest.mark.parametrize("celsius", [0.5, 4.0, 25.0, 60.0, 90.0, 120.0, 150.0])
def test_density_of_water(celsius: float) -> None:
    T = ca.SX.sym("T")
    pressure = max(1.013e5, 1.01 * coolprop.PropsSI("P", "T", celsius + 273.15, "Q", 0, "Water"))
    expected = coolprop.PropsSI("D", "T", celsius + 273.15, "P", pressure, "Water")
    assert at(density(T), T, celsius + 273.15) == pytest.approx(expected, rel=2e-4)


def test_water_at_the_knots() -> None:
    for T, (mu, k, Pr) in zip(FILM_KNOTS_K, WATER, strict=True):
        state = ("T", T, "P", 5e5, "Water")
        assert mu == pytest.approx(coolprop.PropsSI("V", *state), rel=1e-3)
        assert k == pytest.approx(coolprop.PropsSI("L", *state), rel=1e-3)
        assert Pr == pytest.approx(coolprop.PropsSI("PRANDTL", *state), rel=1e-3)


def test_nusselt_number_by_hand() -> None:
    """Re 50 000, Pr 3: xi = (1.8 * 4.69897 - 1.5)^-2 = 0.020661; Nu = 209.9."""
    Re = ca.SX.sym("Re")
    root = np.sqrt(0.020661 / 8)
    by_hand = root**2 * 50e3 * 3.0 / (1 + 12.7 * root * (3.0 ** (2 / 3) - 1))
    assert at(nusselt(Re, 3.0), Re, 50e3) == pytest.approx(by_hand, rel=1e-3)
    assert at(nusselt(Re, 3.0), Re, 0.0) == pytest.approx(3.66, rel=1e-6)
    assert at(nusselt(Re, 3.0), Re, 1500.0) == pytest.approx(3.66, rel=0.1)
    half = 0.5 * (2300.0 + 10000.0)
    xi = (1.8 * np.log10(1e4) - 1.5) ** -2
    Nu_4 = xi / 8 * 1e4 * 3 / (1 + 12.7 * np.sqrt(xi / 8) * (3 ** (2 / 3) - 1))
    assert at(nusselt(Re, 3.0), Re, half) == pytest.approx(0.5 * (3.66 + Nu_4), rel=0.02)


def test_the_passage_to_turbulence_has_no_kink() -> None:
    Re = ca.SX.sym("Re")
    slope = ca.Function("s", [Re], [ca.jacobian(nusselt(Re, 5.0), Re)])
    slopes = np.array([float(slope(v)) for v in np.arange(0.0, 20000.0, 10.0)])
    assert np.all(np.isfinite(slopes))
    assert np.all(slopes >= 0.0)
    assert np.abs(np.diff(slopes)).max() < 0.06 * slopes.max()
    assert at(turbulent_share(Re), Re, 0.0) == pytest.approx(0.0, abs=1e-12)
    assert at(turbulent_share(Re), Re, 2e4) == pytest.approx(1.0, abs=2e-3)


def test_film_is_even_in_the_flow_and_finite_at_rest() -> None:
    m = ca.SX.sym("m")
    for G in film_at_knots(m, ca.SX(0.05), ca.SX(10.0)):
        assert at(G, m, 0.7) == at(G, m, -0.7)
        assert at(G, m, 0.0) > 0.0
        assert np.isfinite(float(ca.Function("g", [m], [ca.jacobian(G, m)])(0.0)))


def test_between_knots_is_linear_and_flat_outside() -> None:
    T = ca.SX.sym("T")
    values = [ca.SX(v) for v in (100.0, 200.0, 250.0)]
    expected = {250.0: 100.0, 283.15: 100.0, 308.15: 150.0, 358.15: 225.0, 500.0: 250.0}
    for where, value in expected.items():
        assert at(between_knots(values, T), T, where) == pytest.approx(value, rel=1e-12)


def test_dispersion_is_near_taylor_at_high_reynolds_numbers() -> None:
    """D = 10.1 r u sqrt(xi/8), Taylor 1954, within the scatter of measurements (40 %)."""
    m = ca.SX.sym("m")
    d, L, rho = 0.1, 50.0, 983.0
    u = 4.0 * 8.0 / (np.pi * d * d * rho)
    Re = u * d * rho / WATER[1][0]
    taylor = 10.1 * d / 2 * u * np.sqrt((1.8 * np.log10(Re) - 1.5) ** -2 / 8)
    found = at(dispersion(m, ca.SX(d), ca.SX(L), ca.SX(rho)), m, 8.0) * L * L
    assert found == pytest.approx(taylor, rel=0.4)
    assert at(dispersion(m, ca.SX(d), ca.SX(L), ca.SX(rho)), m, 0.0) == 0.0


def test_materials_store_what_their_kind_does() -> None:
    assert all(1e6 < m.capacity < 5e6 for m in WALLS.values())
    assert 3e4 < INSULATION < 2e5
