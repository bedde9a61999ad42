"""What the commands under `hukka commission` have in common: options, and the session of them."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hil.cli.on_site import guard_of, hands_of
from twin.errors import refuse

if TYPE_CHECKING:
    from hil.commissioning.planned import PlannedBlock
    from hil.commissioning.points import PointBook
    from hil.commissioning.record import BlockRecord
    from hil.commissioning.rig import RigOptions
    from hil.commissioning.session import Done
    from twin.site import Site


class Pace(StrEnum):
    """What time a run takes."""

    max = "max"
    real = "real"


class Transport(StrEnum):
    """How controllers are reached."""

    loopback = "loopback"
    tcp = "tcp"
    rtu = "rtu"
    site = "site"


SiteArgument = Annotated[
    str,
    typer.Argument(metavar="site", help="Name of a reference site, or path of a site file."),
]
ResumeOption = Annotated[
    Path | None,
    typer.Option(metavar="RUN", help="Go on with a run that was cut off, in its folder."),
]
PaceOption = Annotated[
    Pace, typer.Option(help="Virtual time, or real time, which real controllers need.")
]
TransportOption = Annotated[
    Transport | None,
    typer.Option(
        help="How emulated controllers are reached; site: by the links of the site file.",
        show_default="loopback; site with --pace real",
    ),
]
LineFaultOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CONTROLLER.KIND[=SIZE]@TIME[..TIME]",
        help="Break the emulated line of a controller, with --transport rtu.",
    ),
]
CycleOption = Annotated[
    str | None,
    typer.Option(
        help="Period of plant and links: 100ms, 1s.", show_default="1s; 250ms with --pace real"
    ),
]
WarmupOption = Annotated[str, typer.Option(help="Plant time before the first block.")]
SettleOption = Annotated[str, typer.Option(help="Time before each block with --pace real: 0s, 5m.")]
PhraseOption = Annotated[
    str | None,
    typer.Option(
        help="Name of the site: nobody moves a real controller unawares.", show_default="asked"
    ),
]
ByOption = Annotated[
    str | None,
    typer.Option(help="Who is on site and answers questions; without, steps by hand are left out."),
]
InstrumentsOption = Annotated[
    Path | None, typer.Option(help="YAML file of instruments with their certificates.")
]
SeedOption = Annotated[int, typer.Option(min=0, help="Seed of the sensors' noise.")]
OutOption = Annotated[Path | None, typer.Option(help="Run folder.", show_default="runs/SITE-TIME")]
PdfOption = Annotated[
    bool, typer.Option("--pdf/--no-pdf", help="Whether the report is drawn as PDF too.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")]


def carry_out(
    site: "Site",
    blocks: "Sequence[PlannedBlock]",
    tell: "Callable[[BlockRecord], None]",
    *,
    pace: Pace,
    transport: Transport | None,
    line_fault: Sequence[str],
    cycle: str | None,
    warmup: str,
    settle: str,
    phrase: str | None,
    by: str | None,
    instruments: Path | None,
    seed: int,
    unconfined: str | None,
    resume: Path | None,
    out: Path | None,
) -> "tuple[Done, Path]":
    """Run blocks as the options say; what came of them, and the folder of the run.

    Raises:
        BadInput: an option does not fit the site or another one.
    """
    from hil.cli.io.common import say
    from hil.commissioning.session import Session, run_session
    from hil.gate.interrupt import interruptible

    real = pace is Pace.real
    way = way_of(site, transport, real=real)
    _check_lines(site, way, line_fault)
    folder = _folder(site, resume, out)
    session = Session(
        site,
        blocks,
        folder,
        options_of(cycle, warmup, seed, real=real),
        way.value,
        tuple(line_fault),
        real_time=real,
        settle_ns=settle_ns_of(settle) if real else 0,
        hands=hands_of(by, instruments),
        guard=guard_of(site, phrase),
        resume=resume is not None,
        unconfined=unconfined,
        say=say,
        done=tell,
    )
    with interruptible() as ignore:
        done = run_session(session)
        ignore()
    return done, folder


def boundary_book(site: "Site") -> "PointBook":
    """The points of a site, weather and loads with their units."""
    from hil.bench.layout import layout_of
    from hil.cli.bench import data_folder
    from hil.commissioning.points import PointBook
    from twin.site import Boundary

    data = data_folder()
    boundary = Boundary(site, None if data is None else Path(data), 1_000_000_000)
    units = dict(zip(boundary.names, boundary.units, strict=True))
    return PointBook(site, layout_of(site), units)


def way_of(site: "Site", transport: Transport | None, *, real: bool) -> Transport:
    """How the controllers are reached.

    A report must not say of a cabinet what was seen of a controller that hukka plays.
    """
    way = transport or (Transport.site if real else Transport.loopback)
    if way is Transport.site and not real:
        raise refuse("--transport", way.value, "the links of a site need --pace real")
    for name, controller in site.controllers.items():
        if not controller.emulated and (not real or way is Transport.loopback):
            rule = "a real controller needs --pace real and its link; set it true to play it"
            place = site.document.place("controllers", name, "emulated")
            raise refuse(place, controller.emulated, rule)
    return way


def options_of(cycle: str | None, warmup: str, seed: int, *, real: bool) -> "RigOptions":
    """How the plant runs."""
    from hil.cli.bench import LONGEST_CYCLE_NS, data_folder, nanoseconds
    from hil.commissioning.rig import RigOptions

    cycle = cycle or ("250ms" if real else "1s")
    period_ns = nanoseconds("--cycle", cycle, least_ns=10_000_000)
    warmup_ns = nanoseconds("--warmup", warmup, least_ns=0)
    if period_ns > LONGEST_CYCLE_NS:
        raise refuse("--cycle", cycle, "must be at most 30 s")
    if warmup_ns % period_ns:
        raise refuse("--warmup", warmup, f"must be a whole number of cycles of {cycle}")
    return RigOptions(period_ns, warmup_ns, seed, data_folder())


def _folder(site: "Site", resume: Path | None, out: Path | None) -> Path:
    from hil.historian import default_folder
    from twin.clock import utc_now

    if resume is not None and out is not None:
        raise refuse("--out", str(out), "--resume says already where the run is")
    return (resume or out or default_folder(site.site, utc_now())).resolve()


def settle_ns_of(text: str) -> int:
    """Time before a block [ns]."""
    from hil.cli.bench import nanoseconds

    return nanoseconds("--settle", text, least_ns=0)


def _check_lines(site: "Site", way: Transport, faults: Sequence[str]) -> None:
    from hil.bench.layout import layout_of
    from hil.bench.wire import wire
    from hil.commissioning.lines import own_lines

    if faults and way is not Transport.rtu:
        raise refuse("--line-fault", faults[0], "breaks emulated lines; use --transport rtu")
    own_lines(wire(site, layout_of(site)), faults, 0)
