"""Plants from a file instead of drawn ones; everything in it is held against the site."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from hil.campaign.plant import PlantSpec
from twin.plant.description import Description
from twin.site import Site
from twin.site.document import Document, Key, read_document
from twin.site.mistakes import Mistake, raise_all, unknown_word, validated, wrong
from twin.site.section import Section


class PlantFile(Section):
    """`plants:` and nothing else."""

    plants: Annotated[tuple[PlantSpec, ...], Field(min_length=1)]


def read_plants(path: Path, site: Site) -> tuple[Document, tuple[PlantSpec, ...]]:
    """The plants of a YAML file; parameters are checked by `check_parameters`, with their FMUs.

    Raises:
        BadInput: every mistake with its line, the rule and the nearest word.
    """
    document = read_document(path)
    plants = validated(document, PlantFile).plants
    raise_all(m for i, p in enumerate(plants) for m in _mistakes(document, i, p, site, plants))
    return document, plants


def check_parameters(
    document: Document, i: int, plant: PlantSpec, site: Site, files: Mapping[str, Description]
) -> None:
    """Hold parameters and disturbances of plant `i` of the file against its FMUs.

    Raises:
        BadInput: every one that its part does not have, or that is outside its range.
    """
    raise_all(_misfits(document, i, plant, site, files))


def _mistakes(
    document: Document, i: int, plant: PlantSpec, site: Site, plants: tuple[PlantSpec, ...]
) -> Iterator[Mistake]:
    at = ("plants", i)
    if plant.name in [p.name for p in plants[:i]]:
        yield wrong(document, (*at, "name"), "is the name of another plant")
    for name in plant.structures:
        if name not in site.plant.parts:
            yield unknown_word(document, (*at, "structures", name), "part", name, site.plant.parts)
    for name in plant.parameters:
        part = name.partition(".")[0]
        if part not in site.plant.parts:
            yield unknown_word(document, (*at, "parameters", name), "part", part, site.plant.parts)
    for name in plant.sensors:
        if name not in site.signals:
            yield unknown_word(document, (*at, "sensors", name), "signal", name, site.signals)
    for j, d in enumerate(plant.disturbances):
        part = d.of.partition(".")[0]
        if d.of not in site.boundary and part not in site.plant.parts:
            known = [*site.boundary, *site.plant.parts]
            yield unknown_word(document, (*at, "disturbances", j, "of"), "input", d.of, known)
        if d.low is not None and d.high is not None and not d.low < d.high:
            yield wrong(document, (*at, "disturbances", j, "high"), "must be above 'low'")


def _misfits(
    document: Document, i: int, plant: PlantSpec, site: Site, files: Mapping[str, Description]
) -> Iterator[Mistake]:
    for name, value in plant.parameters.items():
        key: Key = ("plants", i, "parameters", name)
        part, _, short = name.partition(".")
        several = files[part].variables
        known = [n for n, v in several.items() if v.causality == "parameter" and v.is_real]
        if short not in known:
            yield unknown_word(document, key, f"parameter of {part}", short, known)
            continue
        low, high = several[short].min, several[short].max
        if low is not None and value < float(low):
            yield wrong(document, key, f"must be ≥ {low:g}")
        if high is not None and value > float(high):
            yield wrong(document, key, f"must be ≤ {high:g}")
    for j, d in enumerate(plant.disturbances):
        if d.of in site.boundary:
            continue
        part, _, short = d.of.partition(".")
        several = files[part].variables
        known = [n for n, v in several.items() if v.variability == "tunable" and v.is_real]
        known += [b.partition(".")[2] for b in site.boundary if b.startswith(f"{part}.")]
        if short not in known:
            key = ("plants", i, "disturbances", j, "of")
            yield unknown_word(document, key, f"boundary input or tunable parameter of {part}",
                               short, known)  # fmt: skip
