"""The historian: room, speed of writing and of drawing, beside narrow SQLite and Parquet.

    python benchmarks/historian.py [DAYS]     # 1 day of 200 signals at 1 Hz

What is assumed of a plant stands in `PLANT`: noise decides the room, nothing else does.
"""

import multiprocessing
import queue
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hil.historian.weeks import Channel, Weeks, WeekWriter
from hil.historian.weeks.iso_week import HOUR_NS, NS, WEEK_NS, file_name, week_start
from hil.historian.weeks.schema import open_for_writing
from hil.historian.weeks.tidy import close_log

DAY = 86_400
BEGAN = week_start(1_796_000_000 * NS)
PLANT = [  # what, how many, unit, resolution, noise in resolutions, what an hour moves it by
    ("temperature", 90, "K", 0.01, 2.0, 100.0),
    ("flow", 25, "m3/s", 1e-6, 3.0, 300.0),
    ("pressure", 25, "Pa", 100.0, 2.0, 50.0),
    ("power", 15, "W", 10.0, 6.0, 400.0),
    ("command", 25, "-", 0.001, 0.0, 60.0),
    ("state", 20, "-", 1.0, 0.0, 0.2),
]


def channels() -> list[Channel]:
    return [
        Channel(f"{what}_{i}.x:{'command' if what == 'command' else 'measured'}", unit, step)
        for what, n, unit, step, _, _ in PLANT
        for i in range(n)
    ]


def day(rng, seconds: int = DAY) -> np.ndarray:
    """Values of a day: a slow walk, noise, and what a register makes of them."""
    columns = []
    for what, n, _, step, noise, walk in PLANT:
        moves = rng.normal(0, walk / 60, (seconds, n))
        if noise == 0.0:  # set by a controller every half minute, or switched
            moves[np.arange(seconds) % 30 != 0] = 0.0
            moves *= 5
        slow = 1000 + np.cumsum(moves, axis=0)
        if what == "state":
            slow = np.floor(slow / 2) % 2
        raw = np.rint(slow + rng.normal(0, noise, slow.shape) if noise else slow)
        columns.append(raw * step + (273.15 if what == "temperature" else 0.0))
    return np.column_stack(columns)


def clocked(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median_ms(work, times: int = 15) -> str:
    """Wall and CPU time: on a busy machine they differ."""
    work()
    spent = []
    for _ in range(times):
        cpu = time.thread_time()
        spent.append((clocked(work) * 1e3, (time.thread_time() - cpu) * 1e3))
    wall, own = np.median(spent, axis=0)
    return f"{wall:.1f} ms ({own:.1f} of CPU)"


def write(folder: Path, days: int) -> None:
    """So many days, sealed hour by hour, and how fast that was."""
    rng, every = np.random.default_rng(0), channels()
    appended = sealed = 0.0
    with WeekWriter(folder, {"measured": every}, ballast_bytes=0) as writer:
        for k in range(days):
            values = day(rng)
            quality = np.zeros(values.shape, np.uint8)
            t_ns = BEGAN + (k * DAY + np.arange(DAY)) * NS
            for at in range(0, DAY, 3600):
                part = slice(at, at + 3600)

                def add(part=part, t_ns=t_ns, values=values, quality=quality) -> None:
                    for i in range(part.start, part.stop, 5):  # five seconds a commit
                        few = slice(i, i + 5)
                        writer.append("measured", t_ns[few], values[few], quality[few])
                    writer.commit()

                def seal(until=int(t_ns[part][-1])) -> None:
                    while writer.seal(until):
                        pass

                appended += clocked(add)
                sealed += clocked(seal)
        with Weeks(folder) as weeks:
            key, t1 = every[7].key, int(t_ns[-1])
            ms = median_ms(lambda: weeks.series([key], t1 - DAY * NS, t1, 1000))
            print(f"24 h of one signal, the newest hour not sealed: {ms}")
        while writer.seal(BEGAN + 2 * WEEK_NS):  # as when the week is over
            pass
    samples = days * DAY * len(every)
    print(f"append and commit {samples / appended / 1e6:.1f} M samples/s, "
          f"seal {samples / sealed / 1e6:.1f} M samples/s, "
          f"both {samples / (appended + sealed) / 1e6:.1f} M samples/s")  # fmt: skip


def room(folder: Path, days: int) -> float:
    """Bytes a sample."""
    kinds: dict[str, float] = {}
    used = sum(file.stat().st_size for file in folder.glob("*.sqlite"))
    for file in folder.glob("*.sqlite"):
        with closing(sqlite3.connect(file)) as db:
            names = dict(db.execute("SELECT id, key FROM channels"))
            for number, length in db.execute("SELECT id & 65535, length(numbers) FROM chunks"):
                kind = names[number].split("_")[0]
                kinds[kind] = kinds.get(kind, 0.0) + length
            minutes = db.execute("SELECT sum(length(data)) FROM minutes").fetchone()[0]
    for what, n, _, _, noise, _ in PLANT:
        each = kinds[what] / (days * DAY * n)
        print(f"  {what}, noise of {noise:g} resolutions: {each:.3f} B/sample")
    print(f"  roll-ups of minutes: {minutes / (days * DAY * len(channels())):.3f} B/sample")
    a_sample = used / (days * DAY * len(channels()))
    print(
        f"files: {a_sample:.3f} B/sample, 200 signals at 1 Hz for a year {a_sample * 6.3072:.2f} GB"
    )
    return a_sample


def draw(folder: Path) -> None:
    key = channels()[7].key
    with Weeks(folder) as weeks:
        first, last = weeks.span_ns()
        for name, span, most in (("24 h", DAY, 1000), ("24 h", DAY, 2000), ("1 h", 3600, 2000)):
            t1 = min(first + DAY * NS, last)
            ms = median_ms(lambda: weeks.series([key], t1 - span * NS, t1, most))  # noqa: B023
            print(f"{name} of one signal, {most} stretches: {ms}")
        five = [c.key for c in channels()[::40]]
        ms = median_ms(lambda: weeks.series(five, last - DAY * NS, last, 1000))
        print(f"24 h of five signals, 1000 stretches: {ms}")
        rows = clocked(lambda: [len(r) for r in weeks.rows("measured", first, first + 6 * HOUR_NS)])
        print(f"all rows: {6 * 3600 * 200 / rows / 1e6:.0f} M samples/s")


def write_on(folder: Path, rate: float | None, over, told) -> None:
    """Write and seal until it is over, at most `rate` samples/s; tell M samples/s, and of CPU."""
    every = channels()
    values = day(np.random.default_rng(2), 4 * 3600)
    quality = np.zeros(values.shape, np.uint8)
    with WeekWriter(folder, {"measured": every}, ballast_bytes=0) as writer:
        start, rows = writer.last_ns("measured") + NS, 0
        told.put(start)
        began, cpu = time.perf_counter(), time.thread_time()
        while not over.is_set():
            at = rows % len(values)
            t_ns = start + (rows + np.arange(5)) * NS
            writer.append("measured", t_ns, values[at : at + 5], quality[at : at + 5])
            rows += 5
            while rows % 3600 == 0 and writer.seal(int(t_ns[-1])):
                pass
            if rate and (early := began + rows * len(every) / rate - time.perf_counter()) > 0:
                over.wait(early)
        spent = time.perf_counter() - began, time.thread_time() - cpu
        told.put(rows * len(every) / 1e6 / np.array(spent))


def queued_ms() -> float:
    """How long this thread has waited for a core [ms]; not known everywhere."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e6
    except OSError:
        return float("nan")


def draw_beside(folder: Path, rate: float | None, shared: bool) -> None:
    """Draw the last day every 20 ms for ten seconds, while a process or thread writes."""
    if shared:
        over, told = threading.Event(), queue.Queue()
        writer = threading.Thread(target=write_on, args=(folder, rate, over, told))
    else:
        spawn = multiprocessing.get_context("spawn")
        over, told = spawn.Event(), spawn.Queue()
        writer = spawn.Process(target=write_on, args=(folder, rate, over, told))
    writer.start()
    told.get()
    key, spent, pause = channels()[7].key, [], threading.Event()
    began = time.perf_counter()
    with Weeks(folder) as weeks:
        while time.perf_counter() - began < 10:
            last = weeks.span_ns()[1]
            queued, cpu = queued_ms(), time.thread_time()
            wall = clocked(lambda: weeks.series([key], last - DAY * NS, last, 1440)) * 1e3  # noqa: B023
            spent.append((wall, wall - (queued_ms() - queued), (time.thread_time() - cpu) * 1e3))
            pause.wait(0.02)
    over.set()
    reached, a_core = told.get()
    writer.join()
    (wall, free, cpu), (wall95, free95, _) = np.quantile(spent, [0.5, 0.95], axis=0)
    who, asked = "thread" if shared else "process", "1 M samples/s" if rate else "flat out"
    print(f"  a {who} writes {asked}, reached {reached:.2f} M samples/s, {a_core:.1f} a s of CPU")
    print(f"    24 h of one signal {len(spent)} times: p50 {wall:.1f} ms, p95 {wall95:.1f} ms; "
          f"less waiting for a core {free:.1f}, {free95:.1f} ms; CPU {cpu:.1f} ms")  # fmt: skip


def together(folder: Path) -> None:
    """Draw while somebody writes: another process, as a keeper and a page are, or a thread."""
    print("while samples are written and sealed:")
    write(folder, 1)
    for shared in (False, True):
        for rate in (1e6, None):
            draw_beside(folder, rate, shared)


def year(folder: Path) -> None:
    """52 copies of a week of 20 signals at 10 s, each moved to its week."""
    every = channels()[::10]
    rng = np.random.default_rng(1)
    with WeekWriter(folder, {"measured": every}, ballast_bytes=0) as writer:
        for k in range(7):
            values = day(rng, DAY // 10)[:, ::10]
            t_ns = BEGAN + (k * DAY + 10 * np.arange(DAY // 10)) * NS
            writer.append("measured", t_ns, values, np.zeros(values.shape, np.uint8))
        writer.commit()
        while writer.seal(BEGAN + 2 * WEEK_NS):
            pass
    path = folder / file_name(BEGAN)
    for k in range(1, 52):
        other = folder / file_name(BEGAN + k * WEEK_NS)
        shutil.copy(path, other)
        with closing(open_for_writing(other)) as db:
            db.execute("UPDATE blocks SET hour_ns = hour_ns + ?1, first_ns = first_ns + ?1,"
                       " last_ns = last_ns + ?1", (k * WEEK_NS,))  # fmt: skip
            close_log(db)  # as of a week that is over
    first, last, four = BEGAN, BEGAN + 52 * WEEK_NS, [c.key for c in every[:12:3]]
    with Weeks(folder) as weeks:
        cold = clocked(lambda: weeks.series([every[0].key], first, last, 1000))
        ms = median_ms(lambda: weeks.series([every[0].key], first, last, 1000), 7)
        of_four = median_ms(lambda: weeks.series(four, first, last, 1440), 7)
    print(f"a year of one signal, 52 files: {ms}, the first time {cold * 1e3:.0f} ms")
    print(f"a year of four signals: {of_four}")


def peers(folder: Path, ours: float) -> None:
    """Narrow tables: a row a sample, of 40 of the signals for 6 h."""
    seconds, rng = 6 * 3600, np.random.default_rng(0)
    values = day(rng, seconds)[:, ::5]
    n = values.shape[1]
    t = np.repeat(np.arange(seconds) + BEGAN // NS, n)
    key = np.tile(np.arange(n), seconds)
    flat = values.ravel()
    with closing(sqlite3.connect(folder / "narrow.sqlite")) as db:
        db.execute("CREATE TABLE s(k INTEGER, t INTEGER, v REAL)")
        db.execute("CREATE INDEX by_key ON s(k, t)")
        spent = clocked(lambda: db.executemany("INSERT INTO s VALUES (?, ?, ?)",
                        zip(key.tolist(), t.tolist(), flat.tolist(), strict=True)))  # fmt: skip
        db.commit()
        sql = "SELECT t / 86, min(v), avg(v), max(v) FROM s WHERE k = 7 GROUP BY 1"
        ms = median_ms(lambda: db.execute(sql).fetchall(), 5)
    size = (folder / "narrow.sqlite").stat().st_size / flat.size
    print(f"narrow SQLite: {size:.1f} B/sample, {size / ours:.0f} times ours; "
          f"{flat.size / spent / 1e6:.2f} M samples/s; 6 h of one signal {ms}")  # fmt: skip
    table = pa.table({
        "time": pa.array(t * NS, pa.timestamp("ns", "UTC")),
        "key": pa.array([f"signal.{k}" for k in key.tolist()]).dictionary_encode(),
        "value": flat,
    })  # fmt: skip
    for codec in ("snappy", "zstd"):
        pq.write_table(table, folder / "narrow.parquet", compression=codec)
        size = (folder / "narrow.parquet").stat().st_size / flat.size
        print(f"narrow Parquet, {codec}: {size:.2f} B/sample, {size / ours:.1f} times ours")


def main() -> None:
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "weeks", days)
        ours = room(folder / "weeks", days)
        draw(folder / "weeks")
        together(folder / "beside")
        year(folder / "year")
        peers(folder, ours)


if __name__ == "__main__":
    main()
