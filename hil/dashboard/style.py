"""Words, symbols and colours of the terminal: every state has a symbol besides its colour."""

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from twin.signals import Quality

# Okabe and Ito's palette, which people with any kind of colour vision tell apart
GOOD = "#009e73"
WARN = "#e69f00"
ALARM = "bold #ff5f3c"
COOL = "#56b4e9"
HOT = "#e69f00"
DIM = "grey58"
STRONG = "bold"

MISSING = "--"

BAD_QUALITY = {
    Quality.NOT_YET: "not yet",
    Quality.TIMEOUT: "timeout",
    Quality.REFUSED: "refused",
    Quality.GARBLED: "garbled",
    Quality.OUT_OF_RANGE: "range",
    Quality.NO_VALUE: "no value",
    Quality.LINK_DOWN: "link down",
    Quality.STALE: "stale",
}


def number(value: float | None, decimals: int = 2) -> str:
    """A number of at most eight characters, or `--`."""
    if value is None or value != value:
        return MISSING
    if abs(value) >= 10_000:
        return f"{value:.4g}" if abs(value) >= 1e7 else f"{value:.0f}"
    if abs(value) >= 1000:
        decimals = min(decimals, 1)
    return f"{value:.{decimals}f}"


def short(value: float | None) -> str:
    """A number in about three digits, for narrow places."""
    if value is None or value != value:
        return MISSING
    size = abs(value)
    return f"{value:.{0 if size >= 100 else 1 if size >= 10 else 2}f}"


def micros(value: float | None) -> str:
    """A time in µs, in ms or s when it is long."""
    if value is None or value != value:
        return MISSING
    if value >= 1e6:
        return f"{value / 1e6:.1f} s"
    if value >= 10_000:
        return f"{value / 1e3:.0f} ms"
    return f"{value:.0f} µs"


def clock(seconds: float) -> str:
    """`1d 02:03:04`; negative times do not occur."""
    whole = int(seconds)
    days, rest = divmod(whole, 86_400)
    text = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{days}d {text}" if days else text


def fit(text: str, width: int) -> str:
    """`text` in exactly `width` cells, cut with an ellipsis or padded."""
    if cell_len(text) > width:
        return "" if width <= 0 else set_cell_size(text, width - 1) + "…"
    return set_cell_size(text, width)


def right(text: str, width: int) -> str:
    """`text` at the right end of exactly `width` cells, cut when it is longer."""
    if cell_len(text) > width:
        return fit(text, width)
    return " " * (width - cell_len(text)) + text


def line(width: int, *pieces: tuple[str, str]) -> Text:
    """A line of exactly `width` cells made of (text, style) pieces."""
    made = Text(no_wrap=True, overflow="crop", end="")
    for text, style in pieces:
        made.append(text, style)
    made.truncate(width, overflow="ellipsis", pad=True)
    return made


def beside(left: list[Text], other: list[Text], widths: tuple[int, int], gap: int) -> list[Text]:
    """Two columns of lines as one; the shorter one is filled up with empty lines."""
    height = max(len(left), len(other))
    joined = []
    for i in range(height):
        text = left[i].copy() if i < len(left) else line(widths[0])
        text.append(" " * gap)
        text.append_text(other[i] if i < len(other) else line(widths[1]))
        joined.append(text)
    return joined
