"""The courier's process: from the journal of alarms to people.

`python -m hil.tell.worker`, with its configuration as the first line on stdin: `site` (name or
file), `data` (folder) and `public` (where people reach the page, or null).
"""

from collections.abc import Iterable
from pathlib import Path

from hil.crew.station import Station, run_station
from hil.tell.courier import Courier, Report
from hil.tell.outbox import FILE as OUTBOX
from hil.tell.sections import load_tell, settings_file
from twin.clock import NS_PER_S, monotonic_ns, utc_ns
from twin.site import load_site

LOOK_NS = 2 * NS_PER_S
"""The journal is looked at every so often [ns]."""
DESK = "desk.sqlite"


def work(station: Station) -> None:
    """Tell people until told to stop.

    Emits `ready` with the names of channels, and a `beat` after the turn of each, so that one that
    hangs is known from one whose servers do not answer.
    """
    config = station.config
    site, data = load_site(config["site"]), Path(config["data"])
    file = settings_file(data, site)
    settings = load_tell(file, site).reached(config.get("public"))
    while not (data / DESK).exists():  # the keeper makes it
        if station.wait(monotonic_ns() + LOOK_NS):
            return
    folder = data if file is None else file.parent
    with Courier(data / DESK, data / OUTBOX, settings, site.site, folder) as courier:
        station.emit("ready", channels=list(settings.channels))
        known: dict[str, Report] = {}
        while not station.wait(monotonic_ns() + LOOK_NS):
            _beat(station, known.values())
            for name in settings.channels:
                known[name] = courier.turn_of(name, utc_ns())
                _beat(station, known.values())


def _beat(station: Station, reports: Iterable[Report]) -> None:
    """How the channels do; `trouble` is why people are not told, for the health of the desk."""
    told = list(reports)
    troubles = [f"{r.channel}: {r.trouble}; {r.waiting} waiting" for r in told if r.trouble]
    station.emit("beat", trouble=", ".join(troubles), channels=[vars(r) for r in told])


if __name__ == "__main__":
    run_station(work)
