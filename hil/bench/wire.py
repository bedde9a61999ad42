"""The wiring of a site: which map point carries which signal or command."""

from pathlib import Path

from firmware_sim import io_map_path, map_path
from hil.bench.layout import Layout
from hil.bench.wiring import ControllerWiring, Tap
from twin.registers import RegisterMap, load_map
from twin.site import Site
from twin.site.model import Controller
from twin.site.quantity import si_unit


def map_file(controller: Controller) -> Path:
    """The register map that a controller's link carries."""
    server = controller.role == "server"
    return map_path(controller.type) if server else io_map_path(controller.type)


def map_files(site: Site) -> set[Path]:
    """Every register map that a site uses."""
    return {map_file(controller) for controller in site.controllers.values()}


def register_maps(site: Site) -> dict[str, RegisterMap]:
    """The map that each controller's link carries (`Controller.map_name`), and its type's own."""
    found = {c.map_name: load_map(map_file(c)) for c in site.controllers.values()}
    return found | {c.type: load_map(map_path(c.type)) for c in site.controllers.values()}


def wire(site: Site, layout: Layout) -> list[ControllerWiring]:
    """Wiring of every controller of a site."""
    return [_wire(site, layout, name, c) for name, c in site.controllers.items()]


def _wire(site: Site, layout: Layout, name: str, controller: Controller) -> ControllerWiring:
    points = load_map(map_file(controller))
    sensors = tuple(
        Tap(point, layout.signal(signal), si_unit(site.signals[signal].unit))
        for point, signal in controller.sensors.items()
    )
    # a command is what its register says in SI; that the plant input agrees was checked at load
    commands = tuple(
        Tap(point, column, si_unit(points.point(point).unit))
        for column, point in enumerate(controller.commands)
    )
    return ControllerWiring(
        name=name,
        type=controller.type,
        role=controller.role,
        unit=controller.unit,
        link=controller.link,
        settings=dict(controller.settings),
        sensors=sensors,
        commands=commands,
    )
