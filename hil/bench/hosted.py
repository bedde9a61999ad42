"""An emulated controller together with what it stands on: its own registers, or remote I/O."""

import base64
from collections.abc import Callable, Mapping

from firmware_sim import Controller, io_map_path, make_controller
from hil.bench.master import Master
from hil.bench.wiring import ControllerWiring, Tap
from hil.gate import WriteGate
from hil.links.cost import LinkCost
from hil.links.device import Device
from hil.links.link import Link
from twin.registers import load_map

Play = Callable[[str, Mapping[str, float]], Controller]
"""Makes a controller of a type, with settings [in the units of its map]."""


class Hosted:
    """A controller in server role: whoever serves `bank` makes it reachable."""

    def __init__(self, wiring: ControllerWiring, play: Play = make_controller) -> None:
        self.wiring = wiring
        self._play = play
        self.controller: Controller = play(wiring.type, wiring.settings)
        self.bank = self.controller.bank

    def scan(self, dt_s: float) -> None:
        """One PLC cycle of `dt_s` [s]."""
        self.controller.scan(dt_s)

    def restart(self) -> None:
        """What a return of power leaves: the settings that are kept, and nothing else."""
        fresh = self._play(self.wiring.type, self.controller.settings_to_dict())
        self.controller.restore(fresh.snapshot())

    def snapshot(self) -> str:
        """All that the controller remembers, as text."""
        return base64.b64encode(self.controller.snapshot()).decode()

    def restore(self, snapshot: str) -> None:
        """Go on from a snapshot of a controller of the same type."""
        self.controller.restore(base64.b64decode(snapshot))


class HostedClient(Hosted):
    """A controller in client role: it fetches its inputs and delivers its outputs over `link`."""

    def __init__(
        self,
        wiring: ControllerWiring,
        link: Link,
        now_ns: Callable[[], int],
        cost: LinkCost,
        play: Play = make_controller,
    ) -> None:
        super().__init__(wiring, play)
        own, remote = self.controller.map, load_map(io_map_path(wiring.type))
        (beat,) = own.tagged("heartbeat", "hr")
        sensors = [p.name for p in own.tagged("sensor", "hr")]
        outputs = [p.name for p in own.tagged("command", "ir")]
        self._inputs = self.bank.view((beat.name, *sensors))
        self._outputs = self.bank.view(outputs)
        (their_beat,) = remote.tagged("heartbeat", "ir")
        read = [Tap(their_beat.name, 0, their_beat.unit)]
        read += [Tap(name, i + 1, own.point(name).unit) for i, name in enumerate(sensors)]
        written = [Tap(name, i, own.point(name).unit) for i, name in enumerate(outputs)]
        self.device = Device(wiring.name, link, wiring.unit, now_ns)
        self.io = Master(self.device, remote, WriteGate(simulated=True), written, read, cost)
        self._good = [0] * len(outputs)

    def scan(self, dt_s: float) -> None:
        """Read the remote inputs, run one PLC cycle, write the remote outputs.

        Inputs that were not answered stay as they are, and so does the heartbeat among them: the
        controller's own watchdog judges a silent station.
        """
        self.io.read()
        if self.io.quality[0] == 0:
            self._inputs.write(self.io.values)
        self.controller.scan(dt_s)
        outputs = [v for v in self._outputs.read() if v is not None]
        if len(outputs) == len(self._good):  # else silence, which the station takes for what it is
            self.io.write(outputs, self._good)
