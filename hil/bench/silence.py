"""How long a controller may be silent: before a run begins, and while it goes on."""

from collections.abc import Callable, Mapping, Sequence

from hil.bench.endpoint import Endpoint, Server
from hil.bench.master import Master
from hil.bench.remote_io import RemoteIo
from twin.clock import NS_PER_S, WallClock
from twin.errors import LinkLost

REACH_NS = 5 * NS_PER_S
"""A controller that is there answers, or asks, within so long [ns] (assumed)."""
LOST_NS = 10 * NS_PER_S
"""A controller that says nothing for so long, and for three periods, is lost [ns] (assumed)."""
_TRY_NS = NS_PER_S // 10


class Silence:
    """Raises LinkLost when controller `name` has said nothing for too long."""

    def __init__(self, name: str, period_ns: int) -> None:
        self._name = name
        self._patience_ns = max(LOST_NS, 3 * period_ns)
        self._short_ns = max(NS_PER_S, 3 * period_ns)
        self._heard = 0
        self._since_ns = 0

    def up(self, now_ns: int) -> bool:
        """Whether it was heard within the last second, or three periods."""
        return now_ns - self._since_ns <= self._short_ns

    def check(self, heard: int, now_ns: int, why: str) -> None:
        """`heard` counts what it has said by `now_ns` [ns]; `why` ends the message."""
        if heard != self._heard:
            self._heard, self._since_ns = heard, now_ns
        elif now_ns - self._since_ns > self._patience_ns:
            for_s = self._patience_ns / NS_PER_S
            raise LinkLost(f"{self._name}: nothing heard for {for_s:g} s; {why}")


def reach(masters: Sequence[Master], look: Callable[[], None]) -> None:
    """Return when every controller has answered; LinkLost names one that does not.

    `look` is called meanwhile, and may raise.
    """
    clock = WallClock()
    silent = list(masters)
    while silent:
        for master in silent:
            master.read()
        silent = [m for m in silent if m.device.transactions and not _answered(m)]
        if silent and clock.now_ns() > REACH_NS:
            raise LinkLost(
                f"{silent[0].device.name}: no answer in {REACH_NS / NS_PER_S:g} s;"
                f" {silent[0].device.last_error}"
            )
        if silent:
            look()
            clock.wait_until(clock.now_ns() + _TRY_NS)


def be_reached(
    served: Mapping[str, RemoteIo], server: Server, endpoint: Endpoint, look: Callable[[], None]
) -> None:
    """Serve until every controller has moved its heartbeat; LinkLost names one that does not.

    `look` is called meanwhile, and may raise.
    """
    clock = WallClock()
    while silent := [name for name, io in served.items() if not io.beats]:
        if clock.now_ns() > REACH_NS:
            raise LinkLost(
                f"{silent[0]}: has not asked for {REACH_NS / NS_PER_S:g} s, on {endpoint}"
            )
        look()
        server.poll(clock.start_ns + clock.now_ns() + _TRY_NS)
        for io in served.values():
            io.read(clock.now_ns())


def _answered(master: Master) -> bool:
    return master.device.transactions > master.device.errors
