"""The asking side of a controller's wiring: readings written, heartbeat moved, commands read.

The bench asks a controller that serves its registers; a controller in client role asks the
remote I/O that the bench serves. Both are this class, with sensors and commands exchanged.
"""

from collections.abc import Sequence

from hil.bench.columns import Incoming, Outgoing
from hil.bench.wiring import Tap, runs
from hil.gate import WriteGate
from hil.links.device import Device
from twin.registers import RegisterMap
from twin.signals import Quality


class Master:
    """Writes the columns of `written` to a device and reads those of `read` from it.

    `values` and `quality` hold what was read last, in the order of the columns of `read`, which
    count from 0.
    """

    def __init__(
        self,
        device: Device,
        register_map: RegisterMap,
        gate: WriteGate,
        written: Sequence[Tap],
        read: Sequence[Tap],
    ) -> None:
        self.device = device
        self._gate = gate
        (heartbeat,) = register_map.tagged("heartbeat", "hr")
        self._writes = runs(register_map, written, writing=True, extra=[heartbeat.name])
        self._reads = runs(register_map, read, writing=False)
        for run in self._writes:
            gate.admit(device, run.block)
        self._outgoing = Outgoing()
        self._incoming = Incoming(len(read))
        self.values, self.quality = self._incoming.values, self._incoming.quality
        self.refused = ""
        """Why the last write was not confirmed; empty when it was."""

    def write(self, values: Sequence[float], quality: Sequence[int]) -> None:
        """Send the columns; one that is not good goes out as "no value"."""
        row = self._outgoing.row(values, quality)
        self.refused = ""
        for run in self._writes:
            permit = self._gate.permit(self.device, run.block, run.pick(row))
            outcome = self.device.write(permit)
            if outcome.quality is not Quality.GOOD:
                self.refused = outcome.why

    def read(self) -> None:
        """Ask for the columns of `read`; what was not answered keeps its reason, not its value."""
        for run in self._reads:
            reading = self.device.read(run.block)
            if reading.values is None:
                self._incoming.miss(run.columns, reading.quality)
            else:
                self._incoming.take(run.columns, reading.values)
