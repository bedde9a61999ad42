"""A page in Finnish is in Finnish: every view is walked, refusals are made, no English is left."""

import json
import re
import subprocess
import sys

import pytest
from browser_desk import NARROW, VIEWS, WIDE, Playing, S, Tab, chromium, desk_of, plant_run
from page_desk import PASSWORD, Keeper, make_users, served

from twin.site import load_site

PEOPLE = ("Filters of the condenser were opened last week",)
"""What people wrote stays as they wrote it."""
ENGLISH = re.compile(
    r"\b(the|is|are|was|were|not|and|of|with|from|after|within|for|its|it|has|have|must|before|"
    r"above|below|until|read|answer|when|this|that|what|which|by|be|does|set|wait|given|since|"
    r"fault|alarm|healthy|value|measured|predicted|shelved|pass|fail|running|done|unknown)\b",
    re.IGNORECASE,
)
NAMES = re.compile(r"[\w.]*\w\.\w[\w.:]*|\w*_\w*|\b(?:IT|RUNNING|The Green Grid)\b")
"""Names of signals, points and files, a state of controllers, who wrote a formula."""
SEEN = """() => {
  const shown = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const text = node.textContent.trim();
      if (text) shown.push(text);
      return;
    }
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    if (['CODE', 'SCRIPT', 'STYLE', 'NOSCRIPT', 'KBD'].includes(node.tagName)) return;
    if (node.lang && node.lang !== 'fi' && node !== document.documentElement) return;
    for (const name of ['aria-label', 'title', 'placeholder'])
      if (node.getAttribute(name)) shown.push(node.getAttribute(name));
    node.childNodes.forEach(walk);
  };
  walk(document.body);
  return [document.title, ...shown];
}"""

CUT = """() => {
  const wide = (node) => node.getBoundingClientRect().width;
  const tabs = [...document.querySelectorAll('.tab > span:not(.count)')];
  const beyond = tabs.filter((word) => wide(word) > wide(word.closest('.tab')));
  const badge = [...document.querySelectorAll('.badge strong')];
  const cut = badge.filter((word) => word.scrollWidth > word.clientWidth);
  return [...beyond, ...cut].map((word) => word.textContent);
}"""
"""Words of tabs that are wider than their tab, or of the badge that are cut."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = desk_of(
        plant_run(tmp_path_factory.getbasetemp() / "plant"), tmp_path_factory.mktemp("desk")
    )
    command = [sys.executable, "-m", "hil.cli", "commission", "mantsala", "heat_pump.start_order"]
    out = str(folder / "procedures" / "monday")
    subprocess.run([*command, "--out", out], check=True, capture_output=True, timeout=300)
    late = {"procedure": "heat_pump.start_order", "controller": "heat_pump", "block": "late"}
    step = {"text": "u_run is 1 within 2 min", "verdict": "fail", "why": "after 120 s u_run is 0"}
    told = {"verdict": "fail", "why": f"{step['text']}: {step['why']}", "steps": [step]}
    with (folder / "procedures" / "monday" / "commission.jsonl").open("a") as record:
        record.write(json.dumps({"end": {**late, **told}}) + "\n")
    return folder


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(folder):
    make_users(folder, ella="engineer", otto="operator")
    source = Playing(load_site("mantsala"), S, folder, Keeper(folder))
    with served(source, folder) as (address, _):
        yield address


def english(page):
    """What is on the page and has English words."""
    found = []
    for text in page.evaluate(SEEN):
        left = text
        for person in PEOPLE:
            left = left.replace(person, "")
        if ENGLISH.search(NAMES.sub(" ", left)):
            found.append(text)
    return found


def unfold(page):
    """Open all that is folded away; the journal is fetched then."""
    page.evaluate("document.querySelectorAll('details').forEach((fold) => (fold.open = true))")
    if page.locator(".history").count():
        page.wait_for_selector(".history .timeline")


def come_in(tab, name="ella"):
    page = tab.page
    page.goto(tab.address)
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("button")
    page.wait_for_selector(".badge")


def test_the_scan_finds_what_it_is_for(browser, address):
    with Tab(browser, address, language="en") as tab:
        come_in(tab)
        assert len(english(tab.drawn("alarms"))) > 3


@pytest.mark.parametrize("size", [(360, 640), NARROW, (1280, 800)], ids=lambda size: size[0])
def test_long_words_of_the_frame_are_whole(browser, address, size):
    with Tab(browser, address, size, language="fi") as tab:
        come_in(tab)
        for view in ("alarms", "kpis"):  # whose tab is bold has the longest word
            assert tab.drawn(view).evaluate(CUT) == []


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_no_view_has_english_left(browser, address, size):
    with Tab(browser, address, size, language="fi") as tab:
        come_in(tab)
        for view in VIEWS:
            if view == "procedures":
                continue
            page = tab.drawn(view)
            unfold(page)
            tab.shot(f"fi-{view.split('?')[0]}")
            assert english(page) == [], view
        tab.open("procedures").wait_for_selector("[data-verdict=fail]")
        unfold(page)
        tab.shot("fi-procedures")
        heads = page.locator("article h2").all_inner_texts()
        assert "Ensin lähdepumppu, sitten kompressori vähimmäisteholla, sitten säätö" in heads
        assert english(page) == []
        assert "120 s kuluttua u_run on 0" in page.inner_text("[data-verdict=fail]")
        tab.open("users").wait_for_selector("tbody tr")
        assert english(page) == []
        page.keyboard.press("m")
        page.wait_for_selector("dialog[open]")
        tab.shot("fi-menu")
        assert english(page) == []
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog[open]", state="detached")
        page.keyboard.press("?")
        page.wait_for_selector("dialog[open]")
        assert english(page) == []


def test_refusals_are_finnish(browser, address):
    with Tab(browser, address, language="fi") as tab:
        page = tab.page
        page.goto(address)
        page.fill("[name=name]", "ella")
        page.fill("[name=password]", "wrong, all of it")
        page.click("button")
        page.get_by_text("Nimi tai salasana on väärin.").wait_for()
        come_in(tab)
        tab.open("users").wait_for_selector("tbody tr")
        for name, word, said in (
            ("otto", PASSWORD, "nimi = 'otto': on jo käytössä"),
            ("o t t o", PASSWORD, "enintään 64 merkkiä"),
            ("pekka", "short", "salasanassa on oltava 10–200 merkkiä"),
        ):
            page.fill("main [name=name]", name)
            page.fill("main [name=password]", word)
            page.click("main form button")
            page.locator(".told", has_text=said).wait_for()
        assert english(page) == []
        page.evaluate("location.hash = '#/alarm?number=99'")
        page.get_by_text("hälytystä 99 ei ole").wait_for()
        page.evaluate("location.hash = '#/trend?keys=heat_pump.T_condensing:measured&from=5&to=2'")
        page.get_by_text("on oltava myöhemmin kuin").wait_for()


def test_a_refused_note_on_the_plant_is_finnish_though_its_sentences_were_not_fetched(
    browser, address
):
    with Tab(browser, address, language="fi") as tab:
        come_in(tab)
        page = tab.open("plant")
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.keyboard.press("m")
        page.locator("details", has=page.get_by_text("Vaihda salasana").first).locator(
            "summary"
        ).click()
        page.fill("[name=old]", "not this one")
        page.fill("[name=new]", "another long one")
        page.locator("form", has=page.locator("[name=old]")).locator("button").click()
        page.locator("dialog .told", has_text="nykyinen salasana on väärin").wait_for()
        assert any("sentences.views.fi.json" in url for url in asked)
