"""Whether a site can be monitored from here: models, links, and what is kept of it already."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import apsw

from hil.alarms import AlarmReader
from hil.bench.assemble import open_parts
from hil.bench.inside import inside
from hil.bench.layout import layout_of
from hil.historian.weeks import Weeks
from hil.monitor.asking import Asking
from hil.monitor.diagnosis import Diagnosis
from hil.monitor.findings import Finding, bad, good, look
from hil.monitor.health import HealthReader
from hil.monitor.of_site import OfSite
from hil.monitor.planning import plan
from hil.monitor.settings_files import wrong_files
from hil.monitor.sources import Line, Plan
from twin.clock import NS_PER_S, utc_ns
from twin.errors import BadInput, HukkaError
from twin.signals import Quality
from twin.site import Site, load_site

_FRESH_NS = 30 * NS_PER_S


def check_site(of: OfSite, folder: Path, *, ask: bool) -> Iterator[Finding]:
    """What a monitor that is told `of` needs; with `ask`, every device is read once.

    `folder` is the data folder that it will have, or has.
    """
    try:
        site = load_site(of.site)
    except BadInput as error:
        yield bad("site", str(error), "mend the site file")
        return
    yield good("site", f"{site.site}: {len(site.signals)} signals, {len(site.commands)} commands")
    yield _models(site)
    if of.learned is not None:
        yield _learned(site, Path(of.learned), of.period_ns)
    yield from _files(folder, site)
    try:
        planned = plan(site, layout_of(site), of.at, of.assumed)
    except BadInput as error:
        yield bad("links", str(error), "say where the links are: --at NAME=ADDRESS")
        return
    if planned.unread:
        helps = "--at CONTROLLER=ADDRESS of its remote I/O, or --assume SIGNAL=VALUE"
        yield look("signals", f"nobody can be asked for {', '.join(planned.unread)}", helps)
    yield from _serial(planned)
    if ask:
        for line in planned.lines:
            yield from _asked(line)


def check_data(folder: Path) -> Iterator[Finding]:
    """What is in a data folder, and who has it."""
    if not folder.is_dir():
        yield good("data", f"{folder}: not there yet")
        return
    told = HealthReader(folder).read()
    running = told is not None and utc_ns() - told.t_ns < _FRESH_NS and _lives(told.pid)
    pid = "" if told is None else f" (process {told.pid})"
    yield good("monitor", f"runs{pid}" if running else "none runs on this folder")
    with Weeks(folder / "weeks") as weeks:
        problems, span = weeks.problems(), weeks.span_ns()
    days = 0.0 if span is None else (span[1] - span[0]) / (86_400 * NS_PER_S)
    if problems:
        yield bad("weeks", "; ".join(problems), "the rest is served; `hukka data check` says more")
    else:
        yield good("weeks", f"{days:.3g} days of rows")
    path = folder / "desk.sqlite"
    if path.exists():
        try:
            with AlarmReader(path) as reader:
                text = f"{sum(row.annunciated for row in reader.rows())} ask for somebody"
            yield good("alarms", text)
        except (BadInput, apsw.Error) as error:
            yield bad("alarms", f"{path}: {error}", "move it away: a new one is begun")


def _files(folder: Path, site: Site) -> Iterator[Finding]:
    """What people write for a monitor: limits, and who is told."""
    for name, why in wrong_files(folder, site).items():
        yield bad(name, why, "mend it: a monitor that starts unattended goes on without it")


def _lives(pid: int) -> bool:
    """Whether there is a process `pid`; whoever cannot know believes the file."""
    return not Path("/proc/self").exists() or Path(f"/proc/{pid}").exists()


def _models(site: Site) -> Finding:
    def load() -> list[str]:
        with ExitStack() as stack:
            return [file.path.name for file in open_parts(site, stack).values()]

    try:
        confined: list[str] = []
        found = inside(site, load, confined.append)
    except HukkaError as error:
        return bad("models", str(error), f"hukka fmu build --site {site.site}")
    return good("models", f"{', '.join(found)}; {''.join(confined)}")


def _learned(site: Site, path: Path, period_ns: int) -> Finding:
    """Whether the twin can begin with it, as of these models and this site."""

    def load() -> None:
        Diagnosis(site, period_ns, path).close()

    try:
        inside(site, load, lambda _: None, read=[path])
    except HukkaError as error:
        return bad("learned", str(error), "hukka twin fit makes it anew")
    return good("learned", f"{path} is of this site")


def _serial(planned: Plan) -> Iterator[Finding]:
    for line in planned.lines:
        path = line.address.path
        if not line.address.is_serial:
            continue
        if not Path(path).exists():
            yield bad(f"line {line.name}", f"{path} is not there", "is the adapter plugged in?")
        elif not os.access(path, os.R_OK | os.W_OK):
            helps = "add the service's user to the group of the device (dialout)"
            yield bad(f"line {line.name}", f"{path} may not be used", helps)
        else:
            yield good(f"line {line.name}", f"{line.address} may be used")


def _asked(line: Line) -> Iterator[Finding]:
    asking = Asking(line, 0)
    try:
        for i, source in enumerate(line.sources):
            _, quality = asking.read(i)
            missing = [
                t.point for t, q in zip(source.taps, quality, strict=True) if q != Quality.GOOD
            ]
            device = asking.asked[i].reading.device
            what = f"controller {source.name}"
            if len(missing) == len(source.taps):
                yield bad(what, device.last_error or "it has no value", "hukka io read says more")
            elif missing:
                yield look(what, f"no value of {', '.join(missing)}", device.last_error)
            else:
                yield good(what, f"{len(source.taps)} points read, on {line.address}")
    finally:
        asking.close()
