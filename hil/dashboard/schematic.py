"""The plant in six lines: servers → cooling loop → heat pump → network, with what flows between.

Hot water runs to the right on the upper pipe, cooler water comes back on the lower one. A part
with an alarm has a double frame, a `▲` and the alarm colour.
"""

from rich.text import Text

from hil.dashboard.style import ALARM, COOL, DIM, HOT, STRONG, fit, line, number, right, short
from hil.dashboard.view import Pipe, Station, Value

MIN_BOX = 11
LINES = 6

_CALM, _LOUD = "╭─╮│╰╯", "╔═╗║╚╝"


def schematic(
    stations: tuple[Station, ...],
    pipes: tuple[Pipe, ...],
    alarmed: frozenset[str],
    width: int,
) -> list[Text]:
    """Lines of exactly `width` cells; none when the boxes would be too narrow to read."""
    count = len(stations)
    pipe_width = 9 if width >= 96 else 6
    box = min((width - (count - 1) * pipe_width) // count, 26) if count else 0
    if box < MIN_BOX:
        return []
    rows = [Text(no_wrap=True, end="") for _ in range(LINES)]
    for i, station in enumerate(stations):
        loud = station.part in alarmed
        for row, (text, style) in zip(rows, _box(station, box, loud), strict=True):
            row.append(text, style)
        if i < count - 1:
            pipe = pipes[i] if i < len(pipes) else Pipe(None, None)
            for row, (text, style) in zip(rows, _pipe(pipe, pipe_width), strict=True):
                row.append(text, style)
    for row in rows:
        row.truncate(width, pad=True)
    return rows


def _box(station: Station, width: int, loud: bool) -> list[tuple[str, str]]:
    frame, style = (_LOUD, ALARM) if loud else (_CALM, "")
    pad = " " if width >= 16 else ""
    inner = width - 2 - 2 * len(pad)
    title = f"▲ {station.title}" if loud else station.title
    lines = [f"{frame[3]}{pad}{fit(title, inner)}{pad}{frame[3]}"]
    shown = [*station.values[:3], *[None] * (3 - len(station.values[:3]))]
    lines += [f"{frame[3]}{pad}{_value(value, inner)}{pad}{frame[3]}" for value in shown]
    top = frame[0] + frame[1] * (width - 2) + frame[2]
    bottom = frame[4] + frame[1] * (width - 2) + frame[5]
    return [
        (top, style),
        (lines[0], style or STRONG),
        *((t, style) for t in lines[1:]),
        (bottom, style),
    ]


def _value(value: Value | None, width: int) -> str:
    if value is None:
        return " " * width
    figure = f"{short(value.value)} {value.unit}".rstrip()
    room = width - len(figure) - 1
    # a label cut to a letter or two says nothing
    if room < min(3, len(value.label)):
        return right(figure, width)
    return f"{fit(value.label, room)} {figure}"


def _pipe(pipe: Pipe, width: int) -> list[tuple[str, str]]:
    nothing = (" " * width, DIM)
    there = "━" * (width - 1) + "▶"
    back = "◀" + "━" * (width - 1)
    return [
        nothing,
        (_degrees(pipe.there, width), HOT),
        (there, HOT),
        (back, COOL),
        (_degrees(pipe.back, width), COOL),
        nothing,
    ]


def _degrees(value: float | None, width: int) -> str:
    return f"{number(value, 1)}°".center(width) if value is not None else "--".center(width)


def one_line(stations: tuple[Station, ...], alarmed: frozenset[str], width: int) -> list[Text]:
    """The chain of parts in one line, for a terminal too narrow for boxes."""
    pieces: list[tuple[str, str]] = []
    for i, station in enumerate(stations):
        loud = station.part in alarmed
        pieces.append((" → " if i else "", DIM))
        pieces.append((f"▲{station.title}" if loud else station.title, ALARM if loud else ""))
    return [line(width, *pieces)] if pieces else []
