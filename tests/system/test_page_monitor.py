"""The page of a real monitor: live values, an alarm that is acknowledged, a crash, a screen."""

import asyncio
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from browser_desk import NARROW, Tab, chromium
from free_ports import free_port
from monitor_desk import ENVIRONMENT, HUKKA, plant
from page_desk import Client

from hil.gate.audit import verify
from hil.monitor.health import HealthReader
from hil.page.kpis import key_figures
from hil.page.run_source import open_run_source
from hil.page.screen.app import PlantScreen
from hil.page.screen.feed import PageFeed
from hil.page.screen.table import Table
from twin.clock import NS_PER_S, WallClock, utc_ns


def until(there, timeout_s=60.0):
    """What `there` gives, as soon as that is something."""
    clock = WallClock()
    while clock.now_ns() < timeout_s * NS_PER_S:
        if found := there():
            return found
        clock.wait_until(clock.now_ns() + NS_PER_S // 10)
    raise AssertionError("it never came")


@pytest.fixture(scope="module")
def monitor(tmp_path_factory):
    """Plant, data folder and a client of the page of a monitor that watches it."""
    folder = tmp_path_factory.mktemp("monitor")
    data = folder / "data"
    data.mkdir()
    (data / "alarms.yaml").write_text("links: {delay_on: 1 s, delay_off: 1 s}\n")
    listen = f"127.0.0.1:{free_port()}"
    with plant(folder, warmup="30m") as made:
        words = ["monitor", made.site, "--data", data, "--page", listen, *made.options]
        with subprocess.Popen([*HUKKA, *words], env=ENVIRONMENT, stderr=subprocess.PIPE) as process:
            try:
                with Client(f"http://{listen}/") as client:
                    until(lambda: answers(client) and client.get("/api/now").json()["t_ms"])
                    client.csrf = client.get("/api/site").json()["csrf"]
                    yield made, data, client
            finally:
                process.send_signal(signal.SIGTERM)
                process.stderr.read()


def answers(client):
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def alarms(client):
    return {row["cause"]: row for row in client.get("/api/alarms").json()}


LOST = "link lost: cooling_loop"


def figures_of(rows):
    """Values by name, as soon as there are all of them."""
    return all(row["value"] is not None for row in rows) and {r["name"]: r for r in rows}


def figures_of_the_bench(made):
    """Of the rows that it has on disk by now: it keeps them in batches."""
    bench = open_run_source(made.folder / "run")
    span = bench.span_ns()
    return key_figures(bench, span[0], span[1] + 1) if span else []


@pytest.mark.timeout(300)
def test_every_key_figure_is_there_and_near_what_the_meters_of_the_plant_say(monitor):
    """Near only: the bench began earlier, and both have run for seconds."""
    made, _, client = monitor
    desk = until(lambda: figures_of(client.get("/api/kpis").json()))
    meters = until(lambda: figures_of(figures_of_the_bench(made)))
    for name in ("pue", "erf", "erf_with_hp", "cop", "scop", "heat_cost_EUR_per_MWh"):
        assert desk[name]["value"] == pytest.approx(meters[name]["value"], rel=5e-2), name
    assert desk["scop"]["reckoned"] == ["heat_pump.E_auxiliary"]
    assert desk["pue"]["value"] > 1.0
    assert desk["scop"]["value"] < desk["cop"]["value"]


@pytest.mark.timeout(300)
def test_a_day_at_the_desk(monitor):
    made, data, client = monitor
    site = client.get("/api/site").json()
    assert (site["kind"], site["can"]["order"]) == ("monitor", True)
    first, second = two_moments(client)
    assert second - first == 1000
    assert abs(utc_ns() / 1e6 - second) < 5000
    assert alarms(client) == {}

    made.wires["site_lan"].pull()
    row = until(lambda: alarms(client).get(LOST))
    assert (row["state"], row["annunciated"]) == ("unacknowledged", True)
    path = f"/api/alarms/{row['number']}"
    assert client.change("POST", path, action="acknowledge", comment="seen").json() == {"ok": True}
    assert alarms(client)[LOST]["state"] == "acknowledged"
    refused = client.change("POST", path, action="unshelve")  # in the words of the keeper
    assert (refused.status_code, "it is not shelved" in refused.text) == (409, True)
    journal = client.get("/api/alarms/history").json()
    assert [line["action"] for line in journal] == ["raised", "acknowledged"]

    health = HealthReader(data).read()
    assert health is not None
    page = next(row for row in health.health.processes if row.name == "page")
    assert page.up
    os.kill(page_pid(data), signal.SIGKILL)
    until(lambda: not answers(client), 10.0)
    until(lambda: answers(client), 30.0)
    assert client.change("POST", "/api/notes", text="after the crash").status_code == 201
    assert "after the crash" in {
        line["comment"] for line in client.get("/api/alarms/history").json()
    }

    os.kill(page_pid(data), signal.SIGSTOP)  # one that hangs answers nobody, and is ended
    until(lambda: not answers(client), 20.0)
    until(lambda: answers(client), 90.0)
    told = HealthReader(data).read()
    assert told is not None
    page = next(row for row in told.health.processes if row.name == "page")
    assert (page.restarts, page.why) == (2, "said nothing for 30 s")

    shown(client, row["number"])
    made.wires["site_lan"].plug()
    until(lambda: LOST not in alarms(client))
    assert verify(data).findings == []
    assert [r.fields["event"] for r in verify(data).records] == [
        "order",
        "order",
        "order_refused",
        "note",
    ]


@pytest.mark.timeout(300)
def test_a_browser_before_a_running_plant(monitor):
    made, _, client = monitor
    address, row = str(client.base_url), "[data-signal='cooling_loop.T_supply']"
    with (
        chromium() as browser,
        Tab(browser, address) as one,
        Tab(browser, address, NARROW, "fi") as other,
    ):
        plant_view, there = one.drawn("plant"), other.open("alarms")
        power = plant_view.locator("[data-signal='heat_pump.P_electric'] .measured")
        before = power.text_content()
        until(lambda: power.text_content() != before)  # noise of a sensor: every second another
        plant_view.wait_for_selector(f"{row} .predicted:not(:empty)")
        one.shot("monitor-plant")

        made.wires["site_lan"].pull()
        number = until(lambda: alarms(client).get(LOST))["number"]
        plant_view.wait_for_selector(f"{row} .reason:not(:empty)")
        assert plant_view.locator(f"{row} .measured").text_content() == "–"
        links = until(lambda: down_at(client, now_ms(client)))
        assert "cooling_loop" in links
        alarm = f"[data-alarm='{number}']"
        there.locator(f"{alarm} [data-deed='acknowledge']").click()
        there.locator("dialog textarea").fill("johto irti")
        there.locator("dialog").get_by_role("button", name="Kuittaa").click()
        one.open("alarms").wait_for_selector(f"{alarm}[data-state='seen']")
        assert "johto irti" in one.page.locator(alarm).inner_text()
        one.shot("monitor-alarm")

        made.wires["site_lan"].plug()
        one.page.locator(alarm).wait_for(state="detached")
        assert one.drawn("kpis").locator(".tile .figure").first.text_content()
        assert one.complaints + other.complaints == []


def down_at(client, t_ms):
    """Controllers that were lost, as far as it was kept how the desk itself was."""
    told = client.get(f"/api/health?t={t_ms}").json()
    return [row["name"] for row in told["links"] if not row["up"]] if told else []


def now_ms(client):
    return client.get("/api/now").json()["t_ms"]


def two_moments(client):
    """Times of two moments that follow each other on the stream [ms]."""
    times = []
    for name, told in client.events(12):
        if name == "now":
            times.append(told["t_ms"])
    return times[-2:]


def page_pid(data):
    """The process that has the data folder's page: the one that runs its module."""
    found = subprocess.run(["pgrep", "-f", "hil.page.worker"], capture_output=True, text=True)
    mine = []
    for pid in found.stdout.split():
        with suppress(OSError):  # another's may end meanwhile
            if str(data) in str(Path(f"/proc/{pid}/fd/2").readlink()):  # its log
                mine.append(int(pid))
    (pid,) = mine
    return pid


def shown(client, number):
    """The screen over the same page lists the alarm."""

    async def go():
        feed = PageFeed(str(client.base_url))
        app = PlantScreen(feed, feed.site())
        async with app.run_test(size=(80, 24)) as pilot:
            for _ in range(500):
                await pilot.pause(0.02)
                if str(number) in app.query_one("#alarms", Table)._shown:
                    return
            raise AssertionError("the screen has no alarm")

    asyncio.run(go())
