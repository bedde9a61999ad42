"""Parquet files of others and our own: units, times of all kinds, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from trend_exports import BEGIN_S, site

from hil.historian.weeks import Channel, Weeks, WeekWriter
from hil.historian.weeks.export import export
from hil.trend.parquet_source import ParquetSource
from hil.trend.piece import Lost
from hil.trend.report import report_of
from hil.trend.stamp_format import parse_format
from hil.trend.trend import open_trend
from twin.errors import BadInput

arrow = pytest.importorskip("pyarrow", reason="pyarrow is an extra")
parquet = pytest.importorskip("pyarrow.parquet")

SINK = "heat_pump.T_sink_out"
NS = 1_000_000_000


def write(folder: Path, columns: dict[str, Any], **units: str) -> Path:
    arrays = {n: v if isinstance(v, arrow.Array) else arrow.array(v) for n, v in columns.items()}
    fields = [
        arrow.field(n, v.type, metadata={"unit": units[n]} if n in units else None)
        for n, v in arrays.items()
    ]
    path = folder / "a.parquet"
    parquet.write_table(arrow.table(list(arrays.values()), arrow.schema(fields)), path)
    return path


def times(count: int, unit: str = "ns", zone: str | None = None) -> Any:
    per_s = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    values = (BEGIN_S + 60 * np.arange(count)) * per_s + (123_456_789 if unit == "ns" else 0)
    return arrow.array(values, arrow.timestamp(unit, zone))


def test_units_stand_in_the_metadata_of_columns(tmp_path: Path) -> None:
    path = write(tmp_path, {"time": times(9), SINK: [340.0 + i for i in range(9)]}, **{SINK: "K"})
    assert ParquetSource(path).units == (None, "K")
    with open_trend(site(), path) as trend:
        (line,) = report_of(trend).columns
    assert (line.unit, line.low, line.high) == ("K", pytest.approx(340.0), pytest.approx(348.0))
    bare = write(tmp_path, {"time": times(9), f"{SINK} [°C]": [70.0] * 9}, time="soon")
    assert ParquetSource(bare).units == (None, "degC")


def test_what_the_historian_exports_reads_in_its_units(tmp_path: Path) -> None:
    t_ns = BEGIN_S * NS + 10 * NS * np.arange(300)
    values = 340.0 + np.arange(300.0)[:, None] / 100
    channels = {"measured": [Channel(f"{SINK}:measured", "K", 0.01)]}
    with WeekWriter(tmp_path / "weeks", channels, ballast_bytes=0) as writer:
        writer.append("measured", t_ns, values, np.zeros(values.shape, np.uint8))
        writer.commit()
    out = tmp_path / "export.parquet"
    with Weeks(tmp_path / "weeks") as weeks:
        export(weeks, out)
    with open_trend(site(), out) as trend:
        (line,) = report_of(trend).columns
    assert (line.target, line.unit) == (SINK, "K")
    assert line.low == pytest.approx(340.0)


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Helsinki"])
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_any_fineness_can_be_shown_and_read(
    tmp_path: Path, unit: str, zone: str | None
) -> None:
    """Nanoseconds need pandas to be shown as they are."""
    source = ParquetSource(write(tmp_path, {"time": times(3, unit, zone), "x": [1, 2, 3]}))
    hour = "02" if zone == "Europe/Helsinki" else "00"
    fine = ".123456" if unit == "ns" else ""
    shown = source.sample()[1][0]
    assert shown.startswith(f"2025-12-01 {hour}:01:00{fine}")
    assert shown.removeprefix(f"2025-12-01 {hour}:01:00{fine}") in ("", "+00:00", "+02:00")
    (piece,) = source.pieces(Lost())
    stamps = piece.stamps(0, parse_format("iso"))
    assert stamps.sound.all()
    assert stamps.ns[1] == (BEGIN_S + 60) * NS + (123_456_789 if unit == "ns" else 0)


@pytest.mark.parametrize(
    "column",
    [
        arrow.array([2**45], arrow.timestamp("s")),
        arrow.array([2**60], arrow.timestamp("ms", "Nowhere/At_All")),
        arrow.array([2**30], arrow.int32()).view(arrow.date32()),
        arrow.array([2**60], arrow.duration("s")),
        arrow.array([1_001], arrow.time64("ns")),
        arrow.array([None], arrow.null()),
        arrow.array([b"\xff"], arrow.binary()),
        arrow.array([b"\xff"], arrow.binary()).view(arrow.string()),
        arrow.array([b"\xff"], arrow.binary()).view(arrow.string()).dictionary_encode(),
        arrow.array(["a"]).dictionary_encode(),
    ],
    ids=lambda c: str(c.type),
)
def test_no_type_of_column_breaks_the_reader(tmp_path: Path, column: Any) -> None:
    source, lost = ParquetSource(write(tmp_path, {"x": column})), Lost()
    assert len(source.sample()) == 1
    (piece,) = source.pieces(lost)
    read = piece.numbers(0, {}, None, lost)
    assert len(read.values) == 1
    assert np.isnan(read.values[0])


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ([[1.0], [2.0]], "list<"),
        ([{"a": 1.0}, {"a": 2.0}], "struct<"),
    ],
)
def test_columns_of_columns_are_refused_by_name(tmp_path: Path, column: Any, kind: str) -> None:
    path = write(tmp_path, {"time": times(2), SINK: column})
    with pytest.raises(BadInput) as refused, open_trend(site(), path) as trend:
        report_of(trend)
    assert f"a.parquet: column '{SINK}' holds {kind}" in str(refused.value)


def test_a_broken_body_behind_a_sound_end_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, {"time": times(5000), SINK: np.random.default_rng(1).random(5000)})
    data = bytearray(path.read_bytes())
    data[4:2000] = b"\xff" * 1996
    path.write_bytes(data)
    source = ParquetSource(path)
    with pytest.raises(BadInput, match=r"a\.parquet: cannot be read"):
        source.sample()
    with pytest.raises(BadInput, match=r"a\.parquet: cannot be read"):
        list(source.pieces(Lost()))
