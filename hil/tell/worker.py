"""The courier's process: from the journal of alarms to people.

`python -m hil.tell.worker`, with its configuration as the first line on stdin: `site` (name or
file), `data` (folder) and `public` (where people reach the page, or null).
"""

from collections.abc import Mapping
from pathlib import Path

from hil.crew.station import Station, run_station
from hil.tell.courier import Courier
from hil.tell.outbox import FILE as OUTBOX
from hil.tell.sections import load_tell, settings_file
from twin.clock import NS_PER_S, monotonic_ns, utc_ns
from twin.site import load_site

LOOK_NS = 2 * NS_PER_S
"""The journal is looked at every so often [ns]."""
DESK = "desk.sqlite"


def work(station: Station) -> None:
    """Tell people until told to stop.

    Emits `ready` with the names of channels, and `told` whenever one does otherwise than before.
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
        known: Mapping[str, tuple[int, str]] = {}
        while not station.wait(monotonic_ns() + LOOK_NS):
            reports = courier.turn(utc_ns())
            state = {r.channel: (r.waiting, r.trouble) for r in reports}
            if state != known or any(r.said for r in reports):
                known = state
                station.emit("told", channels=[vars(r) for r in reports])


if __name__ == "__main__":
    run_station(work)
