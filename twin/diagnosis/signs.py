"""Faults that readings show by themselves: stuck, scattering, dead; hunting; a link that is gone.

Names are those of the catalogue: `SIGNAL.stuck`, `.noise`, `COMMAND.frozen`, `.hunting`,
`.off_setpoint`, `CONTROLLER.silent`, `.stale`, `.lossy`; and `SIGNAL.dead`, `COMMAND.dead`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.channel import Channel
from twin.diagnosis.habits import (
    FREE,
    HEARD,
    HOLD_BLOCKS,
    HUNT_BLOCKS,
    SCATTER_BLOCKS,
    STILL_BLOCKS,
    Habits,
    Held,
    Lately,
    counted,
    go_on,
    no_run,
)
from twin.diagnosis.hypothesis import Kind
from twin.diagnosis.idle import Idle
from twin.diagnosis.links import ALIVE_SHARE, DEAD_SHARE, Links
from twin.diagnosis.rests import Rests
from twin.diagnosis.sign import Sign
from twin.estimation.step import Readings

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MATERIAL = 0.35
"""Noise is material from this share of the catalogue's size on [-], as an hour's window has it."""
HUNTING = 0.01
"""A command hunts if it changes by this much from sample to sample, root mean square [-]
(assumed)."""
LOUD = 1.5
"""A command that hunts by less than so many times what is material must do so for `ENDURING`
blocks [-] (assumed): a sound loop swings for some hours where its load is just so."""
ENDURING = 48
"""4 h, beside the hour in which every block must show it [-] (assumed)."""
CALM = 0.5
"""What scatters is over when it has come below this share of what it was raised at [-]."""
DEAD_BLOCKS = 2
"""A channel is dead if so many blocks in a row have none of its rows [-]: 10 min (assumed)."""
FROZEN_BLOCKS = 12
"""A command that stands for less than an hour is not called frozen [-] (assumed)."""
ALONE_BLOCKS = 36
"""The same for a signal that no model predicts and whose digits are coarse: 3 h [-] (assumed)."""


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
        self._least = np.where(self._command, FROZEN_BLOCKS, STILL_BLOCKS)
        self._links = Links(channels, habits)
        self._hold, self._idle, self._rests = Held(channels), Idle(channels), Rests(n)
        self._wild_for = np.zeros(n)
        """Blocks in a row in which it scattered too much [-]."""
        self._standing = np.zeros(n, bool)
        """What was found to stand still and has not moved since."""
        material = np.where(self._command, 0.5 * HUNTING**2, (MATERIAL * self._noise) ** 2)
        self._raised_at = np.maximum(habits.scatter - habits.usual, material)
        """float64[n], beyond what is usual, of what scatters [SI^2]."""
        self._hidden: set[str] = set()
        self._lingering: set[str] = set()

    def hidden(self, name: str) -> bool:
        """Whether the last block could not have shown a sign: a loop that is not free, no rows."""
        return name in self._hidden

    def lingers(self, name: str) -> bool:
        """Whether what was found is still there, though it would not be found again."""
        return name in self._lingering

    def take(self, seen: Readings, usable: Flags) -> list[Sign]:
        """What is wrong after one more block."""
        counts = self._counts(usable)
        before, self._run = self._run, go_on(self._run, seen, counts)
        self._rests.take(before.value, (before.blocks > 0.0) & (before.value != self._run.value))
        self._lately.take(seen, counts)
        self._hold.take(seen)
        self._gone = np.where(seen.heard < DEAD_SHARE, self._gone + 1.0, 0.0)
        dead = (self._gone >= DEAD_BLOCKS) & (self._habits.heard >= ALIVE_SHARE)
        stuck, wild = self._stuck() | self._left_on(seen), self._wild()
        self._standing = (stuck | self._standing) & (self._run.value == before.value)
        found: list[Sign] = []
        for shown, own in self._links.take(seen, dead, stuck, self._gone, self._run):
            found.append(shown)
            if not shown.name.endswith(".lossy"):
                dead, stuck = dead & ~own, stuck & ~own
        found += [self._of(i, "dead", self._gone[i]) for i in np.flatnonzero(dead).tolist()]
        for i in np.flatnonzero(stuck).tolist():
            word = "frozen" if self._command[i] else "stuck"
            found.append(self._of(i, word, self._run.blocks[i]))
        hours = self._hold.hours(self._habits.low, self._habits.high)
        found += self._astray(hours)
        heard = counts & (seen.heard >= HEARD)
        self._hidden, self._lingering = self._hidden_by(hours, heard), self._left(heard)
        return found + [self._scattering(i) for i in self._wildest(wild & ~stuck & ~dead)]

    def _stuck(self) -> Flags:
        run, habits = self._run, self._habits
        ends = (run.value[:, None] == self._ends).any(axis=1)
        # its controller has limits of its own, and rests somewhere, for as long as a season lasts
        usual = (habits.low, habits.high, habits.idle_low, habits.idle_high)
        ends |= self._command & (run.value == np.array(usual)).any(axis=0)
        ends |= self._command & self._rests.usual(run.value)
        restless = habits.restless > 0.0
        still = run.blocks > habits.still
        # digits too coarse for the noise: only a model that moves, or a long time, tells
        pushed = self._modelled & (run.moved > self._digit)
        alone = ~self._modelled & (run.blocks >= ALONE_BLOCKS)
        long = still & (restless | pushed | alone) & (run.blocks >= self._least)
        far = (run.moved > habits.moved) & (run.blocks >= self._least)
        return np.asarray((habits.still > 0.0) & ~ends & (long | far), bool)

    def _left_on(self, seen: Readings) -> Flags:
        """Commands that stand where none ever stood while its part was off, and stood there before.

        At an end of its range a command that no longer moves shows in nothing else.
        """
        idle, habits = self._idle.take(seen), self._habits
        low, high = habits.idle_low - FREE, habits.idle_high + FREE
        elsewhere = (habits.idle_low <= habits.idle_high) & ((seen.low > high) | (seen.high < low))
        return np.asarray(idle & elsewhere & (self._run.blocks > self._idle.blocks), bool)

    def _wild(self) -> Flags:
        habits = self._habits
        known = (habits.heard > 0.0) & (~self._command | (habits.usual > 0.0))
        beyond = self._lately.least() - habits.usual
        wild = known & (beyond > self._raised_at)
        self._wild_for = np.where(wild, self._wild_for + 1.0, 0.0)
        enough = (beyond > LOUD**2 * self._raised_at) | (self._wild_for >= ENDURING)
        return np.asarray(wild & (~self._command | enough), bool)

    def _wildest(self, wild: Flags) -> list[int]:
        """Those that scatter, the furthest beyond what is known first: it shakes the others."""
        beyond = self._lately.least() / np.maximum(self._habits.scatter, 1e-300)
        return [i for i in np.argsort(-beyond, kind="stable").tolist() if wild[i]]

    def _hidden_by(self, hours: Sequence[tuple[int, int, float]], heard: Flags) -> set[str]:
        """Names of signs that a block says nothing of, neither that they are there nor gone."""
        free = {u for _, u, _ in hours}
        held = {f"{c.name}.off_setpoint" for u, c in enumerate(self._channels) if u not in free}
        return held | self._unrest(~heard) | self._links.hidden

    def _left(self, heard: Flags) -> set[str]:
        """Names of what has stood since it was found, and of what has not become calm."""
        beyond = self._lately.mean() - self._habits.usual
        standing = {
            f"{c.name}.{'frozen' if c.command else 'stuck'}"
            for c, stands in zip(self._channels, self._standing, strict=True)
            if stands
        }
        return standing | self._unrest(heard & (beyond > CALM * self._raised_at))

    def _unrest(self, of: Flags) -> set[str]:
        own = (self._channels[i] for i in np.flatnonzero(of).tolist())
        return {f"{c.name}.{'hunting' if c.command else 'noise'}" for c in own}

    def _astray(self, hours: Sequence[tuple[int, int, float]]) -> list[Sign]:
        """What is not where it was always held, though its command is free to hold it."""
        found = []
        habits = self._habits
        for i, u, mean in hours:
            if self._run.blocks[u] >= STILL_BLOCKS:
                continue  # what stands holds nothing: it may be frozen
            channel, command = self._channels[i], self._channels[u]
            low, high = float(habits.low[i]), float(habits.high[i])
            above = max(mean - high, 0.0) + min(mean - low, 0.0)
            if not abs(above) >= channel.astray:
                continue
            # an hour may differ as much from its set point now as those did that were seen
            size = mean - 0.5 * (low + high)
            low, high = size - (high - low), size + (high - low)
            found.append(
                Sign(
                    f"{command.name}.off_setpoint",
                    "controller",
                    command.part,
                    *(size, low, high, channel.unit, HOLD_BLOCKS),
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
        """Commands that a noisy reading makes restless, and what they shake in their parts."""
        over = set(signal.controllers)
        moved = [c for c in self._channels if c.command and over & set(c.controllers)]
        parts = {c.part for c in moved}
        shaken = [c for c in self._channels if not c.command and c.part in parts]
        return (
            *(f"{c.name}.hunting" for c in moved),
            *(f"{c.name}.noise" for c in shaken if c.name != signal.name),
        )

    def _of(self, i: int, word: str, blocks: float) -> Sign:
        channel, nan = self._channels[i], float("nan")
        covers = [f"{channel.name}.{w}" for w in ("bias", "scale", "offset")]
        if word == "frozen":
            covers += self._shaken(channel, watched=True)
        kind: Kind = "controller" if channel.command else "sensor"
        name, check = f"{channel.name}.{word}", channel.check(word)
        size = (nan, nan, nan, "-", int(blocks))
        return Sign(name, kind, channel.part, *size, (channel.name,), tuple(covers), check)

    def _scattering(self, i: int) -> Sign:
        """With how far it swings, or its standard deviation, on top of the usual."""
        channel = self._channels[i]
        word = "hunting" if channel.command else "noise"
        size = self._swing(i) if channel.command else self._noise_of(i)
        kind: Kind = "controller" if channel.command else "sensor"
        if channel.command:
            covers = self._shaken(channel, watched=False)
        else:
            covers = (f"{channel.name}.bias", *self._shaking(channel))
        return Sign(
            f"{channel.name}.{word}",
            kind,
            channel.part,
            *(*size, channel.unit, HUNT_BLOCKS if channel.command else SCATTER_BLOCKS),
            (channel.name,),
            covers,
            channel.check(word),
        )

    def _noise_of(self, i: int) -> tuple[float, float, float]:
        """Standard deviation of a signal that is on top of the usual, with its ends [SI]."""
        mean, usual = float(self._lately.mean()[i]), float(self._habits.usual[i])
        # 24 pairs of changes a block, three of which share a reading; by simulation of white noise
        error = 1.645 * mean * 0.53 / SCATTER_BLOCKS**0.5
        low, size, high = (max(mean - usual + e, 0.0) ** 0.5 for e in (-error, 0.0, error))
        return size, low, high

    def _swing(self, i: int) -> tuple[float, float, float]:
        """How far a command swings to either side beyond the usual, with its ends [-].

        Of what takes longer than a block, what is seen of it in one.
        """
        mean, usual = float(self._lately.mean()[i]), float(self._habits.usual[i])
        share, swings = max(1.0 - usual / mean, 0.0) ** 0.5, np.sort(self._hold.swings(i))
        # one block may be of before, or have a jump in it; samples miss the turning points by up to
        # half of what one changes by; what the command does by itself is on top of them or not
        missed, own = 0.5 * (2.0 * mean) ** 0.5, (2.0 * usual) ** 0.5
        low, high = max(float(swings[1]) - own, 0.0) * share, float(swings[-2]) + missed
        return share * float(np.median(swings)), low, high
