"""Loops in discrete time, written from the papers and sharing nothing with what judges them.

A first-order process with dead time under PI control, behind a valve that may stick: by Kano et
al. 2004 (after Choudhury et al. 2005), which slides on once it has come loose, or by He et al.
2007, which sticks again after each jump. Both have S = dead band plus jump and J = jump.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Valve = Callable[[float], float]


def free() -> Valve:
    return lambda u: u


def kano(s: float, j: float, start: float = 0.0) -> Valve:
    """`d` is the side that friction pushes to, `held` the command where the stem came to rest."""
    before, moved, held, d, stem, resting = start, 0.0, start, 1.0, start, False

    def follow(u: float) -> float:
        nonlocal before, moved, held, d, stem, resting
        move = u - before
        if move * moved <= 0.0 and not resting:
            held, resting = before, True
        if not resting or d * (u - held) > j:
            stem, resting = u - d * (s - j) / 2.0, False
        elif -d * (u - held) > s:
            d, resting = -d, False
            stem = u - d * (s - j) / 2.0
        before, moved = u, move
        return stem

    return follow


def he(s: float, j: float, start: float = 0.0) -> Valve:
    """`force` is what the command has wound up and friction holds."""
    static, kinetic = (s + j) / 2.0, (s - j) / 2.0
    before, force, stem = start, 0.0, start

    def follow(u: float) -> float:
        nonlocal before, force, stem
        force += u - before
        before = u
        if abs(force) > static:
            left = np.copysign(kinetic, force)
            stem, force = stem + force - left, float(left)
        return stem

    return follow


@dataclass(frozen=True)
class Run:
    t: Floats
    output: Floats
    stem: Floats
    value: Floats


def loop(
    *,
    gain: float = 1.0,
    tau_s: float = 10.0,
    theta_s: float = 2.0,
    kc: float = 1.0,
    ti_s: float = 10.0,
    valve: Valve | None = None,
    load: Callable[[Floats], Floats] = np.zeros_like,
    noise: float = 0.0,
    slow: float = 0.0,
    setpoint: float = 0.05,
    dt_s: float = 0.25,
    duration_s: float = 600.0,
    limits: tuple[float, float] = (-1.0, 1.0),
    seed: int = 0,
) -> Run:
    """From rest at 0 to a set point; a load adds to the valve, `slow` is the step of a random walk.

    Output, stem and load in the same unit; the process is exact for inputs that hold over a step.
    """
    valve = free() if valve is None else valve
    rng = np.random.default_rng(seed)
    n = round(duration_s / dt_s)
    t = np.arange(n) * dt_s
    disturbance = load(t) + np.cumsum(slow * rng.normal(size=n))
    read = noise * rng.normal(size=n)
    late = round(theta_s / dt_s)
    stays = np.exp(-dt_s / tau_s)
    x, integral, inputs = 0.0, 0.0, np.zeros(n + late + 1)
    output, stem, value = np.zeros(n), np.zeros(n), np.zeros(n)
    for k in range(n):
        value[k] = x + read[k]
        error = setpoint - value[k]
        wanted = kc * error + integral
        output[k] = min(max(wanted, limits[0]), limits[1])
        if output[k] == wanted:
            integral += kc / ti_s * error * dt_s
        stem[k] = valve(float(output[k]))
        inputs[k + late] = stem[k] + disturbance[k]
        x = stays * x + (1.0 - stays) * gain * inputs[k]
    return Run(t, output, stem, value)
