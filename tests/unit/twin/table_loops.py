"""A synthetic water loop at 1 Hz, and noise of many colours, for the detector of tables.

Levels, spreads, resolutions and correlation times are like those of small pump rigs: vibration that
is correlated over seconds, a motor current that beats, a coarse pressure, a motor temperature that
wanders by tenths of a kelvin, water that warms and cools slowly, a flow counted in whole pulses.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

NAMES = ("vibration1", "vibration2", "current", "pressure", "T_motor", "T_water", "voltage", "flow")
ROWS, HEAD, BEGIN, END = 1150, 400, 575, 985


def wander(rng: np.random.Generator, n: int, rows: float, sd: float) -> Array:
    """Noise that forgets within so many `rows`."""
    a = np.exp(-1.0 / rows)
    steps = rng.standard_normal(n) * sd * np.sqrt(1.0 - a * a)
    steps[0] = rng.standard_normal() * sd
    for i in range(1, n):
        steps[i] += a * steps[i - 1]
    return steps


def healthy(rng: np.random.Generator, n: int = ROWS) -> dict[str, Array]:
    """Channels before they are rounded."""
    noise = rng.standard_normal
    beat = np.sin(2 * np.pi * np.arange(n) / rng.uniform(70, 130) + rng.uniform(0, 6.3))
    line = noise(n)
    return {
        "vibration1": 0.0264 + wander(rng, n, 5, 2e-4) + wander(rng, n, 60, 1e-4) + 2e-4 * noise(n),
        "vibration2": 0.0402 + wander(rng, n, 5, 6e-4) + wander(rng, n, 60, 3e-4) + 4e-4 * noise(n),
        "current": 1.0 + 0.22 * beat + 0.12 * line + 0.12 * noise(n),
        "pressure": 0.1 + 0.3 * noise(n),
        "T_motor": 79 + wander(rng, n, 60, 0.2) + np.cumsum(noise(n)) * 0.012 + 0.09 * noise(n),
        "T_water": 26 + np.cumsum(wander(rng, n, 30, 0.001)) + 0.006 * noise(n),
        "voltage": 231 + 11 * line,
        "flow": 32.25 + wander(rng, n, 200, 0.05),
    }


def table(channels: dict[str, Array], rng: np.random.Generator) -> Array:
    """As it would be logged: pressure in coarse steps, flow in whole pulses a second."""
    logged = dict(channels)
    logged["pressure"] = np.round(channels["pressure"] / 0.328) * 0.328
    logged["flow"] = np.floor(channels["flow"] + rng.random(len(channels["flow"])))
    return np.stack([logged[name] for name in NAMES], axis=1)


def there_and_back(rise: float, n: int = ROWS) -> Array:
    """0 before the episode, 1 in it, 0 after, with a time constant of `rise` rows."""
    t = np.arange(n, dtype=float)
    up = 1.0 - np.exp(-np.maximum(t - BEGIN, 0.0) / rise)
    top = 1.0 - np.exp(-(END - BEGIN) / rise)
    return np.where(t < END, up, top * np.exp(-np.maximum(t - END, 0.0) / rise))


def throttled(c: dict[str, Array], rng: np.random.Generator) -> None:
    """A valve is half closed and opened again; the motor cools and stays cool."""
    c["flow"] -= 0.6 * there_and_back(3)
    t = np.arange(len(c["flow"]), dtype=float)
    c["T_motor"] -= 4.0 * (1.0 - np.exp(-np.maximum(t - BEGIN - 20, 0.0) / 60))


def unbalanced(c: dict[str, Array], rng: np.random.Generator) -> None:
    """The rotor is out of balance."""
    c["vibration1"] += 0.003 * there_and_back(3)
    c["vibration2"] += 0.006 * there_and_back(3)


def heated(c: dict[str, Array], rng: np.random.Generator) -> None:
    """Hot water is let in."""
    t = np.arange(len(c["flow"]), dtype=float)
    c["T_water"] += 3.0 * (1.0 - np.exp(-np.maximum(t - BEGIN - 15, 0.0) / 60))
    c["vibration1"] -= 0.001 * there_and_back(20)


def cavitating(c: dict[str, Array], rng: np.random.Generator) -> None:
    """The pump cavitates: less flow, rough vibration."""
    c["flow"] -= 2.0 * there_and_back(20)
    c["vibration2"] += 0.003 * there_and_back(10) * rng.standard_normal(len(c["flow"]))


FAULTS: dict[str, Callable[[dict[str, Array], np.random.Generator], None]] = {
    f.__name__: f for f in (throttled, unbalanced, heated, cavitating)
}


def episode(fault: str | None, seed: int) -> tuple[Array, NDArray[np.bool_]]:
    """Table and truth of one run."""
    rng = np.random.default_rng([7, seed])
    channels = healthy(rng)
    truth = np.zeros(ROWS, dtype=bool)
    if fault is not None:
        FAULTS[fault](channels, rng)
        truth[BEGIN:END] = True
    return table(channels, rng), truth


def coloured(kind: str, rng: np.random.Generator, n: int = 1100) -> Array:
    """One channel of fault-free noise."""
    white = rng.standard_normal(n)
    match kind:
        case "white":
            return white
        case "short memory":
            return wander(rng, n, 2, 1.0)
        case "long memory":
            return wander(rng, n, 50, 1.0) + white
        case "random walk":
            return 0.1 * np.cumsum(rng.standard_normal(n)) + white
        case "coarse":
            return np.round(0.5 * white + 0.2)
        case "beat":
            phase = 2 * np.pi * np.arange(n) / 90 + rng.uniform(0, 6.3)
            return white + 1.5 * np.sin(phase)
        case "warming":
            settling = 10.0 * np.exp(-np.arange(n) / 400)
            return settling + 0.02 * np.cumsum(rng.standard_normal(n)) + 0.1 * white
        case "heavy tails":
            return rng.standard_t(3, n)
    raise ValueError(kind)


COLOURS = (
    "white",
    "short memory",
    "long memory",
    "random walk",
    "coarse",
    "beat",
    "warming",
    "heavy tails",
)
