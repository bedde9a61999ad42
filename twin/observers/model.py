"""The running model behind an observer, as those who keep both need it."""

from typing import Protocol


class Model(Protocol):
    """Of one part: `twin.plant.equations`, or `twin.plant.members`."""

    name: str
    """Of the part."""

    def value(self, parameter: str) -> float:
        """What a parameter is set to, or starts with."""
        ...

    def ranges_left(self) -> int:
        """How many ranges of validity it has left [-]."""
        ...

    def close(self) -> None:
        """End it."""
        ...
