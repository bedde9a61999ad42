"""`--unconfined REASON`: commands shut the code of FMUs in, unless somebody says why not."""

from typing import Annotated

import typer

from twin.errors import refuse


def _reason(unconfined: str | None) -> str | None:
    if unconfined is not None and not unconfined.strip():
        raise refuse("--unconfined", unconfined, "must say why")
    return unconfined


UnconfinedOption = Annotated[
    str | None,
    typer.Option(
        "--unconfined",
        metavar="REASON",
        help="Leave files, network and programs open to the code of FMUs.",
        show_default="shut in",
        callback=_reason,
    ),
]


def said(text: str) -> None:
    """What came of shutting FMUs in."""
    typer.echo(f"hukka: FMUs: {text}", err=True)
