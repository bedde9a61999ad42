"""A group of commands whose first word may be left out."""

from typing import Any

from typer.core import TyperGroup


def with_default(default: str) -> type[TyperGroup]:
    """A group in which a first word that is no command is an argument of `default`."""

    class Defaulted(TyperGroup):
        def parse_args(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - Typer's own
            if args and args[0] not in (*self.commands, "--help"):
                args = [default, *args]
            return super().parse_args(ctx, args)

    return Defaulted
