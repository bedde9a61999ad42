"""What readings show by themselves, as the diagnosis says it."""

from dataclasses import dataclass

from twin.diagnosis.hypothesis import Kind

UNREADABLE = ("stuck", "dead", "silent", "stale")
"""What is wrong with channels whose readings mean nothing."""
UNHEARD = ("dead", "silent")
"""What is wrong with channels that nobody hears."""


@dataclass(frozen=True)
class Sign:
    """A fault that is there now; size in SI, NaN of one that has none."""

    name: str
    kind: Kind
    part: str
    size: float
    low: float
    high: float
    unit: str
    blocks: int
    """How long it has been there [-]."""
    channels: tuple[str, ...]
    covers: tuple[str, ...]
    """Other names that what it does may be given."""
    check: str

    @property
    def unheard(self) -> bool:
        """Whether nothing comes from its channels at all."""
        return self.name.rpartition(".")[2] in UNHEARD

    @property
    def unreadable(self) -> bool:
        """Whether its channels are not what they read."""
        return self.name.rpartition(".")[2] in UNREADABLE
