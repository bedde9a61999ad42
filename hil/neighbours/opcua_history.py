"""HistoryRead: what is recorded of a node, straight from the weeks.

Imported by the worker only: asyncua takes seconds to load.
"""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from asyncua import ua
from asyncua.server.history import HistoryStorageInterface

from hil.historian.weeks import Weeks
from hil.historian.weeks.iso_week import within_reach
from hil.neighbours.newest import Sample
from hil.neighbours.opcua_space import EPOCH, Space, data_value
from twin.clock import NS_PER_S

MOST: Final = 10_000
"""Values of one answer, at most [-]; the rest comes with its continuation point."""
_FIRST_NS: Final = 3600 * NS_PER_S
"""How far an answer looks back at first, for the last values before a time [ns]."""


class Asked(NamedTuple):
    """A question of raw history; None is a side that is open."""

    start_ns: int | None
    end_ns: int | None
    most: int


class History(HistoryStorageInterface):  # type: ignore[misc]  # asyncua is not typed to the end
    """Raw history of measured, commanded and predicted values; the record is never written."""

    def __init__(self, data: Path, space: Space) -> None:
        """`data` is the folder of the monitor."""
        super().__init__(MOST)
        self._folder, self._space = data / "weeks", space

    async def init(self) -> None:
        """Nothing: the record is there."""

    async def stop(self) -> None:
        """Nothing."""

    async def read_node_history(
        self, node_id: ua.NodeId, start: datetime | None, end: datetime | None, nb_values: int
    ) -> tuple[list[ua.DataValue], datetime | None]:
        """Values of a node, both ends included; from the later to the earlier if `start` is later.

        With one end alone the first or last `nb_values` from there.
        """
        key = self._space.key_of(node_id)
        if key is None:
            raise ua.UaStatusCodeError(ua.StatusCodes.BadHistoryOperationUnsupported)
        asked = Asked(_ns(start), _ns(end), min(nb_values or MOST, MOST))
        found, after_ns = await asyncio.to_thread(self._read, key, asked)
        shown = self._space.shown(key)
        goes_on = nb_values == 0 or nb_values > MOST
        following = EPOCH + timedelta(microseconds=after_ns // 1000) if after_ns else None
        return [data_value(s, shown) for s in found], following if goes_on else None

    async def read_event_history(self, *_: Any) -> Any:  # noqa: ANN401
        """Events have no history here: the journal of alarms is the page's."""
        raise ua.UaStatusCodeError(ua.StatusCodes.BadHistoryOperationUnsupported)

    def _read(self, key: str, asked: Asked) -> tuple[list[Sample], int | None]:
        """Samples, and the time of the next one that there was no room for [ns]."""
        with Weeks(self._folder) as weeks:
            span, stream = weeks.span_ns(), stream_of(weeks, key)
            if span is None or stream is None:
                return [], None
            first_ns, last_ns = span
            start_ns, end_ns, most = asked
            if start_ns is not None and (end_ns is None or start_ns <= end_ns):
                until_ns = last_ns if end_ns is None else end_ns
                found = _forward(weeks, stream, key, start_ns, until_ns + 1, most + 1)
            else:
                from_ns = end_ns if start_ns is None else start_ns
                least_ns = first_ns if start_ns is None or end_ns is None else end_ns
                late_ns = last_ns if from_ns is None else min(from_ns, last_ns)
                least_ns = max(least_ns, first_ns)
                found = _backward(weeks, stream, key, late_ns, least_ns, most + 1)
                if start_ns is None:
                    return found[:most], None  # what is asked next would be read as forward
        return found[:most], found[most].t_ns if len(found) > most else None


def stream_of(weeks: Weeks, key: str) -> str | None:
    """The stream that has the column `key`."""
    return next((name for name in weeks.streams() if key in weeks.keys_of(name)), None)


def _forward(
    weeks: Weeks, stream: str, key: str, t0_ns: int, t1_ns: int, most: int
) -> list[Sample]:
    found: list[Sample] = []
    for rows in weeks.rows(stream, t0_ns, t1_ns, [key]):
        columns = zip(rows.t_ns, rows.values[:, 0], rows.quality[:, 0], strict=True)
        found += [Sample(key, int(t), float(v), int(q)) for t, v, q in columns]
        if len(found) >= most:
            return found[:most]
    return found


def _backward(
    weeks: Weeks, stream: str, key: str, late_ns: int, least_ns: int, most: int
) -> list[Sample]:
    """The last `most` up to `late_ns`, the newest first: looked for farther and farther back."""
    found: list[Sample] = []
    end_ns, length_ns = late_ns + 1, _FIRST_NS
    while len(found) < most and end_ns > least_ns:
        begin_ns = max(least_ns, end_ns - length_ns)
        found += reversed(_forward(weeks, stream, key, begin_ns, end_ns, 2**62))
        end_ns, length_ns = begin_ns, 2 * length_ns
    return found[:most]


def _ns(time: datetime | None) -> int | None:
    """Time [ns since 1970]; None for the beginning of OPC UA's time, which stands for none.

    Its end, in 9999, is the latest that a record can have.
    """
    if time is None or time == ua.get_win_epoch():
        return None
    return within_reach((time - EPOCH) // timedelta(microseconds=1) * 1000)
