"""The scan cycle: inputs → watchdog → program → outputs, on a bank of registers.

Every register map has, beside the points of its program: the coils `enable` and `reset` (and
`manual` where the program has that), the holding registers `heartbeat` directly before the
sensors and `watchdog` [s], the input registers `sensors_bad` (bit i for the i-th sensor) and
`scans` behind the outputs, the discrete inputs `sensor_fault` and `comm_lost`.
"""

import json
from collections.abc import Mapping
from typing import Any

from firmware_sim.program import INSIDE, Orders, Program, rebuild
from twin.errors import BadInput, refuse, unknown
from twin.registers import Point, RegisterBank, RegisterMap
from twin.signals import conversion

_SCANS_WRAP = 65536


class Controller:
    """One emulated controller: `bank` is what a Modbus server serves, `scan` is its PLC cycle.

    A master writes the sensor points and changes `heartbeat` at least every `watchdog` seconds;
    the controller stays stopped until the first change. When changes cease, or the first one
    does not come in that time, it goes to its fail-safe outputs, unless it is not enabled.
    """

    def __init__(
        self,
        type_name: str,
        program: Program[Any, Any, Any],
        register_map: RegisterMap,
        settings: Mapping[str, float],
    ) -> None:
        self.type_name = type_name
        self.program = program
        self.map = register_map
        self.bank = RegisterBank(register_map)
        sensors = program.sensors._fields
        self.conversions = {
            point.name: conversion(point.unit, INSIDE.get(point.unit, point.unit))
            for point in register_map.points.values()
        }
        """Factor and offset of each point from its unit to the program's."""
        self._inputs = self.bank.view(("heartbeat", *sensors), self.conversions)
        outputs = (*program.outputs, "sensors_bad", "scans")
        self._outputs = self.bank.view(outputs, self.conversions)
        self._plausible = tuple(program.plausible[name] for name in sensors)
        self._alarm_names = (*program.alarms, "sensor_fault", "comm_lost")
        self._alarms: tuple[bool, ...] = (False,) * len(self._alarm_names)
        self._memory = program.begin()
        self._heard, self._silent_s, self._scans = False, 0.0, 0
        self._last_heartbeat = self._inputs.read()[0]
        self.settings_from_dict(settings, f"{type_name} settings")
        self._read_settings()

    def scan(self, dt_s: float) -> None:
        """One cycle, `dt_s` [s] after the one before; results are in the bank afterwards."""
        if self.bank.settings_version != self._version:
            self._read_settings()
        heartbeat, *values = self._inputs.read()
        lost = self._watch(heartbeat, dt_s)
        credible = [
            value if value is not None and low <= value <= high else None
            for value, (low, high) in zip(values, self._plausible, strict=True)
        ]
        bad = 0
        if None in credible and self._heard:
            bad = sum(1 << i for i, value in enumerate(credible) if value is None)
        # a first heartbeat that does not come is a lost one
        enable = self._enable and (self._heard or lost)
        orders = Orders(enable, self._reset, self._manual, lost)
        self._memory, (outputs, alarms) = self.program.step(
            self._memory, self.program.sensors(*credible), self._settings, orders, dt_s
        )
        self._scans = (self._scans + 1) % _SCANS_WRAP
        self._outputs.write((*outputs, bad, self._scans))
        alarms = (*alarms, bad != 0, lost)
        if alarms != self._alarms:
            self._show(alarms)
        if self._reset:
            self._take_back_reset()

    @property
    def settings_in_force(self) -> Any:  # noqa: ANN401 - the program's own tuple
        """Settings as the program takes them now."""
        if self.bank.settings_version != self._version:
            self._read_settings()
        return self._settings

    @property
    def orders_in_force(self) -> tuple[bool, bool, bool]:
        """Whether it is enabled, to be reset, by hand."""
        if self.bank.settings_version != self._version:
            self._read_settings()
        return self._enable, self._reset, self._manual

    def settings_to_dict(self) -> dict[str, float]:
        """Non-volatile settings by name, in the units of the map."""
        values = {p.name: self.bank.get(p.name) for p in self.map.points.values() if p.nv}
        return {name: value for name, value in values.items() if value is not None}

    def settings_from_dict(self, settings: Mapping[str, float], place: str = "settings") -> None:
        """Take settings, in the units of the map.

        Raises:
            BadInput: a name is no setting, or a value leaves the limits; then none is taken.
        """
        known = {p.name: p for p in self.map.points.values() if p.tag == "setting"}
        for name, value in settings.items():
            if name not in known:
                raise unknown(place, "setting", name, known)
            _check(f"{place}.{name}", known[name], value)
        for name, value in settings.items():
            self.bank.set(name, value)

    def setpoint(self, output: str) -> Point:
        """The setting at which value `output` holds what it is moved for.

        Raises:
            BadInput: the program has none for it.
        """
        setpoints = self.program.setpoints
        if output not in setpoints:
            raise unknown(f"{self.type_name} set point", "output", output, setpoints)
        return self.map.point(setpoints[output])

    @property
    def watchdog_s(self) -> float:
        """Longest silence of the heartbeat [s]."""
        if self.bank.settings_version != self._version:
            self._read_settings()
        return self._watchdog_s

    def snapshot(self) -> bytes:
        """All that the controller remembers, registers and program, for `restore`."""
        tables = {name: data.hex() for name, data in self.bank.save().items()}
        scan = (self._heard, self._scans, self._alarms)
        return json.dumps([self.type_name, tables, self._memory, scan]).encode()

    def restore(self, snapshot: bytes) -> None:
        """Go on from a snapshot of a controller of the same type; BadInput for any other.

        The heartbeat begins anew: it may come from another master.
        """
        type_name, tables, memory, scan = json.loads(snapshot)
        if type_name != self.type_name:
            raise refuse("snapshot", type_name, f"is not of a {self.type_name}")
        self.bank.load({name: bytes.fromhex(text) for name, text in tables.items()})
        self._memory = rebuild(self.program.begin(), memory)
        self._heard, self._scans, alarms = scan
        self._alarms = tuple(alarms)
        self._last_heartbeat, self._silent_s = self._inputs.read()[0], 0.0
        self._read_settings()

    def _watch(self, heartbeat: float | None, dt_s: float) -> bool:
        """Whether the heartbeat has been silent for too long."""
        if heartbeat != self._last_heartbeat:
            self._last_heartbeat, self._silent_s, self._heard = heartbeat, 0.0, True
        else:
            self._silent_s += dt_s
        return self._silent_s > self._watchdog_s

    def _read_settings(self) -> None:
        def inside(name: str) -> float:
            value = self.bank.get(name)
            if value is None:
                raise BadInput(f"{self.map.file}: setting {name!r} has no value")
            factor, offset = self.conversions[name]
            return factor * value + offset

        self._settings = self.program.settings(*map(inside, self.program.settings._fields))
        self._watchdog_s = inside("watchdog")
        self._enable, self._reset, self._manual = (
            name in self.map.points and self.bank.get(name) == 1.0
            for name in ("enable", "reset", "manual")
        )
        self._version = self.bank.settings_version

    def _show(self, alarms: tuple[bool, ...]) -> None:
        for name, alarm in zip(self._alarm_names, alarms, strict=True):
            self.bank.set(name, float(alarm))
        self._alarms = alarms

    def _take_back_reset(self) -> None:
        self.bank.set("reset", 0.0)
        self._read_settings()


def _check(place: str, point: Point, value: float) -> None:
    low = 0.0 if point.min is None else point.min
    high = 1.0 if point.max is None else point.max
    if not low <= value <= high:
        raise refuse(place, value, f"must be {low:g} to {high:g} {point.unit}")
