"""What a site says of a part that the twin predicts: what it is fed with and held against."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from twin.site.quantity import Quantity, Seconds
from twin.site.section import Ref, Section
from twin.site.values import PositiveAmount, Share


class Watch(Section):
    """How far a measured value may be from the predicted one."""

    band: PositiveAmount
    """Of a model that readings lead."""
    alone: PositiveAmount | None = None
    """Of one that runs beside the plant by itself, where that is more."""

    @property
    def unled(self) -> Quantity:
        """How far it may be from what a model predicts that no reading leads."""
        return self.band if self.alone is None else self.alone


class Settle(Section):
    """After a command passes 0.5 a part is not judged until `time` has passed."""

    switch: Ref
    """The command, as the plant input that it drives: `heat_pump.u_run`."""
    time: Seconds


class Disturbance(Section):
    """What nobody measures: it wanders about zero on an input or a parameter of the model."""

    sigma: PositiveAmount
    """Its standard deviation in the long run, as a difference."""
    time: Annotated[Seconds, Field(gt=0)]
    """Time in which it forgets [s]."""


class Prior(Section):
    """What is known of a parameter before anything is measured, as shares of its design value."""

    sigma: Share
    """Standard deviation of what the plant has about what was designed."""
    low: Share | None = None
    """Least that is possible; None: three standard deviations below the design value."""
    high: Share | None = None
    """Most that is possible; None: three standard deviations above it."""

    @property
    def shares(self) -> tuple[float, float]:
        """Least and most as shares of the design value [-]."""
        three = 3.0 * self.sigma.to("-")
        low = 1.0 - three if self.low is None else self.low.to("-")
        return low, 1.0 + three if self.high is None else self.high.to("-")


class TwinPart(Section):
    """A part that the twin predicts from measured boundary values."""

    boundary: Mapping[str, Ref] = {}
    """Input of the FMU: signal; commands are inputs by themselves."""
    watch: Mapping[str, Watch] = {}
    """Output of the FMU, held against the signal of the same name."""
    settle: Settle | None = None
    disturbances: Mapping[str, Disturbance] = {}
    """Input or parameter of the FMU: what the observer may believe to be wandering there."""
    wanders: Mapping[str, Disturbance] = {}
    """Input or fault of the FMU: what wanders there on healthy days too and is no fault."""
    calibrate: Mapping[str, Prior] = {}
    """Parameter of the FMU: what `hukka twin fit` may believe it to be."""
