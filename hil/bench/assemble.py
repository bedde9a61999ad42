"""From a site to its plant and its twin: the one place that joins site file and FMUs."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hil.bench.layout import Layout
from hil.bench.wire import register_maps
from twin.errors import BadInput, refuse
from twin.observers.hypotheses import band_alone_of
from twin.pipeline import PartInputs, Twin, Watched
from twin.plant import FmuFile, Network, Running, Sensors, SensorSpec, open_fmu
from twin.signals import OUT_OF_RANGE
from twin.site import ParameterSetting, Site, check_wiring


def open_parts(
    site: Site, stack: ExitStack, instead: Mapping[str, Path] | None = None
) -> dict[str, FmuFile]:
    """The FMUs of a site, checked against what the site says of them; closed with `stack`.

    `instead` gives some parts another FMU than the site does.
    """
    parts = {}
    for part in site.plant.parts:
        path = (instead or {}).get(part) or site.fmu_path(part)
        if not path.exists():
            place = f"{site.document.path.name} plant.parts.{part}.fmu"
            rule = f"no such file; `hukka fmu build --site {site.site}` makes it"
            raise refuse(place, str(path), rule)
        parts[part] = stack.enter_context(_open(site, part, path))
    told = _not_calibrated(site, instead or {})
    check_wiring(told, {name: file.variables for name, file in parts.items()}, register_maps(site))
    return parts


def _not_calibrated(site: Site, parts: Iterable[str]) -> Site:
    """The site without what is calibrated of `parts`: another FMU has other parameters."""
    twin = {
        name: told.model_copy(update={"calibrate": {}}) if name in parts else told
        for name, told in site.twin.items()
    }
    return site.model_copy(update={"twin": twin})


def validity_of(parts: Mapping[str, FmuFile]) -> tuple[str, ...]:
    """PART.VARIABLE of each part whose FMU counts the ranges of its validity that it has left."""
    found = ((part, file.variables.get(OUT_OF_RANGE)) for part, file in parts.items())
    return tuple(
        f"{part}.{OUT_OF_RANGE}"
        for part, variable in found
        if variable is not None and variable.causality == "output" and variable.is_real
    )


def _open(site: Site, part: str, path: Path) -> FmuFile:
    declared = site.plant.parts[part]
    more = {"step_s": declared.step, "tolerance": declared.tolerance}
    given: dict[str, Any] = {key: value for key, value in more.items() if value is not None}
    try:
        return open_fmu(path, running=Running(declared.interface, declared.solver, **given))
    except BadInput as error:
        place = site.document.place("plant", "parts", part)
        raise BadInput(f"{place}: {error}") from error


def make_network(
    site: Site,
    layout: Layout,
    parts: Mapping[str, FmuFile],
    boundary: Sequence[str],
    settings: Sequence[ParameterSetting],
    progress: NDArray[np.int64] | None = None,
) -> Network:
    """The true plant: boundary values and commands in; signal variables and meters out."""
    parameters = {f"{s.part}.{s.parameter}": s.value for s in settings}
    return Network(
        parts,
        [(c.source, c.target) for c in site.plant.connections],
        [*boundary, *layout.commands],
        [*(site.variable(name) for name in layout.signals), *layout.truth],
        parameters=_site_parameters(site) | parameters,
        progress=progress,
    )


def start_commands(layout: Layout, parts: Mapping[str, FmuFile]) -> list[float]:
    """Where the actuators stand before anybody commands them: the start values of the FMUs."""
    starts = []
    for name in layout.commands:
        part, _, variable = name.partition(".")
        start = parts[part].variables[variable].start
        starts.append(float(start) if start is not None else 0.0)
    return starts


def sensor_specs(site: Site, layout: Layout) -> list[SensorSpec]:
    """The sensors of a site as its file has them, in SI."""
    specs = []
    for name in layout.signals:
        signal = site.signals[name]
        low, high = signal.range_si or (-np.inf, np.inf)
        specs.append(SensorSpec(name, signal.noise_si, signal.lag, signal.resolution_si, low, high))
    return specs


def make_sensors(site: Site, layout: Layout, seed: int, period_ns: int) -> Sensors:
    """The sensors of a site, in SI."""
    return Sensors(sensor_specs(site, layout), seed, period_ns)


@dataclass(frozen=True)
class TwinInputs:
    """The predictor's inputs in the order the pipeline gives them: PART.INPUT."""

    names: tuple[str, ...]
    parts: tuple[PartInputs, ...]


def make_twin(
    site: Site, layout: Layout, parts: Mapping[str, FmuFile], period_ns: int
) -> tuple[Twin, tuple[Network, Network]]:
    """The twin of a site with nominal parameters: it knows neither faults nor `--set`."""
    inputs = _twin_inputs(site, layout)
    outputs = [*layout.watched, *(f"{p.part}.{OUT_OF_RANGE}" for p in inputs.parts if p.counts)]
    watched_parts = [p.part for p in inputs.parts]
    parameters = {
        k: v for k, v in _site_parameters(site).items() if k.split(".")[0] in watched_parts
    }
    models = {name: parts[name] for name in watched_parts}
    predictors = (
        Network(models, [], inputs.names, [*outputs, *layout.reckoned], parameters=parameters),
        Network(models, [], inputs.names, outputs, parameters=parameters),
    )
    watched = [
        Watched(
            name=name,
            part=name.partition(".")[0],
            signal=layout.signal(name),
            band=band_alone_of(site, name),
            lag_s=site.signals[name].lag,
        )
        for name in layout.watched
    ]
    twin = Twin(
        inputs.parts,
        watched,
        predictors,
        len(layout.signals),
        len(layout.commands),
        period_ns,
        layout.reckoned,
    )
    return twin, predictors


def _twin_inputs(site: Site, layout: Layout) -> TwinInputs:
    names: list[str] = []
    parts: list[PartInputs] = []
    for part, twin in site.twin.items():
        if not twin.watch:
            continue
        commands = [c for c in layout.commands if c.startswith(f"{part}.")]
        names += [f"{part}.{variable}" for variable in twin.boundary] + commands
        settle = twin.settle
        parts.append(
            PartInputs(
                part,
                tuple(layout.signal(signal) for signal in twin.boundary.values()),
                tuple(layout.command(c) for c in commands),
                None if settle is None else layout.command(settle.switch),
                0 if settle is None else round(settle.time * 1e9),
                f"{part}.{OUT_OF_RANGE}" in layout.validity,
                (*twin.boundary.values(), *commands),
            )
        )
    return TwinInputs(tuple(names), tuple(parts))


def _site_parameters(site: Site) -> dict[str, Any]:
    return {
        f"{p}.{n}": v for p, part in site.plant.parts.items() for n, v in part.parameters.items()
    }
