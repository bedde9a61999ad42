"""Sharp pipes as elements of a model: several of them, nodes, events and algebra around them."""

import zipfile
from pathlib import Path

import casadi as ca
import numpy as np
import pytest
from fmu_runs import FmuRun

from fmus.equations import SX, Model
from fmus.export import build
from fmus.export.codegen import generate
from fmus.physics.stirred import leaving
from fmus.physics.volume import meter
from fmus.plug import FILM_KNOTS_K, SHELLS, PlugGiven, PlugGives
from twin.errors import BadInput

CP, RHO = 4186.0, 985.0
NODE_KG = 500.0


def given(flow: SX, T_a: SX, T_b: SX, **change: SX) -> PlugGiven:
    constant = {name: SX(330.0) for name in ("start_a", "start_b")}
    constant |= {name: SX(RHO) for name in ("rho", "rho_a", "rho_b")}
    constant |= {"T_ambient": SX(280.0), "start_ambient": SX(280.0), "cp": SX(CP)}
    constant |= {"volume": SX(0.9), "wall": SX(5e5), "dispersion": SX(1e-6)}
    return PlugGiven(
        flow=flow,
        T_a=T_a,
        T_b=T_b,
        film=[SX(3e4)] * len(FILM_KNOTS_K),
        shell=[SX(4e4)] * SHELLS,
        path=[SX(200.0)] * (SHELLS + 1),
        **{**constant, **change},
    )


def loop(h_max_s: float = 2.0) -> Model:
    """Supply and return of one consumer: a node between them, flow by an algebraic equation.

    The pump is slow, so the flow moves during a step.
    """
    m = Model("Loop", "two sharp pipes and a node", h_max_s=h_max_s)
    T_plant = m.input("T_plant", 340.0, "K", "supply")
    head_wanted = m.input("head", 1e5, "Pa", "pump, either sign")
    head = m.state("pump.head", 0.0, "Pa", "pump", nominal=1e5)
    m.der(head, (head_wanted - head) / 8.0)
    Q = m.input("Q", 1e5, "W", "consumer")
    now = m.algebraic("flow", 1.0, "kg/s", "flow")
    m.solve(now, now * ca.fabs(now) * 1e4 + 1e3 * now - head)
    flow = m.mean("flow.mean", now, 1.0, "kg/s", "flow")
    node = m.state("node.T", 330.0, "K", "consumer's water", nominal=300.0)
    out = m.mixed("node.leaving", 330.0, "K", "consumer's water that leaves")
    there = m.plug_flow("there", 20, given(flow, T_plant, out))
    back = m.plug_flow("back", 12, given(flow, out, T_plant))
    brought = CP * flow * (there.T_b - back.T_a)
    # a heater keeps the node above 310 K: events within steps
    heating = m.mode("heating", 0, "heater is on")
    on = ca.if_else(heating > 0.5, node < 320.0, node < 310.0)
    m.when(heating, on, [310.0 - 1e-7 - node, node - 320.0 - 1e-7])
    heater = 3e5 * heating
    comes = [(flow, there.T_b), (-flow, back.T_a)]
    m.mix(out, leaving(node, SX(NODE_KG), m.step, comes, (heater - Q) / CP))
    m.der(node, (brought - Q + heater) / (CP * NODE_KG))
    taken = Q - heater
    meter(m, "E_in", CP * flow * (there.T_a - back.T_b), "from the plant")
    meter(m, "E_taken", taken, "consumer less heater")
    meter(m, "E_loss", there.loss + back.loss + there.expelled + back.expelled, "lost")
    stored = there.stored + back.stored + CP * NODE_KG * (node - 330.0)
    m.output("E_stored", stored, "J", "heat in pipes and node")
    m.output("flow_now", now, "kg/s", "flow")
    m.output("T_return", back.T_b, "K", "return")
    m.output("on", heating, "-", "heater")
    return m


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loop")
    (path,) = build(loop(), folder, fmi=("3.0",))
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder / "fmu")
    return folder / "fmu"


def drive(run: FmuRun, steps: int) -> list[tuple[float, ...]]:
    rows = []
    for k in range(steps):
        head = 3e4 * np.sin(k / 25.0) if k % 60 < 50 else 0.0
        run.step(
            7.0, T_plant=335.0 + 5 * np.sin(k / 40), head=float(head), Q=1e5 + 3e5 * (k % 9 == 0)
        )
        rows.append(tuple(run[n] for n in ("T_return", "E_stored", "E_loss", "flow_now", "on")))
    return rows


def test_books_of_pipes_node_and_heater_close_through_events_and_reversal(unpacked: Path) -> None:
    run = FmuRun(unpacked)
    rows = np.array(drive(run, 1500))
    assert np.ptp(rows[:, 3]) > 2.0  # flow of both signs
    assert np.count_nonzero(np.diff(rows[:, 4])) >= 4  # the heater has switched
    missing = run["E_in"] - run["E_taken"] - run["E_loss"] - run["E_stored"]
    assert abs(missing) < 1e-9 * (abs(run["E_in"]) + abs(run["E_taken"]) + run["E_loss"])


def test_steps_repeat_to_the_bit_after_restoring(unpacked: Path) -> None:
    run = FmuRun(unpacked)
    drive(run, 120)
    data = run.session.to_bytes(run.session.save())
    first = drive(run, 200)
    run.session.restore(run.session.from_bytes(data))
    run.t = 120 * 7.0
    assert drive(run, 200) == first


def test_two_instances_do_not_disturb_each_other(unpacked: Path) -> None:
    alone = drive(FmuRun(unpacked), 80)
    one, other = FmuRun(unpacked), FmuRun(unpacked)
    for k in range(40):
        other.step(5.0, T_plant=300.0 + k, head=5e4, Q=0.0)
    assert drive(one, 80) == alone


def test_the_start_shows_the_pipes_as_they_are_filled(unpacked: Path) -> None:
    run = FmuRun(unpacked)
    assert run["T_return"] == pytest.approx(330.0, abs=1e-9)
    assert run["E_stored"] == 0.0


# ---- nodes without volume ----------------------------------------------------------------------


def mixed(streams: list[tuple[SX, SX]]) -> SX:
    """Temperature of what flows into a node, (flow [kg/s], temperature [K]); idle: 330 K."""
    floor = 1e-14
    into = [ca.fmax(flow, 0.0) for flow, _ in streams]
    heat_flow = sum((m * T for m, (_, T) in zip(into, streams, strict=True)), SX(floor * 330.0))
    return heat_flow / (sum(into, SX(0.0)) + floor)


def star(order: tuple[int, int, int]) -> Model:
    """Three pipes that meet in a point; flows of any sign, the third takes the rest.

    Pipes are declared in any `order`; end b of each is at the meeting point.
    """
    m = Model("Star", "three sharp pipes meet", h_max_s=60.0)
    flows = [m.input(f"m{i}", 0.0, "kg/s", "towards the middle") for i in (0, 1)]
    flows.append(-flows[0] - flows[1])
    T = [m.input(f"T{i}", 330.0, "K", "outside") for i in range(3)]
    gives: dict[int, PlugGives] = {}
    node = m.mixed("node", 330.0, "K", "in the middle")
    for i in order:
        gives[i] = m.plug_flow(f"p{i}", 16, given(flows[i], T[i], node))
    m.mix(node, mixed([(flows[i], gives[i].T_b) for i in range(3)]))
    brought = sum((CP * flows[i] * gives[i].T_a for i in range(3)), SX(0.0))
    lost = sum((gives[i].loss + gives[i].expelled for i in range(3)), SX(0.0))
    meter(m, "E_in", brought, "through the outer ends")
    meter(m, "E_loss", lost, "lost")
    m.output("E_stored", sum((gives[i].stored for i in range(3)), SX(0.0)), "J", "stored")
    m.output("T_node", node, "K", "in the middle")
    m.output("T_2", gives[2].T_a, "K", "outer end of the third")
    return m


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_pipes_meet_in_a_point_and_books_close(tmp_path: Path, order: tuple[int, int, int]) -> None:
    (path,) = build(star(order), tmp_path, fmi=("3.0",))
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "fmu")
    run, rng = FmuRun(tmp_path / "fmu"), np.random.default_rng(11)
    for _ in range(400):
        inputs = {f"T{i}": float(rng.uniform(310, 360)) for i in range(3)}
        inputs |= {f"m{i}": float(rng.choice([-9.0, -1.0, 0.0, 0.02, 1.0, 20.0])) for i in (0, 1)}
        run.step(float(rng.choice([1.0, 60.0])), **inputs)
    missing = run["E_in"] - run["E_loss"] - run["E_stored"]
    assert run["E_loss"] > 1e8
    assert abs(missing) < 1e-9 * (abs(run["E_in"]) + run["E_loss"])


def test_the_order_of_declaration_does_not_matter(tmp_path: Path) -> None:
    found = []
    for order in ((0, 1, 2), (2, 1, 0)):
        (path,) = build(star(order), tmp_path / str(order[0]), fmi=("3.0",))
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path / str(order[0]) / "fmu")
        run = FmuRun(tmp_path / str(order[0]) / "fmu")
        for k in range(200):
            run.step(10.0, m0=3.0 * np.sin(k / 10.0), m1=1.0, T0=340.0, T1=350.0 - k / 10.0)
        found.append((run["T_node"], run["T_2"], run["E_stored"]))
    assert found[0] == pytest.approx(found[1], rel=1e-12)


# ---- what is declared --------------------------------------------------------------------------


def small(**change: SX) -> tuple[Model, PlugGives]:
    m = Model("Small", "one pipe")
    flow = m.input("flow", 1.0, "kg/s", "flow")
    start = m.parameter("start", 330.0, "K", "before the start")
    gives = m.plug_flow("p", 8, given(flow, SX(340.0), SX(330.0), start_a=start, **change))
    m.output("T", gives.T_b, "K", "outlet")
    return m, gives


def test_initial_outputs_depend_on_what_fills_the_pipe_and_later_ones_on_nothing() -> None:
    model, _ = small()
    code = generate(model)
    names = {s.reference: s.name for s in code.layout.scalars}
    (initially,) = code.dependencies.initial_outputs
    assert {names[r] for r in initially} == {"flow", "start"}
    assert code.dependencies.outputs == [set()]


def test_the_number_of_parcels_is_checked() -> None:
    m = Model("Wrong", "one pipe")
    with pytest.raises(ValueError, match=r"Wrong\.p: 3 parcels, must be 4 to 1000"):
        m.plug_flow("p", 3, given(SX(1.0), SX(340.0), SX(330.0)))


def test_a_foreign_symbol_in_what_a_pipe_is_given_is_refused() -> None:
    model, _ = small(wall=SX.sym("nobody"))
    with pytest.raises(BadInput, match="nobody"):
        generate(model)


def test_values_that_are_not_numbers_are_an_error_of_the_step(tmp_path: Path) -> None:
    model, _ = small()
    bad = model.input("bad", 1.0, "-", "0 divides")
    second = model.plug_flow("q", 8, given(1.0 / bad, SX(340.0), SX(330.0)))
    model.output("T_q", second.T_b, "K", "outlet")
    (path,) = build(model, tmp_path, fmi=("3.0",))
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "fmu")
    run = FmuRun(tmp_path / "fmu")
    run.step(1.0, bad=2.0)
    with pytest.raises(Exception, match=r"[dD]oStep"):
        run.step(1.0, bad=0.0)
    assert any("pipe 2 is given" in message for message in run.session.messages)
