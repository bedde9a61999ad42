"""Every mistake of a structure is refused with its place; the tree is read in the right order."""

import csv
import os
from pathlib import Path

import pytest
from networks import network, pipe, ring
from pydantic import ValidationError

from fmus.district_network.catalogue import own_types, types_of
from fmus.district_network.structure import Structure

DATA = Path(os.environ.get("HUKKA_DATA", Path(__file__).parents[4] / "shared" / "data"))
ISOPLUS = DATA / "pipe_catalogue_isoplus.csv"
LINE = [pipe("p1", "plant", "a"), pipe("p2", "a", "b")]


def _mistakes(given: dict) -> dict[str, str]:
    """Place → rule of everything that is refused."""
    with pytest.raises(ValidationError) as refused:
        Structure.model_validate(given)
    found = {}
    for error in refused.value.errors():
        parts = [f"[{p}]" if isinstance(p, int) else f".{p}" for p in error["loc"]]
        found["".join(parts).removeprefix(".")] = error["msg"]
    return found


def _of(pipes: list[dict], **more: object) -> dict:
    return {"pipes": pipes, "consumers": [{"node": "a"}], **more}


@pytest.mark.parametrize(
    ("given", "place", "rule"),
    [
        (_of([*LINE, pipe("p3", "aa", "c")]), "pipes[2].from", "no pipe leads to node 'aa'"),
        (_of([*LINE, pipe("p3", "bb", "c")]), "pipes[2].from", "did you mean 'b'"),
        (
            _of([*LINE, pipe("p3", "a", "b"), pipe("p4", "plant", "a")]),
            "pipes[3].to",
            "closes a second ring, one is allowed (the first closes at 'b')",
        ),
        (
            _of([*LINE, pipe("p3", "a", "b"), pipe("p4", "plant", "b")]),
            "pipes[3].to",
            "closes a second ring",
        ),
        (
            _of([*LINE, pipe("p3", "c", "d"), pipe("p4", "d", "c")]),
            "pipes[2].from",
            "node 'c' is not connected to the plant",
        ),
        (_of([*LINE, pipe("p3", "b", "plant")]), "pipes[2].to", "must lead away from 'plant'"),
        (_of([*LINE, pipe("p3", "b", "b")]), "pipes[2].to", "must be another node"),
        (_of([*LINE, pipe("p1", "b", "c")]), "pipes[2].name", "'p1' is taken by pipes[0]"),
        (_of([*LINE, pipe("p3", "b", "c", type="dn100")]), "pipes[2].type", "did you mean 'DN100'"),
        (_of([*LINE, pipe("p 3", "b", "c")]), "pipes[2].name", "should match pattern"),
        (_of([*LINE, pipe("p3", "b", "c", 0.0)]), "pipes[2].length", "greater than or equal to 1"),
        (
            _of([{**pipe("p1", "plant", "a"), "type": None, "wall": 0.004}]),
            "pipes[0]",
            "must give inner_diameter, insulation, k_insulation",
        ),
        (_of([{**LINE[0], "diameter": 0.1}]), "pipes[0].diameter", "not permitted"),
        (_of([]), "pipes", "at least 1"),
        (_of([pipe(f"p{i}", "plant", f"n{i}") for i in range(201)]), "pipes", "at most 200"),
        ({"pipes": LINE, "consumers": []}, "consumers", "at least 1"),
        ({"pipes": LINE, "consumers": [{"node": "c"}]}, "consumers[0].node", "unknown node 'c'"),
        (
            {"pipes": LINE, "consumers": [{"node": "a"}, {"node": "b", "name": "a"}]},
            "consumers[1].name",
            "'a' is taken by consumers[0]",
        ),
        (
            {"pipes": LINE, "consumers": [{"node": "a"}, {"node": "a"}]},
            "consumers[1].node",
            "'a' is taken by consumers[0]",
        ),
        (
            {
                "pipes": LINE,
                "consumers": [{"node": "a", "share": 0.4}, {"node": "b", "share": 0.5}],
            },
            "consumers",
            "add up to 0.9: must add up to 1",
        ),
        (
            {"pipes": LINE, "consumers": [{"node": "a", "share": 0.4}, {"node": "b"}]},
            "consumers[1]",
            "missing key 'share'",
        ),
        (_of(LINE, bypasses=[{"node": "c"}]), "bypasses[0].node", "unknown node 'c'"),
        (
            _of(LINE, bypasses=[{"node": "b"}, {"node": "b"}]),
            "bypasses[1].node",
            "'b' is taken by bypasses[0]",
        ),
        (_of(LINE, leak="c"), "leak", "unknown node 'c'"),
        (_of(LINE, critical="b"), "critical", "unknown consumer 'b'"),
        (_of(LINE, transport="smoth"), "transport", "'smooth'"),
        (_of(LINE, catalogue="/no/such.csv"), "catalogue", "cannot be read"),
    ],
)
def test_a_mistake_is_refused_with_its_place(given: dict, place: str, rule: str) -> None:
    found = _mistakes(given)
    assert place in found
    assert rule in found[place]


def test_all_mistakes_are_told_at_once() -> None:
    pipes = [pipe("p1", "plant", "a"), pipe("p1", "x", "b", type="DN1")]
    found = _mistakes({"pipes": pipes, "consumers": [{"node": "y"}]})
    assert set(found) == {"pipes[1].name", "pipes[1].from", "pipes[1].type", "consumers[0].node"}


def test_the_tree_is_walked_from_the_plant() -> None:
    pipes = [
        pipe("p3", "b", "c"),
        pipe("p2", "a", "b"),
        pipe("p1", "plant", "a"),
        pipe("q", "a", "d"),
    ]
    tree = network(pipes, ["c"]).tree
    assert tree.nodes == ("plant", "a", "b", "d", "c")
    assert tree.parent == {"a": 2, "b": 1, "c": 0, "d": 3}
    assert tree.children == {"plant": (2,), "a": (1, 3), "b": (0,), "c": (), "d": ()}
    assert tree.chord is None
    assert tree.ring == {}


def test_what_reaches_a_node_second_is_the_chord() -> None:
    tree = ring().tree
    assert tree.chord == 4
    # its flow comes through "right" and relieves "left" and "across"
    assert tree.ring == {4: 1, 2: 1, 3: -1, 1: -1}


def test_a_ring_may_pass_through_the_plant_or_be_written_as_a_circle() -> None:
    through = [pipe("p1", "plant", "a"), pipe("p2", "plant", "b"), pipe("p3", "a", "b")]
    assert network(through, ["b"]).tree.ring == {2: 1, 0: 1, 1: -1}
    circle = [pipe("p1", "c", "a"), pipe("p2", "plant", "a"), pipe("p3", "a", "c")]
    assert network(circle, ["c"]).tree.ring == {0: 1, 2: 1}


def test_cells_follow_the_length_unless_told() -> None:
    lengths = {40.0: 3, 180.0: 3, 300.0: 5, 750.0: 12, 5000.0: 12}
    for length, cells in lengths.items():
        assert network([pipe("p1", "plant", "a", length)], ["a"]).pipes[0].cell_count == cells
    told = network([{**pipe("p1", "plant", "a"), "cells": 30}], ["a"])
    assert told.pipes[0].cell_count == 30


def test_own_dimensions_replace_those_of_the_type() -> None:
    of = network([{**pipe("p1", "plant", "a"), "k_insulation": 0.03}], ["a"])
    assert of.type_of(of.pipes[0]).k_insulation == 0.03
    assert of.type_of(of.pipes[0]).inner_diameter == pytest.approx(0.1071)
    bare = {"inner_diameter": 0.1, "wall": 0.003, "insulation": 0.04, "k_insulation": 0.03}
    own = network([{**pipe("p1", "plant", "a"), "type": None, **bare}], ["a"])
    assert vars(own.type_of(own.pipes[0])) == bare


def test_our_pipes_grow_with_the_nominal_size_and_the_series() -> None:
    sizes = [20, 25, 32, 40, 50, 65, 80, 100, 125, 150, 200, 250, 300, 350, 400, 450, 500, 600]
    sizes += [700, 800, 900, 1000, 1200]
    types = own_types()
    assert set(types) == {f"DN{dn}{series}" for dn in sizes for series in ("", "_2", "_3")}
    bores = [types[f"DN{dn}"].inner_diameter for dn in sizes]
    assert bores == sorted(bores)
    for dn in sizes:
        assert types[f"DN{dn}"].inner_diameter == pytest.approx(1e-3 * dn, rel=0.17)
        thin, medium, thick = (types[f"DN{dn}{s}"].insulation for s in ("", "_2", "_3"))
        assert 0.025 < thin < medium < thick < 0.2


@pytest.mark.skipif(not ISOPLUS.exists(), reason="pipe_catalogue_isoplus.csv is not there")
def test_a_makers_catalogue_can_be_named_and_agrees_with_ours() -> None:
    of = network([pipe("p1", "plant", "a", type="Isoplus_2IMP_DN100")], ["a"], catalogue=ISOPLUS)
    assert of.type_of(of.pipes[0]).insulation == 0.06785
    theirs = types_of(ISOPLUS)
    with ISOPLUS.open(encoding="utf-8") as file:
        assert set(theirs) == {row["name"] for row in csv.DictReader(file)}
    for name, size in theirs.items():
        _, series, dn = name.split("_")
        ours = own_types()[dn + {"Std": "", "1IMP": "_2", "1IMPD": "_2", "2IMP": "_3"}[series]]
        assert size.inner_diameter == pytest.approx(ours.inner_diameter, rel=0.06)
        assert size.insulation == pytest.approx(ours.insulation, rel=0.05)


def test_a_catalogue_lies_beside_the_site_and_what_it_says_belongs_to_the_structure(
    tmp_path: Path,
) -> None:
    path = tmp_path / "pipes.csv"
    head = "name,dh_m,dWall_m,dIns_m,kIns_W_mK\n"
    said = []
    for diameter in (0.1, 0.2):
        path.write_text(f"{head}A,{diameter},0.003,0.05,0.03\n", encoding="utf-8")
        s = Structure.model_validate(
            _of([pipe("p1", "plant", "a", type="A")], catalogue="pipes.csv"),
            context={"folder": tmp_path},
        )
        assert s.sizes[0].inner_diameter == diameter
        said.append(s.model_dump_json())
    assert said[0] != said[1]
    assert str(tmp_path) not in said[0]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("name,dh_m\nA,0.1\n", "has no column dIns_m, dWall_m, kIns_W_mK"),
        ("name,dh_m,dWall_m,dIns_m,kIns_W_mK\nA,0.1,x,0.1,0.03\n", "pipe 1: dh_m, dWall_m"),
        ("name,dh_m,dWall_m,dIns_m,kIns_W_mK\nA,0.1,0.003,-1,0.03\n", "must be > 0"),
        ("", "has no column"),
    ],
)
def test_a_catalogue_that_is_none_is_refused(tmp_path: Path, text: str, rule: str) -> None:
    path = tmp_path / "pipes.csv"
    path.write_text(text, encoding="utf-8")
    assert rule in _mistakes(_of(LINE, catalogue=str(path)))["catalogue"]
