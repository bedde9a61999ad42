"""The report of a run as one HTML file that needs no network and is the same every time."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import jinja2

from hil.historian import open_run
from hil.report import summary
from hil.report.diagnosis import diagnosis_tables
from hil.report.numbers import clock
from hil.report.parts import Part, parts_of
from hil.report.picture import command_picture, signal_picture
from twin.errors import BadInput

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
    target = folder / NAME if out is None else out
    if target.is_dir():
        target = target / NAME
    text = html(folder)
    try:
        temporary = target.with_name(f"{target.name}.part")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(target)
    except OSError as error:
        raise BadInput(f"{target}: cannot be written: {error.strerror}") from None
    return target


def html(folder: Path) -> str:
    """The page as text."""
    run = open_run(folder)
    alarms = run.alarms
    parts = parts_of(run)
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_resource),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clock"] = clock
    return environment.get_template("report.html.j2").render(
        title=run.header.title or run.header.site,
        header=run.header,
        folder=run.folder.resolve().name,
        style=_resource("report.css"),
        tiles=summary.tiles(run, alarms),
        tables=[summary.energy(run), summary.links(run), summary.lateness(run)],
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


def _resource(name: str) -> str:
    return (files("hil.report") / name).read_text(encoding="utf-8")
