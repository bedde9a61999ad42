"""Points that a client does not show, names that are taken, times that are none."""

import pytest
from commissioning_samples import SMALL, Series

from hil.commissioning.formula import parse_formula
from hil.commissioning.scope import NoValue
from twin.errors import BadInput

CLIENT = SMALL.replace("of: heat_pump", "of: network")
FUNNEL = "funnel: {point: state, trace: [[0 s, 1], [9 s, 1]], tolerance: 0.5}"
STEP = "step_test: {setting: dp_sp, by: 5 kPa, measured: dp_consumer, lasts: 1 h, settles: 9 min}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (CLIENT.replace("wait: 1 s", "expect: {point: state, equals: RUNNING}"), "'state'"),
        (CLIENT.replace("wait: 1 s", FUNNEL), "'state'"),
        (CLIENT.replace("wait: 1 s", STEP), "'dp_sp'"),
        (CLIENT.replace("wait: 1 s", "note: {was: state}"), "'state'"),
        (CLIENT.replace("wait: 1 s", "set: {dp_sp: 50 kPa}"), "'dp_sp'"),
        (
            CLIENT.replace(
                "blocks:", "prerequisites:\n  - {point: state, equals: RUNNING}\nblocks:"
            ),
            "'state'",
        ),
    ],
    ids=["expect", "funnel", "step test", "note", "set", "prerequisite"],
)
def test_a_block_that_needs_what_is_not_served_is_skipped(load, text, why):
    (block,) = load(text)
    assert block.skip.startswith("network ")
    assert why in block.skip
    if "dp" not in text:
        (served,) = load(text.replace("of: network", "of: cooling_loop"))
        assert not served.skip


def test_what_the_design_says_is_always_there(load):
    text = CLIENT.replace("wait: 1 s", "expect: {point: u_pump, below: design.u_pump_failsafe}")
    assert [block.skip for block in load(text)] == [""]


@pytest.mark.parametrize("before", ["parameters: {low: 1 K}\nblocks:", "blocks:"])
def test_a_note_takes_no_name_that_is_given(load, before):
    twice = "note: {low: T_sink_out}\n      - note: {low: T_sink_in}"
    text = SMALL.replace("blocks:", before).replace("wait: 1 s", twice)
    with pytest.raises(BadInput, match=r"note\.low: name = 'low': is given already"):
        load(text)


def test_a_time_below_zero_is_no_time():
    scope = Series({}).scope
    assert scope.seconds(parse_formula("2 min - 90 s")) == 30.0
    with pytest.raises(NoValue, match=r"1 min - 90 s is -30 s here"):
        scope.seconds(parse_formula("1 min - 90 s"))
