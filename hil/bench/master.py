"""The asking side of a controller's wiring: readings written, heartbeat moved, commands read.

The bench asks a controller that serves its registers; a controller in client role asks the
remote I/O that the bench serves. Both are this class, with sensors and commands exchanged.
"""

from collections.abc import Sequence

from hil.bench.wiring import Run, Tap, runs
from hil.gate import WriteGate
from hil.links.device import Device
from twin.registers import RegisterMap
from twin.signals import Quality

_WRAP = 65536


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
        self._beat = 0
        self.values = [float("nan")] * len(read)
        self.quality = [int(Quality.NOT_YET)] * len(read)

    def write(self, values: Sequence[float], quality: Sequence[int]) -> None:
        """Send the columns; one that is not good goes out as "no value"."""
        self._beat = (self._beat + 1) % _WRAP
        believed = [v if q == 0 else _NAN for v, q in zip(values, quality, strict=True)]
        believed.append(float(self._beat))  # column -1
        for run in self._writes:
            block = run.block
            self.device.write(
                self._gate.permit(self.device, block, [believed[c] for c in run.columns])
            )

    def read(self) -> None:
        """Ask for the columns of `read`; what was not answered keeps its reason, not its value."""
        for run in self._reads:
            reading = self.device.read(run.block)
            if reading.values is None:
                self._note(run, [None] * len(run.columns), reading.quality)
            else:
                self._note(run, reading.values, Quality.NO_VALUE)

    def _note(self, run: Run, values: Sequence[float | None], otherwise: Quality) -> None:
        for column, value in zip(run.columns, values, strict=True):
            self.values[column] = _NAN if value is None else value
            self.quality[column] = int(otherwise if value is None else Quality.GOOD)


_NAN = float("nan")
