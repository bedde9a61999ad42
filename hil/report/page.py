"""The report of a run as one HTML file that needs no network and is the same every time."""

from dataclasses import dataclass
from pathlib import Path

from hil.historian import open_run
from hil.report import summary
from hil.report.diagnosis import diagnosis_tables
from hil.report.parts import Part, parts_of
from hil.report.picture import command_picture, signal_picture
from hil.report.place import target_of, write
from hil.report.templates import resource, template

NAME = "report.html"


@dataclass(frozen=True)
class Section:
    """One part with its pictures (SVG text)."""

    part: Part
    anchor: str
    pictures: tuple[tuple[str, str], ...]
    commands: str | None


def write_report(folder: Path, out: Path | None = None) -> Path:
    """Draw the run in `folder`; the file is `out`, or `report.html` in the run's folder.

    The same run gives the same bytes. A run that goes on or was killed is drawn as far as it is
    recorded.

    Raises:
        BadInput: not a run folder, a broken one, or a place that cannot be written.
    """
    target = folder / NAME if out is None else target_of(out, NAME)
    write(target, html(folder))
    return target


def html(folder: Path) -> str:
    """The page as text."""
    run = open_run(folder)
    alarms = run.alarms
    parts = parts_of(run)
    return template("report.html.j2").render(
        title=run.header.title or run.header.site,
        header=run.header,
        folder=run.folder.resolve().name,
        style=resource("report.css"),
        tiles=summary.tiles(run, alarms),
        notes=summary.notes(run),
        tables=[summary.energy(run), summary.lateness(run)],
        links=summary.links(run),
        alarms=summary.alarm_table(run, alarms),
        diagnosis=diagnosis_tables(run),
        faults=summary.fault_table(run),
        validity=summary.validity_table(run),
        events=summary.other_events(run),
        residuals=summary.residual_table(parts),
        identity=summary.identity(run),
        provenance=summary.provenance(run),
        sections=[_section(part, f"p{i}") for i, part in enumerate(parts)],
    )


def _section(part: Part, anchor: str) -> Section:
    pictures = tuple(
        (curve.name, signal_picture(part, curve, f"{anchor}c{i}"))
        for i, curve in enumerate(part.curves)
    )
    commands = command_picture(part, f"{anchor}u") if part.commands else None
    return Section(part, anchor, pictures, commands)
