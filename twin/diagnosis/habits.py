"""How the readings of healthy channels behave: how long they stand still, how much they scatter.

A fault without a size (a frozen reading, one that scatters, one that is gone) moves no mean, so the
bank does not see it. It shows in the readings themselves, block by block.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.channel import Channel
from twin.diagnosis.idle import Idle
from twin.estimation.step import Readings

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

HEARD = 0.5
"""A block in which less was read says nothing about standing still or scatter [-] (assumed)."""
STILL_BLOCKS = 3
"""What stands for less is never called stuck [-]."""
SCATTER_BLOCKS = 5
"""A signal scatters if all but one of so many blocks do [-]: a load that jumps is in two."""
HUNT_BLOCKS = 12
"""The same of a command that hunts: an hour [-] (half of one gave three false events in 120 days of
plant 4 of mantsala)."""
HOLD_BLOCKS = 12
"""What is held is judged by the mean of an hour [-]."""
KNOWN_SHARE = 0.07
"""Nobody knows what a command holds that was free for less of commissioning: 2 of 28 d [-]
(assumed; fans that hardly ran in January said in May that all was off)."""
FREE = 0.02
"""A command is free if it is so far from 0, from 1 and from what it never went beyond [-]
(assumed)."""
BEYOND = 1.5
"""A habit is exceeded by more than this multiple of the most that was ever seen [-], or by as much
as the worst week exceeds the usual one, up to `BEYOND_MOST` (assumed)."""
BEYOND_MOST = 3.0
DIGITS = 2.5
"""Readings that spread over less than so many of their digits may stand still by chance [-]
(assumed); the digit is the smallest change that commissioning saw."""
WEEK_BLOCKS = 7 * 288


@dataclass(frozen=True)
class Habits:
    """Of n channels; NaN and 0 where commissioning saw nothing."""

    still: Floats
    """float64[n], blocks that a reading has to stand still to be called stuck [-]."""
    moved: Floats
    """float64[n], or how far its model has to move meanwhile [SI]."""
    usual: Floats
    """float64[n], unrest of the median block (`unrest`) [SI^2]; 0 of a command that mostly stood:
    how it moves nobody knows."""
    scatter: Floats
    """float64[n], unrest that all but one of some blocks in a row must exceed [SI^2]."""
    heard: Floats
    """float64[n], share of the rows that are read [-]."""
    mean: Floats
    """float64[n], mean reading [SI]."""
    restless: Floats
    """float64[n], 1 if not even one block had readings within two digits, else 0 [-]."""
    low: Floats
    """float64[n], lowest mean of an hour; of what is held, while its command was free [SI]."""
    high: Floats
    idle_low: Floats
    """float64[n], lowest value of a command while its part was off; above `idle_high` if it never
    was."""
    idle_high: Floats

    def table(self) -> Floats:
        """float64[11, n], for a file."""
        return np.array([getattr(self, f.name) for f in fields(self)])

    @classmethod
    def of(cls, table: Floats) -> Self:
        """Back from `table`."""
        return cls(*table)


@dataclass(frozen=True)
class Run:
    """How long each channel has not changed, and what its model did meanwhile."""

    value: Floats
    blocks: Floats
    """Blocks that count: those in which the channel was read and its part observable [-]."""
    low: Floats
    high: Floats

    @property
    def moved(self) -> Floats:
        """float64[n], by how much the model has moved; 0 where there is none [SI]."""
        return np.where(self.high > self.low, self.high - self.low, 0.0)


def no_run(n: int) -> Run:
    """Before the first block."""
    return Run(*(np.full(n, value) for value in (np.nan, 0.0, np.nan, np.nan)))


def go_on(run: Run, seen: Readings, counts: Flags) -> Run:
    """The runs one block on; a channel that was not read keeps its run as it is."""
    read = seen.heard >= HEARD
    flat = read & (seen.low == seen.high)
    same = flat & (seen.low == run.value)
    counts = counts & flat
    low, high = (np.where(counts, x, np.nan) for x in (seen.model_low, seen.model_high))
    new = read & ~same
    return Run(
        np.where(new, np.where(flat, seen.low, np.nan), run.value),
        np.where(new, 1.0 * counts, run.blocks + (same & counts)),
        np.where(new, low, np.where(same, np.fmin(run.low, low), run.low)),
        np.where(new, high, np.where(same, np.fmax(run.high, high), run.high)),
    )


def counted(channels: Sequence[Channel]) -> Callable[[Flags], Flags]:
    """Of which channels a block counts: of a watched one if `usable[m]` says so."""
    watched = np.array([c.watched is not None for c in channels], bool)
    where = np.array([c.watched for c in channels if c.watched is not None], np.intp)
    return partial(_counts, watched, where)


def _counts(watched: Flags, where: NDArray[np.intp], usable: Flags) -> Flags:
    """bool[n]."""
    found = np.ones(len(watched), bool)
    found[watched] = usable[where]
    return found


def unrest(channels: Sequence[Channel]) -> Callable[[Readings], Floats]:
    """How much each channel scatters; of a signal, only what is white.

    A plant swings for many reasons, and its readings with it: they are not noisy.
    """
    return partial(_unrest, np.array([c.command for c in channels], bool))


def _unrest(command: NDArray[np.bool_], seen: Readings) -> Floats:
    """float64[n], variance [SI^2]."""
    found: Floats = np.maximum(np.where(command, seen.scatter, seen.white), 0.0)
    return found


class Lately:
    """The unrest of the last blocks."""

    def __init__(self, channels: Sequence[Channel]) -> None:
        self._unrest = unrest(channels)
        lasting = [HUNT_BLOCKS if c.command else SCATTER_BLOCKS for c in channels]
        self._last = np.zeros((HUNT_BLOCKS, len(channels)))
        self._old = np.arange(HUNT_BLOCKS)[:, None] >= np.array(lasting, np.int64)

    def take(self, seen: Readings, counts: Flags) -> None:
        """A block; one that does not count breaks the row."""
        known = counts & (seen.heard >= HEARD) & np.isfinite(seen.white)
        self._last[1:] = self._last[:-1].copy()
        self._last[0] = np.where(known, self._unrest(seen), 0.0)

    def least(self) -> Floats:
        """float64[n], what all of the last blocks but one (by chance) exceed [SI^2]."""
        least: Floats = np.sort(np.where(self._old, np.inf, self._last), axis=0)[1]
        return least

    def mean(self) -> Floats:
        """float64[n], mean of the last blocks [SI^2]."""
        total = np.where(self._old, 0.0, self._last).sum(axis=0)
        mean: Floats = total / (~self._old).sum(axis=0)
        return mean


class Held:
    """Means of an hour of what is held, while one of its commands was free all the time."""

    def __init__(self, channels: Sequence[Channel]) -> None:
        names = [c.name for c in channels]
        self.pairs = [(i, names.index(u)) for i, c in enumerate(channels) for u in c.held_by]
        self._last = np.full((HOLD_BLOCKS, len(channels)), np.nan)
        self._low, self._high = np.full((2, HOLD_BLOCKS, len(channels)), np.nan)

    def take(self, seen: Readings) -> None:
        """A block."""
        for kept, value in (
            (self._last, seen.mean),
            (self._low, seen.low),
            (self._high, seen.high),
        ):
            kept[:-1] = kept[1:]
            kept[-1] = np.where(seen.heard >= HEARD, value, np.nan)

    def span(self, u: int) -> tuple[float, float]:
        """Lowest and highest value of a command within the hour [-]."""
        return float(self._low[:, u].min()), float(self._high[:, u].max())

    def swings(self, u: int) -> Floats:
        """Half of what a command went through in each block of the hour that was read [-]."""
        half = 0.5 * (self._high[:, u] - self._low[:, u])
        return np.asarray(half[np.isfinite(half)])

    def hours(self, low: Floats, high: Floats) -> list[tuple[int, int, float]]:
        """Channel, free command and mean of the hour; a command at its usual limits is not free."""
        found = []
        for i, u in self.pairs:
            usual = np.array([0.0, 1.0, low[u], high[u]])[:, None]
            near = np.minimum(np.abs(self._low[:, u] - usual), np.abs(self._high[:, u] - usual))
            mean = float(np.mean(self._last[:, i]))
            if mean == mean and (near >= FREE).all():
                found.append((i, u, mean))
        return found


class Learning:
    """Gathers the habits of a healthy plant; a few numbers a channel and week."""

    def __init__(self, channels: Sequence[Channel]) -> None:
        self._channels, self._counts = tuple(channels), counted(channels)
        n = len(channels)
        self._run, self._lately, self._unrest = no_run(n), Lately(channels), unrest(channels)
        self._weeks: list[Floats] = []
        self._scatter: list[Floats] = []
        self._total, self._heard, self._blocks = np.zeros(n), np.zeros(n), 0
        self._read = np.zeros(n)
        self._calmest, self._digit = np.full(n, np.inf), np.full(n, np.inf)
        self._last = np.full(n, np.nan)
        self._hold, self._idle = Held(channels), Idle(channels)
        self._resting = np.array([np.full(n, np.inf), np.full(n, -np.inf)])
        self._range = np.array([np.full(n, np.inf), np.full(n, -np.inf)])
        self._held: list[tuple[int, int, float, float, float]] = []

    def take(self, seen: Readings, usable: Flags) -> None:
        """A block of a healthy plant; `usable[m]` of its watched signals."""
        counts = self._counts(usable)
        self._run = go_on(self._run, seen, counts)
        self._lately.take(seen, counts)
        if self._blocks % WEEK_BLOCKS == 0:
            self._weeks.append(np.zeros((3, len(self._channels))))
        now = np.array([self._run.blocks, self._run.moved, self._lately.least()])
        np.maximum(self._weeks[-1], now, out=self._weeks[-1])
        if self._blocks % 12 == 0:
            self._scatter.append(np.where(counts, self._unrest(seen), np.nan))
        self._heard += seen.heard
        there = np.isfinite(seen.mean)
        self._total += np.where(there, seen.mean, 0.0)
        self._read += there
        self._blocks += 1
        self._keep(seen)
        full = counts & (seen.heard >= HEARD)
        self._calmest[full] = np.minimum(self._calmest, seen.high - seen.low)[full]
        step = np.abs(seen.low - self._last)
        step = np.where(step > 1e-9 * np.maximum(np.abs(seen.low), 1.0), step, np.inf)
        self._digit = np.fmin(self._digit, step)
        self._last = np.where(np.isfinite(seen.low), seen.low, self._last)

    def _keep(self, seen: Readings) -> None:
        """Hours of what is held; whether a command was free is known when its limits are."""
        self._hold.take(seen)
        idle = self._idle.take(seen)
        self._resting[0] = np.where(idle, np.fmin(self._resting[0], seen.low), self._resting[0])
        self._resting[1] = np.where(idle, np.fmax(self._resting[1], seen.high), self._resting[1])
        self._range[0] = np.fmin(self._range[0], seen.low)
        self._range[1] = np.fmax(self._range[1], seen.high)
        none = np.full(len(self._channels), -np.inf)
        for i, u, mean in self._hold.hours(none, none):
            low, high = self._hold.span(u)
            self._held.append((i, u, low, high, mean))

    def _limits(self) -> Floats:
        """float64[2, n], lowest and highest reading; of what is held, mean of a free hour."""
        low, high = self._range.copy()
        for i in {i for i, _ in self._hold.pairs}:
            own = [
                mean
                for j, u, least, most, mean in self._held
                if j == i and least >= low[u] + FREE and most <= high[u] - FREE
            ]
            known = len(own) >= max(KNOWN_SHARE * self._blocks, 1.0)
            low[i], high[i] = (min(own), max(own)) if known else (-np.inf, np.inf)
        return np.array([low, high])

    def learn(self) -> Habits:
        """Habits, with the room that they need."""
        n = len(self._channels)
        if not self._blocks:
            return Habits.of(np.zeros((11, n)))
        still, moved, scatter = beyond(np.array(self._weeks))
        digit = np.array([c.digit for c in self._channels])
        return Habits(
            still=np.maximum(still, STILL_BLOCKS),
            moved=np.maximum(moved, digit),
            usual=_median(np.array(self._scatter)),
            scatter=scatter,
            heard=self._heard / self._blocks,
            mean=self._total / np.maximum(self._read, 1.0),
            restless=np.where(self._calmest > DIGITS * self._digit, 1.0, 0.0),
            low=self._limits()[0],
            high=self._limits()[1],
            idle_low=self._resting[0],
            idle_high=self._resting[1],
        )


def beyond(weeks: Floats) -> Floats:
    """What a healthy plant hardly ever exceeds, by the largest values of each week [weeks, ...].

    The worst week, and as much again as it exceeds the median one.
    """
    worst, usual = weeks.max(axis=0), np.median(weeks, axis=0)
    usual = np.maximum(usual, worst / BEYOND_MOST)
    some = usual > 0.0  # a hundredth of the smallest number is none
    ratio = np.where(some, worst, 1.0) / np.where(some, usual, 1.0)
    result: Floats = worst * np.maximum(ratio, BEYOND)
    return result


def _median(rows: Floats) -> Floats:
    there = np.isfinite(rows).any(axis=0)
    median: Floats = np.zeros(rows.shape[1])
    median[there] = np.nanmedian(rows[:, there], axis=0)
    return median
