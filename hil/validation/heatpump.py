"""The heat pump's map against measured points: fitted on some of them, judged on the others."""

from pathlib import Path

import numpy as np

from hil.validation.case import Case, Curves, Rival, mape
from hil.validation.heatpump_csv import read_map
from twin.errors import BadInput, refuse
from twin.estimation.heat_pump_fit import Flows, MapPoints, fit_map, rated_flows
from twin.estimation.heat_pump_map import Steady, steady_state

WAMAK = "heatpump_wamak_220kw_r513a.csv"
WAMAK_FLOWS = Flows(source=27.35 / 3600.0 * 997.0, sink=29.07 / 3600.0 * 985.0)
"""Stated nominal flows of 27.35 and 29.07 m3/h (data sheet), at 20 and 60 degC [kg/s]."""
HPLIB = Rival("hplib on its class of machines", 3.8)
"""MAPE of the COP [%], as the data's README gives it."""
_FEWEST_POINTS = 4
_KELVIN = 273.15


def cases(data: Path) -> list[Case]:
    """The maps in the folder of measured data; none if they are not there."""
    file = data / WAMAK
    return (
        [_judge("heatpump_wamak", read_map(file), 2, WAMAK_FLOWS, HPLIB)] if file.exists() else []
    )


def validate(csv: Path, train_every: int = 2, flows: Flows | None = None) -> Case:
    """The map in `csv`: every `train_every`-th point is for fitting, the others are for judging.

    `flows` are the nominal water flows; without them those of a rating point are taken.

    Raises:
        BadInput: a file or value that cannot be used, or too few points.
    """
    if train_every < 2:
        raise refuse(
            "--train-every", train_every, "must be 2 or more, or no point is left to judge"
        )
    return _judge(csv.stem, read_map(csv), train_every, flows)


def _judge(
    name: str, points: MapPoints, every: int, flows: Flows | None, rival: Rival | None = None
) -> Case:
    training = np.arange(points.P_electric.size) % every == 0
    if training.sum() < _FEWEST_POINTS:
        n, least = points.P_electric.size, (_FEWEST_POINTS - 1) * every + 1
        raise BadInput(
            f"{name}: {n} points; with --train-every {every}, {least} or more are needed"
        )
    parameters = fit_map(points.of(training), flows or rated_flows(points))
    unseen = points.of(~training)
    found = steady_state(parameters, unseen.T_source_in, unseen.T_sink_out)
    if not np.isfinite(found.cop).all():
        raise BadInput(f"{name}: the fitted map has no steady state at some of the points")
    metrics = _metrics(unseen, found)
    notes = (
        f"fitted on {training.sum()} points, judged on the other {unseen.P_electric.size}",
        "water flows as stated" if flows else "water flows of the rating point (EN 14511) assumed",
        *(f"{key} = {value:.6g}" for key, value in parameters.items()),
    )
    return Case(name, "mape_percent", metrics, _curves(unseen, found), rival, notes)


def _metrics(unseen: MapPoints, found: Steady) -> dict[str, float]:
    """`mape_percent` is the worse of the COP's and the heat's."""
    cop, heat = mape(unseen.cop, found.cop), mape(unseen.Q_condenser, found.Q_condenser)
    error = found.cop / unseen.cop - 1.0
    return {
        "mape_percent": max(cop, heat),
        "cop_mape_percent": cop,
        "heat_mape_percent": heat,
        "power_mape_percent": mape(unseen.P_electric, found.P_electric),
        "cop_max_percent": float(100.0 * np.max(np.abs(error))),
        "cop_bias_percent": float(100.0 * np.mean(error)),
    }


def _curves(unseen: MapPoints, found: Steady) -> Curves:
    return Curves(
        x=unseen.T_source_in - _KELVIN,
        x_label="source water in [°C], one branch a sink temperature",
        y_label="COP [-]",
        measured=unseen.cop,
        predicted=found.cop,
        others={},
        joined=False,
    )
