"""What a site file must get right about its FMUs, once they have been read."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from twin.signals import conversion
from twin.site.check import drivers, meters, references, unlike
from twin.site.document import Key
from twin.site.faults import catalogue
from twin.site.mistakes import Mistake, unknown_word, wrong
from twin.site.model import Constant, ItLoad, Site, Weather
from twin.site.quantity import si_unit
from twin.site.refs import part_of, variable_of
from twin.site.table import read_table
from twin.site.twin_part import Prior


class Variable(Protocol):
    """What the checks ask of an FMU's variable."""

    @property
    def unit(self) -> str | None:
        """Unit as the FMU spells it; None where it gives none."""
        ...

    @property
    def causality(self) -> str:
        """`input`, `output`, `parameter`..."""
        ...

    @property
    def is_number(self) -> bool:
        """Whether it is a single number, truth value or item of an enumeration."""
        ...

    @property
    def is_real(self) -> bool:
        """Whether it is a single 64-bit number."""
        ...

    @property
    def start(self) -> float | None:
        """Its value where nobody gives one [unit]."""
        ...

    def refusal(self, value: Any) -> str | None:  # noqa: ANN401 - whatever the site gives it
        """Why the FMU does not take `value` [unit]; None when it does."""
        ...


Variables = Mapping[str, Mapping[str, Variable]]
"""Part: variable of its FMU by name."""


def check_plant(site: Site, variables: Variables) -> Iterator[Mistake]:
    """Names, directions and units against the FMUs; inputs that nothing feeds."""
    for name, key in dict.fromkeys(references(site)):
        if variable_of(name) not in variables[part_of(name)]:
            known = variables[part_of(name)]
            yield unknown_word(site.document, key, "variable", variable_of(name), known)
        elif not variables[part_of(name)][variable_of(name)].is_number:
            rule = f"{name} is no single number: name an element of an array ({name}[1])"
            yield wrong(site.document, key, rule)
    yield from _units(site, variables)
    yield from _fed(site, variables)
    yield from _connections(site, variables)
    yield from _boundary(site, variables)
    yield from _signals(site, variables)
    yield from _parameters(site, variables)
    yield from _twin(site, variables)
    yield from _watched(site, variables)
    yield from _disturbed(site, variables)
    yield from _wandering(site)
    yield from _calibrated(site, variables)
    yield from _accounts(site, variables)


def find(variables: Variables, name: str) -> Variable | None:
    """The variable called PART.VARIABLE, if there is one."""
    return variables.get(part_of(name), {}).get(variable_of(name))


def _units(site: Site, variables: Variables) -> Iterator[Mistake]:
    """What the site takes from the FMUs or gives them is in SI; each variable is said once.

    From part to part the plant converts units by itself.
    """
    used = [(n, key) for n, key in references(site) if key[:2] != ("plant", "connections")]
    for part, declared in site.twin.items():
        used += [(f"{part}.{name}", ("twin", part, "watch", name)) for name in declared.watch]
        used += [(f"{part}.{n}", ("twin", part, "boundary", n)) for n in declared.boundary]
    for name, key in dict(reversed(used)).items():
        variable = find(variables, name)
        unit = "-" if variable is None else variable.unit or "-"
        if unlike(unit, unit) is None and conversion(unit, si_unit(unit)) != (1.0, 0.0):
            rule = f"{name} has the unit {unit}: must be the SI unit {si_unit(unit)} here"
            yield wrong(site.document, key, rule)


def _fed(site: Site, variables: Variables) -> Iterator[Mistake]:
    fed = {}
    for target, key in drivers(site):
        variable = find(variables, target)
        fed[target] = key
        if variable is not None and variable.causality != "input":
            rule = f"{target} is no input, its FMU says {variable.causality}"
            yield wrong(site.document, key, rule)
    for part, declared in variables.items():
        loose = [
            n
            for n, v in declared.items()
            if v.causality == "input" and v.is_number and f"{part}.{n}" not in fed
        ]
        for name in loose:
            yield wrong(
                site.document,
                ("plant", "parts", part),
                f"nothing feeds its input {name!r}: connect it, or give it a boundary or a command",
            )


def _connections(site: Site, variables: Variables) -> Iterator[Mistake]:
    for i, connection in enumerate(site.plant.connections):
        source, target = find(variables, connection.source), find(variables, connection.target)
        key: Key = ("plant", "connections", i)
        if source is None or target is None:
            continue
        if source.causality not in ("output", "local"):
            yield wrong(site.document, key, f"{connection.source} is no output")
        if (rule := unlike(source.unit, target.unit)) is not None:
            yield wrong(site.document, key, rule)


def _boundary(site: Site, variables: Variables) -> Iterator[Mistake]:
    weather = None if site.weather_path is None else read_table(site.weather_path).units
    for name, feed in site.boundary.items():
        variable = find(variables, name)
        match feed:
            case Constant():
                unit = feed.value.unit
            case ItLoad():
                unit = "W"
            case Weather():
                unit = (weather or {})[feed.column]
        if variable is not None and (rule := unlike(unit, variable.unit)) is not None:
            yield wrong(site.document, ("boundary", name), rule)


def _signals(site: Site, variables: Variables) -> Iterator[Mistake]:
    for name, signal in site.signals.items():
        variable = find(variables, site.variable(name))
        if variable is not None and (rule := unlike(variable.unit, signal.unit)):
            yield wrong(site.document, ("signals", name, "unit"), rule)


def _parameters(site: Site, variables: Variables) -> Iterator[Mistake]:
    for part, declared in site.plant.parts.items():
        known = {n for n, v in variables[part].items() if v.causality == "parameter"}
        for name, value in declared.parameters.items():
            key: Key = ("plant", "parts", part, "parameters", name)
            if name not in known:
                yield unknown_word(site.document, key, "parameter", name, known)
            elif rule := variables[part][name].refusal(value):
                yield wrong(site.document, key, rule)


def _twin(site: Site, variables: Variables) -> Iterator[Mistake]:
    commanded = set(site.commands)
    for part, declared in site.twin.items():
        inputs = [n for n, v in variables[part].items() if v.causality == "input"]
        for name, signal in declared.boundary.items():
            key: Key = ("twin", part, "boundary", name)
            if name not in inputs:
                yield unknown_word(site.document, key, "input", name, inputs)
            elif rule := unlike(site.signals[signal].unit, variables[part][name].unit):
                yield wrong(site.document, key, rule)
        for name in inputs:
            if name not in declared.boundary and f"{part}.{name}" not in commanded:
                rule = f"no signal is given for the input {name!r}"
                yield wrong(site.document, ("twin", part, "boundary"), rule)


def _disturbed(site: Site, variables: Variables) -> Iterator[Mistake]:
    for part, declared in site.twin.items():
        known = {n: v for n, v in variables[part].items() if v.causality in ("input", "parameter")}
        for name, disturbance in declared.disturbances.items():
            key: Key = ("twin", part, "disturbances", name)
            if name not in known:
                yield unknown_word(site.document, key, "input or parameter", name, known)
            elif rule := unlike(disturbance.sigma.unit, known[name].unit):
                yield wrong(site.document, (*key, "sigma"), rule)


def _wandering(site: Site) -> Iterator[Mistake]:
    process = [fault for fault in catalogue(site) if fault.kind == "process"]
    for part, declared in site.twin.items():
        known = {f.parameter: f.unit for f in process if f.part == part}
        known |= {name: site.signals[signal].unit for name, signal in declared.boundary.items()}
        for name, wander in declared.wanders.items():
            key: Key = ("twin", part, "wanders", name)
            if name not in known:
                yield unknown_word(site.document, key, "input or fault", name, known)
            elif rule := unlike(wander.sigma.unit, known[name]):
                yield wrong(site.document, (*key, "sigma"), rule)


def _calibrated(site: Site, variables: Variables) -> Iterator[Mistake]:
    for part, declared in site.twin.items():
        given = site.plant.parts[part].parameters
        known = {
            n: v for n, v in variables[part].items() if v.causality == "parameter" and v.is_real
        }
        for name, prior in declared.calibrate.items():
            key: Key = ("twin", part, "calibrate", name)
            if name not in known:
                yield unknown_word(site.document, key, "parameter", name, known)
            elif (design := given.get(name, known[name].start)) == 0.0:
                rule = "has a design value of 0, of which there is no share"
                yield wrong(site.document, key, rule)
            elif isinstance(design, int | float):  # of what is no number `_parameters` says so
                yield from _ends(site, key, prior, design, known[name])


def _ends(
    site: Site, key: Key, prior: Prior, design: float, variable: Variable
) -> Iterator[Mistake]:
    for end, share in zip(("low", "high"), prior.shares, strict=True):
        why = variable.refusal(design * share)
        if why is not None and getattr(prior, end) is not None:
            yield wrong(site.document, (*key, end), f"{design * share:g} {why}")


def _watched(site: Site, variables: Variables) -> Iterator[Mistake]:
    for part, declared in site.twin.items():
        outputs = {n: v for n, v in variables[part].items() if v.causality == "output"}
        for name in declared.watch:
            key: Key = ("twin", part, "watch", name)
            measured = site.signals[f"{part}.{name}"].unit
            if name not in outputs:
                yield unknown_word(site.document, key, "output", name, outputs)
            elif rule := unlike(outputs[name].unit, measured):
                yield wrong(site.document, key, rule)


def _accounts(site: Site, variables: Variables) -> Iterator[Mistake]:
    for name, key in meters(site):
        variable = find(variables, name)
        if variable is None:
            continue
        if variable.causality != "output":
            rule = f"must be an output in J, its FMU says {variable.causality}"
            yield wrong(site.document, key, rule)
        elif (other := unlike(variable.unit, "J")) is not None:
            yield wrong(site.document, key, f"must be an output in J: {other}")
