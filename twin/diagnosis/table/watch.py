"""Row by row: how much speaks against "as before", and against "back again" during an alarm.

Causal: what is said of a row uses that row and earlier ones. While there is no alarm the baseline
follows each channel at its own pace. From a raise on it stands still at the state before the
change.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.table import level
from twin.diagnosis.table.model import HeadModel, Looks, log_power
from twin.diagnosis.table.settings import Settings

End = Literal["returned", "receded", "accepted", "open"]
Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_REMEMBERED = 8
"""So many earlier normal states are known (assumed)."""


class _Normal(NamedTuple):
    """A state before an alarm."""

    row: int
    state: Array
    near: Array
    """Readings that differ by less are as good as there [channel]."""

    def towards(self, level_then: Array, readings: Array) -> Array:
        """The `readings`, but not out of what lies between a level and here, or near here."""
        low = np.fmin(level_then, self.state - self.near)
        high = np.fmax(level_then, self.state + self.near)
        return np.asarray(np.clip(readings, low, high))


class Watch:
    """What was seen so far, as running sums, and where the baseline stands."""

    def __init__(self, model: HeadModel, settings: Settings, room: int) -> None:
        """Nothing seen yet; `room` is the number of rows that will come [row]."""
        channels = len(model.levels.noise)
        self._model, self._settings = model, settings
        self._raw = np.full((room, channels), np.nan)
        self._total, self._count, self._power = np.zeros((3, room + 1, channels))
        self._level = np.full((room + 1, channels), np.nan)
        self._seen = np.zeros(channels)
        self._odd = np.zeros(channels, dtype=bool)
        self._t = 0
        self._start = 0  # no window may reach further back
        self._back = 0  # length of the window that spoke loudest [row]
        self._held: Array | None = None
        self._held_at = 0
        self._moved = np.zeros(channels, dtype=bool)
        self._calm = 0
        self._low = 0  # rows in a row in which little was left of the change
        self._furthest = np.zeros(channels)  # from the held level, while it is held
        self._clear_window = settings.clear_window  # not shorter than what raised [row]
        self._home: Array | None = None  # the normal state in which the readings are
        self._normals: list[_Normal] = []

    @property
    def holding(self) -> bool:
        """The baseline stands still."""
        return self._held is not None

    @property
    def held_rows(self) -> int:
        """Rows since the state before the change [row]."""
        return self._t - self._held_at

    @property
    def ended(self) -> End | None:
        """How the alarm is over: as before, or little left of the change, for long enough."""
        if self._calm >= self._settings.clear_rows:
            return "returned"
        return "receded" if self._low >= self._settings.clear_rows else None

    def take(self, y: Array) -> tuple[float, Array]:
        """Evidence of a change [-] at this row, and of each channel alone [-]."""
        t, levels = self._t, self._model.levels
        most = self._settings.clip * levels.noise
        before = self._level[t]
        if self._held is not None:
            # the level may have walked meanwhile
            most = most * np.sqrt(1.0 + levels.drift_variance * (t - self._held_at))
        y, self._odd = level.believed(y, before, self._odd, most)
        self._raw[t] = y
        if self._held is None:
            self._level[t + 1], off, self._seen = level.step(
                before, self._seen, y, levels.gain, most
            )
        else:
            self._level[t + 1], off = before, np.clip(y - before, -most, most)
        there = np.isfinite(off)
        anchor = np.where(np.isfinite(before), before, self._level[t + 1])
        self._total[t + 1] = self._total[t] + np.where(there, anchor + off, 0.0)
        self._count[t + 1] = self._count[t] + there
        self._power[t + 1] = self._power[t] + np.where(there, off / levels.noise, 0.0) ** 2
        self._t = t + 1
        return self._away() if self._held is not None else self._change()

    # ---- no alarm ---------------------------------------------------------------------------

    def _change(self) -> tuple[float, Array]:
        shifts, spreads = self._model.shifts, self._model.spreads
        best, share, self._back = self._moved_on(shifts)
        if self._model.creeps is not None:
            found, each, back = self._moved_on(self._model.creeps)
            if found > best:
                best, share, self._back = found, each, back
        if spreads is not None:
            from_ = np.maximum(self._t - spreads.rows, 0)
            n = self._count[self._t] - self._count[from_]
            power = self._power[self._t] - self._power[from_]
            figure = log_power(power, n, self._model.steady) / spreads.spread
            figure = np.where(self._model.jumping, np.maximum(figure, 0.0), figure)
            figure = np.where(n > 0.5 * spreads.rows[:, None], figure, np.nan)
            found, each, back = self._loudest(spreads, figure)
            if found > best:
                best, share, self._back = found, each, back
        return best, share

    def _moved_on(self, looks: Looks) -> tuple[float, Array, int]:
        """`_loudest` of means against the level before; of what leads back to normal, the rest."""
        level_then = self._level[np.maximum(self._t - looks.rows - looks.lag, 0)]
        means, scale = self._means(looks), self._model.levels.noise * looks.spread
        found = self._loudest(looks, (means - level_then) / scale)
        if found[0] >= self._settings.raise_at:
            for normal in self._normals:
                rest = self._loudest(looks, (means - normal.towards(level_then, means)) / scale)
                if rest[0] < self._settings.raise_at:
                    self._go_towards(normal, found[2] - looks.lag)
                    return rest
        return found

    def _go_towards(self, normal: _Normal, rows: int) -> None:
        """Set the baseline to the newest readings, no further than `normal`."""
        now = self._level[self._t]
        there = normal.towards(now, self._newest(rows))
        self._level[self._t] = np.where(np.isfinite(there), there, now)
        self._start = self._t

    def _loudest(self, looks: Looks, z: Array) -> tuple[float, Array, int]:
        """Evidence of the window with the most, that of its channels, and how far back it goes."""
        back = looks.rows + looks.lag
        evidence = np.where(self._t - back > self._start, looks.weigh(z), -1.0)
        best = int(np.argmax(evidence))
        if evidence[best] <= 0.0:
            return 0.0, np.zeros(z.shape[1]), int(back[0])
        return float(evidence[best]), looks.share(best, z[best]), int(back[best])

    def _means(self, looks: Looks) -> Array:
        from_ = np.maximum(self._t - looks.rows, 0)
        n = self._count[self._t] - self._count[from_]
        mean = (self._total[self._t] - self._total[from_]) / np.maximum(n, 1.0)
        return np.where(n > 0.5 * looks.rows[:, None], mean, np.nan)

    # ---- an alarm ---------------------------------------------------------------------------

    def hold(self, share: Array) -> None:
        """Stop the baseline where it was before the window that spoke loudest.

        `share` is the evidence of each channel [-].
        """
        self._held_at = max(self._t - self._back, self._start)
        self._held = self._level[self._held_at].copy()
        self._level[self._t] = self._held
        self._moved = share >= self._settings.clear_below
        self._furthest[:] = self._low = 0
        self._clear_window = max(self._back, self._settings.clear_window)
        self._calm = 0

    def _away(self) -> tuple[float, Array]:
        """Evidence that the newest readings are not back in the held state."""
        s, since = self._settings, self._t - self._held_at
        best, share = self._against_held()
        self._moved |= share >= s.raise_at
        back = best < s.clear_below and since >= self._clear_window
        known = self._known() if since >= s.known_window else None
        self._home = self._held if back else known
        self._calm = 0 if self._home is None else self._calm + 1
        self._low = self._low + 1 if self._is_low() else 0
        return best, share

    def _is_low(self) -> bool:
        """Whether the newest readings have come back most of the way that they went.

        Channels count by how well they are known to stay where they are.
        """
        assert self._held is not None
        levels, rows, since = (
            self._model.levels,
            self._settings.known_window,
            self._t - self._held_at,
        )
        off = np.nan_to_num(self._newest(rows) - self._held)
        self._furthest = np.where(np.abs(off) > np.abs(self._furthest), off, self._furthest)
        scale = levels.noise * np.sqrt(levels.mean_variance(float(rows), max(since - rows, 0.0)))
        left, went = (float(np.sum((x / scale) ** 2)) for x in (off, self._furthest))
        return since >= self._clear_window and left < self._settings.left**2 * went

    def _against_held(self) -> tuple[float, Array]:
        """Evidence that the readings are not as they were when the baseline stopped.

        A channel may have walked since; one that has moved must come back.
        """
        assert self._held is not None
        looks, levels = self._model.shifts, self._model.levels
        rows, since = looks.rows[:, None].astype(float), self._t - self._held_at
        ahead = np.where(self._moved, 0.0, np.maximum(since - rows, 0.0))
        wider = levels.mean_variance(rows, ahead) / levels.mean_variance(rows)
        z = (self._means(looks) - self._held) / levels.noise / (looks.spread * np.sqrt(wider))
        within = rows <= min(self._clear_window, since)
        best, share, _ = self._loudest(looks, np.where(within, z, np.nan))
        return best, share

    def _known(self) -> Array | None:
        """The newest readings, if each channel is where it was in some normal state before."""
        looks, levels, rows = self._model.shifts, self._model.levels, self._settings.known_window
        if not self._normals:
            return None
        assert self._held is not None
        nearest = int(np.argmin(np.abs(looks.rows - rows)))
        now = self._newest(rows)
        rows_of = np.array([*(n.row for n in self._normals), self._held_at], dtype=float)
        states = np.array([*(n.state for n in self._normals), self._held])
        ahead = (self._t - rows_of)[:, None]
        wider = levels.mean_variance(float(rows), ahead) / levels.mean_variance(float(rows))
        spread = levels.noise * looks.spread[nearest] * np.sqrt(wider)
        off = (now - states) / spread
        closest = np.argmin(np.where(np.isfinite(off), np.abs(off), np.inf), axis=0)[None]
        z = np.full((len(looks.rows), len(now)), np.nan)
        z[nearest] = np.take_along_axis(off, closest, axis=0)[0]
        return now if looks.weigh(z)[nearest] < self._settings.clear_below else None

    def resume(self, ended: End, train_rows: int) -> None:
        """Let the baseline go again from where an alarm `ended`; `train_rows` [row].

        Channels that are back keep their level, those that drift begin at their newest readings.
        What is only nearly back, or accepted, is a new normal.
        """
        assert self._held is not None
        least, memory = self._settings.restart_window, 1.0 / self._model.levels.gain
        most = max(least, train_rows // 4) if ended == "accepted" else least
        rows = np.clip(memory, least, most).astype(int)
        recent = np.array([self._middle(c, int(n)) for c, n in enumerate(rows)])
        state = self._held if self._home is None else self._home
        keep = np.isnan(recent) | ((memory > least) & (ended == "returned"))
        self._level[self._t] = np.where(keep, state, recent)
        self._seen = np.where(np.isfinite(self._level[self._t]), memory, 0.0)
        if ended != "returned":
            near = self._settings.left * np.abs(self._furthest)
            left = _Normal(self._held_at, self._held, near)
            self._normals = [*self._normals, left][-_REMEMBERED:]
        self._start, self._held, self._calm = self._t, None, 0

    def _newest(self, rows: int) -> Array:
        """`_middle` of each channel."""
        return np.array([self._middle(c, rows) for c in range(self._raw.shape[1])])

    def _middle(self, channel: int, rows: int) -> float:
        """Mean of the newest readings, odd ones drawn in; a median would round what is counted."""
        recent = self._raw[max(0, self._t - rows) : self._t, channel]
        there = recent[np.isfinite(recent)]
        if not there.size:
            return float("nan")
        most = self._settings.clip * self._model.levels.noise[channel]
        middle = np.median(there)
        return float(middle + np.mean(np.clip(there - middle, -most, most)))
