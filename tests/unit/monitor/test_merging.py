"""One row of several sources."""

from math import isnan

from hil.loop.image import Cell
from hil.monitor.merging import Merging
from twin.signals import Quality

GOOD, TIMEOUT, DOWN, NOT_YET = (
    int(q) for q in (Quality.GOOD, Quality.TIMEOUT, Quality.LINK_DOWN, Quality.NOT_YET)
)
S = 1_000_000_000


def cells(*sizes):
    return [Cell(memoryview(bytearray(Cell.size(n))), n) for n in sizes]


def test_the_first_good_source_of_a_value_wins():
    first, second = several = cells(2, 2)
    merging = Merging(several, [(0, 1), (1, 2)], 3, {}, 5 * S)
    values, quality = merging.row(S)
    assert all(isnan(v) for v in values)
    assert quality == [NOT_YET] * 3
    first.publish(S, [1.0, 2.0], [GOOD, GOOD])
    second.publish(S, [20.0, 30.0], [GOOD, GOOD])
    assert merging.row(S) == ([1.0, 2.0, 30.0], [GOOD] * 3)
    first.publish(2 * S, [1.5, 2.5], [GOOD, TIMEOUT])
    assert merging.row(2 * S) == ([1.5, 20.0, 30.0], [GOOD] * 3)
    second.publish(3 * S, [20.0, 30.0], [DOWN, DOWN])
    values, quality = merging.row(3 * S)
    assert values[0] == 1.5
    assert isnan(values[1])
    assert isnan(values[2])
    assert quality == [GOOD, TIMEOUT, DOWN]  # why the first of them has it not


def test_a_source_whose_process_is_silent_is_down():
    (cell,) = several = cells(1)
    merging = Merging(several, [(0,)], 1, {}, 5 * S)
    cell.publish(10 * S, [7.0], [GOOD])
    assert merging.row(15 * S) == ([7.0], [GOOD])
    values, quality = merging.row(15 * S + 1)
    assert isnan(values[0])
    assert quality == [DOWN]


def test_what_is_assumed_is_good_for_ever():
    merging = Merging([], [], 2, {1: 279.15}, 5 * S)
    values, quality = merging.row(10**9 * S)
    assert values[1] == 279.15
    assert quality == [NOT_YET, GOOD]
