"""What neighbours need of whoever knows the plant; the page's `Source` is one."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from hil.alarms.row import AlarmRow
from hil.monitor.health import Health
from twin.site.model import Site


class Moment(Protocol):
    """The plant at one instant; names are PART.VARIABLE, numbers in SI, None is missing."""

    @property
    def t_ns(self) -> int:
        """Of the row [ns since 1970]."""

    @property
    def measured(self) -> Mapping[str, float | None]:
        """Signals."""

    @property
    def quality(self) -> Mapping[str, int]:
        """`twin.signals.Quality` of each signal."""

    @property
    def commands(self) -> Mapping[str, float | None]:
        """What controllers command."""

    @property
    def predicted(self) -> Mapping[str, float | None]:
        """What the twin expects."""

    @property
    def band(self) -> Mapping[str, float | None]:
        """Half-width around it."""

    @property
    def predicted_ns(self) -> int:
        """When the newest prediction is for [ns since 1970]."""

    @property
    def standing(self) -> Mapping[str, str]:
        """Part -> what can be said of it."""


class View(Protocol):
    """The plant, its alarms and the desk, now."""

    kind: Literal["monitor", "bench"]
    site: Site

    def now(self) -> Moment:
        """The newest that is known."""

    def keys(self) -> Mapping[str, str]:
        """What is recorded: `PART.VARIABLE:kind` -> SI unit."""

    def alarms(self, t_ns: int | None = None) -> Sequence[AlarmRow]:
        """Alarms that ask for somebody or stand."""

    def health(self) -> Health:
        """How links, processes, clock and disk are."""
