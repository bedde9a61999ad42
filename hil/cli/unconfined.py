"""`--unconfined REASON`: commands shut the code of FMUs in, unless somebody says why not."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.errors import refuse

if TYPE_CHECKING:
    from hil.bench.inside import Done


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


def told(done: "Done") -> Any:  # noqa: ANN401 - JSON
    """What came of some work; that of shutting it in is said."""
    typer.echo(f"hukka: FMUs: {done.said}", err=True)
    return done.found
