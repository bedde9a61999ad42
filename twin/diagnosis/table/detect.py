"""From a table to flags: the head is learned, then one alarm at a time is raised and cleared."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.table.head import LARGEST
from twin.diagnosis.table.model import learn
from twin.diagnosis.table.settings import FROZEN, Settings
from twin.diagnosis.table.watch import End, Watch

Array = NDArray[np.float64]

_SUSPECTS = 3


@dataclass(frozen=True)
class Event:
    """One alarm: first and last alarmed row, channels by suspicion at its raise, and its end.

    `returned`: the readings are as before. `receded`: little of the change is left. `accepted`: the
    new state stood for as long as the head. The last two are new normals. `open`: the table ends.
    """

    first: int
    last: int
    suspects: tuple[int, ...]
    ended: End


@dataclass(frozen=True, eq=False)
class Flags:
    """One entry a row: score [-], of which 1 raises; alarm; evidence of each channel [-]."""

    score: Array
    alarm: NDArray[np.bool_]
    share: Array
    events: tuple[Event, ...]


def detect(table: Array, train_rows: int, settings: Settings = FROZEN) -> Flags:
    """Flags of every row of `table`, float64[rows, channels], from a head of `train_rows` [row].

    NaN is a missing reading. No channel may be `unfit`. No row of the head is alarmed; flags of a
    row depend on it and earlier ones only.
    """
    n, channels = table.shape
    table = table - np.nanmedian(table[:train_rows], axis=0)  # or sums of large levels lose digits
    table = np.clip(table, -LARGEST, LARGEST)
    watch = Watch(learn(table[:train_rows], settings), settings, n)
    score, share = np.zeros(n), np.zeros((n, channels))
    alarm = np.zeros(n, dtype=bool)
    events: list[Event] = []
    began = 0
    for t, row in enumerate(table):
        evidence, share[t] = watch.take(row)
        score[t] = evidence / settings.raise_at
        if t < train_rows:
            continue
        if not watch.holding:
            alarm[t] = score[t] >= 1.0
            if alarm[t]:
                began = t
                watch.hold(share[t])
            continue
        ended = watch.ended
        if ended is None and watch.held_rows > settings.accept * train_rows:
            ended = "accepted"
        if ended is not None:
            watch.resume(ended, train_rows)
            events.append(Event(began, t - 1, suspects(share[began]), ended))
        else:
            alarm[t] = True
    if watch.holding:
        events.append(Event(began, n - 1, suspects(share[began]), "open"))
    return Flags(score, alarm, share, tuple(events))


def suspects(share: Array, least: float = 1.0) -> tuple[int, ...]:
    """Places of the channels with the most evidence, largest first; `least` [-] of it or one."""
    order = [int(i) for i in np.argsort(-share, kind="stable")[:_SUSPECTS]]
    return tuple(i for k, i in enumerate(order) if k == 0 or share[i] >= least)
