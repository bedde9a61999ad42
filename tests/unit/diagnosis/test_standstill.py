"""Signals of a unit that stands are not judged by what was learned while it ran."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic_plant import PARTS, Truth
from trials import COMMISSIONING

from twin.diagnosis.bank import Bank
from twin.diagnosis.diagnosis import Diagnosis
from twin.diagnosis.settings import Settings
from twin.diagnosis.standstill import STANDS, Standstill

PUMP = PARTS[1]


def judged(truth: Truth, fresh: Diagnosis, runs: float, switching: tuple[str, ...]) -> set[str]:
    """Signals that are judged when faults move one of the heat pump's by `runs` of the usual."""
    plant = replace(truth.plant, switching=switching)
    of = moved(truth, fresh)
    bank = Bank(plant, fresh.learned, Settings())
    block = truth.block(COMMISSIONING)
    usual = fresh.learned.signature * fresh.learned.scale[:, None]
    signature = block.signature.copy()
    signature[of] = runs * usual[of]
    bank.take(replace(block, signature=signature, usable=np.ones(len(block.usable), bool)))
    return {plant.signals[i] for i in np.flatnonzero(bank.rings[0].last_ns == block.t_ns)}


def moved(truth: Truth, fresh: Diagnosis) -> int:
    """A signal of the heat pump that process faults move."""
    process = [j for j, h in enumerate(truth.plant.hypotheses) if h.kind == "process"]
    own = np.array(truth.plant.part_of) == PUMP
    said = np.abs(fresh.learned.signature[:, process]).max(axis=1)
    return int(np.argmax(np.where(own, said, 0.0)))


@pytest.mark.parametrize("runs", [0.0, 0.8 * STANDS])
def test_what_stands_is_not_judged_and_the_others_are(truth, fresh, runs) -> None:
    name = truth.plant.signals[moved(truth, fresh)]
    seen = judged(truth, fresh, runs, (PUMP,))
    assert name not in seen
    assert seen == judged(truth, fresh, 1.0, (PUMP,)) - {name}


def test_what_runs_is_judged(truth, fresh) -> None:
    assert judged(truth, fresh, 1.2 * STANDS, (PUMP,)) == judged(truth, fresh, 1.0, (PUMP,))


def test_a_part_that_switches_no_units_is_judged_as_ever(truth, fresh) -> None:
    assert judged(truth, fresh, 0.0, ()) == judged(truth, fresh, 1.0, ())


def test_what_no_process_fault_ever_moved_stands_never(truth, fresh) -> None:
    """A flow meter is off by itself, whether its machine runs or not."""
    plant = replace(truth.plant, switching=tuple(PARTS))
    learned = replace(fresh.learned, signature=0.0 * fresh.learned.signature)
    assert not Standstill(plant, learned).of(0.0 * truth.block(0).signature).any()
