"""The bank of generalised likelihood ratios: every hypothesis over every window, block by block."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis import kernels
from twin.diagnosis.blocks import Block
from twin.diagnosis.compete import Field, Score, compete, field
from twin.diagnosis.covariance import slope_weights
from twin.diagnosis.experience import Experience
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.modes import Modes
from twin.diagnosis.restless import KINDS, Restless, widened
from twin.diagnosis.rings import Ring
from twin.diagnosis.room import Room, Way
from twin.diagnosis.settings import BLOCK_NS, DAY_BLOCKS, Settings, Window
from twin.diagnosis.standstill import Standstill
from twin.diagnosis.wander import OF_SLOPE, Wandering

Floats = NDArray[np.float64]

ALONE = 0.3
"""What is off in a strange hour, as a share of what is off in its day, by itself [-] (tuned on
plants 2 and 3)."""
WEEKS = 0.5
"""What always stays of the doubt of strange points in windows of weeks [-] (tuned on plants 1 to
9): what is remembered holds two of them."""
AT_ODDS = 0.8
"""Where polynomial and mean are at odds of what to expect, so much of the difference is doubted in
windows of less than a day, and of its change in steps [-] (tuned on plants 34, 31 and 31 of
`mantsala`, seeds 25, 27 and 29; decisions 0054 and 0055)."""
RISE = 1.0 / 12.0
"""Slope sum of what grows from 0 to 1 within a window [-]."""

STRANGE, NEW, ODDS = -3, -2, -1
"""Columns behind the features: how strange the point is beside commissioning, beside all that was
lived through, and how far polynomial and mean are apart there [standard deviations of what is off
at strange points]."""


@dataclass(frozen=True)
class Fit:
    """What one window says at one time, of the signals that it has.

    Hypotheses compete only when somebody asks: of a healthy plant the total says enough.
    """

    t_ns: int
    window: int
    signals: NDArray[np.int64]
    """Those that are in it; with a slope, rows of the arrays below are means, then slopes."""
    rows: Floats
    """float64[rows, 1 + k], scaled innovations less what is expected, and signatures."""
    covariance: Floats
    """Of the innovations, with the leverage of the operating point."""
    total: float
    """chi2 of everything [-]."""
    of: Field
    secants: frozenset[int] = frozenset()
    """Hypotheses whose signatures are exact at the size that they have (`refine.py`)."""

    @property
    def r(self) -> Floats:
        """float64[rows], innovations [-]."""
        return self.rows[:, 0]

    @property
    def S(self) -> Floats:
        """float64[rows, k], signatures."""
        return self.rows[:, 1:]

    @cached_property
    def _white(self) -> Floats:
        white = self.rows.copy()
        kernels.whiten(self.covariance.copy(), white)
        return white

    @property
    def z(self) -> Floats:
        """float64[rows], whitened innovations."""
        return self._white[:, 0]

    @property
    def G(self) -> Floats:
        """float64[rows, k], whitened signatures."""
        return self._white[:, 1:]

    def chi2_of(self, own: NDArray[np.bool_]) -> float:
        """chi2 of some rows alone [-]."""
        r = self.r[own]
        return float(r @ np.linalg.solve(self.covariance[np.ix_(own, own)], r))

    @cached_property
    def a(self) -> Floats:
        """float64[k], information on each size: 1 / variance of the estimate."""
        information: Floats = np.einsum("ij,ij->j", self.G, self.G)
        return information

    @cached_property
    def score(self) -> Score:
        """Of every hypothesis alone."""
        return compete(self.z @ self.G, self.a, self.of)


class Bank:
    """Takes blocks, gives the fits of the windows whose pane ended; memory does not grow."""

    def __init__(self, plant: Plant, learned: Learned, settings: Settings) -> None:
        m, k = len(plant.signals), len(plant.hypotheses)
        self._learned, self._settings = learned, settings
        f = learned.expectation.f
        self.rings = [Ring(w, m, k, f + 2) for w in settings.windows if not w.against]
        """Of all windows but the step windows, which look at two of these."""
        self.looks = [
            (
                self.rings[settings.base(i)],
                self.rings[settings.index(w.against)] if w.against else None,
            )
            for i, w in enumerate(settings.windows)
        ]
        """Of each window, the ring that it looks at and the longer one that is its memory."""
        self.fields: list[Field] = [
            field(plant.hypotheses, settings, ramps=w.slope) for w in settings.windows
        ]
        self._wandering = [
            Wandering.of(plant.wanders, plant.hypotheses, w, settings.memory(w))
            for w in settings.windows
        ]
        self._k = k
        self._values = np.zeros((m, 1 + k + f + 2))
        self.left = np.zeros(m)
        """Of the last block: innovation less what is expected of a healthy plant [SI]."""
        self._widest = settings.widened * learned.usual_variance
        self._modes, self._restless = Modes(plant), Restless(m)
        self._standstill = Standstill(plant, learned)
        self._wider = np.ones((KINDS, m))
        of_6h, of_day = (learned.mean[settings.index(w)].diagonal() for w in ("6 h", "24 h"))
        of = learned.expectation
        longest = max(w.blocks for w in settings.windows)
        self._room = Room(plant.hypotheses, plant.channels, longest)
        self._experience = Experience(learned.strange, of_6h, of_day, of.part_of, of.q + 1)

    def take(
        self, block: Block, faulty: NDArray[np.bool_] | None = None
    ) -> list[tuple[int, Fit | None]]:
        """Add a block; what each window whose turn it is says, None without any signal.

        `faulty` are the signals of which nothing is learned.
        """
        known = self._learned
        self._room.take(block)
        usable = block.usable & (block.variance <= self._widest)
        values = self._values
        features = known.expectation.features(block.operating)
        expected = known.expectation.said(features)
        np.divide(block.signature, known.scale[:, None], out=values[:, 1 : 1 + self._k])
        values[:, 1 + self._k : NEW] = features
        off, strange = block.innovation / known.scale - expected, values[:, STRANGE].copy()
        usable &= ~self._modes.take(off, known.scale, block.usable)
        usable &= ~self._standstill.of(block.signature)
        points = known.expectation.points(block.operating)
        of_fault = np.zeros(len(off), bool) if faulty is None else faulty
        self._experience.take(block.t_ns, off, strange, points, usable, of_fault)
        values[:, STRANGE], values[:, NEW] = self._strange(strange, points)
        values[:, ODDS] = self._at_odds(block, expected)
        values[:, 0] = off - values[:, STRANGE] * self._experience.shift
        np.multiply(values[:, 0], known.scale, out=self.left)
        self._restless.take(values[:, 0], usable)
        self._wider = self._restless.beside(known.restless, strange)
        number = block.t_ns // BLOCK_NS
        fits: list[tuple[int, Fit | None]] = []
        for ring in self.rings:
            ring.add(block.t_ns, values, usable)
        for i, window in enumerate(self._settings.windows):
            if number % window.pane_blocks == 0:
                fits.append((i, self._fit(i, block.t_ns)))
        return fits

    def dating(self, base: int) -> list[Ring]:
        """The ring of window `base` [-], and a longer one that dates what is older than it.

        That is the longest of the same panes, else the next.
        """
        own, longer = self.rings[base], self.rings[base + 1 :]
        alike = [r for r in longer if r.window.pane_blocks == own.window.pane_blocks]
        return [own, *(alike[-1:] or longer[:1])]

    def lived(self) -> Floats:
        """float64[n], what was learned since commissioning; `take_up` takes it up again."""
        return np.concatenate([self._restless.table().ravel(), self._experience.table()])

    def take_up(self, lived: Floats) -> None:
        """Go on with what another bank of the same plant had lived through."""
        of_restless = self._restless.table().shape
        restless, experience = np.split(lived, [int(np.prod(of_restless))])
        self._restless = Restless.of(restless.reshape(of_restless))
        self._experience.take_up(experience)

    def healthy(self, block: Block) -> tuple[Floats, Floats]:
        """What a healthy plant would show: innovation and its standard deviation, float64[m], SI.

        Both as they are known when the block is over.
        """
        known, lived = self._learned, self._experience
        features = known.expectation.features(block.operating)
        leverage, strange2 = known.expectation.doubt(features)
        points = known.expectation.points(block.operating)
        strange, new = self._strange(np.sqrt(strange2), points)
        said = known.expectation.said(features)
        expected = said + strange * lived.shift
        signature = block.signature / known.scale[:, None]
        variance = known.mean[0] + self._wandering[0].covariance(signature)
        doubt = leverage * known.lever.diagonal()
        odds = AT_ODDS * self._at_odds(block, said)
        doubt += ((strange * lived.doubt_6h) ** 2 + new**2 + odds**2) * known.strange
        return expected * known.scale, np.sqrt(variance.diagonal() + doubt) * known.scale

    def effect(
        self, fit: Fit, since_ns: int, *, grown: bool, way: Way = 1
    ) -> tuple[Floats, Floats]:
        """What hypotheses since `since_ns` [ns] do in a window that was judged with the last block.

        Rows of the fit float64[rows, k] and its panes float64[n, panes, k], both per unit of size;
        with `grown` it grew since then to that size. Of actuators, sizes that go one `way`.
        """
        ring, long = self.looks[fit.window]
        panes = self._moved(ring, fit.signals, since_ns, grown, way)
        if long is not None:
            before = self._moved(long, fit.signals, since_ns, grown, way).mean(axis=1)
            panes = panes - (self._learned.keep[fit.window][fit.signals, None] * before)[:, None]
        mean = panes.mean(axis=1)
        if not ring.window.slope:
            return mean, panes
        slope = np.einsum("p,npk->nk", slope_weights(ring.window), panes)
        return np.vstack([mean, slope]), panes

    def _moved(
        self, ring: Ring, signals: NDArray[np.int64], since_ns: int, grown: bool, way: Way
    ) -> Floats:
        panes = ring.effect(signals, since_ns, grown=grown)
        panes[:, :, self._room.columns] *= self._room.left(ring.ends(signals), ring.window, way)
        return panes

    def ready(self, window: int, t_ns: int) -> NDArray[np.bool_]:
        """bool[m], signals that a window has."""
        return self.rings[window].ready(t_ns)

    def restart(self, longer_than: int, signals: NDArray[np.int64]) -> None:
        """Windows after this one forget what these signals said, because the plant has changed."""
        for ring in self.rings[longer_than + 1 :]:
            ring.restart(signals)

    def _fit(self, i: int, t_ns: int) -> Fit | None:
        ring, long = self.looks[i]
        ready = ring.ready(t_ns) if long is None else ring.ready(t_ns) & long.ready(t_ns)
        signals = np.flatnonzero(ready)
        if len(signals) == 0:
            return None
        slope, n = self._learned.slope[i], len(signals)
        rows = ring.rows(signals)
        C = np.zeros((len(rows), len(rows)))
        features, doubt = ring.features, self._doubt(ring.window)
        if long is not None:
            keep = self._learned.keep[i]
            share = keep[signals] * ring.window.blocks / long.window.blocks
            rows[:, 0] -= keep[signals] * long.means[signals, 0]
            rows[:, 1:] *= (1.0 - share)[:, None]
            features = _between(features, keep[:, None] * long.features, doubt)
        else:
            odds = AT_ODDS if ring.window.blocks < DAY_BLOCKS else 0.0
            features = _known(features, doubt, odds)
        self._fill(C[:n, :n], self._learned.mean[i], features, signals)
        if ring.window.blocks <= DAY_BLOCKS:
            wider = widened(self._wider[:, signals], ring.window.blocks)
            C *= wider[:, None] * wider
        if slope is not None:
            self._fill(C[n:, n:], slope, _within(ring, doubt), signals)
        wandering = self._wandering[i].covariance(rows[:n, 1:])
        C[:n, :n] += wandering
        if slope is not None:
            C[n:, n:] += OF_SLOPE * wandering
        z = rows[:, :1].copy()
        kernels.whiten(C.copy(), z)
        return Fit(t_ns, i, signals, rows, C, float(z[:, 0] @ z[:, 0]), self.fields[i])

    def _strange(self, strange: Floats, points: Floats) -> tuple[Floats, Floats]:
        """How strange a point is beside commissioning, and beside all that was lived through."""
        known = self._experience.known(points)
        return strange * known, strange * np.sqrt(1.0 - known**2)

    def _at_odds(self, block: Block, expected: Floats) -> Floats:
        """By how much the polynomials say another thing than what is `expected`."""
        known = self._learned
        said = known.expectation.polynomial(block.operating)
        return np.asarray((said - expected) / np.sqrt(np.maximum(known.strange, 1e-12)))

    def _doubt(self, window: Window) -> Floats:
        """float64[m], what is doubted of strange points, as a multiple of commissioning's [-]."""
        if window.slope:
            return np.maximum(self._experience.doubt_day, WEEKS)
        if window.blocks < DAY_BLOCKS:
            return np.maximum(self._experience.doubt_6h, ALONE)
        return self._experience.doubt_day

    def _fill(self, out: Floats, healthy: Floats, x: Floats, signals: NDArray[np.int64]) -> None:
        """Covariance of a healthy plant, and what the regression does not know at features x."""
        known = self._learned
        of = known.expectation
        kernels.with_leverage(
            *(healthy, known.lever, known.strange, of.inverse, of.usual), x, signals, out
        )


def _known(features: Floats, doubt: Floats, odds: float = 0.0) -> Floats:
    """Features of a mean: how strange they are counts by the doubt that is left."""
    strange = np.hypot(doubt * features[:, STRANGE], features[:, NEW])
    return _with(features, np.hypot(strange, odds * features[:, ODDS]))


def _between(short: Floats, long: Floats, doubt: Floats) -> Floats:
    """Features of a step: where it is strange, what was before says not all of what is off now."""
    step = short - long
    alone = ALONE * np.hypot(short[:, STRANGE], short[:, NEW])
    alone = np.hypot(alone, AT_ODDS * step[:, ODDS])
    return _with(step, np.hypot(np.hypot(doubt * step[:, STRANGE], step[:, NEW]), alone))


def _within(ring: Ring, doubt: Floats) -> Floats:
    """Features of a slope: where it is strange, what is off may change by itself meanwhile."""
    mean = _known(ring.features, doubt)[:, -1]
    return _with(ring.feature_slopes, RISE * mean)


def _with(features: Floats, strange: Floats) -> Floats:
    """Features with one number for how strange they are, in place of those behind them."""
    found = features[:, :NEW].copy()
    found[:, -1] = strange
    return found
