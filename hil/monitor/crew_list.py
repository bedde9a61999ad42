"""The processes of a monitor: what each runs, what it is told, and how long it may be silent.

A process more is a line more in `_others`: it gets its configuration on stdin, says `ready`, and
may say `order` and `note` for the keeper; with an `ask` of its own it hears
`{"answer": ask, "error": ""}`. It ends when it hears `{"stop": true}`, or when nobody
can speak to it any more.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any

from hil.bench.layout import Layout
from hil.monitor.options import Options
from hil.monitor.sources import Plan
from hil.tell.sections import settings_file
from twin.clock import NS_PER_S
from twin.site import load_site

START_NS = 300 * NS_PER_S
"""So long a process may take to be ready, compiling included [ns]."""
STALE_NS = 5 * NS_PER_S
"""Values of a link that has not spoken for so long, and for three periods, are down [ns]."""

PAGE_NS = 30 * NS_PER_S
"""A page that says nothing for so long answers nobody [ns]."""
OTHERS_NS = 180 * NS_PER_S
"""A neighbour may wait for its other end so long without a word [ns]."""


@dataclass(frozen=True)
class Member:
    """One process."""

    name: str
    module: str
    config: Mapping[str, Any]
    patience_ns: int
    """Silent for longer it hangs, and is ended [ns]."""
    after_keeper: bool = False
    """Whether it begins only when the data folder has been taken."""
    records: bool = False
    """Whether no row is kept without it."""


def crew_list(
    options: Options, plan: Plan, layout: Layout, live: Mapping[str, Any], rings: Mapping[str, str]
) -> list[Member]:
    """Everybody, in the order in which they start; `rings` are paths by their names."""
    period_ns = options.period_ns
    common = {
        "site": options.site,
        "data": str(options.data),
        "period_ns": period_ns,
        "live": dict(live),
        "layout": asdict(layout),
        **rings,
    }
    keep = {"keep_days": options.keep_days, "keep_bytes": options.keep_bytes}
    slow_ns = 3 * period_ns
    members = [
        Member(
            "keeper",
            "hil.monitor.keeper_worker",
            common | keep,
            60 * NS_PER_S,
            records=True,
        )
    ]
    first = 0
    for line in plan.lines:
        config = common | {"line": line.plain(), "first_source": first}
        patience_ns = 30 * NS_PER_S + slow_ns
        name, module = f"link {line.name}", "hil.monitor.link_worker"
        members.append(Member(name, module, config, patience_ns, records=True))
        first += len(line.sources)
    columns = [list(source.columns) for source in plan.sources]
    loop = {
        "columns": columns,
        "assumed": {str(column): value for column, value in plan.assumed.items()},
        "stale_ns": max(STALE_NS, slow_ns),
    }
    patience_ns = 15 * NS_PER_S + slow_ns
    members.append(
        Member(
            "loop",
            "hil.monitor.loop_worker",
            common | loop,
            patience_ns,
            after_keeper=True,
            records=True,
        )
    )
    if layout.watched:
        learned = None if options.learned is None else str(options.learned.absolute())
        twin = common | {"learned": learned, "unconfined": options.unconfined}
        twin["unread"] = list(plan.unread)
        members.append(
            Member("twin", "hil.monitor.twin_worker", twin, 180 * NS_PER_S, after_keeper=True)
        )
    return members + _others(options, common)


def _others(options: Options, common: Mapping[str, Any]) -> list[Member]:
    """Processes of other rooms, where they are there."""
    found = []
    if settings_file(options.data, load_site(options.site)) is not None:
        config = {**common, "public": options.public}
        found.append(Member("courier", "hil.tell.worker", config, OTHERS_NS, after_keeper=True))
    if options.page is not None and find_spec("hil.page.worker") is not None:
        ends = {"cert": options.cert, "key": options.key}
        ends["neighbours"] = options.neighbours
        told = {name: None if path is None else str(path) for name, path in ends.items()}
        behind = {"public": options.public, "proxies": list(options.proxies)}
        config = {**common, "listen": options.page, **behind, **told}
        found.append(Member("page", "hil.page.worker", config, PAGE_NS, after_keeper=True))
    for other in options.others:
        config = {**common, **other.config}
        found.append(Member(other.name, other.module, config, OTHERS_NS, after_keeper=True))
    return found
