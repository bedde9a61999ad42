"""Times outside the validity of a model, from the counts that the FMUs give."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.bench.layout import layout_of
from hil.bench.validity import TellingPlant, Validity, explained
from hil.loop.ring import row_type
from twin.site import load_site

S = 1_000_000_000
FLAGS = ("cooling_loop.out_of_range", "heat_pump.out_of_range")


@pytest.fixture(scope="module")
def layout():
    return layout_of(load_site("mantsala"), FLAGS)


def _rows(layout, counts, first=1):
    """Rows at 1 s, 2 s... with these counts of the heat pump."""
    dtype = row_type(len(layout.signals), len(layout.commands), len(layout.truth))
    block = np.zeros(len(counts), dtype)
    block["t_ns"] = (np.arange(len(counts)) + first) * S
    block["truth"][:, layout.truth.index(FLAGS[1])] = counts
    return block


def test_the_counts_stand_behind_the_meters(layout):
    assert layout.truth[-2:] == FLAGS
    assert len(layout.truth) == len(layout_of(load_site("mantsala")).truth) + 2


def test_a_time_outside_has_a_beginning_an_end_and_a_worst_instant(layout):
    validity = Validity(layout)
    assert validity.take(_rows(layout, [0, 0, 1, 1])) == [
        (3 * S, "heat_pump", "its model has left the range in which it is valid")
    ]
    assert validity.take(_rows(layout, [3, 2, 0, 0, 1], first=5)) == [
        (7 * S, "heat_pump", "its model is back in the range in which it is valid"),
        (9 * S, "heat_pump", "its model has left the range in which it is valid"),
    ]
    assert validity.spans == [
        {"part": "heat_pump", "from_s": 3.0, "to_s": 7.0, "most": 3},
        {"part": "heat_pump", "from_s": 9.0, "to_s": None, "most": 1},
    ]


def test_a_plant_that_stays_inside_is_quiet(layout):
    validity = Validity(layout)
    assert validity.take(_rows(layout, [0] * 50)) == []
    assert validity.spans == []


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40), st.sets(st.integers(1, 39)))
def test_blocks_may_be_cut_anywhere(layout, counts, cuts):
    whole, pieces = Validity(layout), Validity(layout)
    rows = _rows(layout, counts)
    told = whole.take(rows)
    edges = [0, *sorted(c for c in cuts if c < len(counts)), len(counts)]
    told_in_pieces = [n for i, j in pairwise(edges) for n in pieces.take(rows[i:j])]
    assert told == told_in_pieces
    assert whole.spans == pieces.spans
    # each second that is outside lies in one span, and no other does
    for k, count in enumerate(counts, start=1):
        inside = [
            s
            for s in whole.spans
            if s["from_s"] <= k < (np.inf if s["to_s"] is None else s["to_s"])
        ]
        assert len(inside) == (count > 0)


class _Plant:
    """A network of one count that says what it is told to say."""

    def __init__(self, counts, sentences):
        self._counts, self._sentences, self._said = list(counts), dict(sentences), []
        self._k = -1

    def step(self, inputs, dt_ns):
        self._k += 1
        self._said += self._sentences.get(self._k, [])
        return np.array([20.0, 0.0, self._counts[self._k]])

    def messages(self, part):
        assert part == "heat_pump"
        return self._said[-3:]


def _told(layout, counts, sentences):
    told = []
    plant = TellingPlant(_Plant(counts, sentences), layout, lambda *what: told.append(what))
    for _ in counts:
        plant.step(np.zeros(1), S)
    return told


def test_a_change_is_told_in_the_words_of_the_fmu_without_its_clock(layout):
    sentences = {1: ["t = 7201 s: lift = 75 K has left its valid range 10 ... 70 K\n"], 3: ["back"]}
    assert _told(layout, [0, 1, 1, 0], sentences) == [
        ("heat_pump", "lift = 75 K has left its valid range 10 ... 70 K"),
        ("heat_pump", "back"),
    ]


def test_an_fmu_that_only_counts_is_told_too(layout):
    assert [text for _, text in _told(layout, [0, 2, 0, 0], {})] == [
        "its model has left the range in which it is valid",
        "its model is back in the range in which it is valid",
    ]
    assert _told(layout, [0, 0, 0], {0: ["something else"]}) == []


def test_sentences_go_to_the_span_that_they_belong_to():
    spans = [
        {"part": "a", "from_s": 1.0, "to_s": 5.0, "most": 1},
        {"part": "a", "from_s": 9.0, "to_s": None, "most": 2},
    ]
    said = [
        (-3 * S, "a", "warm-up: x has left"),
        (2 * S, "b", "another part has left"),
        (3 * S, "a", "y has left"),
        (5 * S, "a", "x has returned to its range"),
        (9 * S, "a", "its model has left the range in which it is valid"),
        (12 * S, "a", "z has left"),
    ]
    assert [s["ranges"] for s in explained(spans, said)] == [
        ["warm-up: x has left", "y has left"],
        ["z has left"],
    ]
