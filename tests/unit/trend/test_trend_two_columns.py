"""A date in one column and a clock in another are one time."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trend_exports import in_units, readings, site, stamps

from hil.trend.cells import packed
from hil.trend.guess_time import guess_time
from hil.trend.joined import joined
from hil.trend.mapping import load_map
from hil.trend.propose import propose
from hil.trend.source import open_source
from hil.trend.stamp_format import parse_format
from hil.trend.stamps import instants
from hil.trend.trend import Trend, open_trend
from twin.errors import BadInput

NAMES = ("heat_pump.T_sink_out", "heat_pump.m_source")
COLUMNS = """columns:
  heat_pump.T_sink_out: {signal: heat_pump.T_sink_out, unit: degC}
  heat_pump.m_source: {signal: heat_pump.m_source}
"""


def table(path: Path, head: str, times: list[str], quote: str = "") -> Path:
    """A semicolon between cells; `times` have one where a date ends."""
    found = in_units(readings(len(times) / 60.0))
    rows = zip(times, *(found[n] for n in NAMES), strict=True)
    between = f"{quote};{quote}"
    lines = [f"{quote}{t.replace(';', between)}{quote};{a:.3f};{b:.3f}" for t, a, b in rows]
    path.write_text("\n".join([f"{head};{';'.join(NAMES)}", *lines]) + "\n")
    return path


def taken(trend: Trend) -> tuple[np.ndarray, np.ndarray]:
    with trend:
        blocks = list(trend.blocks(rows=500))
    return np.concatenate([b.t_ns for b in blocks]), np.concatenate([b.measured for b in blocks])


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize(
    ("pattern", "said"),
    [("%d.%m.%Y;%H:%M:%S", "%d.%m.%Y %H:%M:%S"), ("%m/%d/%Y;%I:%M %p", "%m/%d/%Y %I:%M %p"),
     ("%Y-%m-%d;%H:%M", "iso"), ("%d.%m.%Y;%H.%M.%S", "%d.%m.%Y %H.%M.%S")],
)  # fmt: skip
def test_rows_are_those_of_one_column(pattern: str, said: str, quote: str, tmp_path: Path) -> None:
    one = table(tmp_path / "one.csv", "when", stamps(1980, 60.0, pattern=pattern.replace(";", " ")))
    two = table(tmp_path / "two.csv", "Date;Clock", stamps(1980, 60.0, pattern=pattern), quote)
    maps = {"one": "time: {column: when, ", "two": "time: {column: Date, clock: Clock, "}
    for name, begin in maps.items():
        path = tmp_path / f"{name}.yaml"
        path.write_text(f'site: mantsala\n{begin}format: "{said}"}}\n{COLUMNS}')
    t_one, of_one = taken(open_trend(site(), one, tmp_path / "one.yaml"))
    t_two, of_two = taken(open_trend(site(), two, tmp_path / "two.yaml"))
    assert np.array_equal(t_one, t_two)
    assert np.array_equal(of_one, of_two, equal_nan=True)
    assert len(t_two) > 10_000


@pytest.mark.parametrize(
    ("pattern", "said"),
    [("%d.%m.%Y;%H:%M:%S", "%d.%m.%Y %H:%M:%S"), ("%m/%d/%Y;%I:%M:%S %p", "%m/%d/%Y %I:%M:%S %p"),
     ("%Y-%m-%d;%H:%M:%S", "iso"), ("%Y%m%d;%H:%M:%S", "%Y%m%d %H:%M:%S")],
)  # fmt: skip
def test_a_map_is_proposed_with_both(pattern: str, said: str, tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", "Date;Time", stamps(1980, 60.0, pattern=pattern))
    proposal = propose(site(), open_source(path), path.name)
    assert proposal.time == {"column": "Date", "format": said, "zone": "UTC", "clock": "Time"}
    assert set(proposal.names) == set(NAMES)
    assert "the times in 'Date' and 'Time' are read as" in proposal.as_text()
    (tmp_path / "map.yaml").write_text(proposal.as_text())
    t_ns, _ = taken(open_trend(site(), path, tmp_path / "map.yaml"))
    assert len(t_ns) > 10_000


def test_a_column_of_whole_times_is_taken_before_two() -> None:
    rows = [
        (f"2025-12-{d:02d}", f"0{h}:00", f"2025-12-{d:02d} 0{h}:00")
        for d in (1, 2, 3)
        for h in (1, 2)
    ]
    found = guess_time(["Date", "Time", "Timestamp"], rows)
    assert found is not None
    assert (found.column, found.clock) == (2, None)


def test_numbers_beside_a_date_are_no_clock() -> None:
    """14.05 is a reading; nothing says that it is five past two."""
    rows = [(f"{d:02d}.12.2025", f"{20 + d / 7:.2f}") for d in range(1, 20)]
    assert guess_time(["Date", "T_supply"], rows) is None


def test_a_row_without_its_clock_is_counted(tmp_path: Path) -> None:
    times = stamps(1980, 60.0, pattern="%d.%m.%Y;%H:%M:%S")
    times[700:703] = [t.partition(";")[0] + ";" for t in times[700:703]]
    path = table(tmp_path / "t.csv", "Date;Time", times)
    with open_trend(site(), path, None) as trend:
        assert trend.seen.reading.lost.rows["time not as the format says"] == 3


@pytest.mark.parametrize(
    ("time", "message"),
    [
        ("{column: Date, clock: Tme, format: '%d.%m.%Y %H:%M:%S'}", "did you mean 'Time'"),
        ("{column: Date, clock: Time, format: excel}", "are not read as excel"),
    ],
)
def test_a_clock_that_cannot_be_has_its_place(time: str, message: str, tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", "Date;Time", stamps(180, 60.0, pattern="%d.%m.%Y;%H:%M:%S"))
    (tmp_path / "map.yaml").write_text(f"site: mantsala\ntime: {time}\n{COLUMNS}")
    with (
        pytest.raises(BadInput, match=message),
        open_trend(site(), path, tmp_path / "map.yaml") as trend,
    ):
        _ = trend.seen


def test_a_map_with_a_clock_is_read(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(
        f"site: mantsala\ntime: {{column: Date, clock: Time}}\n{COLUMNS}"
    )
    assert load_map(tmp_path / "map.yaml", site()).time.clock == "Time"


@given(
    st.lists(
        st.tuples(st.integers(1, 28), st.integers(0, 23), st.integers(0, 59), st.booleans()),
        min_size=1,
        max_size=30,
    )
)
def test_joined_is_what_the_text_with_a_blank_between_is(
    rows: list[tuple[int, int, int, bool]],
) -> None:
    dates = [f"{d:02d}.12.2025" for d, *_ in rows]
    clocks = [f"{h:02d}:{m:02d}" if there else "" for _, h, m, there in rows]
    format = parse_format("%d.%m.%Y %H:%M")
    wanted = instants(
        *packed([f"{d} {c}" for d, c in zip(dates, clocks, strict=True)]), format.operations
    )
    words = [sorted(set(several)) for several in (dates, clocks)]
    columns = [
        (np.array([w.index(x) for x in several]), w)
        for w, several in zip(words, (dates, clocks), strict=True)
    ]
    found = joined(*columns, format)
    for one, other in zip((found.ns, found.sound, found.offset_s), wanted, strict=True):
        assert np.array_equal(one, other)
    assert found.sound.tolist() == [there for *_, there in rows]
