"""What the fault-free head says: how each channel moves by itself, over every window."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.table import level
from twin.diagnosis.table.chance import Tails, fisher, student
from twin.diagnosis.table.settings import Settings

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Looks:
    """Figures of all channels over several windows, and what is normal of them.

    Attributes:
        rows: Lengths of the windows [row], int64[windows].
        spread: Standard deviation of a figure, float64[windows, channels].
        whiten: Inverse of the channels' correlation [-], float64[channels, channels].
        swell: How much larger the joint figure was in the head than expected [-], float64[windows].
        one: Tails of one channel's figure.
        joint: Tails of the mean square of all whitened figures.
        lag: How long before its window the level is that a mean is held against [row].
    """

    rows: NDArray[np.int64]
    spread: Array
    whiten: Array
    swell: Array
    one: Tails
    joint: Tails
    lag: int = 0

    def weigh(self, z: Array) -> Array:
        """Evidence of each window [-] from figures in their spreads, float64[windows, channels].

        The worst of many channels is allowed to be worse, and two ways to ask cost a factor of two.
        """
        there = np.where(np.isfinite(z), z, 0.0)
        single = self.one.of(np.abs(there).max(axis=1)) - np.log10(2.0 * z.shape[1])
        joint = self.joint.of(mean_square(there, self.whiten) / self.swell) - np.log10(2.0)
        return np.asarray(np.maximum(np.maximum(single, joint), 0.0))

    def share(self, window: int, z: Array) -> Array:
        """Evidence of each channel alone [-] in one `window` [-] by its place."""
        tails = Tails(self.one.table[window : window + 1])
        return np.asarray(tails.of(np.where(np.isfinite(z), z, 0.0)[None])[0])


@dataclass(frozen=True, eq=False)
class HeadModel:
    """Levels of the channels, looks for shifts of their means and for changes of their spread.

    Attributes:
        levels: Gain and noise of each channel.
        shifts: Figures are means less the level before, in noise levels.
        creeps: The same against an older level, for what comes so slowly that the level goes along;
            none where the head is too short for any.
        spreads: Figures are logs of the mean square of innovations, see `log_power`; none where the
            head is too short for any.
        steady: Innovations that are added to each mean square, float64[channels].
        jumping: Channels of which being calmer says nothing, bool[channels], see `level.jumping`.
    """

    levels: level.Levels
    shifts: Looks
    creeps: Looks | None
    spreads: Looks | None
    steady: Array
    jumping: NDArray[np.bool_]


def learn(head: Array, settings: Settings) -> HeadModel:
    """Model of a fault-free `head`, float64[rows, channels], every channel of which changes."""
    n = len(head)
    gains = [g for g in settings.gains if g >= settings.slowest / n]
    windows = [w for w in settings.windows if w <= settings.longest_share * n]
    levels = level.fit(head, gains, windows, settings.clip)
    baseline, innovation = level.follow(head, levels.gain, levels.noise, settings.clip)
    flickering = np.nansum((innovation / levels.noise) ** 2, axis=0) == 0.0
    if flickering.any():
        # all that it ever did was odd: rounding says its noise, or there would be none
        levels = replace(levels, noise=np.where(flickering, level.first_noise(head), levels.noise))
        baseline, innovation = level.follow(head, levels.gain, levels.noise, settings.clip)
    cleaned = np.vstack([baseline[:1], baseline[:-1]]) + innovation
    innovation = innovation / levels.noise
    shifts = [level.misses(cleaned, baseline, w) / levels.noise for w in windows]
    R = _correlation(innovation, settings.shrink)
    jumping, steady = level.jumping(head), kurtosis(innovation)
    steady = np.where(jumping, np.maximum(steady, 2.0), steady)  # by chance it jumped evenly
    lengths = [w for w in settings.spread_windows if w <= settings.longest_share * n]
    figures = [head_spreads(innovation, steady, w) for w in lengths]
    expected = [steady / w for w in lengths]
    spreads = None
    if lengths:
        spreads = _looks(lengths, figures, expected, np.eye(len(R)), n, settings)
        usual = np.where(jumping, np.sqrt(expected), 0.0)
        spreads = replace(spreads, spread=np.maximum(spreads.spread, usual))
    unseen = (settings.hidden * level.coarse_step(head, settings.dwell) / levels.noise) ** 2
    expects = _chain(shifts, windows, levels, n, settings)
    known = _looks(windows, shifts, expects, R, n, settings, unseen)
    wide = [w for w in windows if w >= settings.creep_window]
    creeps = None
    if wide:
        lag = int(settings.lag_share * n)
        late = [level.misses(cleaned, baseline, w, lag) / levels.noise for w in wide]
        seen = known.spread[-len(wide) :] ** 2 - unseen
        walked = [levels.mean_variance(w, lag) / levels.mean_variance(w) for w in wide]
        creeps = _looks(wide, late, list(seen * walked), R, n, settings, unseen, lag)
        drifts = levels.gain > settings.creep_gain  # by itself it is not where it was
        creeps = replace(creeps, spread=np.where(drifts, np.inf, creeps.spread))
    return HeadModel(levels, known, creeps, spreads, steady, jumping)


def log_power(power: Array, count: Array, steady: Array) -> Array:
    """Log of the mean square of `count` [row] innovations [-], drawn to 1 by `steady` [row] more.

    `power` [-] is their sum of squares. A channel with rare steps has windows without any.
    """
    return np.asarray(np.log((power + steady) / (count + steady)))


def kurtosis(innovation: Array) -> Array:
    """Variance of a squared innovation over its mean squared [-]: 2 of normal noise."""
    square = innovation**2
    mean = np.maximum(np.nanmean(square, axis=0), 1e-12)
    return np.asarray(np.nanvar(square, axis=0) / mean**2)


def head_spreads(innovation: Array, steady: Array, rows: int) -> Array:
    """`log_power` over every `rows` [row] of a head; `steady` [row] as there."""
    there = np.isfinite(innovation)
    zero = np.zeros((1, innovation.shape[1]))
    power = np.vstack([zero, np.cumsum(np.where(there, innovation, 0.0) ** 2, axis=0)])
    count = np.vstack([zero, np.cumsum(there, axis=0)])
    return log_power(power[rows:] - power[:-rows], count[rows:] - count[:-rows], steady)[
        level.SETTLING :
    ]


def mean_square(z: Array, whiten: Array) -> Array:
    """Mean square of whitened figures [-] along the last axis."""
    return np.asarray(np.sum((z @ whiten) * z, axis=-1) / z.shape[-1])


def _chain(
    figures: Sequence[Array], windows: Sequence[int], levels: level.Levels, n: int, s: Settings
) -> list[Array]:
    """Variance that is expected over each window: of the shorter one, scaled as the levels do."""
    expected = [levels.mean_variance(windows[0])]
    for i, w in enumerate(windows[:-1]):
        seen = _drawn(figures[i], expected[-1], w, n, s)
        ratio = levels.mean_variance(windows[i + 1]) / levels.mean_variance(w)
        expected.append(seen * ratio)
    return expected


def _drawn(figure: Array, expected: Array, rows: int, n: int, settings: Settings) -> Array:
    """Variance about zero of a head's figure, drawn to the expected one.

    The head has few independent blocks of a long window, the expectation none of what it does
    not know.
    """
    blocks = _blocks(rows, n)
    seen = np.nanmean(figure**2, axis=0)
    return np.asarray(
        (settings.prior_dof * expected + blocks * seen) / (settings.prior_dof + blocks)
    )


def _looks(
    windows: Sequence[int],
    figures: Sequence[Array],
    expected: Sequence[Array],
    R: Array,
    n: int,
    settings: Settings,
    unseen: Array | float = 0.0,
    lag: int = 0,
) -> Looks:
    """`unseen` is a variance that no head shows, in the figures' units."""
    whiten = np.asarray(np.linalg.inv(R), dtype=np.float64)
    spread, swell, dof = [], [], []
    for w, figure, e in zip(windows, figures, expected, strict=True):
        spread.append(np.asarray(np.sqrt(_drawn(figure, e, w + lag, n, settings) + unseen)))
        z = np.asarray(np.where(np.isfinite(figure), figure, 0.0) / spread[-1])
        swell.append(max(1.0, float(np.mean(mean_square(z, whiten)))))
        dof.append(settings.prior_dof + _blocks(w, n))  # how a level walks meanwhile is known
    rows = np.array(windows, dtype=np.int64)
    one, joint = student(dof), fisher(len(R), dof)
    return Looks(rows, np.array(spread), whiten, np.array(swell), one, joint, lag)


def _blocks(rows: int, n: int) -> float:
    return max(1.0, n / (1.5 * rows))


def _correlation(innovation: Array, shrink: float) -> Array:
    filled = np.where(np.isfinite(innovation), innovation, 0.0)
    scale = np.sqrt(np.mean(filled**2, axis=0))
    R = filled.T @ filled / len(filled) / np.outer(scale, scale)
    return np.asarray((1.0 - shrink) * R + shrink * np.eye(len(R)))
