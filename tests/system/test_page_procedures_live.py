"""A procedure that somebody runs beside a monitor, step by step in a real browser."""

import subprocess

import pytest
from browser_desk import NARROW, Tab, chromium
from commission_desk import command, environment, procedure
from page_desk import desk_folder, desk_source, served

OWN = """
procedure: own.by_hand
title: Somebody looks at the pump
of: heat_pump
blocks:
  - block: look
    steps:
      - wait: 2 s
      - manual: {prompt: Is the pump quiet?}
      - expect: {point: u_run, equals: 1}
"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize(("answer", "verdict"), [("yes", "pass"), ("no", "fail")])
def test_the_step_that_goes_on_is_seen_and_then_its_verdict(browser, tmp_path, answer, verdict):
    folder = desk_folder(tmp_path)
    out = folder / "procedures" / "monday"
    words = command("mantsala", procedure(tmp_path, OWN), "--by", "anna", "--out", out)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with (
        served(desk_source(folder), folder) as (address, _),
        Tab(browser, address, NARROW, language="fi") as tab,
        subprocess.Popen(words, env=environment(), **pipes) as process,
    ):
        tab.page.goto(f"{address}#/procedures")
        card = tab.page.locator("[data-procedure='own.by_hand@heat_pump/look']")
        doing = card.locator("[aria-current='step']", has_text="Is the pump quiet?")
        doing.wait_for(timeout=60_000)
        assert card.get_attribute("data-state") == "running"
        assert "Somebody looks at the pump" in card.inner_text()
        assert "käynnissä" in card.inner_text()
        assert card.locator("li").first.get_attribute("data-verdict") == "pass"
        assert card.locator("progress").get_attribute("value") == "1"
        tab.shot("procedure-running")
        process.stdin.write(f"{answer}\n".encode())
        process.stdin.flush()
        tab.page.wait_for_selector(
            f"[data-procedure='own.by_hand@heat_pump/look'][data-verdict='{verdict}']",
            timeout=30_000,
        )
        assert card.get_attribute("data-state") == "done"
        assert {"pass": "hyväksytty", "fail": "hylätty"}[verdict] in card.inner_text()
        process.communicate(timeout=60)
        assert tab.complaints == []
