"""A terminal, a file or a pipe that tables are printed to."""

from typing import NoReturn

from rich import console


class Console(console.Console):
    """As rich's, but a reader that has seen enough (head, less) is heard by who runs the command.

    Rich would end the program with exit code 1.
    """

    def on_broken_pipe(self) -> NoReturn:
        """Nobody reads any more."""
        raise BrokenPipeError
