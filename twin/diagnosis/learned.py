"""What commissioning knows of a healthy plant: expected innovations, covariances, thresholds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis import covariance, regression, thresholds
from twin.diagnosis.blocks import Block
from twin.diagnosis.channel import Channel
from twin.diagnosis.compete import field
from twin.diagnosis.habits import Habits, Learning
from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.settings import BLOCK_NS, DAY_BLOCKS, Settings, Window

Floats = NDArray[np.float64]

LEAST_DAYS = 14
"""Commissioning shorter than two weeks cannot leave a week out [d]."""


@dataclass(frozen=True)
class Plant:
    """What is watched: m signals with their parts, k hypotheses; the order is that of a Step."""

    signals: tuple[str, ...]
    part_of: tuple[str, ...]
    hypotheses: tuple[Hypothesis, ...]
    q: int
    """Features of the operating point [-]."""
    channels: tuple[Channel, ...] = ()
    """Signals and commands whose readings are looked at by themselves."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Parts in the order of their first signal."""
        return tuple(dict.fromkeys(self.part_of))


@dataclass(frozen=True)
class Learned:
    """Signals are divided by `scale`, so that no unit matters; covariances are of scaled ones."""

    scale: Floats
    """float64[m], standard deviation of a block's remainder, SI."""
    usual_variance: Floats
    """float64[m], median of the variance that the observer predicts [SI^2]."""
    regression: regression.Regression
    """Of scaled innovations."""
    lever: Floats
    """float64[m, m], covariance of the regression's error per unit of leverage [-]."""
    mean: tuple[Floats, ...]
    """Covariance of each window's mean [-]."""
    slope: tuple[Floats | None, ...]
    """Covariance of each window's slope sum [-]."""
    keep: tuple[Floats, ...]
    """float64[m], what each step window takes off of its memory [-]; 0 of other windows."""
    fault_at: Floats
    """float64[windows, parts], LLR from which a fault of a part is raised [-]."""
    unknown_at: Floats
    """float64[windows, parts], chi2 of a part from which something unknown is raised [-]."""
    rest: Floats
    """float64[windows], chi2 that may be left unexplained [-]."""
    signature: Floats
    """float64[m, k], mean signature, scaled."""
    days: float
    """Length of the commissioning [d]."""
    habits: Floats
    """float64[9, channels], what `Habits.table` gives [SI]."""

    def least(self, plant: "Plant", window: int, hypothesis: int) -> float:
        """LLR from which a window raises a hypothesis of the plant [-]; ramps come after all."""
        part = plant.hypotheses[hypothesis % len(plant.hypotheses)].part
        of_window = self.fault_at[window]
        return float(of_window[plant.parts.index(part)] if part in plant.parts else max(of_window))


class Commissioning:
    """Gathers blocks of a healthy plant; 28 days of 20 signals take 3 MB, whatever the bank."""

    def __init__(self, plant: Plant, settings: Settings | None = None) -> None:
        self.plant = plant
        self.settings = settings or Settings()
        m, k = len(plant.signals), len(plant.hypotheses)
        self._rows: list[tuple[int, Floats, Floats, NDArray[np.bool_], Floats]] = []
        self._signature = np.zeros((m, k))
        self._count = np.zeros(m)
        self._habits = Learning(plant.channels)

    def take(self, block: Block) -> None:
        """Keep one block."""
        if block.readings is not None:
            self._habits.take(block.readings, block.usable)
        if not block.usable.any():
            return
        self._rows.append(
            (block.t_ns, block.innovation, block.variance, block.usable, block.operating)
        )
        self._signature += block.signature
        self._count += block.usable

    def learn(self, seed: int = 0) -> Learned:
        """What the blocks say; `seed` draws the order of days in which thresholds are counted.

        Raises:
            ValueError: if there are too few days, or a signal was never usable.
        """
        self._refuse_too_little()
        t = np.array([row[0] for row in self._rows])
        grid = (t - t[0]) // BLOCK_NS
        variance, usable = (np.array([row[i] for row in self._rows]) for i in (2, 3))
        innovation, operating = (np.array([row[i] for row in self._rows]) for i in (1, 4))
        usual = np.array([np.median(v[u]) for v, u in zip(variance.T, usable.T, strict=True)])
        rough = np.sqrt(np.mean(innovation**2, axis=0, where=usable))
        rough = np.where(rough > 0.0, rough, 1.0)
        fitted, left = regression.fit(
            operating,
            innovation / rough,
            usable,
            grid // (7 * DAY_BLOCKS),
            self.settings.ridge,
            self.settings.clip_features,
        )
        again = np.sqrt(np.mean(left**2, axis=0, where=usable))
        again = np.where(again > 1e-9, again, 1.0)
        fitted = _rescaled(fitted, again)
        scale = rough * again
        size = int(grid[-1]) + 1
        on_grid, used = np.zeros((size, left.shape[1])), np.zeros((size, left.shape[1]), bool)
        on_grid[grid], used[grid] = left / again, usable
        signature = self._signature / np.maximum(self._count, 1.0)[:, None] / scale[:, None]
        return _count(
            *(self.plant, self.settings, scale, usual, fitted, on_grid, used, signature),
            *(self._habits.learn(), seed),
        )

    def _refuse_too_little(self) -> None:
        days = len(self._rows) / DAY_BLOCKS
        if days < LEAST_DAYS:
            raise ValueError(f"{days:.1f} usable days, at least {LEAST_DAYS} are needed")
        for name, n in zip(self.plant.signals, self._count, strict=True):
            if n < DAY_BLOCKS:
                raise ValueError(f"{name}: usable for {n / DAY_BLOCKS:.2f} days, at least 1 needed")


def _rescaled(fitted: regression.Regression, by: Floats) -> regression.Regression:
    return replace(fitted, coefficients=fitted.coefficients / by)


def _count(
    plant: Plant,
    settings: Settings,
    scale: Floats,
    usual: Floats,
    fitted: regression.Regression,
    left: Floats,
    used: NDArray[np.bool_],
    signature: Floats,
    habits: Habits,
    seed: int,
) -> Learned:
    model = covariance.mismatch(left, used)
    means, slopes, keeps = [], [], []
    for window in settings.windows:
        mean, slope = covariance.of_window(window, left, used, model)
        long = settings.memory(window)
        keeps.append(np.zeros(len(scale)))
        if long is not None:
            keeps[-1] = covariance.memory(window.blocks, long.blocks, model)
            mean = covariance.step_covariance(left, used, window.blocks, long.blocks, keeps[-1])
        means.append(mean)
        slopes.append(slope)
    day = np.full(DAY_BLOCKS, 1.0 / DAY_BLOCKS)
    lever_sd = np.sqrt(settings.leverage * DAY_BLOCKS * model.variance(day))
    alike = covariance.correlation(
        covariance.window_means(left, used, DAY_BLOCKS), len(left) / DAY_BLOCKS
    )
    fault_at, unknown_at, rest = _thresholds(
        plant,
        settings,
        (thresholds.Healthy(left, used), thresholds.healthy(left, used, model, seed)),
        (means, slopes, keeps),
        signature,
    )
    return Learned(
        scale,
        usual,
        fitted,
        alike * np.outer(lever_sd, lever_sd),
        tuple(means),
        tuple(slopes),
        tuple(keeps),
        fault_at,
        unknown_at,
        rest,
        signature,
        len(left) / DAY_BLOCKS,
        habits.table(),
    )


def _thresholds(
    plant: Plant,
    settings: Settings,
    healthy: tuple[thresholds.Healthy, thresholds.Healthy],
    learned: tuple[Sequence[Floats], Sequence[Floats | None], Sequence[Floats]],
    signature: Floats,
) -> tuple[Floats, Floats, Floats]:
    windows, parts = settings.windows, plant.parts
    rate = thresholds.rate(windows, settings, len(parts))
    fault_at, unknown_at = np.zeros((2, len(windows), len(parts)))
    rest = np.zeros(len(windows))
    owner = np.array([h.part for h in plant.hypotheses])
    member = np.array(plant.part_of)
    for w, (window, mean, slope, keep) in enumerate(zip(windows, *learned, strict=True)):
        long = settings.memory(window)
        r = thresholds.moments(window, healthy[window.blocks > DAY_BLOCKS], long, keep)
        of = field(plant.hypotheses, settings, ramps=window.slope)
        left = signature if long is None else with_memory(signature, window, long, keep)
        full, s = stacked(mean, slope, left, window.panes)
        whose = [np.tile(owner == part, len(of.fault) // len(owner)) for part in parts]
        raised, total = thresholds.statistics(r, full, s, of, whose)
        floor = settings.lowest_slow if window.slope else settings.lowest_threshold
        lowest = floor / settings.lasting
        rest[w] = settings.lasting * float(np.quantile(total, thresholds.REST_QUANTILE))
        for p, part in enumerate(parts):
            least = thresholds.threshold(raised[:, p], window, rate, lowest)
            fault_at[w, p] = settings.lasting * least
            own = np.tile(member == part, len(full) // len(member))
            z = np.linalg.solve(np.linalg.cholesky(full[np.ix_(own, own)]), r[:, own].T)
            chi2 = np.sum(z * z, axis=0)
            least = thresholds.threshold(chi2, window, rate, lowest)
            unknown_at[w, p] = settings.lasting * least
    return fault_at, unknown_at, rest


def with_memory(signature: Floats, window: Window, long: Window, keep: Floats) -> Floats:
    """Signatures of a fault that began with the window: its share of the memory is taken off."""
    result: Floats = signature * (1.0 - keep * window.blocks / long.blocks)[:, None]
    return result


def stacked(
    mean: Floats, slope: Floats | None, signature: Floats, panes: int
) -> tuple[Floats, Floats]:
    """Covariance and signatures of a window's mean and slope together, for constant signatures.

    Mean and slope of a stationary process are uncorrelated: it looks the same backwards.
    """
    if slope is None:
        return mean, signature
    m, k = signature.shape
    none = np.zeros((m, k))
    steps = (np.arange(panes) + 0.5) / panes
    rise = float(np.sum(steps * (steps - 0.5)) / panes)
    covariance_ = np.block([[mean, np.zeros((m, m))], [np.zeros((m, m)), slope]])
    return covariance_, np.block([[signature, 0.5 * signature], [none, rise * signature]])
