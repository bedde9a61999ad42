"""All commands of `hukka`. Heavy imports happen inside the commands that need them."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from hil.cli import (
    ReaderGone,
    alarms,
    audit,
    bench,
    campaign,
    commission,
    commission_points,
    controller,
    data,
    detect,
    doctor,
    fmu,
    io,
    map,
    monitor,
    page,
    report,
    screen,
    site,
    ssp,
    trend,
    twin,
    user,
    validate,
)


class _Commands(TyperGroup):
    """All commands."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as typer has it
        """Read the command line; `--help` and `--version` are answered here."""
        with _reader_may_go():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - a context, and whatever a command gives
        """Run the one that was asked for."""
        with _reader_may_go():
            return super().invoke(ctx)


@contextmanager
def _reader_may_go() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise ReaderGone from None
    except SystemExit as end:  # what rich, which writes the help, makes of it
        if isinstance(end.__context__, BrokenPipeError):
            raise ReaderGone from None
        raise


app = typer.Typer(
    name="hukka",
    cls=_Commands,
    help="Digital twin and hardware-in-the-loop bench for plants that heat cities with servers.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 done · 2 bad input · 3 a judgement failed · 4 a link or the plant was"
    " lost · 130 interrupted",
)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"hukka {version('hukka')}")
        raise typer.Exit


@app.callback()
def hukka(
    said: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """What stands before a command."""


site.register(app)
bench.register(app)
monitor.register(app)
doctor.register(app)
controller.register(app)
app.add_typer(report.app)
page.register(app)
screen.register(app)
twin.register(app)
detect.register(app)
campaign.register(app)
commission_points.register(commission.app)
app.add_typer(commission.app)
app.add_typer(io.app)
app.add_typer(fmu.app)
app.add_typer(audit.app)
app.add_typer(map.app)
app.add_typer(ssp.app)
app.add_typer(trend.app)
app.add_typer(data.app)
app.add_typer(validate.app)
app.add_typer(alarms.app)
app.add_typer(user.app)
