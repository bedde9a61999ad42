"""What is kept of a monitored plant: rows, predictions and gaps in weeks, alarms in a journal.

It is the only writer of both. Rows are released to the ring they came from when they are on disk,
so a keeper that is killed leaves nothing behind that its successor does not find.
"""

import shutil
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import numpy as np
from numpy.typing import NDArray

from hil.alarms import AlarmBook, Order
from hil.alarms.schema import Damaged
from hil.bench.layout import Layout
from hil.historian.run_folder import RecordingStopped
from hil.historian.weeks import Keep, WeekWriter, rounded
from hil.historian.weeks.files import set_aside
from hil.loop.ring import Ring
from hil.monitor.channels import channels
from hil.monitor.rows import MEASURED, TWIN
from hil.monitor.settings_files import kept_settings
from hil.monitor.stamps import WORDS, Missing
from twin.clock import NS_PER_S
from twin.closing import Closing
from twin.diagnosis.isa import Action
from twin.errors import BadInput
from twin.observers.hypotheses import band_alone_of
from twin.signals import Quality
from twin.site.model import Site

MOST_ROWS = 256
MOST_UNJUDGED = 4096
"""Rows that wait to be held against limits while a disk takes no alarms [-]; the oldest go."""
MOST_NEWS = 1000
"""News of the twin that wait for a disk that takes nothing [-]; the oldest go, the twin will tell
again what stands."""
DESK = "desk.sqlite"
NO_ROOM = "the keeper was away for too long"
"""Why rows are missing that the loop has taken."""
DAY_NS = 86_400 * NS_PER_S


class Keeper(Closing):
    """Keeps what the loop, the twin and people bring; close it, or use `with`."""

    def __init__(
        self,
        folder: Path,
        site: Site,
        layout: Layout,
        period_ns: int,
        keep: Keep,
        measured: Ring,
        predicted: Ring,
    ) -> None:
        """Take the data `folder`; rows come every `period_ns` [ns].

        Raises:
            BadInput: it is somebody else's, cannot be written, or a file in it is not ours.
        """
        self._folder, self._period_ns = folder, period_ns
        self._measured, self._predicted = measured, predicted
        self._held = self._held_predicted = 0
        """Rows of the rings that are with the historian, but not known to be on disk [-]."""
        streams = channels(site, layout)
        self._fine = streams.get(TWIN, [])
        self._bands = np.array([band_alone_of(site, name) for name in layout.watched])
        settings, self.wrong = kept_settings(folder, site)
        """What was wrong last in `alarms.yaml` or with the alarms' file; empty while all is well.
        """
        self._limited = bool(settings.limits)
        self._names = [*layout.signals, *layout.commands]
        self._unrecorded = self._unbooked = self._corrupt = ""
        self._news: deque[Mapping[str, Any]] = deque(maxlen=MOST_NEWS)
        self._unjudged: deque[NDArray[np.void]] = deque(maxlen=MOST_UNJUDGED)
        self._site = site
        self._writer = WeekWriter(folder / "weeks", streams, keep)
        self._settings = settings
        try:
            self._book = self._opened()
        except BaseException:
            self._writer.close()
            raise

    @property
    def last_ns(self) -> int | None:
        """Time of the newest row that is kept [ns since 1970]."""
        return self._writer.last_ns(MEASURED)

    @property
    def trouble(self) -> str:
        """Why rows, alarms or both cannot be written now; empty while they can."""
        return "; ".join(why for why in (self._unrecorded, self._unbooked) if why)

    def take(self) -> bool:
        """Keep a block of what the rings hold; whether there was something."""
        if self._unrecorded:
            return False
        rows = self._measured.look(self._held, MOST_ROWS)
        predicted = self._predicted.look(self._held_predicted, MOST_ROWS)
        self._keep_measured(rows)
        self._keep_predicted(predicted)
        self._judge()
        return bool(len(rows) or len(predicted))

    def commit(self) -> None:
        """Put on disk what was taken, and release it; `trouble` says if that was not possible.

        What the alarms did not take is tried again, whether rows can be written or not.
        """
        self._unbooked = self._mind_book()
        self._judge()
        self._write_news()
        self._unrecorded = ""
        with self._recording():
            self._writer.commit()
        if self._unrecorded:
            return
        self._measured.release(self._held)
        self._predicted.release(self._held_predicted)
        self._held = self._held_predicted = 0

    def tidy(self, now_ns: int) -> bool:
        """One piece of housekeeping at `now_ns` [ns since 1970]; whether there may be more."""
        if self._unrecorded:
            return False
        with self._recording():
            return self._writer.seal(now_ns)
        return False

    def news(self, told: Mapping[str, Any]) -> None:
        """`events`, `off`, `standing`, `reasons`, `open`, `generation` and `t_ns` of the twin."""
        self._news.append(told)
        self._write_news()

    def links(self, t_ns: int, lost: Mapping[str, str]) -> None:
        """Controllers that are lost at `t_ns` [ns since 1970], and why."""
        with self._booking():
            self._book.links(t_ns, lost)
            self._book.tick(t_ns)

    def health(self, t_ns: int, told: Mapping[str, Any]) -> None:
        """How the desk itself is at `t_ns` [ns since 1970]: `asdict` of `hil.monitor.health`."""
        with self._booking():
            self._book.health(t_ns, told)

    def order(self, told: Mapping[str, Any], now_ns: int) -> None:
        """Do what a person wants with an alarm; it is on disk when this returns.

        Raises:
            BadInput: not allowed now, no such alarm, or it cannot be written.
        """
        order = Order(
            int(told["number"]),
            Action(told["action"]),
            str(told["who"]),
            str(told.get("comment", "")),
            told.get("until_ns"),
        )
        with self._answering():
            self._book.order(order, now_ns)

    def note(self, told: Mapping[str, Any]) -> None:
        """Keep what a person wrote; it is on disk when this returns.

        Raises:
            BadInput: empty, too long, or it cannot be written.
        """
        with self._answering():
            self._book.note(str(told["who"]), str(told["text"]), int(told["t_ns"]))

    def asking(self) -> int:
        """Alarms that ask for somebody now [-]."""
        return sum(alarm.asks for alarm in self._book.board.listed.values())

    def disk(self, used_bytes: int, span_ns: int) -> dict[str, float | None]:
        """Free and used [B], and days until it is full at the rate of `span_ns` [ns] of record."""
        free = shutil.disk_usage(self._folder).free
        days = span_ns / DAY_NS
        rate = used_bytes / days if days > 1 / 24 and used_bytes else None
        return {
            "disk_free_bytes": free,
            "disk_used_bytes": used_bytes,
            "disk_days_left": None if rate is None else round(free / rate, 1),
        }

    def close(self) -> None:
        """Take what is left in the rings, put it on disk, and let go."""
        try:
            while self.take():
                pass
            self.commit()
        finally:
            try:
                self._writer.close()
            finally:
                self._book.close()

    def _opened(self) -> AlarmBook:
        """The book of alarms; one that is damaged is set aside, as the plant is recorded anyway."""
        path = self._folder / DESK
        try:
            if path.exists() and not path.stat().st_size:
                raise Damaged(f"{path}: is empty")
            return self._book_at(path)
        except Damaged as error:
            said = f"{error}: it is {set_aside(path).name} now, and alarms begin anew"
        self.wrong = "; ".join(text for text in (self.wrong, said) if text)
        return self._book_at(path)

    def _book_at(self, path: Path) -> AlarmBook:
        reads = {
            name: (*controller.sensors.values(), *controller.commands.values())
            for name, controller in self._site.controllers.items()
        }
        return AlarmBook(path, self._settings, reads)

    def _mind_book(self) -> str:
        """Another book where its file was taken away or damaged while we have it open.

        Until there is one nothing counts as written; why there is none, empty while all is well.
        """
        path = self._folder / DESK
        try:
            if self._book.is_there:
                self._check_book()
                return ""
            self.wrong = f"{path}: was taken away: alarms begin anew"
            if path.exists():
                self.wrong = f"{path}: is another file now"
        except Damaged as error:
            self.wrong = f"{error}: it is {set_aside(path).name} now, and alarms begin anew"
        except apsw.Error:  # cannot be read now: whoever writes says so
            return ""
        except OSError as error:
            return f"{path}: {error.strerror or error}"
        try:
            fresh = self._opened()
        except BadInput as error:
            return str(error)
        self._book.close()
        self._book, self._corrupt = fresh, ""
        return ""

    def _check_book(self) -> None:
        if self._corrupt:
            raise Damaged(f"{self._folder / DESK}: {self._corrupt}")
        self._book.check()

    def _keep_measured(self, seen: NDArray[np.void]) -> None:
        rows = _later(seen, self._writer.last_ns(MEASURED))
        if len(rows):
            values = np.where(rows["quality"] == Quality.GOOD, rows["values"], np.nan)
            self._note_gaps(rows)
            if self._limited:
                self._unjudged.extend(rows.copy())
            with self._recording():
                self._writer.append(MEASURED, rows["t_ns"].copy(), values, rows["quality"].copy())
        self._held += len(seen)

    def _judge(self) -> None:
        """Hold rows against limits; one that the disk does not take waits until it does."""
        while self._unjudged and not self._unbooked:
            row = self._unjudged[0]
            values = dict(zip(self._names, row["values"].tolist(), strict=True))
            quality = dict(zip(self._names, row["quality"].tolist(), strict=True))
            with self._booking():
                self._book.limits(int(row["t_ns"]), values, quality)
                self._unjudged.popleft()

    def _note_gaps(self, rows: NDArray[np.void]) -> None:
        """Say why rows are missing before some of these, with them and in the same commit."""
        last_ns = self._writer.last_ns(MEASURED)
        before_ns = np.concatenate(
            [[rows["t_ns"][0] if last_ns is None else last_ns], rows["t_ns"]]
        )
        for i in np.flatnonzero(np.diff(before_ns) > self._period_ns).tolist():
            missing = Missing(int(rows["missing"][i]))
            self._writer.gap(int(before_ns[i]), int(rows["t_ns"][i]), WORDS.get(missing, NO_ROOM))

    def _keep_predicted(self, seen: NDArray[np.void]) -> None:
        rows = _later(seen, self._writer.last_ns(TWIN))
        if len(rows):
            bands = np.broadcast_to(self._bands, (len(rows), len(self._bands)))
            values = rounded(np.hstack([rows["predicted"], bands]), self._fine)
            known = np.isfinite(values)
            quality = np.where(known, Quality.GOOD, Quality.NO_VALUE).astype(np.uint8)
            with self._recording():
                self._writer.append(TWIN, rows["t_ns"].copy(), values, quality)
        self._held_predicted += len(seen)

    def _write_news(self) -> None:
        while self._news and not self._unbooked:
            told = self._news[0]
            events = [
                {**event, "generation": told["generation"], "own_unit": own_unit(self._site, event)}
                for event in told["events"]
            ]
            with self._booking():
                self._book.twin(
                    events,
                    told["off"],
                    told["t_ns"],
                    standing=told["standing"],
                    reasons=told["reasons"],
                    generation=told["generation"],
                    open_events=told["open"],
                )
                self._news.popleft()

    @contextmanager
    def _recording(self) -> Iterator[None]:
        """Note why rows cannot be written; the writer keeps what it was given until they can."""
        try:
            yield
        except RecordingStopped as stopped:
            self._unrecorded = str(stopped)

    @contextmanager
    def _booking(self) -> Iterator[None]:
        """Note why the alarms do not take something; what waits is tried again at a commit."""
        try:
            yield
        except apsw.Error as error:
            self._unbooked = self._why_not(error)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Refuse what a person wants where it cannot be written."""
        if why := self._mind_book():
            self._unbooked = why  # what the twin tells meanwhile waits
            raise BadInput(why)
        try:
            yield
        except apsw.Error as error:
            raise BadInput(self._why_not(error)) from None

    def _why_not(self, error: apsw.Error) -> str:
        if isinstance(error, apsw.CorruptError | apsw.NotADBError):
            self._corrupt = str(error)
        return f"{self._folder / DESK}: {error}"


def own_unit(site: Site, told: Mapping[str, Any]) -> str | None:
    """The site's unit of the signal that an event is about; None where it is about none.

    It is the one that a sensor's fault is named after, or that shows what nothing explains.
    """
    fault = told["fault"]
    name = told["evidence"][0]["signal"] if fault is None and told["evidence"] else ""
    signal = site.signals.get(name if fault is None else fault.rpartition(".")[0])
    return signal.unit if signal is not None and signal.si_unit == told["unit"] else None


def _later(rows: NDArray[np.void], last_ns: int | None) -> NDArray[np.void]:
    """Rows that are not kept yet, each later than all before it.

    What was not released is seen again after a restart of ours, and what the twin could not see
    on disk is put into the ring again after one of its own.
    """
    first_ns = np.iinfo(np.int64).min if last_ns is None else last_ns
    before_ns = np.maximum.accumulate(np.concatenate([[first_ns], rows["t_ns"]]))[:-1]
    return rows[rows["t_ns"] > before_ns]
