"""The `hukka` command. Heavy imports happen inside the commands that need them."""

import sys

import typer
from typer.core import TyperGroup

from hil.cli import bench, fmu, report, site
from twin.errors import HukkaError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells count it: 128 + SIGINT."""

app = typer.Typer(
    name="hukka",
    cls=TyperGroup,
    help="Digital twin and hardware-in-the-loop bench for plants that heat cities with servers.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 done · 2 bad input · 3 a judgement failed · 4 a link or the plant was"
    " lost · 130 interrupted",
)
site.register(app)
bench.register(app)
report.register(app)
app.add_typer(fmu.app)


def main() -> None:
    """Entry point: an error that hukka raises on purpose is one message and its exit code."""
    try:
        app()
    except HukkaError as error:
        typer.echo(f"hukka: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("hukka: interrupted", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # the reader of our output (head, less) has seen enough
        sys.stderr.close()
        sys.exit(0)
