"""Emulated remote I/O: registers that the bench serves to a controller in client role."""

from collections.abc import Sequence
from math import nan

from firmware_sim import io_map_path
from hil.bench.wiring import ControllerWiring, runs
from twin.registers import RegisterBank, load_map
from twin.signals import Quality

_WRAP = 65536


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
        self._theirs = theirs.name
        sensors = runs(register_map, wiring.sensors, writing=True, extra=[ours.name])
        commands = runs(register_map, wiring.commands, writing=True)
        self._sensors = [(run.columns, self.bank.view_of(run.block)) for run in sensors]
        self._commands = [(run.columns, self.bank.view_of(run.block)) for run in commands]
        self._beat = 0
        self._heard = self.bank.get(self._theirs)
        self._heard_ns: int | None = None
        self.values = [nan] * len(wiring.commands)
        self.quality = [int(Quality.NOT_YET)] * len(wiring.commands)

    def publish(self, values: Sequence[float], quality: Sequence[int]) -> None:
        """Put the readings into the registers; one that is not good as "no value"."""
        self._beat = (self._beat + 1) % _WRAP
        believed = [v if q == 0 else nan for v, q in zip(values, quality, strict=True)]
        believed.append(float(self._beat))  # column -1
        for columns, view in self._sensors:
            view.write([believed[c] for c in columns])

    def read(self, now_ns: int) -> None:
        """Take up what the controller has written by `now_ns` [ns]."""
        beat = self.bank.get(self._theirs)
        if beat != self._heard:
            self._heard, self._heard_ns = beat, now_ns
        if self._heard_ns is None:
            return
        silent = now_ns - self._heard_ns > self._stale_ns
        for columns, view in self._commands:
            for column, value in zip(columns, view.read(), strict=True):
                missing = value is None or silent
                self.values[column] = nan if value is None or silent else value
                otherwise = Quality.TIMEOUT if silent else Quality.NO_VALUE
                self.quality[column] = int(otherwise if missing else Quality.GOOD)
