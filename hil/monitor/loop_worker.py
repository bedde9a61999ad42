"""The loop's process: one row of all signals and commands a period, stamped with UTC.

`python -m hil.monitor.loop_worker`, with its configuration as the first line on stdin.
"""

from collections import deque
from pathlib import Path

from hil.bench.layout import Layout
from hil.crew.station import Station, run_station
from hil.loop.priority import claim_realtime
from hil.loop.ring import RING_ROWS, Ring
from hil.loop.shared import SharedMemory
from hil.monitor.live import Live
from hil.monitor.merging import Merging
from hil.monitor.rows import row_type
from hil.monitor.stamps import WORDS, Missing, Stamps
from twin.clock import NS_PER_S, instant

TELL_NS = NS_PER_S
"""The supervisor is told how it goes every so often [ns]."""
LATEST = 3600
"""Lateness is shown of so many rows."""


def work(station: Station) -> None:
    """Take row after row until told to stop."""
    config = station.config
    layout = Layout.of(config["layout"])
    period_ns = int(config["period_ns"])
    live = Live.of(config["live"])
    dtype = row_type(layout)
    size = Ring.size(dtype, RING_ROWS)
    keeper, twin = (
        Ring(SharedMemory(Path(path), size).buffer, dtype, RING_ROWS)
        for path in (config["keeper_ring"], config["twin_ring"])
    )
    merging = Merging(
        live.sources,
        config["columns"],
        len(layout.signals) + len(layout.commands),
        {int(column): value for column, value in config["assumed"].items()},
        int(config["stale_ns"]),
    )
    station.emit("ready", priority=claim_realtime())
    # what a loop before this one has put out, or what was kept before the monitor began
    in_image_ns = live.row.read()[0]
    last_ns = in_image_ns or config["after_ns"]
    stamps = Stamps(period_ns, instant(), last_ns)
    late_ns: deque[int] = deque(maxlen=LATEST)
    told_ns = rows = 0
    while not station.wait(stamps.deadline_ns):
        stamp = stamps.take(instant())
        values, quality = merging.row(stamps.now_ns)
        live.row.publish(stamp.t_ns, values, quality)
        missing = stamp.missing
        if rows == 0 and last_ns is not None and stamp.t_ns - last_ns > period_ns:
            missing = Missing.RESTARTED if in_image_ns else Missing.STOPPED
        row = (stamp.t_ns, stamp.late_ns, int(missing), values, quality)
        for ring in (keeper, twin):
            if not ring.put(row):
                ring.drop()
        if missing is Missing.LATE:
            keeper.overrun()
        if missing is not Missing.NOTHING and last_ns is not None:
            station.emit("gap", from_ns=last_ns, to_ns=stamp.t_ns, why=WORDS[missing])
        late_ns.append(stamp.late_ns)
        last_ns, rows = stamp.t_ns, rows + 1
        if stamps.now_ns - told_ns >= TELL_NS:
            told_ns = stamps.now_ns
            station.emit(
                "beat",
                t_ns=stamp.t_ns,
                rows=rows,
                late_us=_lateness_us(late_ns),
                overruns=keeper.overruns,
                dropped=keeper.dropped,
                offset_s=stamps.offset_ns / NS_PER_S,
            )


def _lateness_us(late_ns: deque[int]) -> dict[str, float]:
    """p50, p99 and max of the latest rows [µs]."""
    ordered = sorted(late_ns)
    at = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return {k: ordered[min(len(ordered) - 1, int(q * len(ordered)))] / 1e3 for k, q in at.items()}


if __name__ == "__main__":
    run_station(work)
