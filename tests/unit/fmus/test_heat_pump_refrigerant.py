"""The refrigerant tables against CoolProp on random states."""

import casadi as ca
import numpy as np
import pytest
from CoolProp import CoolProp

from fmus.heat_pump.refrigerant import load

FLUIDS = ("R717", "R134a", "R1234ze(E)", "R600a", "R290")
STATES = 1000


class Fluid:
    """CoolProp on the tables' scale: liquid at 0 degC has 200 kJ/kg and 1 kJ/(kg.K)."""

    def __init__(self, name):
        self.state = CoolProp.AbstractState("HEOS", name)
        self.state.update(CoolProp.QT_INPUTS, 0.0, 273.15)
        self.h0, self.s0 = self.state.hmass() - 200e3, self.state.smass() - 1e3

    def __call__(self, inputs, a, b):
        self.state.update(inputs, a, b)
        s = self.state
        return s.T(), s.p(), s.hmass() - self.h0, s.smass() - self.s0, s.rhomass()

    def saturated(self, quality, T):
        return self(CoolProp.QT_INPUTS, quality, T)


def function(build, inputs):
    symbols = [ca.SX.sym(f"x{i}") for i in range(inputs)]
    made = build(*symbols)
    outputs = list(made) if isinstance(made, tuple) else [made]
    return ca.Function("f", symbols, outputs)


@pytest.mark.parametrize("name", FLUIDS)
def test_saturation(name):
    ours, fluid, rng = load(name), Fluid(name), np.random.default_rng(1)
    line = function(lambda T: (ours.p(T), ours.h_liquid(T), ours.h_vapour(T)), 1)
    inverse = function(ours.T_saturation, 1)
    worst_T = worst_h = worst_of_latent = 0.0
    for T in rng.uniform(ours.T_lowest, ours.T_highest, STATES):
        _, p, h_vapour, _, _ = fluid.saturated(1.0, T)
        h_liquid = fluid.saturated(0.0, T)[2]
        found_p, found_liquid, found_vapour = (float(v) for v in line(T))
        # the pressure's error as a temperature, by the oracle's own saturation line
        at_pressure = fluid(CoolProp.PQ_INPUTS, found_p, 1.0)[0]
        worst_T = max(worst_T, abs(at_pressure - T), abs(float(inverse(p)) - T))
        wrong = max(abs(found_liquid - h_liquid), abs(found_vapour - h_vapour))
        worst_h = max(worst_h, wrong / h_liquid)
        worst_of_latent = max(worst_of_latent, wrong / (h_vapour - h_liquid))
    assert worst_T < 0.005  # K; asked for: 0.3
    assert worst_h < 5e-5  # of the value; asked for: 5e-3
    assert worst_of_latent < 5e-5


@pytest.mark.parametrize("name", FLUIDS)
def test_suction(name):
    ours, fluid, rng = load(name), Fluid(name), np.random.default_rng(2)
    suction = function(ours.suction, 2)
    worst = np.zeros(4)
    for T, superheat in zip(
        rng.uniform(ours.T_lowest, 335.0, STATES), rng.uniform(0.01, 50.0, STATES), strict=True
    ):
        _, p, h_start, _, _ = fluid.saturated(1.0, T)
        latent = h_start - fluid.saturated(0.0, T)[2]
        _, _, h, s, rho = fluid(CoolProp.PT_INPUTS, p, T + superheat)
        found_h, found_s, found_rho = (float(v) for v in suction(T, superheat))
        wrong_h, wrong_s = abs(found_h - h), abs(found_s - s)
        worst = np.maximum(
            worst, [wrong_h / h, wrong_h / latent, wrong_s * T / latent, abs(found_rho / rho - 1)]
        )
    assert worst.max() < 1e-4  # asked for in enthalpy: 5e-3


@pytest.mark.parametrize("name", FLUIDS)
def test_subcooled_liquid(name):
    ours, fluid, rng = load(name), Fluid(name), np.random.default_rng(4)
    liquid = function(ours.h_liquid, 2)
    worst = np.zeros(2)
    for T, subcooling in zip(
        rng.uniform(263.15, ours.T_highest, STATES), rng.uniform(0.01, 30.0, STATES), strict=True
    ):
        _, p, h_start, _, _ = fluid.saturated(0.0, T)
        latent = fluid.saturated(1.0, T)[2] - h_start
        h = fluid(CoolProp.PT_INPUTS, p, T - subcooling)[2]
        wrong = abs(float(liquid(T, subcooling)) - h)
        worst = np.maximum(worst, [wrong / h, wrong / latent])
    assert worst[0] < 2e-3  # asked for: 5e-3; reached next to the critical point
    assert worst[1] < 4e-3


@pytest.mark.parametrize("name", FLUIDS)
def test_compression(name):
    """Work of isentropic compression relative to itself, and the temperature after a real one."""
    ours, fluid, rng = load(name), Fluid(name), np.random.default_rng(3)
    isentropic, warm = function(ours.h_isentropic, 2), function(ours.T_discharge, 2)
    worst_work = worst_T = worst_wet = 0.0
    highest_lift = 60.0 if name == "R717" else 75.0  # beyond, ammonia is hotter than any oil bears
    for _ in range(STATES):
        T_c = rng.uniform(270.0, min(ours.T_highest, 390.0))
        T_e = rng.uniform(max(ours.T_lowest, T_c - highest_lift), min(T_c - 5.0, 335.0))
        p_low, p_high = fluid.saturated(1.0, T_e)[1], fluid.saturated(1.0, T_c)[1]
        _, _, h, s, _ = fluid(CoolProp.PT_INPUTS, p_low, T_e + rng.uniform(0.01, 20.0))
        _, _, h_ideal, _, _ = fluid(CoolProp.PSmass_INPUTS, p_high, s + fluid.s0)
        work = h_ideal - h
        wrong = abs(float(isentropic(T_c, s)) - h_ideal) / work
        if s < fluid.saturated(1.0, T_c)[3]:
            worst_wet = max(worst_wet, wrong)
        worst_work = max(worst_work, wrong)
        h_real = h + work / rng.uniform(0.6, 0.9)
        T_real = fluid(CoolProp.HmassP_INPUTS, h_real + fluid.h0, p_high)[0]
        worst_T = max(worst_T, abs(float(warm(T_c, h_real)) - T_real))
    assert worst_work < 5e-4
    assert worst_T < 0.02
    assert (worst_wet > 0.0) == (name in ("R600a", "R1234ze(E)"))  # the wet branch was tried


@pytest.mark.parametrize("name", FLUIDS)
def test_slopes_are_right_and_finite_also_outside(name):
    ours = load(name)
    x = ca.SX.sym("x", 2)
    values = ca.vertcat(
        ours.p(x[0]) / 1e5, *ours.suction(x[0], x[1]), ours.h_isentropic(x[0], 1700.0 + x[1]),
        ours.T_discharge(x[0], 4e5 + 1e4 * x[1]),
    )  # fmt: skip
    f = ca.Function("f", [x], [values, ca.jacobian(values, x)])
    for T in (100.0, 250.0, 300.0, 330.0, 500.0):
        at, slope = (np.array(v) for v in f([T, 7.0]))
        assert np.isfinite(at).all()
        assert np.isfinite(slope).all()
        h = 1e-4
        for i in range(2):
            up, down = ([T, 7.0], [T, 7.0])
            up[i], down[i] = up[i] + h, down[i] - h
            difference = (np.array(f(up)[0]) - np.array(f(down)[0])).ravel() / (2 * h)
            assert slope[:, i] == pytest.approx(difference, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("name", FLUIDS)
def test_tables_are_those_of_the_script(name):
    from fmus.heat_pump.refrigerant_tables import table

    made, kept = table(name), load(name).table
    assert kept["source"].startswith("CoolProp ")
    assert made.keys() == kept.keys()
    for key in ("ln_p", "h_vapour", "discharge_h"):
        ours, theirs = (np.array(t[key]["coefficients"]) for t in (made, kept))
        assert np.max(np.abs(ours - theirs)) < 1e-9 * np.max(np.abs(theirs))
