"""A link's process: the only one that asks on its line, once a period, and never writes.

`python -m hil.monitor.link_worker`, with its configuration as the first line on stdin.
"""

from hil.crew.station import Station, run_station
from hil.monitor.asking import Asking
from hil.monitor.live import Live
from hil.monitor.sources import Line
from twin.clock import NS_PER_S, Instant, instant

TELL_NS = NS_PER_S
"""The supervisor is told how the link does every so often [ns]."""


def work(station: Station) -> None:
    """Read every device of the line, round after round, until told to stop."""
    config = station.config
    line = Line.of(config["line"])
    period_ns = int(config["period_ns"])
    live = Live.of(config["live"])
    first = int(config["first_source"])
    asking = Asking(line, period_ns)
    station.emit("ready")
    told_ns = 0
    while not station.wait(begins_ns(instant(), period_ns)):
        for i in range(len(line.sources)):
            values, quality = asking.read(i)
            now = instant()
            live.sources[first + i].publish(now.mono_ns, values, quality)
            if now.mono_ns - told_ns >= TELL_NS:
                told_ns = now.mono_ns
                rows = {a.reading.device.name: a.plain(now.mono_ns) for a in asking.asked}
                station.emit("beat", links=rows)
    asking.close()


def begins_ns(now: Instant, period_ns: int) -> int:
    """When the next round begins, on the monotonic clock [ns]: half a period before a row."""
    half_ns = period_ns // 2
    due_ns = (now.utc_ns + half_ns) // period_ns * period_ns + half_ns
    return now.mono_ns + due_ns - now.utc_ns


if __name__ == "__main__":
    run_station(work)
