"""A server that dies: the page says so within 3 s, and is itself again without a reload."""

import subprocess
import sys
from contextlib import contextmanager

import pytest
from browser_desk import Tab, chromium
from free_ports import free_port
from page_desk import desk_folder, desk_source, run_folder, served

from twin.clock import utc_ns

# when the page itself said so: a busy machine asks it late
WATCH = """
new MutationObserver((_, all) => {
  if (document.body.dataset.life !== "stale") return;
  window.noticed = Date.now();
  all.disconnect();
}).observe(document.body, { attributes: true })
"""


def noticed_s(page, since_ns):
    """How long after `since_ns` the page said that it is stale [s]."""
    return page.evaluate("window.noticed") / 1e3 - since_ns / 1e9


@contextmanager
def server(folder, port):
    """`hukka page` in a process of its own, killed at the end."""
    command = [sys.executable, "-m", "hil.cli", "page", str(folder)]
    process = subprocess.Popen(
        [*command, "--listen", f"127.0.0.1:{port}"], stderr=subprocess.PIPE, text=True
    )
    try:
        assert "http" in process.stderr.readline()
        yield process
    finally:
        process.kill()
        process.wait(10)
        process.stderr.close()


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


def test_a_dead_server_is_stale_within_3_s_and_comes_back_without_reload(browser, tmp_path):
    folder, port = run_folder(tmp_path / "run"), free_port()
    with server(folder, port) as process, Tab(browser, f"http://127.0.0.1:{port}") as tab:
        page = tab.open("plant")
        page.evaluate("window.same = true")
        page.wait_for_selector("[data-signal='heat_pump.T_sink_out'] .measured")
        page.evaluate(WATCH)
        killed_ns = utc_ns()
        process.kill()
        page.wait_for_selector(".badge[data-life='stale']")
        assert noticed_s(page, killed_ns) < 3.0
        assert "STALE" in page.locator(".badge").inner_text()
        assert "grayscale" in page.evaluate(
            "getComputedStyle(document.querySelector('main')).filter"
        )
        tab.shot("stale")
        process.wait(10)
        with server(folder, port):
            page.wait_for_selector(".badge[data-life='ended']", timeout=60_000)
            tab.until("document.querySelector('main') && window.same === true")
            assert (
                page.evaluate("getComputedStyle(document.querySelector('main')).filter") == "none"
            )
        # what the browser itself says of connections that are refused is no fault of the page
        assert [c for c in tab.complaints if "ERR_" not in c] == []


def test_a_server_that_hangs_is_stale_too(browser, tmp_path):
    import os
    import signal

    folder, port = run_folder(tmp_path / "run"), free_port()
    with server(folder, port) as process, Tab(browser, f"http://127.0.0.1:{port}") as tab:
        page = tab.open("plant")
        page.evaluate(WATCH)
        stopped_ns = utc_ns()
        os.kill(process.pid, signal.SIGSTOP)
        page.wait_for_selector(".badge[data-life='stale']")
        assert noticed_s(page, stopped_ns) < 3.0
        os.kill(process.pid, signal.SIGCONT)
        page.wait_for_selector(".badge[data-life='ended']", timeout=60_000)


def test_a_plant_that_sends_nothing_new_is_stale_though_the_server_answers(browser, tmp_path):
    folder = desk_folder(tmp_path)
    with served(desk_source(folder), folder) as (address, _), Tab(browser, address) as tab:
        tab.page.goto(address)
        tab.page.wait_for_selector(".badge[data-life='stale']")
        assert "no new values" in tab.page.locator(".badge").inner_text()
        # the last row has no answer of this one: a dash, and why
        row = tab.page.locator("[data-signal='cooling_loop.T_supply']")
        assert row.get_attribute("data-state") == "bad"
        assert row.locator(".measured").text_content() == "–"
        assert row.locator(".reason").text_content() == "no answer"
        assert tab.complaints == []
