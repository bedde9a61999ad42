"""The field side of a run in real time: link and controller processes, started in order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from firmware_sim import map_path
from hil.bench.endpoint import Endpoint
from hil.bench.faulty_line import FaultyLine
from hil.bench.wiring import ControllerWiring
from hil.crew.crew import Child, Crew
from hil.loop.image import Cell
from hil.loop.shared import SharedMemory
from twin.clock import NS_PER_S
from twin.errors import BadInput, refuse
from twin.registers import load_map
from twin.site import Site
from twin.site.model import Rtu, RtuTcp, Tcp, Tls

READY_S = 120.0
"""A process that ends says so at once; one may take so long to start on a busy machine [s]."""


@dataclass(frozen=True)
class Line:
    """One link with all controllers on it; they have one role and are emulated together."""

    endpoint: Endpoint
    wiring: tuple[ControllerWiring, ...]
    emulated: bool
    theirs: Endpoint
    """The emulated controllers' end: the same, but for its certificate."""

    @property
    def asked(self) -> bool:
        """Whether the bench asks (controllers serve) or is asked."""
        return self.wiring[0].role == "server"


def lines(
    site: Site, wiring: Sequence[ControllerWiring], transport: str, folder: Path
) -> list[Line]:
    """The links of a run. `transport` tcp or rtu gives every emulated controller its own."""
    own: list[Line] = []
    shared: dict[str, list[ControllerWiring]] = {}
    for w in wiring:
        if transport in ("tcp", "rtu") and site.controllers[w.name].emulated:
            path = str(folder / f"{w.name}.pty")
            endpoint = Endpoint(w.name, transport, path=path, pty=True)
            own.append(Line(endpoint, (w,), True, endpoint))
        else:
            shared.setdefault(w.link, []).append(w)
    return own + [_line(site, name, group, folder) for name, group in shared.items()]


def check_watchdogs(wiring: Sequence[ControllerWiring], cycle_ns: int) -> None:
    """Refuse a cycle that a controller would take for silence: it hears of us once a cycle.

    Raises:
        BadInput: names the controller and its watchdog time.
    """
    for w in wiring:
        watchdog_s = w.settings.get(
            "watchdog", load_map(map_path(w.type)).point("watchdog").default
        )
        if isinstance(watchdog_s, float) and 2 * cycle_ns / NS_PER_S > watchdog_s:
            rule = f"must be at most half the watchdog time of {w.name}, {watchdog_s:g} s"
            raise refuse("--cycle", f"{cycle_ns / NS_PER_S:g}s", rule)


def _line(site: Site, name: str, group: list[ControllerWiring], folder: Path) -> Line:
    place = f"{site.document.path.name} links.{name}"
    emulated = {site.controllers[w.name].emulated for w in group}
    if len({w.role for w in group}) > 1 or len(emulated) > 1:
        names = ", ".join(w.name for w in group)
        raise BadInput(
            f"{place}: {names} share it, but not their role (server, client) or being emulated"
        )
    match site.links[name]:
        case Tcp() | RtuTcp() as tcp:
            endpoint = Endpoint(name, tcp.transport, host=tcp.host, port=tcp.port)
            timeout = tcp.timeout
        case Tls() as tls:
            endpoint = tls_endpoint(site, name, tls)
            timeout = tls.timeout
            serves = "client" in {w.role for w in group} or emulated == {True}
            if serves and not tls.roles:
                rule = "say which role may 'read' and which may 'write' what hukka serves here"
                raise refuse(f"{place}.roles", {}, rule)
        case Rtu() as rtu:
            own = rtu.device == "pty"
            if emulated == {True} and not own:
                rule = "the bench plays both ends of this link: use pty, or emulated: false"
                raise refuse(f"{place}.device", rtu.device, rule)
            endpoint = rtu_endpoint(name, rtu, folder)
            timeout = rtu.timeout
        case _:
            raise BadInput(f"{place}: a loopback link needs --transport loopback")
    if timeout is None:
        timeout = most_patient_s(group)
    endpoint = replace(endpoint, timeout_s=timeout)
    return Line(endpoint, tuple(group), emulated.pop(), _theirs(site, name, endpoint))


def _theirs(site: Site, name: str, endpoint: Endpoint) -> Endpoint:
    link = site.links[name]
    if not isinstance(link, Tls) or link.emulated is None:
        return endpoint
    cert, key = (str(site.folder / path) for path in (link.emulated.cert, link.emulated.key))
    return replace(endpoint, cert=cert, key=key)


def tls_endpoint(site: Site, name: str, tls: Tls) -> Endpoint:
    """The bench's end of a TLS link."""
    return Endpoint(
        name,
        "tls",
        host=tls.host,
        port=tls.port,
        cert=str(site.folder / tls.cert),
        key=str(site.folder / tls.key),
        ca=str(site.folder / tls.ca),
        server_name=tls.server_name,
        role_needed=tls.role_needed,
        roles=dict(tls.roles),
    )


def rtu_endpoint(name: str, rtu: Rtu, folder: Path) -> Endpoint:
    """A serial link of the site, without its time-out; a pty is made in `folder`."""
    own = rtu.device == "pty"
    return Endpoint(
        name,
        "rtu",
        path=str(folder / f"{name}.pty") if own else rtu.device,
        pty=own,
        baud=rtu.baud,
        parity=rtu.parity,
        stop_bits=rtu.stop_bits,
    )


def most_patient_s(group: Sequence[ControllerWiring]) -> float:
    """Time-out of a link that gives none [s]: as long as any register map on it asks for."""
    return max(load_map(map_path(w.type)).header.timeout for w in group)


def start_field(
    crew: Crew,
    found: Sequence[Line],
    wiring: Sequence[ControllerWiring],
    image: SharedMemory,
    sizes: Sequence[int],
    snapshots: Mapping[str, str],
    period_ns: int,
    faulty: Mapping[str, FaultyLine],
    tell: Callable[[str], None],
) -> tuple[list[Child], list[Child]]:
    """Start every line; the processes of links and of emulated controllers.

    All wait for the order that says when time begins. Whoever serves a line starts first and
    says where; whoever asks is then told, and so is the user by `tell`.
    """
    links, controllers = [], []
    position = {w.name: i for i, w in enumerate(wiring)}
    for line in found:
        names = "+".join(w.name for w in line.wiring)
        plain = [w.plain() for w in line.wiring]
        to_fail = faulty.get(line.endpoint.name)
        fails = None if to_fail is None else to_fail.plain()
        link_config: dict[str, Any] = {
            "wiring": plain,
            "endpoint": line.endpoint.plain(),
            "emulated": line.emulated,
            "period_ns": period_ns,
            "image": str(image.path),
            "image_size": sum(Cell.size(n) for n in sizes),
            "cells": list(sizes),
            "cell_of": [position[w.name] for w in line.wiring],
        }
        controller_config: dict[str, Any] = {
            "wiring": plain,
            "endpoint": line.theirs.plain(),
            "snapshots": {w.name: snapshots[w.name] for w in line.wiring},
        }
        link_config["faulty"] = controller_config["faulty"] = fails
        controller = ("controller " + names, "hil.bench.controller_worker", controller_config)
        link = (f"link {line.endpoint.name}", "hil.bench.link_worker", link_config)
        order = (controller, link) if line.asked else (link, controller)
        for name, module, config in order:
            if module == "hil.bench.controller_worker" and not line.emulated:
                continue
            child = crew.start(name, module, config)
            said = crew.expect(child, "ready", READY_S)
            if "endpoint" in said.fields:  # whoever serves knows at which port
                for config in (link_config, controller_config):
                    config["endpoint"]["port"] = said.fields["endpoint"]["port"]
            if module == "hil.bench.link_worker":
                links.append(child)
                for note in said.fields["notes"]:
                    tell(f"{line.endpoint.name}: {note}")
            else:
                controllers.append(child)
        units = ", ".join(f"unit {w.unit} {w.name}" for w in line.wiring)
        tell(f"{Endpoint(**link_config['endpoint'])}, {units}")
    return links, controllers
