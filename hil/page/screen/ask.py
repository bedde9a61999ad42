"""One line of words from whoever sits there."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label


class Ask(ModalScreen[str | None]):
    """Gives the line, or None for Escape."""

    CSS = """
    Ask { align: center middle; }
    Ask > Vertical { width: 76; height: auto; border: round $primary; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "leave", "Leave it")]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question and a line to write on."""
        with Vertical():
            yield Label(self._question, markup=False)
            yield Input()
            yield Label("Enter: do it; Escape: leave it", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The line is there."""
        self.dismiss(event.value)

    def action_leave(self) -> None:
        """Nothing is done."""
        self.dismiss(None)
