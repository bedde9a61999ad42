"""Link statistics as the command line and the dashboard show them."""

from typing import NotRequired, TypedDict

from hil.bench.endpoint import Server
from hil.links.device import Device


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


def health(device: Device) -> Health:
    """Statistics of one device on its link."""
    return Health(
        transactions=device.transactions,
        errors=device.errors,
        p50_us=_us(device.latency.quantile_ns(0.5)),
        p99_us=_us(device.latency.quantile_ns(0.99)),
        last_error=device.last_error,
    )


def served(server: Server, missed: int) -> Health:
    """Statistics of a link that the bench serves; an error is a period without fresh commands."""
    return Health(
        transactions=server.requests,
        errors=missed,
        p50_us=_us(server.latency.quantile_ns(0.5)),
        p99_us=_us(server.latency.quantile_ns(0.99)),
        last_error="",
    )


def _us(duration_ns: float | None) -> float | None:
    return None if duration_ns is None else round(duration_ns / 1e3, 1)
