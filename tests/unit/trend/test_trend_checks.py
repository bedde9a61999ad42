"""What is wrong with a column is found by name; a sound file is left alone."""

from pathlib import Path

import numpy as np
import pytest
from trend_exports import in_units, readings, site, stamps, write_csv

from hil.trend.report import Report, report_of
from hil.trend.trend import open_trend
from twin.errors import BadInput
from twin.trend.finding import Weight

STEP_S = 60.0


def check(tmp_path: Path, changes: dict[str, np.ndarray], map_text: str = "") -> Report:
    found = {**in_units(readings()), **changes}
    count = len(next(iter(found.values())))
    path = write_csv(tmp_path / "export.csv", found, stamps(count, STEP_S))
    map_file = None
    if map_text:
        map_file = tmp_path / "map.yaml"
        map_file.write_text(map_text)
    with open_trend(site(), path, map_file) as trend:
        return report_of(trend)


def test_sound_data_have_nothing_to_mend(tmp_path: Path) -> None:
    report = check(tmp_path, {})
    assert report.to_mend == ()
    assert not [f for f in report.findings if f.weight is Weight.LOOK]


SINK, NETWORK, POWER = "heat_pump.T_sink_out", "district_network.m_network", "heat_pump.P_electric"


@pytest.mark.parametrize(
    ("column", "change", "kind", "said"),
    [
        (SINK, lambda v: np.full_like(v, np.nan), "missing", "no good value"),
        (SINK, lambda v: np.full_like(v, 70.0), "constant", "all the time"),
        (SINK, lambda v: v * 1.8 + 32.0, "unit", "looks like degF"),
        (SINK, lambda v: v + 273.15, "unit", "looks like K"),
        (SINK, lambda v: -v, "sign", "sign reversed"),
        (SINK, lambda v: v + 30.0, "shifted", "about +30 K"),
        (NETWORK, lambda v: v * 3.6, "unit", "m3/h"),
        (NETWORK, lambda v: -v, "sign", "sign reversed"),
        (POWER, lambda v: v / 1000.0, "unit", "looks like MW"),
        ("district_network.dp_consumer", lambda v: v / 100.0, "unit", "looks like bar"),
        ("district_network.T_return", lambda v: v * 1.8 + 32.0, "unit", "looks like degF"),
        ("heat_pump.T_evaporating", lambda v: -v, "sign", "sign reversed"),
    ],
)  # fmt: skip
def test_a_spoilt_column_is_found_by_name(
    tmp_path: Path, column: str, change: object, kind: str, said: str
) -> None:
    values = in_units(readings())[column]
    report = check(tmp_path, {column: change(values)})  # type: ignore[operator]
    assert [(f.kind, f.columns) for f in report.to_mend] == [(kind, (column,))]
    assert column in report.to_mend[0].text
    assert said in report.to_mend[0].text


def test_two_swapped_columns_are_found(tmp_path: Path) -> None:
    found, a, b = in_units(readings()), "district_network.T_supply", "district_network.T_return"
    report = check(tmp_path, {a: found[b], b: found[a]})
    assert [f.kind for f in report.to_mend] == ["swapped"]
    assert set(report.to_mend[0].columns) == {a, b}


def test_a_clock_of_its_own_is_found(tmp_path: Path) -> None:
    column, found = "heat_pump.P_electric", in_units(readings())
    late = np.concatenate([np.full(60, np.nan), found[column][:-60]])
    report = check(tmp_path, {column: late})
    assert [(f.kind, f.columns) for f in report.to_mend] == [("clock", (column,))]
    assert "1 h later" in report.to_mend[0].text


def test_two_faults_at_once_are_both_found(tmp_path: Path) -> None:
    found, a, b = in_units(readings()), "cooling_loop.T_return", "heat_pump.T_condensing"
    report = check(tmp_path, {a: found[a] * 1.8 + 32.0, b: -found[b]})
    assert {(f.kind, f.columns) for f in report.to_mend} == {("unit", (a,)), ("sign", (b,))}


def test_what_the_map_accepts_or_ignores_is_no_finding(tmp_path: Path) -> None:
    column, found = "heat_pump.T_sink_out", in_units(readings())
    names = [n for n in found if n != column]
    signals = site().signals
    lines = [f"  {n}: {{{'signal' if n in signals else 'command'}: {n}}}" for n in names]
    head = "site: mantsala\ntime: {column: time}\ncolumns:\n" + "\n".join(lines) + "\n"
    flat = {column: np.full(1800, 70.0)}
    said = f"  {column}: {{signal: {column}}}\n"
    assert check(tmp_path, flat, head + said).to_mend
    accepted = f"  {column}: {{signal: {column}, accept: [constant]}}\n"
    assert not [f for f in check(tmp_path, flat, head + accepted).to_mend if f.kind == "constant"]
    assert not check(tmp_path, flat, head + f"  {column}: {{ignore: true}}\n").to_mend


def test_what_cannot_be_told_is_said(tmp_path: Path) -> None:
    open_ = [f for f in check(tmp_path, {}).findings if f.weight is Weight.OPEN]
    assert any(f.columns == ("district_network.T_soil",) for f in open_)


def test_a_number_that_means_no_value_spoils_no_balance(tmp_path: Path) -> None:
    values = in_units(readings())[SINK].copy()
    values[7::130] = -9999.0
    report = check(tmp_path, {SINK: values})
    assert report.to_mend == ()
    assert [f.columns for f in report.findings if f.kind == "range"] == [(SINK,)]


def test_what_is_wrong_with_the_file_as_a_whole_is_refused_by_its_name(tmp_path: Path) -> None:
    times = stamps(60, STEP_S)
    path = write_csv(tmp_path / "a.csv", in_units(readings(1.0)), [*times[:40], *["late"] * 20])
    with open_trend(site(), path) as trend, pytest.raises(BadInput) as refused:
        report_of(trend).refuse_unmended()
    assert "a.csv: 20 of 60 rows are not used" in str(refused.value)
