"""What of a monitored plant stands in the streams of its historian, and how finely."""

from math import floor, log10

from hil.bench.layout import Layout
from hil.bench.wire import map_file
from hil.historian.weeks import Channel
from hil.monitor.rows import MEASURED, TWIN
from twin.observers.hypotheses import band_of
from twin.registers import load_map
from twin.site.model import Site
from twin.site.quantity import si_unit

FINER = 1000.0
"""A prediction is kept to a thousandth of its band, or a little finer [-] (assumed)."""
RECKONED_STEP = 1.0
"""A power that is reckoned has no band, and is kept to so much [W] (assumed)."""


def channels(site: Site, layout: Layout) -> dict[str, list[Channel]]:
    """Streams of a monitored plant; `TWIN` only where something is predicted."""
    measured = [
        Channel(f"{name}:measured", site.signals[name].si_unit, _step(site, name))
        for name in layout.signals
    ]
    commands = [Channel(f"{name}:command", unit) for name, unit in _command_units(site).items()]
    predicted, bands = [], []
    for name in layout.watched:
        unit = site.signals[name].si_unit
        band = band_of(site, name)
        predicted.append(Channel(f"{name}:predicted", unit, _fine(band)))
        bands.append(Channel(f"{name}:band", unit))
    predicted += [Channel(f"{name}:predicted", "W", RECKONED_STEP) for name in layout.reckoned]
    streams = {MEASURED: measured + commands}
    return streams | ({TWIN: predicted + bands} if predicted else {})


def _step(site: Site, name: str) -> float | None:
    return site.signals[name].resolution_si or None


def _fine(band: float) -> float:
    return float(10.0 ** floor(log10(band / FINER)))


def _command_units(site: Site) -> dict[str, str]:
    units = {}
    for controller in site.controllers.values():
        points = load_map(map_file(controller))
        for point, command in controller.commands.items():
            units[command] = si_unit(points.point(point).unit)
    return {name: units[name] for name in site.commands}
