"""A controller on a desk: sensors written and commands read as a Modbus master would."""

from collections.abc import Callable, Mapping

from firmware_sim import State, make_controller
from twin.registers import plan_blocks

Process = Callable[[Mapping[str, float], dict[str, float | None], float], None]
"""Moves the readings by one step: (commands [-], readings in map units, dt [s])."""


class Desk:
    """One controller, its readings (map units; None is "no value") and a process behind them."""

    def __init__(
        self,
        type_name: str,
        readings: Mapping[str, float | None],
        process: Process | None = None,
        settings: Mapping[str, float] | None = None,
    ) -> None:
        self.controller = make_controller(type_name, settings or {})
        self.bank = self.controller.bank
        points = self.controller.map.points
        self.readings = dict(readings)
        sensors = self.controller.map.tagged("sensor")
        assert set(self.readings) == {point.name for point in sensors}
        (self._written,) = plan_blocks([points["heartbeat"], *sensors], 123, 0)
        (self._read,) = plan_blocks(self.controller.map.tagged("command"), 125, 0)
        self._process = process
        self.heartbeat = 0
        self.beating = True
        self.states: list[State] = []
        self.commands: dict[str, float] = dict.fromkeys(self._read.names, 0.0)

    def run(self, seconds: float, dt_s: float = 1.0) -> dict[str, float]:
        """Scan for a while; the commands of the last scan [-]."""
        for _ in range(round(seconds / dt_s)):
            if self._process is not None:
                self._process(self.commands, self.readings, dt_s)
            self._write()
            self.controller.scan(dt_s)
            payload = self.bank.read_registers("ir", self._read.address, self._read.count)
            points = self._read.points
            values = zip(points, self._read.decode(payload), strict=True)
            self.commands = {
                p.name: (v or 0.0) * (0.01 if p.unit == "%" else 1.0) for p, v in values
            }
            if not self.states or self.states[-1] is not self.state:
                self.states.append(self.state)
        return self.commands

    def until(self, condition: Callable[[], bool], limit_s: float, dt_s: float = 1.0) -> float:
        """Scan until `condition` holds; how long that took [s]."""
        for step in range(round(limit_s / dt_s)):
            if condition():
                return step * dt_s
            self.run(dt_s, dt_s)
        raise AssertionError(f"not within {limit_s} s; states {self.states[-5:]}")

    @property
    def state(self) -> State:
        return State(int(self.value("state")))

    def value(self, name: str) -> float:
        value = self.bank.get(name)
        assert value is not None, name
        return value

    def press(self, coil: str, on: bool = True) -> None:
        point = self.controller.map.point(coil)
        self.bank.write_bits(point.address, 1, bytes([on]))

    def change(self, setting: str, value: float) -> None:
        (block,) = plan_blocks([self.controller.map.point(setting)], 123, 0)
        self.bank.write_registers(block.address, block.encode([value]))

    def _write(self) -> None:
        if self.beating:
            self.heartbeat = (self.heartbeat + 1) % 65536
        values = [float(self.heartbeat)]
        for name in self._written.names[1:]:
            value = self.readings[name]
            values.append(float("nan") if value is None else value)
        self.bank.write_registers(self._written.address, self._written.encode(values))


def toward(value: float, target: float, time_s: float, dt_s: float) -> float:
    """One explicit step of a first-order lag."""
    return value + (target - value) * dt_s / time_s
