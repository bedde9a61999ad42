"""The audit log on disk: goes on where it was, over files, and never hides what was done to it."""

import json
import re

import pytest

from hil.gate.audit import AuditLog, files_of, verify
from twin.errors import BadInput


def write(folder, count, **options):
    log = AuditLog(folder, **options)
    for i in range(count):
        log.add("write", value=i)
    head = log.head
    log.close()
    return head


def wrong(folder):
    return [f"{place} {what}" for place, what in verify(folder).findings]


def test_a_log_goes_on_where_it_was(tmp_path):
    write(tmp_path, 3)
    head = write(tmp_path, 2)
    verdict = verify(tmp_path / "audit.jsonl")
    assert (verdict.findings, verdict.torn, verdict.head) == ([], False, head)
    assert head.number == 5
    record = verdict.records[0].fields
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["utc"])
    assert "@" in record["who"]
    assert record["monotonic_ns"] > 0


def test_files_are_chained_on(tmp_path):
    head = write(tmp_path, 25, max_bytes=1500)
    files = files_of(tmp_path)
    assert len(files) > 3
    assert all(file.stat().st_size < 2000 for file in files)
    assert (verify(tmp_path).findings, verify(tmp_path).head) == ([], head)
    assert write(tmp_path, 25, max_bytes=1500).number == 50
    assert wrong(tmp_path) == []
    files[1].unlink()
    (found,) = wrong(tmp_path)
    assert re.fullmatch(r"audit-\d+\.jsonl:1 removed: number \d+ to \d+ is missing .*", found)


def test_a_file_that_was_cut_is_found_and_the_log_that_goes_on_says_so(tmp_path):
    write(tmp_path, 5)
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
    assert wrong(tmp_path) == [
        "audit.jsonl:3 cut off: 5 lines were written, 3 is the last that is here"
    ]
    write(tmp_path, 1)
    (found,) = wrong(tmp_path)
    assert found.startswith("audit.jsonl:4 the end was not as it was left: cut off: 5 lines")


@pytest.mark.parametrize("what", ["gone", "changed", "replaced", "head of another"])
def test_what_was_done_between_two_sessions_stays_in_the_log(tmp_path, what):
    write(tmp_path, 4)
    path = tmp_path / "audit.jsonl"
    match what:
        case "gone":
            path.unlink()
        case "changed":
            path.write_bytes(path.read_bytes()[:-9] + b"00000000\n")
        case "replaced":
            path.unlink()
            (tmp_path / "audit.head").rename(tmp_path / "kept")
            write(tmp_path, 4)
            (tmp_path / "kept").rename(tmp_path / "audit.head")
        case _:
            (tmp_path / "audit.head").write_text(json.dumps({"number": 3, "hash": "0" * 64}))
    if what != "gone":
        assert wrong(tmp_path)
    write(tmp_path, 3)
    assert wrong(tmp_path)


def test_a_half_line_at_the_end_is_a_crash_and_no_finding(tmp_path):
    write(tmp_path, 3)
    with (tmp_path / "audit.jsonl").open("ab") as file:
        file.write(b'{"n":4,"prev":"')
    verdict = verify(tmp_path)
    assert (verdict.findings, verdict.torn) == ([], True)
    write(tmp_path, 1)
    verdict = verify(tmp_path)
    assert (verdict.findings, verdict.torn) == ([], False)
    assert [r.fields["event"] for r in verdict.records][3:] == ["torn", "write"]
    assert verdict.records[3].fields["fragment"] == '{"n":4,"prev":"'


def test_a_half_line_with_the_last_one_gone_is_a_cut(tmp_path):
    write(tmp_path, 3)
    path = tmp_path / "audit.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    assert wrong(tmp_path) == [
        "audit.jsonl:2 cut off: 3 lines were written, 2 is the last that is here"
    ]


def test_a_hash_that_was_noted_elsewhere_finds_a_log_that_was_written_anew(tmp_path):
    noted = write(tmp_path, 3).hash
    write(tmp_path, 2)
    assert verify(tmp_path, noted).findings == []
    for file in tmp_path.iterdir():
        file.unlink()
    write(tmp_path, 5)
    assert verify(tmp_path).findings == []
    assert "the log was replaced" in verify(tmp_path, noted).findings[0].what


def test_a_line_whose_head_the_disk_does_not_take_is_not_there_either(tmp_path):
    write(tmp_path, 2)
    log = AuditLog(tmp_path)
    (tmp_path / "audit.head.new").mkdir()  # where a new head would be written
    for _ in range(3):
        with pytest.raises(OSError, match="directory"):
            log.add("write", value=2)
    assert verify(tmp_path).head.number == 2
    (tmp_path / "audit.head.new").rmdir()
    log.add("write", value=3)
    log.close()
    assert (verify(tmp_path).findings, verify(tmp_path).head.number) == ([], 3)


def test_a_new_file_that_the_disk_does_not_take_is_tried_again(tmp_path):
    log = AuditLog(tmp_path, max_bytes=100)
    log.add("write", value=1)
    (tmp_path / "audit-0000000001.jsonl").mkdir()  # the name that the full file would get
    with pytest.raises(OSError, match=r"directory|empty"):
        log.add("write", value=2)
    (tmp_path / "audit-0000000001.jsonl").rmdir()
    log.add("write", value=3)
    log.close()
    with pytest.raises(OSError, match="descriptor"):
        log.add("write", value=4)
    assert (verify(tmp_path).findings, verify(tmp_path).head.number) == ([], 2)


def test_where_there_is_no_log(tmp_path):
    for path in (tmp_path, tmp_path / "audit.jsonl", tmp_path / "nowhere"):
        with pytest.raises(BadInput, match="there is no audit log"):
            verify(path)
