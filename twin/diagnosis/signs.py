"""Faults that readings show by themselves: stuck, scattering, dead; hunting; a link that is gone.

Names are those of the catalogue: `heat_pump.T_sink_out.stuck`, `.noise`. What it does not have is
called `SIGNAL.dead`, `COMMAND.frozen`, `COMMAND.hunting`, `COMMAND.off_setpoint`,
`CONTROLLER.silent`, `CONTROLLER.stale`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.channel import Channel
from twin.diagnosis.habits import (
    HOLD_BLOCKS,
    HUNT_BLOCKS,
    SCATTER_BLOCKS,
    Habits,
    Held,
    Lately,
    counted,
    go_on,
    no_run,
)
from twin.diagnosis.hypothesis import Kind
from twin.estimation.step import Readings

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MATERIAL = 0.35
"""Noise is material from this share of the catalogue's size on [-], as an hour's window has it."""
HUNTING = 0.01
"""A command hunts if it changes by this much from sample to sample, root mean square [-]
(assumed)."""
DEAD_BLOCKS = 2
"""A channel is dead if so many blocks in a row have none of its rows [-]: 10 min (assumed)."""
DEAD_SHARE, ALIVE_SHARE = 0.05, 0.5
"""Of the rows of a block, below which it has none, and of all commissioning, above which it was
there [-] (assumed)."""
FROZEN_BLOCKS = 12
"""A command that stands for less than an hour is not called frozen [-] (assumed)."""
ALONE_BLOCKS = 36
"""The same for a signal that no model predicts and whose digits are coarse: 3 h [-] (assumed)."""


@dataclass(frozen=True)
class Sign:
    """A fault that is there now; size in SI, NaN of one that has none."""

    name: str
    kind: Kind
    part: str
    size: float
    low: float
    high: float
    unit: str
    blocks: int
    """How long it has been there [-]."""
    channels: tuple[str, ...]
    covers: tuple[str, ...]
    """Other names that what it does may be given."""
    check: str


class Signs:
    """Follows the readings block by block; memory does not grow."""

    def __init__(self, channels: Sequence[Channel], habits: Habits) -> None:
        self._channels, self._habits = tuple(channels), habits
        self._counts = counted(channels)
        n = len(channels)
        self._run, self._lately, self._gone = no_run(n), Lately(channels), np.zeros(n)
        self._command = np.array([c.command for c in channels], bool)
        self._ends = np.array([[c.low, c.high] for c in channels]).reshape(n, 2)
        self._noise = np.array([c.noise for c in channels])
        self._digit = np.array([c.digit for c in channels])
        self._modelled = np.array([c.watched is not None for c in channels], bool)
        self._least = np.where(self._command, FROZEN_BLOCKS, SCATTER_BLOCKS)
        self._links = _links(channels)
        self._hold = Held(channels)

    def take(self, seen: Readings, usable: Flags) -> list[Sign]:
        """What is wrong after one more block."""
        counts = self._counts(usable)
        self._run = go_on(self._run, seen, counts)
        self._lately.take(seen, counts)
        self._hold.take(seen)
        self._gone = np.where(seen.heard < DEAD_SHARE, self._gone + 1.0, 0.0)
        dead = (self._gone >= DEAD_BLOCKS) & (self._habits.heard >= ALIVE_SHARE)
        stuck, wild = self._stuck(), self._wild()
        found: list[Sign] = []
        for name, own in self._links:
            if (shown := self._link(name, own, dead, "silent")) is not None:
                found.append(shown)
                dead = dead & ~own
            if (shown := self._link(name, own, stuck, "stale")) is not None:
                found.append(shown)
                stuck = stuck & ~own
        found += [self._of(i, "dead", self._gone[i]) for i in np.flatnonzero(dead).tolist()]
        for i in np.flatnonzero(stuck).tolist():
            word = "frozen" if self._command[i] else "stuck"
            found.append(self._of(i, word, self._run.blocks[i]))
        found += self._astray()
        return found + [self._scattering(i) for i in np.flatnonzero(wild & ~stuck & ~dead).tolist()]

    def _stuck(self) -> Flags:
        run, habits = self._run, self._habits
        ends = (run.value[:, None] == self._ends).any(axis=1)
        restless = habits.restless > 0.0
        still = run.blocks > habits.still
        # digits too coarse for the noise: only a model that moves, or a long time, tells
        pushed = self._modelled & (run.moved > self._digit)
        alone = ~self._modelled & (run.blocks >= ALONE_BLOCKS)
        long = still & (restless | pushed | alone) & (run.blocks >= self._least)
        far = (run.moved > habits.moved) & (run.blocks >= self._least)
        return np.asarray((habits.still > 0.0) & ~ends & (long | far), bool)

    def _wild(self) -> Flags:
        habits = self._habits
        least = self._lately.least()
        material = np.where(self._command, 0.5 * HUNTING**2, (MATERIAL * self._noise) ** 2)
        known = habits.scatter > 0.0
        beyond = least - habits.usual >= material
        return np.asarray(known & (least > habits.scatter) & beyond, bool)

    def _astray(self) -> list[Sign]:
        """What is not where it was always held, though its command is free to hold it."""
        found = []
        habits = self._habits
        for i, u, mean in self._hold.hours(habits.low, habits.high):
            channel, command = self._channels[i], self._channels[u]
            above = max(mean - habits.high[i], 0.0) + min(mean - habits.low[i], 0.0)
            if not abs(above) >= channel.astray:
                continue
            found.append(
                Sign(
                    f"{command.name}.off_setpoint",
                    "controller",
                    command.part,
                    *(above, above - channel.digit, above + channel.digit, channel.unit),
                    HOLD_BLOCKS,
                    (channel.name, command.name),
                    self._shaken(command, watched=True),
                    command.check("off_setpoint"),
                )
            )
        return found

    def _shaken(self, command: Channel, watched: bool) -> tuple[str, ...]:
        """Noise of what its controller reads, which a loop that hunts or goes elsewhere shakes.

        What is `watched` is not shaken by what its model is told.
        """
        over = set(command.controllers)
        return tuple(
            f"{c.name}.noise"
            for c in self._channels
            if over & set(c.controllers) and (watched or c.watched is None)
        )

    def _shaking(self, signal: Channel) -> tuple[str, ...]:
        """Commands that a noisy reading makes restless."""
        over = set(signal.controllers)
        return tuple(
            f"{c.name}.hunting"
            for c in self._channels
            if c.command and signal.watched is not None and over & set(c.controllers)
        )

    def _link(self, name: str, own: Flags, wrong: Flags, word: str) -> Sign | None:
        """One cause where all that a controller tells has gone, or stands still, together."""
        idle = word == "stale" and self._idle()
        if (wrong & own).sum() < 2 or not (wrong | idle)[own].all():
            return None
        members = [c for c, mine in zip(self._channels, own, strict=True) if mine]
        lasting = self._gone if word == "silent" else self._run.blocks
        nan = float("nan")
        return Sign(
            f"{name}.{word}",
            "link",
            members[0].part,
            *(nan, nan, nan, "-", int(lasting[wrong & own].min())),
            tuple(c.name for c in members),
            tuple(f"{c.name}.{w}" for c in members for w in ("bias", "stuck", "dead", "frozen")),
            f"cable, address and gateway of {name}; does its own display move",
        )

    def _idle(self) -> Flags:
        """Channels at an end of their range, which healthy ones do not leave for hours."""
        return np.asarray((self._run.value[:, None] == self._ends).any(axis=1), bool)

    def _of(self, i: int, word: str, blocks: float) -> Sign:
        channel, nan = self._channels[i], float("nan")
        covers = (f"{channel.name}.{w}" for w in ("bias", "scale", "offset"))
        kind: Kind = "controller" if channel.command else "sensor"
        name, check = f"{channel.name}.{word}", channel.check(word)
        size = (nan, nan, nan, "-", int(blocks))
        return Sign(name, kind, channel.part, *size, (channel.name,), tuple(covers), check)

    def _scattering(self, i: int) -> Sign:
        """With the standard deviation that is on top of the usual, from the last blocks."""
        channel = self._channels[i]
        word = "hunting" if channel.command else "noise"
        blocks = HUNT_BLOCKS if channel.command else SCATTER_BLOCKS
        mean, usual = float(self._lately.mean()[i]), float(self._habits.usual[i])
        size = max(mean - usual, 0.0) ** 0.5
        # 25 changes a block, neighbours of which share a reading: a third says nothing new
        error = 1.645 * mean * (3.0 / (25.0 * blocks)) ** 0.5
        low, high = (max(mean - usual + e, 0.0) ** 0.5 for e in (-error, error))
        kind: Kind = "controller" if channel.command else "sensor"
        if channel.command:
            covers = self._shaken(channel, watched=False)
        else:
            covers = (f"{channel.name}.bias", *self._shaking(channel))
        return Sign(
            f"{channel.name}.{word}",
            kind,
            channel.part,
            *(size, low, high, channel.unit, blocks),
            (channel.name,),
            covers,
            channel.check(word),
        )


def _links(channels: Sequence[Channel]) -> list[tuple[str, Flags]]:
    """Controllers, and the channels that come over each of them alone."""
    names = dict.fromkeys(name for c in channels for name in c.controllers)
    return [(n, np.array([c.controllers == (n,) for c in channels], bool)) for n in names]
