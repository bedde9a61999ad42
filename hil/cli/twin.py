"""`hukka twin fit` and `hukka replay`: the twin learns a healthy plant, then judges data."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hil.cli.fitted import plain, tell
from hil.cli.identifiability import identifiability
from hil.cli.site import SiteArgument
from hil.cli.trend import DataArgument, MapOption, refuse_bad
from hil.cli.unconfined import UnconfinedOption, said
from twin.errors import JudgementFailed, refuse

if TYPE_CHECKING:
    from hil.replay.replay import Replayed
    from hil.replay.watching import Watching
    from hil.trend.report import Report
    from hil.trend.trend import Trend
    from twin.diagnosis.performance import Week
    from twin.site.model import Site

app = typer.Typer(name="twin", help="Commissioning of the twin.", no_args_is_help=True)

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")]
LearnedOption = Annotated[
    Path | None,
    typer.Option(
        "--learned", metavar="FILE", help="What the twin has learned.", show_default="SITE.learned"
    ),
]
ReportOption = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE",
        help="Also draw every event and the evidence for it: one offline HTML file.",
        show_default="none",
    ),
]


app.command("identifiability", epilog="Example: hukka twin identifiability mantsala")(
    identifiability
)


def register(parent: typer.Typer) -> None:
    """Add the commands to `hukka`."""
    parent.add_typer(app)
    parent.command("replay", epilog="Example: hukka replay mantsala export.csv --map map.yaml")(
        replay
    )


@app.command("fit", epilog="Example: hukka twin fit mantsala january.csv --map map.yaml")
def fit(
    site: SiteArgument,
    data: DataArgument,
    map_file: MapOption = None,
    learned: LearnedOption = None,
    unconfined: UnconfinedOption = None,
    as_json: JsonOption = False,
) -> None:
    """Learn what the models are wrong by while the plant is healthy: two weeks or more.

    Data in which `hukka trend check` finds something to mend are refused: what is wrong already
    must not be learned as normal. Parameters that the site names are calibrated first; a fault that
    explains the data better than any calibration is said, and not learned (exit code 3).
    """
    from hil.bench.inside import inside
    from hil.replay.fit import fit as learn
    from hil.report.place import refuse_unwritable, target_of, write_bytes
    from hil.trend.trend import load_readers, open_trend
    from twin.site import load_site

    load_readers()
    loaded = load_site(site)
    path = target_of(learned or Path(), f"{loaded.site}.learned")
    refuse_unwritable(path)

    def work() -> dict[str, Any]:
        with open_trend(loaded, data, map_file) as trend:
            refuse_bad(trend)
            fitted = learn(loaded, trend)
        return {"file": b64encode(fitted.data).decode(), "plain": plain(fitted, path)}

    found = inside(loaded, work, said, unconfined, [data, map_file])
    write_bytes(path, b64decode(found["file"]))
    if as_json:
        typer.echo(json.dumps(found["plain"]))
    else:
        tell(found["plain"])
    if present := found["plain"]["present"]:
        names = ", ".join(p["fault"] for p in present)
        raise JudgementFailed(f"wrong during commissioning already: {names}; not learned as normal")


def replay(
    site: SiteArgument,
    data: DataArgument,
    map_file: MapOption = None,
    learned: LearnedOption = None,
    report: ReportOption = None,
    unconfined: UnconfinedOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge measured data as the twin would have done live: events with fault, size and since when.

    Needs what `hukka twin fit` has learned from weeks without a fault.
    """
    from hil.bench.inside import inside
    from hil.replay.calibrated import as_learned
    from hil.replay.replay import replay as judge
    from hil.replay.watching import Watching
    from hil.trend.trend import load_readers, open_trend
    from twin.clock import WallClock
    from twin.site import load_site

    load_readers()
    loaded = load_site(site)
    path = learned or Path(f"{loaded.site}.learned")
    page = None if report is None else _page(report)
    clock = WallClock()

    def work() -> dict[str, Any]:
        with (
            open_trend(loaded, data, map_file) as trend,
            Watching(as_learned(loaded, path), trend.period_ns) as watching,
        ):
            checked = refuse_bad(trend)
            found = judge(watching, trend, path, draw=page is not None)
            drawn = "" if page is None else _drawn(loaded, trend, watching, checked, found)
            plain = _plain(loaded, found, trend.began_ns)
            return {"plain": plain, "lines": list(_lines(loaded, found)), "page": drawn}

    found = inside(loaded, work, said, unconfined, [data, map_file, path])
    if page is not None:
        _write(page, found["page"])
    if as_json:
        typer.echo(json.dumps({**found["plain"], "wall_s": clock.now_ns() / 1e9}))
        return
    for line in [*found["lines"], *([] if page is None else [str(page)])]:
        typer.echo(line)


def _plain(site: "Site", found: "Replayed", began_ns: int) -> dict[str, Any]:
    from hil.replay.judging import plain, plain_journal, plain_performance

    return {
        "site": site.site,
        "steps": found.steps,
        "span_s": (found.last_ns - found.first_ns) / 1e9,
        "events": [plain(e, began_ns, found.states[e.number]) for e in found.events],
        "journal": plain_journal(found.journal, began_ns),
        "standing": found.standing,
        "reasons": found.reasons,
        "unseen": found.unseen,
        "performance": plain_performance(site, found.performance, began_ns),
        "restarts": found.restarts,
    }


def _page(report: Path) -> Path:
    """Where the report goes, tried before anything runs."""
    from hil.report.place import refuse_unwritable, target_of
    from hil.report.replay_page import NAME

    target = target_of(report, NAME)
    if target.suffix.lower() not in (".html", ".htm"):
        raise refuse("--report", str(report), "must end in .html, or be a folder that is there")
    refuse_unwritable(target)
    return target


def _drawn(
    site: "Site", trend: "Trend", watching: "Watching", checked: "Report", found: "Replayed"
) -> str:
    from hil.report.replay_page import html
    from hil.report.when import When

    assert found.evidence is not None
    when = When(trend.began_ns, trend.map.time.tz, trend.relative)
    return html(site, watching.plant, checked, when, found, found.evidence)


def _write(page: Path, html: str) -> None:
    from hil.report.place import write

    write(page, html)


def _lines(site: "Site", found: "Replayed") -> Iterator[str]:
    day = 86400e9
    for event in found.events:
        v = event.verdict
        name = v.fault or "something that no known fault explains"
        size = f" {v.size:.3g} {v.unit} ({v.low:.3g} to {v.high:.3g})" if v.size == v.size else ""
        state = found.states[event.number].value
        over = "" if event.cleared_ns is None else f", over on day {event.cleared_ns / day:.2f}"
        yield (
            f"{v.part}: {name}{size}, since day {v.since_ns / day:.2f},"
            f" raised on day {event.raised_ns / day:.2f}{over}; alarm {state}"
        )
        if v.group:
            yield f"  cannot be told from: {', '.join(v.group)}"
        shown = ", ".join(f"{s.signal} {s.innovation:+.3g}" for s in v.evidence[:4])
        yield f"  shown by: {shown}"
        if v.check:
            yield f"  look at: {v.check}"
    if not found.events:
        yield "no event"
    for part, standing in found.standing.items():
        why = f" ({found.reasons[part]})" if part in found.reasons else ""
        yield f"{part}: {standing}{why}"
    for name, weeks in found.performance.items():
        if weeks:
            unit = site.performance[name].unit
            first, last = (_week(week, unit) for week in (weeks[0], weeks[-1]))
            yield f"{name}: {last} in the last week, {first} in the first"


def _week(week: "Week", unit: str) -> str:
    from twin.site.amounts import scale_for, significant

    symbol = scale_for(unit).symbol
    expected = "" if week.expected != week.expected else f", expected {significant(week.expected)}"
    return f"{significant(week.value)}{f' {symbol}' if symbol else ''}{expected}"
