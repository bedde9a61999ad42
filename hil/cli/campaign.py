"""`hukka campaign SITE`: Monte Carlo of plants with drawn mismatch, faults and seeds."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hil.cli.site import SiteArgument
from hil.cli.unconfined import UnconfinedOption
from twin.errors import BadInput, refuse

if TYPE_CHECKING:
    from hil.campaign.campaign import Campaign, Progress
    from hil.campaign.child import Shut
    from hil.campaign.plant import PlantSpec
    from hil.campaign.work import Place
    from twin.site import Site

DAY_S = 86400.0
MOST_DAYS = 3650.0
MOST_PLANTS = 10_000


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog="Example: hukka campaign mantsala --runs 12 --days 183 --json")(campaign)


def campaign(
    site: SiteArgument,
    runs: Annotated[
        int | None,
        typer.Option("--runs", metavar="N", help="Plants to draw.", show_default="`12`"),
    ] = None,
    faults: Annotated[
        str,
        typer.Option(
            "--faults",
            metavar="A,B,...",
            help="Faults of each plant: NAME[=SIZE], A+B both at once, ?A with A out of the bank;"
            " or drawn, all, none.",
        ),
    ] = "drawn",
    plants: Annotated[
        Path | None,
        typer.Option("--plants", metavar="FILE", help="Plants from a file, none are drawn."),
    ] = None,
    days: Annotated[
        float, typer.Option("--days", metavar="D", help="Fault-free days of each plant.")
    ] = 30.0,
    commissioning: Annotated[
        str, typer.Option("--commissioning", metavar="TIME", help="Healthy time to learn from.")
    ] = "28d",
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Of all that is drawn.")] = 1,
    tuning: Annotated[
        bool,
        typer.Option("--tuning", help="Draw plants 1 to 30, those for tuning; else from 31 on."),
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", metavar="N", help="Processes at once.", show_default="one a core"),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDR", help="Dask scheduler to compute on instead."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FOLDER",
            help="Where results go, and where a campaign goes on.",
            show_default="campaigns/SITE-SEED",
        ),
    ] = None,
    unconfined: UnconfinedOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The score card as the last line, one JSON object.")
    ] = False,
) -> None:
    """Judge the diagnosis on plants that differ from its models, with faults and without.

    Each plant is commissioned once; then come its fault-free days and its faults. A campaign that
    was ended goes on from what is in its folder; a Ctrl-C reports what is finished.
    """
    from hil.campaign.campaign import Plan
    from hil.campaign.folder import Folder
    from hil.campaign.report import as_json as json_of
    from hil.campaign.report import as_markdown, finite, report_of
    from hil.campaign.scenario import parse_faults
    from hil.campaign.seen import blind
    from hil.campaign.work import campaign_site
    from hil.cli.io.common import say
    from hil.gate.interrupt import Interrupted

    began_days = _days(commissioning)
    _check(runs, days, seed, jobs, plants, tuning)
    loaded = campaign_site(site)
    wanted = parse_faults(faults, loaded)
    specs, fmus = _plants(loaded, runs or 12, plants, tuning, seed)
    plan = Plan(
        site, tuple(specs), wanted if isinstance(wanted, str) else tuple(wanted), days,
        began_days, seed,
    )  # fmt: skip
    data = _data()
    places = {s.name: _place(site, fmus[s.name], data) for s in specs}
    identity = plan.identity(loaded, fmus, data)
    folder = Folder(out or Path("campaigns") / f"{loaded.site}-{seed}", identity)
    done, stopped = _run(plan, loaded, places, folder, jobs, scheduler, unconfined)
    outcomes = [done.outcomes[key] for key in sorted(done.outcomes)]
    finished = sum(o.error is None for o in outcomes)
    report = report_of(
        loaded.site, specs, outcomes, done.margins, done.lost, lambda name: blind(loaded, name),
        stopped=stopped,
    )  # fmt: skip
    folder.keep_report("report.json", json_of(report))
    folder.keep_report("report.md", as_markdown(report))
    if done.lost and not outcomes:
        raise BadInput("\n".join(done.lost.values()))
    if as_json:
        typer.echo(json.dumps(finite(report["card"]), allow_nan=False))
    else:
        typer.echo(as_markdown(report), nl=False)
        typer.echo(f"{folder.path}: {finished} runs; report.json, report.md")
    if report["failed"]:
        say(f"{folder.path}: failed, or not run for that: {len(report['failed'])}; "
            "the same command runs them again")  # fmt: skip
    if stopped:
        say(f"{folder.path}: runs finished and reported: {finished}; "
            "the same command goes on")  # fmt: skip
        raise Interrupted


def _check(
    runs: int | None, days: float, seed: int, jobs: int | None, plants: Path | None, tuning: bool
) -> None:
    from hil.campaign.plant import TUNING

    if plants is not None and (runs is not None or tuning):
        raise BadInput("--plants: the file says which plants there are; no --runs or --tuning")
    most = len(TUNING) if tuning else MOST_PLANTS
    if runs is not None and not 1 <= runs <= most:
        raise refuse("--runs", runs, f"must be 1 to {most}")
    if not 0.0 <= days <= MOST_DAYS:
        raise refuse("--days", days, f"must be 0 to {MOST_DAYS:g}")
    if seed < 0:
        raise refuse("--seed", seed, "must be ≥ 0")
    if jobs is not None and jobs < 1:
        raise refuse("--jobs", jobs, "must be ≥ 1")


def _days(commissioning: str) -> float:
    from twin.clock import parse_duration_s
    from twin.diagnosis.commissioning import LEAST_DAYS

    try:
        found = parse_duration_s(commissioning) / DAY_S
    except ValueError as error:
        raise BadInput(f"--commissioning: {error}") from None
    if not LEAST_DAYS < found <= MOST_DAYS:
        raise refuse("--commissioning", commissioning, f"must be over {LEAST_DAYS} d")
    return found


def _plants(
    site: "Site", runs: int, file: Path | None, tuning: bool, seed: int
) -> tuple[list["PlantSpec"], dict[str, dict[str, Path]]]:
    """The plants, and of each the FMUs that it truly has."""
    from hil.campaign.draw import draw_plant, true_structures
    from hil.campaign.plant import TUNING
    from hil.campaign.plant_file import check_parameters, read_plants
    from hil.cli.structures import built_with
    from twin.plant import described

    for part in site.plant.parts:
        if not (path := site.fmu_path(part)).exists():
            rule = f"no such file; `hukka fmu build --site {site.site}` makes it"
            raise refuse(f"{site.document.path.name} plant.parts.{part}.fmu", str(path), rule)
    if file is None:
        fmus = built_with(site, true_structures(site))
        first = TUNING[0] if tuning else TUNING[-1] + 1
        last = first + min(runs, len(TUNING)) if tuning else first + runs
        specs = [draw_plant(site, n, seed, fmus) for n in range(first, last)]
        return specs, {s.name: fmus for s in specs}
    document, several = read_plants(file, site)
    built = {
        p.name: built_with(site, p.structures, (document, ("plants", i, "structures")))
        for i, p in enumerate(several)
    }
    for i, plant in enumerate(several):
        paths = {part: built[plant.name].get(part) or site.fmu_path(part)
                 for part in site.plant.parts}  # fmt: skip
        told = {part: described(path) for part, path in paths.items()}
        check_parameters(document, i, plant, site, told)
    return list(several), built


def _data() -> Path | None:
    from hil.cli.bench import data_folder

    data = data_folder()
    return None if data is None else Path(data).resolve()


def _place(site: str, fmus: dict[str, Path], data: Path | None) -> "Place":
    from hil.campaign.work import Place
    from twin.site import list_sites

    where = site if site in list_sites() else str(Path(site).resolve())
    truth = {part: str(path.resolve()) for part, path in fmus.items()}
    return Place(where, None if data is None else str(data), truth)


def _run(
    plan: Any, site: "Site", places: dict[str, "Place"], folder: Any,  # noqa: ANN401
    jobs: int | None, scheduler: str | None, unconfined: str | None,
) -> tuple["Campaign", bool]:  # fmt: skip
    """The campaign, and whether somebody stopped it before its end."""
    import os

    from hil.campaign.campaign import Campaign
    from hil.campaign.engine import cluster, local
    from hil.cli.io.common import say
    from hil.gate.interrupt import Interrupted, interruptible

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    at_once: int | None = None
    if scheduler is None:
        at_once = jobs or cores
        engine = local(at_once, _shutting(site, places.values(), unconfined), say)
    else:
        say("FMUs: not confined: a Dask worker is a process of somebody else")
        engine = cluster(scheduler)
    with interruptible(), _bar() as tell, engine as executor:
        found = Campaign(plan, site, places, folder, executor, tell, at_once)
        try:
            found.run()
        except Interrupted:
            return found, True
    return found, False


def _shutting(site: "Site", places: "Iterable[Place]", unconfined: str | None) -> "Shut":
    from hil.campaign.child import shutting

    places = list(places)
    fmus = {site.fmu_path(part).resolve() for part in site.plant.parts}
    fmus |= {Path(path) for place in places for path in place.fmus.values()}
    read = {site.document.path.resolve().parent, *(place.data for place in places)}
    return shutting(sorted(fmus), [str(path) for path in read if path is not None], unconfined)


@contextmanager
def _bar() -> Iterator[Callable[["Progress"], None]]:
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _progress: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("commissioning", total=None)

        def tell(progress: "Progress") -> None:
            bar.update(task, completed=progress.done, total=progress.total,
                       description=progress.what)  # fmt: skip

        yield tell
