"""The page as a process of the monitor: `python -m hil.page.worker`.

The first line on stdin is its configuration: `site`, `data`, `period_ns`, `live` (of
`hil.monitor.live`), `listen`, and `cert`, `key`, `neighbours` (a file) and `public` (a URL) or
null, and `proxies` (addresses). It says `ready` with its `address`, then

    {"event": "order", "number": 3, "action": "acknowledged", "who": "anna", "comment": "",
     "until_ns": null}
    {"event": "note", "who": "anna", "text": "filter changed", "t_ns": 1796000000000000000}

for the keeper, with the values of `twin.diagnosis.isa.Action`, and `beat` every five seconds. The
keeper's answer comes back as `{"answer": N, "error": ""}`, where N is the `ask` that such an event
has besides. How the monitor is comes as `{"told": {...}}` (`hil.monitor.health.Told`), as it is in
`health.json` if the disk takes that. It ends when its parent does, or with `{"stop": true}`.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Thread

from hil.crew.station import Station, run_station
from hil.neighbours.settings import metrics_token
from hil.page.changes import NotWritten, write_down
from hil.page.desk_source import DeskSource
from hil.page.handing_on import HandingOn
from hil.page.serving import PageServer, listening, place_of, prepared
from twin.site import load_site


def work(station: Station) -> None:
    """Serve until told to stop, or until nobody is there any more who could tell."""
    config = station.config
    folder = Path(config["data"])
    cert, key = (None if config.get(n) is None else Path(config[n]) for n in ("cert", "key"))
    public, proxies = config.get("public"), config.get("proxies", ())
    place = place_of(config["listen"], cert, key, "--page", public, proxies)
    site, period_ns = load_site(config["site"]), int(config["period_ns"])
    hand_on = HandingOn(station.emit, _late(folder))
    source = DeskSource(site, period_ns, folder, hand_on, config.get("live"))
    token = metrics_token(config.get("neighbours"))
    with closing(listening(place)) as listener:
        server, _ = prepared(source, folder, place, listener, token)
        server.beat = hand_on.beat
        Thread(
            target=_until_told, args=(station, server, source, hand_on), name="orders", daemon=True
        ).start()
        station.emit("ready", address=place.said(listener.getsockname()[1]))
        server.run(sockets=[listener])


def _late(folder: Path) -> Callable[..., None]:
    """Whoever ordered was told that it would be done: the audit log says that it was not."""

    def write(event: str, *, who: str, why: str, **fields: object) -> None:
        try:
            write_down(folder, f"{event}_refused", who, why=why, **fields)
        except NotWritten:
            return  # the supervisor's note in health says it too

    return write


def _until_told(
    station: Station, server: PageServer, source: DeskSource, hand_on: HandingOn
) -> None:
    try:
        while not (order := station.order()).get("stop"):
            if "told" in order:
                source.hear(order["told"])
            else:
                hand_on.answered(int(order["answer"]), str(order["error"]))
    except SystemExit:  # the parent is gone
        pass
    finally:
        server.should_exit = True


if __name__ == "__main__":
    run_station(work)
