"""An actuator that is told to stand at an end of its range goes no further, and nobody sees it."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic_plant import Truth
from trials import COMMISSIONING

from twin.diagnosis.blocks import Block
from twin.diagnosis.channel import Channel
from twin.diagnosis.diagnosis import Diagnosis
from twin.diagnosis.learned import Plant
from twin.diagnosis.room import Room
from twin.diagnosis.settings import BLOCK_NS, DAY_BLOCKS, Window
from twin.diagnosis.today import Unseen, said_unseen
from twin.diagnosis.verdict import Standing
from twin.estimation.step import Readings

J = 14
"""A hypothesis of the second part's, an actuator's in these tests."""
FULL = 0.3
DAY_NS = DAY_BLOCKS * BLOCK_NS
NOW_NS = (COMMISSIONING + DAY_BLOCKS) * BLOCK_NS


def driven(plant: Plant) -> Plant:
    """The plant with a pump whose offset hypothesis J is."""
    hypotheses = list(plant.hypotheses)
    name = f"{hypotheses[J].part}.u_pump"
    hypotheses[J] = replace(
        hypotheses[J], name=f"{name}.offset", kind="actuator", threshold=FULL, low=-1.0, high=1.0
    )
    pump = Channel(name, hypotheses[J].part, True, None, 0.0, 1.0, 0.01, 0.02, ("plc",))
    return replace(plant, hypotheses=tuple(hypotheses), channels=(pump,))


def told(block: Block, command: float) -> Block:
    """The block in which the pump was commanded so."""
    one = np.array([command])
    nothing = np.array([np.nan])
    return replace(block, readings=Readings(one, one, one, *[np.zeros(1)] * 2, *[nothing] * 2, one))


def a_day_of(truth: Truth, fresh: Diagnosis, commands: np.ndarray) -> Diagnosis:
    diagnosis = Diagnosis(driven(truth.plant), fresh.learned)
    for i, command in enumerate(commands):
        diagnosis.take_block(told(truth.block(COMMISSIONING + i), command))
    return diagnosis


def needs(diagnosis: Diagnosis) -> tuple[float, float]:
    """Sizes from which an offset that began a day ago is seen, upwards and downwards."""
    up, down = (diagnosis.today.smallest(NOW_NS, NOW_NS - DAY_NS, way=way)[J] for way in (1, -1))
    return float(up), float(down)


def test_at_its_upper_end_only_what_goes_down_is_seen(truth: Truth, fresh: Diagnosis) -> None:
    free = a_day_of(truth, fresh, np.full(DAY_BLOCKS, 0.5))
    most = a_day_of(truth, fresh, np.ones(DAY_BLOCKS))
    least = a_day_of(truth, fresh, np.zeros(DAY_BLOCKS))
    open_way = needs(free)[0]
    assert needs(free) == (open_way, open_way)
    assert np.isfinite(open_way)
    assert open_way < FULL
    assert needs(most) == (np.inf, open_way)
    assert needs(least) == (open_way, np.inf)


def test_it_is_said_which_way_nothing_would_be_seen(truth: Truth, fresh: Diagnosis) -> None:
    most = a_day_of(truth, fresh, np.ones(DAY_BLOCKS))
    offset = most.plant.hypotheses[J]
    found = next(u for u in most.today.unseen(NOW_NS) if u.fault == offset.name)
    assert (found.only, found.needs, found.size) == ("upwards", np.inf, FULL)
    assert most.standing(offset.part) is Standing.HEALTHY
    free = a_day_of(truth, fresh, np.full(DAY_BLOCKS, 0.5))
    assert offset.name not in [u.fault for u in free.today.unseen(NOW_NS)]


@pytest.mark.parametrize(("command", "share"), [(0.9, 1.0 / 3.0), (0.7, 1.0), (0.97, 0.1)])
def test_near_its_end_a_full_offset_does_a_part_of_what_it_would(
    truth: Truth, fresh: Diagnosis, command: float, share: float
) -> None:
    near = a_day_of(truth, fresh, np.full(DAY_BLOCKS, command))
    up, down = moved(near, 1), moved(near, -1)
    assert np.allclose(up, share * down)
    assert np.abs(down).max() > 0.0


def test_hours_at_the_end_count_for_nothing(truth: Truth, fresh: Diagnosis) -> None:
    evening = a_day_of(truth, fresh, np.repeat([0.5, 1.0], DAY_BLOCKS // 2))
    fit = evening.bank._fit(evening.settings.index("24 h"), NOW_NS)
    assert fit is not None
    _, panes = evening.bank.effect(fit, NOW_NS - DAY_NS, grown=False, way=1)
    own = panes[:, :, J]
    assert (own[:, 12:] == 0.0).all()
    assert np.abs(own[:, :12]).max() > 0.0


def moved(diagnosis: Diagnosis, way) -> np.ndarray:
    fit = diagnosis.bank._fit(diagnosis.settings.index("24 h"), NOW_NS)
    assert fit is not None
    return diagnosis.bank.effect(fit, NOW_NS - DAY_NS, grown=False, way=way)[0][:, J]


def test_what_was_not_read_hides_nothing(truth: Truth, fresh: Diagnosis) -> None:
    assert needs(a_day_of(truth, fresh, np.full(DAY_BLOCKS, np.nan)))[0] < FULL
    plant = driven(truth.plant)
    room = Room(plant.hypotheses, plant.channels, 3)
    ends = np.array([[5 * BLOCK_NS]])
    assert (room.left(ends, Window("w", 1, 1, 1.0), 1) == 1.0).all()  # no block at all
    room.take(told(truth.block(0), 1.0))
    assert (room.left(ends, Window("w", 1, 1, 1.0), 1) == 1.0).all()  # none of that pane


def test_it_remembers_as_many_blocks_as_it_is_given(truth: Truth) -> None:
    plant = driven(truth.plant)
    room = Room(plant.hypotheses, plant.channels, 3)
    for i in range(6):
        room.take(told(truth.block(i), 1.0))
    ends = np.array([truth.block(i).t_ns for i in range(6)])
    assert room.left(ends, Window("w", 1, 1, 1.0), 1)[:, 0].tolist() == [1, 1, 1, 0, 0, 0]


def test_the_sentence_says_the_way() -> None:
    pump = Unseen("part.u_pump.offset", "part", np.inf, 0.2, "-", "upwards")
    assert said_unseen([pump]) == "not to be seen today: part.u_pump.offset upwards of any size"
