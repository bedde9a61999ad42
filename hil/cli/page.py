"""`hukka page`: a run, or the data of a monitor, in a browser."""

from pathlib import Path
from typing import Annotated

import typer

DataArgument = Annotated[
    Path, typer.Argument(metavar="DATA", help="Run folder, or data folder of a monitor.")
]
ListenOption = Annotated[
    str, typer.Option(metavar="HOST:PORT", help="Where to listen; port 0: a free one.")
]
CertOption = Annotated[
    Path | None,
    typer.Option(
        "--cert", metavar="FILE", help="Certificate (PEM), for TLS.", show_default="no TLS"
    ),
]
KeyOption = Annotated[
    Path | None, typer.Option("--key", metavar="FILE", help="Its private key (PEM).")
]
PublicOption = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Where people reach the page, if a proxy with TLS stands before it:"
        " https://NAME[/PREFIX].",
    ),
]
ProxyOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ADDRESS", help="Where that proxy asks from.", show_default="this machine"
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog="Example: hukka page runs/mantsala-20261127-120000")(page)


def page(
    data: DataArgument,
    listen: ListenOption = "127.0.0.1:8470",
    cert: CertOption = None,
    key: KeyOption = None,
    public: PublicOption = None,
    proxy: ProxyOption = None,
) -> None:
    """Serve the page of a run or of a monitor's data to browsers, until Ctrl-C.

    On this machine's own address it needs no users; on any other it needs TLS and a user, behind a
    proxy a user.
    """
    from hil.page.opened import open_source
    from hil.page.serving import place_of, serve

    place = place_of(listen, cert, key, public=public, proxies=proxy or ())
    source = open_source(data)
    serve(source, data, place, lambda address: typer.echo(f"hukka: {data}: {address}", err=True))
