"""What the page needs of whoever stands behind it: a plant that is watched, or a bench.

Times are ns since 1970 (a bench: since its run began), values SI, a missing value None or NaN.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from hil.alarms.order import Order
from hil.alarms.row import AlarmRow
from hil.historian.envelope import Envelope
from hil.monitor.health import Health
from twin.site.model import Site


@dataclass(frozen=True)
class Moment:
    """The plant at one instant; names are PART.VARIABLE, in SI."""

    t_ns: int
    measured: Mapping[str, float | None]
    quality: Mapping[str, int]
    """`twin.signals.Quality` of each measured signal."""
    commands: Mapping[str, float | None]
    predicted: Mapping[str, float | None]
    band: Mapping[str, float | None]
    """Half-width around `predicted`."""
    predicted_ns: int
    """When the newest prediction is for; the twin may be behind."""
    standing: Mapping[str, str]
    """Part -> what can be said of it (`twin.diagnosis.verdict.Standing`)."""
    reasons: Mapping[str, str]
    """Part -> why it is not observable, or undecided."""


class Source(Protocol):
    """What is behind a page. Every method may be called from any thread."""

    kind: Literal["monitor", "bench"]
    site: Site
    period_ns: int
    takes_no_orders: str
    """Why nobody can order or note anything here; empty where they can."""

    @property
    def ended(self) -> bool:
        """Whether nothing new will come any more."""
        ...

    def newest_ns(self) -> int:
        """Time of what `now` would say, without its cost [ns]: asked ten times a second."""
        ...

    def now(self) -> Moment:
        """The newest that is known."""
        ...

    def at(self, t_ns: int) -> Moment | None:
        """The plant as it was; None where nothing was recorded."""
        ...

    def span_ns(self) -> tuple[int, int] | None:
        """First and last recorded time."""
        ...

    def keys(self) -> Mapping[str, str]:
        """What can be drawn: `PART.VARIABLE:kind` -> SI unit."""
        ...

    def series(self, keys: Sequence[str], t0_ns: int, t1_ns: int, most: int) -> Envelope:
        """Numbers over time, in at most `most` stretches.

        Raises:
            BadInput: an unknown key.
        """
        ...

    def alarms(self, t_ns: int | None = None) -> list[AlarmRow]:
        """Alarms that ask for somebody or stand, the most urgent first; of a past moment too."""
        ...

    def history(self, t0_ns: int, t1_ns: int) -> list[Mapping[str, Any]]:
        """The journal of alarms between two times: t_ns, number, action, state, who, comment."""
        ...

    def evidence(self, number: int) -> Mapping[str, Any] | None:
        """Why an alarm is there: residuals, band, hypotheses with probabilities, what to check."""
        ...

    def rates(self, t0_ns: int, t1_ns: int) -> Mapping[str, Any] | None:
        """How many alarms there were between two times; None where nobody counts them."""
        ...

    def health(self) -> Health:
        """How links, processes, clock and disk are."""
        ...

    def health_at(self, t_ns: int) -> tuple[int, Health] | None:
        """How they were at `t_ns`, and when that was told [ns]; None where it was not kept."""
        ...

    def procedures(self, t_ns: int | None = None) -> list[Mapping[str, Any]]:
        """Procedures that run or ran, at a past moment too: see `hil.page.procedures`."""
        ...

    def order(self, order: Order) -> None:
        """Do it; it is on disk when this returns.

        Raises:
            BadInput: not allowed now, or there is no such alarm.
        """
        ...

    def note(self, who: str, text: str, t_ns: int) -> None:
        """Keep what a person wrote."""
        ...
