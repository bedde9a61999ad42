"""Calibration of a site's models: some days of the rows, run through observers again and again."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack

import numpy as np

from hil.replay.watching import Watching
from twin.diagnosis.blocks import Block, Blocks
from twin.diagnosis.settings import Settings
from twin.errors import BadInput, PlantLost
from twin.observers.calibrate import Calibration, calibrate
from twin.observers.calibration import Parameter, parameters_of, with_values
from twin.observers.following import open_watched
from twin.observers.gaps import Rows, RowsLike
from twin.observers.unknowns import unknowns_of
from twin.plant.equations import Equations
from twin.plant.fmu import FmuFile
from twin.site.model import Site

DAY_NS = 86_400_000_000_000
DAYS = 8
"""Days that are kept, at most [-]: what a day says more than these is not worth its time."""
LEAST_STRIDE = 3
"""One day of so many is kept, or fewer [-]."""


class Excerpt:
    """Whole days, evenly spread over rows whose number nobody knows before they have passed."""

    def __init__(self) -> None:
        self._days: dict[int, list[Rows]] = {}
        self._stride = LEAST_STRIDE

    def take(self, rows: Rows) -> None:
        """Keep those of the days that are wanted."""
        day = (rows.t_ns - 1) // DAY_NS
        for number in np.unique(day):
            if number % self._stride == 0:
                self._days.setdefault(int(number), []).append(rows.of(day == number))
        if len(self._days) > DAYS:
            self._stride *= 2
            self._days = {n: of for n, of in self._days.items() if n % self._stride == 0}

    @property
    def pieces(self) -> list[Rows]:
        """What was kept, in the order of time."""
        return [piece for _, of in sorted(self._days.items()) for piece in of]


def calibrated(site: Site, period_ns: int, rows: Iterable[RowsLike]) -> Calibration:
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
        excerpt.take(Rows.like(block))
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
        files = {
            part: stack.enter_context(open_watched(site, part))
            for part, told in site.twin.items()
            if told.watch and told.calibrate
        }
        parameters = parameters_of(site, files)
        for part, file in files.items():
            if file.interface == "model_exchange":  # members of an ensemble are born with theirs
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


def _blocks(watching: Watching, pieces: list[Rows], settings: Settings) -> Iterable[Block]:
    plant = watching.plant
    blocks = Blocks(len(plant.signals), len(plant.hypotheses), plant.q, settings.block_share)
    for piece in pieces:
        for step in watching.observer.follow(*piece):
            yield from blocks.take(step)


def _reads(site: Site, pieces: list[Rows]) -> dict[str, float]:
    """Mean of the good readings of each signal [SI]; 0 of one that had none."""
    good = np.concatenate([p.good for p in pieces])
    measured = np.where(good, np.concatenate([p.measured for p in pieces]), 0.0)
    mean = measured.sum(axis=0) / np.maximum(good.sum(axis=0), 1)
    return dict(zip(site.signals, mean.tolist(), strict=True))
