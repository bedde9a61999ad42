"""`hukka bench SITE`: the whole ring."""

import json
import os
import sys
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hil.cli.unconfined import UnconfinedOption
from twin.errors import refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hil.bench.options import Options
    from hil.bench.run import Outcome, Progress


LONGEST_S = 10 * 365 * 86_400.0
"""Longest run [s]: times in ns stay exact in the record."""


class Pace(StrEnum):
    """Clock of a run."""

    real = "real"
    max = "max"


class Transport(StrEnum):
    """How controllers are reached."""

    tcp = "tcp"
    rtu = "rtu"
    loopback = "loopback"
    site = "site"


LONGEST_CYCLE_NS = 30_000_000_000
"""Longer ones raise false alarms: models that feed each other once a cycle drift apart [ns]."""

_EXAMPLES = """Examples:

hukka bench mantsala --duration 2m --fault heat_pump.condenser_fouling=0.3@1m

hukka bench mantsala --pace max --transport loopback --duration 24h --json

hukka bench mantsala --learned mantsala.learned --cycle 10s --pace max"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog=_EXAMPLES)(bench)


def bench(
    site: Annotated[str, typer.Argument(help="Name of a reference site, or path of a site file.")],
    duration: Annotated[str, typer.Option(help="Plant time: 90s, 2m, 24h, 7d.")] = "24h",
    cycle: Annotated[str, typer.Option(help="Period of plant and links: 100ms, 1s.")] = "1s",
    pace: Annotated[
        Pace, typer.Option(help="Wall clock, or as fast as it goes (loopback only).")
    ] = Pace.real,
    transport: Annotated[
        Transport | None,
        typer.Option(
            help="How controllers are reached; site: as its file says.",
            show_default="site; loopback with --pace max",
        ),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[=SIZE]@TIME[..TIME]", help="Break something; see `hukka faults SITE`."
        ),
    ] = None,
    line_fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LINK[.CONTROLLER].KIND[=SIZE]@TIME[..TIME]",
            help="Break a serial line, which is emulated then.",
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PART.PARAMETER=VALUE",
            help="Change the plant, not the twin's idea of it.",
        ),
    ] = None,
    learned: Annotated[
        Path | None,
        typer.Option(
            "--learned",
            metavar="FILE",
            help="Diagnose with what `hukka twin fit` has learned.",
            show_default="first detector",
        ),
    ] = None,
    unconfined: UnconfinedOption = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the sensors' noise.")] = 1,
    warmup: Annotated[str, typer.Option(help="Virtual plant time before the run begins.")] = "2h",
    out: Annotated[
        Path | None, typer.Option(help="Run folder.", show_default="runs/SITE-TIME")
    ] = None,
    page: Annotated[
        int | None,
        typer.Option(
            metavar="PORT",
            min=0,
            max=65535,
            help="Show the run in browsers of this machine; 0: a free port.",
            show_default="no page",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object as the last line, no dashboard.")
    ] = False,
) -> None:
    """Run plant, links, controllers and twin, and watch.

    Three FMUs step in real time, emulated controllers answer over real Modbus, the twin
    predicts the temperatures and names the part that deviates. Everything is recorded in the
    run folder; `hukka report` draws it.
    """
    from hil.bench.options import Options
    from hil.bench.run import run_bench
    from hil.cli.bench_result import contract, tell
    from hil.historian import default_folder
    from twin.clock import utc_now
    from twin.site import load_site

    chosen = transport or (Transport.loopback if pace is Pace.max else Transport.site)
    if pace is Pace.max and chosen is not Transport.loopback:
        rule = "controllers in processes of their own live in real time; use --pace real"
        raise refuse("--transport", chosen.value, f"with --pace max only loopback: {rule}")
    options = Options(
        site=site,
        duration_ns=nanoseconds("--duration", duration, least_ns=1),
        cycle_ns=nanoseconds("--cycle", cycle, least_ns=1_000_000),
        warmup_ns=nanoseconds("--warmup", warmup, least_ns=0),
        pace=pace.value,
        transport=chosen.value,
        faults=tuple(fault or ()),
        settings=tuple(settings or ()),
        seed=seed,
        data=data_folder(),
        line_faults=tuple(line_fault or ()),
        learned=None if learned is None else str(learned.absolute()),
        unconfined=unconfined,
    )
    if options.duration_ns % options.cycle_ns or options.duration_ns < options.cycle_ns:
        raise refuse("--duration", duration, f"must be a whole number of cycles of {cycle}")
    if options.cycle_ns > LONGEST_CYCLE_NS:
        raise refuse("--cycle", cycle, "must be at most 30 s: the twin's bands hold no further")
    if options.warmup_ns % options.cycle_ns:
        raise refuse("--warmup", warmup, f"must be a whole number of cycles of {cycle}")
    folder = (out or default_folder(load_site(site).site, utc_now())).resolve()
    with _paged(page, options, folder) as follow:
        if as_json:
            outcome = run_bench(options, folder, _both(_Messages(), follow))
        else:
            outcome = _with_dashboard(options, folder, follow)
    if outcome.summary is not None:
        if as_json:
            typer.echo(f"hukka: run folder: {folder}", err=True)
            typer.echo(json.dumps(contract(outcome.summary)))
        else:
            tell(outcome.summary, folder)
    if outcome.error is not None:
        raise outcome.error


@contextmanager
def _paged(
    port: int | None, options: "Options", folder: Path
) -> "Iterator[Callable[[Progress], None]]":
    """A page of the run beside it, where one is wanted; who shows it the progress."""
    if port is None:
        yield lambda progress: None
        return
    from hil.page.bench_source import BenchSource
    from hil.page.beside import page_beside
    from twin.site import load_site

    source = BenchSource(load_site(options.site), options.cycle_ns, folder)
    with page_beside(source, port) as address:
        typer.echo(f"hukka: the run in a browser: {address}", err=True)
        yield source.follow
    typer.echo(f"hukka: its page from now on: hukka page {folder}", err=True)


def _both(*shows: "Callable[[Progress], None]") -> "Callable[[Progress], None]":
    def show(progress: "Progress") -> None:
        for each in shows:
            each(progress)

    return show


def _with_dashboard(
    options: "Options", folder: Path, follow: "Callable[[Progress], None]"
) -> "Outcome":
    from hil.bench.run import run_bench
    from hil.dashboard.bench_view import view_of
    from hil.dashboard.live import LiveDashboard

    typer.echo(f"hukka: {options.site} warms up (plant, controllers and twin, virtual clock)")
    seen = sys.stdout is not None and sys.stdout.isatty()
    messages = None if seen else _Messages()  # the dashboard has its own place for them
    with LiveDashboard() as dashboard:

        def show(progress: "Progress") -> None:
            if messages is not None:
                messages(progress)
            dashboard.update(view_of(progress))
            follow(progress)

        return run_bench(options, folder, show)


class _Messages:
    """Tells each message of a run once, on stderr."""

    def __init__(self) -> None:
        self._told = 0

    def __call__(self, progress: "Progress") -> None:
        for message in progress.messages[self._told :]:
            typer.echo(f"hukka: {message}", err=True)
        self._told = len(progress.messages)


def data_folder() -> str | None:
    """Folder of measured data: HUKKA_DATA, or the one beside the checkout; None without."""
    import twin

    default = Path(twin.__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("HUKKA_DATA", default))
    return str(folder) if folder.is_dir() else None


def nanoseconds(option: str, text: str, least_ns: int) -> int:
    """A duration given to `option` in [ns], at least `least_ns` [ns]; BadInput if it is none."""
    from twin.clock import NS_PER_S, parse_duration_s

    try:
        seconds = parse_duration_s(text)
    except ValueError:
        raise refuse(option, text, "must be a duration such as 24h, 90s or 1h30m") from None
    if seconds > LONGEST_S:
        raise refuse(option, text, "must be at most 10 years")
    found = round(seconds * NS_PER_S)
    if found < least_ns:
        least = f"{least_ns / 1e9:g} s" if least_ns >= NS_PER_S else f"{least_ns / 1e6:g} ms"
        raise refuse(
            option, text, "must be above 0" if least_ns == 1 else f"must be at least {least}"
        )
    return found
