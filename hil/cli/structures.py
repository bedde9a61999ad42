"""FMUs of a site's parts in another structure than the site has: built once, kept by content."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twin.errors import BadInput, unknown
from twin.site import Site
from twin.site.document import Document, Key
from twin.site.mistakes import explain, raise_all
from twin.site.structure import built_name


def built_with(
    site: Site,
    changes: Mapping[str, Mapping[str, Any]],
    said: tuple[Document, Key] | None = None,
) -> dict[str, Path]:
    """Part: path of its FMU with these `changes` of what the site says under `structure`.

    Such as `{"heat_pump": {"performance": "cycle"}, "district_network": {"transport": "sharp"}}`,
    or `{"step": 5.0}` for each part. What is up to date is not built anew. `said` is where the
    changes stand, if they are from a file.

    Raises:
        BadInput: no such part, a model that is not ours, or a structure that it cannot have.
    """
    from pydantic import ValidationError

    from fmus.export import build_named
    from fmus.export.models import structure_type

    found = {}
    for part, change in changes.items():
        if part not in site.plant.parts:
            raise unknown("structures", "part", part, site.plant.parts)
        declared = site.plant.parts[part]
        wanted = {**declared.structure, **change}
        kind = structure_type(declared.fmu, f"structure of {part}")
        try:
            structure = kind.model_validate(wanted, context={"folder": site.folder})
        except ValidationError as error:
            if said is not None:
                document, at = said
                raise_all(explain(error, document, kind, (*at, part)))
            first = error.errors()[0]
            place = ".".join(["structure", part, *map(str, first["loc"])])
            raise BadInput(f"{place}: {first['msg']}") from None
        paths = build_named(
            declared.fmu,
            site.built_folder,
            fmi=("2.0",),
            structure=structure,
            stem=built_name(declared.fmu, wanted),
        )
        found[part] = paths[0]
    return found
