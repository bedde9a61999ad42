"""Verdicts, and records that come back from JSON as they went."""

import json
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.commissioning.record import BlockRecord, StepRecord
from hil.commissioning.rig import RigOptions
from hil.commissioning.session import Done, Session
from hil.commissioning.verdict import Verdict, worst

FAIL, INCONCLUSIVE, BLOCKED, PASS, SKIPPED = Verdict

# (verdicts of the blocks, that of the procedure)
TOGETHER = [
    ([], SKIPPED),
    ([SKIPPED], SKIPPED),
    ([SKIPPED, PASS], PASS),
    ([PASS, BLOCKED], BLOCKED),
    ([BLOCKED, INCONCLUSIVE, PASS], INCONCLUSIVE),
    ([PASS, FAIL, INCONCLUSIVE], FAIL),
    ([FAIL, SKIPPED, BLOCKED], FAIL),
]


@pytest.mark.parametrize(("verdicts", "expected"), TOGETHER)
def test_the_worst_verdict_decides(verdicts, expected):
    assert {worst(order) for order in permutations(verdicts)} == {expected}
    assert worst(iter(verdicts)) is expected


def test_a_procedure_has_a_verdict_on_each_controller():
    told = [("p", "a", PASS), ("p", "b", FAIL), ("p", "a", BLOCKED), ("q", None, PASS)]
    done = Done([BlockRecord(p, c, f"{i}", v) for i, (p, c, v) in enumerate(told)])
    assert done.of_procedures() == {"p@a": BLOCKED, "p@b": FAIL, "q": PASS}


def test_the_key_names_procedure_controller_and_block():
    assert BlockRecord("p.q", "pump", "start[2]", PASS).key == "p.q@pump/start[2]"
    assert BlockRecord("p.q", None, "start", PASS).key == "p.q/start"


def test_what_a_run_depends_on_is_said(book, tmp_path):
    options = RigOptions(seed=7, data="data")
    told = Session(book.site, [], tmp_path, options, "rtu", ["a.drop@0s"]).told()
    assert told["seed"] == 7
    assert told["data"] == "data"
    assert (told["transport"], told["line_faults"]) == ("rtu", ["a.drop@0s"])
    assert json.loads(json.dumps(told)) == told


TEXTS = st.text(max_size=12)
TIMES = st.floats(0.0, 1e6)
VERDICTS = st.sampled_from(Verdict)
FIGURES = st.dictionaries(TEXTS, st.one_of(st.none(), TEXTS, TIMES), max_size=3)
STEPS = st.builds(StepRecord, TEXTS, VERDICTS, TIMES, TIMES, TEXTS, TEXTS, FIGURES)
RECORDS = st.builds(
    BlockRecord,
    TEXTS,
    st.one_of(st.none(), TEXTS),
    TEXTS,
    VERDICTS,
    TEXTS,
    st.lists(STEPS, max_size=3).map(tuple),
    TIMES,
    TEXTS,
    st.integers(0, 99),
)


@given(RECORDS)
def test_a_record_comes_back_from_json(record):
    text = json.dumps(record.plain())
    again = BlockRecord.of(json.loads(text))
    assert again == record
    assert all(isinstance(v, Verdict) for v in (again.verdict, *(s.verdict for s in again.steps)))
    assert json.dumps(again.plain()) == text
