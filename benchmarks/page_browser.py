"""What the page costs a browser: bytes, time to the first values, a year on the screen, idle work.

    .venv/bin/python benchmarks/page_browser.py

Makes data of a monitor of `mantsala` (a year, a row a minute) in a temporary folder, serves it as
`hukka page` does and looks at it with Chromium.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from hil.historian.weeks import Channel, WeekWriter
from hil.monitor import of_site
from twin.site import load_site

S = 1_000_000_000
DAYS = 365
PERIOD_S = 60
PORT = 8899
SHOWN = ("T_sink_out", "T_condensing", "P_electric", "m_source")


def year_of_data(folder: Path) -> int:
    """A year that ends now; returns its end [ns since 1970]."""
    site = load_site("mantsala")
    names = [f"heat_pump.{name}" for name in SHOWN]
    channels = [Channel(f"{n}:measured", site.signals[n].si_unit, 0.01) for n in names]
    channels += [Channel(f"{n}:predicted", site.signals[n].si_unit) for n in names]
    end_ns = time.time_ns() // S * S
    rows = DAYS * 86_400 // PERIOD_S
    rng = np.random.default_rng(1)
    with WeekWriter(folder / "weeks", {"measured": channels}, ballast_bytes=0) as writer:
        for first in range(0, rows, 10_080):
            count = min(10_080, rows - first)
            k = np.arange(first, first + count, dtype=np.int64)
            t_ns = end_ns - (rows - 1 - k) * PERIOD_S * S
            wave = 300 + 10 * np.sin(2 * np.pi * k / 1440)[:, None] * np.ones(len(channels))
            values = wave + rng.normal(0, 0.2, wave.shape)
            writer.append("measured", t_ns, values, np.zeros(values.shape, np.uint8))
            writer.commit()
            while writer.seal(int(t_ns[-1])):
                pass
    of_site.tell(folder, of_site.OfSite("mantsala", "mantsala", PERIOD_S * S))
    return end_ns


SEEN = """
  window.seenAfter = (sign) => new Promise((tell) => {
    const next = (then) => requestAnimationFrame(then);
    const painted = () => next(() => next(() => tell(performance.now())));
    const look = new MutationObserver(() => {
      if (!document.querySelector(sign)) return;
      look.disconnect();
      painted();
    });
    if (document.querySelector(sign)) return painted();
    look.observe(document, { subtree: true, childList: true, characterData: true });
  });
"""
"""Asks the page itself: a driver looks every half second, which is longer than what is timed."""


def timed(page: Page, address: str, sign: str) -> float:
    """From nothing to the frame after `sign` is there [s]."""
    page.goto("about:blank")
    page.goto(address, wait_until="commit")
    return float(page.evaluate("(sign) => window.seenAfter(sign)", sign)) / 1000


def measure(page: Page, address: str, end_ns: int) -> None:
    """Print each figure."""
    first = sorted(timed(page, address, "[data-signal] .measured:not(:empty)") for _ in range(9))
    sizes = page.evaluate(
        "performance.getEntriesByType('resource').filter((e) => !e.name.includes('/api/'))"
        ".map((e) => [e.transferSize, e.decodedBodySize])"
    )
    print(f"first view: {sum(s for _, s in sizes) / 1e3:.0f} kB in {len(sizes)} files,", end=" ")
    print(f"values after {first[4]:.2f} s (median of 9, {first[0]:.2f} to {first[-1]:.2f})")
    keys = ",".join(f"heat_pump.{name}:measured" for name in SHOWN)
    end_ms = end_ns // 1_000_000
    page.set_viewport_size({"width": 1920, "height": 1080})
    for word, days in (("hour", 1 / 24), ("day", 1), ("month", 30), ("year", DAYS)):
        span = f"&from={end_ms - round(days * 86_400_000)}&to={end_ms}"
        drawn = sorted(
            timed(page, f"{address}#/trend?keys={keys}{span}", ".u-over") for _ in range(5)
        )
        print(f"four signals with prediction over a {word}: {drawn[2]:.2f} s from nothing to drawn")
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector("[data-signal] .measured:not(:empty)")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def busy() -> float:
        told = session.send("Performance.getMetrics")["metrics"]
        return next(m["value"] for m in told if m["name"] == "TaskDuration")

    before, began = busy(), time.perf_counter()
    page.wait_for_timeout(10_000)
    share = (busy() - before) / (time.perf_counter() - began)
    print(f"the plant, open and live: {share:.1%} of a core in the page's main thread")


def main() -> None:
    """Make the data, serve them, look."""
    chromium = shutil.which("chromium")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        end_ns = year_of_data(folder)
        command = [sys.executable, "-m", "hil.cli", "page", str(folder)]
        server = subprocess.Popen(
            [*command, "--listen", f"127.0.0.1:{PORT}"], stderr=subprocess.PIPE, text=True
        )
        try:
            assert server.stderr is not None
            server.stderr.readline()
            with sync_playwright() as driver:
                browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                page = browser.new_page()
                page.add_init_script(SEEN)
                measure(page, f"http://127.0.0.1:{PORT}/", end_ns)
                browser.close()
        finally:
            server.terminate()
            server.communicate()


if __name__ == "__main__":
    main()
