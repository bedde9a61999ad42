"""What the page costs: CPU of its process for ten open pages, 200 signals at 1 Hz, all of them new.

    .venv/bin/python benchmarks/page.py [PAGES] [SECONDS]

The server is a process of its own over a live image; pages read the stream over loopback TCP. Also
the bytes that each page gets a second, and how long questions take.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "system"))

from page_desk import S, desk_folder

from hil.bench.layout import layout_of
from hil.loop.shared import SharedMemory
from hil.monitor.live import Live, size_of, sizes, told
from hil.page.desk_source import DeskSource
from hil.page.serving import Place, serve
from twin.site import load_site
from twin.site.model import Site, TwinPart, Watch

SIGNALS, WATCHED = 200, 80


def large_site() -> Site:
    """Mantsala with 200 signals, 80 of them predicted."""
    site = load_site("mantsala")
    like = site.signals["heat_pump.T_sink_out"]
    names = [f"heat_pump.T_{i}" for i in range(SIGNALS - len(site.signals))]
    watch = site.twin["heat_pump"].watch["T_sink_out"]
    more = {name.partition(".")[2]: Watch(band=watch.band) for name in names[:WATCHED]}
    twin = {**site.twin, "heat_pump": TwinPart(watch=more)}
    return site.model_copy(
        update={"signals": {**site.signals, **dict.fromkeys(names, like)}, "twin": twin}
    )


def be_the_server(folder: str, live: str) -> None:
    source = DeskSource(large_site(), S, Path(folder), None, json.loads(live))
    serve(source, None, Place("127.0.0.1", 0), lambda address: print(address, flush=True))


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_MB(pid: int) -> float:
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6


class Reader(threading.Thread):
    """An open page: reads the stream, counts, notes how old values are when they come."""

    def __init__(self, address: str, written: dict[int, float]) -> None:
        super().__init__(daemon=True)
        self._address, self._written = address, written
        self.bytes, self.beats = 0, 0
        self.delays: list[float] = []

    def run(self) -> None:
        try:
            with urllib.request.urlopen(f"{self._address}api/stream") as answer:
                for line in answer:
                    self.bytes += len(line)
                    self.beats += line.startswith(b"event: beat")
                    if line.startswith(b'data: {"whole"'):
                        t_ms = json.loads(line[6:])["t_ms"]
                        if t_ms in self._written:
                            self.delays.append(time.monotonic() - self._written[t_ms])
        except OSError:
            return


def main(pages: int, seconds: int) -> None:
    site = large_site()
    layout = layout_of(site)
    cells = sizes(layout, [])
    memory = SharedMemory.create(size_of(cells))
    live = Live.of(told(memory, cells))
    folder = desk_folder(Path(tempfile.mkdtemp()), seconds=86_400)
    path = f"/proc/self/fd/{memory.descriptor}"
    where = json.dumps({"path": path, "cells": cells})
    command = [sys.executable, __file__, "--serve", str(folder), where]
    written: dict[int, float] = {}
    rng = np.random.default_rng(1)
    stop = threading.Event()

    def write() -> None:
        t_ns = time.time_ns() // S * S
        while not stop.wait(1.0):
            t_ns += S
            values = (320.0 + rng.normal(0.0, 0.5, live.row.n)).tolist()
            live.row.publish(t_ns, values, [0] * live.row.n)
            live.twin.publish(
                t_ns, (320.0 + rng.normal(0.0, 0.1, live.twin.n)).tolist(), [0] * live.twin.n
            )
            written[t_ns // 1_000_000] = time.monotonic()

    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, pass_fds=[memory.descriptor]
    )
    address = server.stdout.readline().strip()
    writer = threading.Thread(target=write)
    writer.start()
    print(f"{len(layout.signals)} signals, {len(layout.watched)} predicted, {pages} pages")
    for count in (0, pages):
        readers = [Reader(address, written) for _ in range(count)]
        for reader in readers:
            reader.start()
        time.sleep(3.0)
        before, begin = cpu_s(server.pid), time.monotonic()
        sent = sum(r.bytes for r in readers)
        time.sleep(seconds)
        lasted = time.monotonic() - begin
        share = (cpu_s(server.pid) - before) / lasted
        per_page = (sum(r.bytes for r in readers) - sent) / lasted / max(count, 1)
        print(
            f"{count:3d} pages: {share:.2%} of a core, {per_page / 1e3:.1f} kB/s a page,"
            f" {resident_MB(server.pid):.0f} MB"
        )
        delays = [d for r in readers for d in r.delays]
        if delays:
            p50, p99 = np.quantile(delays, (0.5, 0.99))
            print(f"           values reach a page after {p50:.2f} s (p50), {p99:.2f} s (p99)")
    for path in (
        "api/site",
        "api/now",
        "api/alarms",
        "api/series?keys=heat_pump.T_sink_out:measured&most=800",
        "api/kpis",
    ):
        times = []
        for _ in range(20):
            begin = time.perf_counter()
            with urllib.request.urlopen(address + path) as answer:
                size = len(answer.read())
            times.append(time.perf_counter() - begin)
        print(f"{path[:40]:40} {1e3 * np.median(times):6.1f} ms, {size / 1e3:.1f} kB")
    stop.set()
    writer.join()
    begin = time.monotonic()
    server.terminate()
    server.wait()
    print(f"ends after {time.monotonic() - begin:.2f} s with {pages} open streams")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        be_the_server(*sys.argv[2:4])
    else:
        numbers = [int(word) for word in sys.argv[1:]]
        main(*(numbers + [10, 30][len(numbers) :]))
