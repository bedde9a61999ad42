"""Every view in a real browser: it is there, it fits, and the console is silent."""

import pytest
from browser_desk import NARROW, VIEWS, WIDE, Tab, chromium, page_over, plant_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return plant_run(tmp_path_factory.getbasetemp() / "plant")


@pytest.fixture(scope="module")
def address(run, tmp_path_factory):
    with page_over(run, tmp_path_factory.mktemp("desk")) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_view_is_there_and_fits(browser, address, size):
    with Tab(browser, address, size) as tab:
        for view in VIEWS:
            page = tab.drawn(view)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= size[0], f"{view} is {width} px wide"
            tab.shot(view.split("?")[0])
        assert tab.complaints == []


def test_the_plant_shows_measured_predicted_and_what_is_broken(browser, address):
    with Tab(browser, address) as tab:
        page = tab.open("plant")
        condensing = page.locator("[data-signal='heat_pump.T_condensing']")
        page.wait_for_selector("[data-signal='heat_pump.T_condensing'][data-state='outside']")
        told = condensing.get_attribute("aria-label")
        assert "predicted" in told
        assert "outside its band" in told
        assert "°C" in condensing.locator(".measured").text_content()
        broken = page.locator(".part[data-standing='fault']")
        assert broken.count() == 1
        assert broken.get_attribute("data-part") == "heat_pump"
        assert "▲ fault" in broken.locator(".standing").text_content()
        # the cooling loop is as predicted, and says nothing
        assert page.locator("[data-part='cooling_loop'] [data-state='outside']").count() == 0


def test_pipes_move_as_water_does_and_stand_still_where_people_ask_for_it(browser, address):
    speed = "n => n.getAnimations()[0]?.playbackRate ?? null"
    with Tab(browser, address) as tab:
        page = tab.open("plant")
        page.wait_for_selector("[data-flow='moving']")
        rates = {
            p: page.locator(f"[data-pipe='{p}'] .flow").evaluate(speed)
            for p in ("cooling_loop.T_source", "district_network.T_return")
        }
        # 69 kg/s of at most 250 in the source, 26 of at most 150 in the network
        assert rates["cooling_loop.T_source"] > rates["district_network.T_return"] > 0
    with Tab(browser, address, reduced_motion="reduce") as tab:
        page = tab.open("plant")
        page.wait_for_selector("[data-flow='moving']")
        assert page.locator(".flow").first.evaluate(speed) is None


def test_a_point_tells_everything_about_itself(browser, address):
    with Tab(browser, address) as tab:
        page = tab.open("plant")
        page.locator("[data-signal='heat_pump.T_condensing']").click()
        card = page.locator(".point-card")
        card.wait_for()
        text = card.inner_text()
        for word in ("measured", "predicted", "difference", "± 0.80 K", "good", "age"):
            assert word in text
        card.get_by_role("link", name="Show trend").click()
        page.wait_for_selector(".readout tbody tr")
        assert "keys=heat_pump.T_condensing:measured" in page.url


@pytest.mark.parametrize(
    ("language", "word", "figure"), [("fi", "Lämpöpumppu", ","), ("en", "Heat pump", ".")]
)
def test_both_languages_with_their_numbers(browser, address, language, word, figure):
    with Tab(browser, address, language=language) as tab:
        page = tab.open("plant")
        page.wait_for_selector("[data-signal='heat_pump.T_sink_out'] .measured")
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator("[data-part='heat_pump'] .title").text_content() == word
        shown = page.locator("[data-signal='heat_pump.T_sink_out'] .measured").text_content()
        assert figure in shown
        page.keyboard.press("m")
        other, called = {"fi": ("English", "Plant"), "en": ("Suomi", "Laitos")}[language]
        page.get_by_text(other, exact=True).click()
        page.get_by_role("link", name=called, exact=True).wait_for()


def test_key_figures_say_how_they_come_about(browser, address):
    with Tab(browser, address) as tab:
        page = tab.open("kpis")
        cop = page.locator(".tile", has=page.get_by_role("heading", name="COP", exact=True))
        cop.wait_for()
        assert 2.0 < float(cop.locator(".figure").inner_text()) < 6.0
        cop.locator("summary").click()
        assert "hp_heat / hp_electric" in cop.inner_text()
        assert "measured for" in cop.inner_text()
        page.get_by_role("button", name="week").click()
        tab.until("location.hash === '#/kpis?kind=week'")
