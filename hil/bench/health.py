"""Link statistics as the command line and the dashboard show them."""

from typing import NotRequired, TypedDict

from hil.bench.endpoint import Server
from hil.bench.reading import Reading
from hil.links.counters import counted


class Health(TypedDict):
    """Transactions and errors since the run began [-]; quantiles of their duration [µs].

    Of a link that the bench asks, a duration is the whole way there and back; of one that it
    serves, the time the answer took here.
    """

    transactions: int
    errors: int
    p50_us: float | None
    p99_us: float | None
    last_error: str
    up: NotRequired[bool]
    """Whether it was heard lately; the link's process says so."""
    late: NotRequired[int]
    """Polls that were over only when the next was due [-]; not there when there were none."""
    missed: NotRequired[int]
    """Periods without a poll [-]; not there when there were none."""
    refused_addresses: NotRequired[list[str]]
    """What the device refuses and is not asked for; not there when it refuses nothing."""
    counters: NotRequired[dict[str, int]]
    """What its line, its device or its server counted; not there when there was nothing."""


class Rounds:
    """How well a link keeps the period of the run, `period_ns` [ns]: the fastest of its polls.

    Round k begins at k and a half periods. `late` rounds were over only when the next had to
    begin; rounds that could not begin within their period are `missed`.
    """

    def __init__(self, period_ns: int) -> None:
        self.late = self.missed = 0
        self._period_ns = period_ns

    def begins_ns(self, k: int) -> int:
        """When round `k` begins [ns of the run]: behind the loop, which needs what it brings."""
        return k * self._period_ns + self._period_ns // 2

    def following(self, k: int, now_ns: int) -> int:
        """The round after `k`, which was over at `now_ns` [ns of the run]."""
        following = max(k + 1, now_ns // self._period_ns)
        self.late += now_ns > self.begins_ns(k + 1)
        self.missed += following - k - 1
        return following


def health(reading: Reading, late: int = 0, missed: int = 0) -> Health:
    """Statistics of one device on its link; `late` and `missed` are of its fastest polls [-]."""
    device = reading.device
    found = Health(
        transactions=device.transactions,
        errors=device.errors,
        p50_us=_us(device.latency.quantile_ns(0.5)),
        p99_us=_us(device.latency.quantile_ns(0.99)),
        last_error=device.last_error,
    )
    if counts := counted(device, device.link):
        found["counters"] = counts
    if refused := [str(hole) for hole in reading.unit.holes]:
        found["refused_addresses"] = refused
    slow = reading.slow_polls
    late, missed = late + sum(p.late for p in slow), missed + sum(p.missed for p in slow)
    return _with_lateness(found, late, missed)


def served(server: Server, unit: int, unheard: int, late: int, missed: int) -> Health:
    """Statistics of a `unit` that the bench serves; an error is a period without fresh commands."""
    tally = server.tally(unit)
    found = Health(
        transactions=tally.requests,
        errors=unheard,
        p50_us=_us(tally.latency.quantile_ns(0.5)),
        p99_us=_us(tally.latency.quantile_ns(0.99)),
        last_error="",
    )
    if counts := counted(server):
        found["counters"] = counts
    return _with_lateness(found, late, missed)


def _with_lateness(found: Health, late: int, missed: int) -> Health:
    if late:
        found["late"] = late
    if missed:
        found["missed"] = missed
    return found


def _us(duration_ns: float | None) -> float | None:
    return None if duration_ns is None else round(duration_ns / 1e3, 1)
