"""The tables of the terminal: signals, links, alarms; each line is as wide as asked for."""

from rich.text import Text

from hil.dashboard.style import (
    ALARM,
    BAD_QUALITY,
    DIM,
    GOOD,
    MISSING,
    STRONG,
    WARN,
    clock,
    fit,
    line,
    micros,
    number,
    right,
)
from hil.dashboard.view import AlarmRow, FaultRow, Lateness, LinkRow, PartView, SignalRow
from twin.signals import Quality

_NUMBER, _UNIT = 10, 5
_LINK = {"up": ("✓", GOOD), "degraded": ("!", WARN), "down": ("×", ALARM)}

Row = tuple[PartView, SignalRow]


def signals(parts: tuple[PartView, ...], width: int, height: int) -> list[Text]:
    """Measured, predicted, residual and band under the name of each part, in `height` lines.

    Where there is no room for all, the signals farthest out of their band and those that could
    not be read are shown.
    """
    heads = ["measured", "predicted", "residual", "band"]
    heads = heads if width >= 60 else heads[:3]
    name = max(width - 2 - _UNIT - _NUMBER * len(heads), 1)
    title = fit("", name + 2 + _UNIT) + "".join(right(head, _NUMBER) for head in heads)
    rows = [(part, row) for part in parts for row in part.signals]
    shown = _most_telling(rows, height - 1)
    lines = [line(width, (title, DIM))]
    for part in parts:
        of_part = [row for owner, row in shown if owner is part]
        if of_part:
            lines.append(_part(part, width))
        lines += [_signal(part, row, width, name, len(heads) == 4) for row in of_part]
    if len(shown) < len(rows):
        lines.append(line(width, (f"  … {len(rows) - len(shown)} more, nearer to zero", DIM)))
    return lines[: max(height, 0)]


def _most_telling(rows: list[Row], room: int) -> list[Row]:
    """As many of the rows as fit into `room` lines with the names of their parts."""

    def rank(row: Row) -> tuple[bool, float]:
        signal = row[1]
        known = signal.residual is not None and signal.band
        distance = abs(signal.residual or 0.0) / (signal.band or 1.0) if known else 0.0
        return (signal.quality is not Quality.GOOD, distance)

    def lines(count: int) -> int:
        chosen = ranked[:count]
        rest = 0 if count == len(rows) else 1
        return count + len({part.name for part, _ in chosen}) + rest

    ranked = sorted(rows, key=rank, reverse=True)
    count = next((n for n in range(len(rows), 0, -1) if lines(n) <= room), 0)
    kept = {id(row) for row in ranked[:count]}
    return [row for row in rows if id(row) in kept]


def _part(part: PartView, width: int) -> Text:
    if part.alarmed:
        return line(width, (f"▲ {part.title}: alarm", ALARM))
    return line(width, (part.title, STRONG))


def _signal(part: PartView, row: SignalRow, width: int, name: int, with_band: bool) -> Text:
    mark, style = " ", ""
    if row.quality is not Quality.GOOD:
        mark, style = "×", WARN
    elif row.outside:
        mark, style = ("▲", ALARM) if part.alarmed else ("!", WARN)
    decimals = 0 if max(abs(row.measured or 0.0), abs(row.predicted or 0.0)) >= 1000 else 2
    figures = [number(value, decimals) for value in (row.measured, row.predicted)]
    if row.quality is not Quality.GOOD:
        figures[0] = BAD_QUALITY[row.quality]
    residual = MISSING if row.residual is None else f"{row.residual:+.{decimals}f}"
    band = "" if row.band is None else f"±{number(row.band, decimals)}"
    return line(
        width,
        (f"{mark} {fit(row.name.removeprefix(f'{part.name}.'), name)}", style),
        (right(row.unit, _UNIT), DIM),
        ("".join(right(figure, _NUMBER) for figure in figures), style),
        (right(residual, _NUMBER), style or STRONG),
        (right(band, _NUMBER) if with_band else "", DIM),
    )


def link_lines(links: tuple[LinkRow, ...], width: int) -> list[Text]:
    """A link: its state and errors, then its transactions and times, then what it counted."""
    lines = [line(width, ("links", DIM))]
    for link in links:
        symbol, style = _LINK[link.state]
        errors = f"{link.errors} error{'s'[: link.errors != 1]}"
        lines.append(
            line(
                width,
                (f"{symbol} ", style),
                (fit(f"{link.name} {link.transport}", width - 3 - len(errors)), STRONG),
                (" " + errors, WARN if link.errors else ""),
            )
        )
        times = f"{link.transactions} · {_times(link.p50_us, link.p99_us, width)}"
        lines.append(line(width, (f"  {times}", DIM)))
        if link.trouble:
            lines.append(line(width, (f"  {link.trouble}", WARN)))
    return lines


def cycle_lines(
    cycle_s: float, cycles: int, overruns: int, lateness: Lateness, width: int
) -> list[Text]:
    """Cycle, overruns and lateness."""
    period = f"{cycle_s * 1000:g} ms" if cycle_s < 1 else f"{cycle_s:g} s"
    style = ALARM if overruns else GOOD
    symbol = "▲" if overruns else "✓"
    late = _times(lateness.p50_us, lateness.p99_us, width)
    return [
        line(width, (f"cycle {period}", DIM)),
        line(width, (f"{symbol} ", style), (f"{overruns} overruns of {cycles}", "")),
        line(width, (f"  late {late}", "")),
        line(width, (f"  latest {micros(lateness.max_us)}", "")),
    ]


def _times(p50_us: float | None, p99_us: float | None, width: int) -> str:
    """Median and p99, or p99 alone where both do not fit beside other numbers."""
    p99 = f"p99 {micros(p99_us)}"
    return p99 if width < 32 else f"p50 {micros(p50_us)}  {p99}"


def happenings(
    alarms: tuple[AlarmRow, ...],
    faults: tuple[FaultRow, ...],
    messages: tuple[str, ...],
    t_s: float,
    width: int,
    height: int,
) -> list[Text]:
    """Alarms (standing ones first, newest first), injected faults, then messages."""
    ordered = sorted(alarms, key=lambda a: (a.cleared_s is not None, -a.raised_s))
    lines = [_alarm(alarm, width) for alarm in ordered]
    lines += [_fault(fault, t_s, width) for fault in sorted(faults, key=lambda f: -f.at_s)]
    lines += [line(width, ("· ", DIM), (message, "")) for message in reversed(messages)]
    if not alarms:
        lines.insert(0, line(width, ("✓ ", GOOD), ("no alarm", "")))
    return lines[:height]


def _alarm(alarm: AlarmRow, width: int) -> Text:
    what = (alarm.fault or "deviates").replace("_", " ")
    text = f"{clock(alarm.raised_s)}  {alarm.part.replace('_', ' ')}: {what}"
    if alarm.cleared_s is not None:
        text += f" (over at {clock(alarm.cleared_s)})"
        return line(width, ("✓ ", GOOD), (text, DIM), (f"  {alarm.text}", DIM))
    return line(width, ("▲ ", ALARM), (text, ALARM), (f"  {alarm.text}", ""))


def _fault(fault: FaultRow, t_s: float, width: int) -> Text:
    if t_s < fault.at_s:
        return line(width, ("◌ ", DIM), (f"{clock(fault.at_s)}  fault to come: {fault.text}", DIM))
    return line(width, ("◆ ", WARN), (f"{clock(fault.at_s)}  fault injected: {fault.text}", ""))
