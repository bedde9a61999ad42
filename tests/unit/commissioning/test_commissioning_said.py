"""Every kind of step as a sentence."""

import pytest

from hil.commissioning.procedure import Step
from hil.commissioning.said import sentence

BAND = {"point": "state", "band": ["RUNNING", "LIMITED"]}
FLOW = {"point": "m_source", "below": "1 kg/s"}

STEPS = [
    ({"set": {"a": "3 K", "b": True}}, "set a = 3 K, b = true"),
    ({"force": {"a": "lost"}}, "force a = lost"),
    ({"force": {"a": "3 K"}, "over": "1 min"}, "force a = 3 K within 1 min"),
    ({"release": ["a", "b"]}, "release a, b"),
    ({"boundary": {"p.T": "3 degC"}, "over": "2 h"}, "let p.T = 3 degC within 2 h"),
    ({"fault": "p.fouling=0.3"}, "break p.fouling=0.3"),
    ({"heartbeat": "stop"}, "heartbeat: stop"),
    ({"power": "off"}, "power off"),
    ({"note": {"before": "a + 1 K"}}, "note before = a + 1 K"),
    ({"wait": "2 * flow_time"}, "wait 2 * flow_time"),
    ({"expect": BAND}, "state is RUNNING to LIMITED"),
    ({"expect": {**BAND, "within": "5 s"}}, "state is RUNNING to LIMITED within 5 s"),
    ({"expect": {**FLOW, "within": "5 s", "hold": "1 h"}},
     "m_source is below 1 kg/s within 5 s, for 1 h"),
    ({"sequence": {"order": [FLOW, {**BAND, "after": "3 s"}], "within": "9 s"}},
     "m_source is below 1 kg/s, then state is RUNNING to LIMITED, within 9 s"),
    ({"expect_alarm": {"part": "p", "within": "1 h"}}, "the twin finds p at fault within 1 h"),
    ({"expect_no_alarm": {"part": "p", "hold": "1 h"}}, "the twin finds nothing of p for 1 h"),
    ({"expect_no_alarm": {"hold": "1 h"}}, "the twin finds nothing of any part for 1 h"),
    ({"manual": {"prompt": "Read the gauge"}}, "Read the gauge"),
    ({"funnel": {"point": "a", "trace": [["0 s", "1 K"], ["1 s", "2 K"]], "tolerance": "3 K"}},
     "a follows its reference within 3 K"),
    ({"step_test": {"setting": "a_sp", "by": "2 K", "measured": "a", "lasts": "1 h",
                    "settles": "9 min"}},
     "a answers to a_sp moved by 2 K"),
    ({"step_test": {"setting": "a", "by": "2 K", "measured": "a", "lasts": "1 h", "rise": "9 min"}},
     "a answers to its set point moved by 2 K, by its reading"),
    ({"shift": {"a": "2 K", "b": "c - b"}}, "shift a by 2 K, b by c - b"),
    ({"at_work": "u"}, "u is at work"),
    ({"oscillation": {"measured": "a", "command": "u", "lasts": "1 h"}},
     "a and u do not hunt for 1 h"),
    ({"oscillation": {"command": "u", "lasts": "1 h"}}, "u does not hunt for 1 h"),
    ({"stiction": {"command": "u", "measured": "a", "lasts": "1 h"}},
     "what u moves does not stick, by a"),
    ({"stiction": {"command": "u", "measured": "a", "position": "x", "lasts": "1 h"}},
     "what u moves does not stick, by x"),
    ({"name": "Let it run", "set": {"enable": True}}, "Let it run"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "said"), STEPS, ids=[said for _, said in STEPS])
def test_a_step_is_a_sentence(step, said):
    assert sentence(Step(**step)) == said
