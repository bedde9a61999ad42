"""What tests in a browser are made of: a plant that was really run, a page over it, Chromium."""

import functools
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from page_desk import Keeper, served, told

from hil.alarms import AlarmBook
from hil.bench.layout import layout_of
from hil.historian import open_run
from hil.historian.weeks import Channel, WeekWriter
from hil.monitor import of_site
from hil.monitor.health import Health, LinkRow, ProcessRow
from hil.page.desk_source import DeskSource
from twin.clock import utc_ns
from twin.site import load_site

S = 1_000_000_000
MINUTES = 60
"""Of plant that is run for the tests."""
FAULT_MIN = 20
"""When its heat pump begins to fail."""
LOST_MIN = 10
"""When a link of the monitor is lost, for ten minutes."""
NOW_MIN = 40
"""Where the page is in it when a test begins."""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE_MS = 30_000
"""What is waited for comes at once, but on a machine that is busy with something else [ms]."""
VIEWS = {
    "plant": ".part[data-part='heat_pump'] .row",
    "trend?keys=heat_pump.T_condensing:measured,heat_pump.P_electric:measured": ".u-over",
    "alarms": ".alarm",
    "alarm?number=1": ".charts .u-over",
    "kpis": ".tile .figure",
    "health": ".list tbody tr, .empty",
    "procedures": ".empty",
}
"""View -> what is there when it has been drawn."""
WIDE, NARROW = (1920, 1080), (390, 844)


@contextmanager
def chromium(*more):
    """Chromium of the system, with `more` arguments; skips where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--js-flags=--expose-gc", *more],
        )
        try:
            yield browser
        finally:
            browser.close()


@functools.cache
def plant_run(folder):
    """A run of mantsala whose condenser fouls after FAULT_MIN minutes, by the command."""
    command = [sys.executable, "-m", "hil.cli", "bench", "mantsala", "--pace", "max"]
    fault = f"heat_pump.condenser_fouling=0.4@{FAULT_MIN}min"
    more = ["--duration", f"{MINUTES}min", "--fault", fault, "--out", str(folder)]
    subprocess.run([*command, *more], check=True, capture_output=True, timeout=300)
    return folder


def desk_of(run, folder):
    """Data of a monitor in which the run is the last hour, up to NOW_MIN and beyond."""
    site = load_site("mantsala")
    layout = layout_of(site)
    begin_ns = (utc_ns() // S - NOW_MIN * 60) * S
    recorded = open_run(run)
    bands = {c.name: c.band for c in recorded.columns if c.kind == "predicted"}
    streams = {
        "measured": [
            *(Channel(f"{n}:measured", site.signals[n].si_unit, 0.001) for n in layout.signals),
            *(Channel(f"{n}:command", "-", 0.0001) for n in layout.commands),
        ],
        "twin": [
            Channel(f"{n}:{kind}", site.signals[n].si_unit)
            for kind in ("predicted", "band")
            for n in layout.watched
        ],
    }
    with WeekWriter(folder / "weeks", streams, ballast_bytes=0) as writer:
        for name, channels in streams.items():
            asked = [c.key.replace(":band", ":predicted") for c in channels]
            t_ns, values = rows_of(recorded, asked)
            for i, channel in enumerate(channels):
                if channel.key.endswith(":band"):
                    values[:, i] = bands[channel.key.removesuffix(":band")]
            quality = np.where(np.isnan(values), 6, 0).astype(np.uint8)
            writer.append(name, t_ns + begin_ns, values, quality)
        writer.commit()
    with AlarmBook(folder / "desk.sqlite") as book:
        since_s = begin_ns / S + FAULT_MIN * 60
        seen = {"signal": "heat_pump.T_condensing", "share": 0.9, "innovation": 5.7}
        also = {"signal": "heat_pump.P_electric", "share": 0.1, "innovation": 58e3}
        event = {
            **told(),
            "since_s": since_s,
            "raised_s": since_s + 300,
            "size": 0.41,
            "low": 0.36,
            "high": 0.45,
            "group": ["heat_pump.non_condensables"],
            "evidence": [seen, also],
            "likely": [
                {"name": "heat_pump.condenser_fouling", "probability": 0.94},
                {"name": "heat_pump.non_condensables", "probability": 0.05},
            ],
            "probability": 0.94,
        }
        at_ns = round(since_s + 300) * S
        book.twin([event], (), at_ns)
        book.links(at_ns + 10 * S, {"network": "no answer"})
        book.links(at_ns + 50 * S, {"network": "no answer"})
        for minute in (0, 10, 20, 30):
            book.health(begin_ns + minute * 60 * S, asdict(health_of_desk(minute != LOST_MIN)))
        book.note("anna", "Filters of the condenser were opened last week", at_ns + 60 * S)
    of_site.tell(folder, of_site.OfSite("mantsala", "mantsala", S))
    return folder


def health_of_desk(up):
    """What a monitor tells of itself, with the link of the network up or not."""
    return Health(
        links=[LinkRow("network", "dh_lan", up, 600, 0, 900.0, 1500.0, "" if up else "no answer")],
        processes=[ProcessRow("loop", True, 0, 1.5, 30_000_000)],
        late_us={"p50": 90.0, "p99": 120.0, "max": 300.0},
        overruns=0,
        dropped=0,
        clock_offset_s=0.0,
        disk_free_bytes=10**9,
        disk_used_bytes=10**6,
        disk_days_left=300.0,
        gaps=[],
        twin={},
    )


def rows_of(recorded, keys):
    """Times [ns] and values float64[n, k] of a run; a key that it lacks is NaN."""
    known = [key for key in dict.fromkeys(keys) if key in {c.key for c in recorded.columns}]
    series = recorded.series(known)
    values = np.full((len(series.t_ns), len(keys)), np.nan)
    for i, key in enumerate(keys):
        if key in known:
            values[:, i] = series.values[:, known.index(key)]
    return series.t_ns, values


class Playing(DeskSource):
    """A plant that goes on: its rows are those of the record, each when its time has come."""

    def now(self):
        return self.at(utc_ns()) or super().now()


@contextmanager
def page_over(run, folder):
    """The page of `desk_of` on a free port: its address."""
    desk_of(run, folder)
    source = Playing(load_site("mantsala"), S, folder, Keeper(folder))
    with served(source, folder) as (address, _):
        yield address


class Tab:
    """A page that is open, and what its console complained of."""

    def __init__(self, browser, address, size=WIDE, language="en", theme="light", **more):
        self.address = address
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **more)
        self.context.set_default_timeout(PATIENCE_MS)
        for name, value in (("language", language), ("theme", theme)):
            # only where nobody has chosen yet: what the page keeps stands
            kept = f"localStorage['hukka.{name}'] ??= '{value}'"
            self.context.add_init_script(kept)
        self.page = self.context.new_page()
        self.complaints = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def _heard(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open(self, view="plant"):
        """Go to a view; it is there when this returns."""
        self.page.goto(f"{self.address.rstrip('/')}/#/{view}")
        self.page.wait_for_selector(f"main.view-{view.split('?')[0]}")
        well = ", ".join(f".badge[data-life='{life}']" for life in ("live", "replay", "ended"))
        self.page.wait_for_selector(well)
        return self.page

    def drawn(self, view):
        """Go to one of VIEWS; all of it has been drawn when this returns."""
        self.open(view).wait_for_selector(VIEWS[view])
        # two frames: one lays out, the next has painted it
        self.page.evaluate(
            "new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))"
        )
        return self.page

    def close_dialog(self):
        """Wait until the dialog is gone: an order is seen in the list before it is answered."""
        self.page.locator("dialog[open]").wait_for(state="hidden")

    def until(self, expression, most_s=PATIENCE_MS / 1000):
        """Wait until something is true of the page, whose policy lets nothing wait in it."""
        for _ in range(round(most_s / 0.05)):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never true in {most_s:g} s: {expression}")

    def shot(self, name):
        """A picture for who looks at them, in the folder HUKKA_SHOTS."""
        if folder := os.environ.get("HUKKA_SHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            size = self.page.viewport_size["width"]
            self.page.screenshot(path=f"{folder}/{name}-{size}.png", full_page=size < 600)
