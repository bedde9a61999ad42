"""Procedures beside a monitor: what `hukka commission` records, as the page lists it."""

import json
import os
import subprocess
import sys

from page_desk import Client, desk_folder, desk_source, served

from hil.page.procedures import procedures_in


def write(folder, *lines, lock=""):
    folder.mkdir(parents=True)
    (folder / "commission.jsonl").write_text("".join(lines))
    (folder / "lock").write_text(lock)


def line(**fields):
    return json.dumps(fields) + "\n"


def test_what_a_real_run_leaves(tmp_path):
    desk_folder(tmp_path)
    run = tmp_path / "procedures" / "monday"
    command = [sys.executable, "-m", "hil.cli", "commission", "mantsala", "heat_pump.start_order"]
    done = subprocess.run([*command, "--out", str(run)], capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    with served(desk_source(tmp_path), tmp_path) as (address, _), Client(address) as client:
        told = client.get("/api/procedures").json()
    assert told
    assert {block["run"] for block in told} == {"monday"}
    assert {block["state"] for block in told} == {"done"}
    assert {block["verdict"] for block in told} == {"pass"}
    assert all(block["name"].startswith("heat_pump.start_order@heat_pump/") for block in told)
    assert {block["title"] for block in told} == {
        "Source pump first, then the compressor at its minimum, then the loops"
    }
    assert told[0]["steps"][0]["text"] == "set enable = false"
    assert {step["verdict"] for step in told[0]["steps"]} == {"pass"}
    began = [block["began_ms"] for block in reversed(told)]
    ended = [block["ended_ms"] for block in reversed(told)]
    assert sorted([*began, *ended]) == [t for pair in zip(began, ended, strict=True) for t in pair]
    the_past_is_what_was_seen_then(tmp_path, run)


def the_past_is_what_was_seen_then(folder, run):
    """At each line of the record: what a look would have found when it was written."""
    lines = (run / "commission.jsonl").read_bytes().splitlines(keepends=True)
    grown = [
        tuple(map(int, s.split())) for s in (run / "commission.jsonl.when").read_text().splitlines()
    ]
    assert len(grown) == len(lines)
    then = folder / "then" / "procedures" / run.name
    then.mkdir(parents=True)
    (then / "lock").write_text(f"process {os.getpid()}")
    for i, (length, t_ns) in enumerate(grown):
        (then / "commission.jsonl").write_bytes(b"".join(lines[: i + 1]))
        (then / "commission.jsonl.when").write_text(f"{length} {t_ns}\n")
        live = [known(block) for block in procedures_in(folder / "then")]
        assert [known(block) for block in procedures_in(folder, t_ns)] == live
    assert any(block["state"] == "running" for block in procedures_in(folder, grown[-2][1]))
    assert procedures_in(folder, grown[-1][1]) == procedures_in(folder)
    assert procedures_in(folder, grown[0][1] - 1) == []


def known(block):
    """What `then` knows: not when earlier lines were written."""
    return {key: value for key, value in block.items() if key != "began_ns"}


def test_one_that_runs_and_one_whose_process_died(tmp_path):
    ended = {"procedure": "p", "controller": None, "block": "b", "verdict": "fail", "why": "late"}
    mine = f"process {os.getpid()}"
    write(tmp_path / "procedures" / "one", line(begin="p/b"), line(end=ended), line(begin="p/c"),
          '{"end": {"half', lock=mine)  # fmt: skip
    write(tmp_path / "procedures" / "two", line(begin="q/d"), lock="process 2147483646")
    write(tmp_path / "procedures" / "three", "no json\n", line(run={}), lock="nobody")
    seen = {block["name"]: block for block in procedures_in(tmp_path)}
    assert procedures_in(tmp_path)[0]["name"] == "p/c"
    assert (seen["p/c"]["state"], seen["p/c"]["since_ns"] > 0) == ("running", True)
    assert (seen["p/b"]["state"], seen["p/b"]["verdict"], seen["p/b"]["why"]) == (
        "done",
        "fail",
        "late",
    )
    assert (seen["q/d"]["state"], seen["q/d"]["since_ns"]) == ("stopped", None)
    assert len(seen) == 3


def test_steps_of_a_block_that_runs(tmp_path):
    first = {"text": "set a", "number": 1, "of": 3}
    write(
        tmp_path / "procedures" / "one",
        line(run={"titles": {"p": "A title"}}),
        line(begin="p@heat_pump/b"),
        line(step=first),
        line(step={**first, "verdict": "pass", "why": ""}),
        line(step={"text": "wait", "number": 2, "of": 3, "verdict": None}),
        line(step="nonsense"),
        lock=f"process {os.getpid()}",
    )
    (told,) = procedures_in(tmp_path)
    assert (told["title"], told["of"], told["state"]) == ("A title", 3, "running")
    assert told["steps"] == [
        {"text": "set a", "verdict": "pass", "why": ""},
        {"text": "wait", "verdict": None, "why": ""},
    ]


def test_no_folder_is_no_procedure(tmp_path):
    assert procedures_in(tmp_path) == []


def test_one_that_was_killed_and_taken_up_again(tmp_path):
    run = tmp_path / "procedures" / "one"
    step = {"text": "wait", "number": 1, "of": 1}
    ended = {"procedure": "p", "controller": None, "block": "b", "verdict": "pass"}
    told = [
        line(begin="p/b"), line(step=step), line(begin="p/b"), line(step=step), line(end=ended),
        line(end={**ended, "block": "c"}),
    ]  # fmt: skip
    write(run, *told, lock="process 2147483646")
    with (run / "commission.jsonl.when").open("w") as when:
        for i, t_ns in enumerate((100, 200, 900, 1000, 1100, 3000)):
            when.write(f"{len(''.join(told[: i + 1]))} {t_ns}\n")
    seen = [procedures_in(tmp_path, t_ns) for t_ns in (150, 500, 950, 2000)]
    assert [[block["state"] for block in blocks] for blocks in seen] == [
        ["running"], ["stopped"], ["running"], ["done"],
    ]  # fmt: skip
    assert [blocks[0]["began_ns"] for blocks in seen] == [100, 100, 900, 900]
    assert seen[0][0]["since_ns"] == 100
    assert seen[-1][0]["ended_ns"] == 1100
    # an end whose beginning is not in the record borrows none
    assert [(b["name"], b["began_ns"]) for b in procedures_in(tmp_path, 3000)] == [
        ("p/c", None),
        ("p/b", 900),
    ]


def test_an_old_record_counts_from_its_last_change_on(tmp_path):
    write(tmp_path / "procedures" / "one", line(begin="p/b"), lock="process 2147483646")
    changed_ns = (tmp_path / "procedures" / "one" / "commission.jsonl").stat().st_mtime_ns
    assert procedures_in(tmp_path, changed_ns - 1) == []
    (told,) = procedures_in(tmp_path, changed_ns)
    assert (told["state"], told["began_ns"]) == ("stopped", None)
