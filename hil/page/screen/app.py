"""The screen itself: four views, the keys, a look at the feed every second."""

from collections.abc import Mapping
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import ContentSwitcher, Footer, Static

from hil.page.screen import rows
from hil.page.screen.ask import Ask
from hil.page.screen.feed import Feed
from hil.page.screen.table import Table
from twin.clock import NS_PER_S, monotonic_ns, parse_duration_s, utc_ns
from twin.errors import HukkaError

LOOK_S = 1.0
STALE_NS = 3 * NS_PER_S
"""A monitor whose values are the same for so long beyond its period is stale [ns]."""
OLD_NS = 60 * NS_PER_S
"""Values that are older by this machine's clock are stale at first sight [ns]."""
_QUESTIONS = {
    "acknowledge": "acknowledge {}: a comment, or nothing",
    "reset": "reset {}: a comment, or nothing",
    "shelve": "shelve {}: for how long, and why (2h filter is being changed)",
    "unshelve": "unshelve {}: a comment, or nothing",
}


class PlantScreen(App[None]):
    """What is known of a plant, on a terminal."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #head { height: 1; background: $panel; color: $text; }
    #head.stale { background: darkred; color: white; text-style: bold; }
    ContentSwitcher { height: 1fr; }
    Table { height: auto; max-height: 100%; }
    #plant, #alarms { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        ("1", "view('plant')", "Plant"),
        ("2", "view('alarms')", "Alarms"),
        ("3", "evidence", "Why"),
        ("4", "view('health')", "Health"),
        ("a", "order('acknowledge')", "Ack"),
        ("s", "order('shelve')", "Shelve"),
        ("u", "order('unshelve')", "Unshelve"),
        ("r", "order('reset')", "Reset"),
        ("q", "quit", "Quit"),
    ]

    def __init__(self, feed: Feed, site: Mapping[str, Any]) -> None:
        """`site` is what `feed.site()` said."""
        super().__init__()
        self._feed = feed
        self._site = site
        self._looking = False
        self._newest: tuple[int, int] = (0, monotonic_ns())
        """Time of the newest values [ms], and when they came [ns]."""
        self._evidence_of: str | None = None

    def compose(self) -> ComposeResult:
        """Head, one view of four, keys."""
        yield Static("", id="head", markup=False)
        with ContentSwitcher(initial="plant", id="views"):
            yield Table(rows.SIGNALS, id="plant")
            yield Table(rows.ALARMS, id="alarms")
            with VerticalScroll(id="evidence"):
                yield Static("", id="why", markup=False)
            with VerticalScroll(id="health"):
                yield Static("", id="desk", markup=False)
                yield Table(rows.LINKS, id="links")
                yield Table(rows.PROCESSES, id="processes")
        yield Footer()

    def on_mount(self) -> None:
        """Begin to look."""
        self.query_one("#plant").focus()
        self.set_interval(LOOK_S, self._look)
        self._look()

    def on_data_table_row_selected(self) -> None:
        """Enter on an alarm: why it is there."""
        if self._view == "alarms":
            self.action_evidence()

    def action_view(self, name: str) -> None:
        """Show a view."""
        self.query_one(ContentSwitcher).current = name
        self.query_one({"health": "#health", "evidence": "#evidence"}.get(name, f"#{name}")).focus()
        self._look()

    def action_evidence(self) -> None:
        """Why the alarm under the cursor is there."""
        self._evidence_of = self.query_one("#alarms", Table).picked
        if self._evidence_of is None:
            self.notify("there is no alarm")
            return
        self.action_view("evidence")

    def action_order(self, action: str) -> None:
        """Ask for words, then do it to the alarm under the cursor."""
        if not self._site["can"]["order"]:
            self.notify(self._site.get("why_not") or "your role looks only", severity="warning")
            return
        number = self.query_one("#alarms", Table).picked
        if number is None:
            self.notify("there is no alarm")
            return

        def answered(words: str | None) -> None:
            if words is not None:
                self.run_worker(lambda: self._order(int(number), action, words), thread=True)

        self.push_screen(Ask(_QUESTIONS[action].format(f"alarm {number}")), answered)

    @property
    def _view(self) -> str:
        return self.query_one("#views", ContentSwitcher).current or "plant"

    def _look(self) -> None:
        if not self._looking:  # a slow answer is waited for, not asked for again
            self._looking = True
            self.run_worker(self._fetch, thread=True)

    def _fetch(self) -> None:
        """In a thread: everything that the screen needs now."""
        try:
            now, alarms = self._feed.get("now"), self._feed.get("alarms")
            health = self._feed.get("health") if self._view == "health" else None
            why = None
            if self._view == "evidence":
                why = self._feed.get(f"alarms/{self._evidence_of}/evidence")
        except HukkaError as error:
            self.call_from_thread(self._stale, str(error))
            return
        finally:
            self._looking = False
        self.call_from_thread(self._show, now, alarms, health, why)

    def _order(self, number: int, action: str, words: str) -> None:
        """In a thread: hand an order over, and say how it went."""
        try:
            until_ms, comment = None, words.strip()
            if action == "shelve":
                until_ms, comment = _shelf(comment)
            self._feed.order(number, action, comment, until_ms)
        except (HukkaError, ValueError) as refusal:
            self.call_from_thread(self.notify, str(refusal), severity="error")
            return
        self.call_from_thread(self.notify, f"alarm {number}: {action}")
        self.call_from_thread(self._look)

    def _show(self, now: Any, alarms: Any, health: Any, why: Any) -> None:  # noqa: ANN401
        kind = self._site["kind"]
        self.query_one("#plant", Table).show_rows(rows.signal_rows(self._site, now))
        self.query_one("#alarms", Table).show_rows(rows.alarm_rows(alarms, kind))
        if health is not None:
            self.query_one("#desk", Static).update(rows.health_text(health))
            for name, cells in (
                ("links", rows.link_rows(health)),
                ("processes", rows.process_rows(health)),
            ):
                table = self.query_one(f"#{name}", Table)
                table.display = bool(cells)
                table.show_rows([(row[0], row) for row in cells])
        if why is not None:
            self.query_one("#why", Static).update(rows.evidence_text(why, self._site))
        if now["t_ms"] != self._newest[0]:
            self._newest = now["t_ms"], monotonic_ns()
        asking = sum(alarm["annunciated"] for alarm in alarms)
        words = f"{len(alarms)} alarms, {asking} ask" if alarms else "no alarms"
        text = f" {self._site['title']}  {rows.when(now['t_ms'], kind)}  {words}"
        stale = kind == "monitor" and self._silent()
        self._head(f"{text}  STALE" if stale else text, stale=stale)

    def _silent(self) -> bool:
        """Whether the values of a monitor have stood for too long, or were old when they came."""
        silent_ns = monotonic_ns() - self._newest[1]
        if silent_ns > STALE_NS + self._site["period_ms"] * 1_000_000:
            return True
        return utc_ns() - self._newest[0] * 1_000_000 > OLD_NS

    def _stale(self, why: str) -> None:
        self._head(f" STALE: {why}", stale=True)

    def _head(self, text: str, *, stale: bool) -> None:
        head = self.query_one("#head", Static)
        head.update(text)
        head.set_class(stale, "stale")


def _shelf(words: str) -> tuple[int, str]:
    """`2h why` as the end of the shelf [ms] and the reason; ValueError if it begins otherwise."""
    length, _, comment = words.partition(" ")
    return utc_ns() // 1_000_000 + round(parse_duration_s(length) * 1e3), comment.strip()
