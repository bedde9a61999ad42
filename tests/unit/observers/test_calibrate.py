"""The search for parameters and for what was wrong already, on a plant that bends."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from hil.cli.fitted import _line, _plain_fit
from twin.diagnosis.blocks import Block
from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.learned import Plant
from twin.estimation.prior_fit import Prior
from twin.observers.calibrate import Calibration, calibrate
from twin.observers.calibration import Parameter, _parameter
from twin.observers.unknowns import DAY_NS, Unknowns
from twin.site.twin_part import Prior as SitePrior

SIGNALS = ("ex.T_hot", "ex.T_cold", "ex.T_mid")
DESIGN = {"ex.UA": 2.0, "ex.m": 1.5, "ex.nothing": 4.0}
PARAMETERS = tuple(
    Parameter("ex", name[3:], "W/K", design, 0.05, 0.85, 1.15) for name, design in DESIGN.items()
)
FAULT = Hypothesis("ex.fouling", "ex", "process", "-", 0.3, 0.0, 1.0, "the plates")
BIASES = tuple(
    Hypothesis(f"{name}.bias", "ex", "sensor", "K", 2.0, -50.0, 50.0, "") for name in SIGNALS
)
PLANT = Plant(
    SIGNALS, ("ex",) * 3, (FAULT, *BIASES, *(p.hypothesis() for p in PARAMETERS)), ("ex",)
)
N, DAYS = 24, 8


def readings(load: np.ndarray, UA: float, m: float, fouling: float) -> np.ndarray:
    """A counter-flow exchanger of unequal flows at loads [n]: three temperatures [n, 3]."""
    capacity = m * load
    ntu = UA * (1.0 - fouling) / capacity
    ratio = 0.7
    e = np.exp(-ntu * (1.0 - ratio))
    effect = (1.0 - e) / (1.0 - ratio * e)
    hot = 60.0 - 30.0 * effect
    cold = 30.0 + 30.0 * effect * ratio
    return np.stack([hot, cold, 0.5 * (60.0 + hot) - 2.0 / capacity], axis=1)


class Data:
    """Days of a plant, as the observers of a model with given values would see them."""

    def __init__(
        self,
        truth: Mapping[str, float],
        bias: tuple[float, float, float],
        seed: int,
        loads: tuple[float, float] = (0.5, 1.5),
        days: int = DAYS,
    ):
        random = np.random.default_rng(seed)
        self.load = random.uniform(*loads, days * N)
        of_day = np.repeat(0.05 * random.normal(size=(days, 3)), N, axis=0)
        self.read = self._model(truth) + np.array(bias) + of_day
        self.runs: list[Mapping[str, float]] = []

    def _model(self, values: Mapping[str, float]) -> np.ndarray:
        v = DESIGN | {"ex.fouling": 0.0} | dict(values)
        return readings(self.load, v["ex.UA"], v["ex.m"], v["ex.fouling"])

    def run(self, values: Mapping[str, float]) -> list[Block]:
        self.runs.append(values)
        now = DESIGN | {"ex.fouling": 0.0} | dict(values)
        here = self._model(now)
        by = {
            name: (self._model(now | {name: now[name] + 1e-6}) - here) / 1e-6
            for name in ("ex.fouling", *DESIGN)
        }
        unit = np.broadcast_to(np.eye(3), (len(here), 3, 3))
        signature = np.concatenate(
            [by["ex.fouling"][:, :, None], unit, np.stack([by[n] for n in DESIGN], axis=2)], axis=2
        )
        return [
            Block(
                (i + 1) * DAY_NS // N,
                self.read[i] - here[i],
                np.full(3, 1e-4),
                signature[i],
                np.ones(3, bool),
                self.load[i : i + 1],
            )
            for i in range(len(here))
        ]


def unknowns() -> Unknowns:
    wide = [-np.inf] * 3
    return Unknowns(
        PARAMETERS,
        PLANT,
        Prior(
            mean=np.zeros(10),
            sigma=np.array([0.05] * 3 + [0.15] * 3 + [0.05] * 3 + [0.0]),
            low=np.array([-0.15] * 3 + [-50.0] * 3 + wide + [0.0]),
            high=np.array([0.15] * 3 + [50.0] * 3 + [np.inf] * 3 + [1.0]),
        ),
        {3: BIASES[0], 4: BIASES[1], 5: BIASES[2], 9: FAULT},
        np.full(3, 0.05**2),
    )


def found(data: Data) -> Calibration:
    return calibrate(unknowns(), data.run)


def test_parameters_come_back_and_offsets_do_not_bend_them() -> None:
    data = Data({"ex.UA": 2.12, "ex.m": 1.44}, (0.15, -0.1, 0.05), 1)
    told = found(data)
    assert told.present == ()
    UA, m, _ = told.fits
    for fit, true in ((UA, 2.12), (m, 1.44)):
        assert fit.identifiable
        assert fit.low <= true <= fit.high
        assert fit.value == pytest.approx(true, rel=0.02)
        assert fit.high - fit.low < 0.6 * 3.29 * 0.05 * fit.parameter.design
    assert set(told.values) == {"ex.UA", "ex.m"}
    assert data.runs[0] == {}
    assert data.runs[-1]["ex.UA"] == pytest.approx(UA.value, rel=0.01)  # it has stopped moving


def test_what_shows_nowhere_stays_as_designed() -> None:
    fit = found(Data({"ex.UA": 2.12}, (0.0, 0.0, 0.0), 2)).fits[2]
    assert not fit.identifiable
    assert fit.value == 4.0
    assert fit.told == pytest.approx(1.0)
    assert fit.low == pytest.approx(4.0 * (1 - 1.645 * 0.05), rel=1e-3)


def test_intervals_cover() -> None:
    random, inside = np.random.default_rng(3), 0
    for seed in range(40):
        truth = {n: DESIGN[n] * (1 + 0.05 * random.normal()) for n in ("ex.UA", "ex.m")}
        bias = tuple(0.15 * random.normal(size=3))
        told = found(Data(truth, bias, seed))
        inside += sum(f.low <= truth[f.parameter.name] <= f.high for f in told.fits[:2])
        assert told.present == ()
    # 90 % meant; 80 trials fall outside of these bounds once in 200 times
    assert 0.8 <= inside / 80 <= 0.98


def test_a_fault_that_was_there_is_named_and_bends_nothing() -> None:
    told = found(Data({"ex.fouling": 0.35, "ex.m": 1.56}, (0.0, 0.0, 0.0), 4))
    (present,) = told.present
    assert present.fault == "ex.fouling"
    assert present.size == pytest.approx(0.35, abs=0.06)
    assert present.llr > 25.0
    UA, m, _ = told.fits
    # a conductance cannot be told from its fouling
    assert not UA.identifiable
    assert UA.value == 2.0
    assert m.low <= 1.56 <= m.high
    assert told.as_it_was["ex.fouling"] == present.size
    assert "ex.fouling" not in told.values


@pytest.mark.parametrize("size", [0.5, 0.7, 0.9])
def test_a_large_fault_does_not_hide_in_the_variance_that_it_makes(size: float) -> None:
    """Five days alike of a model of which little was known: by what is left without the fault, a
    larger one is no surer (it got 53 at most, and 0.9 was not said at all)."""
    data = Data({"ex.fouling": size}, (0.0, 0.0, 0.0), 9, loads=(1.0, 1.0), days=5)
    told = calibrate(replace(unknowns(), assumed=np.full(3, 0.8**2)), data.run)
    (present,) = told.present
    assert present.fault == "ex.fouling"
    assert present.size == pytest.approx(size, abs=0.02)  # however the plant bends
    assert present.llr > 200.0


def test_a_parameter_that_would_go_further_is_said_to_be_at_its_bound() -> None:
    UA, m, nothing = found(Data({"ex.UA": 1.56}, (0.0, 0.0, 0.0), 10)).fits
    assert UA.value == pytest.approx(0.85 * 2.0)
    assert UA.at_bound
    assert "at its bound" in _line("ex.UA", _plain_fit(UA))[-1]
    assert not m.at_bound
    assert "bound" not in _line("ex.m", _plain_fit(m))[-1]
    as_designed = replace(nothing, parameter=replace(nothing.parameter, high=1.0))
    assert not as_designed.at_bound  # it was not fitted at all


def test_less_conductance_than_a_fault_is_within_tolerance() -> None:
    told = found(Data({"ex.fouling": 0.06}, (0.0, 0.0, 0.0), 5))
    assert told.present == ()
    assert told.fits[0].value == pytest.approx(2.0 * 0.94, rel=0.03)


def test_a_reading_that_is_off_is_named_and_taken_off() -> None:
    data = Data({"ex.UA": 2.06}, (0.0, 2.2, 0.0), 6)
    told = found(data)
    (present,) = told.present
    assert present.fault == "ex.T_cold.bias"
    assert present.size == pytest.approx(2.2, abs=0.3)
    assert "ex.T_cold.bias" not in told.as_it_was
    names = [h.name for h in PLANT.hypotheses]
    block = data.run(told.as_it_was)[0]
    healthy = told.healthy(block, names)
    assert abs(healthy.innovation[1]) < 0.5 < abs(block.innovation[1])
    assert healthy.innovation[0] == block.innovation[0]


@pytest.mark.parametrize(
    ("design", "least", "most", "shares"),
    [
        (1.0, 1e-3, 1.0, (0.85, 1.0)),  # as it was designed it is at its end already
        (1.0, 1.0, None, (1.0, 1.15)),
        (2.0, 1.9, 2.2, (0.95, 1.1)),
        (2.0, None, None, (0.85, 1.15)),
        (-2.0, -2.2, -2.0, (1.0, 1.1)),
    ],
)
def test_a_parameter_stays_within_what_its_model_bears(design, least, most, shares) -> None:
    told = SimpleNamespace(calibrate={"UA": SitePrior(sigma="5 %")})
    site = SimpleNamespace(
        twin={"ex": told},
        plant=SimpleNamespace(parts={"ex": SimpleNamespace(parameters={"UA": design})}),
        document=SimpleNamespace(path=Path("site.yaml")),
    )
    variable = SimpleNamespace(
        causality="parameter", is_real=True, unit="W/K", start=design, min=least, max=most
    )
    found = _parameter(site, "ex", "UA", SimpleNamespace(variables={"UA": variable}))
    assert (found.low, found.high) == pytest.approx(shares)
