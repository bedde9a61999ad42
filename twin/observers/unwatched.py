"""Outputs of a site's models that no observer looks at: where one more sensor could sit."""

from twin.plant.fmu import FmuFile
from twin.site.model import Site

MEASURABLE = ("K", "kg/s", "Pa", "W")
"""Units of what an instrument in a plant reads: temperature, flow, pressure, power."""


def unwatched(site: Site, part: str, file: FmuFile) -> tuple[str, ...]:
    """Measurable outputs of a part's FMU that its `twin` section does not watch, in its order."""
    watched = site.twin[part].watch
    return tuple(
        name
        for name, variable in file.variables.items()
        if variable.causality == "output"
        and variable.is_real
        and variable.unit in MEASURABLE
        and name not in watched
    )
