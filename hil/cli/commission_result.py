"""What a run of procedures or loops came to: its report, a line, an object, an exit code."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from twin.errors import BadInput, JudgementFailed

if TYPE_CHECKING:
    from hil.commissioning.verdict import Verdict


def close(
    site: str,
    what: str,
    verdicts: "Mapping[str, Verdict]",
    wall_s: float,
    folder: Path,
    *,
    paper: bool,
    as_json: bool,
) -> None:
    """Draw the report of the run in `folder` and say how many of `what` came to which verdict.

    Raises:
        RecordingStopped: the report cannot be written.
        JudgementFailed: not all of them passed, or were left out.
    """
    from hil.commissioning.verdict import Verdict
    from hil.historian.run_folder import RecordingStopped
    from hil.report import without_pdf, write_commission_report, write_pdf

    typer.echo("drawing the report", err=True)
    page = pdf = undrawn = None
    try:
        page = write_commission_report(folder)
        pdf = write_pdf(page) if paper and not without_pdf() else None
    except BadInput as error:  # a full disk: the verdicts are there all the same
        undrawn = error
    count = {v: sum(1 for found in verdicts.values() if found is v) for v in Verdict}
    summary = {
        what: len(verdicts),
        "passed": count[Verdict.PASS],
        "failed": count[Verdict.FAIL],
        "inconclusive": count[Verdict.INCONCLUSIVE],
        "blocked": count[Verdict.BLOCKED],
        "skipped": count[Verdict.SKIPPED],
        "wall_s": round(wall_s, 2),
        "report": None if page is None else str(page),
        "pdf": None if pdf is None else str(pdf),
    }
    words = ", ".join(f"{n} {v.value}" for v, n in count.items() if n)
    typer.echo(f"{site}: {len(verdicts)} {what}: {words}; {page or folder}", err=as_json)
    if as_json:
        typer.echo(json.dumps(summary))
    if undrawn is not None:
        raise RecordingStopped(f"{undrawn}; hukka report {folder} draws what is missing")
    bad = [n for n, v in verdicts.items() if v not in (Verdict.PASS, Verdict.SKIPPED)]
    if bad:
        raise JudgementFailed(f"not passed: {', '.join(bad)}")
