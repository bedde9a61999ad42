"""What may be wrong at a site and shows in its observers, out of the catalogue of faults."""

from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.wander import Wander
from twin.estimation.physics import Cause
from twin.site.faults import Fault, catalogue
from twin.site.model import Site
from twin.site.quantity import si_unit
from twin.site.twin_part import Watch

STEADY, STEADY_S = 0.0625, 7.0 * 86_400.0
"""No sensor and no model of it is steadier for weeks than this share of its band [-], 0.05 K of the
usual 0.8: half of the last digit that most transmitters show; it changes within the second [s]
(assumed; decision 0055: with twice that no drift is found before 0.5 K)."""


def hypotheses(site: Site) -> tuple[Hypothesis, ...]:
    """Process faults of the watched parts, wrong readings, actuators off their command; in SI.

    A stuck or a noisy sensor has no size to be in proportion to; it shows as a bias that wanders.
    """
    watching = {name: told for name, told in site.twin.items() if told.watch}
    read = {f"{part}.{name}" for part, told in watching.items() for name in told.watch}
    read |= {signal for told in watching.values() for signal in told.boundary.values()}
    return tuple(
        _of_fault(fault)
        for fault in catalogue(site)
        if (fault.kind in ("process", "actuator") and fault.part in watching)
        or (fault.parameter == "bias" and fault.signal in read)
    )


def wanders(site: Site) -> tuple[Wander, ...]:
    """What moves by itself at the watched parts, in SI."""
    unit = {fault.name: fault.unit for fault in catalogue(site)}
    found = []
    for part, told in site.twin.items():
        for variable, wander in told.wanders.items():
            signal = told.boundary.get(variable)
            name = f"{part}.{variable}" if signal is None else f"{signal}.bias"
            sigma = wander.sigma.difference_in(si_unit(unit[name]))
            found.append(Wander(name, sigma, wander.time))
        watched = [f"{part}.{variable}" for variable in told.watch]
        found += [
            Wander(f"{name}.bias", STEADY * band_of(site, name), STEADY_S) for name in watched
        ]
    return tuple(found)


def band_of(site: Site, name: str) -> float:
    """Band of a watched signal PART.NAME [SI]."""
    return _watch(site, name).band.difference_in(si_unit(site.signals[name].unit))


def band_alone_of(site: Site, name: str) -> float:
    """That around what is predicted by a model that no reading leads [SI]."""
    return _watch(site, name).unled.difference_in(si_unit(site.signals[name].unit))


def _watch(site: Site, name: str) -> Watch:
    part, _, variable = name.partition(".")
    return site.twin[part].watch[variable]


def causes(
    site: Site, part: str, several: tuple[Hypothesis, ...], known: list[str]
) -> tuple[tuple[Cause, ...], ...]:
    """How each hypothesis enters the model of a part, whose inputs and parameters are `known`."""
    return tuple(tuple(_causes(site, part, h, known)) for h in several)


def _causes(site: Site, part: str, h: Hypothesis, known: list[str]) -> list[Cause]:
    whose = h.name.rpartition(".")[0]
    if h.kind in ("process", "actuator"):
        name = h.name.removesuffix(".offset").removeprefix(f"{part}.")
        return [Cause(column=known.index(name))] if h.part == part else []
    told = site.twin[part]
    found = [
        Cause(column=known.index(variable), gain=-1.0)
        for variable, signal in told.boundary.items()
        if signal == whose
    ]
    watched = [f"{part}.{name}" for name in told.watch]
    return [*found, Cause(output=watched.index(whose))] if whose in watched else found


def _of_fault(fault: Fault) -> Hypothesis:
    scale = fault.si_per_unit
    unit = "-" if fault.unit == "-" else si_unit(fault.unit)
    return Hypothesis(
        *(fault.name, fault.part, fault.kind, unit),
        *(fault.default * scale, fault.min * scale, fault.max * scale, fault.check),
    )
