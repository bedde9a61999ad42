"""Emulated remote I/O: registers that the bench serves to a controller in client role."""

from collections.abc import Sequence

from firmware_sim import io_map_path
from hil.bench.columns import Incoming, Outgoing
from hil.bench.wiring import ControllerWiring, runs
from twin.registers import RegisterBank, load_map
from twin.signals import Quality


class RemoteIo:
    """The memory of an I/O station: readings to be read, commands to be written by the controller.

    Commands count as read only while the controller's own heartbeat moves. `values` and
    `quality` hold them in the order of the wiring.
    """

    def __init__(self, wiring: ControllerWiring, stale_ns: int) -> None:
        register_map = load_map(io_map_path(wiring.type))
        self.bank = RegisterBank(register_map)
        self._stale_ns = stale_ns
        (ours,) = register_map.tagged("heartbeat", "ir")
        (theirs,) = register_map.tagged("heartbeat", "hr")
        self._theirs = self.bank.view([theirs.name])
        sensors = runs(register_map, wiring.sensors, extra=[ours.name])
        commands = runs(register_map, wiring.commands)
        self._sensors = [(run.pick, self.bank.view_of(run.block)) for run in sensors]
        self._commands = [(run.columns, self.bank.view_of(run.block)) for run in commands]
        self.beats = 0
        """How often the controller's heartbeat was seen to move [-]."""
        self.missed = 0
        """How often there were no fresh commands to read [-]."""
        self._heard = self._theirs.read()
        self._heard_ns: int | None = None
        self._outgoing = Outgoing()
        self._incoming = Incoming(len(wiring.commands))
        self.values, self.quality = self._incoming.values, self._incoming.quality

    def publish(self, values: Sequence[float], quality: Sequence[int]) -> None:
        """Put the readings into the registers; one that is not good as "no value"."""
        row = self._outgoing.row(values, quality)
        for pick, view in self._sensors:
            view.write(pick(row))

    def read(self, now_ns: int) -> None:
        """Take up what the controller has written by `now_ns` [ns]."""
        beat = self._theirs.read()
        if beat != self._heard:
            self._heard, self._heard_ns = beat, now_ns
            self.beats += 1
        if self._heard_ns is None:
            return
        silent = now_ns - self._heard_ns > self._stale_ns
        self.missed += silent
        for columns, view in self._commands:
            if silent:
                self._incoming.miss(columns, Quality.TIMEOUT)
            else:
                self._incoming.take(columns, view.read())
