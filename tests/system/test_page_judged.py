"""Values outside their band in a part that is not judged now: told, and no call for a look."""

from dataclasses import replace

import pytest
from browser_desk import FAULT_MIN, NOW_MIN, Playing, S, Tab, chromium, desk_of, plant_run
from page_desk import Keeper, served

from hil.alarms import AlarmBook
from twin.clock import utc_ns
from twin.site import load_site

ROW = "[data-signal='heat_pump.T_condensing']"
LOOK = f"""(() => {{
  const row = document.querySelector("{ROW}");
  const of = (what, name) => getComputedStyle(row.querySelector(what))[name];
  return [of('.marker', 'fill'), of('.measured', 'textDecorationLine')];
}})()"""


class Starting(Playing):
    """A plant whose heat pump may be judged or not, as the test has it."""

    standing = "not observable"

    def now(self):
        said, why = {"heat_pump": self.standing}, {"heat_pump": "its model has just begun"}
        return replace(super().now(), standing=said, reasons=why)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    run = plant_run(tmp_path_factory.getbasetemp() / "plant")
    return desk_of(run, tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def source(folder):
    return Starting(load_site("mantsala"), S, folder, Keeper(folder))


def test_what_is_not_judged_is_told_and_does_not_ask_for_a_look(source):
    with chromium() as browser, served(source) as (address, _), Tab(browser, address) as tab:
        page = tab.open("plant")
        page.wait_for_selector(f"{ROW}[data-state='unjudged']")
        told = page.locator(ROW).get_attribute("aria-label")
        assert told.endswith("outside its band, not judged now")
        quiet = page.evaluate(LOOK)
        assert quiet[1] == "none"
        page.locator(ROW).click()
        assert "not judged now" in page.locator(".point-card").inner_text()
        tab.shot("plant-unjudged")
        # the same value, once it is judged: another colour, a line below it, other words
        source.standing = "healthy"
        page.wait_for_selector(f"{ROW}[data-state='outside']")
        loud = page.evaluate(LOOK)
        assert loud[0] != quiet[0]
        assert loud[1] == "underline"
        assert page.locator(ROW).get_attribute("aria-label").endswith("outside its band")
        assert "not judged now" not in page.locator(".point-card").inner_text()
        source.standing = "not observable"


def test_a_past_moment_says_what_was_not_judged_then(source, folder):
    """The same value, outside of its band, two minutes before and after the part was judged."""
    judged_ns = utc_ns() - (NOW_MIN - FAULT_MIN - 10) * 60 * S
    why = {"heat_pump": "it has started 3 min ago"}
    with AlarmBook(folder / "desk.sqlite") as book:
        before_ns = judged_ns - 4 * 60 * S
        book.twin([], [], before_ns, standing={"heat_pump": "not observable"}, reasons=why)
        book.twin([], [], judged_ns, standing={"heat_pump": "healthy"})
    with chromium() as browser, served(source) as (address, _), Tab(browser, address) as tab:
        page = tab.open("plant")
        page.wait_for_selector(".badge[data-life='live']")
        page.goto(f"{address}#/plant?at={judged_ns // 1_000_000 - 120_000}")
        page.wait_for_selector(f"{ROW}[data-state='unjudged']")
        page.goto(f"{address}#/plant?at={judged_ns // 1_000_000 + 120_000}")
        page.wait_for_selector(f"{ROW}[data-state='outside']")
        assert tab.complaints == []
