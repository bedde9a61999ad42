"""Row by row: how much speaks against "as before", and against "back again" during an alarm.

Causal: what is said of a row uses that row and earlier ones. While there is no alarm the baseline
follows each channel at its own pace. From a raise on it stands still at the state before the
change.
"""

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.table import level
from twin.diagnosis.table.model import HeadModel, Looks, log_power
from twin.diagnosis.table.settings import Settings

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_REMEMBERED = 8
"""So many earlier normal states are known (assumed)."""
MEDIAN = np.pi / 2
"""Variance of a median over that of a mean, of normal noise [-]."""


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
        self._clear_window = settings.clear_window  # not shorter than what raised [row]
        self._home: Array | None = None  # the normal state in which the readings are
        self._normals: list[tuple[int, Array]] = []

    @property
    def holding(self) -> bool:
        """The baseline stands still."""
        return self._held is not None

    @property
    def held_rows(self) -> int:
        """Rows since the state before the change [row]."""
        return self._t - self._held_at

    @property
    def returned(self) -> bool:
        """The readings have been as before for long enough."""
        return self._calm >= self._settings.clear_rows

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
        from_ = np.maximum(self._t - shifts.rows, 0)
        z = (self._means(shifts) - self._level[from_]) / self._model.levels.noise / shifts.spread
        best, share, self._back = self._loudest(shifts, z)
        if spreads is not None:
            from_ = np.maximum(self._t - spreads.rows, 0)
            n = self._count[self._t] - self._count[from_]
            power = self._power[self._t] - self._power[from_]
            figure = log_power(power, n, self._model.steady) / spreads.spread
            figure = np.where(n > 0.5 * spreads.rows[:, None], figure, np.nan)
            found, each, back = self._loudest(spreads, figure)
            if found > best:
                best, share, self._back = found, each, back
        return best, share

    def _loudest(self, looks: Looks, z: Array) -> tuple[float, Array, int]:
        """Evidence of the window with the most, that of its channels, and its length [row]."""
        begins = self._t - looks.rows
        evidence = np.where(begins > self._start, looks.weigh(z), -1.0)
        best = int(np.argmax(evidence))
        if evidence[best] <= 0.0:
            return 0.0, np.zeros(z.shape[1]), int(looks.rows[0])
        return float(evidence[best]), looks.share(best, z[best]), int(looks.rows[best])

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
        return best, share

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
        now = np.array([self._middle(c, rows) for c in range(len(levels.noise))])
        states = [*self._normals, (self._held_at, self._held)]
        ahead = np.array([self._t - at for at, _ in states], dtype=float)[:, None]
        wider = levels.mean_variance(float(rows), ahead) / levels.mean_variance(float(rows))
        spread = levels.noise * looks.spread[nearest] * np.sqrt(MEDIAN * wider)
        off = (now - np.array([state for _, state in states])) / spread
        closest = np.argmin(np.where(np.isfinite(off), np.abs(off), np.inf), axis=0)[None]
        z = np.full((len(looks.rows), len(now)), np.nan)
        z[nearest] = np.take_along_axis(off, closest, axis=0)[0]
        return now if looks.weigh(z)[nearest] < self._settings.clear_below else None

    def resume(self, accepted: bool, train_rows: int) -> None:
        """Let the baseline go again: from the state that is back, or from an `accepted` new one.

        A channel that drifts begins at its newest readings in either case. `train_rows` [row].
        """
        assert self._held is not None
        state = self._held if self._home is None else self._home
        memory = 1.0 / self._model.levels.gain
        least, most = (
            self._settings.restart_window,
            max(self._settings.restart_window, train_rows // 4),
        )
        rows = np.clip(memory, least, most).astype(int) if accepted else np.full(len(memory), least)
        recent = np.array([self._middle(c, int(n)) for c, n in enumerate(rows)])
        keep = np.isnan(recent) | ((memory > least) & (not accepted))
        self._level[self._t] = np.where(keep, state, recent)
        self._seen = np.where(np.isfinite(self._level[self._t]), memory, 0.0)
        if accepted:
            self._normals = [*self._normals, (self._held_at, self._held)][-_REMEMBERED:]
        self._start, self._held, self._calm = self._t, None, 0

    def _middle(self, channel: int, rows: int) -> float:
        recent = self._raw[max(0, self._t - rows) : self._t, channel]
        there = recent[np.isfinite(recent)]
        return float(np.median(there)) if there.size else float("nan")
