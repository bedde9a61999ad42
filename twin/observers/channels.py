"""Signals and commands of a site as channels whose readings are looked at by themselves."""

from collections.abc import Sequence

from twin.diagnosis.channel import Channel
from twin.site.faults import Fault, catalogue
from twin.site.model import Site

CONTROLLER_DEAD = "does the controller answer; address and order of words of the register"
ASTRAY = 1.0 / 3.0
"""A held signal is astray by this share of a full `off_setpoint` of what holds it [-] (assumed;
1 K and 6.7 kPa: half a fault shows, and so does what commissioning's own range hides of it)."""
DEAD = "supply and wiring of the transmitter; its range; the register's map"


def channels_of(
    site: Site, signals: Sequence[str], commands: Sequence[str], watched: Sequence[str], rows: int
) -> tuple[Channel, ...]:
    """Channels in the order of a row; a sample is the mean of `rows` rows."""
    faults = {fault.name: fault for fault in catalogue(site)}
    return (
        *(_signal(site, name, watched, faults, rows) for name in signals),
        *(_command(site, name, faults) for name in commands),
    )


def _signal(
    site: Site, name: str, watched: Sequence[str], faults: dict[str, Fault], rows: int
) -> Channel:
    told = site.signals[name]
    low, high = told.range_si
    noise = faults.get(f"{name}.noise")
    held_by = _held_by(site, name)
    off = [faults[f"{u}.off_setpoint"] for u in held_by if f"{u}.off_setpoint" in faults]
    kinds = ("stuck", "noise", "scale")
    checks = [(k, faults[f"{name}.{k}"].check) for k in kinds if f"{name}.{k}" in faults]
    return Channel(
        name=name,
        part=name.partition(".")[0],
        command=False,
        watched=list(watched).index(name) if name in watched else None,
        low=low,
        high=high,
        digit=told.resolution_si + 3.0 * told.noise_si,
        noise=float("inf") if noise is None else noise.default * noise.si_per_unit / rows**0.5,
        controllers=_over(site, name, "sensors"),
        checks=(*checks, ("dead", DEAD)),
        unit=told.si_unit,
        held_by=held_by,
        astray=min((ASTRAY * f.default * f.si_per_unit for f in off), default=float("inf")),
    )


def _command(site: Site, name: str, faults: dict[str, Fault]) -> Channel:
    kinds = ("frozen", "hunting", "off_setpoint")
    part = name.partition(".")[0]
    settle = site.twin[part].settle if part in site.twin else None
    switch = "" if settle is None or settle.switch == name else settle.switch
    checks = [(k, faults[f"{name}.{k}"].check) for k in kinds if f"{name}.{k}" in faults]
    return Channel(
        name=name,
        part=part,
        command=True,
        watched=None,
        low=0.0,
        high=1.0,
        digit=0.0,
        noise=0.0,
        controllers=_over(site, name, "commands"),
        checks=(*checks, ("dead", CONTROLLER_DEAD)),
        switch=switch,
    )


def _over(site: Site, name: str, of: str) -> tuple[str, ...]:
    return tuple(c for c, told in site.controllers.items() if name in getattr(told, of).values())


def _held_by(site: Site, name: str) -> tuple[str, ...]:
    return tuple(
        told.commands[command]
        for told in site.controllers.values()
        for command, sensor in told.holds.items()
        if told.sensors.get(sensor) == name
    )
