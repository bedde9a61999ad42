"""What blocks of a healthy plant teach: expected innovations, covariances, thresholds."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis import covariance, expectation, modes, restless, thresholds
from twin.diagnosis.as_judged import as_judged
from twin.diagnosis.blocks import Block
from twin.diagnosis.compete import field
from twin.diagnosis.habits import Learning
from twin.diagnosis.identifiability import Moved
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.settings import BLOCK_NS, DAY_BLOCKS, Settings, Window

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST_DAYS = 14
"""Commissioning shorter than two weeks cannot leave a week out [d]."""


class Commissioning:
    """Gathers blocks of a healthy plant; 28 days of 20 signals under 100 hypotheses take 70 MB."""

    def __init__(self, plant: Plant, settings: Settings | None = None) -> None:
        self.plant = plant
        self.settings = settings or Settings()
        m, k = len(plant.signals), len(plant.hypotheses)
        self._blocks: list[Block] = []
        self._signature = np.zeros((m, k))
        self._count = np.zeros(m)
        self._habits = Learning(plant.channels)

    def take(self, block: Block) -> None:
        """Keep one block."""
        if block.readings is not None:
            self._habits.take(block.readings, block.usable)
        if not block.usable.any():
            return
        kept = replace(block, signature=block.signature.astype(np.float32), readings=None)
        self._blocks.append(kept)
        self._signature += block.signature
        self._count += block.usable

    def moved(self, window: Window) -> Iterator[Moved]:
        """By how much each window's length of the plant's time would have moved [SI]."""
        for _, several in groupby(self._blocks, lambda b: (b.t_ns - 1) // window.length_ns):
            of = list(several)
            count = np.sum([b.usable for b in of], axis=0)
            total = np.sum([b.signature for b in of], axis=0, dtype=float)
            usable = count >= self.settings.block_share * window.blocks
            yield Moved(total / np.maximum(count, 1)[:, None], usable)

    def learn(self, seed: int = 0) -> Learned:
        """What the blocks say; `seed` draws the order of days in which thresholds are counted.

        Raises:
            ValueError: if there are too few days, or a signal was never usable.
        """
        self._refuse_too_little()
        t = np.array([b.t_ns for b in self._blocks])
        grid = (t - t[0]) // BLOCK_NS
        innovation, operating, usable = self._column("innovation", "operating", "usable")
        day = grid // DAY_BLOCKS
        scale, fitted, left = self._fitted(innovation, operating, usable, day)
        otherwise = modes.otherwise(self.plant, left, scale, usable)
        if otherwise.any():
            usable &= ~otherwise
            self._leave_out(otherwise)
            scale, fitted, left = self._fitted(innovation, operating, usable, day)
        size = int(grid[-1]) + 1
        on_grid, used = np.zeros((size, left.shape[1])), np.zeros((size, left.shape[1]), bool)
        on_grid[grid], used[grid] = left, usable
        model = covariance.mismatch(on_grid, used)
        known = self._without_thresholds(scale, fitted, on_grid, used, model)
        years = thresholds.healthy(on_grid, used, model, seed)
        return self._with_thresholds(known, years, self._left_out(known, left))

    def _leave_out(self, gone: Flags) -> None:
        """Take bool[blocks, m] out of what was gathered."""
        for i in np.flatnonzero(gone.any(axis=1)):
            block, lost = self._blocks[i], gone[i] & self._blocks[i].usable
            self._signature -= np.where(lost[:, None], block.signature, 0.0)
            self._count -= lost
            kept = np.where(lost[:, None], np.float32(0.0), block.signature)
            self._blocks[i] = replace(block, usable=block.usable & ~lost, signature=kept)

    def _fitted(
        self, innovation: Floats, operating: Floats, usable: Flags, day: NDArray[np.int64]
    ) -> tuple[Floats, expectation.Expectation, Floats]:
        """Scale, what to expect, and what is left of each block, scaled, without its week."""
        rough = np.sqrt(np.mean(innovation**2, axis=0, where=usable))
        rough = np.where(rough > 0.0, rough, 1.0)
        owners = self.plant.part_of, self.plant.operating_of
        fitted, left = expectation.fit(
            operating, innovation / rough, usable, day, owners, self.settings
        )
        again = np.sqrt(np.mean(left**2, axis=0, where=usable))
        again = np.where(again > 1e-9, again, 1.0)
        return rough * again, fitted.scaled(again), left / again

    def _column(self, *names: str) -> tuple[NDArray[Any], ...]:
        return tuple(np.array([getattr(b, name) for b in self._blocks]) for name in names)

    def _left_out(self, known: Learned, left: Floats) -> Iterator[Block]:
        """The blocks as the bank would have met them, had it not learned from their week."""
        for block, remainder in zip(self._blocks, left, strict=True):
            expected = known.expectation.expected(block.operating)
            yield replace(block, innovation=known.scale * (remainder + expected))

    def _refuse_too_little(self) -> None:
        days = len(self._blocks) / DAY_BLOCKS
        if days < LEAST_DAYS:
            raise ValueError(f"{days:.1f} usable days, at least {LEAST_DAYS} are needed")
        for name, n in zip(self.plant.signals, self._count, strict=True):
            if n < DAY_BLOCKS:
                raise ValueError(f"{name}: usable for {n / DAY_BLOCKS:.2f} days, at least 1 needed")

    def _without_thresholds(
        self,
        scale: Floats,
        fitted: expectation.Expectation,
        left: Floats,
        used: NDArray[np.bool_],
        model: covariance.Mismatch,
    ) -> Learned:
        settings, means, slopes, keeps = self.settings, [], [], []
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
        days = len(left) / DAY_BLOCKS
        alike = covariance.correlation(covariance.window_means(left, used, DAY_BLOCKS), days)
        variance, usable = self._column("variance", "usable")
        none = np.zeros((len(settings.windows), len(self.plant.parts)))
        return Learned(
            scale=scale,
            usual_variance=np.array(
                [np.quantile(v[u], 0.99) for v, u in zip(variance.T, usable.T, strict=True)]
            ),
            expectation=fitted,
            lever=alike * np.outer(lever_sd, lever_sd),
            strange=(settings.strange * fitted.varied) ** 2,
            mean=tuple(means),
            slope=tuple(slopes),
            keep=tuple(keeps),
            fault_at=none,
            unknown_at=none,
            rest=none[:, 0],
            signature=self._signature / np.maximum(self._count, 1.0)[:, None] / scale[:, None],
            restless=np.maximum(restless.most(zip(left, used, strict=True), len(scale)), 1e-9),
            days=days,
            habits=self._habits.learn().table(),
        )

    def _with_thresholds(
        self,
        known: Learned,
        years: thresholds.Healthy,
        left_out: Iterable[Block],
    ) -> Learned:
        plant, settings = self.plant, self.settings
        windows, parts = settings.windows, plant.parts
        rate = thresholds.rate(windows, settings, len(parts))
        fault_at, unknown_at = np.zeros((2, len(windows), len(parts)))
        rest = np.zeros(len(windows))
        judged = as_judged(plant, known, settings, left_out)
        for w, window in enumerate(windows):
            later, named = settings.later(window), settings.later_named(window)
            floor, lowest = settings.lowest(window), settings.lowest_named(window) / named
            if w in judged:
                fault, unknown = judged[w].standing(window)
                total = np.array(judged[w].total)
            else:
                fault, unknown, total = _made_up(plant, settings, known, w, years)
            rest[w] = later * float(np.quantile(total, thresholds.REST_QUANTILE))
            for p, part in enumerate(parts):
                rows = (2 if window.slope else 1) * plant.part_of.count(part)
                of_many = thresholds.of_many(floor, rows) / later
                least = thresholds.threshold(fault[:, p], window, rate, lowest)
                fault_at[w, p] = named * least
                least = thresholds.threshold(unknown[:, p], window, rate, of_many)
                unknown_at[w, p] = later * least
        return replace(known, fault_at=fault_at, unknown_at=unknown_at, rest=rest)


def _made_up(
    plant: Plant, settings: Settings, known: Learned, w: int, years: thresholds.Healthy
) -> tuple[Floats, Floats, Floats]:
    """Best LLR and chi2 of each part, float64[judgements, parts], in years that never were.

    And chi2 of everything, float64[judgements].
    """
    window = settings.windows[w]
    r = thresholds.moments(window, years)
    full, s = stacked(known.mean[w], known.slope[w], known.signature, window.panes)
    of = field(plant.hypotheses, settings, ramps=window.slope)
    owner = np.tile([h.part for h in plant.hypotheses], len(of.fault) // len(plant.hypotheses))
    fault = thresholds.statistics(r, full, s, of, [owner == part for part in plant.parts])
    member = np.tile(plant.part_of, len(full) // len(plant.part_of))
    unknown = [_chi2(r[:, member == part], full, member == part) for part in plant.parts]
    return fault, np.stack(unknown, axis=1), _chi2(r, full, np.ones(len(full), bool))


def _chi2(r: Floats, covariance: Floats, own: Flags) -> Floats:
    z = np.linalg.solve(np.linalg.cholesky(covariance[np.ix_(own, own)]), r.T)
    return np.asarray(np.sum(z * z, axis=0))


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
