"""Whatever is done to a historian in whatever order, it holds what a plain list would hold."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from weeks_plant import EDGE, HOUR, S, oracle

from hil.historian.weeks import Channel, Gap, Weeks, WeekWriter
from hil.historian.weeks.check import check

KEYS = ("a.x:measured", "b.x:measured", "c.x:command")
JUMPS = st.sampled_from([S, 5 * S, 61 * S, 1800 * S, 5 * HOUR, 40 * HOUR, 200 * HOUR])
APPEND = st.tuples(st.just("append"), st.integers(1, 400), JUMPS, st.sampled_from([S, 10 * S]))
OTHER = st.sampled_from([("commit",), ("seal",), ("seal",), ("reopen", 2), ("reopen", 3), ("gap",)])


class Plain:
    """The same in lists; what a channel had when it was not there is NaN."""

    def __init__(self) -> None:
        self.t_ns, self.values, self.gaps = np.empty(0, np.int64), np.empty((0, 3)), []

    def append(self, t_ns, values) -> None:
        wide = np.full((len(t_ns), 3), np.nan)
        wide[:, : values.shape[1]] = values
        self.t_ns = np.concatenate([self.t_ns, t_ns])
        self.values = np.vstack([self.values, wide])


def opened(folder: Path, width: int) -> WeekWriter:
    channels = [Channel(key, "K", (0.01, None, 0.5)[i]) for i, key in enumerate(KEYS[:width])]
    return WeekWriter(folder, {"measured": channels}, ballast_bytes=0)


def held(folder: Path, plain: Plain, most: int) -> None:
    with Weeks(folder) as weeks:
        assert weeks.gaps(-(1 << 62), 1 << 62) == plain.gaps
        if not len(plain.t_ns):
            assert weeks.span_ns() is None
            return
        known = [key for key in KEYS if key in weeks.channels]
        rows = weeks.after("measured", 0, 1 << 40, known)
        np.testing.assert_array_equal(rows.t_ns, plain.t_ns)
        np.testing.assert_array_equal(rows.values, plain.values[:, : len(known)])
        first, last = int(plain.t_ns[0]), int(plain.t_ns[-1])
        drawn = weeks.series(known, first, last + 1, most)
        assert len(drawn.t_ns) <= most
        if len(drawn.t_ns) > 1 and drawn.t_ns[1] - drawn.t_ns[0] >= 3600 * S:
            width = int(drawn.t_ns[1] - drawn.t_ns[0])
            for j in range(len(known)):
                low, mean, high = oracle(plain.t_ns, plain.values[:, j], drawn.t_ns, width)
                np.testing.assert_allclose(drawn.low[:, j], low, rtol=1e-9)
                np.testing.assert_allclose(drawn.high[:, j], high, rtol=1e-9)
                np.testing.assert_allclose(drawn.mean[:, j], mean, rtol=1e-9, atol=0.5 / 64)
        assert weeks.problems() == []
    assert check(folder).findings == []


@settings(max_examples=40)
@given(st.lists(APPEND | OTHER, max_size=14), st.integers(2, 300), st.integers(0, 99))
def test_it_holds_what_lists_hold(todo, most, seed):
    rng, now, plain, width = np.random.default_rng(seed), EDGE - 3 * HOUR, Plain(), 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "weeks"
        writer = opened(folder, width)
        try:
            for what, *of in todo:
                match what:
                    case "append":
                        t_ns = now + of[1] + of[2] * np.arange(of[0])
                        values = (
                            np.rint(rng.normal(0, 900, (of[0], width))) * [0.01, 1, 0.5][:width]
                        )
                        values[rng.random(values.shape) < 0.05] = np.nan
                        writer.append("measured", t_ns, values, np.zeros(values.shape, np.uint8))
                        plain.append(t_ns, values)
                        now = int(t_ns[-1])
                    case "gap":
                        writer.gap(now, now + S, "why")
                        plain.gaps.append(Gap(now, now + S, "why"))
                    case "commit":
                        writer.commit()
                    case "seal":
                        writer.seal(now)
                    case "reopen":
                        writer.close()
                        width = of[0]
                        writer = opened(folder, width)
            writer.commit()
            held(folder, plain, most)
            while writer.seal(now):
                pass
            held(folder, plain, most)
        finally:
            writer.close()
        held(folder, plain, most)
