"""The courier's process: from the journal of alarms, and from the desk itself, to people.

`python -m hil.tell.worker`, with its configuration as the first line on stdin: `site` (name or
file), `data` (folder) and `public` (where people reach the page, or null).
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import apsw

from hil.alarms.schema import DAMAGE
from hil.crew.station import Station, run_station
from hil.tell.courier import Courier, Report, sender_of, voice_of
from hil.tell.herald import Herald
from hil.tell.outbox import FILE as OUTBOX
from hil.tell.plight import Plight
from hil.tell.sections import TellSettings, load_tell, settings_file
from twin.clock import NS_PER_S, monotonic_ns, utc_ns
from twin.site import load_site

LOOK_NS = 2 * NS_PER_S
"""The journal is looked at every so often [ns]."""
DESK = "desk.sqlite"


def work(station: Station) -> None:
    """Tell people until told to stop.

    Emits `ready` with the names of channels and what was wrong with the outbox, and a `beat` after
    the turn of each, so that one that hangs is known from one whose servers do not answer.
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
        station.emit("ready", channels=list(settings.channels), wrong=courier.wrong)
        _People(station, courier, _heralds(settings, site.site, folder)).work()


class _People:
    """Who is told, turn by turn: of what is in the journal, and of the desk itself."""

    def __init__(self, station: Station, courier: Courier, heralds: Mapping[str, Herald]) -> None:
        self._station, self._courier, self._heralds = station, courier, heralds
        self._known: dict[str, Report] = {}
        self._plights: list[Plight] = []

    def work(self) -> None:
        """Until the orders end."""
        while not self._asked_to_end(monotonic_ns() + LOOK_NS):
            self._beat()
            for name, herald in self._heralds.items():
                self._known[name] = self._turn_of(name)
                herald.hear(self._plights, monotonic_ns(), utc_ns())
                herald.turn(monotonic_ns(), utc_ns())
                self._beat()

    def _asked_to_end(self, until_ns: int) -> bool:
        """Hear how the desk is until then [ns]."""
        while self._station.wait(until_ns):
            match self._station.order():
                case {"plights": told}:
                    self._plights = [Plight(*one) for one in told]
                case _:
                    return True
        return False

    def _turn_of(self, name: str) -> Report:
        """What is in the journal; where the disk fails, the next turn tries again.

        Raises:
            Damaged: the outbox is broken; who is started in our place sets it aside.
        """
        try:
            return self._courier.turn_of(name, utc_ns())
        except apsw.Error as error:
            if isinstance(error, DAMAGE):
                with suppress(apsw.Error):
                    self._courier.check()
            return Report(name, 0, 0, f"{DESK} or {OUTBOX}: {error}")

    def _beat(self) -> None:
        """How the channels do; `trouble` is why people are not told, for the health of the desk."""
        told = list(self._known.values())
        troubles = [f"{r.channel}: {r.trouble}; {r.waiting} waiting" for r in told if r.trouble]
        troubles += [
            f"{name}: {herald.trouble}; {herald.waiting} of the desk itself waiting"
            for name, herald in self._heralds.items()
            if herald.trouble
        ]
        channels = [vars(r) for r in told]
        self._station.emit("beat", trouble=", ".join(troubles), channels=channels)


def _heralds(settings: TellSettings, site: str, folder: Path) -> dict[str, Herald]:
    return {
        name: Herald(
            sender_of(channel, folder),
            voice_of(settings, channel, site),
            channel.rule(settings.zone).after_ns,
        )
        for name, channel in settings.channels.items()
    }


if __name__ == "__main__":
    run_station(work)
