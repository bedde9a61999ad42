"""The dashboard while a run goes on; plain lines where nobody looks at a terminal."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live

from hil.dashboard.style import MISSING, clock, micros, number
from hil.dashboard.terminal import render
from hil.dashboard.view import AlarmRow, View
from twin.clock import NS_PER_S, monotonic_ns

REDRAW_NS = NS_PER_S // 4
PLAIN_NS = 5 * NS_PER_S


class LiveDashboard:
    """Shows views as they come: the whole screen on a terminal, a line now and then elsewhere.

    On a terminal at most four pictures a second are drawn, in the thread of the caller; the last
    one stays on the normal screen after the end. Elsewhere each alarm gets a line at once.
    """

    def __init__(
        self, console: Console | None = None, now_ns: Callable[[], int] = monotonic_ns
    ) -> None:
        self._console = console or Console()
        self._now_ns = now_ns
        self._live: Live | None = None
        self._view: View | None = None
        self._drawn: View | None = None
        self._drawn_ns: int | None = None
        self._told: set[tuple[str, str | None, float, bool]] = set()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live = Live(console=self._console, screen=True, auto_refresh=False)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
            if self._view is not None:
                self._console.print(render(self._view))
        elif self._view is not None and self._view is not self._drawn:
            self._print(progress_line(self._view))

    def update(self, view: View) -> None:
        """Show `view`, unless the last one was drawn too recently; the newest is kept."""
        self._view = view
        if self._live is None:
            self._tell_alarms(view)
        if not self._due():
            return
        self._drawn = view
        if self._live is not None:
            self._live.update(render(view), refresh=True)
        else:
            self._print(progress_line(view))

    def _due(self) -> bool:
        now = self._now_ns()
        pause = PLAIN_NS if self._live is None else REDRAW_NS
        if self._drawn_ns is not None and now - self._drawn_ns < pause:
            return False
        self._drawn_ns = now
        return True

    def _tell_alarms(self, view: View) -> None:
        for alarm in view.alarms:
            told = (alarm.part, alarm.fault, alarm.raised_s, alarm.cleared_s is not None)
            if told not in self._told:
                self._told.add(told)
                self._print(alarm_line(alarm))

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def progress_line(view: View) -> str:
    """One line: time, the worst residual against its band, overruns, link errors, alarms."""
    rows = [(part, row) for part in view.parts for row in part.signals if row.residual is not None]
    residual = "residual --"
    if rows:
        part, row = max(rows, key=lambda r: abs(r[1].residual or 0.0) / (r[1].band or 1.0))
        name = f"{part.name}.{row.name.removeprefix(f'{part.name}.')}"
        band = "" if row.band is None else f" (band {number(row.band)})"
        residual = f"{name} {row.residual:+.2f} {row.difference_unit}{band}"
    end = "" if view.duration_s is None else f"/{clock(view.duration_s)}"
    errors = sum(link.errors for link in view.links)
    late = micros(view.lateness.p99_us)
    late = "" if late == MISSING else f", p99 {late} late"
    return (
        f"{clock(view.t_s)}{end}  {residual}  {view.overruns} overruns{late}  "
        f"{errors} link errors  {len(view.standing) or 'no'} alarm{'s'[: len(view.standing) > 1]}"
    )


def alarm_line(alarm: AlarmRow) -> str:
    """One line for an alarm that was raised, or is over."""
    what = f"{alarm.part}: {alarm.fault or 'deviates'}"
    if alarm.cleared_s is None:
        return f"{clock(alarm.raised_s)}  ALARM {what}  {alarm.text}".rstrip()
    return f"{clock(alarm.cleared_s)}  over: {what} (since {clock(alarm.raised_s)})"
