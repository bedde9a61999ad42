"""Missing is not zero: the last good value is held, with its age."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twin.estimation.boundary import NEVER, hold, nothing_held

cells = st.tuples(st.floats(-1e6, 1e6), st.booleans())
tables = st.lists(st.tuples(cells, cells), min_size=1, max_size=30)


def held_by_hand(rows):
    """The same by the plainest loop."""
    last, age = [np.nan, np.nan], [NEVER, NEVER]
    for row in rows:
        for i, (value, good) in enumerate(row):
            last[i], age[i] = (value, 0) if good else (last[i], age[i] + 1)
        yield list(last), list(age)


@given(tables, st.integers(0, 30))
def test_equals_the_plain_loop_wherever_the_block_is_cut(rows, cut):
    measured = np.array([[v for v, _ in row] for row in rows])
    good = np.array([[g for _, g in row] for row in rows])
    values_a, age_a, held = hold(nothing_held(2), measured[:cut], good[:cut])
    values_b, age_b, _ = hold(held, measured[cut:], good[cut:])
    expected = list(held_by_hand(rows))
    np.testing.assert_array_equal(np.vstack([values_a, values_b]), [e[0] for e in expected])
    np.testing.assert_array_equal(np.vstack([age_a, age_b]), [e[1] for e in expected])
