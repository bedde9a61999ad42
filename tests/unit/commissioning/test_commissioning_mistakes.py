# ruff: noqa: E501  a row of the tables is a line
"""Every kind of mistake in a procedure is refused with file, line, value, rule, nearest word."""

import pytest
from commissioning_samples import FULL, SMALL

from hil.commissioning.load import load_procedures
from hil.commissioning.procedure import ACTIONS
from twin.errors import BadInput

WORDS = ", ".join(ACTIONS)
COMPARISONS = "equals, band, near, above, below"

# (text of the smallest procedure, what it becomes, the whole message)
OF_A_FILE = [
    ("title:", "titel:", "own.yaml:2: unknown key 'titel', did you mean 'title'?"),
    ("title: A trial\n", "", "own.yaml:1: missing key 'title'"),
    ("title: A trial", 'title: ""', "own.yaml:2 title = '': must not be empty"),
    ("title: A trial", "title: 3", "own.yaml:2 title = 3: must be text"),
    ("procedure: own.trial", "procedure: Own Trial", r"own.yaml:1 procedure = 'Own Trial': must be of the form ^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$"),
    ("of: heat_pump", "of: heat_pomp", "own.yaml:3 of: of: unknown controller type 'heat_pomp', did you mean 'heat_pump'?"),
    ("of: heat_pump", "of: 1", "own.yaml:3 of = 1: must be text"),
    ("blocks:\n", "bloks:\n", "own.yaml:4: unknown key 'bloks', did you mean 'blocks'?"),
    ("- block:", "- blok:", "own.yaml:5 blocks[0]: unknown key 'blok', did you mean 'block'?"),
    ("block: first", "block: First", "own.yaml:5 blocks[0].block = 'First': must be of the form ^[a-z][a-z0-9_]*$"),
    ("    steps:", "    step:", "own.yaml:6 blocks[0]: unknown key 'step', did you mean 'steps'?"),
    ("      - wait: 1 s\n", "      []\n", "own.yaml:6 blocks[0].steps: must have at least 1, found 0"),
    ("      - wait: 1 s\n", "      3\n", "own.yaml:6 blocks[0].steps = 3: must be a list"),
    ("wait: 1 s", "wait 1 s", "own.yaml:7 blocks[0].steps[0] = 'wait 1 s': must be a mapping of keys to values"),
    (SMALL[SMALL.index("blocks"):], "blocks: []\n", "own.yaml:4 blocks: must have at least 1, found 0"),
    ("of: heat_pump\n", "of: heat_pump\nof: network\n", "own.yaml:4 of: key given twice, first on line 3"),
    ("title: A trial", "title: [A", "own.yaml:3: not YAML: expected ',' or ']', but got ':'"),
    (SMALL, "", "own.yaml:1: must be a mapping of keys to values"),
    (SMALL, "- a\n", "own.yaml:1: must be a mapping of keys to values"),
    # names that are given
    ("of: heat_pump\n", "of: heat_pump\nparameters: {a: b, b: 2 * a}\n", "own.yaml:4 parameters.a: 'a' is given by itself"),
    ("of: heat_pump\n", "of: heat_pump\nparameters: {a: 3 K + a}\n", "own.yaml:4 parameters.a: 'a' is given by itself"),
    ("of: heat_pump\n", "of: heat_pump\nparameters: {a: 3 K + 3 s}\n", "own.yaml:4 parameters.a: '3 K + 3 s': unit 's' (time) cannot become 'K' (temperature)"),
    ("of: heat_pump\n", "of: heat_pump\nparameters: {T_sink_out: 3 K}\n", "own.yaml:4 parameters.T_sink_out: name = 'T_sink_out': is a point's already"),
    ("of: heat_pump\n", "of: heat_pump\nparameters: {lost: 3 K}\n", "own.yaml:4 parameters.lost: name = 'lost': has a meaning already"),
    ("of: heat_pump\n", "of: heat_pump\nparameters: {most: 3 K}\n", "own.yaml:4 parameters.most: name = 'most': has a meaning already"),
    ("    steps:", "    for_each: []\n    steps:", "own.yaml:6 blocks[0].for_each: must have at least 1, found 0"),
    ("    steps:", "    for_each:\n      - {a: 1 K}\n      - {a: a}\n    steps:", "own.yaml:8 blocks[0].for_each[1].a: 'a' is given by itself"),
    ("    steps:", "    for_each:\n      - {a: 1 K}\n      - {a: 1 K + 1 s}\n    steps:", "own.yaml:8 blocks[0].for_each[1].a: '1 K + 1 s': unit 's' (time) cannot become 'K' (temperature)"),
    # what has to be there first
    ("of: heat_pump\n", "of: heat_pump\nprerequisites:\n  - {point: stat, equals: RUNNING}\n", "own.yaml:5 prerequisites[0].point: heat_pump: unknown point 'stat', did you mean 'state'?"),
    ("of: heat_pump\n", "of: heat_pump\nprerequisites:\n  - {point: state, equals: RUNING}\n", "own.yaml:5 prerequisites[0].equals: state = 'RUNING': unknown word, did you mean 'RUNNING'?"),
    ("of: heat_pump\n", "of: heat_pump\nprerequisites:\n  - {point: state, equals: RUNNING, within: 3}\n", "own.yaml:5 prerequisites[0].within: '3': the number 3 needs its unit (s)"),
]  # fmt: skip

# (what stands instead of `wait: 1 s`, where it is refused, the message from there on)
OF_A_STEP = [
    # what it does
    ("name: x", "", f"needs one of {WORDS}; found none"),
    ("{wait: 1 s, heartbeat: stop}", "", f"needs one of {WORDS}; found heartbeat, wait"),
    ("sett: {enable: true}", "", "unknown key 'sett', did you mean 'set'?"),
    ("{wait: 1 s, over: 1 s}", "", "'over' goes with force or boundary"),
    ("set: {}", ".set", "must have at least 1, found 0"),
    ("set: enable", ".set = 'enable'", "must be a mapping of keys to values"),
    ("release: []", ".release", "must have at least 1, found 0"),
    ("heartbeat: halt", ".heartbeat = 'halt'", "must be one of stop, go"),
    ("power: of", ".power = 'of'", "must be one of off, on, did you mean 'off'?"),
    ("expect: {point: state, equals: RUNNING, hld: 1 s}", ".expect", "unknown key 'hld', did you mean 'hold'?"),
    ("expect: {equals: RUNNING}", ".expect", "missing key 'point'"),
    ("expect: {point: state}", ".expect", f"needs one of {COMPARISONS}; found none"),
    ("expect: {point: u_pump, above: 1 %, below: 2 %}", ".expect", f"needs one of {COMPARISONS}; found above, below"),
    ("expect: {point: T_sink_out, near: 80 degC}", ".expect", "'near' and 'tolerance' come together"),
    ("expect: {point: T_sink_out, above: 80 degC, tolerance: 1 K}", ".expect", "'near' and 'tolerance' come together"),
    ("expect: {point: T_sink_out, band: [80 degC]}", ".expect.band", "missing item 2"),
    ("sequence: {order: [{point: state, equals: RUNNING}], within: 1 s}", ".sequence.order", "must have at least 2, found 1"),
    ("sequence: {order: [{point: u_run, equals: ON}, {point: state, equal: RUNNING}], within: 1 s}", ".sequence.order[1]", "unknown key 'equal', did you mean 'equals'?"),
    # names
    ("set: {T_sink_mx: 80 degC}", ".set.T_sink_mx", "heat_pump: unknown point 'T_sink_mx', did you mean 'T_sink_max'?"),
    ("force: {heat_pmp:T_sink_out: 80 degC}", ".force.heat_pmp:T_sink_out", "point 'heat_pmp:T_sink_out': unknown controller 'heat_pmp', did you mean 'heat_pump'?"),
    ("release: [T_outdoor, T_outdor]", ".release[1]", "heat_pump: unknown point 'T_outdor', did you mean 'T_outdoor'?"),
    ("expect: {point: heat_pump.T_snk_out, above: 80 degC}", ".expect.point", "point: unknown signal 'heat_pump.T_snk_out', did you mean 'heat_pump.T_sink_out'?"),
    ("expect: {point: stat, equals: RUNNING}", ".expect.point", "heat_pump: unknown point 'stat', did you mean 'state'?"),
    ("expect: {point: T_sink_out, above: T_sink_mx}", ".expect.above", "heat_pump: unknown point 'T_sink_mx', did you mean 'T_sink_max'?"),
    ("expect: {point: T_sink_out, below: design.T_sink_mx}", ".expect.below", "heat_pump design: unknown setting 'T_sink_mx', did you mean 'T_sink_max'?"),
    ("expect: {point: T_sink_out, below: design.T_sink_out}", ".expect.below", "heat_pump design: unknown setting 'T_sink_out', did you mean 'T_sink_cold'?"),
    ("expect: {point: design.T_sink_max, above: 80 degC}", ".expect.point", "point = 'design.T_sink_max': is what the site file says, and never changes"),
    ("expect: {point: model, above: 80}", ".expect.point", "point = 'model': is text, not a number"),
    ("boundary: {cooling_loop.P_itt: 4 MW}", ".boundary.cooling_loop.P_itt", "boundary: unknown input 'cooling_loop.P_itt', did you mean 'cooling_loop.P_it'?"),
    ("fault: heat_pump.condensr_fouling", ".fault", "fault: unknown fault 'heat_pump.condensr_fouling', did you mean 'heat_pump.condenser_fouling'?"),
    ("expect_alarm: {part: heatpump, within: 1 h}", ".expect_alarm.part", "part: unknown part 'heatpump', did you mean 'heat_pump'?"),
    ("expect_no_alarm: {part: heatpump, hold: 1 h}", ".expect_no_alarm.part", "part: unknown part 'heatpump', did you mean 'heat_pump'?"),
    ("note: {before: T_sink_ot}", ".note.before", "heat_pump: unknown point 'T_sink_ot', did you mean 'T_sink_out'?"),
    ("note: {before: before}", ".note.before", "'before' is given by itself"),
    ("note: {T_sink_out: T_sink_in}", ".note.T_sink_out", "name = 'T_sink_out': is a point's already"),
    # units
    ("set: {T_sink_max: 80 s}", ".set.T_sink_max", "'80 s': unit 's' (time) cannot become 'K' (temperature)"),
    ("set: {T_sink_max: 80}", ".set.T_sink_max", "'80': the number 80 needs its unit (K)"),
    ("set: {T_sink_max: 80 degc}", ".set.T_sink_max = '80 degc'", "unknown unit 'degc', did you mean 'degC'?"),
    ("set: {T_sink_max: }", ".set.T_sink_max", "must be a value: 36 degC, T_sink_max - 3 K, RUNNING, true"),
    ("force: {T_outdoor: 4 MW}", ".force.T_outdoor", "'4 MW': unit 'MW' (power) cannot become 'K' (temperature)"),
    ("boundary: {cooling_loop.P_it: 2 * mosst}", ".boundary.cooling_loop.P_it", "'mosst' is no point and no given name, did you mean 'most'?"),
    ("force: {T_sink_out: mean}", ".force.T_sink_out", "heat_pump: unknown point 'mean'"),
    ("boundary: {cooling_loop.P_it: 4 K}", ".boundary.cooling_loop.P_it", "'4 K': unit 'K' (temperature) cannot become 'W' (power)"),
    ("note: {sum: T_sink_out + 4 s}", ".note.sum", "'T_sink_out + 4 s': unit 's' (time) cannot become 'K' (temperature)"),
    ("expect: {point: T_sink_out, band: [4 K, 4 s]}", ".expect.band", "'4 s': unit 's' (time) cannot become 'K' (temperature)"),
    ("expect: {point: T_sink_out, near: 4 K, tolerance: 4}", ".expect.tolerance", "'4': the number 4 needs its unit (K)"),
    ("expect: {point: T_sink_out, near: 4 K, tolerance: 4 K + 4 s}", ".expect.tolerance", "'4 K + 4 s': unit 's' (time) cannot become 'K' (temperature)"),
    ("expect: {point: T_sink_out, near: 4 K, tolerance: dT_sorce}", ".expect.tolerance", "heat_pump: unknown point 'dT_sorce', did you mean 'dT_source'?"),
    ("wait: 5", ".wait", "'5': the number 5 needs its unit (s)"),
    ("wait: 5 K", ".wait", "'5 K': unit 'K' (temperature) cannot become 's' (time)"),
    # words
    ("expect: {point: state, equals: RUNING}", ".expect.equals", "state = 'RUNING': unknown word, did you mean 'RUNNING'?"),
    ("expect: {point: state, band: [RUNNING, LIMITD]}", ".expect.band", "state = 'LIMITD': unknown word, did you mean 'LIMITED'?"),
    ("expect: {point: u_run, equals: 2}", ".expect.equals", "u_run = '2': must be one of OFF, ON"),
    ("expect: {point: enable, equals: RUNNING}", ".expect.equals", "enable = 'RUNNING': must be true or false"),
    ("set: {enable: 2}", ".set.enable", "enable = '2': must be true or false"),
    ("set: {enable: yes}", ".set.enable", "enable = 'yes': must be true or false"),
    ("set: {u_compressor_min: true}", ".set.u_compressor_min", "u_compressor_min = 'true': must be a number, it is no bit"),
    ("expect: {point: T_sink_out, equals: RUNNING}", ".expect.equals", "heat_pump: unknown point 'RUNNING', did you mean 'P_running'?"),
    ("expect: {point: T_sink_out, equals: lost}", ".expect.equals", "heat_pump: unknown point 'lost', did you mean 'comm_lost'?"),
    # what cannot be done
    ("set: {T_condensing: 80 degC}", ".set.T_condensing", "set = 'T_condensing': is no setting of a controller; readings are forced"),
    ("set: {heat_pump.T_sink_out: 80 degC}", ".set.heat_pump.T_sink_out", "set = 'heat_pump.T_sink_out': is no setting of a controller; readings are forced"),
    ("set: {u_run: ON}", ".set.u_run", "set = 'u_run': is no setting of a controller; readings are forced"),
    ("set: {heartbeat: 5}", ".set.heartbeat", "set = 'heartbeat': is no setting of a controller; readings are forced"),
    ("set: {state: RUNNING}", ".set.state", "set = 'state': cannot be written, by its map"),
    ("set: {design.T_sink_max: 80 degC}", ".set.design.T_sink_max", "set = 'design.T_sink_max': is what the site file says; the register is T_sink_max"),
    ("force: {T_sink_max: 80 degC}", ".force.T_sink_max", "reading = 'T_sink_max': is not read by a sensor"),
    ("force: {u_run: ON}", ".force.u_run", "reading = 'u_run': is not read by a sensor"),
    ("release: [state]", ".release[0]", "reading = 'state': is not read by a sensor"),
    # sizes
    ("set: {T_sink_max: 130.01 degC}", ".set.T_sink_max", "set = '130.01 degC': must be 20 to 130 degC"),
    ("set: {T_sink_max: 292 K}", ".set.T_sink_max", "set = '292 K': must be 20 to 130 degC"),
    ("set: {u_compressor_min: 0.5}", ".set.u_compressor_min", None),
    ("set: {u_compressor_min: 50}", ".set.u_compressor_min", "set = '50': must be 1 to 100 %"),
    ("fault: heat_pump.condenser_fouling=30", ".fault", "fault heat_pump.condenser_fouling = 30.0: must be 0 to 1 [-]"),
    ("fault: heat_pump.condenser_fouling=0.3@2h", ".fault", "fault heat_pump.condenser_fouling = '0.3@2h': must be a finite number"),
    ("wait: -1 s", ".wait", "time = '-1 s': must not be negative"),
    ("wait: 3 s - 4 s", ".wait", "time = '3 s - 4 s': must not be negative"),
    ("wait: 25 h", ".wait", "time = '25 h': must be at most 24 h, a block's end"),
    ("wait: 1e999 s", ".wait = '1e999 s'", "must be a finite number"),
    ("expect: {point: state, equals: RUNNING, within: -1 s}", ".expect.within", "time = '-1 s': must not be negative"),
    ("expect: {point: state, equals: RUNNING, hold: -1 s}", ".expect.hold", "time = '-1 s': must not be negative"),
    ("{force: {T_outdoor: 5 degC}, over: -1 s}", ".over", "time = '-1 s': must not be negative"),
    ("expect_no_alarm: {hold: -1 s}", ".expect_no_alarm.hold", "time = '-1 s': must not be negative"),
    ("expect: {point: T_sink_out, near: 4 K, tolerance: -4 K}", ".expect.tolerance", "tolerance = '-4 K': must not be negative"),
    ("expect: {point: T_sink_out, band: [80 degC, 70 degC]}", ".expect.band", "band = '80 degC, 70 degC': must be [lowest, highest]"),
    ("expect: {point: state, band: [LIMITED, RUNNING]}", ".expect.band", "band = 'LIMITED, RUNNING': must be [lowest, highest]"),
]  # fmt: skip

# (text of the procedure with every action, what it becomes, the whole message)
OF_MORE = [
    ("after: 5 s", "after: -5 s", "own.yaml:30 blocks[0].steps[12].sequence.order[1].after: time = '-5 s': must not be negative"),
    ("within: 2 min", "within: 2 K", "own.yaml:31 blocks[0].steps[12].sequence.within: '2 K': unit 'K' (temperature) cannot become 's' (time)"),
    ("equals: ON,", "equals: ONN,", "own.yaml:30 blocks[0].steps[12].sequence.order[1].equals: u_run = 'ONN': unknown word, did you mean 'ON'?"),
    ("T_outdoor: warm", "T_outdoor: wrm", "own.yaml:15 blocks[0].steps[1].force.T_outdoor: 'wrm' is no point and no given name, did you mean 'warm'?"),
    ("      - {warm: 8 degC}", "      - {wrm: 8 degC}", "own.yaml:15 blocks[0].steps[1].force.T_outdoor: 'warm' is no point and no given name, did you mean 'wrm'?"),
    ("      - {warm: 8 degC}", "      - {warm: 8 kPa}", "own.yaml:15 blocks[0].steps[1].force.T_outdoor: 'warm': unit 'Pa' (pressure) cannot become 'K' (temperature)"),
    ("T_sink_max: 80 degC", "T_sink_max: 129 degC + margin", "own.yaml:14 blocks[0].steps[0].set.T_sink_max: set = '129 degC + margin': must be 20 to 130 degC"),
    ("wait: design.flow_time", "expect: {point: u_compressor, above: before}", "own.yaml:22 blocks[0].steps[7].expect.above: heat_pump: unknown point 'before'"),
    ("point: T_sink_out, trace", "point: T_sink_ot, trace", "own.yaml:34 blocks[0].steps[15].funnel.point: heat_pump: unknown point 'T_sink_ot', did you mean 'T_sink_out'?"),
    ("[10 s, 70 degC]", "[10 K, 70 degC]", "own.yaml:34 blocks[0].steps[15].funnel.trace: '10 K': unit 'K' (temperature) cannot become 's' (time)"),
    ("[10 s, 70 degC]", "[10 s, 70 s]", "own.yaml:34 blocks[0].steps[15].funnel.trace[1][1]: '70 s': unit 's' (time) cannot become 'K' (temperature)"),
    ("[[0 s, 60", "[[11 s, 60", "own.yaml:34 blocks[0].steps[15].funnel.trace: trace = '10 s': is before the time before it"),
    ("[[0 s, 60", "[[10 s, 60", "own.yaml:34 blocks[0].steps[15].funnel.trace: trace = '10 s': must end after it begins"),
    ("]], tolerance: 1 K", "]], tolerance: -1 K", "own.yaml:34 blocks[0].steps[15].funnel.tolerance: tolerance = '-1 K': must not be negative"),
    ("value: bar", "value: baar", "own.yaml:35 blocks[0].steps[16].manual.value: unknown unit 'baar', did you mean 'bar'?"),
    ("[1 bar, 2 bar]", "[1 bar, 2 K]", "own.yaml:35 blocks[0].steps[16].manual.band[1]: '2 K': unit 'K' (temperature) cannot become 'bar' (pressure)"),
    ("setting: T_sink_max", "setting: T_sink_in", "own.yaml:36 blocks[0].steps[17].step_test.setting: set = 'T_sink_in': is no setting of a controller; readings are forced"),
    ("measured: T_sink_out", "measured: state", "own.yaml:36 blocks[0].steps[17].step_test.measured: reading = 'state': is not read by a sensor"),
    ("measured: T_sink_out", "measured: T_sink_ot", "own.yaml:36 blocks[0].steps[17].step_test.measured: heat_pump: unknown point 'T_sink_ot', did you mean 'T_sink_out'?"),
    ("by: -2 K", "by: 2 kW", "own.yaml:36 blocks[0].steps[17].step_test.by: '2 kW': unit 'kW' (power) cannot become 'K' (temperature)"),
    ("settles: 9 min", "settles: -9 min", "own.yaml:36 blocks[0].steps[17].step_test.settles: time = '-9 min': must not be negative"),
]  # fmt: skip


def said_of(load, *texts):
    with pytest.raises(BadInput) as refusal:
        load(*texts)
    return [line.split("; known:")[0] for line in str(refusal.value).splitlines()]


def test_the_texts_that_are_broken_here_are_right(load):
    assert [block.key for block in load(SMALL)] == ["own.trial@heat_pump/first"]
    assert [block.skip for block in load(FULL)] == ["", ""]


@pytest.mark.parametrize(("good", "bad", "message"), OF_A_FILE, ids=[m[2][:70] for m in OF_A_FILE])
def test_a_mistake_in_a_file(load, good, bad, message):
    assert good in SMALL
    assert message in said_of(load, SMALL.replace(good, bad, 1))


@pytest.mark.parametrize(("step", "place", "rule"), OF_A_STEP, ids=[s[0] for s in OF_A_STEP])
def test_a_mistake_in_a_step(load, step, place, rule):
    text = SMALL.replace("wait: 1 s", step)
    if rule is None:
        load(text)
    else:
        assert said_of(load, text) == [f"own.yaml:7 blocks[0].steps[0]{place}: {rule}"]


@pytest.mark.parametrize(("good", "bad", "message"), OF_MORE, ids=[m[1].strip() for m in OF_MORE])
def test_a_mistake_in_what_few_say(load, good, bad, message):
    assert FULL.count(good) == 1
    assert said_of(load, FULL.replace(good, bad)) == [message]


@pytest.mark.parametrize("step", ["heartbeat: stop", "power: on"])
def test_without_a_controller_under_test_nothing_of_it_can_be_done(load, step):
    text = SMALL.replace("of: heat_pump\n", "").replace("wait: 1 s", step)
    (message,) = said_of(load, text)
    assert message.endswith("needs a controller under test: say its type in 'of'")
    assert message.startswith("own.yaml:6 blocks[0].steps[0].")


def test_without_a_controller_under_test_a_point_says_whose_it_is(load):
    step = "expect: {point: state, equals: RUNNING}"
    text = SMALL.replace("of: heat_pump\n", "").replace("wait: 1 s", step)
    place = "own.yaml:6 blocks[0].steps[0].expect.point: point = 'state'"
    assert said_of(load, text) == [f"{place}: needs its controller, as CONTROLLER:POINT"]
    assert load(text.replace("point: state", 'point: "heat_pump:state"'))


def test_a_block_that_is_there_twice(load):
    text = SMALL + SMALL[SMALL.index("  - block") :]
    rule = "is the name of a block before it"
    assert said_of(load, text) == [f"own.yaml:8 blocks[1].block = 'first': {rule}"]


def test_a_procedure_in_two_files(load, tmp_path):
    rule = f"is in {tmp_path / 'own.yaml'} as well"
    assert said_of(load, SMALL, SMALL) == [f"own2.yaml:1 procedure = 'own.trial': {rule}"]
    assert len(load(SMALL, SMALL.replace("trial", "other", 1))) == 2


def test_all_mistakes_of_all_files_come_at_once_in_their_order(load):
    steps = "wait: 5\n      - set: {enable: 2}\n      - wait: -1 s"
    found = said_of(load, "a: [", SMALL.replace("wait: 1 s", steps), SMALL.replace("of:", "off:"))
    assert [line.split(" ")[0].strip(":") for line in found] == [
        "own.yaml:1", "own2.yaml:7", "own2.yaml:8", "own2.yaml:9", "own3.yaml:3",
    ]  # fmt: skip


@pytest.mark.parametrize(("content", "rule"), [(b"\xff", "not UTF-8 text"), (None, "No such file")])
def test_a_file_that_is_no_text_or_not_there(book, tmp_path, content, rule):
    file = tmp_path / "own.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadInput, match=rf"own\.yaml: {rule}"):
        load_procedures([file], book)
