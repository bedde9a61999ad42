"""What keeps the desk itself from its work, as its parts tell it to each other."""

from typing import Literal, NamedTuple

Kind = Literal["unkept", "down"]


class Plight(NamedTuple):
    """Something that a person has to mend before the desk does its work again."""

    kind: Kind
    """`unkept`: nothing can be written; `down`: a process does not run."""
    name: str
    """Of the process; empty where there is one of a kind."""
    why: str
