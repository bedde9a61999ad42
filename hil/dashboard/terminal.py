"""The dashboard of the terminal: one screen, made for 100 × 32, readable at 80 × 24."""

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.text import Text

from hil.dashboard.schematic import one_line, schematic
from hil.dashboard.style import ALARM, COOL, DIM, STRONG, beside, clock, line
from hil.dashboard.tables import cycle_lines, happenings, link_lines, signals
from hil.dashboard.view import View

_GAP = 3


class Screen:
    """A view that fills the terminal it is printed on, whatever its size."""

    def __init__(self, view: View, height: int | None = None) -> None:
        self._view = view
        self._height = height

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        height = self._height or options.height or console.height
        for i, text in enumerate(screen_lines(self._view, options.max_width, height)):
            if i:
                yield Segment.line()
            yield from text.render(console)


def render(view: View, height: int | None = None) -> RenderableType:
    """The whole screen for `view`: as wide as the console, `height` lines or as high as it is."""
    return Screen(view, height)


def screen_lines(view: View, width: int, height: int) -> list[Text]:
    """At most `height` lines of exactly `width` cells."""
    top = [_head(view, width), _progress(view, width)]
    plant = schematic(view.stations, view.pipes, view.alarmed_parts, width)
    if len(plant) + 12 > height or not plant:
        plant = one_line(view.stations, view.alarmed_parts, width)
    rule = line(width, ("─" * width, DIM))
    room = height - len(top) - len(plant) - 1
    bottom = happenings(view.alarms, view.faults, view.messages, view.t_s, width, room)
    reserved = min(len(bottom), 3 if height < 28 else 5)
    middle = _middle(view, width, max(room - reserved, 0))
    return [*top, *plant, *middle, rule, *bottom[: max(room - len(middle), 0)]][:height]


def _middle(view: View, width: int, height: int) -> list[Text]:
    side = 34 if width >= 96 else 24
    if width - side - _GAP < 48:
        return signals(view.parts, width, height)
    main = width - side - _GAP
    health = cycle_lines(view.cycle_s, view.cycles, view.overruns, view.lateness, side)
    links = link_lines(view.links, side)
    if height >= len(health) + 1 + len(links):
        health.append(line(side))
    health += links
    left = signals(view.parts, main, height)
    return beside(left, health[:height], (main, side), _GAP)


def _head(view: View, width: int) -> Text:
    count = len(view.standing)
    state, style = (f"▲ {count} alarm{'s'[: count > 1]}", ALARM) if count else ("✓ quiet", "")
    pace = "as fast as it can" if view.pace == "max" else "real time"
    right_side = f"{pace}  {state}"
    title_width = max(width - len(right_side) - 1, 0)
    return line(
        width,
        (line(title_width, (view.title, STRONG)).plain, STRONG),
        (" " + pace + "  ", DIM),
        (state, style),
    )


def _progress(view: View, width: int) -> Text:
    if view.duration_s is None:
        return line(width, (f"{clock(view.t_s)} since the start", ""))
    share = min(max(view.t_s / view.duration_s, 0.0), 1.0) if view.duration_s > 0 else 1.0
    label = f"{clock(view.t_s)} of {clock(view.duration_s)}  {100 * share:3.0f} % "
    room = max(width - len(label), 0)
    done = int(room * share)
    return line(width, (label, ""), ("━" * done, COOL), ("─" * (room - done), DIM))
