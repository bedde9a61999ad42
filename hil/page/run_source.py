"""A run folder behind the page: what the bench recorded, while the run goes on and afterwards."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from hil.alarms.order import Order
from hil.alarms.row import AlarmRow
from hil.historian import Run, open_run
from hil.historian.envelope import Envelope
from hil.monitor.health import Health, LinkRow
from hil.page.run_alarms import alarm_rows, evidence_of, journal_of
from hil.page.source import Moment
from twin.errors import BadInput, unknown
from twin.signals import Quality
from twin.site import Site, load_site

REFUSED = (
    "a bench takes no orders and no notes: its record is kept as it came, so that runs compare"
)


class RunSource:
    """A recorded run; each question reads the files anew, so one that grows shows its latest."""

    kind: Literal["monitor", "bench"] = "bench"
    takes_no_orders = REFUSED

    def __init__(self, run: Run, site: Site) -> None:
        """See `open_run_source`."""
        self.run = run
        self.site = site
        self.period_ns = int(run.header.options.get("cycle_ns", 1_000_000_000))
        self._columns = {column.key: column for column in run.columns}
        self._bands = {
            f"{c.name}:band": c for c in run.columns if c.kind == "predicted" and c.band is not None
        }

    @property
    def ended(self) -> bool:
        """Whether the run is over, or its process gone as far as its header says."""
        if self.run.header.status == "running":
            self.run = open_run(self.run.folder)
        return self.run.header.status != "running"

    def newest_ns(self) -> int:
        """0: a record is read once a second, whatever is in it."""
        return 0

    def now(self) -> Moment:
        """The last row of the record."""
        span = self.run.span_ns
        found = None if span is None else self.at(span[1])
        return found or empty_moment(self.site)

    def at(self, t_ns: int) -> Moment | None:
        """The newest row at or before `t_ns` [ns]; None before the first."""
        keys = list(self._columns)
        row = self.run.newest(keys, t_ns)
        if row is None:
            return None
        at_ns, values = row
        of: dict[str, dict[str, float | None]] = {"measured": {}, "predicted": {}, "command": {}}
        for key, value in zip(keys, values, strict=True):
            column = self._columns[key]
            if column.kind in of:
                of[column.kind][column.name] = value
        standing, reasons = self._standing(at_ns)
        return Moment(
            at_ns,
            of["measured"],
            {
                n: Quality.GOOD if v is not None else Quality.NO_VALUE
                for n, v in of["measured"].items()
            },
            of["command"],
            of["predicted"],
            {column.name: column.band for column in self._bands.values()},
            at_ns,
            standing,
            reasons,
        )

    def span_ns(self) -> tuple[int, int] | None:
        """First and last recorded time [ns]."""
        return self.run.span_ns

    def keys(self) -> Mapping[str, str]:
        """Columns of the record and the bands around predictions: key -> SI unit."""
        recorded = {key: column.unit for key, column in self._columns.items()}
        return recorded | {key: column.unit for key, column in self._bands.items()}

    def series(self, keys: Sequence[str], t0_ns: int, t1_ns: int, most: int) -> Envelope:
        """Numbers over time; a band is as wide wherever there is a prediction."""
        known = self.keys()
        for key in keys:
            if key not in known:
                raise unknown("keys", "key", key, known)
        read = [self._bands[k].key if k in self._bands else k for k in keys]
        drawn = self.run.stretches(read, t0_ns, t1_ns, most)
        for i, key in enumerate(keys):
            if (column := self._bands.get(key)) is not None:
                for values in (drawn.low, drawn.mean, drawn.high):
                    values[:, i] = np.where(np.isnan(values[:, i]), np.nan, column.band or 0.0)
        return drawn

    def alarms(self, t_ns: int | None = None) -> list[AlarmRow]:
        """Alarms that stand or were not acknowledged, the newest first."""
        return alarm_rows(self.run, t_ns)

    def history(self, t0_ns: int, t1_ns: int) -> list[Mapping[str, Any]]:
        """The journal between two times [ns]."""
        return [line for line in journal_of(self.run) if t0_ns <= line["t_ns"] < t1_ns]

    def evidence(self, number: int) -> Mapping[str, Any] | None:
        """What the twin said of it."""
        return evidence_of(self.run, number)

    def rates(self, t0_ns: int, t1_ns: int) -> Mapping[str, Any] | None:
        """None: nobody is called by the alarms of a bench."""
        return None

    def health(self) -> Health:
        """What the run came to; links and lateness stand in its result."""
        result = self.run.header.result or {}
        return health_of(result, result.get("links", {}), self.run.folder, self.run.header.notes)

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

    def _standing(self, t_ns: int) -> tuple[dict[str, str], dict[str, str]]:
        """What was said of each part; of a past moment just which parts had an alarm."""
        rows = self.run.header.result or {}
        span = self.run.span_ns
        if rows.get("standing") and span is not None and t_ns >= span[1]:
            said = rows["standing"]
            return (
                {row["part"]: row["standing"] for row in said},
                {row["part"]: row["reason"] for row in said if row["reason"]},
            )
        broken = {row.part: "fault" for row in alarm_rows(self.run, t_ns) if row.cleared_ns is None}
        return broken, {}


def open_run_source(folder: Path) -> RunSource:
    """The run in `folder`.

    Raises:
        BadInput: not a run folder, or its site is not to be found any more.
    """
    run = open_run(folder)
    named = str(run.header.options.get("site", run.header.site))
    return RunSource(run, load_site(named))


def empty_moment(site: Site) -> Moment:
    """Nothing is known yet."""
    return Moment(
        0,
        dict.fromkeys(site.signals),
        dict.fromkeys(site.signals, Quality.NOT_YET),
        dict.fromkeys(site.commands),
        {},
        {},
        0,
        {},
        {},
    )


def health_of(
    result: Mapping[str, Any], links: Mapping[str, Any], folder: Path, notes: Sequence[str]
) -> Health:
    """Health from the words of a bench: its result or its latest status."""
    import shutil

    disk = shutil.disk_usage(folder) if folder.exists() else None
    late = result.get("lateness_us") or {}
    return Health(
        links=[link_row(name, row) for name, row in links.items()],
        processes=[],
        late_us={key: late.get(key) for key in ("p50", "p99", "max")},
        overruns=int(result.get("overruns") or 0),
        dropped=int(result.get("dropped_rows") or 0),
        clock_offset_s=0.0,
        disk_free_bytes=0 if disk is None else disk.free,
        disk_used_bytes=sum(f.stat().st_size for f in folder.glob("run.*")),
        disk_days_left=None,
        gaps=[],
        twin={},
        notes=list(notes),
    )


def link_row(name: str, row: Mapping[str, Any], link: str = "") -> LinkRow:
    """A controller from the statistics of a bench (`hil.bench.health.Health`)."""
    return LinkRow(
        name,
        link,
        bool(row.get("up", True)),
        int(row["transactions"]),
        int(row["errors"]),
        row["p50_us"],
        row["p99_us"],
        row.get("last_error", ""),
    )
