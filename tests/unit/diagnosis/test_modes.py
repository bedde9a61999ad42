"""Spells in which another unit runs than in the model: not judged, not learned, not for ever."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from synthetic_plant import Truth
from trials import COMMISSIONING

from twin.diagnosis.bank import Bank
from twin.diagnosis.commissioning import Commissioning
from twin.diagnosis.diagnosis import Diagnosis
from twin.diagnosis.learned import Plant
from twin.diagnosis.modes import (
    AFTER_BLOCKS,
    FAR,
    FAR_BANDS,
    SPELL_BLOCKS,
    TOGETHER,
    Modes,
    otherwise,
)
from twin.diagnosis.settings import Settings

Flags = NDArray[np.bool_]
PART_OF = ("pump",) * 4 + ("network",) * 4
PLANT = Plant(tuple(f"s{i}" for i in range(8)), PART_OF, (), (), switching=("pump",))
OWN = np.array(PART_OF) == "pump"
ONE = np.ones(8)


def said(blocks: int, far: range, signals: int = TOGETHER, first: int = 0) -> Flags:
    """bool[blocks, 8], what is not judged where `signals` are off in the blocks `far`."""
    left = np.zeros((blocks, 8))
    left[far, first : first + signals] = -1.1 * FAR
    return otherwise(PLANT, left, ONE, np.ones((blocks, 8), bool))


def test_a_spell_is_not_judged_nor_the_minutes_after_it() -> None:
    found = said(20, range(5, 8))
    expected = np.zeros((20, 8), bool)
    expected[5 : 8 + AFTER_BLOCKS, OWN] = True
    np.testing.assert_array_equal(found, expected)


def test_what_lasts_is_judged_after_all() -> None:
    found = said(3 * SPELL_BLOCKS, range(5, 3 * SPELL_BLOCKS))
    assert found[5 : 5 + SPELL_BLOCKS, OWN].all()
    assert not found[5 + SPELL_BLOCKS :].any()


def test_the_next_spell_has_its_own_time() -> None:
    apart = 3 * SPELL_BLOCKS
    left = np.zeros((3 * apart, 8))
    for begin in (5, 5 + apart):
        left[begin : begin + SPELL_BLOCKS, :3] = 2.0 * FAR
    found = otherwise(PLANT, left, ONE, np.ones(left.shape, bool))
    assert found[5 + apart : 5 + apart + SPELL_BLOCKS, OWN].all()


def spells(*parts: tuple[int, bool]) -> Flags:
    """bool[blocks], where the part is not judged; `parts` are lengths, and whether far off."""
    far = np.concatenate([np.full(length, off) for length, off in parts])
    left = np.where(far[:, None] & OWN, 2.0 * FAR, 0.0)
    return otherwise(PLANT, left, ONE, np.ones(left.shape, bool))[:, 0]


def test_spells_within_hours_share_their_time_and_get_it_back() -> None:
    """As plant 34 of kajaani had them; without the calm between them they are too long."""
    found = spells((22, True), (38, False), (37, True))
    assert found[:22].all()
    assert found[60:].all()
    assert not found[24:60].any()
    assert not spells((22, True), (3, False), (98, True))[-10:].any()


def test_after_weeks_without_a_unit_the_next_spell_has_its_time_again() -> None:
    off = 20 * SPELL_BLOCKS
    found = spells((off, True), (3 * SPELL_BLOCKS, False), (SPELL_BLOCKS, True))
    assert not found[2 * SPELL_BLOCKS : off].any()
    assert found[-SPELL_BLOCKS:].all()


@pytest.mark.parametrize(("signals", "first"), [(TOGETHER - 1, 0), (4, 4)])
def test_one_sensor_and_parts_that_switch_nothing_are_judged_at_once(signals, first) -> None:
    assert not said(20, range(5, 8), signals, first).any()


def test_what_is_not_usable_counts_for_nothing() -> None:
    modes, off = Modes(PLANT), np.where(OWN, 2.0 * FAR, 0.0)
    usable = np.array([True, True, False, False, *[True] * 4])
    assert not modes.take(off, ONE, usable).any()
    assert modes.take(off, ONE, np.ones(8, bool))[OWN].all()


def test_readings_of_which_a_model_is_unsure_count_as_well(truth: Truth, fresh: Diagnosis) -> None:
    """A model in which one unit runs alone is unsure of the others, and these are far off too."""
    plant, own = truth.plant, np.array(truth.plant.part_of) == truth.plant.part_of[4]
    sharp = np.flatnonzero(own)[: TOGETHER - 1]
    block = truth.block(COMMISSIONING)
    off = np.where(own, 80.0 * fresh.learned.scale, 0.0)
    unsure = block.variance + np.where(own, 1e6, 0.0) * fresh.learned.usual_variance
    unsure[sharp] = block.variance[sharp]
    block = replace(block, innovation=block.innovation + off, variance=unsure)
    for switching, judged in (((), sharp), ((plant.part_of[4],), [])):
        bank = Bank(replace(plant, switching=switching), fresh.learned, Settings())
        fit = dict(bank.take(block))[0]
        assert fit is not None
        np.testing.assert_array_equal(fit.signals[own[fit.signals]], judged)


def test_what_a_model_that_fits_well_is_off_by_is_judged_at_once() -> None:
    """A fault of full size is many standard deviations where those are hundredths of a band."""
    plant = replace(PLANT, bands=(0.8,) * 8)
    off, scale, usable = np.where(OWN, 20.0, 0.0), 0.02 * ONE, np.ones(8, bool)
    assert not Modes(plant).take(off, scale, usable).any()
    beyond = 1.1 * FAR_BANDS * 0.8 / 0.02
    assert Modes(plant).take(np.where(OWN, beyond, 0.0), scale, usable)[OWN].all()


def test_spells_are_not_learned(truth: Truth, fresh: Diagnosis) -> None:
    """Commissioning with five spells learns what one without has learned of the others."""
    plant = replace(truth.plant, switching=(truth.plant.part_of[4],))
    gathered = Commissioning(plant)
    for i in range(COMMISSIONING):
        block = truth.block(i)
        if i % 1500 < 3:  # 80 standard deviations of the heat pump
            burst = np.where(np.array(plant.part_of) == plant.part_of[4], 80.0, 0.0)
            off = block.innovation + burst * fresh.learned.scale
            block = replace(block, innovation=off, signature=1e3 * block.signature)
            block.signature[burst == 0.0] /= 1e3
        gathered.take(block)
    learned = gathered.learn()
    np.testing.assert_allclose(learned.scale, fresh.learned.scale, rtol=0.02)
    SI = learned.signature * learned.scale[:, None]
    np.testing.assert_allclose(
        SI, fresh.learned.signature * fresh.learned.scale[:, None], rtol=0.02, atol=1e-9
    )
    day = next(w for w in Settings().windows if w.name == "24 h")
    several = [moved for moved in gathered.moved(day) if moved.usable.all()]
    assert len(several) > 14
    for moved in several:
        np.testing.assert_allclose(moved.signature, SI, rtol=0.2, atol=1e-9)
