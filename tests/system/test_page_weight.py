"""What the page weighs, keeps and allows: bytes of the first view, memory, policy, contrast."""

import json
from pathlib import Path

import pytest
from browser_desk import NARROW, VIEWS, Tab, chromium, page_over, plant_run

MOST_BYTES = 150_000
OPENINGS = 80

CONTRASTS = (Path(__file__).parent / "page_contrasts.js").read_text("utf-8")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    run = plant_run(tmp_path_factory.getbasetemp() / "plant")
    with page_over(run, tmp_path_factory.mktemp("desk")) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize("theme", ["light", "dark", "night"])
def test_text_can_be_read_in_every_theme(browser, address, theme):
    with Tab(browser, address, theme=theme) as tab:
        for view in VIEWS:
            page = tab.drawn(view)
            tab.shot(f"{theme}-{view.split('?')[0]}")
            assert page.evaluate(CONTRASTS) == [], view
        page.keyboard.press("m")
        assert page.evaluate(CONTRASTS) == []


def test_the_contrast_rule_finds_what_it_is_for(browser, address):
    with Tab(browser, address) as tab:
        page = tab.open("health")
        page.evaluate("document.querySelector('h1').style.color = '#9aa0a6'")
        assert [found[0] for found in page.evaluate(CONTRASTS)] == ["Health"]


def test_a_theme_follows_the_system_until_somebody_chooses(browser, address):
    with Tab(browser, address, theme="auto", color_scheme="dark") as tab:
        page = tab.open("plant")
        theme = "document.documentElement.dataset.theme"
        assert page.evaluate(theme) == "dark"
        page.emulate_media(color_scheme="light")
        tab.until(f"{theme} === 'light'")
        page.keyboard.press("m")
        page.get_by_text("Night", exact=True).click()
        page.reload()
        assert page.evaluate(theme) == "night"


@pytest.mark.parametrize("language", ["en", "fi"])
def test_the_first_view_weighs_at_most_150_kb_before_compression(
    browser, address, record_property, language
):
    plain = {"accept-encoding": "identity"}
    with Tab(browser, address, language=language, extra_http_headers=plain) as tab:
        tab.open("plant").wait_for_selector("[data-signal] .measured")
        sizes = tab.page.evaluate(
            "['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))"
            ".filter((e) => !e.name.includes('/api/')).map((e) => [e.name, e.decodedBodySize])"
        )
        total = sum(size for _, size in sizes)
        record_property(
            "figure", f"first view, {language}: {total / 1000:.0f} kB, {len(sizes)} files"
        )
        assert all(size > 0 for _, size in sizes), sizes
        assert total <= MOST_BYTES, json.dumps(sorted(sizes, key=lambda s: -s[1])[:8])


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(browser, address):
    with Tab(browser, address, NARROW) as tab:
        asked = []
        tab.page.on("request", lambda request: asked.append(request.url))
        for view in VIEWS:
            page = tab.drawn(view)
            assert page.locator("script:not([src]), style, [onclick]").count() == 0
        assert [url for url in asked if not url.startswith(address)] == []
        refused = [c for c in tab.complaints if "Content Security Policy" in c]
        assert refused == []


def test_80_openings_do_not_grow_memory(browser, address, record_property):
    with Tab(browser, address) as tab:
        page = tab.open("plant")
        page.wait_for_selector("[data-signal] .measured")
        session = tab.context.new_cdp_session(page)

        def opened(times):
            for i in range(times):
                view = ("trend", "plant", "alarms", "health")[i % 4]
                page.evaluate(f"location.hash = '#/{view}'")
                page.wait_for_selector(f"main.view-{view}")
            page.evaluate("location.hash = '#/procedures'")
            page.wait_for_selector("main.view-procedures .empty")
            session.send("HeapProfiler.collectGarbage")
            numbers = session.send("Runtime.getHeapUsage")
            counts = session.send("Memory.getDOMCounters")
            return numbers["usedSize"], counts["nodes"], counts["jsEventListeners"]

        before = opened(12)  # what is loaded once is loaded
        after = opened(OPENINGS)
        grown = after[0] - before[0]
        record_property("figure", f"80 openings of views: {grown / 1000:+.0f} kB of heap")
        assert grown < 1_500_000
        assert after[1] - before[1] < 300
        assert after[2] - before[2] < 60
