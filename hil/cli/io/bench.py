"""`hukka io bench LINK`: how fast a unit answers, against what the line can do."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from hil.cli.io.common import (
    JsonOption,
    LinkArgument,
    TimeoutOption,
    UnitOption,
    line_counts,
    nanoseconds,
    seconds,
    show,
    table,
)
from hil.gate.interrupt import Interrupted, interruptible
from hil.links.counters import told
from twin.errors import JudgementFailed, LinkLost

if TYPE_CHECKING:
    from hil.io.figures import Figures
    from hil.links.link import Link

_EXAMPLES = """Examples:

hukka io bench tcp://192.168.1.5 --duration 30s

hukka io bench 'rtu:/dev/ttyUSB0?baud=19200' --unit 3 hr:0:20"""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog=_EXAMPLES)(bench)


def bench(
    link: LinkArgument,
    range_: Annotated[
        str, typer.Argument(metavar="RANGE", help="What each transaction reads.")
    ] = "hr:0:1",
    unit: UnitOption = 1,
    for_: Annotated[str, typer.Option("--duration", metavar="TIME", help="How long.")] = "5s",
    timeout: TimeoutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read one range as fast as the device answers; transactions a second and quantiles.

    Reads only. On a serial line the figures stand beside what its baud rate allows. Exit code 3
    when some failed, 4 when all did.
    """
    from hil.io.figures import Figures, line_limit_ns, request_of
    from hil.links.address import open_link, parse_address
    from hil.links.rtu import RtuLink

    address, request = parse_address(link), request_of(range_)
    duration_ns = nanoseconds("--duration", for_)
    opened = open_link(address, seconds("--timeout", timeout))
    figures = Figures(opened, unit, request)

    def result() -> None:
        found = opened.adapter if isinstance(opened, RtuLink) else None
        adapter = found.text if found else ""
        _show(opened, link, range_, figures, line_limit_ns(address, request), adapter, as_json)

    with interruptible():
        try:
            figures.run(duration_ns, lambda _: None)
        except Interrupted:
            result()
            raise
        finally:
            opened.close()
    result()
    _judge(link, figures)


def _judge(link: str, figures: "Figures") -> None:
    good, all_ = figures.counts["GOOD"], sum(figures.counts.values())
    if good == all_:
        return
    answered = all_ - figures.counts["TIMEOUT"] - figures.counts["LINK_DOWN"]
    error = JudgementFailed if answered else LinkLost
    raise error(f"{link}: {all_ - good} of {all_} failed; the last one: {figures.last_error}")


def _show(
    opened: "Link",
    link: str,
    range_: str,
    figures: "Figures",
    limit_ns: int | None,
    adapter: str,
    as_json: bool,
) -> None:
    plain = figures.plain()
    limit = None if limit_ns is None else 1e9 / limit_ns
    share = None if limit is None else figures.per_second / limit
    if as_json:
        more = {"limit_per_s": limit, "share_of_limit": share, "adapter": adapter or None}
        more |= line_counts(opened)
        typer.echo(json.dumps({"link": link, "range": range_, **plain, **more}))
        return
    rows = table(("", {}), ("", {"justify": "right"}))
    rows.show_header = False
    for name, count in plain["qualities"].items():
        rows.add_row(name, str(count))
    rows.add_row("transactions a second", f"{figures.per_second:.1f}")
    if limit is not None and share is not None and limit_ns is not None:
        rows.add_row("the line allows", f"{limit:.1f}")
        rows.add_row("share of it", f"{share:.1%}")
        rows.add_row("a transaction on the line", f"{limit_ns / 1e6:.3f} ms")
    for name, ms in plain["latency_ms"].items():
        rows.add_row(name.replace("p999", "p99.9"), "-" if ms is None else f"{ms:.3f} ms")
    show(f"{link} {range_}, {plain['duration_s']:.1f} s")
    show(rows)
    if adapter:
        show(adapter)
    if counts := told(opened):
        show(f"line: {counts}")
