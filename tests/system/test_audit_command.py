"""`hukka audit`: good is 0, wrong is 3 with the place, no log is 2; lines for people."""

import json

import pytest
from bench_processes import hukka

from hil.gate.audit import AuditLog


@pytest.fixture
def folder(tmp_path):
    log = AuditLog(tmp_path)
    log.add("armed", plant="hp1", reason="point test", ttl_s=60)
    log.add("write", device="hp1", points=["flow"], before=[12.5], wanted=[20.0])
    log.add("put back", device="hp1", points=["flow"], found=[20.0], why="the end")
    log.close()
    return tmp_path


def test_a_good_log_is_shown_and_its_last_hash_can_be_asked_for(folder):
    good = hukka("audit", "verify", folder, "--json")
    assert good.returncode == 0, good.stderr
    said = json.loads(good.stdout)
    assert (said["number"], said["good"], said["torn"], said["findings"]) == (3, True, False, [])
    assert hukka("audit", "verify", folder, "--expect", said["hash"]).returncode == 0
    assert hukka("audit", "verify", folder, "--expect", "0" * 64).returncode == 3
    shown = hukka("audit", "show", folder, "--last", 2).stdout.splitlines()
    assert len(shown) == 2
    assert "write  hp1 flow  before 12.5  wanted 20" in shown[0]
    assert shown[1].endswith("put back  hp1 flow  found 20  why the end")


def test_a_changed_line_is_named(folder):
    path = folder / "audit.jsonl"
    path.write_text(path.read_text().replace('"wanted":[20.0]', '"wanted":[15.0]'))
    wrong = hukka("audit", "verify", path)
    assert wrong.returncode == 3
    assert "audit.jsonl:2: changed: its hash does not fit it" in wrong.stdout
    assert "Traceback" not in wrong.stderr


def test_no_log_is_bad_input(tmp_path):
    wrong = hukka("audit", "verify", tmp_path)
    assert wrong.returncode == 2
    assert wrong.stderr == f"hukka: {tmp_path}: there is no audit log (audit.jsonl)\n"
