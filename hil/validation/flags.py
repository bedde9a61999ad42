"""Flags for the rows of a table: the detector of `twin/diagnosis/table` from file to file."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hil.validation.channels import Channels
from twin.diagnosis.table import (
    FROZEN,
    Flags,
    Settings,
    detect,
    hardly_changing,
    suspects,
    unfit,
)
from twin.errors import BadInput, refuse

COLUMNS = ("time", "score", "alarm", "suspects")
SHORTEST_HEAD = 60
"""A shorter head tells too little of any spread [row] (assumed)."""


@dataclass(frozen=True, eq=False)
class Judged:
    """A table, the places of its watched channels, and what was found."""

    table: Channels
    train_rows: int
    watched: tuple[int, ...]
    flags: Flags
    settings: Settings
    notes: tuple[str, ...]

    @property
    def alarm_share(self) -> float:
        """Share of alarmed rows of those behind the head [-]."""
        return float(np.mean(self.flags.alarm[self.train_rows :]))

    def names(self, channels: tuple[int, ...]) -> list[str]:
        """Names of watched channels by their place among them."""
        return [self.table.names[self.watched[i]] for i in channels]


def judge(table: Channels, train_rows: int) -> Judged:
    """Flags of `table` by its first `train_rows` [row].

    Raises:
        BadInput: the head is too short or as long as the table, or no channel can be watched.
    """
    rows = len(table.values)
    if train_rows < SHORTEST_HEAD:
        raise refuse("--train-rows", train_rows, f"at least {SHORTEST_HEAD} fault-free rows")
    if train_rows >= rows:
        raise refuse("--train-rows", train_rows, f"must leave rows to judge, the table has {rows}")
    reasons = unfit(table.values[:train_rows])
    watched = tuple(i for i, reason in enumerate(reasons) if reason is None)
    notes = [
        f"{name} is not watched: {reason}"
        for name, reason in zip(table.names, reasons, strict=True)
        if reason is not None
    ]
    if not watched:
        raise BadInput(f"{table.path}: no channel can be watched: {'; '.join(notes)}")
    notes += _hardly_judged(table, train_rows, watched)
    flags = detect(table.values[:, watched], train_rows, FROZEN)
    judged = Judged(table, train_rows, watched, flags, FROZEN, ())
    loud = int(np.argmax(flags.score[:train_rows]))
    if flags.score[loud] >= 1.0:
        names = ", ".join(judged.names(suspects(flags.share[loud])))
        notes.append(f"the head is not steady: row {loud + 1} would be an alarm ({names})")
    return Judged(table, train_rows, watched, flags, FROZEN, tuple(notes))


def _hardly_judged(table: Channels, train_rows: int, watched: Sequence[int]) -> list[str]:
    """What is said of channels that hardly change in the head."""
    notes = []
    for i in watched:
        if (found := hardly_changing(table.values[:train_rows, i])) is not None:
            rows, level, off = found
            notes.append(
                f"{table.names[i]} is constant in the head at {level:g} but for {rows} rows:"
                f" changes much smaller than {off:g} cannot be judged"
            )
    return notes


def as_csv(judged: Judged) -> str:
    """A row for every row of the table: time, score, alarm, most suspicious channels."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    flags = judged.flags
    blamed = {t: e.suspects for e in flags.events for t in range(e.first, e.last + 1)}
    for t, stamp in enumerate(judged.table.time):
        loud = flags.share[t].max() >= 1.0
        named = suspects(flags.share[t]) if loud else blamed.get(t, ())
        row = (stamp, f"{flags.score[t]:.4f}", int(flags.alarm[t]), "; ".join(judged.names(named)))
        writer.writerow(row)
    return text.getvalue()


def as_json(judged: Judged) -> dict[str, Any]:
    """The object of `hukka detect --json`."""
    time = judged.table.time
    watched = set(judged.watched)
    return {
        "rows": len(time),
        "train_rows": judged.train_rows,
        "time_column": judged.table.time_column,
        "alarms": [
            {
                "first_row": e.first + 1,
                "last_row": e.last + 1,
                "first_time": time[e.first],
                "last_time": time[e.last],
                "suspects": judged.names(e.suspects),
                "ended": e.ended,
            }
            for e in judged.flags.events
        ],
        "alarm_share": judged.alarm_share,
        "channels": [judged.table.names[i] for i in judged.watched],
        "not_watched": [n for i, n in enumerate(judged.table.names) if i not in watched],
        "mode": "causal",
        "settings": judged.settings.version,
    }
