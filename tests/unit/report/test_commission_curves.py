"""What a report draws of the traces of a commissioning run: units, words, few points."""

import numpy as np
import pytest
from commission_sample import KEYS, end, record, step, trace

from hil.report.commission_data import read_record
from hil.report.commission_trace import few, read_trace, same_words


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return record(tmp_path_factory.mktemp("runs") / "run")


def test_a_word_that_one_block_tells_is_known_to_the_others(run):
    blocks = read_record(run).blocks
    every = same_words({b.key: read_trace(run, b) for b in blocks}, blocks)
    assert every[KEYS[0]].curves["state"].words == {5: "LIMITED"}
    assert every[KEYS[3]].curves["state"].words == {5: "LIMITED"}


def test_units_people_read(run):
    curves = read_trace(run, read_record(run).blocks[0]).curves
    assert (curves["T"].scale.symbol, curves["T"].values[0]) == ("°C", pytest.approx(95.0))
    assert (curves["P"].scale.symbol, curves["P"].values[0]) == ("kW", 20.0)
    share = read_trace(run, read_record(run).blocks[2]).curves["u"]
    assert (share.scale.symbol, share.values[0], share.is_state) == ("%", 60.0, False)


def test_differences_of_temperature_stay_kelvin(tmp_path):
    said = step("set slack = 3 K", why="slack = 3 K, T = 50 degC")
    folder = record(tmp_path / "run", [end(KEYS[0], "pass", [said], 2.0)])
    trace(folder, KEYS[0], "slack [K],dT [K],T [K]", 2, "3,10,323.15")
    curves = read_trace(folder, read_record(folder).blocks[0]).curves
    found = [(c.scale.symbol, float(c.values[0])) for c in curves.values()]
    assert found == [("K", 3.0), ("K", 10.0), ("°C", 50.0)]


def test_few_points_keep_the_extremes():
    t_s = np.arange(10_000.0)
    values = np.sin(t_s / 500.0)
    values[4321], values[7654] = 9.0, -9.0
    few_t, few_values = few(t_s, values, steps=False)
    assert few_t.size <= 600
    assert (few_values.max(), few_values.min()) == (9.0, -9.0)
    assert (few_t[1:] >= few_t[:-1]).all()


def test_of_states_every_change_is_kept_in_its_second():
    t_s, values = np.arange(1.0, 5001.0), np.zeros(5000)
    values[1000:1001] = 3.0
    values[4000:] = np.nan
    few_t, few_values = few(t_s, values, steps=True)
    assert few_t.tolist() == [1.0, 1001.0, 1002.0, 4001.0, 5000.0]
    assert np.array_equal(few_values, [0.0, 3.0, 0.0, np.nan, np.nan], equal_nan=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("t [s],T [K]\n1,2,3\n", "cannot be read"),
        ("t [s],T [K]\n1,cold\n", "cannot be read"),
        ("t [s],T [K]\n", "holds no values"),
        ("", "cannot be read"),
        ("t [s]\n1\n", "holds no points"),
    ],
)
def test_a_broken_trace_is_told(tmp_path, text, said):
    folder = record(tmp_path / "run")
    (folder / "traces" / "hp.limit~hp1~high.csv").write_text(text)
    block = read_record(folder).blocks[0]
    assert said in read_trace(folder, block).why
