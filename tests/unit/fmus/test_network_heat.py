"""Heat in networks of any structure: steady profiles, books, faults at single places, sizes."""

import casadi as ca
import numpy as np
import pytest
from model_runs import Runner
from networks import grown, network, pipe, ring
from scipy.integrate import solve_bvp

from fmus.district_network.model import build
from fmus.district_network.structure import Structure
from fmus.equations import column

C = 273.15
CP, SOIL = 4186.0, C + 3.0
CONSUMERS = ["n2", "n3", "n4", "n5"]


def _imbalance(y: dict[str, float]) -> float:
    """What the meters do not explain, relative to the heat that passed."""
    gone = y["E_delivered"] + y["E_loss"] + y["E_leak"]
    passed = abs(y["E_plant"]) + y["E_boiler"] + abs(gone)
    return abs(y["E_plant"] + y["E_boiler"] - gone - y["E_stored"]) / passed


def test_a_long_twin_pipe_cools_as_the_two_coupled_streams_do() -> None:
    """Oracle: boundary value problem of supply and return along the trench, by scipy."""
    net = Runner(build(network([pipe("p", "plant", "a", 3000.0, "DN100")], ["a"])))
    net.set(T_plant=C + 85.0, Q_demand=0.3e6, u_boiler=0.0, u_pump=0.5)
    y = net.run(16 * 3600.0, 60.0).outputs()
    r_steel, r = 0.1143 / 2, 0.2 / 2  # DN100, series 1
    H, gap = 0.8 + r + 0.0685 * 1.5, 2 * r + 0.15
    single = np.log(2 * H / r) / (2 * np.pi * 1.5) + np.log(r / r_steel) / (2 * np.pi * 0.027)
    mutual = np.log(1 + (2 * H / gap) ** 2) / (4 * np.pi * 1.5)
    V = y["m_network"] / (975.0 * np.pi / 4 * 0.1071**2)
    film = 1 / (np.pi * 0.1071 * 2900 * 0.1071**-0.2 * (V * V + 0.0025) ** 0.4)
    resistance = np.array([[single + film, mutual], [mutual, single + film]])

    def slope(_: np.ndarray, T: np.ndarray) -> np.ndarray:
        q = np.linalg.solve(resistance, T - SOIL)
        return np.array([-q[0], q[1]]) / (y["m_network"] * CP)

    station = net.state("a.T")
    profile = solve_bvp(
        slope,
        lambda begin, end: np.array([begin[0] - y["T_supply"], end[1] - station]),
        np.linspace(0.0, 3000.0, 50),
        np.array([np.full(50, y["T_supply"]), np.full(50, station)]),
        tol=1e-8,
    )
    assert y["T_supply"] - y["T_consumer"] > 5.0
    assert y["T_consumer"] == pytest.approx(profile.sol(3000.0)[0], abs=0.02)
    assert y["T_return"] == pytest.approx(profile.sol(0.0)[1], abs=0.02)


def _torture(net: Runner, rng: np.random.Generator) -> None:
    spans = {"T_plant": (C + 20, C + 95), "T_outdoor": (C - 30, C + 35), "T_soil": (C, C + 12)}
    spans["Q_demand"] = (0.0, 10e6)
    for v in net.model.inputs:
        low, high = spans.get(v.name, (-0.2, 1.2))
        net.set(**{v.name: low + (high - low) * float(np.clip(rng.uniform(-0.2, 1.2), 0.0, 1.0))})
    if rng.random() < 0.4:
        for v in net.model.parameters:
            if v.tunable:
                net.set(**{v.name: float(rng.choice([0.0, 0.0, 0.3, 1.0]))})


def test_books_of_a_ring_close_through_reversal_faults_and_standstill() -> None:
    net, rng = Runner(build(ring(faults="each"))), np.random.default_rng(11)
    temperatures = [i for i, v in enumerate(net.model.states) if v.unit == "K"]
    across = []
    for _ in range(40):
        _torture(net, rng)
        hungry = rng.choice(CONSUMERS)  # one valve open drags the ring to its side
        net.set(**{f"{node}.valve": 1.0 if node == hungry else 0.02 for node in CONSUMERS})
        net.run(10.0, 1.0)
        across.append(net.algebraic("back.m_supply"))
        assert _imbalance(net.outputs()) < 1e-9
        assert C - 10.0 < net.x[temperatures].min() < net.x[temperatures].max() < C + 150.0
    assert min(across) < -0.3 < 0.3 < max(across)


def test_books_of_a_tree_close_over_a_day_with_a_leak_and_a_stop() -> None:
    net = Runner(build(grown(4)))
    for hour in range(24):
        net.set(Q_demand=2e6 * (1.0 + 0.4 * (-1.0) ** hour), leak=0.3 if hour > 8 else 0.0)
        net.set(u_pump=0.0 if hour in (12, 13) else 0.8, insulation_wet=0.5 if hour > 18 else 0.0)
        net.run(60.0, 2.0)  # a pump that stops within one step would be no fair start
        net.run(3540.0, 60.0)
    y = net.outputs()
    assert y["E_leak"] > 1e9
    assert _imbalance(y) < 1e-9


@pytest.mark.parametrize("h", [2.0, 20.0])
def test_a_stop_and_a_restart_with_open_valves_stay_physical(h: float) -> None:
    net = Runner(build(grown(4)))
    net.set(Q_demand=2e6, u_boiler=0.0)
    temperatures = [i for i, v in enumerate(net.model.states) if v.unit == "K"]
    for u_pump, seconds in ((0.85, 600.0), (0.0, 600.0), (0.85, 600.0)):
        net.set(u_pump=u_pump)
        for _ in range(round(seconds / h)):
            net.step(h)
            assert C + 35.0 < net.x[temperatures].min() < net.x[temperatures].max() < C + 95.0
        if u_pump == 0.0:
            assert net.get("m_network") < 1e-3
            assert net.state("n3.valve") > 0.55
    assert net.get("m_network") > 3.0


def test_leaking_water_is_made_up_and_its_heat_is_booked() -> None:
    net = Runner(build(ring()))
    net.set(leak=0.4, Q_demand=3e6)
    net.run(3600.0, 10.0)
    before = net.outputs()
    y = net.run(600.0, 10.0).outputs()
    assert y["m_makeup"] == pytest.approx(2.0)
    run_away = 2.0 * CP * (net.state("n4.T_supply") - (C + 10.0))
    assert y["E_leak"] - before["E_leak"] == pytest.approx(600.0 * run_away, rel=1e-2)


def test_one_wet_pipe_loses_more_and_leaves_the_others_dry() -> None:
    s = network([pipe("west", "plant", "a"), pipe("east", "plant", "b")], ["a", "b"], faults="each")
    net = Runner(build(s))
    net.set(**{"west.insulation_wet": 1.0})
    net.run(4 * 3600.0, 20.0)
    lost = {side: net.state("plant.T_supply") - net.state(f"{side}.T_supply") for side in "ab"}
    assert lost["a"] > 5.0 * lost["b"] > 0.0


def test_every_consumer_shows_what_it_does() -> None:
    net = Runner(build(ring(critical="n3")))
    y = net.run(3600.0, 20.0).outputs()
    assert sum(y[f"consumer[{i}].Q"] for i in range(1, 5)) == pytest.approx(y["Q_delivered"])
    assert sum(y[f"consumer[{i}].m"] for i in range(1, 5)) == pytest.approx(y["m_network"])
    assert y["consumer[2].T_supply"] == y["T_consumer"]
    assert y["consumer[2].dp"] == y["dp_consumer"]
    assert y["consumer[1].T_return"] < y["consumer[1].T_supply"] - 20.0
    few = {o.name for o in build(ring(consumer_outputs=False)).outputs}
    assert not any(name.startswith("consumer") for name in few)


def test_an_equal_percentage_valve_opens_further_for_the_same_heat() -> None:
    position = {}
    for valve in ("linear", "equal_percentage"):
        net = Runner(build(Structure.model_validate({"valve": valve})))
        net.set(u_pump=0.75)
        y = net.run(3600.0, 20.0).outputs()
        assert y["Q_delivered"] == pytest.approx(5e6, rel=1e-3)
        position[valve] = net.state("far.valve")
    assert position["linear"] + 0.2 < position["equal_percentage"] < 1.0


def _sizes(pipes: int) -> tuple[int, int, int, int]:
    """States, unknowns, operations of the equations with their Jacobian, longest row of it.

    Meters add up the whole network; nothing depends on them, so their rows cost what they hold.
    """
    m = build(grown(pipes))
    x, a = column(m.states), column(m.algebraics)
    slopes = [ca.jacobian(f, z) for f in (m.derivatives(), m.residuals()) for z in (x, a)]
    args = [m.time, x, column(m.inputs), column(m.parameters), column(m.modes), a]
    operations = ca.Function("f", args, slopes, {"cse": True}).n_instructions()
    meters = [v.name.startswith("meter.") for v in m.states]
    by_row = [np.diff(part.T.sparsity().colind()) for part in slopes]
    of_state = (by_row[0] + by_row[1])[np.invert(meters)]
    return x.numel(), a.numel(), operations, int(max(*of_state, *(by_row[2] + by_row[3])))


def test_sizes_grow_with_the_number_of_pipes_and_no_faster() -> None:
    sizes = {pipes: _sizes(pipes) for pipes in (1, 10, 40)}
    print(sizes)
    for kind in range(3):
        per_pipe = (sizes[40][kind] - sizes[10][kind]) / 30
        assert per_pipe < 1.2 * sizes[10][kind] / 10
    assert max(row for *_, row in sizes.values()) <= 16


@pytest.mark.slow
def test_two_hundred_pipes_are_built_with_sizes_in_proportion() -> None:
    sizes = {pipes: _sizes(pipes) for pipes in (100, 200)}
    print(sizes)
    for kind in range(3):
        assert sizes[200][kind] == pytest.approx(2.0 * sizes[100][kind], rel=0.03)
    assert sizes[100][3] == sizes[200][3] <= 16
