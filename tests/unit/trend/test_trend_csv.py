"""CSV cells against the standard library; nothing that a file holds is a traceback or lost."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trend_exports import in_units, readings, site, stamps, write_csv

from hil.trend.cells import EMPTY, LONG, NUMBER, numbers, packed, split
from hil.trend.csv_source import CsvSource, _alike
from hil.trend.head import read_head
from hil.trend.piece import Lost
from hil.trend.report import report_of
from hil.trend.trend import open_trend
from twin.errors import BadInput
from twin.trend.order import BAD, VALUE

CELL = st.text(st.sampled_from('ab1. -"'), max_size=6).filter(lambda c: c == c.strip())


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8))
def test_cells_are_those_of_the_csv_module(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    data = np.frombuffer(bytearray(text.getvalue().encode()), np.uint8)
    begin, end, count, line, _, used = split(data, ord(","), 3, 50)
    kept = [(i, row) for i, row in enumerate(rows) if any(row)]
    found = [
        [next(csv.reader([bytes(data[b:e]).decode()]), [""])[0:1] for b, e in zip(*r, strict=True)]
        for r in zip(begin, end, strict=True)
    ]
    assert used == len(data)
    by_line = {int(n): f for n, f, c in zip(line, found, count, strict=True) if c == 3}
    for i, row in kept:
        if row[0] or row[1] or row[2]:
            assert [c[0] if c else "" for c in by_line[i + 1]] == row


@settings(max_examples=300, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 17), st.sampled_from("fe"))
def test_numbers_are_bit_for_bit_those_of_python(number: float, digits: int, style: str) -> None:
    text = f"{number:.{digits}{style}}"[:40]
    value, state, _ = numbers(*packed([text]), ord("."))
    if state[0] == NUMBER:
        assert value[0] == float(text)
    else:
        assert state[0] in (LONG, 2)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(b"time,heat_pump.T_sink_out\n2026-01-01 00:00,60.5\n" + data)
    try:
        with open_trend(site(), path) as trend:
            report_of(trend)
            list(trend.blocks())
    except BadInput as error:
        said = str(error)
        if "any.csv" not in said:
            raise


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(["good", "short", "long", "no time", "word", "empty"]), min_size=1))
def test_every_row_is_used_or_counted(tmp_path: Path, kinds: list[str]) -> None:
    lines = ["time,heat_pump.T_sink_out,heat_pump.m_source", "2026-01-01 00:00,60,70"]
    for minute, kind in enumerate(kinds, 1):
        time = f"2026-01-01 {minute // 60:02d}:{minute % 60:02d}"
        lines.append({
            "good": f"{time},60.5,70", "short": time, "long": f"{time},1,2,3",
            "no time": "soon,60.5,70", "word": f"{time},broken wire,70", "empty": "",
        }[kind])  # fmt: skip
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(lines) + "\n")
    names = lines[0].split(",")[1:]
    map_file = tmp_path / "map.yaml"
    columns = "\n".join(f"  {n}: {{signal: {n}}}" for n in names)
    map_file.write_text(f"site: mantsala\ntime: {{column: time}}\ncolumns:\n{columns}\n")
    with open_trend(site(), path, map_file) as trend:
        report = report_of(trend)
    count = {k: kinds.count(k) for k in ("good", "short", "long", "no time", "word")}
    assert report.rows == 1 + count["good"] + count["word"]
    assert report.lost.get("too few cells", 0) == count["short"]
    assert report.lost.get("too many cells", 0) == count["long"]
    assert report.lost.get("time not as the format says", 0) == count["no time"]
    words = [f for f in report.findings if f.kind == "words"]
    assert bool(words) == bool(count["word"])
    assert all(f"'broken wire' {count['word']} times" in f.text for f in words)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
@pytest.mark.parametrize(("separator", "decimal"), [(",", "."), (";", ","), ("\t", ",")])
def test_any_usual_encoding_and_separator_reads_the_same(
    tmp_path: Path, encoding: str, separator: str, decimal: str
) -> None:
    found = {n: v[:50] for n, v in list(in_units(readings(2.0)).items())[:5]}
    path = write_csv(
        tmp_path / "a.csv", found, stamps(50, 60.0), separator=separator, decimal=decimal,
        encoding=encoding, header=lambda n: f"{n} [°C]" if ".T_" in n else n,
    )  # fmt: skip
    source = CsvSource(path, read_head(path), piece_bytes=700)
    assert source.units[2] == "degC"
    lost = Lost()
    read = [p.numbers(2, {}, None, lost) for p in source.pieces(lost)]
    assert len(read) > 1
    values = np.concatenate([r.values for r in read])
    assert np.allclose(values, list(found.values())[1], atol=5.1e-4)
    assert not lost.rows
    assert not lost.words


@settings(deadline=None)
@given(st.lists(st.integers(-3, 3), max_size=30), st.data())
def test_rows_of_one_key_come_together_each_once(keys: list[int], data: st.DataObject) -> None:
    rows = np.array(
        data.draw(st.lists(st.integers(0, max(len(keys) - 1, 0)), unique=True)) if keys else [],
        np.intp,
    )
    groups = _alike(np.array(keys, np.int64), rows)
    assert sorted(r for group in groups for r in group.tolist()) == sorted(rows.tolist())
    said = [{keys[r] for r in group} for group in groups]
    assert all(len(k) == 1 for k in said)
    assert len({min(k) for k in said}) == len(groups)


def test_long_numbers_are_read_at_once_and_text_by_text_only_where_words_may_be_numbers(
    tmp_path: Path,
) -> None:
    """Text by text, 200000 of them would be compared with each other."""
    path = tmp_path / "long.csv"
    numbers = np.random.default_rng(1).uniform(10, 99, 200_000).tolist()
    odd = ['" 12345678901234567 "', "\x01\x0b12345678901234567\x1f"]
    cells = [*odd, *map(repr, numbers), "1e999", "123456789012345678"]
    path.write_text("time,x\n" + "".join(f"{i},{c}\n" for i, c in enumerate(cells)))
    source, lost = CsvSource(path, read_head(path)), Lost()
    pieces = list(source.pieces(lost))
    read = [p.numbers(1, {}, None, lost) for p in pieces]
    values = np.concatenate([r.values for r in read])
    assert values[:-2].tolist() == [12345678901234567.0] * 2 + numbers
    assert values[-1] == 123456789012345678.0
    assert read[-1].state[-2] == BAD
    meant = pieces[-1].numbers(1, {"123456789012345678": -1.0}, None, lost)
    assert meant.values[-1] == -1.0
    assert not lost.words


def test_words_units_and_blanks_in_cells_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    cells = ["on", "off", "1 234,5", "23,5 °C", "", "NaN", "12345678901234567890", "what"]
    lines = ["time;x", *(f"2026-01-01 00:0{i};{c}" for i, c in enumerate(cells))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    source, lost = CsvSource(path, read_head(path, decimal=",")), Lost()
    (piece,) = source.pieces(lost)
    read = piece.numbers(1, {}, None, lost)
    assert read.values[:4].tolist() == [1.0, 0.0, 1234.5, 23.5]
    assert read.state.tolist() == [VALUE, VALUE, VALUE, VALUE, EMPTY, BAD, VALUE, BAD]
    assert lost.words == {"x": {"what": 1}}
