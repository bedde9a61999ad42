"""`hukka commission`: verdicts on procedures of one's own, the twin in the loop, refusals."""

import shutil

import pytest
from commission_desk import commission, record_of, verdicts
from typer.testing import CliRunner

from hil.cli.commands import app
from twin.site.load import SITES

HEAD = "procedure: own.trial\ntitle: A trial\nof: heat_pump\n"


def run(tmp_path, text, *words, **more):
    file, out = tmp_path / "own.yaml", tmp_path / "run"
    file.write_text(text)
    given = ("mantsala", file, "--json", "--out", out, "--warmup", "30m", *words)
    return *commission(*given, **more), out


def block(*steps, name="trial"):
    lines = "\n".join(f"      - {step}" for step in steps)
    return f"  - block: {name}\n    steps:\n{lines}\n"


def test_what_is_not_so_fails_with_what_was_found(tmp_path):
    wrong = "expect: {point: T_sink_sp, near: 20 degC, tolerance: 1 K, within: 5 s}"
    never = "wait: 1 h"
    code, summary, said, out = run(tmp_path, HEAD + "blocks:\n" + block(wrong, never))
    assert code == 3
    assert (summary["procedures"], summary["failed"]) == (1, 1)
    assert "after 5 s T_sink_sp is 85 degC" in said
    (end,) = [line["end"] for line in record_of(out) if "end" in line]
    assert [s["verdict"] for s in end["steps"]] == ["fail"]  # the first failure ends the block
    assert len((out / end["trace"]).read_text().splitlines()) == 6  # a head, and 5 s


def test_what_has_to_be_there_first(tmp_path):
    text = HEAD + "prerequisites:\n  - {point: state, equals: TRIPPED, within: 3 s}\nblocks:\n"
    code, summary, said, out = run(tmp_path, text + block("set: {enable: false}"))
    assert (code, summary["blocked"]) == (3, 1)
    assert "not there first: state is TRIPPED" in said
    assert [line["end"]["writes"] for line in record_of(out) if "end" in line] == [0]


def test_a_block_leaves_nothing_behind_for_the_next(tmp_path):
    changes = block("set: {T_sink_max: 70 degC}", "force: {T_outdoor: 30 degC}", name="changes")
    finds = block(
        "expect: {point: T_sink_max, near: design.T_sink_max, tolerance: 0.01 K}",
        "expect: {point: T_outdoor, below: 5 degC}",
        name="finds",
    )
    assert run(tmp_path, HEAD + "blocks:\n" + changes + finds)[0] == 0


def test_somebody_answers_for_each_block_what_it_asks(tmp_path):
    """A block is a process of its own: none may swallow the answers to the next one's questions."""
    instruments = tmp_path / "instruments.yaml"
    instruments.write_text(
        "instruments:\n"
        "  - {id: T-1, kind: calibrator, certificate: K-1, expires: 2099-12-31}\n"
        "  - {id: T-2, kind: calibrator, certificate: K-2, expires: 2020-12-31}\n"
    )
    read = "manual: {prompt: Read, value: degC, band: [20 degC, 30 degC], instrument: true}"
    text = HEAD + "blocks:\n" + block("manual: {prompt: Look}", read, name="first")
    text += block(read, name="second") + block("manual: {prompt: Look again}", name="third")
    words = ("--by", "Aino", "--instruments", instruments)
    code, _, said, out = run(tmp_path, text, *words, input="y\n22,4\nT-1\n25\nT-2\n")
    assert code == 3
    found = {key.rpartition("/")[2]: verdict for key, verdict in verdicts(out).items()}
    assert found == {"first": "pass", "second": "inconclusive", "third": "skipped"}
    assert "the certificate of T-2 ended on 2020-12-31" in said
    told = record_of(out)[0]["run"]
    assert [one["id"] for one in told["instruments"]] == ["T-1", "T-2"]
    assert told["options"]["by"] == "Aino"


def test_what_cannot_be_reached_is_not_written_and_shows_nothing(tmp_path):
    write = block('power: "off"', "set: {T_sink_max: 70 degC}", name="dark")
    look = block('power: "off"', "expect: {point: state, above: 0}", name="silent")
    cut = block("fault: heat_pump.silent", "set: {T_sink_max: 70 degC}", name="cut")
    *_, said, out = run(tmp_path, HEAD + "blocks:\n" + write + look + cut)
    assert set(verdicts(out).values()) == {"inconclusive"}
    assert "heat_pump: does not answer, T_sink_max is not written" in said
    assert "state has no value" in said
    ends = [line["end"] for line in record_of(out) if "end" in line]
    assert [e["writes"] for e in ends] == [0, 0, 0]
    assert [s["verdict"] for e in ends for s in e["steps"]] == ["pass", "inconclusive"] * 3


def test_without_a_warm_up_there_is_a_first_cycle(tmp_path):
    text = HEAD + "blocks:\n" + block("expect: {point: u_run, equals: 0, within: 1 s}")
    file = tmp_path / "own.yaml"
    file.write_text(text)
    out = tmp_path / "run"
    assert commission("mantsala", file, "--json", "--out", out, "--warmup", "0s")[0] == 0


def test_the_twin_finds_a_fault_and_is_quiet_without_one(tmp_path):
    text = "procedure: own.twin\ntitle: The twin looks on\nblocks:\n"
    breaks = block(
        "fault: heat_pump.condenser_fouling=0.6",
        "expect_alarm: {part: heat_pump, within: 1 h}",
        name="breaks",
    )
    quiet = block("expect_no_alarm: {hold: 1 h}", name="quiet")
    missed = block("expect_alarm: {part: heat_pump, within: 5 min}", name="missed")
    cries = block(
        "fault: heat_pump.condenser_fouling=0.6", "expect_no_alarm: {hold: 1 h}", name="cries"
    )
    *_, out = run(tmp_path, text + breaks + quiet + missed + cries)
    found = {key.rpartition("/")[2]: verdict for key, verdict in verdicts(out).items()}
    assert found == {"breaks": "pass", "quiet": "pass", "missed": "fail", "cries": "fail"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["mantsalla", "--all"], "did you mean 'mantsala'"),
        (["--all", "mantsalla"], "did you mean 'mantsala'"),  # an option may come first
        (["mantsala"], "say which procedures, or --all"),
        (["mantsala", "--all", "heat_pump"], "say which procedures, or --all"),
        (["mantsala", "heat_pump.start_oder"], "did you mean 'heat_pump.start_order'"),
        (["mantsala", "none.yaml"], "none.yaml: No such file"),
        (["mantsala", "--all", "--line-fault", "heat_pump.drop@0s"], "use --transport rtu"),
        (["mantsala", "--all", "--transport=rtu", "--line-fault", "hp.drop@0s"], "hp"),
        (["mantsala", "--all", "--cycle", "1m"], "must be at most 30 s"),
        (["mantsala", "--all", "--warmup", "1500ms"], "whole number of cycles"),
        (["mantsala", "--all", "--resume", "nowhere"], "there is no run to resume"),
        (["mantsala", "--all", "--resume", "a", "--out", "b"], "--resume says already"),
    ],
)
def test_bad_input_is_refused_before_anything_moves(words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["commission", *words])
    assert getattr(result.exception, "exit_code", None) == 2, result
    assert said in str(result.exception)
    assert not list(tmp_path.rglob("commission.jsonl"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "controllers.heat_pump.emulated = False: a real controller needs --pace real"),
        (("--pace", "real", "--transport", "loopback"), "emulated = False: a real controller"),
        (("--pace", "real"), "--phrase = '': must be 'mantsala': it moves heat_pump"),
        (("--pace", "real", "--phrase", "mansala"), "--phrase = 'mansala': must be 'mantsala'"),
    ],
)
def test_a_real_controller_is_not_played_and_not_moved_unawares(words, said, tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(SITES / "mantsala", folder, ignore=shutil.ignore_patterns("built"))
    file = folder / "site.yaml"
    file.write_text(file.read_text().replace("unit: 3\n", "unit: 3\n    emulated: false\n"))
    result = CliRunner().invoke(app, ["commission", str(folder), "--all", *words])
    assert getattr(result.exception, "exit_code", None) == 2
    assert said in str(result.exception)
    assert not list(tmp_path.rglob("commission.jsonl"))


def test_every_mistake_of_every_file_is_said_at_once(tmp_path):
    one = tmp_path / "one.yaml"
    two = tmp_path / "two.yaml"
    one.write_text(HEAD + "blocks:\n" + block("set: {T_sink_maxx: 70 degC}", "wait: 5 degC"))
    two.write_text(HEAD.replace("trial", "other") + "blocks:\n" + block("brake: now"))
    result = CliRunner().invoke(app, ["commission", "mantsala", str(one), str(two)])
    text = str(result.exception)
    assert "one.yaml:7 " in text
    assert "did you mean 'T_sink_max'?" in text
    assert "one.yaml:8 " in text
    assert "two.yaml:7 " in text


def test_a_failure_keeps_its_evidence_though_nothing_can_be_put_back(tmp_path):
    """The line goes dead after the write: the verdict, the steps and the trace are still there."""
    steps = (
        "set: {T_sink_max: 70 degC}",
        "wait: 20 s",
        "expect: {point: T_outdoor, above: 60 degC}",
    )
    words = ("--transport=rtu", "--line-fault=heat_pump.drop=1@10s..1h")
    code, _, said, out = run(tmp_path, HEAD + "blocks:\n" + block(*steps), *words)
    assert code == 3
    (end,) = [line["end"] for line in record_of(out) if "end" in line]
    assert end["verdict"] == "fail"
    assert [s["verdict"] for s in end["steps"]] == ["pass", "pass", "fail"]
    assert (out / end["trace"]).exists()
    assert "T_sink_max" in end["why"]
    assert said.count("Traceback") == 0
