"""What changed between two runs of procedures: nothing, verdicts, findings, what they were of."""

import copy

import pytest
from commission_sample import ENDS, KEYS, record
from typer.testing import CliRunner

from hil.cli.commands import app
from hil.report.compare import compare
from twin.errors import BadInput


def changed(position, **fields):
    ends = copy.deepcopy(ENDS)
    ends[position] |= fields
    return ends


@pytest.fixture
def before(tmp_path):
    return record(tmp_path / "before")


def test_the_same_run_twice_is_the_same(before, tmp_path):
    found = compare(before, record(tmp_path / "after"))
    assert (found.identity, found.verdicts, found.findings) == ((), (), ())
    assert found.same == len(KEYS)
    assert found.worse == 0


def test_a_verdict_that_is_worse_and_one_that_is_better(before, tmp_path):
    worse = changed(2, verdict="fail", why="u is 10 %")
    worse[1] |= {"verdict": "pass", "why": ""}
    found = compare(before, record(tmp_path / "after", worse))
    assert [(c.key, c.before, c.after, c.worse) for c in found.verdicts] == [
        (KEYS[1], "inconclusive", "pass", False),
        (KEYS[2], "pass", "fail", True),
    ]
    assert found.verdicts[1].why == "u is 10 %"
    assert found.worse == 1
    assert found.same == len(KEYS) - 2


def test_another_value_with_the_same_verdict_is_a_finding(before, tmp_path):
    ends = copy.deepcopy(ENDS)
    ends[2]["steps"][1]["why"] = "after 7 s; u is 60 %"
    found = compare(before, record(tmp_path / "after", ends))
    assert found.verdicts == ()
    (change,) = found.findings
    assert change.key == KEYS[2]
    assert "after 9 s; u is 60 % → after 7 s; u is 60 %" in change.why


def test_a_block_that_is_only_in_one_of_them(before, tmp_path):
    after = record(tmp_path / "after", ENDS[:-1], keys=KEYS[:-1])
    (gone,) = compare(before, after).verdicts
    assert (gone.key, gone.after, gone.worse) == (KEYS[-1], "", False)
    (new,) = compare(after, before).verdicts
    assert (new.key, new.before, new.worse) == (KEYS[-1], "", False)


def test_what_they_were_of_is_said(before, tmp_path):
    after = record(tmp_path / "after")
    path = after / "commission.jsonl"
    text = path.read_text().replace("bb" * 32, "dd" * 32).replace('"seed": 7', '"seed": 8')
    path.write_text(text)
    assert compare(before, after).identity == (
        "fmus.hp: bbbbbbbbbbbb… → dddddddddddd…",
        "options.seed: 7 → 8",
    )


def test_no_run_is_refused(before, tmp_path):
    with pytest.raises(BadInput, match="No such file"):
        compare(before, tmp_path / "nowhere")


def test_the_command_says_it_and_exits_with_3_if_something_is_worse(before, tmp_path):
    after = record(tmp_path / "after", changed(2, verdict="fail", why="u is 10 %"))
    better = CliRunner().invoke(app, ["report", "compare", str(after), str(before)])
    assert better.exit_code == 0
    assert f"{KEYS[2]}: fail → pass" in better.output
    worse = CliRunner().invoke(app, ["report", "compare", str(before), str(after)])
    assert getattr(worse.exception, "exit_code", None) == 3
    assert f"{KEYS[2]}: pass → fail  u is 10 %" in worse.output
