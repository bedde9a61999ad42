"""`hukka commission`: procedures that prove controllers, and what came of them."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from hil.cli import commission_loops
from hil.cli.commission_options import (
    ByOption,
    CycleOption,
    InstrumentsOption,
    JsonOption,
    LineFaultOption,
    OutOption,
    Pace,
    PaceOption,
    PdfOption,
    PhraseOption,
    ResumeOption,
    SeedOption,
    SettleOption,
    SiteArgument,
    TransportOption,
    WarmupOption,
    boundary_book,
    carry_out,
    way_of,
)
from hil.cli.commission_result import close
from hil.cli.defaulted import with_default
from hil.cli.unconfined import UnconfinedOption
from twin.errors import BadInput

if TYPE_CHECKING:
    from hil.commissioning.planned import PlannedBlock
    from hil.commissioning.record import BlockRecord

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


@app.command(DEFAULT, epilog=_EXAMPLES)
def run(
    site: SiteArgument,
    procedure: Annotated[
        list[str] | None,
        typer.Argument(help="Name of a procedure, a controller type for all of it, or a file."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every procedure of the site.")] = False,
    resume: ResumeOption = None,
    pace: PaceOption = Pace.max,
    transport: TransportOption = None,
    line_fault: LineFaultOption = None,
    cycle: CycleOption = None,
    warmup: WarmupOption = "2h",
    settle: SettleOption = "1m",
    phrase: PhraseOption = None,
    by: ByOption = None,
    instruments: InstrumentsOption = None,
    seed: SeedOption = 1,
    unconfined: UnconfinedOption = None,
    out: OutOption = None,
    paper: PdfOption = True,
    as_json: JsonOption = False,
) -> None:
    """Run procedures against the controllers of a site, on its simulated plant.

    Each block of a procedure begins with the plant in normal operation and leaves it so. What was
    written is put back, whatever happens. Exit code 3: not everything passed.
    """
    from hil.commissioning.load import files_for, find_files, load_procedures
    from twin.site import load_site

    found = load_site(site)
    way_of(found, transport, real=pace is Pace.real)
    names = list(procedure or [])
    if every == bool(names):
        raise BadInput("say which procedures, or --all; `hukka commission list SITE` shows them")
    files = files_for(found) if every else find_files(found, names)
    done, folder = carry_out(
        found,
        load_procedures(files, boundary_book(found)),
        lambda record: _tell(record, as_json),
        pace=pace,
        transport=transport,
        line_fault=line_fault or (),
        cycle=cycle,
        warmup=warmup,
        settle=settle,
        phrase=phrase,
        by=by,
        instruments=instruments,
        seed=seed,
        unconfined=unconfined,
        resume=resume,
        out=out,
    )
    close(
        found.site, "procedures", done.of_procedures(), done.wall_s, folder,
        paper=paper, as_json=as_json,
    )  # fmt: skip


app.command("loops", epilog=commission_loops.EXAMPLES)(commission_loops.loops)


@app.command("list")
def list_procedures(site: SiteArgument) -> None:
    """The procedures of a site, and the controllers that they are run on."""
    from hil.commissioning.load import files_for, load_procedures
    from twin.site import load_site

    found = load_site(site)
    blocks = load_procedures(files_for(found), boundary_book(found))
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


def _tell(record: "BlockRecord", as_json: bool) -> None:
    why = f"  {record.why}" if record.why else ""
    typer.echo(f"{record.verdict.value:12}  {record.key}{why}", err=as_json)
