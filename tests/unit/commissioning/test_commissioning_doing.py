"""What has no value makes nobody sure: steps that need one, registers that cannot be read."""

from types import SimpleNamespace

import numpy as np
import pytest
from commissioning_samples import Series

from hil.commissioning.by_hand import Hands
from hil.commissioning.doing import Doing
from hil.commissioning.field import Looked
from hil.commissioning.procedure import Step
from hil.commissioning.registers import Registers
from hil.commissioning.trace import Trace


def done(step, values):
    series = Series(values)
    return Doing(series, series.scope, series, None, "heat_pump", series.cycle).do(Step(**step))


@pytest.mark.parametrize(
    ("step", "missing"),
    [
        ({"wait": "lead_time + 1 s"}, "lead_time + 1 s"),
        ({"expect": {"point": "T_sink_out", "above": "0 degC", "hold": "lead_time"}}, "lead_time"),
        ({"expect": {"point": "T_sink_out", "above": "0 K", "within": "lead_time"}}, "lead_time"),
        ({"set": {"T_sink_max": "T_sink_in"}}, "T_sink_in"),
        ({"force": {"T_sink_out": "T_sink_in + 1 K"}}, "T_sink_in + 1 K"),
        ({"boundary": {"cooling_loop.T_outdoor": "T_sink_in"}}, "T_sink_in"),
        ({"note": {"before": "T_sink_in"}}, "T_sink_in"),
    ],
    ids=str,
)
def test_what_has_no_value_is_not_taken_for_zero(step, missing):
    found = done(step, {"lead_time": [None], "T_sink_out": [300.0], "T_sink_in": [None]})
    assert (found.verdict, found.why) == ("inconclusive", f"{missing} has no value now")


class Steered(Series):
    """Keeps what weather and loads are given."""

    def steer(self, name, goal, lasts_ns=0):
        self.given = getattr(self, "given", {}) | {name: goal}


def test_a_load_is_given_as_a_share_of_its_own_day():
    plant = Steered({"T_sink_in": [300.0]})
    plant.t_s = 7200
    day = plant.boundary.block(7200, 86_400)
    load, demand, outdoor = (
        day[:, plant.boundary.names.index(name)]
        for name in ("cooling_loop.P_it", "district_network.Q_demand", "cooling_loop.T_outdoor")
    )
    step = {
        "cooling_loop.P_it": "0.6 * most",
        "district_network.Q_demand": "mean + 1 kW",
        "cooling_loop.T_outdoor": "mean - 3 K",
    }
    doing = Doing(plant, plant.scope, plant, None, "heat_pump", plant.cycle)
    assert doing.do(Step(boundary=step)).verdict == "pass"
    assert plant.given["cooling_loop.P_it"] == pytest.approx(0.6 * load.max(), rel=0.01)
    assert plant.given["district_network.Q_demand"] == pytest.approx(demand.mean() + 1e3, rel=1e-3)
    assert plant.given["cooling_loop.T_outdoor"] == pytest.approx(outdoor.mean() - 3.0, abs=0.05)


class Moved(Steered):
    """Keeps nothing of what is forced or shifted."""

    def force(self, column, goal, lasts_ns=0):
        pass

    def shift(self, column, by):
        pass


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"force": {"T_sink_out": "T_sink_in + 5 K"}}, "T_sink_out = 31.85 degC"),
        ({"force": {"T_sink_out": "T_sink_in"}}, "T_sink_out = 26.85 degC"),
        ({"force": {"T_sink_out": "40 degC", "T_sink_in": "lost"}}, ""),
        ({"shift": {"T_sink_out": "T_sink_in - T_sink_out + 4 K"}}, "T_sink_out by -6 K"),
        ({"shift": {"T_sink_out": "2 K"}}, ""),
        (
            {"boundary": {"cooling_loop.T_outdoor": "T_sink_in - 30 K"}},
            "cooling_loop.T_outdoor = -3.15 degC",
        ),
        ({"boundary": {"cooling_loop.T_outdoor": "-10 degC"}}, ""),
    ],
    ids=str,
)
def test_what_a_name_was_worth_is_said_and_a_number_speaks_for_itself(step, said):
    plant = Moved({"T_sink_in": [300.0], "T_sink_out": [310.0]})
    found = Doing(plant, plant.scope, plant, None, "heat_pump", plant.cycle).do(Step(**step))
    assert (found.verdict, found.why) == ("pass", said)


def test_a_share_of_a_day_is_said_as_the_power_that_it_was():
    plant = Steered({"T_sink_in": [300.0]})
    doing = Doing(plant, plant.scope, plant, None, "heat_pump", plant.cycle)
    found = doing.do(Step(boundary={"cooling_loop.P_it": "0.6 * most"}))
    watts = plant.given["cooling_loop.P_it"]
    assert found.why == f"cooling_loop.P_it = {watts / 1e3:.6g} kW"


def test_a_wait_lets_its_time_pass():
    series = Series({"lead_time": [60.0]})
    doing = Doing(series, series.scope, series, None, "heat_pump", series.cycle)
    assert doing.do(Step(wait="0.5 * lead_time + 2.5 s")).verdict == "pass"
    assert doing.now_s == 33.0


def test_what_needs_somebody_is_skipped():
    assert done({"manual": {"prompt": "Read the gauge"}}, {}).verdict == "skipped"


class Slow:
    """Somebody who thinks for a while."""

    name = "Aino"

    def ask(self, question, meanwhile=None):
        for _ in range(3):
            meanwhile()
        return "y"


@pytest.mark.parametrize(("real_time", "cycles", "idle"), [(False, 0, 3), (True, 3, 0)])
def test_while_somebody_thinks_the_plant_goes_on_or_the_block_says_that_it_does_not_hang(
    real_time, cycles, idle
):
    series, waited = Series({}), []
    series.real_time = real_time
    doing = Doing(
        series, series.scope, series, None, "heat_pump", series.cycle, Hands(Slow()),
        lambda: waited.append(1),
    )  # fmt: skip
    assert doing.do(Step(manual={"prompt": "Read the gauge"})).verdict == "pass"
    assert (series.t_s, len(waited)) == (cycles, idle)


class Counting:
    """A rig with one controller whose registers say how often they were asked."""

    period_ns = 1

    def __init__(self, values):
        self.t_ns, self.asked, self.there, self.found = 0, [], True, None
        self._values = values

    def reachable(self, controller):
        return self.there

    def watch(self, blocks):
        self.watched = blocks

    def looked(self, controller):
        return self.found

    def device(self, controller):
        return self

    def read(self, block):
        self.asked.append(block.names)
        values = [self._values.get(name) for name in block.names]
        return SimpleNamespace(values=None if None in values else values)


def test_registers_are_read_together_and_once_a_cycle(book):
    refs = [book.find(name, "heat_pump") for name in ("T_sink_max", "T_source_min", "state")]
    rig = Counting({"T_sink_max": 358.15, "T_source_min": 306.15, "watchdog": 10.0})
    registers = Registers(rig, None, refs)
    assert [registers.read(ref) for ref in (*refs, *refs)] == [358.15, 306.15, None] * 2
    assert sorted(rig.asked) == [("T_sink_max", "T_source_min"), ("state",)]
    assert registers.read(book.find("watchdog", "heat_pump")) == 10.0  # nobody had said so
    assert rig.asked[2:] == [("watchdog",)]
    rig.t_ns += 1
    assert registers.read(refs[0]) == 358.15
    assert len(rig.asked) == 5
    assert registers.read(book.find("watchdog", "heat_pump")) == 10.0
    assert len(rig.asked) == 6


def test_of_what_cannot_be_reached_nothing_is_known(book):
    ref = book.find("T_sink_max", "heat_pump")
    rig = Counting({"T_sink_max": 358.15})
    registers = Registers(rig, None, [ref])
    rig.there = False
    assert registers.read(ref) is None
    rig.there, rig.t_ns = True, 1
    assert registers.read(ref) == 358.15
    assert len(rig.asked) == 1


def test_a_trace_has_no_number_where_there_was_no_value(tmp_path):
    series = Series({"T_sink_out": [300.125, None, 300.25], "no_flow": [0.0, 0.0, 1.0]})
    refs = {name: series.names.ref(name) for name in ("T_sink_out", "no_flow")}
    watched = [SimpleNamespace(signal=refs["T_sink_out"].column)]
    rig = SimpleNamespace(t_ns=0, twin=SimpleNamespace(watched=watched))
    trace = Trace(rig, series.scope, refs)
    for _ in range(3):
        series.cycle()
        rig.t_ns = series.t_ns
        trace.take()
    rows_ns = np.array([-1, 0, 1, 2]) * 10**9  # of the last row the twin has not heard
    rig.listen(rows_ns, np.array([[299.0], [300.0], [np.nan], [301.0]]))
    trace.write(tmp_path / "trace.csv")
    assert (tmp_path / "trace.csv").read_text().splitlines() == [
        "t [s],T_sink_out [K],no_flow [-],T_sink_out predicted [K]",
        "1,,0,",
        "2,300.25,1,301",
        "3,300.25,1,",
    ]


def test_in_real_time_registers_are_what_the_rounds_of_the_line_found(book):
    """A controller that does not answer must not keep the plant waiting for it."""
    refs = [book.find(name, "heat_pump") for name in ("T_sink_max", "state")]
    rig = Counting({"T_sink_max": 358.15, "state": 4.0})
    registers = Registers(rig, None, refs)
    rig.now_ns = rig.t_ns = 10
    values = {"T_sink_max": 350.0, "state": 2.0}
    for asked_ns, seen, expected in [
        (9, values, [350.0, 2.0]),
        (9, None, [None, None]),  # it did not answer
        (4, values, [None, None]),  # and nobody knows what the line does since
    ]:
        rig.found = Looked(asked_ns, seen)
        rig.t_ns += 1  # another cycle
        assert [registers.read(ref) for ref in refs] == expected
    assert rig.asked == []


def test_what_was_seen_before_a_write_says_nothing_of_what_was_written(book):
    ref = book.find("T_sink_max", "heat_pump")
    rig = Counting({"T_sink_max": 358.15})
    registers = Registers(rig, None, [ref])
    registers._written_ns, rig.now_ns, rig.t_ns = 8, 10, 10
    rig.found = Looked(7, {"T_sink_max": 350.0})
    assert registers.read(ref) is None
    rig.found, rig.t_ns = Looked(8, {"T_sink_max": 351.0}), 11
    assert registers.read(ref) == 351.0
    assert rig.asked == []


def test_a_plant_goes_on_until_a_round_has_seen_its_registers(book):
    """And no longer than five periods: who does not answer then does not answer."""
    rig, waited = Counting({}), []
    rig.found = Looked(-1, None)

    class Gate:
        def pause(self, seconds):
            waited.append(seconds)
            if len(waited) == answers_after:
                rig.found = Looked(1, {"T_sink_max": 350.0})

    answers_after = 2
    Registers(rig, Gate(), [book.find("T_sink_max", "heat_pump")])
    assert waited == [1e-9] * 2
    waited.clear()
    rig.found, answers_after = Looked(-1, None), 99
    Registers(rig, Gate(), [book.find("T_sink_max", "heat_pump")])
    assert waited == [1e-9] * 5
