"""Broken controllers do not pass: wrong sign, no anti-windup, missing interlocks, swapped or
shifted registers, stale inputs, integrators that are not reset."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from commission_desk import environment
from commission_mutants import MUTANTS

SCRIPT = Path(__file__).with_name("commission_mutants.py")
KINDS = {"wrong sign", "no anti-windup", "missing interlock", "swapped registers",
         "off-by-one address", "stale input", "integrator not reset"}  # fmt: skip
SCORE = 0.95


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("of", ["heat_pump", "cooling_loop", "network"])
def test_hardly_any_broken_controller_passes(of, tmp_path, record_property):
    done = subprocess.run(
        [sys.executable, SCRIPT, of, tmp_path], capture_output=True, text=True, check=True,
        env=environment(),
    )  # fmt: skip
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == sum(m.of == of for m in MUTANTS)
    alive = [name for name, _, killed in found if killed is None]
    score = 1.0 - len(alive) / len(found)
    record_property("figure", f"{of}: mutation score {score:.3f} of {len(found)}; alive: {alive}")
    assert score >= SCORE


def test_every_kind_of_mistake_is_made():
    assert {m.kind for m in MUTANTS} >= KINDS
    assert min(Counter(m.of for m in MUTANTS).values()) >= 15
    assert len({(m.of, m.module, m.old, m.new) for m in MUTANTS}) == len(MUTANTS)
