"""A site as an .ssp file: for other tools its structure, for hukka the whole of it."""

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

from twin.errors import BadInput, refuse
from twin.site.check_plant import check_plant
from twin.site.mistakes import raise_all
from twin.site.model import Site
from twin.ssp.fmu_facts import FmuFacts, read_fmu
from twin.ssp.outline import (
    boundary_values,
    connectors,
    merged_units,
    outside_inputs,
    outside_outputs,
    part_values,
    resource_names,
    wires,
)
from twin.ssp.structure import OWN_FOLDER, STRUCTURE_FILE
from twin.ssp.write_structure import structure_file
from twin.ssp.write_values import Written, parameter_set

_TIMESTAMP = (1980, 1, 1, 0, 0, 0)


def export_site(site: Site, path: Path, *, all_parameters: bool = False) -> None:
    """Write `site` to `path`, the same bytes for the same site.

    `all_parameters` writes every parameter that the FMUs have, not only what the site sets.

    Raises:
        BadInput: an FMU is missing, or does not fit the site.
    """
    facts = {part: _facts(site, part) for part in site.plant.parts}
    raise_all(check_plant(site, {part: f.variables for part, f in facts.items()}))
    entries = _entries(site, facts, all_parameters)
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in sorted(entries, key=lambda n: (n != STRUCTURE_FILE, n)):
                _add(archive, name, entries[name])
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise BadInput(f"{path}: cannot be written: {error.strerror or error}") from error


def _entries(site: Site, facts: Mapping[str, FmuFacts], everything: bool) -> dict[str, bytes]:
    """Every file of the archive by its name."""
    units, sources = merged_units(facts), resource_names(site)
    inputs = outside_inputs(site, facts)
    outputs = outside_outputs(site, facts, inputs)
    drawn = list(wires(site, facts, inputs, outputs))
    sets: dict[str | None, list[Written]] = {
        part: part_values(site, part, facts, everything=everything) for part in site.plant.parts
    }
    sets[None] = boundary_values(site, inputs)
    files = {owner: f"resources/{owner or 'boundary'}.ssv" for owner in sets if sets[owner]}
    if site.plant.parts.keys() & {"boundary"} and None in files:
        files[None] = "resources/system/boundary.ssv"
    structure = structure_file(
        site,
        sources,
        {part: connectors(site, part, facts, drawn) for part in site.plant.parts},
        [*inputs.values(), *outputs.values()],
        drawn,
        files,
        units,
    )
    return {
        STRUCTURE_FILE: structure,
        **{
            name: parameter_set(owner or "boundary", sets[owner], units)
            for owner, name in files.items()
        },
        **{name: _bytes(site.fmu_path(part)) for part, name in sources.items()},
        **_own_files(site),
    }


def _own_files(site: Site) -> dict[str, bytes]:
    """What no system structure can say: the site file itself, and its weathers."""
    found = {f"{OWN_FOLDER}/site.yaml": _bytes(site.document.path)}
    for name in site.weather_files:
        path = site.folder / name
        found[f"{OWN_FOLDER}/{path.name}"] = _bytes(path)
    return found


def _facts(site: Site, part: str) -> FmuFacts:
    path = site.fmu_path(part)
    if not path.is_file():
        place = site.document.place("plant", "parts", part, "fmu")
        rule = f"no such file; `hukka fmu build --site {site.site}` makes it"
        raise refuse(place, str(path), rule)
    return read_fmu(path)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from error


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _TIMESTAMP)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # the same bytes when written on Windows
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data)
