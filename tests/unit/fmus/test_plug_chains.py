"""Sharp pipes behind each other and in a circle, in steps that flush many of them.

A pipe passes on the mean of a step. One that holds the share a < 1 of a step's water gives
(1 - a) of what comes in the same step and a of what came in the step before.
"""

import zipfile
from pathlib import Path

import casadi as ca
import numpy as np
import pytest
from fmpy import read_model_description

from fmus.equations import SX, Model
from fmus.export import build
from fmus.export.codegen import generate
from fmus.export.session import Session
from fmus.physics.volume import meter
from fmus.plug import FILM_KNOTS_K, SHELLS, PlugGiven, PlugGives
from twin.errors import BadInput

CP, RHO, VOLUME = 4186.0, 985.0, 0.1
PIPES = 12


def bare(flow: SX, T_a: SX, T_b: SX) -> PlugGiven:
    """0.1 m3 of water without a wall to speak of, no loss."""
    constant = {name: SX(330.0) for name in ("T_ambient", "start_a", "start_b", "start_ambient")}
    constant |= {name: SX(RHO) for name in ("rho", "rho_a", "rho_b")}
    return PlugGiven(
        flow=flow,
        T_a=T_a,
        T_b=T_b,
        cp=SX(CP),
        volume=SX(VOLUME),
        wall=SX(1e-3),
        film=[SX(1.0)] * len(FILM_KNOTS_K),
        shell=[SX(0.0)] * SHELLS,
        path=[SX(1e-9)] * (SHELLS + 1),
        dispersion=SX(0.0),
        **constant,
    )


def mixture(streams: list[tuple[SX, SX]]) -> SX:
    """Of what flows in, (flow [kg/s], temperature [K])."""
    into = [ca.fmax(flow, 0.0) for flow, _ in streams]
    warm = sum((m * T for m, (_, T) in zip(into, streams, strict=True)), SX(1e-12 * 330.0))
    return warm / (sum(into, SX(0.0)) + 1e-12)


def line(order: list[int]) -> Model:
    """Pipes behind each other with points between them, declared in any order."""
    m = Model("Line", "a line of sharp pipes", h_max_s=60.0)
    flow = m.input("flow", 0.0, "kg/s", "along the line")
    T_in = m.input("T_in", 330.0, "K", "at both ends")
    points = [m.mixed(f"point[{i + 1}]", 330.0, "K", "between") for i in range(PIPES - 1)]
    ends = [T_in, *points, T_in]
    gives = {i: m.plug_flow(f"p{i}", 8, bare(flow, ends[i], ends[i + 1])) for i in order}
    for i, point in enumerate(points):
        m.mix(point, mixture([(flow, gives[i].T_b), (-flow, gives[i + 1].T_a)]))
    m.output("T_last", gives[PIPES - 1].T_b, "K", "far end, mean of a step")
    m.output("T_first", gives[0].T_a, "K", "near end, mean of a step")
    m.output("E_stored", sum((g.stored for g in gives.values()), SX(0.0)), "J", "stored")
    meter(m, "E_in", CP * flow * (gives[0].T_a - gives[PIPES - 1].T_b), "through the ends")
    return m


class Run:
    def __init__(self, model: Model, folder: Path) -> None:
        (path,) = build(model, folder, fmi=("3.0",))
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder / "fmu")
        description = read_model_description(str(folder / "fmu"), validate=False)
        self.at = {v.name: v.valueReference for v in description.modelVariables}
        self.session = Session(folder / "fmu", description, "CoSimulation")
        self.t = 0.0

    def step(self, h: float, **inputs: float) -> None:
        self.session.set([self.at[k] for k in inputs], list(inputs.values()))
        self.session.step(self.t, h)
        self.t += h

    def __getitem__(self, name: str) -> float:
        return self.session.get([self.at[name]])[0]


@pytest.mark.parametrize("order", [list(range(PIPES)), list(reversed(range(PIPES)))])
def test_a_front_crosses_all_pipes_in_one_step_and_in_either_direction(
    tmp_path: Path, order: list[int]
) -> None:
    run = Run(line(order), tmp_path)
    mass, a = RHO * VOLUME, 0.1
    new = (1.0 - a) ** np.arange(1, PIPES + 1)  # in what each pipe passes on
    run.step(60.0, flow=mass / a / 60.0, T_in=350.0)
    assert run["T_last"] == pytest.approx(330.0 + 20.0 * new[-1], abs=1e-6)
    assert run["T_first"] == 350.0
    inside = 330.0 + 20.0 * np.concatenate([[1.0], new[:-1]])  # a flushed pipe is full of it
    assert run["E_stored"] == pytest.approx(CP * mass * np.sum(inside - 330.0), rel=1e-6)
    run.step(60.0, flow=-mass / a / 60.0, T_in=340.0)
    back = 340.0
    for T in reversed(inside):
        back = (1.0 - a) * back + a * T
    assert run["T_first"] == pytest.approx(back, abs=1e-6)
    assert run["E_in"] == pytest.approx(run["E_stored"], rel=1e-11)


@pytest.mark.parametrize(("h", "widest"), [(5.0, 20.0), (30.0, None), (60.0, None)])
def test_a_front_arrives_in_time_whatever_the_step(
    tmp_path: Path, h: float, widest: float | None
) -> None:
    """Mean and variance of the arrival [s, s2]; per pipe a (1 - a) h2 where steps flush it."""
    run, flow = Run(line(list(range(PIPES))), tmp_path), 4.0
    a = RHO * VOLUME / flow / h
    moment, square = 0.0, 0.0
    for _ in range(round(1800 / h)):
        run.step(h, flow=flow, T_in=340.0)
        missing = 1.0 - (run["T_last"] - 330.0) / 10.0
        moment, square = moment + missing * h, square + missing * h * (2 * run.t - h)
    variance = square - moment**2
    assert moment == pytest.approx(PIPES * a * h, rel=1e-8)  # there is a little wall
    if widest is None:
        assert variance == pytest.approx(PIPES * a * (1.0 - a) * h**2, rel=1e-3)
    else:
        assert variance < widest**2


def circle() -> Model:
    """A ring main of three pipes with a feed in and out at the first point."""
    m = Model("Circle", "sharp pipes in a circle", h_max_s=60.0)
    round_, feed = m.input("round", 0.0, "kg/s", "in the circle"), m.input("feed", 0.0, "kg/s", "")
    T_in = m.input("T_in", 330.0, "K", "of the feed")
    T = [m.mixed(f"point[{i}]", 330.0, "K", "between") for i in range(3)]
    gives: list[PlugGives] = [
        m.plug_flow(f"p{i}", 8, bare(round_, T[i], T[i - 2])) for i in (0, 1, 2)
    ]
    for i in range(3):
        streams = [(round_, gives[i - 1].T_b), (-round_, gives[i].T_a)]
        m.mix(T[i], mixture([*streams, (feed, T_in)] if i == 0 else streams))
    m.output("E_stored", sum((g.stored for g in gives), SX(0.0)), "J", "stored")
    meter(m, "E_in", CP * feed * (T_in - T[0]), "with the feed")
    return m


def test_water_that_runs_in_a_circle_many_times_a_step_closes_its_books(tmp_path: Path) -> None:
    run, rng, passed = Run(circle(), tmp_path), np.random.default_rng(4), 0.0
    for _ in range(120):
        T_in, feed = float(rng.uniform(310.0, 360.0)), float(rng.choice([0.0, 0.5, 5.0]))
        speed = float(rng.choice([-30.0, -2.0, 0.0, 2.0, 30.0]))
        run.step(60.0, feed=feed, T_in=T_in, round=speed)
        passed += CP * feed * 60.0 * 30.0
    assert abs(run["E_in"] - run["E_stored"]) < 1e-9 * passed


def test_a_mixed_value_without_an_equation_is_refused() -> None:
    m = Model("Wrong", "one pipe")
    point = m.mixed("point", 330.0, "K", "nowhere")
    m.plug_flow("p", 8, bare(SX(1.0), point, point))
    with pytest.raises(BadInput, match="no equation for point"):
        generate(m)


def test_a_mean_of_what_is_held_is_refused() -> None:
    m = Model("Wrong", "one pipe")
    gives = m.plug_flow("p", 8, bare(SX(1.0), SX(340.0), SX(330.0)))
    m.mean("again", gives.T_b, 330.0, "K", "held twice")
    with pytest.raises(BadInput, match="again"):
        generate(m)
