"""Which observer follows a part, by what its FMU can do."""

from collections.abc import Callable
from pathlib import Path

from twin.diagnosis.hypothesis import Hypothesis
from twin.errors import refuse
from twin.estimation.ensemble import EnsembleObserver, members_of
from twin.estimation.following import Observer
from twin.estimation.observer import PartObserver
from twin.observers.model import Model
from twin.observers.part_model import Told, part_model
from twin.plant.equations import Equations
from twin.plant.fmu import FmuFile, Running, open_fmu
from twin.plant.members import Members
from twin.site.model import Site


def open_watched(site: Site, part: str) -> FmuFile:
    """The FMU of a watched part, for Model Exchange unless it has none or the site says otherwise.

    Raises:
        BadInput: it is not there, or nothing can follow it.
    """
    path, place = Path(site.fmu_path(part)), f"{site.document.path.name} plant.parts.{part}.fmu"
    if not path.exists():
        rule = f"no such file; `hukka fmu build --site {site.site}` makes it"
        raise refuse(place, str(path), rule)
    interface = site.plant.parts[part].interface
    file = open_fmu(path, running=Running(interface=interface, prefer="model_exchange"))
    alone = file.info.once_per_process and not file.can_save
    if file.interface == "co_simulation" and alone:
        file.close()
        rule = (
            "no observer can follow it: it is for Co-Simulation only, runs once in a process and "
            "cannot save its state; export it with Model Exchange or canSerializeFMUState, or take "
            f"{part} out of `twin`"
        )
        raise refuse(place, str(path), rule)
    return file


def follower(
    site: Site,
    told: Told,
    file: FmuFile,
    several: tuple[Hypothesis, ...],
    rows: int,
    behind_s: float,
    sample_s: float,
    samples: int,
) -> Callable[[], tuple[Model, Observer]]:
    """What makes a model and an observer of a part; the last four as of `part_model` and observers.

    Raises:
        BadInput: a disturbance is on a parameter that cannot change while the model runs.
    """
    settings = site.plant.parts[told.part].parameters
    known = [*told.inputs, *told.parameters]

    def by_equations() -> tuple[Model, Observer]:
        model = Equations(file, told.part, told.inputs, told.outputs, told.parameters, settings)
        tell = part_model(site, told, file, model.states, several, rows, behind_s)
        return model, PartObserver(model, tell, sample_s, samples)

    def by_ensemble() -> tuple[Model, Observer]:
        tell = part_model(site, told, file, (), several, rows, behind_s)
        differing = members_of(tell, known)
        model = Members(file, told.part, told.inputs, told.outputs, settings, differing)
        return model, EnsembleObserver(model, tell, known, sample_s, samples)

    if file.interface == "model_exchange":
        return by_equations
    _refuse_fixed(site, told, file)
    return by_ensemble


def _refuse_fixed(site: Site, told: Told, file: FmuFile) -> None:
    for name in site.twin[told.part].disturbances:
        variable = file.variables.get(name)
        fixed = variable is not None and variable.variability != "tunable"
        if name not in told.inputs and fixed:
            place = f"{site.document.path.name} twin.{told.part}.disturbances.{name}"
            rule = f"{file.path} runs by itself, so only an input or a tunable parameter can wander"
            raise refuse(place, variable.variability if variable else name, rule)
