"""A book that is killed at random moments: whatever it had said is in the file, in order."""

import subprocess
import sys
from pathlib import Path

import apsw
import numpy as np

from hil.alarms import AlarmBook, AlarmReader

CHILD = Path(__file__).with_name("alarm_book_child.py")
KILLS = 12


def killed(path, first, lines):
    """What a child said until it was killed, after so many lines."""
    with subprocess.Popen(
        [sys.executable, str(CHILD), str(path), str(first)], stdout=subprocess.PIPE, text=True
    ) as child:
        said = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        said += child.stdout.readlines()
    return [line for line in said if line.endswith("\n")]


def test_nothing_that_was_said_is_lost(tmp_path):
    path, rng = tmp_path / "desk.sqlite", np.random.default_rng(7)
    AlarmBook(path).close()
    for k in range(KILLS):
        with AlarmReader(path) as reader:
            cursor = reader.last_cursor()
        said = killed(path, 1_000_000 * (k + 1), int(rng.integers(1, 120)))
        with AlarmReader(path) as reader:
            written = [line for _, line in reader.after(cursor, 10**6)]
        told = [f"{w.t_ns} {w.after.number} {w.action.name}\n" for w in written]
        begin = next(i for i, line in enumerate(told) if line == said[0])
        assert told[begin : begin + len(said)] == said
        assert len(told) - begin - len(said) <= 20  # no more than the call that was under way
        with AlarmBook(path) as book, AlarmReader(path) as reader:
            assert {row.number for row in reader.rows()} == set(book.board.listed)
    check = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    assert check.pragma("integrity_check") == "ok"
    check.close()
