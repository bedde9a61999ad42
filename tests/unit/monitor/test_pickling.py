"""State as bytes, and bytes from somewhere else."""

import os
import pickle
import threading
from collections import deque

import numpy as np
import pytest

from hil.monitor.pickling import NotWritable, from_bytes, to_bytes
from hil.monitor.warming import Warming


class Native:
    """Has no bytes."""

    def __init__(self):
        self.lock = threading.Lock()


def test_what_is_apart_is_found_again_by_its_name():
    before, after = Native(), Native()
    shared = np.arange(4.0)
    graph = {"model": before, "again": [before, shared, shared], "seen": deque([1], maxlen=3)}
    got = from_bytes(to_bytes(graph, {"it": before}), {"it": after})
    assert got["model"] is after
    assert got["again"][0] is after
    assert got["again"][1] is got["again"][2]  # one array, as it was
    assert got["seen"].maxlen == 3


def test_what_has_no_bytes_is_said():
    with pytest.raises(NotWritable, match="lock"):
        to_bytes({"model": Native()}, {})


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps(os.system),
        pickle.dumps(np.testing.assert_equal),
        pickle.dumps(Native),
        b"",
        to_bytes([Warming()] * 3, {})[:-7],
        to_bytes(np.arange(4), {"x": 1})[:20],
    ],
)
def test_bytes_from_somewhere_else_are_refused(data):
    with pytest.raises(ValueError, match="not what was written"):
        from_bytes(data, {})


def test_a_name_that_nobody_knows_any_more_is_refused():
    thing = Native()
    with pytest.raises(ValueError, match="not what was written"):
        from_bytes(to_bytes([thing], {"it": thing}), {"other": thing})
