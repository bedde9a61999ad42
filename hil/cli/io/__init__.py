"""`hukka io`: one device on the desk or in a cabinet, before any site file knows it."""

import typer

from hil.cli.io import bench, read, restore, scan, serve, sniff, sunspec, watch, write

app = typer.Typer(
    name="io",
    help="Find, read, watch, play and measure one device. Only `io write` writes.",
    no_args_is_help=True,
)
for command in (scan, read, sunspec, watch, serve, write, restore, sniff, bench):
    command.register(app)
