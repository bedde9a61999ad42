"""The keeper's process: from rings and orders to the files of the data folder.

`python -m hil.monitor.keeper_worker`, with its configuration as the first line on stdin.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hil.bench.layout import Layout
from hil.crew.station import Station, run_station
from hil.historian.weeks import Keep, Weeks
from hil.loop.ring import RING_ROWS, Ring
from hil.loop.shared import SharedMemory
from hil.monitor.keeper import DAY_NS, Keeper
from hil.monitor.rows import row_type, twin_type
from twin.clock import NS_PER_S, monotonic_ns, utc_ns
from twin.errors import BadInput
from twin.site import load_site

LOOK_NS = NS_PER_S // 5
"""The rings are looked at every so often [ns]."""
COMMIT_NS = 5 * NS_PER_S
"""What was taken is on disk after so long at most [ns]."""
TELL_NS = NS_PER_S
DISK_NS = 60 * NS_PER_S
"""How full the disk is, is looked at every so often [ns]."""


def work(station: Station) -> None:
    """Keep what comes until told to stop, and then the rest."""
    config = station.config
    site = load_site(config["site"])
    layout = Layout.of(config["layout"])
    folder = Path(config["data"])
    keep = Keep(config["keep_days"], config["keep_bytes"])
    measured, predicted = _rings(config, layout)
    period_ns = int(config["period_ns"])
    with Keeper(folder, site, layout, period_ns, keep, measured, predicted) as keeper:
        station.emit("ready", last_ns=keeper.last_ns, wrong=keeper.wrong)
        with Weeks(folder / "weeks") as weeks:
            _Desk(station, keeper, weeks).work()
    station.emit("kept", trouble=keeper.trouble)


class _Desk:
    """What the keeper does, turn by turn."""

    def __init__(self, station: Station, keeper: Keeper, weeks: Weeks) -> None:
        self._station, self._keeper, self._weeks = station, keeper, weeks
        self._committed_ns = self._told_ns = self._tidied_ns = monotonic_ns()
        self._disk_ns = 0
        self._known: dict[str, Any] = {}
        self._wrong = keeper.wrong
        self._busy = True  # there may be something to tidy up

    def work(self) -> None:
        """Until the orders end."""
        ending = False
        while not ending:
            now_ns = monotonic_ns()
            if self._station.wait(now_ns + LOOK_NS):
                ending = self._obey(self._station.order())
            while self._keeper.take():
                pass
            now_ns = monotonic_ns()
            if now_ns - self._committed_ns >= COMMIT_NS:
                self._committed_ns = now_ns
                self._keeper.commit()
            if self._busy or now_ns - self._tidied_ns >= DISK_NS:
                self._tidied_ns = now_ns
                self._busy = self._keeper.tidy(utc_ns())
            if now_ns - self._told_ns >= TELL_NS:
                self._told_ns = now_ns
                self._tell(now_ns)

    def _obey(self, order: Mapping[str, Any]) -> bool:
        """Do what is ordered; True at the end."""
        match order:
            case {"links": lost, "t_ns": t_ns}:
                self._keeper.links(t_ns, lost)
            case {"health": told, "t_ns": t_ns}:
                self._keeper.health(t_ns, told)
            case {"news": told, "id": number}:
                self._keeper.news(told)
                self._station.emit("noted", id=number)
            case {"order": told, "id": number}:
                self._answer(number, lambda: self._keeper.order(told, utc_ns()))
            case {"note": told, "id": number}:
                self._answer(number, lambda: self._keeper.note(told))
            case _:
                return True
        return False

    def _answer(self, number: int, do: Any) -> None:  # noqa: ANN401 - a call without arguments
        error = ""
        try:
            do()
        except (BadInput, KeyError, ValueError, TypeError) as refusal:
            error = str(refusal)
        self._station.emit("answer", id=number, error=error)

    def _tell(self, now_ns: int) -> None:
        if now_ns - self._disk_ns >= DISK_NS or not self._known:
            self._disk_ns = now_ns
            self._known = self._looked()
        if self._keeper.wrong != self._wrong:
            self._wrong = self._keeper.wrong
            self._station.emit("wrong", why=self._wrong)
        self._station.emit(
            "beat",
            last_ns=self._keeper.last_ns,
            asking=self._keeper.asking(),
            trouble=self._keeper.trouble,
            **self._known,
        )

    def _looked(self) -> dict[str, Any]:
        span = self._weeks.span_ns()
        now_ns = utc_ns()
        gaps = self._weeks.gaps(now_ns - DAY_NS, now_ns + DAY_NS)
        length_ns = 0 if span is None else span[1] - span[0]
        return {
            **self._keeper.disk(self._weeks.used_bytes(), length_ns),
            "gaps": [(gap.from_ns, gap.to_ns, gap.why) for gap in gaps],
            "problems": self._weeks.problems(),
        }


def _rings(config: Mapping[str, Any], layout: Layout) -> tuple[Ring, Ring]:
    rings = []
    for key, dtype in (("keeper_ring", row_type(layout)), ("predicted_ring", twin_type(layout))):
        memory = SharedMemory(Path(config[key]), Ring.size(dtype, RING_ROWS))
        rings.append(Ring(memory.buffer, dtype, RING_ROWS))
    return rings[0], rings[1]


if __name__ == "__main__":
    run_station(work)
