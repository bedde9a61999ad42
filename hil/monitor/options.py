"""What the user of `hukka monitor` has chosen."""

from dataclasses import dataclass
from pathlib import Path

from twin.clock import NS_PER_S

PAGE = "127.0.0.1:8470"


@dataclass(frozen=True)
class Options:
    """Of one monitor; times in ns."""

    site: str
    data: Path
    period_ns: int = NS_PER_S
    learned: Path | None = None
    at: tuple[str, ...] = ()
    """Where links are at this plant: `NAME=ADDRESS`."""
    assumed: tuple[str, ...] = ()
    """Signals that nobody reads: `SIGNAL=VALUE`."""
    page: str | None = PAGE
    """Where the page listens; None for no page."""
    cert: Path | None = None
    key: Path | None = None
    duration_ns: int | None = None
    """None: until somebody ends it."""
    keep_days: float | None = None
    keep_bytes: int | None = None
