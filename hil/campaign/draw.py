"""Draws a plant: which parameter of which model, and by how much, is in `mismatch.csv`."""

import csv
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np

from hil.campaign.plant import TUNING, PlantSpec, Sensor, Wandering
from twin.plant import described
from twin.plant.description import Description
from twin.site import Site
from twin.site.quantity import si_unit

OFFSET_K = 0.12
"""Standard deviation of a temperature sensor's offset [K]."""
GAIN = 0.012
"""Standard deviation of the relative error of every other sensor [-]."""
DIGIT_K = 0.1
"""Last digit of a temperature [K]."""
LAG_S = (10.0, 40.0)
"""Time constants of sensors in pockets, evenly between these [s] (assumed)."""
TRIPS_PER_YEAR = 6.0
"""Trips of each controller that can trip [1/a] (assumed)."""
TRUTH: Mapping[str, Mapping[str, Any]] = {
    "HeatPump": {"performance": "cycle"},
    "DistrictNetwork": {"transport": "sharp"},
}
"""Model: structure of the true plant, where the twin has the efficiency map and the smooth pipe."""
STEP_S = 5.0
"""Longest step of the true plant's solver [s]."""

_HERE = Path(__file__).parent


def table(name: str) -> list[dict[str, str]]:
    """Rows of one of the tables of this package."""
    with (_HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def draw_plant(site: Site, number: int, seed: int, fmus: Mapping[str, Path]) -> PlantSpec:
    """Plant `number` of the campaign `seed`; `fmus` are the parts as they truly are."""
    random = np.random.default_rng([seed, number, 1])
    parameters: dict[str, float] = {}
    wandering: list[Wandering] = []
    for part, declared in site.plant.parts.items():
        told = described(fmus.get(part) or site.fmu_path(part))
        given = {k: v for k, v in declared.parameters.items() if isinstance(v, int | float)}
        parameters |= _parameters(part, told, given, random)
        wandering += _wandering(site, part, told)
    return PlantSpec(
        name=f"plant_{number}",
        role="tuning" if number in TUNING else "reporting",
        seed=int(random.integers(2**31)),
        parameters=parameters,
        structures=true_structures(site),
        sensors={name: _sensor(signal.unit, random) for name, signal in site.signals.items()},
        disturbances=tuple(wandering),
        trips_per_year=TRIPS_PER_YEAR,
    )


def true_structures(site: Site) -> dict[str, dict[str, Any]]:
    """What the true plant has instead; parts with an FMU of somebody else stay as they are."""
    return {
        part: {**TRUTH.get(declared.fmu, {}), "step": STEP_S}
        for part, declared in site.plant.parts.items()
        if not declared.fmu.endswith(".fmu")
    }


def _parameters(
    part: str, told: Description, given: Mapping[str, float], random: np.random.Generator
) -> dict[str, float]:
    found: dict[str, float] = {}
    rows = [row for row in table("mismatch.csv") if row["model"] == told.model_name]
    for name, variable in told.variables.items():
        if variable.causality != "parameter" or not variable.is_real:
            continue
        row = next((r for r in rows if fnmatchcase(name, r["parameter"])), None)
        if row is None or not (nominal := float(given.get(name, variable.start or 0.0))):
            continue
        amount = float(row["amount"])
        push = random.normal(0.0, amount) if row["rule"] == "normal" else None
        factor = 1.0 + (random.uniform(-amount, amount) if push is None else push)
        low = -np.inf if variable.min is None else float(variable.min)
        high = np.inf if variable.max is None else float(variable.max)
        found[f"{part}.{name}"] = float(min(max(nominal * factor, low), high))
    return found


def _wandering(site: Site, part: str, told: Description) -> list[Wandering]:
    found = []
    for row in table("wandering.csv"):
        name = f"{part}.{row['name']}"
        variable = told.variables.get(row["name"])
        if row["model"] != told.model_name or variable is None:
            continue
        if name in site.boundary or variable.variability == "tunable":
            found.append(
                Wandering(
                    of=name,
                    deviation=float(row["deviation"]),
                    time=3600.0 * float(row["time_h"]),
                    relative=row["relative"] == "1",
                    low=float(row["low"]) if row["low"] else None,
                )
            )
    return found


def _sensor(unit: str, random: np.random.Generator) -> Sensor:
    error, lag_s = float(random.normal()), float(random.uniform(*LAG_S))
    if si_unit(unit) == "K":
        return Sensor(offset=OFFSET_K * error, resolution=DIGIT_K, lag=lag_s)
    return Sensor(gain=GAIN * error, lag=lag_s)
