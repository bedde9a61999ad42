"""`hukka sites`, `hukka check SITE`, `hukka faults SITE`: what there is, and if it is sound."""

import json
from contextlib import ExitStack
from dataclasses import asdict
from typing import Annotated

import typer

from hil.cli.unconfined import UnconfinedOption, said

SiteArgument = Annotated[
    str, typer.Argument(help="Name of a reference site, or path of a site file.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command(epilog="Example: hukka sites")(sites)
    app.command(epilog="Example: hukka check mantsala")(check)
    app.command(epilog="Example: hukka faults mantsala")(faults)


def sites() -> None:
    """List the reference sites."""
    from twin.site import list_sites, load_site

    for name in list_sites():
        typer.echo(f"{name:12} {load_site(name).title}")


def check(site: SiteArgument, unconfined: UnconfinedOption = None) -> None:
    """Check a site with its FMUs and register maps; every mistake with its line."""
    from hil.bench.assemble import open_parts
    from hil.bench.inside import inside
    from hil.bench.layout import layout_of
    from hil.bench.wire import wire
    from twin.site import load_site

    found = load_site(site)

    def load() -> int:
        with ExitStack() as stack:
            return len(open_parts(found, stack))

    parts = inside(found, load, said, unconfined)
    layout = layout_of(found)
    controllers = wire(found, layout)
    typer.echo(
        f"{found.document.path}: sound: {parts} FMUs, {len(layout.signals)} signals,"
        f" {len(layout.commands)} commands of {len(controllers)} controllers on"
        f" {len(found.links)} links, {len(layout.watched)} predicted signals"
    )


def faults(
    site: SiteArgument,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON list, with kind, part and what to look at.")
    ] = False,
) -> None:
    """List what can be broken at a site: name, default size, range, meaning."""
    from twin.site import catalogue, load_site

    several = catalogue(load_site(site))
    if as_json:
        typer.echo(json.dumps([asdict(fault) for fault in several], allow_nan=False))
        return
    for fault in several:
        size = f"={fault.default:g}" if fault.unit != "-" or fault.default != 1 else ""
        unit = "" if fault.unit == "-" else f" {fault.unit}"
        typer.echo(
            f"{fault.name}{size}{unit}  ({fault.min:g} to {fault.max:g}{unit}): {fault.meaning}"
        )
