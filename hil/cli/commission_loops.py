"""`hukka commission loops`: tests of loops, and a table of what they found."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hil.cli.commission_options import (
    CycleOption,
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
from hil.cli.unconfined import UnconfinedOption
from twin.errors import BadInput, unknown

if TYPE_CHECKING:
    from hil.commissioning.record import BlockRecord
    from twin.site import Site

EXAMPLES = """Examples:

hukka commission loops mantsala

hukka commission loops mantsala network.pump_loop --json"""


def loops(
    site: SiteArgument,
    loop: Annotated[
        list[str] | None,
        typer.Argument(help="Name of a loop's procedure, a controller type, or a file."),
    ] = None,
    resume: ResumeOption = None,
    pace: PaceOption = Pace.max,
    transport: TransportOption = None,
    line_fault: LineFaultOption = None,
    cycle: CycleOption = None,
    warmup: WarmupOption = "2h",
    settle: SettleOption = "1m",
    phrase: PhraseOption = None,
    seed: SeedOption = 1,
    unconfined: UnconfinedOption = None,
    out: OutOption = None,
    paper: PdfOption = True,
    as_json: JsonOption = False,
) -> None:
    """Test the loops of a site: step response, hunting, stiction, and a PI tuning proposal.

    Nothing is tuned: the controllers keep what they hold. Exit code 3: not every loop passed.
    """
    from hil.commissioning.load import find_files, load_procedures
    from hil.commissioning.loop_table import lines, loops_of
    from twin.site import load_site

    found = load_site(site)
    way_of(found, transport, real=pace is Pace.real)
    blocks = load_procedures(find_files(found, _names(found, loop or [])), boundary_book(found))
    tests = loops_of(blocks)
    if not tests:
        raise BadInput("none of these has a step_test with a command: no test of a loop")
    of_loop = {test.block.key: test for test in tests}
    done, folder = carry_out(
        found,
        [test.block for test in tests],
        lambda record: _tell(record, as_json),
        pace=pace,
        transport=transport,
        line_fault=line_fault or (),
        cycle=cycle,
        warmup=warmup,
        settle=settle,
        phrase=phrase,
        by=None,
        instruments=None,
        seed=seed,
        unconfined=unconfined,
        resume=resume,
        out=out,
    )
    records = {record.key: record for record in done.records}
    for line in lines((of_loop[key], record) for key, record in records.items()):
        typer.echo(line, err=as_json)
    verdicts = {key: record.verdict for key, record in records.items()}
    close(found.site, "loops", verdicts, done.wall_s, folder, paper=paper, as_json=as_json)


def _names(site: "Site", asked: list[str]) -> list[str]:
    """Procedures of loops: all of the site's, those asked for, or a type's."""
    from hil.commissioning.loop_table import loop_files

    types = {controller.type for controller in site.controllers.values()}
    every = [name for name in loop_files() if name.partition(".")[0] in types]
    names: list[str] = []
    for word in asked:
        of_type = [name for name in every if name.startswith(f"{word}.")]
        if Path(word).suffix in (".yaml", ".yml") or word in every:
            names.append(word)
        elif of_type:
            names += of_type
        else:
            raise unknown(site.site, "loop", word, every)
    return names or every


def _tell(record: "BlockRecord", as_json: bool) -> None:
    typer.echo(f"{record.verdict.value:12}  {record.key}", err=as_json)
