"""What a model's builder is told before there is a model: how many, which kind, connected how.

Sizes and kinds are fixed when an FMU is built; everything else is a parameter at run time.
"""

from pydantic import BaseModel, ConfigDict


class Structure(BaseModel):
    """Base of each model's own structure: every key is declared, nothing changes after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid")
