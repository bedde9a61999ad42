"""`hukka commission loops`: tests of loops, and a table of what they found."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin.errors import BadInput, JudgementFailed, unknown

if TYPE_CHECKING:
    from hil.commissioning.record import BlockRecord
    from twin.site import Site

EXAMPLES = """Examples:

hukka commission loops mantsala

hukka commission loops mantsala network.pump_loop --json"""


def loops(
    site: Annotated[
        str,
        typer.Argument(metavar="site", help="Name of a reference site, or path of a site file."),
    ],
    loop: Annotated[
        list[str] | None,
        typer.Argument(help="Name of a loop's procedure, a controller type, or a file."),
    ] = None,
    warmup: Annotated[str, typer.Option(help="Plant time before the first block.")] = "2h",
    seed: Annotated[int, typer.Option(min=0, help="Seed of the sensors' noise.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Run folder.", show_default="runs/SITE-TIME")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object as the last line.")
    ] = False,
) -> None:
    """Test the loops of a site: step response, hunting, stiction, and a PI tuning proposal.

    Nothing is tuned: the controllers keep what they hold. Exit code 3: not every loop passed.
    """
    from hil.cli.commission import _check_emulated, _folder, _options, boundary_book
    from hil.commissioning.load import find_files, load_procedures
    from hil.commissioning.loop_table import loops_of, row, table
    from hil.commissioning.session import Session, run_session
    from hil.commissioning.verdict import Verdict
    from hil.gate.interrupt import interruptible
    from hil.report import write_commission_report
    from twin.site import load_site

    found = load_site(site)
    _check_emulated(found)
    blocks = load_procedures(find_files(found, _names(found, loop or [])), boundary_book(found))
    tests = loops_of(blocks)
    if not tests:
        raise BadInput("none of these has a step_test with a command: no test of a loop")
    of_loop = {test.block.key: test for test in tests}
    folder = _folder(found, None, out)
    with interruptible() as ignore:
        done = run_session(
            Session(
                found,
                [test.block for test in tests],
                folder,
                _options("1s", warmup, seed),
                done=lambda record: _tell(record, as_json),
            )
        )
        ignore()
    records = {record.key: record for record in done.records}
    for line in table([row(of_loop[key], record) for key, record in records.items()]):
        typer.echo(line, err=as_json)
    count = {v: sum(record.verdict is v for record in done.records) for v in Verdict}
    summary = {
        "loops": len(records),
        "passed": count[Verdict.PASS],
        "failed": count[Verdict.FAIL],
        "inconclusive": count[Verdict.INCONCLUSIVE],
        "blocked": count[Verdict.BLOCKED],
        "skipped": count[Verdict.SKIPPED],
        "wall_s": round(done.wall_s, 2),
        "report": str(write_commission_report(folder)),
    }
    typer.echo(f"{found.site}: {len(records)} loops; {summary['report']}", err=as_json)
    if as_json:
        typer.echo(json.dumps(summary))
    good = (Verdict.PASS, Verdict.SKIPPED)
    bad = [key for key, record in records.items() if record.verdict not in good]
    if bad:
        raise JudgementFailed(f"not passed: {', '.join(bad)}")


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
