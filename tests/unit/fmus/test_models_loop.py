"""The three models wired together under plain PI loops: they settle where the plant should."""

from dataclasses import dataclass

import pytest
from model_runs import Runner

from fmus.cooling_loop.model import build as cooling_loop
from fmus.district_network.model import build as district_network
from fmus.heat_pump.model import build as heat_pump

C = 273.15


@dataclass
class Loop:
    """PI with back-calculation; the oracle's controller, not the product's."""

    kp: float
    Ti: float
    low: float
    state: float

    def __call__(self, error: float, dt: float) -> float:
        wanted = self.kp * error + self.state
        given = min(max(wanted, self.low), 1.0)
        self.state += (self.kp * error + given - wanted) * dt / self.Ti
        return given


class Plant:
    """Models and loops; `boundary` holds P_it, T_outdoor [degC], Q_demand."""

    def __init__(self, P_it: float, T_outdoor: float, Q_demand: float) -> None:
        self.boundary = (P_it, T_outdoor, Q_demand)
        self.cool, self.unit, self.net = map(
            Runner, (cooling_loop(), heat_pump(), district_network())
        )
        self.pump, self.valve = Loop(0.02, 60, 0.2, 0.6), Loop(0.03, 180, 0.0, 0.2)
        self.fan, self.source = Loop(0.01, 40, 0.0, 0.1), Loop(0.03, 60, 0.3, 0.9)
        self.sink, self.cold = Loop(0.01, 90, 0.2, 0.9), Loop(0.02, 120, 0.2, 0.9)
        self.boiler, self.dp = Loop(0.005, 120, 0.0, 0.2), Loop(3e-6, 20, 0.3, 0.85)

    def step(self, dt: float) -> None:
        P_it, T_outdoor, Q_demand = self.boundary
        c, h, d = (r.outputs() for r in (self.cool, self.unit, self.net))
        curve = min(max(70.0 + 45.0 * (8.0 - T_outdoor) / 34.0, 70.0), 115.0)
        by_sink = self.sink(min(85.0, curve) + C - h["T_sink_out"], dt)
        by_cold = self.cold(h["T_source_out"] - C - 29.0, dt)
        u_compressor = min(by_sink, by_cold)
        self.sink.state = min(self.sink.state, u_compressor + 0.1)
        self.cold.state = min(self.cold.state, u_compressor + 0.1)
        self.cool.set(
            P_it=P_it,
            T_outdoor=T_outdoor + C,
            T_source_return=h["T_source_out"],
            m_source=h["m_source"],
            u_pump=self.pump(c["T_return"] - C - 40.0, dt),
            u_valve=self.valve(c["T_supply"] - C - 30.0, dt),
            u_fan=self.fan(c["T_dry_cooler"] - C - 27.0, dt),
        )
        self.unit.set(
            T_source_in=c["T_source"],
            T_sink_in=d["T_return"],
            m_sink=d["m_network"],
            u_compressor=u_compressor,
            u_source_pump=self.source(30.0 + C - h["T_source_out"], dt),
        )
        self.net.set(
            T_plant=h["T_sink_out"],
            T_outdoor=T_outdoor + C,
            Q_demand=Q_demand,
            u_pump=self.dp(80e3 - d["dp_consumer"], dt),
            u_boiler=self.boiler(curve + C - d["T_supply"], dt),
        )
        for runner in (self.cool, self.unit, self.net):
            runner.step(dt)

    def settle(self, seconds: float, dt: float = 10.0) -> dict[str, dict[str, float]]:
        for _ in range(round(seconds / dt)):
            self.step(dt)
        runners = {"cool": self.cool, "unit": self.unit, "net": self.net}
        return {name: runner.outputs() for name, runner in runners.items()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("P_it", "T_outdoor", "Q_demand", "Q_sink", "T_sink_out"),
    [
        (3e6, -8.0, 5e6, (3.5e6, 3.8e6), (76.0, 80.0)),  # compressor at full speed
        (1e6, -8.0, 5e6, (1.1e6, 1.4e6), (54.0, 60.0)),  # as much as the servers give
        (5e6, 20.0, 2e6, (1.95e6, 2.1e6), (69.0, 74.0)),  # as much as the town wants
    ],
)
def test_the_plant_settles(
    P_it: float,
    T_outdoor: float,
    Q_demand: float,
    Q_sink: tuple[float, float],
    T_sink_out: tuple[float, float],
) -> None:
    y = Plant(P_it, T_outdoor, Q_demand).settle(4 * 3600.0)
    assert 27.0 < y["cool"]["T_supply"] - C < 31.0
    assert 37.0 < y["cool"]["T_return"] - C < 41.0
    assert 31.0 < y["cool"]["T_coolant_supply"] - C < 37.0
    assert Q_sink[0] < y["unit"]["Q_condenser"] < Q_sink[1]
    assert T_sink_out[0] < y["unit"]["T_sink_out"] - C < T_sink_out[1]
    assert y["net"]["Q_delivered"] == pytest.approx(Q_demand, rel=2e-3)
    assert 39.0 < y["net"]["T_return"] - C < 48.0
    taken = y["cool"]["Q_source"] + y["cool"]["Q_rejected"]
    assert taken == pytest.approx(P_it, rel=0.05)


def test_condenser_fouling_shows_in_closed_loop_and_the_books_still_close() -> None:
    plant = Plant(3e6, -8.0, 5e6)
    before = plant.settle(3600.0)["unit"]
    plant.unit.set(condenser_fouling=0.3)
    y = plant.settle(1800.0)
    assert y["unit"]["T_condensing"] - before["T_condensing"] > 1.5
    unit, cool = y["unit"], y["cool"]
    books = unit["E_evaporator"] + unit["E_electric"] - unit["E_condenser"] - unit["E_stored"]
    assert abs(books) < 1e-9 * unit["E_condenser"]
    # commands of a step act in the next: the two sides of an interface differ by a step's change
    assert unit["E_evaporator"] == pytest.approx(cool["E_source"], rel=2e-3)
