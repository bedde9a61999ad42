"""What faults do to plant, sensors, controllers and links when their time comes."""

from collections.abc import Callable, Sequence
from functools import partial
from math import sqrt
from typing import cast

from hil.bench.tampering import Tampering
from hil.loop.cycle import Injection
from twin.plant import Network, SensorFault, Sensors
from twin.site import FaultEvent


def make_injections(
    events: Sequence[FaultEvent], network: Network, sensors: Sensors, tampering: Tampering
) -> list[Injection]:
    """The events as the cycle takes them."""

    def breaker(event: FaultEvent) -> Callable[[int], None]:
        match event.fault.kind:
            case "process":
                return _of_plant(event, network)
            case "sensor":
                return _Failing(event, sensors)
            case "actuator" | "controller" | "link":
                return partial(tampering.apply, event)

    return [Injection(event.at_ns, event.full_ns, breaker(event)) for event in events]


def _of_plant(event: FaultEvent, network: Network) -> Callable[[int], None]:
    name = f"{event.fault.part}.{event.fault.parameter}"
    return lambda t_ns: network.set_parameter(name, event.size * event.share(t_ns))


class _Failing:
    """A sensor that fails: each time by what the fault has grown since."""

    def __init__(self, event: FaultEvent, sensors: Sensors) -> None:
        self._event, self._sensors = event, sensors
        self._share = 0.0

    def __call__(self, t_ns: int) -> None:
        event, before, share = self._event, self._share, self._event.share(t_ns)
        kind = cast("SensorFault", event.fault.parameter)
        # deviations of independent noise add up by their squares
        grown = sqrt(share * share - before * before) if kind == "noise" else share - before
        assert event.fault.signal is not None
        self._sensors.fail(event.fault.signal, kind, event.size_si * grown)
        self._share = share
