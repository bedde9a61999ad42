"""What came of steps and blocks, as plain data that goes to the record and to reports."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from hil.commissioning.verdict import Verdict


@dataclass(frozen=True)
class StepRecord:
    """One step: what it was, how it ended, when [s since the block began] and why."""

    text: str
    verdict: Verdict
    begin_s: float
    end_s: float
    why: str = ""
    requirement: str = ""
    figures: Mapping[str, float | str | None] = field(default_factory=dict)
    """What was measured, by name with its unit."""
    action: str = ""
    """What it does, by the key of the procedure: `set`, `expect`..."""


@dataclass(frozen=True)
class StepNews:
    """A step that begins, or has ended, for whoever looks on while a block runs."""

    text: str
    number: int
    """From 1 [-]."""
    of: int
    """Steps of the block [-]."""
    verdict: Verdict | None = None
    """None: it goes on."""
    why: str = ""

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class BlockRecord:
    """One block of a procedure on one controller."""

    procedure: str
    controller: str | None
    block: str
    verdict: Verdict
    why: str = ""
    steps: tuple[StepRecord, ...] = ()
    lasted_s: float = 0.0
    """Plant time [s]."""
    trace: str = ""
    """File of what was seen meanwhile, in the run's folder."""
    writes: int = 0
    """Registers written through the gate [-]."""

    @property
    def key(self) -> str:
        """Name of the block in its run."""
        return key_of(self.procedure, self.controller, self.block)

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """Back from JSON types."""
        steps = tuple(StepRecord(**{**s, "verdict": Verdict(s["verdict"])}) for s in plain["steps"])
        return cls(**{**plain, "verdict": Verdict(plain["verdict"]), "steps": steps})


def key_of(procedure: str, controller: str | None, block: str) -> str:
    """`heat_pump.start_order@heat_pump/start`."""
    where = f"@{controller}" if controller else ""
    return f"{procedure}{where}/{block}"
