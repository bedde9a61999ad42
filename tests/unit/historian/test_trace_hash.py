import hashlib
import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hil.historian import Column, TraceHash

COLUMNS = (
    Column("cooling_loop.T_supply", "measured", "degC", "cooling_loop"),
    Column("cooling_loop.T_supply", "truth", "degC", "cooling_loop"),
    Column("cooling_loop.T_supply", "predicted", "degC", "cooling_loop"),
    Column("cooling_loop.u_pump", "command", "-", "cooling_loop"),
    Column("cooling_loop.T_supply", "quality", "-", "cooling_loop"),
)


def rows_of(count: int, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(30.0, 5.0, (count, 1 + len(COLUMNS)))
    rows[:, 0] = np.arange(count) * 1e9
    return rows


def digest(*blocks: np.ndarray) -> str:
    trace = TraceHash(COLUMNS)
    for block in blocks:
        trace.update(block)
    return trace.hexdigest()


@given(st.lists(st.integers(0, 200), max_size=12))
def test_same_hash_however_the_rows_are_cut(cuts: list[int]) -> None:
    rows = rows_of(200)
    assert digest(*np.split(rows, sorted(cuts))) == digest(rows)


def test_hash_of_traced_columns_as_struct_packs_them() -> None:
    rows = rows_of(3)
    packed = b"".join(struct.pack("<4d", row[0], row[1], row[3], row[4]) for row in rows)
    assert digest(rows) == hashlib.sha256(packed).hexdigest()


def test_truth_and_quality_do_not_count_but_a_bit_of_a_prediction_does() -> None:
    rows = rows_of(50)
    other = rows.copy()
    other[:, [2, 5]] += 1.0
    assert digest(other) == digest(rows)
    other[49, 3] = np.nextafter(other[49, 3], np.inf)
    assert digest(other) != digest(rows)


def test_every_nan_is_the_same_nan() -> None:
    plain, odd = rows_of(2), rows_of(2)
    plain[1, 1] = np.nan
    odd[1, 1] = np.frombuffer(struct.pack("<Q", 0xFFF8_0000_0000_BEEF), dtype="<f8")[0]
    assert plain.tobytes() != odd.tobytes()
    assert digest(plain) == digest(odd)
