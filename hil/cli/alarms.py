"""`hukka alarms`: the list of a monitor, its journal, its rates, and whether messages arrive."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.errors import BadInput, JudgementFailed

if TYPE_CHECKING:
    from hil.alarms import AlarmReader, AlarmRow
    from twin.alarms.rates import Rates

app = typer.Typer(
    name="alarms", help="Alarms of a monitor: list, history, rates, test.", no_args_is_help=True
)

DataArgument = Annotated[
    Path, typer.Argument(metavar="DATA", help="Data folder of a monitor; it holds desk.sqlite.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")]
FromOption = Annotated[
    str | None,
    typer.Option("--from", metavar="TIME", help="Begin, UTC.", show_default="30 days before --to"),
]
ToOption = Annotated[
    str | None, typer.Option("--to", metavar="TIME", help="End, UTC.", show_default="now")
]


@app.command("list", epilog="Example: hukka alarms list data --at 2026-11-27T22:30")
def list_(
    data: DataArgument,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="As it was then, UTC.", show_default="now")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Alarms that ask for somebody or stand, the most urgent first. May run beside the monitor.

    They are acknowledged on the page or the screen of the monitor, by somebody with a name.
    """
    from hil.historian.weeks.moments import parse_moment

    with _reader(data) as reader:
        rows = reader.rows(None if at is None else parse_moment(at, "--at"))
    if as_json:
        typer.echo(json.dumps({"alarms": [asdict(row) for row in rows]}))
        return
    for row in rows:
        _tell_row(row)
    if not rows:
        typer.echo("no alarms")


@app.command("history", epilog="Example: hukka alarms history data --from 2026-11-20")
def history(
    data: DataArgument, begin: FromOption = None, end: ToOption = None, as_json: JsonOption = False
) -> None:
    """The journal: what happened to which alarm, who did it and why; notes of people too."""
    t0_ns, t1_ns = _span(begin, end)
    with _reader(data) as reader:
        told = reader.history(t0_ns, t1_ns)
    if as_json:
        typer.echo(json.dumps({"from_ns": t0_ns, "to_ns": t1_ns, "journal": told}))
        return
    _table(
        ("time", "alarm", "what happened", "about", "who", "comment"),
        [
            (
                _stamp(line["t_ns"]),
                "" if line["number"] is None else str(line["number"]),
                line["action"],
                line.get("cause", ""),
                line["who"],
                line["comment"],
            )
            for line in told
        ],
        "nothing happened",
    )


@app.command("rates", epilog="Example: hukka alarms rates data --from 2026-11-01 --to 2026-12-01")
def rates(
    data: DataArgument, begin: FromOption = None, end: ToOption = None, as_json: JsonOption = False
) -> None:
    """How many alarms an operator got, floods and worst actors, after ISA-18.2 and EEMUA 191."""
    t0_ns, t1_ns = _span(begin, end)
    with _reader(data) as reader:
        found = reader.rates(t0_ns, t1_ns)
    if as_json:
        typer.echo(json.dumps(asdict(found)))
        return
    _table(
        ("figure", "value", "unit", "good", "definition", "source"),
        [
            (f.name, _number(f.value), f.unit, _number(f.acceptable), f.definition, f.source)
            for f in found.figures
        ],
        "",
    )
    _tell_actors(found)


@app.command("test", epilog="Example: hukka alarms test data --site mantsala")
def send_test(
    data: DataArgument,
    site: Annotated[
        str | None,
        typer.Option(metavar="SITE", help="Named in the message; its tell.yaml, if DATA has none."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Send a test over every channel of tell.yaml, and say what each answered.

    Exit code 3 if one did not take it.
    """
    from hil.tell.courier import try_all
    from hil.tell.sections import FILE, load_tell, settings_file
    from twin.clock import utc_ns
    from twin.site import load_site

    loaded = None if site is None else load_site(site)
    file = data / FILE if loaded is None else settings_file(data, loaded)
    if file is None or not file.is_file():
        raise BadInput(f"{data}: there is no {FILE}, so nobody is told")
    settings = load_tell(file, loaded)
    now_ns = utc_ns()
    name = data.name if loaded is None else loaded.site
    found = try_all(settings, name, file.parent, f"test-{now_ns}", now_ns)
    if as_json:
        answers = {n: {"taken": taken, "answer": said} for n, (taken, said) in found.items()}
        typer.echo(json.dumps({"channels": answers}))
    else:
        for channel, (taken, said) in found.items():
            typer.echo(f"{channel}: {'taken' if taken else 'NOT taken'}: {said}")
    failed = [channel for channel, (taken, _) in found.items() if not taken]
    if not found:
        raise BadInput(f"{file}: names no channel, so nobody is told")
    if failed:
        raise JudgementFailed(f"{len(failed)} of {len(found)} channels did not take it")


@contextmanager
def _reader(data: Path) -> Iterator["AlarmReader"]:
    import apsw

    from hil.alarms import AlarmReader, load_settings
    from hil.alarms.settings import FILE

    file = data / "desk.sqlite"
    if not file.is_file():
        raise BadInput(f"{data}: not a data folder of a monitor, it holds no desk.sqlite")
    try:
        with AlarmReader(file, load_settings(data / FILE).operators) as reader:
            yield reader
    except apsw.Error as error:
        raise BadInput(f"{file}: {error}") from None


def _span(begin: str | None, end: str | None) -> tuple[int, int]:
    from hil.historian.weeks.moments import parse_moment
    from twin.clock import utc_ns

    t1_ns = utc_ns() if end is None else parse_moment(end, "--to")
    t0_ns = t1_ns - 30 * 86_400 * 10**9 if begin is None else parse_moment(begin, "--from")
    if t0_ns >= t1_ns:
        raise BadInput(f"--to = {_stamp(t1_ns)}: must be after --from {_stamp(t0_ns)}")
    return t0_ns, t1_ns


def _stamp(t_ns: int) -> str:
    from hil.historian.weeks.iso_week import stamp

    return stamp(t_ns)


def _tell_row(row: "AlarmRow") -> None:
    """Two lines: what asks begins with a `!`."""
    mark = "!" if row.annunciated else " "
    named = row.cause if row.part in row.cause else f"{row.part}: {row.cause}"
    typer.echo(f"{mark} {row.number} {row.priority}: {named}; {row.state}")
    said = [row.text, f"since {_stamp(row.since_ns)}"]
    said += [word for word, so in (("chattering", row.chattering), ("stale", row.stale)) if so]
    if row.under is not None:
        said.append(f"explained by {row.under}")
    if row.acknowledged_by is not None:
        said.append(f"acknowledged by {row.acknowledged_by}")
    if row.shelved_until_ns is not None:
        said.append(f"shelved until {_stamp(row.shelved_until_ns)}")
    if row.comment:
        said.append(f'"{row.comment}"')
    typer.echo("    " + "; ".join(part for part in said if part))


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]], nothing: str) -> None:
    from rich.table import Table

    from hil.dashboard.console import Console

    console = Console(highlight=False)
    if not rows:
        console.print(nothing)
        return
    table = Table(*head)
    for row in rows:
        table.add_row(*(str(cell).replace("[", "\\[") for cell in row))
    console.print(table)


def _tell_actors(found: "Rates") -> None:
    typer.echo(
        f"{found.count} alarms; priorities: "
        + ", ".join(f"{count} {priority}" for priority, count in found.priorities.items())
    )
    if found.top:
        typer.echo("most frequent: " + ", ".join(f"{key} ({count})" for key, count in found.top))
    if found.chattering:
        typer.echo("chattering: " + ", ".join(found.chattering))
    if found.stale:
        typer.echo("stale: " + ", ".join(str(number) for number in found.stale))
    for begin_ns, end_ns in found.floods:
        typer.echo(f"flood: {_stamp(begin_ns)} to {_stamp(end_ns)}")
