"""What every section of a site file is made of."""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from twin.site.refs import part_name, reference

PartName = Annotated[str, AfterValidator(part_name)]
"""A short lower-case name: `heat_pump`."""

Ref = Annotated[str, AfterValidator(reference)]
"""`PART.VARIABLE`: a variable of the plant, or the signal of that name."""


class Section(BaseModel):
    """A part of the file: every key is declared, nothing changes after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Told(Section):
    """A figure from outside the plant: where it comes from, or whether it is assumed."""

    source: str = ""
    assumed: Annotated[bool, Field(strict=True)] = False

    @model_validator(mode="after")
    def _has_an_origin(self) -> Self:
        if not (self.source or self.assumed):
            raise ValueError("needs its 'source', or 'assumed: true'")
        return self
