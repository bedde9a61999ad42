"""A table whose rows come again every second: the cursor stays on its row."""

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import DataTable

_STYLES = {"◀ outside": "bold red", "DOWN": "bold red", "unacknowledged": "bold red"}
_PARTS = {"fault": "bold red", "unknown": "bold red", "healthy": "green", "watched": "green"}


class Table(DataTable[Text]):
    """Rows of text with keys."""

    def __init__(self, columns: Sequence[str], id: str) -> None:
        """`columns` are their titles."""
        super().__init__(cursor_type="row", id=id, zebra_stripes=False)
        self._titles = columns
        self._shown: dict[str, tuple[str, ...]] = {}

    def on_mount(self) -> None:
        """Make the columns."""
        for i, title in enumerate(self._titles):
            self.add_column(title, key=str(i))

    @property
    def picked(self) -> str | None:
        """Key of the row under the cursor."""
        keys = list(self._shown)
        return keys[self.cursor_row] if 0 <= self.cursor_row < len(keys) else None

    def show_rows(self, rows: Sequence[tuple[str, tuple[str, ...]]]) -> None:
        """Show these; what has not changed is not drawn anew."""
        fresh = dict(rows)
        if list(fresh) != list(self._shown):
            picked = self.picked
            self.clear()
            for key, cells in fresh.items():
                self.add_row(*(_text(cell) for cell in cells), key=key)
            if picked in fresh:
                self.move_cursor(row=list(fresh).index(picked))
        else:
            for key, cells in fresh.items():
                for i, cell in enumerate(cells):
                    if cell != self._shown[key][i]:
                        self.update_cell(key, str(i), _text(cell), update_width=True)
        self._shown = fresh


def _text(cell: str) -> Text:
    """A cell with its colour; numbers stand to the right."""
    style = _STYLES.get(cell) or _PARTS.get(cell.partition(":")[0], "")
    if cell.startswith("■"):
        style = "bold"
    number = cell[-1:].isdigit() and cell[:1] in "+-0123456789"
    return Text(cell, style=style, justify="right" if number or cell == "--" else "left")
