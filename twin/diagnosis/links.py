"""Links that are gone, stand still or lose answers: one cause for all that comes over them.

Commands alone may tell: where readings are wired elsewhere, only they come over the link.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.channel import Channel
from twin.diagnosis.habits import Habits, Run
from twin.diagnosis.sign import Sign
from twin.estimation.step import Readings

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LOSSY = 0.1
"""A link is lossy if in most blocks of an hour so much of what was read before is lost [-]
(assumed)."""
DEAD_SHARE = 0.05
"""Of the rows of a block, below which it has none [-] (assumed)."""
ALIVE_SHARE = 0.5
"""Of the rows of all commissioning, above which a channel was there [-] (assumed)."""
EVERYTHING = "site"
"""What is silent when nothing is read of any controller."""
HOUR_BLOCKS = 12
STANDING_BLOCKS = 12
"""A command beside others that are frozen may have stood still before; so long at least [-]
(assumed)."""


class Links:
    """Follows what comes over each controller alone, block by block."""

    def __init__(self, channels: Sequence[Channel], habits: Habits) -> None:
        self._channels, self._usual = tuple(channels), habits.heard
        command = np.array([c.command for c in channels], bool)
        self._ends = np.array([[c.low, c.high] for c in channels]).reshape(len(channels), 2)
        self._own = {name: own for name, own in _alone(channels).items() if own.any()}
        self._commands = {name: own & command for name, own in self._own.items()}
        self._heard = np.full((HOUR_BLOCKS, len(channels)), np.nan)
        self.hidden: set[str] = set()
        """Names of signs of which the last block says nothing: what is silent loses no answers."""

    def take(
        self, seen: Readings, dead: Flags, stuck: Flags, gone: Floats, run: Run
    ) -> list[tuple[Sign, Flags]]:
        """Links with something wrong after a block, and the channels that come over each.

        `dead` and `stuck` are the channels of which that was found, `gone` for how many blocks
        nothing was read [-].
        """
        self._heard[1:] = self._heard[:-1].copy()
        # a link that loses answers has some in every block; none at all is silence
        self._heard[0] = np.where(seen.heard < DEAD_SHARE, np.nan, seen.heard)
        # healthy channels may stay at an end of their range for hours
        idle = (run.value[:, None] == self._ends).any(axis=1)
        standing = run.blocks >= STANDING_BLOCKS
        alive = self._usual >= ALIVE_SHARE
        self.hidden = {f"{n}.lossy" for n in self._own if dead[self._told(n)].any()}
        if _all(dead, alive):
            return [(self._everything(alive, gone), alive)]
        found = []
        for name, own in self._own.items():
            commands = self._commands[name]
            if _all(dead, own) or _all(dead, commands):
                found.append((self._sign(name, "silent", own, gone[dead & own]), own))
                continue  # what it said last stands as well
            if (shown := self._lossy(name, own, dead)) is not None:
                found.append((shown, own))
            still = stuck | idle
            if _all(stuck, own, still) or _all(stuck, commands, still | standing):
                found.append((self._sign(name, "stale", own, run.blocks[stuck & own]), own))
        return found

    def _lossy(self, name: str, own: Flags, dead: Flags) -> Sign | None:
        told = self._told(name)
        usual = self._usual[told]
        if dead[told].any() or not (usual > 0.0).all():
            return None
        lost = 1.0 - (self._heard[:, told] / usual).mean(axis=1)
        calm = (lost < LOSSY).all()  # as nearly always, and a median takes long
        if calm or not np.isfinite(lost).all() or float(np.median(lost)) < LOSSY:
            return None
        size, error = float(lost.mean()), 1.645 * float(lost.std()) / HOUR_BLOCKS**0.5
        sizes = (size, size - error, size + error)
        return self._sign(name, "lossy", own, np.array([HOUR_BLOCKS]), sizes)

    def _told(self, name: str) -> Flags:
        """What says whether a link loses answers: its commands, or all where it has none."""
        commands = self._commands[name]
        return commands if commands.any() else self._own[name]

    def _everything(self, alive: Flags, gone: Floats) -> Sign:
        """Not every link at once, but what they have in common."""
        shown = self._sign(EVERYTHING, "silent", alive, gone[alive])
        links = tuple(f"{name}.{word}" for name in self._own for word in ("silent", "stale"))
        check = "who records: is it running, is its network up, is there a hole in the export"
        return replace(shown, covers=(*shown.covers, *links), check=check)

    def _sign(
        self, name: str, word: str, own: Flags, blocks: Floats, sizes: tuple[float, ...] = ()
    ) -> Sign:
        members = [c for c, mine in zip(self._channels, own, strict=True) if mine]
        first = next((c for c in members if c.command), members[0])
        as_well = ("bias", "scale", "offset", "stuck", "dead", "frozen") if word != "lossy" else ()
        of_link = (f"{name}.stale",) if word == "silent" else ()
        nan = float("nan")
        size, low, high = sizes or (nan, nan, nan)
        return Sign(
            f"{name}.{word}",
            "link",
            first.part,
            *(size, low, high, "-", int(blocks.min())),
            tuple(c.name for c in members),
            (*(f"{c.name}.{w}" for c in members for w in as_well), *of_link),
            f"cable, address and gateway of {name}; does its own display move",
        )


def _all(wrong: Flags, of: Flags, excused: Flags | None = None) -> bool:
    """Whether all `of` them are wrong or excused, two wrong at least."""
    fits = wrong if excused is None else wrong | excused
    return int((wrong & of).sum()) >= 2 and bool(fits[of].all())


def _alone(channels: Sequence[Channel]) -> dict[str, Flags]:
    """Controllers, and the channels that come over each of them alone."""
    names = dict.fromkeys(name for c in channels for name in c.controllers)
    return {n: np.array([c.controllers == (n,) for c in channels], bool) for n in names}
