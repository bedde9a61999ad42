"""Alarms in a real browser: acknowledged, shelved, explained, and seen by everybody at once."""

import pytest
from browser_desk import NARROW, Tab, chromium, page_over, plant_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return plant_run(tmp_path_factory.getbasetemp() / "plant")


@pytest.fixture
def address(run, tmp_path):
    with page_over(run, tmp_path) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
"""What must come out as it went in, and never as markup."""


def state(page, number=1):
    return page.locator(f"[data-alarm='{number}'] .state .word")


def test_what_one_acknowledges_the_other_sees(browser, address):
    with Tab(browser, address) as one, Tab(browser, address, NARROW, "fi") as other:
        here, there = one.open("alarms"), other.open("alarms")
        assert state(here).text_content() == "not acknowledged"
        assert state(there).text_content() == "kuittaamatta"
        here.locator("[data-alarm='1'] [data-deed='acknowledge']").click()
        here.locator("dialog textarea").fill(HOSTILE + "seen, cleaning on Monday")
        one.shot("acknowledge")
        here.locator("dialog").get_by_role("button", name="Acknowledge").click()
        here.wait_for_selector("[data-alarm='1'][data-state='seen']")
        there.wait_for_selector("[data-alarm='1'][data-state='seen']")
        assert state(there).text_content() == "kuitattu"
        assert HOSTILE + "seen, cleaning" in there.locator("[data-alarm='1']").inner_text()
        assert there.locator("[data-alarm='1'] img").count() == 0
        # the lost link has not been acknowledged by that
        assert state(there, 2).text_content() == "kuittaamatta"
        assert one.complaints + other.complaints == []


def test_a_shelf_has_an_end_and_a_reason(browser, address):
    with Tab(browser, address) as tab:
        page = tab.open("alarms")
        page.locator("[data-alarm='2'] [data-deed='shelve']").click()
        button = page.locator("dialog").get_by_role("button", name="Shelve")
        button.click()
        # without a reason it is not sent
        assert page.locator("dialog[open]").count() == 1
        page.locator("dialog textarea").fill("the line is being moved")
        page.get_by_text("4 h", exact=True).click()
        tab.shot("shelve")
        button.click()
        page.wait_for_selector("[data-alarm='2'][data-state='aside']")
        tab.close_dialog()
        assert "until" in page.locator("[data-alarm='2'] .state").inner_text()
        page.locator("[data-alarm='2'] [data-deed='unshelve']").click()
        page.locator("dialog").get_by_role("button", name="Unshelve").click()
        page.wait_for_selector("[data-alarm='2'][data-state='open']")
        assert tab.complaints == []


def test_evidence_says_why_and_what_to_check(browser, address):
    with Tab(browser, address) as tab:
        page = tab.open("alarms")
        page.locator("[data-alarm='1'] .what a").click()
        page.wait_for_selector(".charts .u-over")
        text = page.locator("main").inner_text()
        for said in (
            "Heat pump: condenser fouled",
            "41 % (36 to 45)",
            "94 %",
            "foreign gas in the condenser",
            "condensing temperature above sink outlet",
            "Heat source",
        ):
            assert said in text
        tab.until("document.querySelectorAll('.charts canvas').length === 2")
        page.get_by_role("link", name="Condensing").first.click()
        page.wait_for_selector(".readout tbody tr")
        assert "from=" in page.url
        assert tab.complaints == []


def test_in_finnish_the_sentences_of_the_server_are_finnish_too(browser, address):
    with Tab(browser, address, language="fi") as tab:
        page = tab.open("alarm?number=1")
        page.wait_for_selector(".charts .u-over")
        text = page.locator(".check-this").inner_text()
        assert "lauhtumislämpötilan ero lähtevään veteen" in text
        tab.open("kpis").locator(".rates").wait_for()
        assert "osuus ajasta tulvassa" in page.locator(".rates").inner_text()
        assert tab.complaints == []


def test_a_filter_leaves_what_fits(browser, address):
    with Tab(browser, address) as tab:
        page = tab.open("alarms")
        assert page.locator(".alarm").count() == 2
        page.get_by_label("Search alarms").fill("condenser")
        assert page.locator(".alarm").count() == 1
        page.get_by_label("Search alarms").fill("no such thing")
        assert "No alarm fits" in page.locator(".alarm-list").inner_text()
        page.get_by_label("Search alarms").fill("")
        page.get_by_label("Priority").select_option("diagnostic")
        assert page.locator("[data-alarm]").get_attribute("data-alarm") == "2"


def test_the_journal_tells_who_did_what(browser, address):
    with Tab(browser, address) as tab:
        page = tab.open("alarms")
        page.locator("[data-alarm='1'] [data-deed='acknowledge']").click()
        page.locator("dialog").get_by_role("button", name="Acknowledge").click()
        page.wait_for_selector("[data-alarm='1'][data-state='seen']")
        tab.close_dialog()
        page.get_by_text("History").click()
        page.wait_for_selector(".timeline li")
        text = page.locator(".timeline").inner_text()
        assert "acknowledged" in text
        assert "Filters of the condenser were opened last week" in text


def test_a_note_stands_on_the_time_axis(browser, address):
    with Tab(browser, address) as tab:
        page = tab.open("trend")
        page.wait_for_selector(".u-over")
        page.keyboard.press("m")
        page.get_by_text("Write a note").click()
        page.get_by_label("What happened, what was done").fill(HOSTILE + "valve exercised by hand")
        page.get_by_role("button", name="Keep").click()
        page.get_by_text("Kept.").wait_for()
        page.get_by_role("button", name="Close", exact=True).click()
        page.get_by_text(HOSTILE + "valve exercised by hand").wait_for()
        assert page.locator("main img, main script").count() == 0
        assert tab.complaints == []
