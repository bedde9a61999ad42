"""The bank's running sums against windows that are computed from scratch."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import lsq_linear
from synthetic_plant import M, Truth
from trials import COMMISSIONING

from twin.diagnosis.bank import Bank
from twin.diagnosis.blocks import Blocks
from twin.diagnosis.diagnosis import Diagnosis
from twin.diagnosis.experience import Experience
from twin.diagnosis.restless import widened
from twin.diagnosis.settings import BLOCK_NS, BLOCK_STEPS, Settings
from twin.diagnosis.wander import Wander
from twin.estimation.step import STEP_NS, Step

FAR = np.array([0.0, 2.0, 0.0, 0.0])
"""Beside any operating point it is one that commissioning never saw."""


def fed(diagnosis: Diagnosis, truth: Truth, n: int, lived: np.ndarray | None = None, far: int = 0):
    """Bank after n blocks with holes, the blocks, and the last fit of each window.

    The last `far` blocks are where commissioning was not.
    """
    random = np.random.default_rng(4)
    bank = Bank(diagnosis.plant, diagnosis.learned, diagnosis.settings)
    if lived is not None:
        bank.take_up(lived)
    blocks, last = [], {}
    for i in range(COMMISSIONING, COMMISSIONING + n):
        block = truth.block(i)
        holes = random.random(M) < 0.1
        holes &= i < COMMISSIONING + n - 1  # all that could be there is there at the end
        away = FAR if i >= COMMISSIONING + n - far else 0.0
        operating = block.operating + away
        block = replace(block, usable=block.usable & ~holes, operating=operating)
        blocks.append(block)
        last |= dict(bank.take(block))
    return bank, blocks, last


def window_from_scratch(learned, blocks, signal: int, length: int):
    """Mean innovation, signature and features of the last usable blocks of one signal."""
    used = [b for b in blocks if b.usable[signal]][-length:]
    fit = learned.expectation
    r = [b.innovation[signal] / learned.scale[signal] for b in used]
    r = [v - fit.expected(b.operating)[signal] for v, b in zip(r, used, strict=True)]
    s = [b.signature[signal] / learned.scale[signal] for b in used]
    x = [fit.features(b.operating)[signal] for b in used]
    return np.mean(r), np.mean(s, axis=0), np.mean(x, axis=0)


def odds_from_scratch(learned, blocks, signal: int, length: int) -> float:
    """By how much the polynomial says more than is expected, in those of strange points."""
    of, apart = learned.expectation, []
    part, columns = of.parts[of.part_of[signal]], of.columns[of.part_of[signal]]
    own = list(of.signals[of.part_of[signal]]).index(signal)
    for b in [b for b in blocks if b.usable[signal]][-length:]:
        z = np.clip((b.operating[columns] - part.centre) / part.spread, part.low, part.high)
        said = np.concatenate([[1.0], z, z**2 - 1.0]) @ part.coefficients[:, own]
        apart.append(said - of.expected(b.operating)[signal])
    return float(np.mean(apart) / np.sqrt(learned.strange[signal]))


def wider_from_scratch(learned, blocks, signal: int) -> float:
    """By how much more quarters of an hour or hours change than they ever did."""
    r = np.array(
        [
            b.innovation[signal] / learned.scale[signal]
            - learned.expectation.expected(b.operating)[signal]
            if b.usable[signal]
            else np.nan
            for b in blocks
        ]
    )
    hours = r[: len(r) // 12 * 12].reshape(-1, 12)
    hours = np.array([np.nanmean(h) for h in hours if np.isfinite(h).sum() >= 6])
    r = r[np.isfinite(r)]
    short = held(np.abs(r[3:] - r[:-3]), 36, 28, 1)  # a fifth of them is above
    long = held(np.abs(np.diff(hours)), 24, 12, 12)
    return max(short / learned.restless[0, signal], long / learned.restless[1, signal], 1.0)


def held(changes, lately: int, rank: int, blocks: int) -> float:
    found = 0.0
    for end in range(lately, len(changes) + 1):
        now = np.sort(changes[end - lately : end])[rank]
        found = max(found * np.exp(-blocks / (7 * 288)), now)
    return found


def covariance(learned, healthy, signals, x):
    of = learned.expectation
    lever = [max(v @ of.inverse[i] @ v - of.usual[i], 0.0) for i, v in zip(signals, x, strict=True)]
    root = np.sqrt(np.outer(lever, lever))
    strange = np.array([v[-1] ** 2 for v in x]) * learned.strange[signals]
    of = np.ix_(signals, signals)
    return healthy[of] + learned.lever[of] * root + np.diag(strange)


@pytest.mark.parametrize("name", ["5 min", "15 min", "1 h", "1 h step"])
def test_a_window_is_a_brute_force_likelihood_ratio(name, fresh, truth) -> None:
    learned, settings = fresh.learned, fresh.settings
    bank, blocks, last = fed(fresh, truth, 420, far=8)
    w = settings.index(name)
    fit, window = last[w], settings.windows[w]
    assert len(fit.signals) >= 7
    rows = [window_from_scratch(learned, blocks, i, window.blocks) for i in fit.signals]
    r, S, x = (np.array(part) for part in zip(*rows, strict=True))
    odds = np.array([odds_from_scratch(learned, blocks, i, window.blocks) for i in fit.signals])
    long = settings.memory(window)
    if long is None:
        x[:, -1] = np.hypot(x[:, -1], 0.8 * odds)
    else:
        # the day's pane ends on the hour of each signal: its ring is taken as it is
        ring = bank.rings[settings.index("24 h")]
        keep = learned.keep[w][fit.signals]
        r = r - keep * ring.means[fit.signals, 0]
        strange, odds = 0.3 * x[:, -1], odds - keep * ring.features[fit.signals, -1]
        x = x - keep[:, None] * np.delete(ring.features[fit.signals], [-3, -1], axis=1)
        x[:, -1] = np.hypot(np.hypot(x[:, -1], strange), 0.8 * odds)
        S = S * (1.0 - keep * window.blocks / long.blocks)[:, None]
    wider = np.array([wider_from_scratch(learned, blocks, i) for i in fit.signals])
    wider = wider**2 if window.blocks < 12 else wider
    C = covariance(learned, learned.mean[w], fit.signals, x) * np.outer(wider, wider)
    L = np.linalg.cholesky(C)
    z, G = np.linalg.solve(L, r), np.linalg.solve(L, S)
    assert fit.total == pytest.approx(z @ z, rel=1e-9)
    for j, h in enumerate(fresh.plant.hypotheses):
        if not G[:, j].any():
            assert fit.score.llr[j] == 0.0
            continue
        best = lsq_linear(G[:, [j]], z, bounds=(h.low - 1e-12, h.high), tol=1e-14)
        assert fit.score.llr[j] == pytest.approx(z @ z - 2.0 * best.cost, abs=1e-6)


@pytest.mark.parametrize("name", ["15 min", "1 h"])
def test_what_was_lived_through_and_what_wanders_are_healthy(name, fresh, truth) -> None:
    """A season of ten days in which all was off by 1.5; then the same windows from scratch."""
    wanders = (Wander("s2.bias", 1.0, 6e3), Wander("network.f2", 0.1, 9e4))
    plant, learned = replace(fresh.plant, wanders=wanders), fresh.learned
    of_6h, of_day = (learned.mean[i].diagonal() for i in (3, 4))
    of = learned.expectation
    experience = Experience(learned.strange, of_6h, of_day, of.part_of, of.q + 1)
    random = np.random.default_rng(6)
    every, none = np.ones(M, bool), np.zeros(M, bool)
    for i in range(10 * 288):
        point = of.points(truth.operating[COMMISSIONING + i % 250] + 0.1 * random.normal(size=4))
        experience.take(i * BLOCK_NS, 1.5 * every, 0.8 * np.ones(M), point, every, none)
    lived = np.concatenate([np.zeros(3 * M), experience.table()])
    shift, doubt = experience.shift, np.maximum(experience.doubt_6h, 0.3)
    assert (shift > 1.0).all()

    fresh.plant = plant
    bank, blocks, last = fed(fresh, truth, 250, lived, far=2)
    w = fresh.settings.index(name)
    fit, window = last[w], fresh.settings.windows[w]
    rows = [window_from_scratch(learned, blocks, i, window.blocks) for i in fit.signals]
    r, S, x = (np.array(part) for part in zip(*rows, strict=True))
    for n, i in enumerate(fit.signals):
        used = [b.operating for b in blocks if b.usable[i]][-window.blocks :]
        known = np.array([experience.known(of.points(o))[i] for o in used])
        strange = np.array([of.features(o)[i, -1] for o in used])
        r[n] -= shift[i] * np.mean(strange * known)
        new = np.mean(strange * np.sqrt(1.0 - known**2))
        x[n, -1] = np.hypot(doubt[i] * np.mean(strange * known), new)
        x[n, -1] = np.hypot(x[n, -1], 0.8 * odds_from_scratch(learned, blocks, i, window.blocks))
    wider = widened(bank._wider[:, fit.signals], window.blocks)  # is another test's
    C = covariance(learned, learned.mean[w], fit.signals, x) * np.outer(wider, wider)
    for wander in wanders:
        s = S[:, [h.name for h in plant.hypotheses].index(wander.hypothesis)]
        C += wander.variance(window) * np.outer(s, s)
    z = np.linalg.solve(np.linalg.cholesky(C), r)
    assert fit.total == pytest.approx(z @ z, rel=1e-9)


def test_memory_does_not_grow(fresh, truth) -> None:
    bank = Bank(fresh.plant, fresh.learned, fresh.settings)

    def size() -> int:
        arrays = [a for ring in bank.rings for a in vars(ring).values()]
        return sum(a.nbytes for a in arrays if isinstance(a, np.ndarray))

    before = size()
    for i in range(COMMISSIONING, COMMISSIONING + 100):
        bank.take(truth.block(i))
    assert size() == before < 3e6 * 12


def test_a_part_that_is_off_does_not_advance(fresh, truth) -> None:
    _, blocks, _ = fed(fresh, truth, 30)
    bank = Bank(fresh.plant, fresh.learned, fresh.settings)
    for block in blocks:
        bank.take(block)
    held = bank.rings[2].means[4:9].copy()
    for n in range(1, 20):
        usable = np.arange(M) < 4
        bank.take(replace(blocks[-1], t_ns=blocks[-1].t_ns + n * BLOCK_NS, usable=usable))
    np.testing.assert_array_equal(bank.rings[2].means[4:9], held)
    assert not bank.ready(2, blocks[-1].t_ns + 19 * BLOCK_NS)[4:].any()


def steps(truth: Truth, begin: int, n: int) -> list[Step]:
    random = np.random.default_rng(9)
    found = []
    for i in range(begin, begin + n):
        block = truth.block(i)
        for part in range(1, BLOCK_STEPS + 1):
            wobble = random.normal(size=M) * truth.si / 50.0
            found.append(
                Step(
                    i * BLOCK_NS + part * STEP_NS,
                    block.innovation + wobble,
                    block.variance,
                    block.signature,
                    block.usable,
                    block.operating,
                )
            )
    return found


def test_blocks_are_means_of_their_steps(truth) -> None:
    run = steps(truth, 0, 2)
    run[1] = replace(run[1], innovation=np.where(np.arange(M) == 2, np.nan, run[1].innovation))
    gathered = Blocks(M, len(truth.plant.hypotheses), 4, 0.6)
    blocks = [b for s in run for b in gathered.take(s)]
    assert [b.t_ns for b in blocks] == [BLOCK_NS, 2 * BLOCK_NS]
    wanted = np.nanmean([s.innovation for s in run[:BLOCK_STEPS]], axis=0)
    np.testing.assert_allclose(blocks[0].innovation[:4], wanted[:4], rtol=1e-12)
    np.testing.assert_allclose(blocks[1].signature, run[4].signature, rtol=1e-12)


def test_a_gap_ends_a_block_and_too_few_steps_are_none(truth) -> None:
    run = steps(truth, 0, 9)
    gathered = Blocks(M, len(truth.plant.hypotheses), 4, 0.6)
    kept = [*run[:2], *run[25:]]
    blocks = [b for s in kept for b in gathered.take(s)]
    assert [b.t_ns // BLOCK_NS for b in blocks] == [1, 9]
    assert blocks[0].usable[:4].all()
    gathered = Blocks(M, len(truth.plant.hypotheses), 4, 0.6)
    blocks = [b for s in [*run[:1], *run[24:]] for b in gathered.take(s)]
    assert not blocks[0].usable.any()
    with pytest.raises(ValueError, match="not after"):
        gathered.take(run[0])


def test_cutting_the_stream_changes_no_bit(fresh, truth) -> None:
    import copy

    run = steps(truth, COMMISSIONING, 40)
    one, other = fresh, copy.deepcopy(fresh)
    for step in run:
        one.take(step)
    for begin in range(0, len(run), 7):
        other = copy.deepcopy(other)  # as a saved and continued run would
        for step in run[begin : begin + 7]:
            other.take(step)
    for a, b in zip(one.bank.rings, other.bank.rings, strict=True):
        np.testing.assert_array_equal(a.means, b.means)
    assert one.events == other.events


def test_units_of_the_plant_change_nothing() -> None:
    """The bank works on scaled innovations; a plant in other units learns the same numbers."""
    from trials import Commissioning

    truth = Truth(5, 15)
    unit = 10.0 ** np.linspace(-4.0, 4.0, M)
    learned = []
    for by in (np.ones(M), unit):
        gathered = Commissioning(truth.plant, Settings())
        for i in range(15 * 288):
            b = truth.block(i)
            gathered.take(
                replace(
                    b,
                    innovation=b.innovation * by,
                    signature=b.signature * by[:, None],
                    variance=b.variance * by**2,
                )
            )
        learned.append(gathered.learn())
    np.testing.assert_allclose(learned[1].scale, learned[0].scale * unit, rtol=1e-9)
    np.testing.assert_allclose(learned[1].fault_at, learned[0].fault_at, rtol=1e-6)
