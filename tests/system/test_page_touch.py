"""Fingers on a trend, as a phone sends them: one moves it, two zoom it, the page still scrolls."""

import pytest
from browser_desk import NARROW, Tab, chromium, page_over, plant_run

TREND = "trend?keys=heat_pump.T_condensing:measured"
SPAN = """(() => {
  const asked = new URLSearchParams(location.hash.split('?')[1]);
  return [Number(asked.get('from')), Number(asked.get('to'))];
})()"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    run = plant_run(tmp_path_factory.getbasetemp() / "plant")
    with page_over(run, tmp_path_factory.mktemp("desk")) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


class Fingers:
    """A phone of 390 px with a trend of the last half hour, and fingers on it."""

    def __init__(self, browser, address):
        self.tab = Tab(browser, address, NARROW, has_touch=True, is_mobile=True)

    def __enter__(self):
        page = self.tab.open(TREND)
        page.wait_for_selector(".u-over")
        now = page.evaluate("Date.now()")
        self.first = (now - 1_800_000, now)
        page.evaluate(f"location.hash = '#/{TREND}&from={now - 1_800_000}&to={now}'")
        self.tab.until(f"{SPAN}[1] === {now} && document.querySelector('.u-over')")
        self._session = self.tab.context.new_cdp_session(page)
        self.box = page.locator(".u-over").bounding_box()
        return self

    def __exit__(self, *_):
        self.tab.__exit__()

    def send(self, kind, *places):
        """Fingers at (share of the chart's width, share of its height)."""
        box = self.box
        points = [
            {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"], "id": i}
            for i, (x, y) in enumerate(places)
        ]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def move(self, begin, end, steps=8):
        """Fingers go from their places to others, and are lifted."""
        self.send("touchStart", *begin)
        for step in range(1, steps + 1):
            share = step / steps
            pairs = zip(begin, end, strict=True)
            self.send(
                "touchMove",
                *((a + (c - a) * share, b + (d - b) * share) for (a, b), (c, d) in pairs),
            )
        self.send("touchEnd")

    def shows(self, begin, end):
        """Wait until the address says so, to a twentieth of its width; what it says."""
        room = (end - begin) / 20
        near = f"(([a, b]) => Math.abs(a - {begin}) < {room} && Math.abs(b - {end}) < {room})"
        self.tab.until(f"{near}({SPAN})")
        return tuple(self.tab.page.evaluate(SPAN))


def around(span, factor):
    """The same middle, another width."""
    middle, half = sum(span) / 2, (span[1] - span[0]) / 2
    return middle - factor * half, middle + factor * half


def test_one_finger_moves_the_trend(browser, address):
    with Fingers(browser, address) as fingers:
        begin, end = fingers.first
        half = (end - begin) / 2
        fingers.move([(0.3, 0.5)], [(0.8, 0.5)])
        # to the right is to the past, by half of the chart
        after = fingers.shows(begin - half, end - half)
        assert after[1] - after[0] == pytest.approx(2 * half, abs=2)


def test_two_fingers_zoom_and_what_is_between_them_stays(browser, address):
    with Fingers(browser, address) as fingers:
        fingers.move([(0.4, 0.5), (0.6, 0.5)], [(0.2, 0.5), (0.8, 0.5)])
        closer = fingers.shows(*around(fingers.first, 1 / 3))
        fingers.tab.page.wait_for_selector(".u-over")
        fingers.tab.shot("trend-pinched")
        fingers.move([(0.2, 0.5), (0.8, 0.5)], [(0.35, 0.5), (0.65, 0.5)])
        fingers.shows(*around(closer, 2.0))
        assert fingers.tab.complaints == []


def test_fingers_above_each_other_zoom_too(browser, address):
    with Fingers(browser, address) as fingers:
        fingers.move([(0.5, 0.4), (0.5, 0.6)], [(0.5, 0.3), (0.5, 0.7)])
        fingers.shows(*around(fingers.first, 0.5))


def test_a_finger_that_goes_down_scrolls_the_page(browser, address):
    with Fingers(browser, address) as fingers:
        page = fingers.tab.page
        assert page.evaluate("document.documentElement.scrollHeight > innerHeight + 100")
        fingers.move([(0.5, 0.8)], [(0.5, 0.1)])
        fingers.tab.until("scrollY > 30")
        assert tuple(page.evaluate(SPAN)) == fingers.first
