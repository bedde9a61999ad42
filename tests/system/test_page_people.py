"""Who is at the page: they sign in, may what their role may, and go again."""

import pytest
from browser_desk import NARROW, WIDE, Playing, Tab, chromium, desk_of, plant_run
from page_desk import PASSWORD, Keeper, make_users, served

from twin.site import load_site


@pytest.fixture
def address(tmp_path, tmp_path_factory):
    desk_of(plant_run(tmp_path_factory.getbasetemp() / "plant"), tmp_path)
    make_users(tmp_path, anna="engineer", olli="operator", vieno="viewer")
    source = Playing(load_site("mantsala"), 1_000_000_000, tmp_path, Keeper(tmp_path))
    with served(source, tmp_path) as (address, _):
        yield address


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


def sign_in(page, name, password=PASSWORD):
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_nobody_sees_anything_before_signing_in(browser, address, size):
    with Tab(browser, address, size) as tab:
        page = tab.page
        page.goto(address)
        page.get_by_label("Name").wait_for()
        tab.shot("login")
        sign_in(page, "anna", "not the password")
        page.get_by_text("Name or password is wrong.").wait_for()
        assert page.locator("[data-signal]").count() == 0
        sign_in(page, "anna")
        page.wait_for_selector("[data-signal] .measured")
        page.keyboard.press("m")
        page.get_by_text("Signed in as anna (engineer)").wait_for()
        tab.shot("menu")
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Sign in").wait_for()


def test_a_viewer_is_offered_nothing_and_an_operator_no_users(browser, address):
    with Tab(browser, address) as viewer, Tab(browser, address) as operator:
        for tab, name in ((viewer, "vieno"), (operator, "olli")):
            tab.page.goto(f"{address}#/alarms")
            sign_in(tab.page, name)
            tab.page.wait_for_selector(".alarm")
        assert viewer.page.locator("[data-deed]").count() == 0
        deeds = operator.page.locator("[data-alarm='1'] [data-deed]")
        assert deeds.evaluate_all("all => all.map((n) => n.dataset.deed)") == [
            "acknowledge",
            "shelve",
        ]
        operator.page.keyboard.press("m")
        assert operator.page.get_by_role("link", name="Users").count() == 0


def test_an_engineer_adds_and_removes_users_and_takes_alarms_out_of_service(browser, address):
    with Tab(browser, address) as tab:
        page = tab.page
        page.goto(f"{address}#/alarms")
        sign_in(page, "anna")
        page.wait_for_selector(".alarm")
        page.locator("[data-alarm='2'] [data-deed='remove']").click()
        page.locator("dialog textarea").fill("line is being rebuilt until May")
        page.locator("dialog").get_by_role("button", name="Out of service").click()
        page.wait_for_selector("[data-alarm='2'] [data-deed='restore']")
        tab.close_dialog()
        page.keyboard.press("m")
        page.get_by_role("link", name="Users").click()
        page.get_by_role("row", name="olli").wait_for()
        page.get_by_label("Name").fill("kaisa")
        page.get_by_label("Password", exact=True).fill("also a long one")
        page.get_by_role("combobox", name="Role").select_option("operator")
        page.get_by_role("button", name="Add or change a user").click()
        page.get_by_role("row", name="kaisa").wait_for()
        tab.shot("users")
        page.get_by_role("row", name="kaisa").get_by_role("button", name="Remove").click()
        page.get_by_text("kaisa is removed.").wait_for()
        assert page.get_by_role("row", name="kaisa").count() == 0


def test_one_changes_the_own_password(browser, address):
    with Tab(browser, address) as tab:
        page = tab.page
        page.goto(address)
        sign_in(page, "olli")
        page.wait_for_selector("[data-signal]")
        page.keyboard.press("m")
        page.locator("dialog summary", has_text="Change password").click()
        page.get_by_label("Present password").fill(PASSWORD)
        page.get_by_label("New password").fill("another long enough one")
        page.get_by_role("button", name="Change password").click()
        page.get_by_text("Changed.").wait_for()
        page.get_by_role("button", name="Sign out").click()
        sign_in(page, "olli", "another long enough one")
        page.wait_for_selector("[data-signal]")
