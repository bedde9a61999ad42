"""`hukka commission`: procedures that prove controllers, and what came of them."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hil.cli import commission_loops
from hil.cli.defaulted import with_default
from twin.errors import BadInput, JudgementFailed, refuse

if TYPE_CHECKING:
    from hil.bench.layout import Layout
    from hil.commissioning.planned import PlannedBlock
    from hil.commissioning.points import PointBook
    from hil.commissioning.record import BlockRecord
    from hil.commissioning.rig import RigOptions
    from hil.commissioning.session import Done
    from twin.site import Site

_EXAMPLES = """Examples:

hukka commission mantsala --all

hukka commission mantsala heat_pump.condensing_limit --transport tcp --json

hukka commission mantsala heat_pump --transport rtu --line-fault heat_pump.drop=0.01@0s"""
DEFAULT = "run"


app = typer.Typer(
    name="commission",
    cls=with_default(DEFAULT),
    help="Prove controllers by procedures: SITE PROCEDURE..., or SITE --all.",
    no_args_is_help=True,
    epilog=_EXAMPLES,
)


class Transport(StrEnum):
    """How emulated controllers are reached."""

    loopback = "loopback"
    tcp = "tcp"
    rtu = "rtu"


SiteArgument = Annotated[
    str,
    typer.Argument(metavar="site", help="Name of a reference site, or path of a site file."),
]


@app.command(DEFAULT, epilog=_EXAMPLES)
def run(
    site: SiteArgument,
    procedure: Annotated[
        list[str] | None,
        typer.Argument(help="Name of a procedure, a controller type for all of it, or a file."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every procedure of the site.")] = False,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Go on with a run that was cut off, in its folder."),
    ] = None,
    transport: Annotated[
        Transport, typer.Option(help="How the controllers are reached; time is virtual.")
    ] = Transport.loopback,
    line_fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONTROLLER.KIND[=SIZE]@TIME[..TIME]",
            help="Break the emulated line of a controller, with --transport rtu.",
        ),
    ] = None,
    cycle: Annotated[str, typer.Option(help="Period of plant and links: 100ms, 1s.")] = "1s",
    warmup: Annotated[str, typer.Option(help="Plant time before the first block.")] = "2h",
    seed: Annotated[int, typer.Option(min=0, help="Seed of the sensors' noise.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Run folder.", show_default="runs/SITE-TIME")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object as the last line.")
    ] = False,
) -> None:
    """Run procedures against the emulated controllers of a site, on its simulated plant.

    Each block of a procedure begins with the plant in normal operation and leaves it so. What was
    written is put back, whatever happens. Exit code 3: not everything passed.
    """
    from hil.commissioning.load import find_files, load_procedures
    from hil.commissioning.session import Session, run_session
    from hil.gate.interrupt import interruptible
    from twin.site import load_site

    found = load_site(site)
    _check_emulated(found)
    names = list(procedure or [])
    if every == bool(names):
        raise BadInput("say which procedures, or --all; `hukka commission list SITE` shows them")
    if line_fault and transport is not Transport.rtu:
        raise refuse("--line-fault", line_fault[0], "breaks emulated lines; use --transport rtu")
    book = boundary_book(found)
    files = _files(found) if every else find_files(found, names)
    blocks = load_procedures(files, book)
    folder = _folder(found, resume, out)
    options = _options(cycle, warmup, seed)
    _check_lines(found, book.layout, line_fault or [])
    with interruptible() as ignore:
        done = run_session(
            Session(
                found,
                blocks,
                folder,
                options,
                transport.value,
                tuple(line_fault or ()),
                resume=resume is not None,
                done=lambda record: _tell(record, as_json),
            )
        )
        ignore()
    _close(found, done, folder, as_json)


app.command("loops", epilog=commission_loops.EXAMPLES)(commission_loops.loops)


@app.command("list")
def list_procedures(site: SiteArgument) -> None:
    """The procedures of a site, and the controllers that they are run on."""
    from hil.commissioning.load import load_procedures
    from twin.site import load_site

    found = load_site(site)
    blocks = load_procedures(_files(found), boundary_book(found))
    for line in _listed(blocks):
        typer.echo(line)


@app.command("schema")
def schema_of_files() -> None:
    """The JSON Schema of procedure files, for editors."""
    from hil.commissioning.procedure import schema

    typer.echo(json.dumps(schema(), indent=1, sort_keys=True))


def _listed(blocks: "list[PlannedBlock]") -> list[str]:
    where: dict[str, list[str]] = {}
    titles = {b.procedure.procedure: b.procedure.title for b in blocks}
    for block in blocks:
        several = where.setdefault(block.procedure.procedure, [])
        if block.controller and block.controller not in several:
            several.append(block.controller)
    width = max(map(len, titles), default=0)
    return [f"{n:{width}}  {titles[n]}  [{', '.join(where[n]) or 'site'}]" for n in titles]


def _files(site: "Site") -> list[Path]:
    from hil.commissioning.load import files_for

    return files_for(site)


def boundary_book(site: "Site") -> "PointBook":
    """The points of a site, weather and loads with their units."""
    from hil.bench.layout import layout_of
    from hil.cli.bench import data_folder
    from hil.commissioning.points import PointBook
    from twin.site import Boundary

    data = data_folder()
    boundary = Boundary(site, None if data is None else Path(data), 1_000_000_000)
    units = dict(zip(boundary.names, boundary.units, strict=True))
    return PointBook(site, layout_of(site), units)


def _folder(site: "Site", resume: Path | None, out: Path | None) -> Path:
    from hil.historian import default_folder
    from twin.clock import utc_now

    if resume is not None and out is not None:
        raise refuse("--out", str(out), "--resume says already where the run is")
    return (resume or out or default_folder(site.site, utc_now())).resolve()


def _options(cycle: str, warmup: str, seed: int) -> "RigOptions":
    from hil.cli.bench import LONGEST_CYCLE_NS, data_folder, nanoseconds
    from hil.commissioning.rig import RigOptions

    period_ns = nanoseconds("--cycle", cycle, least_ns=10_000_000)
    warmup_ns = nanoseconds("--warmup", warmup, least_ns=0)
    if period_ns > LONGEST_CYCLE_NS:
        raise refuse("--cycle", cycle, "must be at most 30 s")
    if warmup_ns % period_ns:
        raise refuse("--warmup", warmup, f"must be a whole number of cycles of {cycle}")
    return RigOptions(period_ns, warmup_ns, seed, data_folder())


def _check_emulated(site: "Site") -> None:
    """A report must not say of a cabinet what was seen of a controller that hukka plays."""
    for name, controller in site.controllers.items():
        if not controller.emulated:
            rule = "real controllers are not driven by procedures yet; set it true to try them"
            place = site.document.place("controllers", name, "emulated")
            raise refuse(place, controller.emulated, rule)


def _check_lines(site: "Site", layout: "Layout", faults: list[str]) -> None:
    from hil.bench.wire import wire
    from hil.commissioning.lines import own_lines

    own_lines(wire(site, layout), faults, 0)


def _tell(record: "BlockRecord", as_json: bool) -> None:
    why = f"  {record.why}" if record.why else ""
    typer.echo(f"{record.verdict.value:12}  {record.key}{why}", err=as_json)


def _close(site: "Site", done: "Done", folder: Path, as_json: bool) -> None:
    from hil.commissioning.verdict import Verdict
    from hil.report import write_commission_report

    verdicts = done.of_procedures()
    count = {v: sum(1 for found in verdicts.values() if found is v) for v in Verdict}
    summary = {
        "procedures": len(verdicts),
        "passed": count[Verdict.PASS],
        "failed": count[Verdict.FAIL],
        "inconclusive": count[Verdict.INCONCLUSIVE],
        "blocked": count[Verdict.BLOCKED],
        "skipped": count[Verdict.SKIPPED],
        "wall_s": round(done.wall_s, 2),
        "report": str(write_commission_report(folder)),
    }
    words = ", ".join(f"{n} {v.value}" for v, n in count.items() if n)
    typer.echo(
        f"{site.site}: {len(verdicts)} procedures: {words}; {summary['report']}", err=as_json
    )
    if as_json:
        typer.echo(json.dumps(summary))
    bad = [n for n, v in verdicts.items() if v not in (Verdict.PASS, Verdict.SKIPPED)]
    if bad:
        raise JudgementFailed(f"not passed: {', '.join(bad)}")
