"""A server that dies: the page says so within 3 s, and is itself again without a reload."""

import subprocess
import sys
from contextlib import contextmanager

import pytest
from browser_desk import Tab, chromium
from free_ports import free_port
from page_desk import run_folder

from twin.clock import monotonic_ns

S = 1_000_000_000


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
        killed_ns = monotonic_ns()
        process.kill()
        page.wait_for_selector(".badge[data-life='stale']")
        noticed_s = (monotonic_ns() - killed_ns) / S
        assert noticed_s < 3.0
        assert "STALE" in page.locator(".badge").inner_text()
        assert "grayscale" in page.evaluate(
            "getComputedStyle(document.querySelector('main')).filter"
        )
        tab.shot("stale")
        process.wait(10)
        with server(folder, port):
            page.wait_for_selector(".badge[data-life='live']", timeout=15_000)
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
        os.kill(process.pid, signal.SIGSTOP)
        stopped_ns = monotonic_ns()
        page.wait_for_selector(".badge[data-life='stale']")
        assert (monotonic_ns() - stopped_ns) / S < 3.0
        os.kill(process.pid, signal.SIGCONT)
        page.wait_for_selector(".badge[data-life='live']", timeout=15_000)
