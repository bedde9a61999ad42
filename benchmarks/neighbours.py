"""What neighbours cost: a scrape, a message of rows, and how soon a broker has caught up.

Prints; asserts nothing. The broker is the `mosquitto` of this machine, where there is one.
"""

import itertools
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import numpy as np

from hil.historian.weeks import Channel, Weeks, WeekWriter
from hil.neighbours.cursors import Cursors
from hil.neighbours.metrics import rendered
from hil.neighbours.mqtt_link import BrokerLink
from hil.neighbours.settings import Mqtt
from hil.neighbours.spool import Spool
from twin.clock import NS_PER_S, monotonic_ns
from twin.errors import LinkLost

SIGNALS, ROWS, PORT = 200, 3600, 18_833
T0_NS = 1_796_000_000 * NS_PER_S


def milliseconds(do: Callable[[], object], times: int) -> float:
    """Median of `times` calls [ms]."""
    took = []
    for _ in range(times):
        begun_ns = monotonic_ns()
        do()
        took.append(monotonic_ns() - begun_ns)
    return float(np.median(took)) / 1e6


def hour(folder: Path) -> None:
    """An hour of 200 signals at 1 Hz."""
    streams = {"measured": [Channel(f"part.s{i}:measured", "K", 0.01) for i in range(SIGNALS)]}
    rng = np.random.default_rng(1)
    values = np.round(300.0 + np.cumsum(rng.normal(0.0, 0.02, (ROWS, SIGNALS)), axis=0), 2)
    with WeekWriter(folder, streams, ballast_bytes=0) as writer:
        t_ns = T0_NS + np.arange(ROWS) * NS_PER_S
        writer.append("measured", t_ns, values, np.zeros(values.shape, np.uint8))


@contextmanager
def broker(folder: Path) -> Iterator[Mqtt | None]:
    """A mosquitto, or None."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        yield None
        return
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {PORT} 127.0.0.1\nallow_anonymous true\nuser root\n")
    process = subprocess.Popen(
        [program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield Mqtt(broker=f"mqtt://127.0.0.1:{PORT}")
    finally:
        process.kill()
        process.wait()


def connected(told: Mqtt) -> BrokerLink:
    """As soon as the broker listens."""
    while True:
        with suppress(LinkLost):
            return BrokerLink(told, Path(), "benchmark")


def main() -> None:
    """Print everything."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests/unit/neighbours"))
    from plant_view import PlantView

    view = PlantView()
    took_ms = milliseconds(lambda: rendered(view), 50)
    print(f"a scrape of mantsala, {len(rendered(view)) / 1e3:.0f} kB: {took_ms:.1f} ms")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        hour(folder / "weeks")
        weeks = stack.enter_context(Weeks(folder / "weeks"))
        box = stack.enter_context(Cursors(folder / "cursors.sqlite"))
        spool = Spool(weeks, box, "it", most_rows=60, from_beginning=True)
        message = spool.next_message("measured")
        assert message is not None
        text, steps = message.encoded(), itertools.count()
        kept_ms = milliseconds(lambda: box.told("x", "measured", next(steps), 1), 20)
        print(
            f"a message of 60 rows of {SIGNALS} signals, {len(text) / 1e3:.0f} kB:"
            f" read {milliseconds(lambda: spool.next_message('measured'), 20):.1f} ms,"
            f" written {milliseconds(message.encoded, 20):.1f} ms,"
            f" cursor on disk {kept_ms:.1f} ms"
        )
        told = stack.enter_context(broker(folder))
        if told is None:
            print("no mosquitto here")
            return
        link = stack.enter_context(connected(told))
        begun_ns = monotonic_ns()
        while (message := spool.next_message("measured")) is not None:
            number = link.publish("hukka/rows", message.encoded(), qos=1)
            assert link.settle(number, 10.0)
            spool.confirmed(message)
        took_s = (monotonic_ns() - begun_ns) / NS_PER_S
        print(f"an hour of {SIGNALS} signals at 1 Hz told and confirmed in {took_s:.2f} s")


if __name__ == "__main__":
    main()
