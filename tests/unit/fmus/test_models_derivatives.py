"""Derivatives of the plant's models at random points, near standstill too; exported, compiled."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from derivatives import Point

import fmus.cooling_loop.model
import fmus.district_network.model
import fmus.heat_pump.model
from fmus.equations import Model
from fmus.export.compile import native_platform
from fmus.export.package import build_model

POINTS = 100
LENGTHS = (1e-2, 1e-3, 1e-4, 1e-5)
TOLERANCE = 1e-6
MODELS: dict[str, Callable[[], Model]] = {
    "network": fmus.district_network.model.build,
    "cooling loop": fmus.cooling_loop.model.build,
    "heat pump, map": fmus.heat_pump.model.build,
    "heat pump, cycle": lambda: fmus.heat_pump.model.build(
        fmus.heat_pump.model.Structure(performance="cycle")
    ),
}


def _drawn(point: Point, rng: np.random.Generator, still: bool) -> tuple[np.ndarray, np.ndarray]:
    """States and inputs, and how far they move; next to no flow and closed valves if `still`."""
    at, reach = [], point.reach.copy()
    for i, v in enumerate(point.known):
        start = float(v.start)
        if v.unit == "1" and 0.0 <= start <= 1.0 and v.name != "warm":
            value = float(rng.uniform(0.05, 0.95))
        else:
            value = start + float(rng.uniform(-3.0, 3.0)) * reach[i]
        if still and v.unit in ("1", "kg/s"):
            value, reach[i] = 1e-3 * value, 1e-3 * reach[i]
        at.append(value)
    return np.array(at), reach


@pytest.mark.parametrize("name", MODELS)
def test_derivatives_are_central_differences(name: str, tmp_path: Path) -> None:
    path = build_model(MODELS[name](), tmp_path, platforms=[native_platform()], fmi=("3.0",))[0]
    point, rng = Point(path), np.random.default_rng(21)
    worst, apart = np.zeros(len(point.unknowns)), 0.0
    for k in range(POINTS):
        at, reach = _drawn(point, rng, still=k % 4 == 0)
        direction = rng.uniform(-1.0, 1.0, len(at)) * reach
        error, product = point.errors(at, direction, rng, LENGTHS)
        worst, apart = np.maximum(worst, error), max(apart, product)
    names = {v.valueReference: v.name for v in point.run.description.modelVariables}
    print(f"{name}: {worst.max():.1e} in {names[point.unknowns[int(worst.argmax())]]}, {apart:.1e}")
    assert 0.0 < worst.max() < TOLERANCE
    assert apart < 1e-12
