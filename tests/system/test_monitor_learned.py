"""A twin that has learned goes on over restarts to the same events, and is quiet where it was."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from bench_processes import ROOT

from hil.bench.direct.plant_rows import Span, plant_rows
from hil.bench.direct.variant import Variant
from hil.monitor.findings import Weight
from hil.monitor.following import Following
from hil.monitor.of_site import OfSite
from hil.monitor.plant_check import check_site
from twin.clock import NS_PER_S
from twin.observers.gaps import Rows
from twin.site import load_site, parse_fault

PLANT = {"heat_pump.UA_condenser": 222e3}
PERIOD_NS = 10 * NS_PER_S
BEGAN = 1_790_000_000 * NS_PER_S
FAULTS = ("heat_pump.condenser_fouling=0.3@2h", "cooling_loop.T_supply.stuck@3h")
CUTS = (100, 811, 1203, 1650, 2001)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory):
    """What the shortest commissioning there can be has learned, without measured data."""
    folder = tmp_path_factory.mktemp("learned")
    path = folder / "mantsala.learned"
    none = {"HUKKA_DATA": str(folder / "missing"), "OPENBLAS_NUM_THREADS": "1"}
    script = Path(__file__).with_name("short_commissioning.py")
    words = [sys.executable, str(script), "mantsala", "14.5", json.dumps(PLANT), str(path)]
    subprocess.run(words, env={**os.environ, **none, "PYTHONPATH": str(ROOT)}, check=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUKKA_DATA", none["HUKKA_DATA"])
        yield path


def rows_of(site, *faults: str) -> Rows:
    events = [parse_fault(f, site) for f in faults]
    span = Span(5 * 3600 * NS_PER_S, PERIOD_NS)
    blocks = list(plant_rows(site, Variant(parameters=PLANT), span, 1, events))
    names = ("t_ns", "measured", "good", "commands", "commanded")
    rows = Rows(*(np.concatenate([getattr(b, name) for b in blocks]) for name in names))
    return rows._replace(t_ns=rows.t_ns + BEGAN)


def said(site, learned: Path, rows: Rows, cuts: tuple[int, ...], missing: int = 0):
    """Events as they were told, and how it stands at the end; restarts at `cuts`, each of which
    costs `missing` rows."""
    told, memory, predicted = [], None, []
    for begin, end in zip((0, *cuts), (*cuts, len(rows.t_ns)), strict=True):
        with Following(site, PERIOD_NS, learned) as twin:
            if memory is not None:
                twin.take_up(memory)
            for at in range(begin + (missing if begin else 0), end, 90):
                block = twin.take(rows.of(slice(at, min(at + 90, end))))
                predicted.append(block.predicted)
                told += [(n.t_ns, json.dumps(e)) for n in block.news for e in n.events]
            memory = twin.kept()
            standing = twin.standing(), twin.reasons(), twin.consistency(), twin.open_told()
    return told, standing, np.vstack(predicted)


def test_what_was_learned_here_is_good(learned: Path):
    of = OfSite("mantsala", "mantsala", PERIOD_NS, learned=str(learned))
    found = {f.what: f for f in check_site(of, learned.parent, ask=False)}
    assert (found["learned"].weight, found["models"].weight) == (Weight.GOOD, Weight.GOOD)


def test_the_same_events_with_and_without_restarts(learned: Path):
    site = load_site("mantsala")
    rows = rows_of(site, *FAULTS)
    whole, cut = said(site, learned, rows, ()), said(site, learned, rows, CUTS)
    assert cut[0] == whole[0]
    assert cut[1] == whole[1]
    assert np.array_equal(cut[2], whole[2], equal_nan=True)
    named = {json.loads(text)["fault"] for _, text in whole[0]}
    assert {"heat_pump.condenser_fouling", "cooling_loop.T_supply.stuck"} <= named


def test_rows_that_a_restart_costs_raise_and_lose_nothing(learned: Path):
    site = load_site("mantsala")
    rows = rows_of(site, *FAULTS)
    (whole, *_), (cut, *_) = said(site, learned, rows, ()), said(site, learned, rows, CUTS, 1)

    def events(told):
        several = [json.loads(text) for _, text in told]
        return [(e["number"], e["part"], e["fault"], e["cleared_s"]) for e in several]

    assert events(cut) == events(whole)


def test_a_healthy_plant_raises_nothing_over_restarts(learned: Path):
    site = load_site("mantsala")
    told, (standing, *_), _ = said(site, learned, rows_of(site), CUTS, 1)
    assert told == []
    assert set(standing.values()) <= {"healthy", "undecided"}
