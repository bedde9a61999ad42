"""Which parameters of a site's models may be calibrated, and a site with other values of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from twin.diagnosis.hypothesis import Hypothesis
from twin.errors import refuse, unknown
from twin.plant.fmu import FmuFile
from twin.site.model import Site


@dataclass(frozen=True)
class Parameter:
    """A parameter of a part's FMU, with what is known of it before anything is measured."""

    part: str
    variable: str
    unit: str
    design: float
    """Value of the site file or of the FMU [unit]; never 0."""
    sigma: float
    """Standard deviation, as a share of the design value [-]."""
    low: float
    """Least, as a share of the design value [-]."""
    high: float
    """Most, as a share of the design value [-]."""

    @property
    def name(self) -> str:
        """`heat_pump.UA_condenser`."""
        return f"{self.part}.{self.variable}"

    def hypothesis(self) -> Hypothesis:
        """It as what may be wrong with a plant, for an observer; sizes are in its unit."""
        size, low, high = (abs(self.design) * s for s in (self.sigma, self.low - 1, self.high - 1))
        return Hypothesis(self.name, self.part, "process", self.unit, size, low, high, "")


def parameters_of(site: Site, files: Mapping[str, FmuFile]) -> tuple[Parameter, ...]:
    """What `twin.PART.calibrate` names; bounds are also those of the FMUs.

    Raises:
        BadInput: an FMU has no such parameter, or it is 0 by design.
    """
    return tuple(
        _parameter(site, part, name, files[part])
        for part, told in site.twin.items()
        if told.watch
        for name in told.calibrate
    )


def _parameter(site: Site, part: str, name: str, file: FmuFile) -> Parameter:
    known = {n: v for n, v in file.variables.items() if v.causality == "parameter" and v.is_real}
    place = f"{site.document.path.name} twin.{part}.calibrate"
    if name not in known:
        raise unknown(place, "parameter", name, known)
    variable, prior = known[name], site.twin[part].calibrate[name]
    design = site.plant.parts[part].parameters.get(name, variable.start or 0.0)
    if not isinstance(design, int | float) or design == 0.0:
        raise refuse(f"{place}.{name}", design, "has no design value to take a share of")
    least, most = (e if e is None else e / design for e in (variable.min, variable.max))
    if design < 0.0:
        least, most = most, least
    low, high = prior.shares
    return Parameter(
        *(part, name, variable.unit or "-", float(design), prior.sigma.to("-")),
        low if least is None else max(low, least),
        high if most is None else min(high, most),
    )


def with_values(site: Site, values: Mapping[str, float]) -> Site:
    """The site with other values of parameters, PART.PARAMETER: value in the FMU's unit."""
    parts = dict(site.plant.parts)
    for name, value in values.items():
        part, _, variable = name.partition(".")
        declared = parts[part]
        changed = {**declared.parameters, variable: value}
        parts[part] = declared.model_copy(update={"parameters": changed})
    plant = site.plant.model_copy(update={"parts": parts})
    return site.model_copy(update={"plant": plant})
