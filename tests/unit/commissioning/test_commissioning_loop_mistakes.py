# ruff: noqa: E501  a row of the table is a line
"""Every kind of mistake in a test of a loop is refused with file, line, value, rule, nearest word."""

import pytest
from commissioning_samples import SMALL

from twin.errors import BadInput

TESTED = "step_test: {setting: T_sink_out, by: 1 K, measured: T_sink_out, lasts: 1 h, rise: 9 min, command: u_compressor, gain: sink_gain, integral: sink_integral}"
SWINGS = "oscillation: {measured: T_sink_out, command: u_compressor, lasts: 1 h, amplitude: 0.1 K}"
STICKS = "stiction: {command: u_compressor, measured: T_sink_out, lasts: 1 h, band: 0.02}"
SHIFTS = "shift: {T_sink_out: 2 K}"
WORKS = "at_work: u_compressor"
LIMITS = "rise, overshoot, settles, deviation, oscillation"

# (a right step, its text, what it becomes, where it is refused, the message from there on)
MISTAKES = [
    (TESTED, "rise: 9 min, ", "", ".step_test", f"needs one of {LIMITS}"),
    (TESTED, "command: u_compressor, ", "", ".step_test", "'gain' and 'integral' need the 'command' that the loop moves"),
    (TESTED, "u_compressor", "u_compresor", ".step_test.command", "heat_pump: unknown point 'u_compresor', did you mean 'u_compressor'?"),
    (TESTED, "u_compressor", "T_sink_max", ".step_test.command", "command = 'T_sink_max': is no command of a controller"),
    (TESTED, "gain: ", "gian: ", ".step_test", "unknown key 'gian', did you mean 'gain'?"),
    (TESTED, "gain: sink_gain", "gain: sink_gian", ".step_test.gain", "heat_pump: unknown point 'sink_gian', did you mean 'sink_gain'?"),
    (TESTED, "gain: sink_gain", "gain: T_sink_out", ".step_test.gain", "setting = 'T_sink_out': is no setting of a controller"),
    (TESTED, "gain: sink_gain", "gain: T_sink_max", ".step_test.gain", "gain = 'T_sink_max': must be in 1/K, is in degC"),
    (TESTED, "gain: sink_gain", "gain: network:pump_gain", ".step_test.gain", "gain = 'network:pump_gain': unit 'kPa' (pressure) cannot become 'K' (temperature)"),
    (TESTED, "integral: ", "intgral: ", ".step_test", "unknown key 'intgral', did you mean 'integral'?"),
    (TESTED, "sink_integral", "sink_intgral", ".step_test.integral", "heat_pump: unknown point 'sink_intgral', did you mean 'sink_integral'?"),
    (TESTED, "sink_integral", "sink_gain", ".step_test.integral", "integral = 'sink_gain': unit '1/K' (gain on temperature) cannot become 's' (time)"),
    (TESTED, "9 min", "9 K", ".step_test.rise", "'9 K': unit 'K' (temperature) cannot become 's' (time)"),
    (TESTED, "9 min", "-9 min", ".step_test.rise", "time = '-9 min': must not be negative"),
    (TESTED, "rise: 9 min", "oscillation: -1", ".step_test.oscillation = -1", "must be ≥ 0.0"),
    (TESTED, "rise: 9 min", "oscilation: 1", ".step_test", "unknown key 'oscilation', did you mean 'oscillation'?"),
    (TESTED, "1 K", "1 kPa", ".step_test.by", "'1 kPa': unit 'kPa' (pressure) cannot become 'K' (temperature)"),
    (TESTED, "1 K", "0 K", ".step_test.by", "by = '0 K': must not be 0: there is no answer to nothing"),
    (SWINGS, "measured: T_sink_out, command: u_compressor, ", "", ".oscillation", "needs measured, command, or both"),
    (SWINGS, "measured: T_sink_out, ", "", ".oscillation", "'amplitude' is that of measured"),
    (SWINGS, "T_sink_out", "T_sink_ot", ".oscillation.measured", "heat_pump: unknown point 'T_sink_ot', did you mean 'T_sink_out'?"),
    (SWINGS, "u_compressor", "state", ".oscillation.command", "command = 'state': is no command of a controller"),
    (SWINGS, "1 h", "1 K", ".oscillation.lasts", "'1 K': unit 'K' (temperature) cannot become 's' (time)"),
    (SWINGS, "lasts: 1 h, ", "", ".oscillation", "missing key 'lasts'"),
    (SWINGS, "0.1 K", "0.1 kPa", ".oscillation.amplitude", "'0.1 kPa': unit 'kPa' (pressure) cannot become 'K' (temperature)"),
    (SWINGS, "amplitude:", "amplitud:", ".oscillation", "unknown key 'amplitud', did you mean 'amplitude'?"),
    (SWINGS, "amplitude: 0.1 K", "index: 0", ".oscillation.index = 0", "must be > 0.0"),
    (SWINGS, "amplitude: 0.1 K", "index: high", ".oscillation.index = 'high'", "must be a number"),
    (STICKS, "command: u_compressor, ", "", ".stiction", "missing key 'command'"),
    (STICKS, "u_compressor", "T_sink_max", ".stiction.command", "command = 'T_sink_max': is no command of a controller"),
    (STICKS, "T_sink_out", "state", ".stiction.measured", "reading = 'state': is not read by a sensor"),
    (STICKS, "band:", "position: T_sink_in, band:", ".stiction.position", "position = 'T_sink_in': unit 'K' (temperature) cannot become '-' (ratio)"),
    (STICKS, "band:", "position: T_sink_ni, band:", ".stiction.position", "heat_pump: unknown point 'T_sink_ni', did you mean 'T_sink_in'?"),
    (STICKS, "1 h", "-1 h", ".stiction.lasts", "time = '-1 h': must not be negative"),
    (STICKS, "0.02", "0", ".stiction.band = 0", "must be > 0.0"),
    (STICKS, "0.02", "2 %", ".stiction.band = '2 %'", "must be a number"),
    (STICKS, "band:", "bnd:", ".stiction", "unknown key 'bnd', did you mean 'band'?"),
    (SHIFTS, "{T_sink_out: 2 K}", "{}", ".shift", "must have at least 1, found 0"),
    (SHIFTS, "T_sink_out", "T_sink_ot", ".shift.T_sink_ot", "heat_pump: unknown point 'T_sink_ot', did you mean 'T_sink_out'?"),
    (SHIFTS, "2 K", "2 kPa", ".shift.T_sink_out", "'2 kPa': unit 'kPa' (pressure) cannot become 'K' (temperature)"),
    (SHIFTS, "2 K", "2", ".shift.T_sink_out", "'2': the number 2 needs its unit (K)"),
    (SHIFTS, "T_sink_out: 2 K", "u_run: 1", ".shift.u_run", "reading = 'u_run': is not read by a sensor"),
    (SHIFTS, SHIFTS, f"{{{SHIFTS}, over: 1 min}}", "", "'over' goes with force or boundary"),
    (WORKS, "u_compressor", "u_compresor", ".at_work", "heat_pump: unknown point 'u_compresor', did you mean 'u_compressor'?"),
    (WORKS, "u_compressor", "T_sink_max", ".at_work", "command = 'T_sink_max': is no command of a controller"),
    (WORKS, "u_compressor", "true", ".at_work = True", "must be text"),
    (WORKS, "u_compressor", "''", ".at_work = ''", "must not be empty"),
]  # fmt: skip


@pytest.mark.parametrize("step", [TESTED, SWINGS, STICKS, SHIFTS, WORKS])
def test_the_steps_that_are_broken_here_are_right(load, step):
    assert len(load(SMALL.replace("wait: 1 s", step))) == 1


@pytest.mark.parametrize(("step", "good", "bad", "place", "rule"), MISTAKES, ids=lambda x: x[-40:])
def test_a_mistake_in_a_test_of_a_loop(load, step, good, bad, place, rule):
    assert good in step
    with pytest.raises(BadInput) as refusal:
        load(SMALL.replace("wait: 1 s", step.replace(good, bad, 1)))
    said = [line.split("; known:")[0] for line in str(refusal.value).splitlines()]
    assert said == [f"own.yaml:7 blocks[0].steps[0]{place}: {rule}"]
