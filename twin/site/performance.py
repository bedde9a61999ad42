"""What a site's machines and exchangers are asked for: figures that readings give by a formula."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator

from twin.site.quantity import Number
from twin.site.section import Ref, Section

WATER = 4190.0
"""Specific heat capacity of water at 50 to 80 °C, to 0.2 % [J/(kg K)] (IAPWS-IF97)."""


class Stream(Section):
    """Heat that a stream takes up or gives off."""

    flow: Ref
    """Signal of its mass flow [kg/s]."""
    cold: Ref
    """Signal of the temperature at its cold end [K]."""
    hot: Ref
    c_p: Annotated[Number, Field(gt=0)] = WATER
    """Specific heat capacity [J/(kg K)]."""


Ends = Annotated[tuple[Ref, ...], Field(max_length=2)]
"""Signals of a side's temperatures, inlet and outlet; one of what condenses or evaporates."""


class Sought(Section):
    """A figure: COP, Carnot efficiency, or the conductance of an exchanger."""

    heat: Ref | None = None
    """Signal of a heat meter [W]."""
    stream: Stream | None = None
    """Without a heat meter: what takes up the heat, or gives it off."""
    power: Ref | None = None
    """Signal of the electric power that drives it [W]."""
    between: tuple[Ref, Ref] | None = None
    """With `power`: signals of evaporating and condensing temperature [K]."""
    hot: Ends = ()
    """Of an exchanger in counterflow: the side that gives off heat."""
    cold: Ends = ()

    @model_validator(mode="after")
    def _is_one_figure(self) -> Self:
        if (self.heat is None) == (self.stream is None):
            raise ValueError("needs either 'heat' or 'stream'")
        machine, exchanger = self.power is not None, bool(self.hot and self.cold)
        if machine == exchanger or bool(self.hot) != bool(self.cold):
            raise ValueError("needs either 'power', or both 'hot' and 'cold'")
        if self.between is not None and not machine:
            raise ValueError("'between' goes with 'power'")
        return self

    @property
    def unit(self) -> str:
        """SI unit of the figure."""
        return "-" if self.power is not None else "W/K"

    def signals(self) -> Iterator[tuple[str, str, tuple[str | int, ...]]]:
        """Each signal that it reads, the unit that it must have, and where in the figure it is."""
        if self.heat is not None:
            yield self.heat, "W", ("heat",)
        if self.stream is not None:
            yield self.stream.flow, "kg/s", ("stream", "flow")
            yield self.stream.cold, "K", ("stream", "cold")
            yield self.stream.hot, "K", ("stream", "hot")
        if self.power is not None:
            yield self.power, "W", ("power",)
        for i, name in enumerate(self.between or ()):
            yield name, "K", ("between", i)
        for side, ends in (("hot", self.hot), ("cold", self.cold)):
            yield from ((name, "K", (side, i)) for i, name in enumerate(ends))
