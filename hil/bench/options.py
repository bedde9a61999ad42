"""What a user asks of a bench, as every process of the run gets it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Options:
    """A run: `site` is a name or a path; times in ns; `pace` real or max."""

    site: str
    duration_ns: int
    cycle_ns: int
    warmup_ns: int
    pace: str
    transport: str
    faults: tuple[str, ...]
    settings: tuple[str, ...]
    seed: int
    data: str | None
    """Folder of measured data; None for none."""
    line_faults: tuple[str, ...] = ()
    learned: str | None = None
    """File of what commissioning has learned; None for the first detector."""
    unconfined: str | None = None
    """Why processes that host FMUs are not shut in; None: they are."""

    @property
    def cycles(self) -> int:
        """Cycles of the run proper."""
        return self.duration_ns // self.cycle_ns

    @property
    def warmup_cycles(self) -> int:
        """Cycles before time zero."""
        return self.warmup_ns // self.cycle_ns

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """Back from JSON types."""
        lists = {k: tuple(plain[k]) for k in ("faults", "settings", "line_faults")}
        return cls(**{**plain, **lists})
