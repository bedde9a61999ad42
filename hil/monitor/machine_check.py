"""Whether a machine can be a site server: clock, disk, memory, what the system allows."""

import ctypes
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

import apsw
import numpy as np

from hil.historian.weeks import Channel, WeekWriter
from hil.links.listener import listen
from hil.monitor.findings import Finding, bad, good, look
from twin.clock import NS_PER_S, monotonic_ns, utc_ns
from twin.confine.landlock import landlock_version
from twin.errors import BadInput

LIBRARIES = ("numpy", "numba", "fmpy", "apsw", "zstandard", "starlette", "uvicorn", "pydantic")
LEAST_FREE = 2_000_000_000
LEAST_MEMORY = 1_000_000_000
SLOW_SYNC_S, SLOW_SEAL_S = 0.05, 2.0
SIGNALS, HOUR_S = 200, 3600
"""What is sealed to see how long that takes: an hour of so many signals at 1 Hz [-], [s]."""
_TIME_ERROR = 5
"""State of a clock that nothing steers (adjtimex(2))."""


def check_machine(folder: Path, port: tuple[str, int] | None) -> Iterator[Finding]:
    """What a monitor with the data `folder` and a page on `port` needs of this machine."""
    yield good("python", f"{platform.python_version()} on {platform.platform()}")
    yield _libraries()
    yield _clock()
    yield _memory()
    yield _realtime()
    yield _shutting_in()
    if port is not None:
        yield _port(*port)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield _room(folder)
        with tempfile.TemporaryDirectory(dir=folder, prefix="doctor-") as scratch:
            yield _sync(Path(scratch))
            yield _seal(Path(scratch))
    except OSError as error:
        helps = "give the user of the service that folder, or another one with --data"
        yield bad("data folder", f"{folder}: cannot be written: {error.strerror}", helps)


def _libraries() -> Finding:
    found, missing = [], []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return bad("libraries", f"missing: {', '.join(missing)}", "install hukka again")
    return good("libraries", f"{', '.join(found)}; SQLite {apsw.sqlite_lib_version()}")


class _Timex(ctypes.Structure):
    """adjtimex(2), as far as it is looked at."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 32),
    )


def _clock() -> Finding:
    if not sys.platform.startswith("linux"):
        return look("clock", "this system does not say", "let a time server steer the clock")
    told = _Timex()
    state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(told))
    if state < 0:
        return look("clock", "the system does not say", "let a time server steer the clock")
    if state == _TIME_ERROR:
        helps = "start chrony or systemd-timesyncd; stamps are as good as the clock"
        return look("clock", "no time server steers it", helps)
    return good("clock", f"steered by a time server, right to {told.maxerror / 1e6:.2g} s")


def _memory() -> Finding:
    try:
        told = Path("/proc/meminfo").read_text("ascii")
        free = int(told.split("MemAvailable:")[1].split()[0]) * 1024
    except (OSError, IndexError, ValueError):
        return look("memory", "this system does not say", "have 1 GB for a monitor")
    text = f"{free / 1e9:.1f} GB free"
    if free < LEAST_MEMORY:
        return bad("memory", text, f"have {LEAST_MEMORY / 1e9:g} GB for a monitor")
    return good("memory", text)


def _realtime() -> Finding:
    if sys.platform != "linux":
        return look("realtime", "this system has no SCHED_FIFO", "have cycles of 100 ms or more")
    import resource

    if os.geteuid() == 0 or resource.getrlimit(resource.RLIMIT_RTPRIO)[0] >= 50:
        return good("realtime", "the loop may have SCHED_FIFO")
    helps = "only cycles below 100 ms need it: LimitRTPRIO=50 in the service's unit"
    return look("realtime", "the loop may not have SCHED_FIFO", helps)


def _shutting_in() -> Finding:
    version = landlock_version() if sys.platform.startswith("linux") else 0
    if version == 0:
        helps = "a Linux from 5.13 on with Landlock; else use only FMUs that you trust"
        return look("FMUs", "cannot be shut away from files: no Landlock here", helps)
    return good("FMUs", f"can be shut in: Landlock {version}")


def _port(host: str, port: int) -> Finding:
    try:
        listen("page", host, port, 1, 1 << 16).close()
    except BadInput as error:
        return bad("port", str(error), "end that program, or choose another with --page")
    return good("port", f"{host}:{port} is free" if port else f"{host}: any free one will do")


def _room(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    text = f"{free / 1e9:.1f} GB free in {folder}"
    if free < LEAST_FREE:
        helps = f"have {LEAST_FREE / 1e9:g} GB free; a year of 200 signals at 1 Hz takes 4.5"
        return bad("disk", text, helps)
    return good("disk", text)


def _sync(scratch: Path) -> Finding:
    took = []
    with (scratch / "sync").open("wb") as file:
        for _ in range(20):
            file.write(b"0" * 4096)
            file.flush()
            began_ns = monotonic_ns()
            os.fsync(file.fileno())
            took.append((monotonic_ns() - began_ns) / NS_PER_S)
    text = f"a write is safe after {median(took) * 1e3:.2g} ms, {max(took) * 1e3:.2g} at worst"
    if median(took) > SLOW_SYNC_S:
        return look("disk speed", text, "an SSD takes 1 ms; a worn card takes seconds in the end")
    return good("disk speed", text)


def _seal(scratch: Path) -> Finding:
    channels = [Channel(f"plant.T_{i}:measured", "K", 0.01) for i in range(SIGNALS)]
    hour_ns = HOUR_S * NS_PER_S
    first_ns = utc_ns() // hour_ns * hour_ns - 3 * hour_ns
    t_ns = first_ns + NS_PER_S * np.arange(HOUR_S)
    noise = np.random.default_rng(1).normal(0.0, 0.03, (HOUR_S, SIGNALS))
    values = np.round(300.0 + np.cumsum(noise, axis=0), 2)
    quality = np.zeros(values.shape, np.uint8)
    with WeekWriter(scratch / "weeks", {"measured": channels}, ballast_bytes=0) as writer:
        began_ns = monotonic_ns()
        writer.append("measured", t_ns, values, quality)
        writer.commit()
        written_ns = monotonic_ns()
        with suppress(BadInput):
            while writer.seal(utc_ns()):
                pass
    kept_s = (written_ns - began_ns) / NS_PER_S
    sealed_s = (monotonic_ns() - written_ns) / NS_PER_S
    text = f"an hour of {SIGNALS} signals is written in {kept_s:.2g} s, sealed in {sealed_s:.2g} s"
    if sealed_s > SLOW_SEAL_S:
        return look("historian", text, "a faster disk, or fewer signals")
    return good("historian", text)
