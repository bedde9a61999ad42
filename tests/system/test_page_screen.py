"""The screen for SSH, by its keys, on a real page and on folders."""

import asyncio
import os
import pty
import subprocess
import sys

import pytest
from page_desk import CHECK, SINK, Client, desk_folder, desk_source, make_users, run_folder, served
from textual.widgets import Static

from hil.page.run_source import open_run_source
from hil.page.screen.app import PlantScreen
from hil.page.screen.feed import FolderFeed, PageFeed
from hil.page.screen.table import Table
from twin.clock import monotonic_ns
from twin.errors import BadInput, LinkLost

SIZE = (80, 24)


def text(app, name):
    return str(app.query_one(f"#{name}", Static).render())


def table(app, name):
    """Cells of a table as text, by the key of the row."""
    return dict(app.query_one(f"#{name}", Table)._shown)


async def until(pilot, there):
    """Let the screen work until `there` says so."""
    begin = monotonic_ns()
    while not there():
        assert monotonic_ns() - begin < 15e9, "it never came"
        await pilot.pause(0.02)


def played(feed, play):
    """`play(app, pilot)` on a screen of 80 by 24."""

    async def go():
        app = PlantScreen(feed, feed.site())
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: table(app, "plant"))
            await play(app, pilot)

    asyncio.run(go())


@pytest.fixture
def desk(tmp_path):
    make_users(tmp_path, otto="operator", vera="viewer")
    with served(desk_source(desk_folder(tmp_path)), tmp_path) as (address, server):
        yield address, server


def test_all_is_there_in_the_units_of_the_site(tmp_path):
    feed = FolderFeed(open_run_source(run_folder(tmp_path)), "me")

    async def play(app, pilot):
        row = table(app, "plant")[SINK]
        # 351.2 K measured, 350.2 K predicted, a band of 0.8 K
        assert row == ("  T_sink_out [°C]", "78.05", "77.05", "+1.00", "0.80", "◀ outside")
        assert table(app, "plant")["heat_pump"] == ("■ heat pump", "", "", "", "", "fault")
        assert table(app, "plant")["cooling_loop.P_it"][1] == "--"
        head = text(app, "head")
        assert "Mäntsälä" in head
        assert "0:02:00  1 alarms, 1 ask" in head
        assert "STALE" not in head
        await pilot.press("2")
        assert table(app, "alarms")["1"][5] == "unacknowledged"
        await pilot.press("a")
        await until(pilot, lambda: app._notifications)
        assert "record is kept as it came" in next(iter(app._notifications)).message
        await pilot.press("4")
        await until(pilot, lambda: "3 overruns" in text(app, "desk"))

    played(feed, play)


def test_an_alarm_is_looked_at_and_acknowledged(desk):
    feed = PageFeed(desk[0])
    assert feed.needs_login()
    feed.login("otto", "a long enough one")

    async def play(app, pilot):
        await pilot.press("2")
        await pilot.press("enter")
        await until(pilot, lambda: "97.0%  heat_pump.condenser_fouling" in text(app, "why"))
        assert f"look at: {CHECK[:20]}" in text(app, "why")
        assert "heat_pump.T_source_in" in text(app, "why")
        await pilot.press("2", "a", *"seen", "enter")
        await until(pilot, lambda: table(app, "alarms")["1"][5] == "acknowledged")
        assert table(app, "alarms")["1"][0] == " 1"

    played(feed, play)
    with Client(desk[0]) as client:
        client.login("vera")
        row = next(r for r in client.get("/api/alarms").json() if r["number"] == 1)
    assert (row["acknowledged_by"], row["comment"]) == ("otto", "seen")


def test_a_shelf_has_a_length_and_a_reason(desk):
    feed = PageFeed(desk[0])
    feed.login("otto", "a long enough one")

    async def play(app, pilot):
        async def shelve(words, said):
            app.clear_notifications()
            await pilot.press("s")
            await until(pilot, lambda: len(app.screen_stack) == 2)
            await pilot.press(*words, "enter")
            await until(pilot, lambda: any(said in n.message for n in app._notifications))

        await pilot.press("2")
        await shelve("soon", "is not a duration")
        await shelve("2h", "comment: must be given")
        await shelve(["2", "h", "space", *"filter"], "alarm 1: shelve")
        await until(pilot, lambda: table(app, "alarms")["1"][5] == "shelved")
        await pilot.press("s")
        await until(pilot, lambda: len(app.screen_stack) == 2)
        await pilot.press("escape")
        assert len(app.screen_stack) == 1
        app.clear_notifications()
        await pilot.press("u")
        await until(pilot, lambda: len(app.screen_stack) == 2)
        await pilot.press("enter")
        await until(pilot, lambda: table(app, "alarms")["1"][5] == "unacknowledged")

    played(feed, play)


def test_a_viewer_looks_only(desk):
    feed = PageFeed(desk[0])
    feed.login("vera", "a long enough one")

    async def play(app, pilot):
        await pilot.press("2", "a")
        await until(pilot, lambda: app._notifications)
        assert "your role looks only" in next(iter(app._notifications)).message

    played(feed, play)


def test_a_page_that_is_gone_is_stale_and_comes_back(tmp_path):
    source = desk_source(desk_folder(tmp_path))

    async def play(app, pilot):
        await until(pilot, lambda: "STALE" in text(app, "head"))  # the data are of last year
        stop()
        await until(pilot, lambda: "no answer" in text(app, "head"))
        assert table(app, "plant"), "what was known stays"

    with served(source, tmp_path) as (address, server):

        def stop():
            server.should_exit = True

        played(PageFeed(address), play)
        with pytest.raises(LinkLost, match="no answer"):
            PageFeed(address).site()


def test_what_is_no_page_is_refused(tmp_path):
    with pytest.raises(BadInput, match="must be http"):
        PageFeed("plant.example")
    with pytest.raises(BadInput, match="no certificate"):
        PageFeed("https://plant.example", tmp_path / "no.pem")


def test_the_command_on_a_real_terminal(tmp_path):
    run_folder(tmp_path)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "hil.cli", "screen", str(tmp_path)]
    env = {**os.environ, "TERM": "xterm-256color", "LINES": "24", "COLUMNS": "80"}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env) as process:
        os.close(theirs)
        seen = b""
        while b"T_sink_out" not in seen:
            seen += os.read(ours, 65536)
        os.write(ours, b"q")
        try:
            while os.read(ours, 65536):
                pass
        except OSError:  # the other end is closed
            pass
        assert process.wait(20) == 0
    os.close(ours)


def test_the_command_says_what_is_wrong(tmp_path):
    def screen(*words):
        command = [sys.executable, "-m", "hil.cli", "screen", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    for words, code, said in (
        ((str(tmp_path),), 2, "neither a run folder nor"),
        ((str(tmp_path), "--user", "x"), 2, "go with a URL"),
        (("http://127.0.0.1:9/",), 4, "no answer"),
    ):
        answer = screen(*words)
        assert (answer.returncode, said in answer.stderr) == (code, True), answer.stderr
    make_users(tmp_path, otto="operator")
    with served(desk_source(desk_folder(tmp_path)), tmp_path) as (address, _):
        answer = screen(address)
        assert (answer.returncode, "give --user" in answer.stderr) == (2, True)
