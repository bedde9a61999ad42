"""`hukka bench SITE`: the whole ring."""

import json
import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.errors import BadInput, refuse

if TYPE_CHECKING:
    from hil.bench.options import Options
    from hil.bench.run import Outcome


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


_EXAMPLES = """Examples:

hukka bench mantsala --duration 2m --fault heat_pump.condenser_fouling=0.3@1m

hukka bench mantsala --pace max --transport loopback --duration 24h --json"""


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
        typer.Option(metavar="NAME[=SIZE]@TIME", help="Break something; see `hukka faults SITE`."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PART.PARAMETER=VALUE",
            help="Change the plant, not the twin's idea of it.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the sensors' noise.")] = 1,
    warmup: Annotated[str, typer.Option(help="Virtual plant time before the run begins.")] = "2h",
    out: Annotated[
        Path | None, typer.Option(help="Run folder.", show_default="runs/SITE-TIME")
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
    from hil.historian import default_folder
    from twin.clock import utc_now
    from twin.site import load_site

    chosen = transport or (Transport.loopback if pace is Pace.max else Transport.site)
    if pace is Pace.max and chosen is not Transport.loopback:
        rule = "controllers in processes of their own live in real time; use --pace real"
        raise refuse("--transport", chosen.value, f"with --pace max only loopback: {rule}")
    options = Options(
        site=site,
        duration_ns=_nanoseconds("--duration", duration, least_ns=1),
        cycle_ns=_nanoseconds("--cycle", cycle, least_ns=1_000_000),
        warmup_ns=_nanoseconds("--warmup", warmup, least_ns=0),
        pace=pace.value,
        transport=chosen.value,
        faults=tuple(fault or ()),
        settings=tuple(settings or ()),
        seed=seed,
        data=_data_folder(),
    )
    if options.duration_ns % options.cycle_ns or options.duration_ns < options.cycle_ns:
        raise refuse("--duration", duration, f"must be a whole number of cycles of {cycle}")
    if options.warmup_ns % options.cycle_ns:
        raise refuse("--warmup", warmup, f"must be a whole number of cycles of {cycle}")
    folder = (out or default_folder(load_site(site).site, utc_now())).resolve()
    if as_json:
        outcome = run_bench(options, folder, lambda _: None)
    else:
        outcome = _with_dashboard(options, folder)
    if outcome.summary is not None:
        if as_json:
            typer.echo(json.dumps(outcome.summary))
        else:
            _tell(outcome.summary, folder)
    if outcome.error is not None:
        raise outcome.error


def _with_dashboard(options: "Options", folder: Path) -> "Outcome":
    from hil.bench.run import run_bench
    from hil.dashboard.bench_view import view_of
    from hil.dashboard.live import LiveDashboard

    typer.echo(f"hukka: {options.site} warms up (plant, controllers and twin, virtual clock)")
    with LiveDashboard() as dashboard:
        return run_bench(options, folder, lambda progress: dashboard.update(view_of(progress)))


def _tell(summary: Mapping[str, Any], folder: Path) -> None:
    """The end of a run in a few lines."""
    energy, late = summary["energy"], summary["lateness_us"]
    typer.echo(
        f"{summary['cycles']} cycles, {summary['overruns']} overruns, lateness p50"
        f" {late['p50']:.0f} µs, p99 {late['p99']:.0f} µs, p99.9 {late['p999']:.0f} µs"
    )
    typer.echo(
        f"IT {energy['it_kWh']:.1f} kWh, recovered {energy['recovered_kWh']:.1f}, delivered"
        f" {energy['delivered_kWh']:.1f}, electric {energy['electric_kWh']:.1f} kWh, balance error"
        f" {_percent(energy['balance_error'])}"
    )
    for alarm in summary["alarms"]:
        typer.echo(
            f"alarm: {alarm['part']} at {alarm['raised_s']:.0f} s,"
            f" {alarm['signal']} {alarm['residual']:+.2f} against a band of {alarm['band']:.2g}"
        )
    typer.echo(f"run folder: {folder}; draw it with: hukka report {_relative(folder)}")


def _percent(share: float | None) -> str:
    return "--" if share is None else f"{share:.3%}"


def _relative(folder: Path) -> Path:
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder


def _data_folder() -> str | None:
    import twin

    default = Path(twin.__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("HUKKA_DATA", default))
    return str(folder) if folder.is_dir() else None


def _nanoseconds(option: str, text: str, least_ns: int) -> int:
    from twin.clock import NS_PER_S, parse_duration_s

    try:
        found = round(parse_duration_s(text) * NS_PER_S)
    except ValueError as error:
        raise BadInput(f"{option}: {error}") from None
    if found < least_ns:
        raise refuse(option, text, f"must be at least {least_ns / 1e6:g} ms")
    return found
