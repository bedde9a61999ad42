"""The same readings from any file give the same rows of the twin."""

from pathlib import Path

import numpy as np
import pytest
from trend_exports import BEGIN_S, in_units, readings, site, stamps, write_csv

from hil.bench.layout import layout_of
from hil.historian.weeks import Channel, WeekWriter
from hil.trend.mapping import Map, load_map
from hil.trend.parquet_source import ParquetSource
from hil.trend.piece import Lost
from hil.trend.propose import propose
from hil.trend.report import report_of
from hil.trend.source import open_source
from hil.trend.trend import Block, Trend, open_trend
from twin.errors import BadInput

NAMES = ("heat_pump.T_sink_out", "heat_pump.m_source", "heat_pump.u_run")
COLUMNS = """
  heat_pump.T_sink_out: {signal: heat_pump.T_sink_out, unit: degC}
  heat_pump.m_source: {signal: heat_pump.m_source}
  heat_pump.u_run: {command: heat_pump.u_run}
"""


def rows(trend: Trend) -> Block:
    with trend:
        blocks = list(trend.blocks(rows=100))
    joined = {k: np.concatenate([getattr(b, k) for b in blocks]) for k in Block.__annotations__}
    return Block(**joined)


def data(count: int = 300) -> dict[str, np.ndarray]:
    found = in_units(readings(count / 60.0))
    return {n: found[n] for n in NAMES}


def same(a: Block, b: Block) -> None:
    for name in Block.__annotations__:
        assert np.array_equal(getattr(a, name), getattr(b, name), equal_nan=name[0] in "mc"), name


def given(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "map.yaml"
    path.write_text(f"site: mantsala\n{text}columns:{COLUMNS}")
    return path


def test_rows_are_what_the_file_says(tmp_path: Path) -> None:
    found = data()
    path = write_csv(tmp_path / "wide.csv", found, stamps(300, 60.0))
    block = rows(open_trend(site(), path, given(tmp_path, "time: {column: time}\n")))
    assert (np.diff(block.t_ns) == 10_000_000_000).all()
    signal = tuple(site().signals).index("heat_pump.T_sink_out")
    minute = block.t_ns % 60_000_000_000 == 0
    want = np.round(found["heat_pump.T_sink_out"], 3) + 273.15
    assert np.allclose(block.measured[minute, signal], want, atol=1e-9)
    assert block.good[:, signal].all()
    assert (block.fresh[:, signal] == minute).all()
    other = [i for i, n in enumerate(site().signals) if n not in NAMES]
    assert np.isnan(block.measured[:, other]).all()
    assert not block.good[:, other].any()
    run = site().commands.index("heat_pump.u_run")
    assert (block.commands[:, run] == 1.0).all()
    assert block.commanded[:, run].all()


def test_commands_stand_in_the_order_of_the_bench() -> None:
    assert site().commands == layout_of(site()).commands


def test_a_long_file_point_after_point_gives_the_rows_of_a_wide_one(tmp_path: Path) -> None:
    found, times = data(), stamps(300, 60.0)
    wide = write_csv(tmp_path / "wide.csv", found, times)
    text = [
        f"{n};{t};{v:.3f}"
        for n, values in found.items()
        for t, v in zip(times, values, strict=True)
    ]
    long = tmp_path / "long.csv"
    long.write_text("\n".join(["point;time;value", *text, f"other;{times[0]};1"]))
    a = rows(open_trend(site(), wide, given(tmp_path, "time: {column: time}\n")))
    said = "time: {column: time}\nlong: {point: point, value: value}\n"
    same(a, rows(open_trend(site(), long, given(tmp_path, said))))


def test_local_times_through_the_autumn_are_the_utc_ones(tmp_path: Path) -> None:
    found, begin = data(), BEGIN_S - 36 * 86_400 - 3600.0  # 2025-10-25 23:00 UTC
    utc = write_csv(tmp_path / "utc.csv", found, stamps(300, 60.0, begin_s=begin))
    local = stamps(300, 60.0, "Europe/Helsinki", "%d.%m.%Y %H:%M", begin_s=begin)
    assert len(set(local)) == 240
    path = write_csv(tmp_path / "local.csv", found, local)
    a = rows(open_trend(site(), utc, given(tmp_path, "time: {column: time}\n")))
    said = 'time: {column: time, format: "%d.%m.%Y %H:%M", zone: Europe/Helsinki}\n'
    same(a, rows(open_trend(site(), path, given(tmp_path, said))))


def test_shuffled_and_doubled_rows_within_the_window_change_nothing(tmp_path: Path) -> None:
    found, times = data(), stamps(300, 60.0)
    path = write_csv(tmp_path / "a.csv", found, times)
    a = rows(open_trend(site(), path, given(tmp_path, "time: {column: time}\n")))
    head, *lines = path.read_text().splitlines()
    order = np.argsort(np.arange(300) + np.random.default_rng(3).uniform(0, 5, 300))
    path.write_text("\n".join([head, *(lines[i] for i in order for _ in range(1 + (i % 7 == 0)))]))
    same(a, rows(open_trend(site(), path, given(tmp_path, "time: {column: time}\n"))))
    short = given(tmp_path, "time: {column: time, reorder: 1 min}\n")
    with pytest.raises(BadInput, match=r"a\.csv:\d+: this line is \d+ s older"):
        rows(open_trend(site(), path, short))


def test_a_value_older_than_its_limit_is_bad(tmp_path: Path) -> None:
    path = tmp_path / "cov.csv"
    lines = [
        "2026-01-01 00:00:00,60,70,1",
        "2026-01-01 00:05:00,,71,1",
        "2026-01-01 00:10:00,,72,1",
    ]
    path.write_text("\n".join([f"time,{','.join(NAMES)}", *lines]))
    map_file = given(tmp_path, "time: {column: time}\n")
    map_file.write_text(map_file.read_text().replace("unit: degC", "unit: degC, hold: 4 min"))
    block = rows(open_trend(site(), path, map_file))
    signal = tuple(site().signals).index("heat_pump.T_sink_out")
    assert (block.good[:, signal] == (block.t_ns <= 240_000_000_000)).all()
    assert np.isnan(block.measured[~block.good[:, signal], signal]).all()


def test_parquet_gives_the_rows_of_the_csv(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow", reason="pyarrow is an extra")
    parquet = pytest.importorskip("pyarrow.parquet")
    found = {n: np.round(v, 3) for n, v in data().items()}
    path = write_csv(tmp_path / "a.csv", found, stamps(300, 60.0))
    us = (int(BEGIN_S) + 60 * np.arange(300)) * 1_000_000
    columns = {
        "time": arrow.array(us, arrow.timestamp("us")),
        **{n: arrow.array(v) for n, v in found.items()},
    }
    parquet.write_table(arrow.table(columns), tmp_path / "a.parquet", row_group_size=64)
    map_file = given(tmp_path, "time: {column: time}\n")
    a = rows(open_trend(site(), path, map_file))
    same(a, rows(open_trend(site(), tmp_path / "a.parquet", map_file)))


def test_parquet_takes_no_more_memory_for_more_row_groups(tmp_path: Path) -> None:
    """What arrow holds at the end is what it holds on the way; every row comes once, in order."""
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    groups, rows_each = 600, 1_000  # nine batches; 48 MB in all
    with parquet.ParquetWriter(
        tmp_path / "a.parquet", arrow.schema([(f"c{i}", arrow.float64()) for i in range(10)])
    ) as file:
        for n in range(groups):
            values = np.random.default_rng(n).random(rows_each)
            columns = {f"c{i}": n * rows_each + np.arange(rows_each) + values for i in range(10)}
            file.write_table(arrow.table(columns))
    before, held, places = arrow.total_allocated_bytes(), [], []
    for piece in ParquetSource(tmp_path / "a.parquet").pieces(Lost()):
        numbers = piece.numbers(3, {}, None, Lost())
        assert np.array_equal(np.floor(numbers.values), piece.place - 1)
        held.append(arrow.total_allocated_bytes() - before)
        places += [piece.place[0], piece.place[-1]]
    assert places[0] == 1
    assert places[-1] == groups * rows_each
    assert len(held) >= 9
    assert max(held) < 2 * held[0]


def test_parquet_without_pyarrow_says_how_to_get_it(tmp_path: Path) -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        (tmp_path / "a.parquet").write_bytes(b"PAR1....PAR1")
        with pytest.raises(BadInput, match=r"pip install 'hukka\[parquet\]'"):
            open_trend(site(), tmp_path / "a.parquet")
    else:
        (tmp_path / "a.parquet").write_bytes(b"PAR1....PAR1")
        with pytest.raises(BadInput, match="not a Parquet file"):
            open_trend(site(), tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "a: {signal: heat_pump.T_sink_ut}",
            "map.yaml:5 columns.a.signal: unknown signal 'heat_pump.T_sink_ut',"
            " did you mean 'heat_pump.T_sink_out'?",
        ),
        (
            "a: {signal: heat_pump.T_sink_out, unit: bar}",
            "map.yaml:5 columns.a.unit = 'bar': unit 'bar' (pressure) cannot become 'K'",
        ),
        ("a: {signal: heat_pump.T_sink_out, unit: degf}", "did you mean 'degF'?"),
        ("a: {signal: heat_pump.T_sink_out, unit: °C}", "did you mean 'degC'?"),
        ("a: {signal: heat_pump.T_sink_out, hold: 200000 d}", ".hold = '200000 d': must be ≤ 3153"),
        ("a: {sigal: x.y}", "unknown key 'sigal', did you mean 'signal'?"),
        ("a: {ignore: true, command: heat_pump.u_run}", "needs one of 'signal', 'command' and"),
    ],
)  # fmt: skip
def test_mistakes_of_a_map_name_line_and_word(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(f"site: mantsala\ntime:\n  column: time\ncolumns:\n  {text}\n")
    with pytest.raises(BadInput) as error:
        load_map(path, site())
    assert said in str(error.value)


def test_no_window_is_longer_than_the_clock_can_count(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"time.reorder = '200000 d': must be ≤ 315360000"):
        load_map(given(tmp_path, "time: {column: time, reorder: 200000 d}\n"), site())


@pytest.mark.parametrize(
    ("begin", "said"),
    [
        (b"\x1f\x8b\x08\x00", "compressed; unpack it"),
        (b"\xd0\xcf\x11\xe0", "a spreadsheet or archive; export it as CSV"),
        (b"time,heat_pump.m_source\n", "no row of values below the names"),
    ],
)
def test_what_is_no_table_says_what_it_is(tmp_path: Path, begin: bytes, said: str) -> None:
    (tmp_path / "a.csv").write_bytes(begin)
    with pytest.raises(BadInput, match=said):
        open_trend(site(), tmp_path / "a.csv")


@pytest.mark.parametrize("mark", [".", ","])
@pytest.mark.parametrize("name", ["excel", "epoch_s"])
def test_times_with_more_digits_than_machine_code_takes(
    tmp_path: Path, name: str, mark: str
) -> None:
    found, epochs = data(), [BEGIN_S + 60 * i for i in range(300)]
    plain = write_csv(tmp_path / "plain.csv", found, stamps(300, 60.0))
    written = {
        "excel": [f"{e / 86_400 + 25_569:.12f}" for e in epochs],
        "epoch_s": [f"{e}.0000001" for e in epochs],
    }
    times = [t.replace(".", mark) for t in written[name]]
    path = write_csv(
        tmp_path / "long.csv", found, times, separator=";", decimal=mark, time_name="timestamp"
    )
    with open_trend(site(), path) as trend:
        assert trend.map.time.format == name
        same(rows(trend), rows(open_trend(site(), plain)))


def test_the_schema_of_a_map_can_be_published() -> None:
    assert set(Map.model_json_schema()["required"]) == {"site", "time", "columns"}


def test_the_data_folder_of_a_monitor_needs_no_map(tmp_path: Path) -> None:
    channels = [Channel(f"{NAMES[0]}:measured", "K", 0.01), Channel(f"{NAMES[2]}:command", "-")]
    t_ns = BEGIN_S * 1_000_000_000 + 10_000_000_000 * np.arange(800)
    values = np.column_stack([300 + np.arange(800) / 100, np.ones(800)])
    values[400:460, 0] = np.nan
    quality = np.where(np.isnan(values), 7, 0).astype(np.uint8)
    with WeekWriter(tmp_path / "weeks", {"measured": channels}, ballast_bytes=0) as writer:
        writer.append("measured", t_ns, values, quality)
        writer.commit()
        writer.seal(int(t_ns[-1]))
    with open_trend(site(), tmp_path) as trend:
        assert trend.began_ns == t_ns[0]
        blocks = list(trend.blocks())
    np.testing.assert_array_equal(np.concatenate([b.t_ns for b in blocks]), t_ns - t_ns[0])
    at = list(site().signals).index(NAMES[0])
    good = np.concatenate([b.good[:, at] for b in blocks])
    np.testing.assert_array_equal(good, np.isfinite(values[:, 0]))
    measured = np.concatenate([b.measured[:, at] for b in blocks])
    np.testing.assert_array_equal(measured[good], values[good, 0])
    with pytest.raises(BadInput, match=r"without run\.json is no run folder, without weeks/"):
        open_trend(site(), tmp_path / "weeks")


def test_what_a_monitor_assumed_or_had_nobody_to_ask_for_needs_no_map(tmp_path: Path) -> None:
    soil, never, stuck = "district_network.T_soil", "heat_pump.m_source", NAMES[0]
    units = zip((soil, never, stuck), ("K", "kg/s", "K"), strict=True)
    channels = [Channel(f"{n}:measured", unit) for n, unit in units]
    t_ns = BEGIN_S * 1_000_000_000 + 10_000_000_000 * np.arange(6000)
    values = np.column_stack([np.full(6000, 279.15), np.full(6000, np.nan), np.full(6000, 340.0)])
    quality = np.where(np.isnan(values), 1, 0).astype(np.uint8)
    with WeekWriter(tmp_path / "weeks", {"measured": channels}, ballast_bytes=0) as writer:
        writer.append("measured", t_ns, values, quality)
    with open_trend(site(), tmp_path) as trend:
        report = report_of(trend)
    assert [line.target for line in report.columns] == [soil, stuck]
    (finding,) = report.to_mend  # a sensor that a controller has must not stand still
    assert (finding.kind, finding.columns) == ("constant", (f"{stuck}:measured",))
    text = propose(site(), open_source(tmp_path), "data").as_text()
    (tmp_path / "map.yaml").write_text(text, encoding="utf-8")
    proposed = load_map(tmp_path / "map.yaml", site())
    assert proposed.columns[f"{soil}:measured"].accept == ("constant",)
    assert proposed.columns[f"{stuck}:measured"].accept == ()
    assert f"#   {never}: " in text


def test_a_link_that_was_down_all_the_time_is_a_finding(tmp_path: Path) -> None:
    units = zip(NAMES[:2], ("K", "kg/s"), strict=True)
    channels = [Channel(f"{n}:measured", unit) for n, unit in units]
    t_ns = BEGIN_S * 1_000_000_000 + 10_000_000_000 * np.arange(800)
    values = np.column_stack([300 + np.arange(800) / 100, np.full(800, np.nan)])
    quality = np.where(np.isnan(values), 7, 0).astype(np.uint8)
    with WeekWriter(tmp_path / "weeks", {"measured": channels}, ballast_bytes=0) as writer:
        writer.append("measured", t_ns, values, quality)
    with open_trend(site(), tmp_path) as trend:
        (finding,) = report_of(trend).to_mend
    assert (finding.kind, finding.columns) == ("missing", (f"{NAMES[1]}:measured",))


def test_a_data_folder_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "weeks").mkdir()
    (tmp_path / "weeks" / "2026-W48.sqlite").write_bytes(b"Z" * 50_000)
    with pytest.raises(BadInput, match=r"no samples in it; 2026-W48\.sqlite: cannot be read"):
        open_source(tmp_path)
