"""What every piece of a cooling loop is written with."""

from dataclasses import dataclass

from fmus.cooling_loop.structure import Structure
from fmus.equations import SX, Model


@dataclass(frozen=True, eq=False)
class Given:
    """The model that is being written, its structure, and symbols by name.

    `u` are the inputs, `p` the parameters, `f` the faults; faults of the units are columns.
    """

    model: Model
    structure: Structure
    u: dict[str, SX]
    p: dict[str, SX]
    f: dict[str, SX]
