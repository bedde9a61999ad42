"""The chain of the audit log: whatever is done to its lines is found, and named."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.gate.chain import NOTHING, Head, check, check_end, seal


def chain(count, begin=Head()):  # noqa: B008  # a tuple
    lines, head = [], begin
    for i in range(count):
        line, head = seal(head, {"event": "write", "value": i / 3, "why": 'Wärme, "57 °C"'})
        lines.append(line[:-1])
    return lines, head


def findings(lines, head):
    records, found = check((f"log:{i}", line) for i, line in enumerate(lines, 1))
    return [f"{f.place} {f.what.split(':')[0]}" for f in [*found, *check_end(records, head)]]


def test_a_line_is_plain_json_with_a_hash_that_anybody_can_check():
    first, second = chain(2)[0]
    body, _, rest = second.partition(b',"hash":"')
    assert rest == hashlib.sha256(body).hexdigest().encode() + b'"}'
    assert json.loads(first)["prev"] == NOTHING == "0" * 64
    assert json.loads(second)["prev"] == json.loads(first)["hash"]
    assert [json.loads(line)["n"] for line in (first, second)] == [1, 2]


def test_a_whole_chain_has_no_findings():
    for count in (0, 1, 2, 7):
        assert findings(*chain(count)) == []


@given(st.data())
def test_any_byte_that_is_changed_is_found_in_its_line(data):
    lines, head = chain(4)
    i = data.draw(st.integers(0, 3))
    at = data.draw(st.integers(0, len(lines[i]) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda b: b not in (lines[i][at], 10)))
    lines[i] = lines[i][:at] + bytes((other,)) + lines[i][at + 1 :]
    found = findings(lines, head)
    assert found[0] == f"log:{i + 1} changed"
    # when it was the last one, the end is not where the head says, too
    assert len(found) == (2 if i == 3 else 1)


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("1245", ["log:3 removed"]),
        ("2345", ["log:1 removed"]),
        ("1345", ["log:2 removed"]),
        ("15", ["log:2 removed"]),
        ("1234", ["log:4 cut off"]),
        ("", ["the end cut off"]),
        ("12335", ["log:4 inserted or moved", "log:5 removed"]),
        ("123345", ["log:4 inserted or moved"]),
        ("12435", ["log:3 moved", "log:4 inserted or moved"]),
        ("51234", ["log:1 moved", *(f"log:{i} inserted or moved" for i in range(2, 6))]),
    ],
)
def test_lines_that_are_removed_repeated_moved_or_cut_off_are_named(order, found):
    lines, head = chain(5)
    assert findings([lines[int(n) - 1] for n in order], head) == found


def test_a_line_from_elsewhere_is_inserted():
    lines, head = chain(3)
    lines.insert(1, b'{"n":2,"event":"nothing happened"}')
    assert findings(lines, head) == ["log:2 inserted"]


def test_a_line_that_was_replaced_and_sealed_anew_does_not_fit_its_neighbour():
    lines, head = chain(4)
    first = Head(1, json.loads(lines[0])["hash"])
    lines[1] = seal(first, {"event": "write", "value": 99})[0][:-1]
    assert findings(lines, head) == ["log:3 does not follow from number 2"]
    lines, head = chain(2)
    lines[1] = seal(first, {"event": "write", "value": 99})[0][:-1]
    assert findings(lines, head) == ["log:2 replaced"]


def test_a_head_may_be_one_line_behind_after_a_crash_and_not_two():
    lines, _ = chain(5)
    assert findings(lines, chain(4)[1]) == []
    assert findings(lines, chain(3)[1]) == ["log:5 the head is an old one, of 3 lines"]
    assert findings(lines, None)[0].startswith("log:5 the head is missing")
    assert findings([], None) == []


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_anything_can_be_checked(lines):
    records, found = check((str(i), line) for i, line in enumerate(lines))
    assert (records, len(found)) == ([], len(lines))
