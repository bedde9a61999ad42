"""The running model behind an observer, as those who keep both need it."""

from typing import Any, Protocol


class Model(Protocol):
    """Of one part: `twin.plant.equations`, or `twin.plant.members`."""

    name: str
    """Of the part."""

    def value(self, parameter: str) -> float:
        """What a parameter is set to, or starts with."""
        ...

    def ranges_left(self) -> int:
        """How many ranges of validity it had left at most when it last went on [-]."""
        ...

    def kept(self) -> Any:  # noqa: ANN401 - each has its own
        """What `take_up` of another copy needs; None of one that has not begun.

        Raises:
            BadInput: the FMU cannot save its state.
        """
        ...

    def take_up(self, kept: Any) -> None:  # noqa: ANN401
        """Go on from what another copy has `kept`; for one that has not begun."""
        ...

    def close(self) -> None:
        """End it."""
        ...
