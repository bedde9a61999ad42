"""The asking side of a controller's wiring: readings written, heartbeat moved, commands read.

The bench asks a controller that serves its registers; a controller in client role asks the
remote I/O that the bench serves. Both are this class, with sensors and commands exchanged.
"""

from collections.abc import Sequence

from hil.bench.columns import Outgoing
from hil.bench.reading import Reading
from hil.bench.wiring import Tap, runs
from hil.gate import WriteGate
from hil.links.cost import LinkCost
from hil.links.device import Device
from twin.registers import RegisterMap
from twin.signals import Quality


class Master(Reading):
    """Writes the columns of `written` to a device and reads those of `read` from it, as `Reading`.

    Columns of both count from 0.
    """

    def __init__(
        self,
        device: Device,
        register_map: RegisterMap,
        gate: WriteGate,
        written: Sequence[Tap],
        read: Sequence[Tap],
        cost: LinkCost,
        period_ns: int = 0,
    ) -> None:
        super().__init__(device, register_map, read, cost, period_ns)
        self._gate = gate
        (heartbeat,) = register_map.tagged("heartbeat", "hr")
        self._writes = runs(register_map, written, extra=[heartbeat.name])
        for run in self._writes:
            gate.admit(device, run.block)
        self._outgoing = Outgoing()
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
