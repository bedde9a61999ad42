"""The past on the same pages, the keyboard alone, and time as it is moved through."""

import json
import re

import pytest
from browser_desk import FAULT_MIN, LOST_MIN, NOW_MIN, Tab, chromium, page_over, plant_run

from hil.historian.growth import GrowthFile
from twin.clock import utc_ns

MINUTE_NS = 60 * 10**9
PROCEDURE_MIN = FAULT_MIN + 5
"""When a procedure began, after the first row [min]."""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    run = plant_run(tmp_path_factory.getbasetemp() / "plant")
    desk = tmp_path_factory.mktemp("desk")
    procedure_of(desk / "procedures" / "monday")
    with page_over(run, desk) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


def moment(page):
    return int(re.search(r"at=(\d+)", page.url)[1])


def test_a_past_moment_is_shown_as_it_was_and_said_to_be_past(browser, address):
    minutes = (NOW_MIN - FAULT_MIN + 5) * 60_000
    with Tab(browser, address) as tab:
        page = tab.open("plant")
        page.wait_for_selector(".part[data-standing='fault']")
        page.wait_for_selector(".badge[data-life='live']")
        now = page.evaluate("Date.now()")
        page.goto(f"{address}#/plant?at={now - minutes}")
        page.wait_for_selector(".badge[data-life='replay']")
        # five minutes before the fault nothing is broken, and nothing is out of its band
        page.wait_for_selector("[data-signal='heat_pump.T_condensing']:not([data-state])")
        assert page.locator("[data-standing='fault']").count() == 0
        assert page.locator("section.replay").is_visible()
        assert "not live" in page.locator("section.replay").inner_text()
        tab.shot("replay")
        page.get_by_role("link", name="Alarms").first.click()
        page.wait_for_selector("main.view-alarms .empty")
        assert page.locator("[data-deed]").count() == 0
        assert not page.get_by_text("how it is now").is_visible()
        page.get_by_role("link", name="Procedures").first.click()
        page.wait_for_selector("main.view-procedures")
        page.get_by_text("No procedure had run until then").wait_for()
        assert not page.get_by_text("how it is now").is_visible()
        page.get_by_role("link", name="Alarms").first.click()
        page.wait_for_selector("main.view-alarms .empty")
        page.get_by_role("button", name="Back to live").click()
        page.wait_for_selector(".alarm [data-deed]")
        assert not page.locator("section.replay").is_visible()
        assert tab.complaints == []


def test_the_desk_itself_is_shown_as_it_was(browser, address):
    with Tab(browser, address) as tab:
        page = tab.open("health")
        page.get_by_text("no monitor runs").wait_for()
        now = page.evaluate("Date.now()")
        for minute, word in ((LOST_MIN + 5, "✕ down"), (LOST_MIN + 15, "✓ up")):
            page.goto(f"{address}#/health?at={now - (NOW_MIN - minute) * 60_000}")
            page.get_by_text("as it was told at").wait_for()
            page.get_by_role("cell", name=word).first.wait_for()
            assert not page.get_by_text("how it is now").is_visible()
        tab.shot("replay-health")
        page.goto(f"{address}#/health?at={now - (NOW_MIN + 5) * 60_000}")
        page.get_by_text("Nothing is kept of how the desk itself was then").wait_for()
        page.get_by_role("button", name="Back to live").click()
        page.get_by_text("no monitor runs").wait_for()
        assert tab.complaints == []


def procedure_of(run):
    """The record of a block of two steps of which each took five minutes; the second failed."""
    run.mkdir(parents=True)
    first = {"text": "set enable = true", "number": 1, "of": 2, "verdict": None}
    second = {"text": "expect running within 300 s", "number": 2, "of": 2, "verdict": None}
    steps = [{**first, "verdict": "pass"}, {**second, "verdict": "fail"}]
    names = {"procedure": "own.start", "controller": "heat_pump", "block": "start"}
    lines = (
        (0, {"begin": "own.start@heat_pump/start"}),
        (0, {"step": first}),
        (5, {"step": steps[0]}),
        (5, {"step": second}),
        (10, {"step": steps[1]}),
        (10, {"end": {**names, "verdict": "fail", "steps": steps}}),
    )
    path = run / "commission.jsonl"
    begun_ns = utc_ns() - (NOW_MIN - PROCEDURE_MIN) * MINUTE_NS
    times = iter([begun_ns + minute * MINUTE_NS for minute, _ in lines])
    with path.open("wb") as record, GrowthFile(path, times.__next__) as growth:
        for _, line in lines:
            record.write(json.dumps(line).encode() + b"\n")
            growth.grown(record.tell())


def test_a_procedure_is_shown_as_it_ran(browser, address):
    with Tab(browser, address) as tab:
        page = tab.open("procedures")
        page.wait_for_selector("article[data-state=done][data-verdict=fail]")
        now = page.evaluate("Date.now()")
        ago = (NOW_MIN - PROCEDURE_MIN) * 60_000
        page.goto(f"{address}#/procedures?at={now - ago + 2 * 60_000}")
        page.wait_for_selector("article[data-state=running] li[aria-current=step]")
        assert page.locator("article li").count() == 1
        assert not page.get_by_text("how it is now").is_visible()
        page.locator("main").focus()
        for _ in range(5):
            page.keyboard.press(".")
        page.wait_for_selector("article[data-state=running] li[data-verdict=pass]")
        assert page.locator("article li").count() == 2
        tab.shot("replay-procedures")
        page.goto(f"{address}#/procedures?at={now - ago + 12 * 60_000}")
        page.wait_for_selector("article[data-state=done][data-verdict=fail]")
        page.get_by_role("button", name="Back to live").click()
        page.wait_for_selector("article[data-state=done][data-verdict=fail]")
        assert tab.complaints == []
        page.goto(f"{address}#/users?at={now}")
        page.get_by_text("it shows how it is now").wait_for()


def test_slider_keys_and_play_move_through_time(browser, address):
    with Tab(browser, address) as tab:
        page = tab.open("plant")
        page.wait_for_selector("[data-signal]")
        page.keyboard.press("r")
        page.wait_for_selector(".badge[data-life='replay']")
        slider = page.get_by_label("Moment")
        slider.fill("500")
        middle = moment(page)
        page.locator("main").focus()
        page.keyboard.press(".")
        assert moment(page) - middle == 60_000
        page.keyboard.press(",")
        page.keyboard.press(",")
        assert moment(page) - middle == -60_000
        # where the record begins there is nothing to draw, and nothing breaks
        slider.fill("0")
        page.locator(".sparks").wait_for(state="hidden")
        slider.fill("300")
        begin = moment(page)
        page.get_by_role("button", name="Play", exact=True).click()
        tab.until(f"Number(/at=(\\d+)/.exec(location.href)[1]) >= {begin + 60_000}")
        page.get_by_role("button", name="Pause").click()
        page.locator("main").focus()
        page.keyboard.press("Escape")
        page.wait_for_selector(".badge[data-life='live']")
        assert "at=" not in page.url
        assert tab.complaints == []


def test_everything_by_the_keyboard_alone(browser, address):
    with Tab(browser, address) as tab:
        page = tab.open("plant")
        page.wait_for_selector("[data-signal='heat_pump.T_condensing']")
        page.keyboard.press("?")
        assert page.locator("dialog.help[open]").is_visible()
        page.keyboard.press("Escape")
        for key, view in (("3", "alarms"), ("4", "kpis"), ("5", "health"), ("1", "plant")):
            page.keyboard.press(key)
            page.wait_for_selector(f"main.view-{view}")
        page.wait_for_selector("[data-signal='heat_pump.T_condensing']")
        page.locator("main").focus()
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.dataset.signal === 'heat_pump.T_condensing'"):
                break
        else:
            pytest.fail("40 tabs do not reach the condensing temperature")
        outline = "getComputedStyle(document.activeElement.querySelector('.hit')).strokeWidth"
        assert page.evaluate(outline) == "2.5px"
        page.keyboard.press("Enter")
        page.wait_for_selector(".point-card:not([hidden])")
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.dataset.signal") == "heat_pump.T_condensing"
        page.keyboard.press("2")
        page.wait_for_selector(".u-over")
        page.keyboard.press("/")
        page.keyboard.type("electric power")
        page.keyboard.press("Enter")
        page.get_by_role("row", name=re.compile("Electric power")).wait_for()
        assert tab.complaints == []


def test_a_dialog_that_has_just_closed_takes_no_keys(browser, address):
    with Tab(browser, address) as tab:
        page = tab.open("plant")
        page.wait_for_selector("[data-signal='heat_pump.T_condensing']")
        page.keyboard.press("m")
        page.wait_for_selector("dialog.menu[open]")
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog.menu[open]", state="detached")
        key = "new KeyboardEvent('keydown', {key: '?', bubbles: true})"
        page.evaluate(f"document.querySelector('dialog.menu input').dispatchEvent({key})")
        assert page.locator("dialog.help[open]").is_visible()


def test_a_trend_is_moved_by_wheel_drag_and_keys_and_its_link_can_be_sent(browser, address):
    def span():
        found = re.search(r"from=(\d+)&to=(\d+)", page.url)
        return (int(found[1]), int(found[2])) if found else None

    def moved(act, before):
        act()
        tab.until(f"location.href !== {before!r}")
        return span()

    with Tab(browser, address) as tab:
        page = tab.open("trend?keys=heat_pump.T_condensing:measured")
        over = page.locator(".u-over")
        over.wait_for()
        box = over.bounding_box()
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(*middle)
        a = moved(lambda: page.mouse.wheel(0, -100), page.url)
        assert a[1] - a[0] == pytest.approx(0.72 * 3_600_000, rel=0.01)
        page.locator(".stage").focus()
        b = moved(lambda: page.keyboard.press("ArrowLeft"), page.url)
        assert b[0] < a[0]
        assert b[1] - b[0] == pytest.approx(a[1] - a[0], abs=3)

        def drag():
            page.mouse.move(box["x"] + box["width"] * 0.4, middle[1])
            page.mouse.down()
            page.mouse.move(box["x"] + box["width"] * 0.6, middle[1], steps=4)
            page.mouse.up()

        c = moved(drag, page.url)
        assert c[1] - c[0] == pytest.approx(0.2 * (b[1] - b[0]), rel=0.02)
        tab.until("document.querySelector('.readout .mean').textContent.includes('°')")
        with Tab(browser, address) as other:
            sent = other.page
            sent.goto(page.url)
            sent.wait_for_selector(".u-over")
            sent.get_by_role("row", name=re.compile("Condensing")).wait_for()
            assert f"from={c[0]}&to={c[1]}" in sent.url
        page.locator(".stage").focus()
        page.keyboard.press("End")
        tab.until("!location.href.includes('from=')")
        assert tab.complaints == []
