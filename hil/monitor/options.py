"""What the user of `hukka monitor` has chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from twin.clock import NS_PER_S

PAGE = "127.0.0.1:8470"


class Other(NamedTuple):
    """A process of another room: run with `python -m module`, told `config` and what all are."""

    name: str
    module: str
    config: Mapping[str, str]


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
    public: str | None = None
    """Where people reach the page, if a proxy stands before it."""
    proxies: tuple[str, ...] = ()
    """Where that proxy asks from, if not from this machine."""
    duration_ns: int | None = None
    """None: until somebody ends it."""
    keep_days: float | None = None
    keep_bytes: int | None = None
    unconfined: str | None = None
    """Why the process that hosts FMUs is not shut in; None: it is."""
    neighbours: Path | None = None
    """Their settings; None for none that can be read."""
    neighbours_named: Path | None = None
    """Where those are, right or wrong, if not in the data folder."""
    others: tuple[Other, ...] = ()
    """Processes of neighbours."""
    unattended: bool = False
    """Whether nobody is there who could mend a file at once: a service, after a power cut."""
    wrong: tuple[str, ...] = ()
    """What is wrong in files without which an unattended monitor goes on."""
