"""The MQTT process: every sample of the record to a broker, once, whatever breaks meanwhile.

`python -m hil.neighbours.mqtt_worker`, with its configuration as the first line on stdin:
`site` (its name), `data` (folder of the monitor), `neighbours` (the file).
"""

import json
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from hil.crew.station import Station, run_station
from hil.historian.weeks import Weeks
from hil.neighbours.backoff import Backoff
from hil.neighbours.cursors import FILE, Cursors
from hil.neighbours.mqtt_link import BrokerLink
from hil.neighbours.settings import Mqtt, load_neighbours
from hil.neighbours.spool import Message, Spool, newest_values
from twin.clock import NS_PER_S, iso_utc, monotonic_ns, utc_ns
from twin.errors import BadInput, LinkLost

CONFIRM_S: Final = 10.0
"""A message that is not confirmed for so long ends the connection, and is sent again [s]."""
LOOK_NS: Final = NS_PER_S // 2
"""The record is looked at every so often while nothing is to be told [ns]."""
TELL_NS: Final = 5 * NS_PER_S


@dataclass(frozen=True)
class Topics:
    """Where what is said."""

    root: str

    @property
    def status(self) -> str:
        """Whether anybody sends."""
        return f"{self.root}/status"

    def rows(self, stream: str) -> str:
        """Every sample of a stream, in messages of some rows."""
        return f"{self.root}/rows/{stream}"

    def value(self, key: str) -> str:
        """The newest sample of a column `PART.VARIABLE:kind`."""
        name, _, kind = key.rpartition(":")
        part, _, variable = name.partition(".")
        return f"{self.root}/value/{part}/{variable}/{kind}"


def work(station: Station) -> None:
    """Tell the broker until told to stop."""
    config = station.config
    data, file = Path(config["data"]), Path(config["neighbours"])
    told = load_neighbours(file).mqtt
    if told is None:
        raise BadInput(f"{file}: names no mqtt")
    with ExitStack() as stack:
        weeks = stack.enter_context(Weeks(data / "weeks"))
        box = stack.enter_context(Cursors(data / FILE))
        spool = Spool(
            weeks,
            box,
            f"mqtt {told.broker} {told.prefix}",
            most_rows=told.batch_rows,
            from_beginning=told.begin == "beginning",
        )
        station.emit("ready", address=told.broker, wrong=box.wrong)
        _Teller(station, told, file.parent, str(config["site"]), spool).work()


class _Teller:
    """Connects, tells, and connects again."""

    def __init__(self, station: Station, told: Mqtt, folder: Path, site: str, spool: Spool) -> None:
        self._station, self._told, self._folder = station, told, folder
        self._spool = spool
        self._site = site
        self._topics = Topics(f"{told.prefix}/{site}")
        self._sent = 0
        self._trouble = ""
        self._told_ns: int | None = None
        self._values: dict[str, dict[str, Any]] = {}

    def work(self) -> None:
        """Until there is an order, which is to stop."""
        backoff = Backoff()
        while not self._station.ordered():
            try:
                with self._connected() as link:
                    self._trouble = ""
                    self._tell()
                    backoff.worked()
                    self._serve(link)
                    self._leave(link)
            except (LinkLost, OSError) as error:  # OSError: no room for the cursor
                self._trouble = str(error)
                self._tell()
                self._station.wait(backoff.next_ns())

    def _connected(self) -> BrokerLink:
        will = (self._topics.status, _status(False))
        return BrokerLink(self._told, self._folder, f"hukka-{self._site}", will)

    def _serve(self, link: BrokerLink) -> None:
        """All that is recorded and not told, then what comes; returns when there is an order."""
        self._values = {}
        link.publish(self._topics.status, _status(True, utc_ns()), qos=1, retain=True)
        looked_ns = monotonic_ns() - LOOK_NS
        while not self._station.ordered():
            if monotonic_ns() - looked_ns >= LOOK_NS:
                looked_ns = monotonic_ns()
                more = [self._tell_stream(link, stream) for stream in self._spool.streams()]
                if any(more):
                    looked_ns -= LOOK_NS
            link.turn()
            if self._told_ns is None or monotonic_ns() - self._told_ns >= TELL_NS:
                self._tell()

    def _tell_stream(self, link: BrokerLink, stream: str) -> bool:
        """Tell one message of a stream and have it confirmed; whether there may be more."""
        message = self._spool.next_message(stream)
        if message is None:
            return False
        number = link.publish(self._topics.rows(stream), message.encoded(), qos=1)
        if not link.settle(number, CONFIRM_S):
            raise LinkLost(f"{link.where}: nothing is confirmed for {CONFIRM_S:g} s")
        self._spool.confirmed(message)
        self._sent += len(message.rows)
        if self._told.values and message.is_newest:
            self._tell_values(link, message)
        return not message.is_newest

    def _tell_values(self, link: BrokerLink, message: Message) -> None:
        """The newest value of each column that has changed; a lost one is followed by the next."""
        for key, value in newest_values(message).items():
            known = self._values.get(key)
            if known is None or {**known, "t": value["t"]} != value:
                self._values[key] = value
                payload = json.dumps(value, separators=(",", ":")).encode()
                link.publish(self._topics.value(key), payload, qos=0, retain=True)

    def _leave(self, link: BrokerLink) -> None:
        number = link.publish(self._topics.status, _status(False, utc_ns()), qos=1, retain=True)
        link.settle(number, 1.0)

    def _tell(self) -> None:
        self._told_ns = monotonic_ns()
        self._station.emit(
            "beat",
            connected=not self._trouble,
            trouble=self._trouble,
            rows=self._sent,
            behind_s=self._spool.behind_ns() / NS_PER_S,
        )


def _status(online: bool, since_ns: int | None = None) -> bytes:
    """What the status topic holds; whoever dies cannot say when."""
    when = {} if since_ns is None else {"since": iso_utc(since_ns)}
    told = {"online": online, **when, "hukka": version("hukka")}
    return json.dumps(told, separators=(",", ":")).encode()


if __name__ == "__main__":
    run_station(work)
