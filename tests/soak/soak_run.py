"""A monitor of a real bench for some minutes, with somebody who breaks things all the while.

Every 20 s one fault in turn: a process killed, a process stopped so that it hangs, a controller
unplugged for 15 s, a disk that takes nothing for 12 s, a broker that is killed and away for 12 s, a
wall clock that is set (2 s forward and back, an hour forward and back) or steered, and a power cut,
after which the monitor is started again.
"""

from dataclasses import dataclass
from pathlib import Path

from soak_desk import LONG_S, Around, around
from soak_faults import Faults
from soak_record import Record
from soak_watch import Watch

EVERY_S = 20.0


@dataclass
class Soak:
    """A soak that is over."""

    around: Around
    faults: Faults
    watch: Watch
    record: Record
    summary: dict
    """Of the monitor's last life."""
    rows_ns: dict[str, int]
    """Up to which row of each stream the broker had to have heard [ns since 1970]."""
    length_s: float


def run(minutes: float, folder: Path) -> Soak:
    """Break and look for so long; then wait for what was to be told."""
    with around(folder) as found:
        watch = Watch(found)
        faults = Faults(found, found.monitor())
        try:
            at_s, end_s = found.now_s + EVERY_S, found.now_s + minutes * 60.0
            while at_s < end_s - EVERY_S:
                watch.until(faults.desk, at_s)
                faults.next()
                at_s += EVERY_S
            watch.until(faults.desk, end_s)
            faults.desk.look(lambda: _is_whole(faults), 2 * LONG_S)
            record = Record(found.data)
            rows_ns = _told(found, faults, record)
            watch.look(faults.desk)
            summary = faults.end()
        except BaseException:
            faults.desk.kill()
            raise
        if found.listening is not None:
            found.listening.close()
        return Soak(found, faults, watch, record, summary, rows_ns, found.now_s)


def _is_whole(faults: Faults) -> bool:
    """Whether everybody is there again and no controller is lost."""
    health = faults.desk.health()["health"]
    return all(row["up"] for row in (*health["processes"], *health["links"]))


def _told(found: Around, faults: Faults, record: Record) -> dict[str, int]:
    """Wait until the broker has heard what is recorded by now, and people of every alarm."""
    if found.listening is None:
        return {}
    ears = found.listening.ears
    newest = {name: int(record.rows(name)[0][-1]) for name in ("measured", "twin")}
    asked = record.asked()

    def heard() -> bool:
        rows = all(ears.count(n) and ears.rows[n][-1][0] >= t_ns for n, t_ns in newest.items())
        return rows and asked.keys() <= ears.numbers()

    faults.desk.look(heard, LONG_S)
    return newest
