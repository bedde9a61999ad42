"""How small a fault would have been seen: held against plants that have it, and against silence."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from synthetic_plant import Fault, Truth
from trials import COMMISSIONING, healthy, trial

from twin.diagnosis.blocks import Block
from twin.diagnosis.covariance import slope_weights
from twin.diagnosis.diagnosis import Diagnosis
from twin.diagnosis.rings import Ring
from twin.diagnosis.settings import BLOCK_NS, DAY_BLOCKS, Window
from twin.diagnosis.smallest import smallest
from twin.diagnosis.today import Unseen, said_unseen
from twin.diagnosis.verdict import Standing

BEGIN = COMMISSIONING + 600
"""The next block of `running`; it begins at BEGIN * BLOCK_NS."""
SIZED = (3, 14, 20)
"""Hypotheses: a bias that signals of the next part show too, and process faults of two parts."""


def ring(panes: int = 4, blocks: int = 30) -> tuple[Ring, np.ndarray]:
    """A window with a slope over two signals and three hypotheses, and the panes that it holds."""
    random = np.random.default_rng(3)
    found = Ring(Window("w", panes, 3, 0.2, slope=True), 2, 3, 0)
    values = random.normal(size=(blocks, 2, 4))
    for i, value in enumerate(values):
        found.add((i + 1) * BLOCK_NS, value, np.ones(2, bool))
    return found, values.reshape(-1, 3, 2, 4).mean(axis=1)[-panes:]


ALL = np.arange(2)


def test_what_was_always_there_moves_a_window_as_its_signature_says() -> None:
    window, _ = ring()
    panes = window.effect(ALL, -(10**18), grown=False)
    told = window.rows(ALL)
    slope = np.einsum("p,npk->nk", slope_weights(window.window), panes)
    assert np.allclose(panes.mean(axis=1), told[:2, 1:4])
    assert np.allclose(slope, told[2:, 1:4])


def test_what_grew_all_through_a_window_is_its_ramp() -> None:
    window, _ = ring()
    panes = window.effect(ALL, (30 - 12) * BLOCK_NS, grown=True)
    told = window.rows(ALL)
    slope = np.einsum("p,npk->nk", slope_weights(window.window), panes)
    assert np.allclose(panes.mean(axis=1), told[:2, 4:])
    assert np.allclose(slope, told[2:, 4:])


def test_what_was_before_a_fault_does_not_count() -> None:
    window, held = ring()
    panes = window.effect(ALL, (30 - 6) * BLOCK_NS, grown=False)
    assert (panes[:, :2] == 0.0).all()
    assert np.allclose(panes[:, 2:], held[2:, :, 1:].transpose(1, 0, 2))


def with_fault(block: Block, j: int, size: float) -> Block:
    """The block with what its own signature says of a fault."""
    moved = block.innovation + np.where(block.usable, size * block.signature[:, j], 0.0)
    return replace(block, innovation=moved)


@pytest.mark.parametrize("blocks", [12, 100, 288])
def test_it_is_what_two_plants_differ_by(running: Diagnosis, truth: Truth, blocks: int) -> None:
    """One has the fault since BEGIN, the other has not: their windows say how far it is seen."""
    for j in SIZED:
        size = 0.1 * truth.plant.hypotheses[j].threshold  # so small that nothing else changes
        banks = [copy.deepcopy(running.bank) for _ in range(2)]
        for i in range(BEGIN, BEGIN + blocks):
            block = truth.block(i)
            without, moved = banks[0].take(block), banks[1].take(with_fault(block, j, size))
        judged = 0
        for (w, fit), (_, other) in zip(without, moved, strict=True):
            window = running.settings.windows[w]
            if fit is None or other is None or window.outliers:
                continue  # without its strongest panes it sees less: below
            judged += 1
            alone = replace(fit, of=replace(fit.of, fault=np.ones_like(fit.of.fault)))
            told = smallest([alone], banks[0], truth.plant, running.learned, running.settings,
                            BEGIN * BLOCK_NS)  # fmt: skip
            solved = np.linalg.solve(fit.covariance, fit.S[:, j])
            known = float(fit.S[:, j] @ solved)
            if known == 0.0:  # none of its signals is read: the part has tripped
                assert told[j] == np.inf
                continue
            found = float((other.r - fit.r) @ solved) / known**0.5 / size  # sigmas a unit of size
            raised = np.sqrt(running.learned.least(truth.plant, w, j))
            material = window.material * truth.plant.hypotheses[j].threshold * known**0.5
            needs = (max(raised, material) + 1.645) / found
            assert told[j] == pytest.approx(needs, rel=0.02), (window.name, j)
        assert judged >= 3


@pytest.mark.parametrize(("window", "panes"), [("30 min", 6), ("1 h", 12)])
def test_a_window_that_loses_two_panes_needs_more(
    window: str, panes: int, running: Diagnosis, truth: Truth
) -> None:
    """Where a signature stands still, the mean stays and varies as that of fewer panes."""
    j = 0  # a bias: its signature does not change with the load
    hour = running.settings.index(window)
    fit = healthy_fits(running, truth, 24)[hour]
    told = smallest([fit], running.bank, truth.plant, running.learned, running.settings, 0)[j]
    raised = np.sqrt(running.learned.least(truth.plant, hour, j))
    more = np.sqrt(panes / (panes - 2))
    assert told == pytest.approx((raised * more + 1.645) / np.sqrt(fit.a[j]), rel=1e-6)


def test_what_a_nuisance_does_as_well_needs_more(running: Diagnosis, truth: Truth) -> None:
    """Held against the bank's own competition for what exactly this size of the fault does."""
    names = [h.name for h in truth.plant.hypotheses]
    j = names.index("cooling_loop.f0")  # nuisance0 is its tolerance: the same column
    hour = running.settings.index("6 h")
    fit = healthy_fits(running, truth, 3)[hour]
    told = smallest([fit], running.bank, truth.plant, running.learned, running.settings, 0)[j]
    wins = {}
    for share in (0.98, 1.02):
        rows = fit.rows.copy()
        rows[:, 0] = share * told * fit.S[:, j]
        odds = replace(fit, rows=rows).score.odds
        wins[share] = bool(odds[j] > odds[names.index("nuisance0")])
    raised = np.sqrt(running.learned.least(truth.plant, hour, j))
    assert told > (raised + 1.645) / np.sqrt(fit.a[j])
    assert wins == {0.98: False, 1.02: True}


def healthy_fits(diagnosis: Diagnosis, truth: Truth, blocks: int) -> dict:
    """The last fit of each window after so many more healthy blocks."""
    last = {}
    for i in range(BEGIN, BEGIN + blocks):
        last |= dict(diagnosis.bank.take(truth.block(i)))
    return last


def test_what_has_just_begun_is_not_seen_and_what_stands_longer_is_no_worse_seen(
    running: Diagnosis, truth: Truth
) -> None:
    healthy(running, truth, BEGIN, BEGIN + DAY_BLOCKS)
    now_ns = (BEGIN + DAY_BLOCKS) * BLOCK_NS
    since = [now_ns - hours * 12 * BLOCK_NS for hours in (0, 1, 6, 24)]
    told = [running.today.smallest(now_ns, t_ns) for t_ns in since]
    assert (told[0] > 1e9).all()
    standing = [k for k in range(len(told[0])) if truth.plant.hypotheses[k].kind != "nuisance"]
    assert (told[3][standing] < told[1][standing]).mean() > 0.8
    assert np.isfinite(told[3]).all()


@pytest.mark.parametrize("j", SIZED)
def test_it_is_found_above_and_not_below(running: Diagnosis, truth: Truth, j: int) -> None:
    silent = copy.deepcopy(running)
    healthy(silent, truth, BEGIN, BEGIN + DAY_BLOCKS)
    assert silent.events == []
    needs = silent.today.smallest((BEGIN + DAY_BLOCKS) * BLOCK_NS, BEGIN * BLOCK_NS)[j]
    found = trial(running, truth, (Fault(j, 1.5 * needs, BEGIN),), DAY_BLOCKS)
    assert found.first is not None
    assert trial(running, truth, (Fault(j, 0.4 * needs, BEGIN),), DAY_BLOCKS).first is None


def test_a_part_of_which_no_fault_would_be_seen_is_not_healthy(
    running: Diagnosis, truth: Truth
) -> None:
    part = 1
    deaf = running.learned.fault_at.copy()
    deaf[:, part] = 1e6
    told = Diagnosis(truth.plant, replace(running.learned, fault_at=deaf))
    healthy(told, truth, BEGIN - DAY_BLOCKS, BEGIN)
    name = truth.plant.parts[part]
    own = [h.name for h in truth.plant.hypotheses if h.part == name and h.kind != "nuisance"]
    unseen = told.today.unseen(BEGIN * BLOCK_NS)
    assert [u.fault for u in unseen if u.part == name] == own
    assert all(u.needs > u.size for u in unseen)
    assert told.standing(name) is Standing.UNDECIDED
    assert told.doubt(name).startswith("not to be seen today: ")
    assert told.doubt(name).endswith(f"and {len(own) - 3} more")
    assert told.standing(truth.plant.parts[0]) is Standing.HEALTHY


def test_a_sentence_names_those_first_that_lack_least() -> None:
    bias = Unseen("part.T.bias", "part", 3.14159, 2.0, "K")
    leak = Unseen("part.leak", "part", 0.5, 0.2, "-")
    meter = Unseen("part.P.bias", "part", 3.2e5, 2.0e5, "W")
    worn = Unseen("part.wear", "part", np.inf, 0.3, "-")
    assert said_unseen([worn, bias]) == (
        "not to be seen today: part.T.bias below 3.14 K (listed 2 K), part.wear of any size"
    )
    assert said_unseen([worn, leak, meter, bias]) == (
        "not to be seen today: part.T.bias below 3.14 K (listed 2 K),"
        " part.P.bias below 320 kW (listed 200 kW), part.leak below 50 % (listed 20 %), and 1 more"
    )
    assert said_unseen([]) == ""
