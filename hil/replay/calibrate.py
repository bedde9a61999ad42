"""Calibration of a site's models: some days of the rows, run through observers again and again."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hil.replay.moves import Rows
from hil.replay.watching import Watching
from twin.diagnosis.blocks import Block, Blocks
from twin.diagnosis.settings import Settings
from twin.errors import BadInput, PlantLost
from twin.observers.calibrate import Calibration, calibrate
from twin.observers.calibration import Parameter, parameters_of, with_values
from twin.observers.unknowns import unknowns_of
from twin.plant.equations import Equations
from twin.plant.fmu import FmuFile, Running, open_fmu
from twin.site.model import Site

DAY_NS = 86_400_000_000_000
DAYS = 8
"""Days that are kept, at most [-]: what a day says more than these is not worth its time."""
LEAST_STRIDE = 3
"""One day of so many is kept, or fewer [-]."""


@dataclass(frozen=True)
class Piece:
    """Rows that were kept."""

    t_ns: NDArray[np.int64]
    measured: NDArray[np.float64]
    good: NDArray[np.bool_]
    commands: NDArray[np.float64]
    commanded: NDArray[np.bool_]


class Excerpt:
    """Whole days, evenly spread over rows whose number nobody knows before they have passed."""

    def __init__(self) -> None:
        self._days: dict[int, list[Piece]] = {}
        self._stride = LEAST_STRIDE

    def take(self, rows: Rows) -> None:
        """Keep those of the days that are wanted."""
        day = (rows.t_ns - 1) // DAY_NS
        for number in np.unique(day):
            if number % self._stride == 0:
                own = day == number
                piece = Piece(
                    *(rows.t_ns[own], rows.measured[own], rows.good[own]),
                    *(rows.commands[own], rows.commanded[own]),
                )
                self._days.setdefault(int(number), []).append(piece)
        if len(self._days) > DAYS:
            self._stride *= 2
            self._days = {n: of for n, of in self._days.items() if n % self._stride == 0}

    @property
    def pieces(self) -> list[Piece]:
        """What was kept, in the order of time."""
        return [piece for _, of in sorted(self._days.items()) for piece in of]


def calibrated(site: Site, period_ns: int, rows: Iterable[Rows]) -> Calibration:
    """What some days of `rows` say of the parameters that the site wants calibrated.

    Of a site that names none nothing is asked: every conductance that is a little off would be a
    fault.

    Raises:
        BadInput: an FMU has no such parameter.
    """
    parameters = _parameters(site)
    if not parameters:
        return Calibration()
    excerpt = Excerpt()
    for block in rows:
        excerpt.take(block)
    pieces = excerpt.pieces
    if not pieces:
        return Calibration()
    also = tuple(p.hypothesis() for p in parameters)
    settings = Settings()

    def run(values: Mapping[str, float]) -> list[Block]:
        with Watching(with_values(site, values), period_ns, also=also) as watching:
            return list(_blocks(watching, pieces, settings))

    with Watching(site, period_ns, also=also) as watching:
        unknowns = unknowns_of(site, watching.plant, parameters, _reads(site, pieces))
    return calibrate(unknowns, run)


def _parameters(site: Site) -> tuple[Parameter, ...]:
    with ExitStack() as stack:
        running = Running(interface="model_exchange")
        files = {
            part: stack.enter_context(open_fmu(site.fmu_path(part), running=running))
            for part, told in site.twin.items()
            if told.watch and told.calibrate
        }
        parameters = parameters_of(site, files)
        for part, file in files.items():
            _differentiable(site, part, file)
        return parameters


def _differentiable(site: Site, part: str, file: FmuFile) -> None:
    """Refuse an FMU that gives no derivative by what is to be calibrated."""
    told = site.twin[part]
    inputs = [n for n, v in file.variables.items() if v.causality == "input" and v.is_real]
    at = np.array([file.variables[n].start or 0.0 for n in inputs])
    settings = site.plant.parts[part].parameters
    with Equations(file, part, inputs, list(told.watch), list(told.calibrate), settings) as model:
        x, _ = model.start(at)
        try:
            model.jacobian(0.0, x, at)
        except PlantLost as error:
            place = f"{site.document.path.name} twin.{part}.calibrate"
            rule = "its FMU gives no derivative by fixed parameters"
            raise BadInput(f"{place}: {rule} ({error})") from error


def _blocks(watching: Watching, pieces: list[Piece], settings: Settings) -> Iterable[Block]:
    plant = watching.plant
    blocks = Blocks(len(plant.signals), len(plant.hypotheses), plant.q, settings.block_share)
    for piece in pieces:
        steps = watching.observer.follow(
            *(piece.t_ns, piece.measured, piece.good, piece.commands, piece.commanded)
        )
        for step in steps:
            yield from blocks.take(step)


def _reads(site: Site, pieces: list[Piece]) -> dict[str, float]:
    """Mean of the good readings of each signal [SI]; 0 of one that had none."""
    good = np.concatenate([p.good for p in pieces])
    measured = np.where(good, np.concatenate([p.measured for p in pieces]), 0.0)
    mean = measured.sum(axis=0) / np.maximum(good.sum(axis=0), 1)
    return dict(zip(site.signals, mean.tolist(), strict=True))
