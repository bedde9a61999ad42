"""Parts that PythonFMU3 made, watched: they give no derivatives and cannot save their state.

What is measured comes from the closed solution of a tank, which no FMU has a part in.
"""

import math
import textwrap
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hil.replay.watching import Watching
from twin.diagnosis.blocks import Blocks
from twin.diagnosis.commissioning import Commissioning
from twin.diagnosis.learned import Learned
from twin.diagnosis.settings import Settings
from twin.diagnosis.verdict import Event
from twin.estimation import observer
from twin.estimation.physics import PartModel
from twin.estimation.step import Step
from twin.observers import following
from twin.observers.part_model import part_model
from twin.site import Site, load_site

builder = pytest.importorskip("pythonfmu3.builder")
pytestmark = pytest.mark.interop
Matrix = NDArray[np.float64]
S, CP = 10**9, 4186.0
PERIOD_S = 100
ROWS_A_DAY = 864

HEAD = textwrap.dedent("""
    import math

    from pythonfmu3 import (Float64, Fmi3Causality, Fmi3Slave, Fmi3SlaveBase, Fmi3Variability,
        ModelExchange, Unit)

    INPUT, OUTPUT, PARAMETER = (Fmi3Causality.input, Fmi3Causality.output,
        Fmi3Causality.parameter)
    ALWAYS, NOW_AND_THEN = Fmi3Variability.continuous, Fmi3Variability.tunable

    class Fault(Float64):  # PythonFMU3 has no limits of its own
        def to_xml(self):
            element = super().to_xml()
            element.set("min", "0")
            element.set("max", "0.2")
            return element

    def declare(fmu):
        fmu.time, fmu.T_out, fmu.T_in, fmu.m_in, fmu.T_cellar = 0.0, 345.0, 345.0, 3.0, 288.0
        fmu.mass, fmu.UA, fmu.loss = 12000.0, 200.0, 0.0
        fmu.register_units([Unit("K", K=1), Unit("kg/s", kg=1, s=-1)])
        for variable in (
            Float64("time", causality=Fmi3Causality.independent, variability=ALWAYS),
            Float64("T_in", causality=INPUT, variability=ALWAYS, unit="K"),
            Float64("m_in", causality=INPUT, variability=ALWAYS, unit="kg/s"),
            Float64("T_out", causality=OUTPUT, variability=ALWAYS, unit="K", start=345.0),
            Float64("T_cellar", causality=PARAMETER, variability=NOW_AND_THEN, unit="K"),
            Fault("loss", causality=PARAMETER, variability=NOW_AND_THEN),
        ):
            fmu.register_variable(variable)
    """)
STEPS = HEAD + textwrap.dedent("""
    class Steps(Fmi3Slave):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            declare(self)

        def do_step(self, current_time, step_size):
            flow, lost = 4186.0 * self.m_in, self.UA + 2000.0 * self.loss
            end = (flow * self.T_in + lost * self.T_cellar) / (flow + lost)
            rate = (flow + lost) / (4186.0 * self.mass)
            self.T_out = end + (self.T_out - end) * math.exp(-rate * step_size)
            return True
    """)
SLOPES = HEAD + textwrap.dedent("""
    class Slopes(Fmi3SlaveBase, ModelExchange):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            declare(self)
            self.derT = 0.0
            self.register_variable(Float64("derT", causality=Fmi3Causality.local,
                variability=ALWAYS, derivative=3))

        def get_continuous_state_derivatives(self):
            flow, lost = 4186.0 * self.m_in, self.UA + 2000.0 * self.loss
            heat = flow * (self.T_in - self.T_out) - lost * (self.T_out - self.T_cellar)
            self.derT = heat / (4186.0 * self.mass)
            return [self.derT]
    """)
SITE = """\
site: tank
title: A tank of another tool
plant:
  parts:
    tank: {{fmu: {fmu}}}
boundary:
  tank.T_in: {{source: constant, value: 82 degC}}
  tank.m_in: {{source: constant, value: 3 kg/s}}
signals:
  tank.T_in: {{unit: degC, noise: 0.03}}
  tank.m_in: {{unit: kg/s, noise: 0.02}}
  tank.T_out: {{unit: degC, noise: 0.03}}
twin:
  tank:
    boundary: {{T_in: tank.T_in, m_in: tank.m_in}}
    watch: {{T_out: {{band: 0.5 K}}}}
    disturbances:
      T_cellar: {{sigma: 2 K, time: 24 h}}
"""


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Site]:
    folder = tmp_path_factory.mktemp("tanks")
    found = {}
    for name, text in {"Steps": STEPS, "Slopes": SLOPES}.items():
        source = folder / f"{name.lower()}.py"
        source.write_text(text)
        fmu = builder.FmuBuilder.build_FMU(source, folder)
        path = folder / name / "site.yaml"
        path.parent.mkdir()
        path.write_text(SITE.format(fmu=fmu))
        found[name] = load_site(str(path.parent))
    return found


def measured(rows: int, loss: float = 0.0, since: int = 0, seed: int = 1) -> Matrix:
    """Readings of T_in, m_in and T_out every 100 s, of a tank with 6 % more mass than told."""
    rng = np.random.default_rng(seed)
    day = np.arange(rows) / ROWS_A_DAY * 2.0 * math.pi
    T_in = 352.0 + 3.0 * np.sin(day) + 1.0 * np.sin(7.3 * day)
    m_in = 3.0 + 0.8 * np.sin(day + 1.0) + 0.3 * np.sin(11.7 * day)
    T, found = 345.0, np.empty((rows, 3))
    for k in range(rows):
        lost = 200.0 + 2000.0 * (loss if k >= since else 0.0)
        flow = CP * m_in[k]
        end = (flow * T_in[k] + lost * (288.0 + 2.0 * math.sin(0.3 * day[k]))) / (flow + lost)
        T = end + (T - end) * math.exp(-(flow + lost) / (CP * 12720.0) * PERIOD_S)
        # a reading acts in the period after it
        found[k] = T_in[min(k + 1, rows - 1)], m_in[min(k + 1, rows - 1)], T
    return found + rng.normal(size=found.shape) * [0.03, 0.02, 0.03]


def followed(watching: Watching, readings: Matrix) -> list[Step]:
    n = len(readings)
    commands = np.zeros((n, 0))
    t_ns = np.arange(1, n + 1) * PERIOD_S * S
    good = np.ones(readings.shape, bool)
    return watching.observer.follow(t_ns, readings, good, commands, commands.astype(bool))


@pytest.mark.parametrize("name", ["Steps", "Slopes"])
def test_a_fault_shows_as_its_signature_says(sites: dict[str, Site], name: str) -> None:
    means = {}
    for loss in (0.0, 0.1):
        with Watching(sites[name], PERIOD_S * S) as watching:
            steps = followed(watching, measured(500, loss))[-144:]
            assert watching.observer.restarts == {}
            (j,) = [j for j, h in enumerate(watching.plant.hypotheses) if h.name == "tank.loss"]
        assert all(step.usable.all() for step in steps)
        means[loss] = np.mean([step.innovation for step in steps])
        told = 0.1 * np.mean([step.signature[0, j] for step in steps])
    assert abs(means[0.0]) < 0.1
    assert means[0.1] - means[0.0] == pytest.approx(told, rel=0.15)
    assert told < -0.5


def _told(site: Site) -> Matrix:
    with Watching(site, PERIOD_S * S) as watching:
        steps = followed(watching, measured(400))[-72:]
    kinds = [h.name for h in watching.observer.hypotheses]
    assert kinds == ["tank.loss", "tank.T_in.bias", "tank.m_in.bias", "tank.T_out.bias"]
    signature = np.mean([s.signature[0] for s in steps], axis=0)
    assert (np.abs(signature) > 0.1).all()
    # flow enters as a product, and 0.5 kg/s of 3 are no small change
    return np.array(signature[[0, 1, 3]])


def _sure_of_its_state(*told: Any) -> PartModel:
    found = part_model(*told)
    return replace(found, walk=0.0 * found.walk, spread=0.0 * found.spread)


def test_both_interfaces_tell_the_same(
    sites: dict[str, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    # nobody can set the state of Steps: that of Slopes is as sure of itself
    ours = _told(sites["Steps"])
    monkeypatch.setattr(following, "part_model", _sure_of_its_state)
    assert ours == pytest.approx(_told(sites["Slopes"]), rel=0.05)


def test_one_that_follows_its_readings_learns_away_as_much_of_each_fault(
    sites: dict[str, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    led = _told(sites["Slopes"])
    with monkeypatch.context() as patch:  # as much as a filter whose gain never rests
        patch.setattr(observer, "settled", lambda before, after: False)
        assert led == pytest.approx(_told(sites["Slopes"]), rel=0.02)

    monkeypatch.setattr(following, "part_model", _sure_of_its_state)
    less = led / _told(sites["Slopes"])
    assert less == pytest.approx(np.full(3, less.mean()), rel=0.05)
    assert 0.9 < less.mean() < 0.95


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_fault_is_found_and_its_absence_is_quiet(sites: dict[str, Site]) -> None:
    settings, name = Settings(), "Steps"
    days = round(14.5 * ROWS_A_DAY)
    with Watching(sites[name], PERIOD_S * S) as watching:
        plant = watching.plant
        commissioning = Commissioning(plant, settings)
        blocks = Blocks(len(plant.signals), len(plant.hypotheses), plant.q, settings.block_share)
        for step in followed(watching, measured(days)):
            for block in blocks.take(step):
                commissioning.take(block)
        learned = commissioning.learn()
    quiet = _events(sites[name], learned, measured(2 * ROWS_A_DAY, seed=2))
    assert quiet == []
    onset = ROWS_A_DAY
    events = _events(sites[name], learned, measured(2 * ROWS_A_DAY, 0.2, onset, seed=2))
    (event,) = events
    assert "tank.loss" in {event.verdict.fault, *event.verdict.group}
    assert onset * PERIOD_S < event.raised_ns / S < onset * PERIOD_S + 2 * 3600


def _events(site: Site, learned: Learned, readings: Matrix) -> list[Event]:
    with Watching(site, PERIOD_S * S) as watching:
        watch = watching.watch(learned, Settings())
        known: dict[int, Event] = {}
        for step in followed(watching, readings):
            for event in watch.take(step):
                known[event.number] = event
    return list(known.values())
