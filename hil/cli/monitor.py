"""`hukka monitor SITE`: a real plant watched, for years."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from hil.cli.page import ProxyOption, PublicOption
from hil.cli.unconfined import UnconfinedOption
from twin.errors import BadInput, refuse

_EXAMPLES = """Examples:

hukka monitor mantsala --at hp_line=rtu:/dev/ttyUSB0 --assume district_network.T_soil=6degC

hukka monitor plant/site.yaml --data /var/lib/hukka --learned plant.learned"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog=_EXAMPLES)(monitor)


def monitor(
    site: Annotated[str, typer.Argument(help="Name of a reference site, or path of a site file.")],
    data: Annotated[
        Path | None,
        typer.Option(help="Data folder; one monitor at a time.", show_default="desk/SITE"),
    ] = None,
    cycle: Annotated[str, typer.Option(help="Time between two rows: 100ms, 1s, 10s.")] = "1s",
    learned: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Diagnose with what `hukka twin fit` has learned.",
            show_default="first detector",
        ),
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=ADDRESS",
            help="Where a link is at this plant; of a controller in client role, where the remote"
            " I/O is that it asks: NAME=UNIT@ADDRESS.",
        ),
    ] = None,
    assume: Annotated[
        list[str] | None,
        typer.Option(metavar="SIGNAL=VALUE", help="A value for a signal that nobody reads."),
    ] = None,
    page: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the page is.")] = (
        "127.0.0.1:8470"
    ),
    no_page: Annotated[bool, typer.Option("--no-page", help="No page.")] = False,
    cert: Annotated[Path | None, typer.Option(help="TLS certificate of the page (PEM).")] = None,
    key: Annotated[Path | None, typer.Option(help="Its key (PEM).")] = None,
    public: PublicOption = None,
    proxy: ProxyOption = None,
    keep: Annotated[
        str | None, typer.Option(help="How long rows are kept: 400d.", show_default="for ever")
    ] = None,
    keep_gb: Annotated[
        float | None, typer.Option(help="Room that rows may take [GB].", min=0.01)
    ] = None,
    neighbours: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Whom to tell: MQTT, OPC UA, Prometheus.",
            show_default="neighbours.yaml of the data folder, if it is there",
        ),
    ] = None,
    unconfined: UnconfinedOption = None,
    duration: Annotated[
        str | None, typer.Option(help="How long: 10m, 24h.", show_default="until it is ended")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object as the last line.")
    ] = False,
) -> None:
    """Watch a real plant: read it, predict it, keep everything, say what is wrong.

    Nothing is ever written to the plant. Each part is a process of its own that is started again
    when it ends; Ctrl-C or SIGTERM ends everything in order.
    """
    from hil.cli.bench import LONGEST_CYCLE_NS, nanoseconds
    from hil.monitor.options import Options, Other
    from hil.monitor.settings_files import in_use
    from hil.monitor.supervisor import run_monitor
    from hil.neighbours.settings import FILE, load_neighbours
    from hil.neighbours.workers import workers
    from hil.page.serving import place_of
    from hil.replay.calibrated import as_learned
    from twin.clock import NS_PER_S
    from twin.site import load_site

    period_ns = nanoseconds("--cycle", cycle, least_ns=10_000_000)
    if period_ns > LONGEST_CYCLE_NS or (60 * NS_PER_S) % period_ns:
        raise refuse("--cycle", cycle, "must divide a minute, and be at most 30 s")
    kept_ns = None if keep is None else nanoseconds("--keep", keep, least_ns=NS_PER_S)
    if not no_page:
        place_of(
            page, cert, key, "--page", public, proxy or ()
        )  # refused now, and not after everybody has begun
    found = load_site(site)
    name = found.site
    folder = (data or Path("desk") / name).resolve()
    there = sys.stdin is not None and sys.stdin.isatty()
    unattended = in_use(folder) and not there
    if learned is not None and not unattended:
        as_learned(found, learned)  # the twin would refuse it when rows are kept already
    told_to = (neighbours or folder / FILE).resolve()
    others: tuple[Other, ...] = ()
    wrong: tuple[str, ...] = ()
    try:
        if neighbours is not None and not told_to.exists():
            raise refuse("--neighbours", str(neighbours), "no such file")
        others = tuple(workers(load_neighbours(told_to), told_to, site, name, folder))
    except BadInput as error:
        if not unattended:
            raise
        wrong = (f"without neighbours, until the next start: {error}",)
    options = Options(
        site=site,
        data=folder,
        period_ns=period_ns,
        learned=learned,
        at=tuple(at or ()),
        assumed=tuple(assume or ()),
        page=None if no_page else page,
        cert=cert,
        key=key,
        public=public,
        proxies=tuple(proxy or ()),
        duration_ns=None
        if duration is None
        else nanoseconds("--duration", duration, least_ns=NS_PER_S),
        keep_days=None if kept_ns is None else kept_ns / (86_400 * NS_PER_S),
        keep_bytes=None if keep_gb is None else round(keep_gb * 1e9),
        unconfined=unconfined,
        neighbours=told_to if told_to.exists() and not wrong else None,
        neighbours_named=neighbours,
        others=others,
        unattended=unattended,
        wrong=wrong,
    )
    ended = run_monitor(options, _say)
    if as_json:
        typer.echo(json.dumps(ended.summary))
    else:
        summary = ended.summary
        again = sum(summary["restarts"].values())
        typer.echo(
            f"{summary['rows']} rows in {summary['data']}; {summary['gaps']} gaps,"
            f" {again} restarts,"
            f" {summary['alarms']} alarms that ask for somebody"
        )
    if lost := ended.summary["unkept"]:
        from hil.historian.run_folder import RecordingStopped

        why = ended.summary["trouble"] or "its keeper did not come to it"
        raise RecordingStopped(f"{lost} rows at the end are not kept: {why}")


def _say(text: str) -> None:
    from twin.clock import utc_now

    typer.echo(f"{utc_now():%Y-%m-%d %H:%M:%S} {text}", err=True)
