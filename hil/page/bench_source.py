"""A bench that runs, behind the page: its latest status, and what it has recorded so far."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from hil.alarms.order import Order
from hil.alarms.row import AlarmRow
from hil.bench.layout import layout_of
from hil.bench.run import Progress
from hil.historian import open_run
from hil.historian.envelope import Envelope
from hil.historian.header import FILE
from hil.historian.store import FILE as SAMPLES
from hil.monitor.health import Health
from hil.page.run_source import REFUSED, RunSource, empty_moment, health_of
from hil.page.source import Moment
from twin.errors import BadInput
from twin.observers.hypotheses import band_alone_of
from twin.site import Site


class BenchSource:
    """`follow` it with every Progress; before the record begins there is nothing but the site."""

    kind: Literal["monitor", "bench"] = "bench"
    ended = False
    takes_no_orders = REFUSED

    def __init__(self, site: Site, period_ns: int, folder: Path) -> None:
        """`folder` is where the run will be recorded."""
        self.site = site
        self.period_ns = period_ns
        self._folder = folder
        self._layout = layout_of(site)
        self._progress: Progress | None = None
        self._run: RunSource | None = None
        self._bands = {name: band_alone_of(site, name) for name in self._layout.watched}

    def follow(self, progress: Progress) -> None:
        """Keep the latest; the run's own thread calls this."""
        self._progress = progress

    def newest_ns(self) -> int:
        """Time of the latest status [ns]."""
        status = {} if self._progress is None else self._progress.status
        return int(status.get("t_ns", 0))

    def now(self) -> Moment:
        """The latest status; nothing is known in the warm-up."""
        status = {} if self._progress is None else self._progress.status
        if not status:
            return empty_moment(self.site)
        t_ns = max(0, status["t_ns"])
        names = self._layout
        return Moment(
            t_ns,
            dict(zip(names.signals, status["measured"], strict=True)),
            dict(zip(names.signals, status["quality"], strict=True)),
            dict(zip(names.commands, status["commands"], strict=True)),
            dict(zip(names.watched, status["predicted"], strict=True)),
            self._bands,
            t_ns,
            status["standing"],
            status["reasons"],
        )

    def at(self, t_ns: int) -> Moment | None:
        """As recorded."""
        run = self._recorded()
        return None if run is None else run.at(t_ns)

    def span_ns(self) -> tuple[int, int] | None:
        """First and last recorded time [ns]."""
        run = self._recorded()
        return None if run is None else run.span_ns()

    def keys(self) -> Mapping[str, str]:
        """What is recorded; before that, what will be."""
        run = self._recorded()
        if run is not None:
            return run.keys()
        units = {name: signal.si_unit for name, signal in self.site.signals.items()}
        return {
            **{f"{name}:measured": unit for name, unit in units.items()},
            **{f"{name}:{kind}": units[name] for name in self._bands for kind in _TWIN},
            **{f"{name}:command": "-" for name in self.site.commands},
        }

    def series(self, keys: Sequence[str], t0_ns: int, t1_ns: int, most: int) -> Envelope:
        """As recorded; nothing before the record begins."""
        run = self._recorded()
        if run is not None:
            return run.series(keys, t0_ns, t1_ns, most)
        nothing = np.empty((0, len(keys)))
        return Envelope(np.empty(0, dtype=np.int64), nothing, nothing, nothing)

    def alarms(self, t_ns: int | None = None) -> list[AlarmRow]:
        """As recorded: an alarm is on disk when it is raised."""
        run = self._recorded()
        return [] if run is None else run.alarms(t_ns)

    def history(self, t0_ns: int, t1_ns: int) -> list[Mapping[str, Any]]:
        """As recorded."""
        run = self._recorded()
        return [] if run is None else run.history(t0_ns, t1_ns)

    def evidence(self, number: int) -> Mapping[str, Any] | None:
        """As recorded."""
        run = self._recorded()
        return None if run is None else run.evidence(number)

    def rates(self, t0_ns: int, t1_ns: int) -> Mapping[str, Any] | None:
        """None: nobody is called by the alarms of a bench."""
        return None

    def health(self) -> Health:
        """Links and lateness as they are now."""
        progress = self._progress
        if progress is None:
            return health_of({}, {}, self._folder, ["the plant warms up"])
        status = {**progress.status, "dropped_rows": 0}
        return health_of(status, progress.links, self._folder, tuple(progress.messages))

    def health_at(self, t_ns: int) -> tuple[int, Health] | None:
        """None: what a bench tells is of its whole run."""
        return None

    def procedures(self, t_ns: int | None = None) -> list[Mapping[str, Any]]:
        """None run on a bench of this kind."""
        return []

    def order(self, order: Order) -> None:
        """Refuse: the record is what it is."""
        raise BadInput(REFUSED)

    def note(self, who: str, text: str, t_ns: int) -> None:
        """Refuse: the record is what it is."""
        raise BadInput(REFUSED)

    def _recorded(self) -> RunSource | None:
        if (
            self._run is None
            and (self._folder / FILE).exists()
            and (self._folder / SAMPLES).exists()
        ):
            try:
                self._run = RunSource(open_run(self._folder), self.site)
            except BadInput:  # it is being made just now
                return None
        return self._run


_TWIN = ("predicted", "band")
