"""`hukka audit verify` and `hukka audit show`: what was written to live plants, and is it all."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from twin.errors import JudgementFailed

if TYPE_CHECKING:
    from hil.gate.chain import Record

app = typer.Typer(
    name="audit",
    cls=TyperGroup,
    help="Read and check the log of everything that was written to live plants.",
    no_args_is_help=True,
)

PathArgument = Annotated[
    Path | None,
    typer.Argument(
        help="Folder of a write gate, or its newest file, audit.jsonl.", show_default="this user's"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")]


@app.command(epilog="Example: hukka audit verify gate --expect 3f7a...")
def verify(
    path: PathArgument = None,
    expect: Annotated[
        str | None, typer.Option(metavar="HASH", help="A line with this hash must be there.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check that no line was changed, removed, inserted, moved or cut off.

    Prints number and hash of the last line: noted elsewhere, it is what `--expect` wants.
    Exit code 3 when something is wrong; every finding has a line with its place.
    """
    from hil.gate import default_folder
    from hil.gate.audit import verify

    place = path or default_folder()
    verdict = verify(place, (expect or "").strip().lower())
    if as_json:
        findings = [finding._asdict() for finding in verdict.findings]
        ending = {"torn": verdict.torn, "findings": findings}
        typer.echo(json.dumps({**verdict.head._asdict(), "good": not findings, **ending}))
    else:
        for where, what in verdict.findings:
            typer.echo(f"{where}: {what}")
        if verdict.torn:
            typer.echo("half a line at the end: a crash while it was written")
        number, digest = verdict.head
        typer.echo(f"{number} lines, the last is {digest}")
    if verdict.findings:
        raise JudgementFailed(f"{place}: something is wrong with the audit log")


@app.command(epilog="Example: hukka audit show gate --last 20")
def show(
    path: PathArgument = None,
    last: Annotated[
        int | None, typer.Option(min=1, show_default="all", help="So many lines.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The lines as they are.")] = False,
) -> None:
    """Show who wrote what, when and why, and how it ended.

    Shows also what is wrong with it, without judging: that is `hukka audit verify`.
    """
    from hil.gate import default_folder
    from hil.gate.audit import verify

    records = verify(path or default_folder()).records
    for record in records[-last:] if last else records:
        typer.echo(json.dumps(record.fields) if as_json else _sentence(record))


def _sentence(record: "Record") -> str:
    said = record.fields
    parts = [f"{record.n:>6}  {said.get('utc', '?')}  {said.get('who', '?')}  {said.get('event')}"]
    if "device" in said:
        parts.append(f"{said['device']} {', '.join(said.get('points', []))}")
    parts += [f"{key} {_plain(said[key])}" for key in _SHOWN if said.get(key) not in (None, "")]
    return "  ".join(parts)


_SHOWN = ("plant", "found", "before", "safe", "wanted", "after", "ttl_s", "reason", "why")


def _plain(value: object) -> str:
    if isinstance(value, list):
        return " ".join(_plain(each) for each in value)
    if isinstance(value, float):
        return f"{value:.9g}"
    return str(value).encode(errors="backslashreplace").decode()  # see hil.gate.chain.seal
