"""`hukka page`: a finished run in a browser."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog="Example: hukka page runs/mantsala-20261127-120000")(page)


def page(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Run folder.")],
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where to listen; port 0: a free one.")
    ] = "127.0.0.1:8087",
) -> None:
    """Serve the page of a run folder to browsers."""
    from contextlib import closing

    from hil.page.app import page_app
    from hil.page.run_source import open_run_source
    from hil.page.serving import host_and_port, listening, page_server

    host, port = host_and_port("--listen", listen)
    source = open_run_source(data)
    with closing(listening(host, port)) as listener:
        typer.echo(f"hukka: page of {data}: http://{host}:{listener.getsockname()[1]}/", err=True)
        page_server(page_app(source)).run(sockets=[listener])
