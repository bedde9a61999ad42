"""The bench's end of a link: it asks controllers, or it is asked by them."""

from collections.abc import Callable, Sequence
from typing import Protocol

from firmware_sim import map_path
from hil.bench.endpoint import Endpoint, open_link, open_server
from hil.bench.faulty_line import FailingServer, FaultyLine
from hil.bench.health import Health, Rounds, health, served
from hil.bench.master import Master
from hil.bench.remote_io import RemoteIo
from hil.bench.silence import be_reached, reach
from hil.bench.staleness import stale_ns
from hil.bench.wiring import ControllerWiring
from hil.gate import WriteGate
from hil.links.device import Device
from hil.links.link import Link
from hil.links.rtu import RtuLink
from twin.clock import WallClock
from twin.registers import load_map
from twin.signals import Quality


class Side(Protocol):
    """What a link process needs of its end, whichever it is."""

    endpoint: Endpoint

    @property
    def notes(self) -> list[str]:
        """What the user should know of the line."""
        ...

    def reach(self, look: Callable[[], None]) -> None:
        """Return when every controller has been heard; LinkLost names one that has not."""
        ...

    def begin(self, start_ns: int) -> None:
        """The run begins at `start_ns` (monotonic) [ns]."""
        ...

    def wait(self, clock: WallClock, until_ns: int) -> None:
        """Let time pass to `until_ns` [ns of the run], serving if there is something to serve."""
        ...

    def exchange(
        self, i: int, now_ns: int, readings: tuple[Sequence[float], Sequence[int]] | None
    ) -> tuple[Sequence[float], Sequence[int]]:
        """Bring controller `i` its readings, if there are any yet, and get its commands."""
        ...

    def heard(self, i: int) -> tuple[int, str]:
        """How often controller `i` was heard, and what to say if it no longer is."""
        ...

    def health(self, rounds: Rounds) -> dict[str, Health]:
        """Statistics of every controller, after `rounds` of the link."""
        ...

    def close(self) -> None:
        """Give the line back."""
        ...


_ANSWERS = frozenset({Quality.GOOD, Quality.NO_VALUE})
"""Qualities of columns that a controller has just told; that it has no value is an answer too."""


class Asking:
    """The bench is the master of controllers that serve their registers."""

    def __init__(
        self,
        endpoint: Endpoint,
        wiring: Sequence[ControllerWiring],
        period_ns: int,
        link: Link | None = None,
    ) -> None:
        """`link` leads to `endpoint`, for who asks on it as well; without it, one is opened."""
        self.endpoint = endpoint
        self._link = open_link(endpoint) if link is None else link
        gate = WriteGate(simulated=True)
        self._masters = [
            Master(
                Device(w.name, self._link, w.unit),
                load_map(map_path(w.type)),
                gate,
                w.sensors,
                w.commands,
                endpoint.cost,
                period_ns,
            )
            for w in wiring
        ]
        self._heard = [0] * len(wiring)
        self.close = self._link.close

    @property
    def notes(self) -> list[str]:
        """What the driver of a serial adapter adds to every reply."""
        link = self._link
        return [link.adapter.text] if isinstance(link, RtuLink) and link.adapter else []

    def reach(self, look: Callable[[], None]) -> None:
        """Return when every controller has been heard; LinkLost names one that has not."""
        reach(self._masters, look)

    def begin(self, start_ns: int) -> None:
        """Nothing here depends on when the run begins."""

    def wait(self, clock: WallClock, until_ns: int) -> None:
        """Let time pass to `until_ns` [ns of the run]."""
        clock.wait_until(until_ns)

    def exchange(
        self, i: int, now_ns: int, readings: tuple[Sequence[float], Sequence[int]] | None
    ) -> tuple[Sequence[float], Sequence[int]]:
        """Write the readings, if there are any yet, and read the commands of controller `i`."""
        master = self._masters[i]
        asked = master.device.transactions
        if readings is not None:
            master.write(*readings)
        master.read()
        # columns that are kept between polls say nothing of whether the controller is there
        asked = master.device.transactions - asked
        answered = _ANSWERS.issuperset(master.quality)
        self._heard[i] += asked > 0 and not master.refused and answered
        return master.values, master.quality

    def heard(self, i: int) -> tuple[int, str]:
        """How often controller `i` was heard, and what to say if it no longer is."""
        master = self._masters[i]
        return self._heard[i], master.refused or master.device.last_error

    def health(self, rounds: Rounds) -> dict[str, Health]:
        """Statistics of every controller, after `rounds` of the link."""
        return {m.device.name: health(m, rounds.late, rounds.missed) for m in self._masters}


class Serving:
    """The bench is the remote I/O of controllers in client role."""

    def __init__(
        self,
        endpoint: Endpoint,
        wiring: Sequence[ControllerWiring],
        period_ns: int,
        faulty: FaultyLine | None = None,
    ) -> None:
        self._names = [w.name for w in wiring]
        self._units = [w.unit for w in wiring]
        self._stations = [RemoteIo(w, stale_ns(period_ns)) for w in wiring]
        banks = {w.unit: io.bank for w, io in zip(wiring, self._stations, strict=True)}
        self._failing = None if faulty is None else FailingServer(faulty, banks)
        self._server = self._failing or open_server(endpoint, banks)
        self.endpoint = endpoint.at(self._server)
        self.close = self._server.close
        self.notes: list[str] = []

    def reach(self, look: Callable[[], None]) -> None:
        """Return when every controller has been heard; LinkLost names one that has not."""
        named = dict(zip(self._names, self._stations, strict=True))
        be_reached(named, self._server, self.endpoint, look)

    def begin(self, start_ns: int) -> None:
        """The faults of a line that is to fail count from `start_ns` (monotonic) [ns]."""
        if self._failing is not None:
            self._failing.begin(start_ns)

    def wait(self, clock: WallClock, until_ns: int) -> None:
        """Serve to `until_ns` [ns of the run]."""
        self._server.poll(clock.start_ns + until_ns)

    def exchange(
        self, i: int, now_ns: int, readings: tuple[Sequence[float], Sequence[int]] | None
    ) -> tuple[Sequence[float], Sequence[int]]:
        """Put the readings into the registers of controller `i`; what it has written there."""
        io = self._stations[i]
        if readings is not None:
            io.publish(*readings)
        io.read(now_ns)
        return io.values, io.quality

    def heard(self, i: int) -> tuple[int, str]:
        """How often controller `i` was heard, and what to say if it no longer is."""
        return self._stations[i].beats, f"its heartbeat does not move, on {self.endpoint}"

    def health(self, rounds: Rounds) -> dict[str, Health]:
        """Statistics of every controller, after `rounds` of the link."""
        return {
            name: served(self._server, unit, io.missed, rounds.late, rounds.missed)
            for name, unit, io in zip(self._names, self._units, self._stations, strict=True)
        }
