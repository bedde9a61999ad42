"""`hukka io restore`: values that an earlier session could not put back."""

from typing import Annotated

import typer

from hil.cli.io.common import say


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog="Example: hukka io restore --give-up 'the controller was replaced'")(restore)


def restore(
    give_up: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="Forget what still cannot be put back, and why."),
    ] = None,
) -> None:
    """Put back what an earlier session left in devices, from the journal (`HUKKA_GATE`).

    Whatever writes does that first, too. Exit code 4 when something is still not back.
    """
    from hil.gate import default_folder
    from hil.io.leftovers import restore
    from twin.errors import refuse

    if give_up is not None and not give_up.strip():
        raise refuse("--give-up", give_up, "say why the values are given up")
    back, lost = restore(default_folder(), give_up, say)
    for entry in back:
        typer.echo(f"back: {entry}")
    for entry in lost:
        typer.echo(f"given up: {entry}")
    if not back and not lost:
        typer.echo("nothing was left behind")
