"""A monitor's data folder behind the page: live where one runs, from the files where none does.

Rows come from the live image, the past from `weeks/`, alarms from `desk.sqlite`. What people order
is handed on to the keeper, and counts when it has answered: then the journal has it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import apsw
import numpy as np

from hil.alarms import AlarmReader, AlarmRow, Order
from hil.alarms.settings import FILE, load_settings
from hil.bench.layout import layout_of
from hil.historian.envelope import Envelope
from hil.historian.weeks import Rows, Weeks
from hil.monitor.health import KEPT_EVERY_NS, Health, health_of
from hil.page.desk_live import DeskLive
from hil.page.procedures import procedures_in
from hil.page.run_source import empty_moment
from hil.page.source import Moment
from twin.clock import NS_PER_S, utc_ns
from twin.errors import BadInput
from twin.signals import Quality
from twin.site import Site

NO_MONITOR = "no monitor runs: this is what was recorded"
NO_ORDERS = "this page stands beside the data: orders and notes go to the page of the monitor"
_OLDEST_PERIODS = 10
"""A row that is older stands for no moment [periods]; but for a minute in any case."""
_ALARMS_FOR_NS = 10 * NS_PER_S
"""The list is read anew after so long though the journal is the same: times pass [ns]."""
_DAY_NS = 86_400 * NS_PER_S

HandOn = Callable[..., None]
"""Gives the keeper `order` or `note` with its fields; BadInput says why it refuses."""


class DeskSource:
    """See the module; close nothing: files are read as they are at each question."""

    kind: Literal["monitor", "bench"] = "monitor"
    ended = False

    def __init__(
        self,
        site: Site,
        period_ns: int,
        folder: Path,
        hand_on: HandOn | None = None,
        live: Mapping[str, Any] | None = None,
    ) -> None:
        """With `hand_on` a keeper takes orders; `live` is what `Live.of` opens, if it is told."""
        self.site = site
        self.period_ns = period_ns
        self.takes_no_orders = "" if hand_on is not None else NO_ORDERS
        self._folder = folder
        self._hand_on = hand_on or _nobody
        self._operators = load_settings(folder / FILE).operators
        self._layout = layout_of(site)
        self._weeks = Weeks(folder / "weeks")
        self._live = DeskLive(folder, live)
        self._alarms: AlarmReader | None = None
        self._alone = Lock()
        self._listed: tuple[int, int, list[AlarmRow]] = (-1, 0, [])

    def hear(self, told: Mapping[str, Any]) -> None:
        """Take what the monitor tells of itself, as JSON types of `hil.monitor.health.Told`."""
        self._live.hear(told)

    def newest_ns(self) -> int:
        """Time of the row in the live image [ns]; 0 without one."""
        live = self._live.open(self._live.told())
        return 0 if live is None else live.row.read()[0]

    def now(self) -> Moment:
        """The live image; where there is none, the newest row of the record."""
        told = self._live.told()
        live = self._live.open(told)
        if live is None:
            span = self._weeks.span_ns()
            seen = None if span is None else self.at(span[1])
            return seen or empty_moment(self.site)
        t_ns, values, quality = live.row.read()
        twin_ns, of_twin, twin_quality = live.twin.read()
        signals, watched = len(self._layout.signals), len(self._layout.watched)
        good = [_good(v, q) for v, q in zip(values, quality, strict=True)]
        said = [_good(v, q) for v, q in zip(of_twin, twin_quality, strict=True)]
        return Moment(
            t_ns,
            dict(zip(self._layout.signals, good[:signals], strict=True)),
            dict(zip(self._layout.signals, quality[:signals], strict=True)),
            dict(zip(self._layout.commands, good[signals:], strict=True)),
            dict(zip(self._layout.watched, said[:watched], strict=True)),
            dict(zip(self._layout.watched, said[watched:], strict=True)),
            twin_ns,
            {} if told is None else told.standing,
            {} if told is None else told.reasons,
        )

    def at(self, t_ns: int) -> Moment | None:
        """The row of then, and what could be said of each part as far as the journal knows."""
        row = self._weeks.at("measured", t_ns)
        if not len(row) or t_ns - int(row.t_ns[0]) > self._oldest_ns:
            return None
        at_ns = int(row.t_ns[0])
        found = _by_kind(row)
        quality = dict.fromkeys(self.site.signals, int(Quality.NOT_YET))
        for key, q in zip(row.keys, row.quality[0].tolist(), strict=True):
            if key.endswith(":measured"):
                quality[key.removesuffix(":measured")] = q
        twin = self._weeks.at("twin", t_ns) if "twin" in self._weeks.streams() else None
        if twin is not None and len(twin) and t_ns - int(twin.t_ns[0]) <= self._oldest_ns:
            found |= _by_kind(twin)
            twin_ns = int(twin.t_ns[0])
        else:
            twin_ns = 0
        standing = self._standing(t_ns)
        return Moment(
            at_ns,
            found.get("measured", {}),
            quality,
            found.get("command", {}),
            found.get("predicted", {}),
            found.get("band", {}),
            twin_ns,
            {part: word for part, (word, _) in standing.items()},
            {part: reason for part, (_, reason) in standing.items() if reason},
        )

    def _standing(self, t_ns: int) -> dict[str, tuple[str, str]]:
        """What could be said of each part; only of faults where nobody has kept the rest."""
        with self._reading() as reader:
            kept = {} if reader is None else reader.standing(t_ns)
        twin = [a for a in self.alarms(t_ns) if a.kind == "twin" and a.cleared_ns is None]
        return {alarm.part: ("fault", "") for alarm in twin} | kept

    def span_ns(self) -> tuple[int, int] | None:
        """First and last recorded time [ns since 1970]."""
        return self._weeks.span_ns()

    def keys(self) -> Mapping[str, str]:
        """Everything that was recorded: key -> SI unit."""
        return {key: channel.unit for key, channel in self._weeks.channels.items()}

    def series(self, keys: Sequence[str], t0_ns: int, t1_ns: int, most: int) -> Envelope:
        """Numbers over time, as recorded."""
        return self._weeks.series(keys, t0_ns, t1_ns, most)

    def alarms(self, t_ns: int | None = None) -> list[AlarmRow]:
        """The list of the alarm book, of a past moment too."""
        with self._reading() as reader:
            if reader is None:
                return []
            if t_ns is not None:
                return reader.rows(t_ns)
            cursor, now_ns = reader.last_cursor(), utc_ns()
            known, read_ns, rows = self._listed
            if cursor != known or not 0 <= now_ns - read_ns < _ALARMS_FOR_NS:
                rows = reader.rows()
                self._listed = cursor, now_ns, rows
            return rows

    def history(self, t0_ns: int, t1_ns: int) -> list[Mapping[str, Any]]:
        """The journal and people's notes between two times [ns since 1970]."""
        with self._reading() as reader:
            return [] if reader is None else list(reader.history(t0_ns, t1_ns))

    def evidence(self, number: int) -> Mapping[str, Any] | None:
        """What the twin said of it last, or which limit or link it was."""
        with self._reading() as reader:
            return None if reader is None else reader.evidence(number)

    def rates(self, t0_ns: int, t1_ns: int) -> Mapping[str, Any] | None:
        """How many alarms there were, after ISA-18.2 and EEMUA 191."""
        with self._reading() as reader:
            return None if reader is None else asdict(reader.rates(t0_ns, t1_ns))

    def health(self) -> Health:
        """What the monitor tells of itself, and what is wrong with the files."""
        told = self._live.told()
        problems = self._weeks.problems()
        if told is not None:
            return replace(told.health, notes=[*told.health.notes, *problems])
        now_ns = utc_ns()
        gaps = [(g.from_ns, g.to_ns, g.why) for g in self._weeks.gaps(now_ns - _DAY_NS, now_ns)]
        return self._live.without_monitor(self._weeks.used_bytes(), gaps, [NO_MONITOR, *problems])

    def health_at(self, t_ns: int) -> tuple[int, Health] | None:
        """As the monitor told it then; None where none ran, or one that told something else."""
        with self._reading() as reader:
            kept = None if reader is None else reader.health(t_ns)
        if kept is None or t_ns - kept[0] > 2 * KEPT_EVERY_NS:
            return None
        try:
            return kept[0], health_of(kept[1])
        except (KeyError, TypeError, ValueError):  # of a hukka that knew more or less of itself
            return None

    def procedures(self, t_ns: int | None = None) -> list[Mapping[str, Any]]:
        """Those that `hukka commission` records in the data folder."""
        return list(procedures_in(self._folder, t_ns))

    def order(self, order: Order) -> None:
        """Hand it on; it is in the journal when this returns."""
        self._hand_on("order", **{**asdict(order), "action": order.action.value})

    def note(self, who: str, text: str, t_ns: int) -> None:
        """Hand it on; it is in the journal when this returns."""
        self._hand_on("note", who=who, text=text, t_ns=t_ns)

    @property
    def _oldest_ns(self) -> int:
        return max(60 * NS_PER_S, _OLDEST_PERIODS * self.period_ns)

    @contextmanager
    def _reading(self) -> Iterator[AlarmReader | None]:
        """The reader of alarms, for one thread at a time; None before there is a journal."""
        with self._alone:
            path = self._folder / "desk.sqlite"
            if self._alarms is not None and self._alarms.is_replaced():
                self._alarms.close()
                self._alarms, self._listed = None, (-1, 0, [])
            if self._alarms is None and path.exists():
                self._alarms = AlarmReader(path, self._operators)
            try:
                yield self._alarms
            except apsw.Error as error:
                raise BadInput(f"{path}: cannot be read: {error}") from None


def _nobody(event: str, **_: object) -> None:
    raise BadInput(NO_ORDERS)


def _good(value: float, quality: int) -> float | None:
    return value if quality == Quality.GOOD and value == value else None


def _by_kind(row: Rows) -> dict[str, dict[str, float | None]]:
    """Numbers of a row by kind and name."""
    found: dict[str, dict[str, float | None]] = {}
    for key, value in zip(row.keys, row.values[0].tolist(), strict=True):
        name, _, kind = key.rpartition(":")
        found.setdefault(kind, {})[name] = None if np.isnan(value) else value
    return found
