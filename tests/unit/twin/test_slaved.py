"""A pipe's walls, and other fast states, against the model that has them all."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import expm

from twin.estimation.slaved import Division, divided, following, reduced
from twin.sparse import entries

Matrix = NDArray[np.float64]
SAMPLE_S = 10.0
CELLS = 6


def pipe(wall_s: float, stay_s: float = 60.0, wall_share: float = 0.2) -> Matrix:
    """Jacobian of cells of water, each with its wall, and a meter; 2 inputs, 1 output.

    Water stays `stay_s` [s] in a cell, a wall is behind it by `wall_s` [s] and has `wall_share` of
    its heat capacity. Inputs are what comes in and the ground, which takes a little of each wall;
    the output is the last cell.
    """
    n = 2 * CELLS + 1
    J = np.zeros((n + 1, n + 2))
    for i in range(CELLS):
        wall = CELLS + i
        J[i, i] = -1.0 / stay_s - wall_share / wall_s
        J[i, i - 1 if i else n] = 1.0 / stay_s
        J[i, wall] = wall_share / wall_s
        J[wall, i], J[wall, wall], J[wall, n + 1] = 1.0 / wall_s, -1.01 / wall_s, 0.01 / wall_s
    J[n - 1, CELLS - 1] = 1.0  # a meter, which nothing depends on
    J[n, CELLS - 1] = 1.0
    return J


def states_of(J: Matrix) -> int:
    return len(J) - 1


def response(J: Matrix, n: int, t_s: float) -> Matrix:
    """Outputs after a step of each input at rest, `t_s` [s] ago; exact."""
    A, B, C = J[:n, :n], J[:n, n:], J[n:, :n]
    both = np.block([[A, B], [np.zeros((B.shape[1], n + B.shape[1]))]])
    return np.asarray(C @ expm(both * t_s)[:n, n:] + J[n:, n:])


def mean_time(J: Matrix, n: int) -> float:
    """Mean time [s] in which the output follows the first input; its transfer's slope at 0."""
    A, b, c = J[:n, :n], J[:n, n], J[n, :n]
    return float(c @ np.linalg.solve(A, np.linalg.solve(A, b)))


def test_walls_are_slaved_and_their_water_is_kept() -> None:
    J = pipe(5.0)
    among = divided([J], states_of(J), SAMPLE_S)
    assert (among.kept == np.arange(CELLS)).all()  # the meter is in neither
    assert (among.slaved == np.arange(CELLS, 2 * CELLS)).all()
    assert (among.host == np.arange(CELLS)).all()
    assert np.allclose(following(J, among), 1.0 / 1.01)


def test_a_wall_that_is_slow_at_one_point_is_kept() -> None:
    quick, slow = pipe(5.0), pipe(20.0)
    assert len(divided([quick, slow], states_of(quick), SAMPLE_S).slaved) == 0
    assert len(divided([quick], states_of(quick), 2.0).slaved) == 0  # samples of 2 s


def test_what_is_read_itself_is_kept() -> None:
    J = pipe(5.0)
    J[-1, CELLS] = 1.0
    among = divided([J], states_of(J), SAMPLE_S)
    assert CELLS in among.kept
    assert len(among.slaved) == CELLS - 1


def test_what_moves_several_or_is_moved_by_an_input_alone_is_kept() -> None:
    J = pipe(5.0)
    n = states_of(J)
    more = np.insert(np.insert(J, n, 0.0, axis=0), n, 0.0, axis=1)
    more[n, n], more[n, n + 1] = -0.2, 0.2  # a pump, on which every cell's flow depends
    more[:CELLS, n] = 0.01
    among = divided([more], n + 1, SAMPLE_S)
    assert n in among.kept
    assert len(among.slaved) == CELLS


def test_of_two_fast_states_that_move_each_other_neither_is_slaved() -> None:
    J = np.array([[-0.3, 0.2, 0.0, 0.1], [0.2, -0.3, 0.1, 0.0], [0.0, 0.01, -0.01, 0.0]])
    J = np.vstack([J, [0.0, 0.0, 1.0, 0.0]])
    assert len(divided([J], 3, SAMPLE_S).slaved) == 0


def test_a_part_without_states_has_none_to_divide() -> None:
    J = np.array([[2.0, 0.5]])  # one output of two inputs
    among = divided([J, J], 0, SAMPLE_S)
    assert [len(columns) for columns in among] == [0] * 5
    assert (reduced(entries(J), 0, among) == J).all()


def test_without_fast_states_it_is_the_jacobian_of_what_is_felt() -> None:
    J = pipe(40.0)
    n = states_of(J)
    among = divided([J], n, SAMPLE_S)
    but_meter = np.delete(np.delete(J, n - 1, axis=0), n - 1, axis=1)
    assert (reduced(entries(J), n, among) == but_meter).all()


@settings(max_examples=50, deadline=None)
@given(wall_s=st.floats(1.0, 9.0), stay_s=st.floats(30.0, 300.0), share=st.floats(0.05, 0.3))
def test_what_stands_stands_where_it_did_and_heat_is_kept(
    wall_s: float, stay_s: float, share: float
) -> None:
    J = pipe(wall_s, stay_s, share)
    n = states_of(J)
    less = reduced(entries(J), n, divided([J], n, SAMPLE_S))
    at_rest = -np.linalg.solve(J[: n - 1, : n - 1], J[: n - 1, n:])[:CELLS]
    assert np.allclose(-np.linalg.solve(less[:CELLS, :CELLS], less[:CELLS, CELLS:]), at_rest)
    # the mean time through the pipe is that of all heat in it: the slope of its transfer function
    whole = np.delete(np.delete(J, n - 1, axis=0), n - 1, axis=1)
    assert np.allclose(mean_time(less, CELLS), mean_time(whole, n - 1), rtol=1e-9)


def test_the_error_of_a_step_falls_with_the_walls_time() -> None:
    worst = []
    for wall_s in (8.0, 4.0, 2.0):
        J = pipe(wall_s)
        n = states_of(J)
        less = reduced(entries(J), n, divided([J], n, SAMPLE_S))
        times = np.arange(100.0, 1000.0, 100.0)
        errors = [np.abs(response(J, n, t) - response(less, CELLS, t)).max() for t in times]
        worst.append(max(errors))
    assert worst[0] < 0.005  # of a step of 1
    assert worst[1] < worst[0] / 1.6
    assert worst[2] < worst[1] / 1.6


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), filled=st.floats(0.05, 0.9))
def test_what_is_left_of_any_jacobian_is_that_of_elimination(seed: int, filled: float) -> None:
    rng = np.random.default_rng(seed)
    n, m, k, walls = 9, 2, 3, 3
    J = rng.normal(size=(n + m, n + k)) * (rng.random((n + m, n + k)) < filled)
    order = rng.permutation(n)
    kept, slaved = np.sort(order[walls:]), order[:walls]
    host = rng.integers(0, len(kept), walls)
    J[slaved, slaved] = -rng.uniform(0.1, 1.0, walls)
    J[slaved[0], slaved[0]] *= float(seed % 3 > 0)  # now and then one stands still
    less, mass = J.copy(), np.ones(n)
    for f, p in zip(slaved, kept[host], strict=True):
        if J[f, f] != 0.0:
            less -= np.outer(J[:, f], J[f]) / J[f, f]
            mass[p] += J[p, f] * J[f, p] / J[f, f] ** 2
    rows, columns = [*kept, *range(n, n + m)], [*kept, *range(n, n + k)]
    expected = less[np.ix_(rows, columns)]
    expected[: len(kept)] /= mass[kept, None]
    assert np.allclose(
        reduced(entries(J), n, Division(kept, slaved, host, order, order[:0])),
        expected,
        rtol=1e-9,
        atol=1e-9,
    )


def test_a_wall_that_nothing_moves_any_more_says_nothing() -> None:
    J = pipe(5.0)
    n = states_of(J)
    among = divided([J], n, SAMPLE_S)
    J[CELLS, :] = J[:, CELLS] = 0.0
    assert following(J, among)[0] == 0.0
    less = reduced(entries(J), n, among)
    assert np.isfinite(less).all()
    assert less[0, 0] == J[0, 0]
