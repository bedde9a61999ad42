"""Windows of a period, of which evenly spread ones are kept."""

from types import SimpleNamespace

import numpy as np

from hil.replay.moves import MOST, _Sums
from twin.estimation.step import STEP_NS, Step

WINDOWS = 5 * MOST
"""Of one Step each."""


def test_of_many_windows_evenly_spread_ones_are_kept() -> None:
    observer = SimpleNamespace(
        outputs=("a",),
        hypotheses=("h",),
        operating=("p: p.u", "p: p.T"),
        site=SimpleNamespace(signals={"p.T": None}),
    )
    sums = _Sums(SimpleNamespace(observer=observer), STEP_NS)
    one, point = np.ones(1), np.zeros(2)
    for i in range(WINDOWS):
        signature = np.full((1, 1), float(i))
        sums.take(Step((i + 1) * STEP_NS, one, one, signature, one > 0.0, point))
    period = sums.finish("long")
    kept = np.array([float(moved.signature[0, 0]) for moved in period.windows])
    assert MOST / 2 < len(kept) <= MOST
    assert len(set(np.diff(kept))) == 1
    assert kept[0] == 0.0
    assert kept[-1] > 0.99 * WINDOWS
    assert period.usable.tolist() == [1.0]
    assert period.off == {"p.u"}, "a signal that reads 0 is no command"
